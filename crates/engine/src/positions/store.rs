//! SQL of the positions and the mapping of rows.

use db::{Row, Tx, Value, statements};
use jiff::Timestamp;
use model::{Cents, Iban, InstallmentStatus, Iud, Iuv, NoticeNumber, OrganizationFiscalCode};
use serde::{Deserialize, Serialize};

use super::types::{Installment, InstallmentContent, TransferLine, TransferPayee};
use crate::error::EngineError;
use crate::ids::{InstallmentId, OrganizationId, PositionId, TypeId};
use crate::registry::parse;

/// `cross join` is SQLite's way to fix the order of the tables; without statistics it would begin with all the
/// transfers of the ente. Installment and transfer columns, in the order `read_row` expects; one row per transfer.
macro_rules! select_installments {
    ($condition:literal) => {
        concat!(
            "select i.id, i.position_id, i.status, i.type_id, i.iuv, i.notice_number, i.amount, i.due_date, \
             i.description, i.debtor, i.cart_only, i.content_digest, i.dialect, i.created_at, i.updated_at, i.paid_at, \
             t.iud, t.type_id, t.amount, t.beneficiary_fiscal_code, t.beneficiary_name, t.iban, t.postal_iban, \
             t.stamp, t.remittance, t.category, t.accounting \
             from installment i cross join transfer t \
             where t.organization_id = i.organization_id and t.installment_id = i.id and i.organization_id = $1 and ",
            $condition
        )
    };
}

statements! {
    /// A position.
    INSERT_POSITION = "insert into debt_position (organization_id, id, origin, created_at) values ($1, $2, $3, $4)";
    /// An installment; nothing happens when its IUV is in use.
    INSERT_INSTALLMENT = "insert into installment (organization_id, id, position_id, option_number, status, type_id, iuv, \
        notice_number, iuv_released, amount, due_date, description, debtor_code, debtor_name, debtor, cart_only, \
        content_digest, dialect, created_at, updated_at) \
        values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18) \
        on conflict (organization_id, iuv) where iuv is not null and not iuv_released do nothing";
    /// A transfer; nothing happens when its IUD is in use.
    INSERT_TRANSFER = "insert into transfer (organization_id, installment_id, number, iud, iud_released, type_id, amount, \
        beneficiary_fiscal_code, beneficiary_name, iban, postal_iban, stamp, remittance, category, accounting) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
        on conflict (organization_id, iud) where iud is not null and not iud_released do nothing";
    /// Replaces what an edit may change.
    UPDATE_CONTENT = "update installment set iuv = $3, notice_number = $4, amount = $5, due_date = $6, description = $7, \
        debtor_code = $8, debtor_name = $9, debtor = $10, content_digest = $11, dialect = $12, updated_at = $13 \
        where organization_id = $1 and id = $2";
    /// Drops the transfers of an installment before an edit writes the new ones.
    DELETE_TRANSFERS = "delete from transfer where organization_id = $1 and installment_id = $2";
    /// Moves the state.
    UPDATE_STATUS = "update installment set status = $3, paid_at = coalesce($4, paid_at), updated_at = $5 \
        where organization_id = $1 and id = $2";
    /// Frees the IUV of a cancelled installment.
    RELEASE_IUV = "update installment set iuv_released = true where organization_id = $1 and id = $2";
    /// Frees the IUDs of a cancelled installment.
    RELEASE_IUDS = "update transfer set iud_released = true where organization_id = $1 and installment_id = $2";
    /// Takes the IUV of a cancelled installment back, unless it has gone to another.
    RECLAIM_IUV = "update installment set iuv_released = false where organization_id = $1 and id = $2 and not exists \
        (select 1 from installment o where o.organization_id = $1 and o.iuv = installment.iuv and not o.iuv_released)";
    /// Takes the IUDs of a cancelled installment back, but those that have gone to others.
    RECLAIM_IUDS = "update transfer set iud_released = false where organization_id = $1 and installment_id = $2 and not exists \
        (select 1 from transfer o where o.organization_id = $1 and o.iud = transfer.iud and not o.iud_released)";
    /// Whether an IUV is in use by another installment.
    IUV_IN_USE = "select id from installment where organization_id = $1 and iuv = $2 and not iuv_released and id <> $3";
    /// By key.
    FIND = select_installments!("i.id = $2 order by t.number");
    /// By key, locked for the rest of the unit.
    LOCK = select_installments!("i.id = $2 order by t.number {for_update}");
    /// By notice number as below, locked for the rest of the unit.
    LOCK_BY_NOTICE = select_installments!("i.notice_number = $2 order by i.iuv_released, i.id desc, t.number {for_update}");
    /// By notice number: the one in use, then the latest.
    FIND_BY_NOTICE = select_installments!("i.notice_number = $2 order by i.iuv_released, i.id desc, t.number");
    /// By IUV, the one in use first, then the latest.
    FIND_BY_IUV = select_installments!(
        "i.id in (select a.id from installment a where a.organization_id = $1 and a.iuv = $2 and not a.iuv_released \
         union all select b.id from installment b where b.organization_id = $1 and b.iuv = $2 and b.iuv_released) \
         order by i.iuv_released, i.id desc, t.number");
    /// By IUD, the one in use first, then the latest.
    FIND_BY_IUD = select_installments!(
        "i.id in (select a.installment_id from transfer a where a.organization_id = $1 and a.iud = $2 and not a.iud_released \
         union all select b.installment_id from transfer b where b.organization_id = $1 and b.iud = $2 and b.iud_released) \
         order by exists (select 1 from transfer x where x.organization_id = $1 and x.installment_id = i.id \
         and x.iud = $2 and not x.iud_released) desc, i.id desc, t.number");
    /// Which of these IUDs is in use.
    IUD_IN_USE = "select installment_id from transfer where organization_id = $1 and iud = $2 and not iud_released";
}

