//! Errors of the sandbox itself (not those that it plays).

use std::path::PathBuf;

/// Why the sandbox cannot start or keep its state.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A setting breaks a rule.
    #[error("{field}: {rule}")]
    Config {
        /// The setting.
        field: String,
        /// The rule.
        rule: String,
    },
    /// A file of the data directory cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the data directory does not hold what it should.
    #[error("{path}, line {line}: {detail}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// The HTTP client cannot be built.
    #[error(transparent)]
    Net(#[from] net::NetError),
}

impl SandboxError {
    /// Wraps an error of the file system with the path it happened on.
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}
