//! Signed links to one notice: whoever proved to know it may see it for a while (`portals.md` REQ-SEC-2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::{InstallmentId, OrganizationId};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

/// Life of a link.
const LIFE: SignedDuration = SignedDuration::from_hours(1);
/// Bytes of the signature that are kept: 128 bits.
const SIGNATURE: usize = 16;
/// Separates these signatures from any other use of the same secret.
const PURPOSE: &[u8] = b"snodo portal notice link v1\0";

/// Makes and checks the links.
#[derive(Clone)]
pub(crate) struct Links {
    secret: Vec<u8>,
}

impl Links {
    pub fn new(secret: &[u8]) -> Self {
        Self { secret: secret.to_vec() }
    }

    /// A link that is good for an hour.
    pub fn issue(&self, organization: OrganizationId, installment: InstallmentId, now: Timestamp) -> String {
        let until = now.as_second().saturating_add(LIFE.as_secs());
        let payload: Vec<u8> = [organization.get(), installment.get(), until]
            .iter()
            .flat_map(|part| part.to_be_bytes())
            .collect();
        let mut token = payload.clone();
        token.extend(self.sign(&payload).iter().take(SIGNATURE));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What a link is for, if it is ours and still good.
    pub fn check(&self, link: &str, now: Timestamp) -> Option<(OrganizationId, InstallmentId)> {
        let token = URL_SAFE_NO_PAD.decode(link).ok()?;
        let (payload, signature) = token.split_at_checked(3 * 8)?;
        if signature.len() != SIGNATURE {
            return None;
        }
        self.mac(payload)?.verify_truncated_left(signature).ok()?;
        let mut parts =
            payload.chunks_exact(8).filter_map(|part| Some(i64::from_be_bytes(part.try_into().ok()?)));
        let (organization, installment, until) = (parts.next()?, parts.next()?, parts.next()?);
        (now.as_second() < until)
            .then(|| (OrganizationId::new(organization), InstallmentId::new(installment)))
    }

    fn mac(&self, payload: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).ok()?;
        mac.update(PURPOSE);
        mac.update(payload);
        Some(mac)
    }

    fn sign(&self, payload: &[u8]) -> Vec<u8> {
        // HMAC takes keys of any length, so there is always a signature.
        self.mac(payload).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-03-01T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn good_for_an_hour_for_one_notice_under_one_secret() {
        let links = Links::new(&[7; 32]);
        let pair = (OrganizationId::new(12), InstallmentId::new(-34));
        let link = links.issue(pair.0, pair.1, now());
        assert_eq!(links.check(&link, now()), Some(pair));
        assert_eq!(links.check(&link, now() + SignedDuration::from_mins(59)), Some(pair));
        assert_eq!(links.check(&link, now() + SignedDuration::from_mins(60)), None);
        assert_eq!(Links::new(&[8; 32]).check(&link, now()), None);
    }

    #[test]
    fn every_altered_byte_is_refused() {
        let links = Links::new(&[7; 32]);
        let link = links.issue(OrganizationId::new(1), InstallmentId::new(2), now());
        let bytes = URL_SAFE_NO_PAD.decode(&link).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert_eq!(links.check(&URL_SAFE_NO_PAD.encode(&altered), now()), None, "byte {at}");
        }
        for text in ["", "x", "====", &link[..link.len() - 4], &format!("{link}AAAA")] {
            assert_eq!(links.check(text, now()), None, "{text}");
        }
    }
}
