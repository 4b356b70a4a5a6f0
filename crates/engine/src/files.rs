//! Files (logos, later imports and exports) through an object store: a local directory here, S3-compatible
//! storage where replicas share it.

use std::path::Path as FsPath;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

use crate::error::EngineError;

/// The file store.
#[derive(Clone)]
pub struct Files(Arc<dyn ObjectStore>);

impl Files {
    /// Files below a directory, which is made when missing.
    ///
    /// # Errors
    /// When the directory cannot be made or used.
    pub fn local(directory: &FsPath) -> Result<Self, EngineError> {
        std::fs::create_dir_all(directory)
            .map_err(|error| EngineError::Internal(format!("{}: {error}", directory.display())))?;
        let store = LocalFileSystem::new_with_prefix(directory).map_err(EngineError::internal)?;
        Ok(Self(Arc::new(store)))
    }

    /// Writes a file whole.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] when the store does not take it.
    pub async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), EngineError> {
        let payload = PutPayload::from_bytes(Bytes::from(bytes));
        self.0
            .put(&Path::from(key), payload)
            .await
            .map_err(|error| EngineError::Unavailable(error.to_string()))?;
        Ok(())
    }

    /// Reads a file whole; none when there is no such key.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] when the store does not answer.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, EngineError> {
        let unavailable = |error: object_store::Error| EngineError::Unavailable(error.to_string());
        match self.0.get(&Path::from(key)).await {
            Ok(found) => Ok(Some(found.bytes().await.map_err(unavailable)?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }
}