#[derive(Serialize, Deserialize)]
struct StoredStamp {
    kind: String,
    hash: String,
    province: String,
}

/// The identity of a new installment.
pub(crate) struct NewRow<'a> {
    pub organization: OrganizationId,
    pub id: InstallmentId,
    pub position: PositionId,
    pub iuv: Option<&'a Iuv>,
    pub notice: Option<&'a NoticeNumber>,
    pub amount: Cents,
    pub cart_only: bool,
    pub digest: &'a [u8],
    pub now: Timestamp,
}

/// Writes position and installment; `false` when the IUV is in use.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    row: &NewRow<'_>,
    content: &InstallmentContent,
) -> Result<bool, EngineError> {
    tx.exec(
        &INSERT_POSITION,
        &[row.organization.into(), row.position.into(), content.origin.as_str().into(), row.now.into()],
    )?;
    let inserted = tx.exec(
        &INSERT_INSTALLMENT,
        &[
            row.organization.into(),
            row.id.into(),
            row.position.into(),
            InstallmentStatus::Unpaid.as_str().into(),
            content.type_id.into(),
            row.iuv.map(Iuv::as_str).into(),
            row.notice.map(NoticeNumber::as_str).into(),
            false.into(),
            row.amount.get().into(),
            content.due_date.into(),
            content.description.as_str().into(),
            content.debtor.code.as_str().into(),
            content.debtor.full_name.as_str().into(),
            Value::Json(serde_json::to_value(&content.debtor)?),
            row.cart_only.into(),
            row.digest.to_vec().into(),
            content.dialect.clone().map_or(Value::Null, Value::Json),
            row.now.into(),
        ],
    )?;
    Ok(inserted == 1)
}

/// Writes the transfers; the IUD in use, if one is.
pub(super) fn insert_transfers(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    installment: InstallmentId,
    transfers: &[TransferLine],
) -> Result<Option<Iud>, EngineError> {
    for (number, line) in (1i64..).zip(transfers) {
        let (iban, postal, stamp) = match &line.payee {
            TransferPayee::OwnAccount => (None, None, None),
            TransferPayee::Account { iban, postal_iban } => {
                (Some(iban.as_str()), postal_iban.as_ref().map(Iban::as_str), None)
            }
            TransferPayee::Stamp { kind, hash, province } => (
                None,
                None,
                Some(StoredStamp { kind: kind.clone(), hash: hash.clone(), province: province.clone() }),
            ),
        };
        let stamp = stamp.map(serde_json::to_value).transpose()?;
        let accounting = line.accounting.as_ref().map(serde_json::to_value).transpose()?;
        let inserted = tx.exec(
            &INSERT_TRANSFER,
            &[
                organization.into(),
                installment.into(),
                number.into(),
                line.iud.as_ref().map(Iud::as_str).into(),
                false.into(),
                line.type_id.into(),
                line.amount.get().into(),
                line.beneficiary.as_str().into(),
                line.beneficiary_name.clone().into(),
                iban.into(),
                postal.into(),
                stamp.map_or(Value::Null, Value::Json),
                line.remittance.as_str().into(),
                line.category.as_str().into(),
                accounting.map_or(Value::Null, Value::Json),
            ],
        )?;
        if inserted == 0 {
            return Ok(line.iud.clone());
        }
    }
    Ok(None)
}

