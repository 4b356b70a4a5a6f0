//! Names that cannot be guessed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::problem::Problem;

/// The name of a cart in its addresses: 192 bits.
pub(crate) fn landing() -> Result<String, Problem> {
    Ok(URL_SAFE_NO_PAD.encode(random::<24>()?))
}

/// `idSession`, in the form of a UUID as all sessions have (`mypay-soap.md` §6.1).
pub(crate) fn session_id() -> Result<String, Problem> {
    Ok(uuid::Builder::from_random_bytes(random()?).into_uuid().to_string())
}

fn random<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the machine gives no random numbers");
        Problem::Internal
    })?;
    Ok(bytes)
}
