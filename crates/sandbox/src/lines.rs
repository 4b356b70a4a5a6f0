//! An append-only file of JSON lines: what the simulated nation must not forget when killed.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::SandboxError;

/// An append-only file of JSON lines, flushed to disk before an append returns.
#[derive(Clone, Debug)]
pub(crate) struct Lines {
    path: Arc<PathBuf>,
    file: Arc<Mutex<File>>,
}

impl Lines {
    /// Opens the file and gives back what it holds. A last line cut by a kill is dropped: its
    /// append never returned, so nobody relied on it. A bad line before it is an error.
    pub(crate) fn open<T: DeserializeOwned>(path: &Path) -> Result<(Self, Vec<T>), SandboxError> {
        let mut kept = Vec::new();
        let mut good_bytes: u64 = 0;
        let existing = match File::open(path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(SandboxError::Io { path: path.to_owned(), source }),
        };
        if let Some(file) = existing {
            let mut reader = BufReader::new(file);
            let mut line = Vec::new();
            let mut number: usize = 0;
            loop {
                line.clear();
                let read = reader.read_until(b'\n', &mut line).map_err(SandboxError::io(path))?;
                if read == 0 || line.last() != Some(&b'\n') {
                    break;
                }
                number = number.saturating_add(1);
                let value = serde_json::from_slice(&line).map_err(|e| SandboxError::Corrupt {
                    path: path.to_owned(),
                    line: number,
                    detail: e.to_string(),
                })?;
                kept.push(value);
                good_bytes = good_bytes.saturating_add(u64::try_from(read).unwrap_or(0));
            }
        }
        let file = File::options().create(true).append(true).open(path).map_err(SandboxError::io(path))?;
        file.set_len(good_bytes).map_err(SandboxError::io(path))?;
        Ok((Self { path: Arc::new(path.to_owned()), file: Arc::new(Mutex::new(file)) }, kept))
    }

    /// Appends lines and waits until they are on disk.
    pub(crate) async fn append<T: Serialize>(&self, items: &[T]) -> Result<(), SandboxError> {
        let bytes = encode(items, &self.path)?;
        let this = self.clone();
        let path = Arc::clone(&self.path);
        let work = tokio::task::spawn_blocking(move || {
            let mut file = this.file.lock().unwrap_or_else(|e| e.into_inner());
            append(&mut file, &bytes)
        });
        match work.await {
            Ok(result) => result.map_err(SandboxError::io(&path)),
            Err(stopped) => Err(SandboxError::io(&path)(std::io::Error::other(stopped))),
        }
    }

    /// Replaces the whole content, atomically. Blocking: for the start and for rare clearings.
    pub(crate) fn rewrite<T: Serialize>(&self, items: &[T]) -> Result<(), SandboxError> {
        let bytes = encode(items, &self.path)?;
        let mut current = self.file.lock().unwrap_or_else(|e| e.into_inner());
        let fresh = self.path.with_extension("new");
        let write = || -> std::io::Result<File> {
            let mut file = File::create(&fresh)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&fresh, self.path.as_path())?;
            File::options().append(true).open(self.path.as_path())
        };
        *current = write().map_err(SandboxError::io(&self.path))?;
        Ok(())
    }
}

/// Appends all or nothing: after a full disk, a piece of a line would spoil the next one.
fn append(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    let before = file.metadata()?.len();
    let result = file.write_all(bytes).and_then(|()| file.sync_data());
    if result.is_err() {
        file.set_len(before)?;
    }
    result
}

fn encode<T: Serialize>(items: &[T], path: &Path) -> Result<Vec<u8>, SandboxError> {
    let mut bytes = Vec::new();
    for item in items {
        serde_json::to_writer(&mut bytes, item)
            .map_err(|e| SandboxError::io(path)(std::io::Error::other(e)))?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_lines_drops_a_cut_one_and_refuses_a_spoilt_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        let (lines, kept) = Lines::open::<u32>(&path).unwrap();
        assert!(kept.is_empty());
        lines.append(&[1, 2]).await.unwrap();
        lines.append(&[3]).await.unwrap();
        File::options().append(true).open(&path).unwrap().write_all(b"44").unwrap();

        let (lines, kept) = Lines::open::<u32>(&path).unwrap();
        assert_eq!(kept, [1, 2, 3]);
        lines.append(&[5]).await.unwrap();
        assert_eq!(Lines::open::<u32>(&path).unwrap().1, [1, 2, 3, 5]);
        lines.rewrite(&[9]).unwrap();
        lines.append(&[10]).await.unwrap();
        assert_eq!(Lines::open::<u32>(&path).unwrap().1, [9, 10]);

        std::fs::write(&path, "1\nx\n2\n").unwrap();
        let error = Lines::open::<u32>(&path).unwrap_err();
        assert!(matches!(error, SandboxError::Corrupt { line: 2, .. }), "{error}");
    }
}
