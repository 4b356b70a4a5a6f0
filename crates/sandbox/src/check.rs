//! The checks that the node makes on an answer that is valid by schema.

use model::{Cents, Iban};
use wire::pa_for_node::AmountOption;

use crate::config::{Organization, Registry};
use crate::message::{
    Activation, Content, Notice, Operation, Payee, Reply, TransferKind, TransferPart, Verification,
};

/// A broken rule: its short stable name and what was found.
pub(crate) type Finding = (&'static str, String);

/// The price of a stamp of type 01 (pagopa.md §7.1): 16.00 euro.
const STAMP_CENTS: i64 = 1600;
/// Metadata key of the alternative postal account of a transfer (pagopa.md §1.4).
const ALTERNATIVE_IBAN: &str = "IBANAPPOGGIO";

/// Checks an answer against the rules of pagopa.md §1.3, §1.4 and §1.7.
pub(crate) fn check(
    operation: Operation,
    notice: &Notice,
    transfer_kind: Option<TransferKind>,
    registry: &Registry,
    reply: &Reply,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    match (&reply.fault, reply.ok) {
        (None, false) => findings.push(("ko-without-fault", "outcome KO senza fault".into())),
        (Some(fault), ok) => {
            if ok {
                findings.push(("ok-with-fault", format!("outcome OK con il fault {}", fault.code)));
            }
            if !operation.allowed_faults().contains(&fault.code.as_str()) {
                findings
                    .push(("fault-code", format!("{} non è ammesso per {}", fault.code, operation.name())));
            }
            for (name, value) in [("faultString", &fault.string), ("id", &fault.id)] {
                if value.trim().is_empty() {
                    findings.push(("fault-empty", format!("fault/{name} è vuoto")));
                }
            }
        }
        (None, true) => {}
    }
    if reply.ok {
        match &reply.content {
            Content::Verification(content) => check_verification(notice, content, &mut findings),
            Content::Activation(Some(content)) => {
                check_activation(notice, transfer_kind, registry, content, &mut findings);
            }
            Content::Activation(None) => {
                findings.push(("data-missing", "outcome OK senza data".into()));
            }
            Content::None => {}
        }
    }
    findings
}

fn check_verification(notice: &Notice, v: &Verification, findings: &mut Vec<Finding>) {
    let mut missing = |name: &str| {
        findings.push(("mandatory-when-ok", format!("{name} è obbligatorio quando outcome è OK")));
    };
    let blank = |value: &Option<String>| value.as_deref().unwrap_or_default().trim().is_empty();
    if let Some(option) = &v.option {
        if option.due_date.is_none() {
            missing("dueDate");
        }
        if blank(&option.detail_description) {
            missing("detailDescription");
        }
    } else {
        missing("paymentList");
    }
    for (name, value) in [
        ("paymentDescription", &v.payment_description),
        ("fiscalCodePA", &v.fiscal_code_pa),
        ("companyName", &v.company_name),
    ] {
        if blank(value) {
            missing(name);
        }
    }
    if v.office_name.as_deref().is_some_and(|office| office.trim().is_empty()) {
        findings.push(("blank", "officeName è vuoto: va omesso".into()));
    }
    if let Some(option) = v.option.as_ref().filter(|o| o.options != AmountOption::Exact) {
        let found = option.options.as_str();
        findings.push(("amount-option", format!("options è {found}: si paga solo EQ")));
    }
    if let Some(other) = v.fiscal_code_pa.as_ref().filter(|code| **code != notice.fiscal_code) {
        findings
            .push(("fiscal-code", format!("fiscalCodePA è {other}, l’avviso è di {}", notice.fiscal_code)));
    }
}

fn check_activation(
    notice: &Notice,
    transfer_kind: Option<TransferKind>,
    registry: &Registry,
    data: &Activation,
    findings: &mut Vec<Finding>,
) {
    match expected_reference(&notice.number) {
        Some(expected) if expected != data.creditor_reference => findings.push((
            "creditor-reference",
            format!("creditorReferenceId è {}, non {expected}", data.creditor_reference),
        )),
        _ => {}
    }
    if data.transfers.is_empty() {
        findings.push(("transfers-missing", "transferList è vuoto".into()));
    }
    match Cents::sum(data.transfers.iter().map(|t| t.amount)) {
        Ok(sum) if sum == data.amount => {}
        Ok(sum) => findings
            .push(("transfers-sum", format!("i versamenti sommano {sum}, paymentAmount è {}", data.amount))),
        Err(_) => findings.push(("transfers-sum", "i versamenti superano 999999999.99".into())),
    }
    for (i, transfer) in data.transfers.iter().enumerate() {
        if data.transfers.iter().take(i).any(|earlier| earlier.id == transfer.id) {
            findings.push(("transfer-id", format!("idTransfer {} è ripetuto", transfer.id)));
        }
        check_transfer(notice, registry, transfer, findings);
    }
    let first = data.transfers.iter().find(|t| t.id == 1).or(data.transfers.first());
    if let (Some(TransferKind::Postal), Some(Payee::Iban(iban))) = (transfer_kind, first.map(|t| &t.payee))
        && Iban::parse(iban).is_ok_and(|iban| !iban.is_postal())
    {
        findings.push((
            "postal-iban",
            format!("transferType POSTAL vuole il conto postale, il versamento 1 ha {iban}"),
        ));
    }
}

fn check_transfer(
    notice: &Notice,
    registry: &Registry,
    transfer: &TransferPart,
    findings: &mut Vec<Finding>,
) {
    let id = transfer.id;
    let Some(organization) = registry.organization(&transfer.fiscal_code) else {
        let role =
            if transfer.fiscal_code == notice.fiscal_code { "l’ente" } else { "l’ente secondario" };
        findings.push((
            "organization-enabled",
            format!("versamento {id}: {role} {} non è attivo sul nodo", transfer.fiscal_code),
        ));
        return;
    };
    match &transfer.payee {
        Payee::Iban(iban) => check_iban(&format!("versamento {id}: IBAN"), iban, organization, findings),
        Payee::Stamp { hash } => {
            if transfer.amount.get() != STAMP_CENTS {
                findings.push(("stamp-amount", format!("versamento {id}: la marca costa 16.00")));
            }
            if hash.len() != 32 {
                let detail = format!("versamento {id}: hashDocumento ha {} byte, non 32", hash.len());
                findings.push(("stamp-hash", detail));
            }
        }
    }
    let entries = transfer.metadata.iter().flat_map(|metadata| &metadata.entries);
    for entry in entries.filter(|entry| entry.key == ALTERNATIVE_IBAN) {
        let what = format!("versamento {id}: {ALTERNATIVE_IBAN}");
        check_iban(&what, &entry.value, organization, findings);
    }
}

fn check_iban(what: &str, iban: &str, organization: &Organization, findings: &mut Vec<Finding>) {
    if Iban::parse(iban).is_err() {
        findings.push(("iban-valid", format!("{what} {iban} non è un IBAN valido")));
    } else if !organization.ibans.iter().any(|registered| registered == iban) {
        findings.push((
            "iban-registered",
            format!("{what} {iban} non è censito per {}", organization.fiscal_code),
        ));
    }
}

/// The IUV inside a notice number (pagopa.md §3.1): aux digit 0 drops three digits, the
/// others one.
fn expected_reference(notice_number: &str) -> Option<&str> {
    match notice_number.as_bytes().first()? {
        b'0' => notice_number.get(3..),
        _ => notice_number.get(1..),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Fault, PaymentOption};
    use crate::testing;
    use wire::pa_for_node::{CtMapEntry, CtMetadata};

    fn rules(findings: &[Finding]) -> Vec<&'static str> {
        findings.iter().map(|(rule, _)| *rule).collect()
    }

    fn notice() -> Notice {
        Notice { fiscal_code: testing::COMUNE.into(), number: testing::NOTICE.into() }
    }

    fn activation() -> Activation {
        Activation {
            creditor_reference: testing::NOTICE[1..].into(),
            amount: Cents::new(12345).unwrap(),
            description: "Tassa rifiuti".into(),
            company_name: Some("Comune".into()),
            office_name: None,
            debtor: testing::debtor(),
            transfers: vec![
                part(1, 11800, testing::COMUNE, testing::COMUNE_IBAN),
                part(2, 545, testing::PROVINCIA, testing::PROVINCIA_IBAN),
            ],
            metadata: None,
        }
    }

    fn part(id: i32, cents: i64, fiscal_code: &str, iban: &str) -> TransferPart {
        TransferPart {
            id,
            amount: Cents::new(cents).unwrap(),
            fiscal_code: fiscal_code.into(),
            company_name: None,
            payee: Payee::Iban(iban.into()),
            remittance: "/RFB/1".into(),
            category: "9/0101101IM/".into(),
            metadata: None,
        }
    }

    fn on_activation(change: impl FnOnce(&mut Activation)) -> Vec<&'static str> {
        let mut data = activation();
        change(&mut data);
        let reply = Reply { ok: true, fault: None, content: Content::Activation(Some(data)) };
        rules(&check(
            Operation::GetPaymentV2,
            &notice(),
            None,
            &testing::registry("http://127.0.0.1:1/"),
            &reply,
        ))
    }

    #[test]
    fn a_right_activation_has_no_findings() {
        assert!(on_activation(|_| {}).is_empty());
        assert!(
            on_activation(|a| {
                a.amount = Cents::new(13400).unwrap();
                a.transfers.truncate(1);
                a.transfers.push(TransferPart {
                    payee: Payee::Stamp { hash: vec![7; 32] },
                    ..part(2, 1600, testing::COMUNE, "")
                });
            })
            .is_empty()
        );
    }

    #[test]
    fn each_rule_of_the_activation_is_checked() {
        type Case = (&'static str, fn(&mut Activation));
        let cases: &[Case] = &[
            ("transfers-sum", |a| a.amount = Cents::new(12346).unwrap()),
            ("transfers-missing", |a| {
                a.transfers.clear();
                a.amount = Cents::ZERO;
            }),
            ("creditor-reference", |a| a.creditor_reference = "0".repeat(17)),
            ("transfer-id", |a| a.transfers[1].id = 1),
            ("organization-enabled", |a| a.transfers[1].fiscal_code = "01234567897".into()),
            ("iban-registered", |a| {
                a.transfers[0].payee = Payee::Iban(testing::PROVINCIA_IBAN.into());
            }),
            ("iban-valid", |a| a.transfers[0].payee = Payee::Iban("IT00X".into())),
            ("iban-registered", |a| {
                let value = testing::PROVINCIA_IBAN.to_owned();
                let entries = vec![CtMapEntry { key: "IBANAPPOGGIO".into(), value }];
                a.transfers[0].metadata = Some(CtMetadata { entries });
            }),
        ];
        for (rule, change) in cases {
            assert_eq!(on_activation(change), [*rule]);
        }
        let stamp = on_activation(|a| {
            a.transfers[0].payee = Payee::Stamp { hash: vec![0; 3] };
        });
        assert_eq!(stamp, ["stamp-amount", "stamp-hash"]);
    }

    #[test]
    fn postal_activations_want_the_postal_account() {
        let reply = Reply { ok: true, fault: None, content: Content::Activation(Some(activation())) };
        let registry = testing::registry("http://127.0.0.1:1/");
        let kind = Some(TransferKind::Postal);
        let found = check(Operation::GetPayment, &notice(), kind, &registry, &reply);
        assert_eq!(rules(&found), ["postal-iban"]);
    }

    #[test]
    fn what_is_mandatory_when_ok_is_checked() {
        let full = || Verification {
            option: Some(PaymentOption {
                amount: Cents::new(12345).unwrap(),
                options: AmountOption::Exact,
                due_date: Some("2026-06-30".parse().unwrap()),
                detail_description: Some("Rata".into()),
            }),
            payment_description: Some("Tassa".into()),
            fiscal_code_pa: Some(testing::COMUNE.into()),
            company_name: Some("Comune".into()),
            office_name: None,
        };
        let on = |change: &dyn Fn(&mut Verification)| {
            let mut content = full();
            change(&mut content);
            let reply = Reply { ok: true, fault: None, content: Content::Verification(content) };
            rules(&check(Operation::Verify, &notice(), None, &Registry::default(), &reply))
        };
        assert!(on(&|_| {}).is_empty());
        let missing: &[&dyn Fn(&mut Verification)] = &[
            &|v| v.option = None,
            &|v| v.option.as_mut().unwrap().due_date = None,
            &|v| v.option.as_mut().unwrap().detail_description = None,
            &|v| v.payment_description = None,
            &|v| v.fiscal_code_pa = None,
            &|v| v.company_name = Some(" ".into()),
        ];
        for change in missing {
            assert_eq!(on(change), ["mandatory-when-ok"]);
        }
        assert_eq!(on(&|v| v.option.as_mut().unwrap().options = AmountOption::Greater), ["amount-option"]);
        assert_eq!(on(&|v| v.fiscal_code_pa = Some(testing::PROVINCIA.into())), ["fiscal-code"]);
        assert_eq!(on(&|v| v.office_name = Some(" ".into())), ["blank"]);
    }

    #[test]
    fn faults_are_those_of_the_operation() {
        let on = |operation, ok, code: Option<&str>| {
            let fault = code.map(|code| Fault {
                code: code.into(),
                string: "x".into(),
                id: "x".into(),
                description: None,
            });
            let reply = Reply { ok, fault, content: Content::None };
            rules(&check(operation, &notice(), None, &Registry::default(), &reply))
        };
        assert!(on(Operation::Verify, false, Some("PAA_PAGAMENTO_SCADUTO")).is_empty());
        assert!(on(Operation::SendRt, false, Some("PAA_RECEIPT_DUPLICATA")).is_empty());
        assert_eq!(on(Operation::Verify, false, Some("PAA_RECEIPT_DUPLICATA")), ["fault-code"]);
        assert_eq!(on(Operation::SendRtV2, false, Some("PAA_PAGAMENTO_SCONOSCIUTO")), ["fault-code"]);
        assert_eq!(on(Operation::SendRtV2, false, Some("PPT_SEMANTICA")), ["fault-code"]);
        assert_eq!(on(Operation::GetPayment, false, None), ["ko-without-fault"]);
        assert_eq!(on(Operation::SendRt, true, Some("PAA_SEMANTICA")), ["ok-with-fault"]);
    }
}