/// Runs one of the `FIND…` statements and gathers rows into installments.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    statement: &'static db::Statement,
    organization: OrganizationId,
    key: Value,
) -> Result<Vec<Installment>, EngineError> {
    let rows = tx.rows(statement, &[organization.into(), key], RawRow::read)?;
    let mut found: Vec<Installment> = Vec::new();
    for row in rows {
        let line = row.line()?;
        match found.last_mut() {
            Some(last) if last.id.get() == row.id => last.transfers.push(line),
            _ => found.push(row.installment(organization, line)?),
        }
    }
    Ok(found)
}

struct RawRow {
    id: i64,
    position: i64,
    status: String,
    type_id: i64,
    iuv: Option<String>,
    notice: Option<String>,
    amount: i64,
    due_date: Option<jiff::civil::Date>,
    description: String,
    debtor: serde_json::Value,
    cart_only: bool,
    digest: Vec<u8>,
    dialect: Option<serde_json::Value>,
    created_at: Timestamp,
    updated_at: Timestamp,
    paid_at: Option<Timestamp>,
    line_iud: Option<String>,
    line_type: i64,
    line_amount: i64,
    beneficiary: String,
    beneficiary_name: Option<String>,
    iban: Option<String>,
    postal_iban: Option<String>,
    stamp: Option<serde_json::Value>,
    remittance: String,
    category: String,
    accounting: Option<serde_json::Value>,
}

impl RawRow {
    fn read(row: &Row<'_>) -> Result<Self, db::DbError> {
        Ok(Self {
            id: row.int(0)?,
            position: row.int(1)?,
            status: row.text(2)?,
            type_id: row.int(3)?,
            iuv: row.opt_text(4)?,
            notice: row.opt_text(5)?,
            amount: row.int(6)?,
            due_date: row.opt_date(7)?,
            description: row.text(8)?,
            debtor: row.json(9)?,
            cart_only: row.bool(10)?,
            digest: row.blob(11)?,
            dialect: row.opt_json(12)?,
            created_at: row.time(13)?,
            updated_at: row.time(14)?,
            paid_at: row.opt_time(15)?,
            line_iud: row.opt_text(16)?,
            line_type: row.int(17)?,
            line_amount: row.int(18)?,
            beneficiary: row.text(19)?,
            beneficiary_name: row.opt_text(20)?,
            iban: row.opt_text(21)?,
            postal_iban: row.opt_text(22)?,
            stamp: row.opt_json(23)?,
            remittance: row.text(24)?,
            category: row.text(25)?,
            accounting: row.opt_json(26)?,
        })
    }

    fn line(&self) -> Result<TransferLine, EngineError> {
        let payee = match (&self.stamp, &self.iban) {
            (Some(stamp), _) => {
                let stamp: StoredStamp = serde_json::from_value(stamp.clone())?;
                TransferPayee::Stamp { kind: stamp.kind, hash: stamp.hash, province: stamp.province }
            }
            (None, Some(iban)) => TransferPayee::Account {
                iban: parse("IBAN", iban, Iban::parse)?,
                postal_iban: self
                    .postal_iban
                    .as_deref()
                    .map(|iban| parse("IBAN", iban, Iban::parse))
                    .transpose()?,
            },
            (None, None) => TransferPayee::OwnAccount,
        };
        Ok(TransferLine {
            iud: self.line_iud.as_deref().map(|iud| parse("IUD", iud, Iud::parse)).transpose()?,
            type_id: TypeId::new(self.line_type),
            amount: Cents::new(self.line_amount).map_err(EngineError::internal)?,
            beneficiary: parse("codice fiscale", &self.beneficiary, OrganizationFiscalCode::parse)?,
            beneficiary_name: self.beneficiary_name.clone(),
            payee,
            remittance: self.remittance.clone(),
            category: self.category.clone(),
            accounting: self.accounting.clone().map(serde_json::from_value).transpose()?,
        })
    }

    fn installment(
        self,
        organization_id: OrganizationId,
        line: TransferLine,
    ) -> Result<Installment, EngineError> {
        Ok(Installment {
            organization_id,
            id: InstallmentId::new(self.id),
            position_id: PositionId::new(self.position),
            status: parse("status", &self.status, str::parse::<InstallmentStatus>)?,
            type_id: TypeId::new(self.type_id),
            iuv: self.iuv.as_deref().map(|iuv| parse("IUV", iuv, Iuv::parse)).transpose()?,
            notice_number: self
                .notice
                .as_deref()
                .map(|n| parse("notice", n, NoticeNumber::parse))
                .transpose()?,
            amount: Cents::new(self.amount).map_err(EngineError::internal)?,
            due_date: self.due_date,
            description: self.description,
            debtor: serde_json::from_value(self.debtor)?,
            cart_only: self.cart_only,
            content_digest: self.digest,
            dialect: self.dialect,
            created_at: self.created_at,
            updated_at: self.updated_at,
            paid_at: self.paid_at,
            transfers: vec![line],
        })
    }
}
