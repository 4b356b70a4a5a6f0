//! SQL of the receipts.

use db::{Row, Tx, Value, statements};
use jiff::Timestamp;

use super::types::{Anomaly, Receipt, ReceiptContent};
use crate::error::EngineError;
use crate::ids::{InstallmentId, OrganizationId, ReceiptKey};

macro_rules! select_receipts {
    ($condition:literal) => {
        concat!(
            "select organization_id, id, installment_id, received_at, refund_due, anomalies, content, raw from receipt \
             where organization_id = $1 and ",
            $condition
        )
    };
}

statements! {
    /// A receipt; nothing happens when it was stored before.
    INSERT = "insert into receipt (organization_id, id, receipt_id, iuv, notice_number, primary_fiscal_code, installment_id, \
        amount, paid_at, received_at, refund_due, anomalies, content, raw) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
        on conflict (organization_id, iuv, receipt_id) do nothing";
    /// Of one installment. The `+` keeps SQLite from reading the whole ente in the order of its key.
    BY_INSTALLMENT = select_receipts!("installment_id = $2 order by +id");
    /// By key.
    BY_KEY = select_receipts!("id = $2");
    /// Of an IUV.
    BY_IUV = select_receipts!("iuv = $2 order by +id");
}

pub(super) struct NewReceipt<'a> {
    pub organization: OrganizationId,
    pub key: ReceiptKey,
    pub installment: Option<InstallmentId>,
    pub received_at: Timestamp,
    pub refund_due: bool,
    pub anomalies: &'a [Anomaly],
    pub content: &'a ReceiptContent,
    pub stored: &'a serde_json::Value,
    pub raw: &'a [u8],
}

/// Writes a receipt; `false` when it was there.
pub(super) fn insert(tx: &mut Tx<'_>, new: &NewReceipt<'_>) -> Result<bool, EngineError> {
    let inserted = tx.exec(
        &INSERT,
        &[
            new.organization.into(),
            new.key.into(),
            new.content.receipt_id.as_str().into(),
            new.content.iuv.as_str().into(),
            new.content.notice_number.as_str().into(),
            new.content.primary_fiscal_code.as_str().into(),
            new.installment.into(),
            new.content.amount.get().into(),
            new.content.paid_at.into(),
            new.received_at.into(),
            new.refund_due.into(),
            Value::Json(serde_json::to_value(new.anomalies)?),
            Value::Json(new.stored.clone()),
            new.raw.to_vec().into(),
        ],
    )?;
    Ok(inserted == 1)
}

pub(super) fn find(
    tx: &mut Tx<'_>,
    statement: &'static db::Statement,
    organization: OrganizationId,
    key: Value,
) -> Result<Vec<Receipt>, EngineError> {
    let rows = tx.rows(statement, &[organization.into(), key], RawReceipt::read)?;
    rows.into_iter().map(RawReceipt::receipt).collect()
}

struct RawReceipt {
    organization: i64,
    key: i64,
    installment: Option<i64>,
    received_at: Timestamp,
    refund_due: bool,
    anomalies: serde_json::Value,
    content: serde_json::Value,
    raw: Vec<u8>,
}

impl RawReceipt {
    fn read(row: &Row<'_>) -> Result<Self, db::DbError> {
        Ok(Self {
            organization: row.int(0)?,
            key: row.int(1)?,
            installment: row.opt_int(2)?,
            received_at: row.time(3)?,
            refund_due: row.bool(4)?,
            anomalies: row.json(5)?,
            content: row.json(6)?,
            raw: row.blob(7)?,
        })
    }

    fn receipt(self) -> Result<Receipt, EngineError> {
        Ok(Receipt {
            organization_id: OrganizationId::new(self.organization),
            key: ReceiptKey::new(self.key),
            installment_id: self.installment.map(InstallmentId::new),
            received_at: self.received_at,
            refund_due: self.refund_due,
            anomalies: serde_json::from_value(self.anomalies)?,
            content: serde_json::from_value::<ReceiptContent>(self.content)?,
            raw: self.raw,
        })
    }
}
