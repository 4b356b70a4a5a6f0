//! Signed links: what the original left guessable carries a signature here (`mypay-soap.md` §21.2).

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// Life of the link to a notice (§6.7).
const NOTICE_FOR: SignedDuration = SignedDuration::from_hours(24 * 365 * 2);
/// Life of `pollingToken` (§11.2).
const POLLING_FOR: SignedDuration = SignedDuration::from_secs(60);

/// What a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The PDF of a notice.
    Notice,
    /// The outcome of a cart.
    Polling,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "avviso",
            Self::Polling => "polling",
        }
    }

    const fn life(self) -> SignedDuration {
        match self {
            Self::Notice => NOTICE_FOR,
            Self::Polling => POLLING_FOR,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    aud: String,
    exp: i64,
}

/// Signs and reads links with one key of the installation.
#[derive(Clone)]
pub struct Links {
    signing: EncodingKey,
    checking: DecodingKey,
}

impl Links {
    /// Links signed with a secret of at least 32 bytes.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self { signing: EncodingKey::from_secret(secret), checking: DecodingKey::from_secret(secret) }
    }

    /// A token that opens one thing for a while.
    ///
    /// # Errors
    /// When the token cannot be made.
    pub fn sign(
        &self,
        purpose: Purpose,
        subject: &str,
        now: Timestamp,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            sub: subject.to_owned(),
            aud: purpose.as_str().to_owned(),
            exp: (now + purpose.life()).as_second(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
    }

    /// What a token opens, if it is ours, for this purpose, and not too old.
    #[must_use]
    pub fn open(&self, purpose: Purpose, token: &str, now: Timestamp) -> Option<String> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_audience(&[purpose.as_str()]);
        // Against our clock, not the machine's.
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.checking, &rules).ok()?.claims;
        (claims.exp > now.as_second()).then_some(claims.sub)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_its_own_for_its_purpose_in_its_time() {
        let links = Links::new(&[7; 32]);
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let token = links.sign(Purpose::Polling, "s", now).unwrap();
        assert_eq!(links.open(Purpose::Polling, &token, now).as_deref(), Some("s"));
        assert_eq!(links.open(Purpose::Notice, &token, now), None);
        assert_eq!(links.open(Purpose::Polling, &token, now + SignedDuration::from_secs(61)), None);
        assert_eq!(Links::new(&[8; 32]).open(Purpose::Polling, &token, now), None);
        assert_eq!(links.open(Purpose::Polling, &format!("{token}x"), now), None);
    }
}
