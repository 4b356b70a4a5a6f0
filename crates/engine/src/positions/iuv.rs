//! Progressive numbers for IUVs, taken from the store by blocks: no lock per ente row, no call per row.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use db::statements;
use model::{Iuv, NoticeNumber, SegregationCode};
use tokio::sync::Mutex;

use crate::core::Core;
use crate::error::EngineError;
use crate::ids::OrganizationId;

statements! {
    /// Reserves a block of progressives; the first call for a pair creates its counter.
    RESERVE = "insert into iuv_counter (organization_id, segregation_code, next) values ($1, $2, 1 + $3) \
        on conflict (organization_id, segregation_code) do update set next = iuv_counter.next + $3 returning next";
}

/// Numbers taken at a time when one is asked for. A crash loses the rest of a block, never uses one twice.
const BLOCK: i64 = 200;

type Pair = (OrganizationId, SegregationCode);

/// The allocator of one process.
pub(crate) struct IuvAllocator {
    core: Arc<Core>,
    blocks: Mutex<HashMap<Pair, Arc<Mutex<Range<i64>>>>>,
}

impl IuvAllocator {
    pub fn new(core: Arc<Core>) -> Self {
        Self { core, blocks: Mutex::default() }
    }

    /// One new IUV with its notice number. A number taken and not used is lost.
    pub async fn next(
        &self,
        organization: OrganizationId,
        segregation: &SegregationCode,
    ) -> Result<(Iuv, NoticeNumber), EngineError> {
        let pair = (organization, segregation.clone());
        // Waiting callers of one pair wait for one reservation; other pairs go on.
        let block =
            self.blocks.lock().await.entry(pair).or_insert_with(|| Arc::new(Mutex::new(0..0))).clone();
        let mut block = block.lock().await;
        if block.is_empty() {
            *block = self.reserve(organization, segregation, BLOCK).await?;
        }
        let progressive =
            block.next().ok_or_else(|| EngineError::Internal("empty block of IUVs".to_owned()))?;
        numbers(segregation, progressive)
    }

    async fn reserve(
        &self,
        organization: OrganizationId,
        segregation: &SegregationCode,
        count: i64,
    ) -> Result<Range<i64>, EngineError> {
        let segregation = segregation.as_str().to_owned();
        let end = self
            .core
            .db
            .write(move |tx| {
                let values = [organization.into(), segregation.as_str().into(), count.into()];
                Ok::<_, EngineError>(tx.one(&RESERVE, &values, |row| row.int(0))?)
            })
            .await?;
        Ok(end - count..end)
    }
}

fn numbers(segregation: &SegregationCode, progressive: i64) -> Result<(Iuv, NoticeNumber), EngineError> {
    let progressive = u64::try_from(progressive).map_err(EngineError::internal)?;
    let iuv = model::iuv17(segregation, progressive).map_err(EngineError::internal)?;
    let notice = iuv.notice_number(None).map_err(EngineError::internal)?;
    Ok((iuv, notice))
}
