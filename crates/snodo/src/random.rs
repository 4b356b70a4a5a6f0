//! Secrets, made by the system's generator.

/// Capital letters and digits: what MyPay gives its enti as passwords.
const CAPITALS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// `length` capital letters and digits, each equally likely.
pub fn capitals(length: usize) -> anyhow::Result<String> {
    let mut out = String::with_capacity(length);
    // 252 is the largest multiple of 36 in a byte: what is above would favour the first letters.
    const FAIR: u8 = 252;
    let mut bytes = [0; 32];
    while out.len() < length {
        getrandom::fill(&mut bytes)?;
        for byte in bytes.iter().filter(|byte| **byte < FAIR) {
            if out.len() < length
                && let Some(letter) = CAPITALS.get(usize::from(byte % 36))
            {
                out.push(char::from(*letter));
            }
        }
    }
    Ok(out)
}

/// `bytes` random bytes in hexadecimal.
pub fn hex(bytes: usize) -> anyhow::Result<String> {
    use std::fmt::Write as _;
    let mut raw = vec![0; bytes];
    getrandom::fill(&mut raw)?;
    let mut out = String::with_capacity(bytes * 2);
    for byte in raw {
        write!(out, "{byte:02x}")?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_their_length_and_alphabet_and_differ() {
        let one = capitals(12).unwrap();
        assert!(one.len() == 12 && one.bytes().all(|b| CAPITALS.contains(&b)), "{one}");
        assert_ne!(one, capitals(12).unwrap());
        assert_eq!(capitals(0).unwrap(), "");
        assert_eq!(hex(32).unwrap().len(), 64);
        // All letters come up.
        let many = capitals(10_000).unwrap();
        assert!(CAPITALS.iter().all(|letter| many.contains(char::from(*letter))));
    }
}
