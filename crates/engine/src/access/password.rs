//! Password hashes: argon2id with the library's parameters, in memory that goes back to the system.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;

/// Blocks (KiB) reserved for each computation: more than 32 MiB, of which only the 19 MiB in use become
/// resident. The system's allocator maps what is above 32 MiB by itself and gives it back when it is
/// freed; below, it learns to keep it, and some twenty logins leave a process of 40 MiB with 400.
const RESERVED: usize = 33 * 1024;

/// The hash of a new secret, in PHC form.
pub(super) fn hash(secret: &[u8]) -> Result<String, argon2::Error> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| argon2::Error::SaltTooShort)?;
    let params = Params::default();
    let output = compute(Algorithm::default(), Version::default(), params.clone(), secret, &salt)?;
    let hash = PasswordHash {
        algorithm: Algorithm::default().ident(),
        version: Some(Version::default().into()),
        params: ParamsString::try_from(&params).map_err(|_| argon2::Error::AlgorithmInvalid)?,
        salt: Some(Salt::new(&salt).map_err(|_| argon2::Error::SaltTooLong)?),
        hash: Some(output),
    };
    Ok(hash.to_string())
}

/// Whether a secret has this hash; a hash that cannot be read matches nothing.
pub(super) fn matches(stored: &str, secret: &[u8]) -> bool {
    let recomputed = || {
        let stored = PasswordHash::new(stored).ok()?;
        let (salt, expected) = (stored.salt?, stored.hash?);
        let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
        let version = Version::try_from(stored.version?).ok()?;
        let found =
            compute(algorithm, version, Params::try_from(&stored).ok()?, secret, salt.as_ref()).ok()?;
        Some(bool::from(found.as_bytes().ct_eq(expected.as_bytes())))
    };
    recomputed().unwrap_or(false)
}

fn compute(
    algorithm: Algorithm,
    version: Version,
    params: Params,
    secret: &[u8],
    salt: &[u8],
) -> Result<Output, argon2::Error> {
    let blocks = params.block_count();
    let mut memory = Vec::with_capacity(blocks.max(RESERVED));
    memory.resize(blocks, Block::default());
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    Argon2::new(algorithm, version, params).hash_password_into_with_memory(
        secret,
        salt,
        &mut out,
        &mut memory,
    )?;
    Output::new(&out).map_err(|_| argon2::Error::OutputTooLong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};

    #[test]
    fn hashes_are_those_of_the_library() {
        let ours = hash(b"IF1IUS29KDTN").unwrap();
        assert!(ours.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{ours}");
        assert!(matches(&ours, b"IF1IUS29KDTN") && !matches(&ours, b"IF1IUS29KDTM"));
        Argon2::default().verify_password(b"IF1IUS29KDTN", &PasswordHash::new(&ours).unwrap()).unwrap();
        let theirs: PasswordHash = Argon2::default().hash_password(b"secret").unwrap();
        assert!(matches(&theirs.to_string(), b"secret") && !matches(&theirs.to_string(), b""));
        assert!(!matches("", b"") && !matches("$argon2id$v=19$m=19456,t=2,p=1$abc", b""));
    }
}
