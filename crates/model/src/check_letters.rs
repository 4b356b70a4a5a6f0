//! The check letter shared by the codice fiscale (DM 23/12/1976) and by the Italian BBAN (CIN).

/// Value of a character at an odd position: digits and the letters A–J share the first ten values.
const ODD: [u32; 26] =
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/// The check letter of upper-case letters and digits; `None` if another character is among them.
pub(crate) fn check_letter(text: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (index, byte) in text.iter().enumerate() {
        let rank = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A',
            _ => return None,
        };
        sum += if index % 2 == 0 { *ODD.get(usize::from(rank))? } else { u32::from(rank) };
    }
    u8::try_from(sum % 26).ok().map(|rank| b'A' + rank)
}
