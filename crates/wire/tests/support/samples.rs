//! Values for the simple types, good and bad.

use soap::Facets;

use super::Random;

/// Values that match a pattern, and near misses.
fn of_pattern(pattern: &str) -> &'static [&'static str] {
    match pattern {
        "[0-9]{11}" => &["80012345678", "01234567897"],
        "[0-9]{18}" => &["312202500000457168", "000000000000000000"],
        r"\d+\.\d{2}" => &["0.01", "1.00", "10.50", "999999999.99", "0007.00", "123456.78"],
        "[A-Z]{2,2}" => &["IT", "RM", "FR"],
        r"[a-zA-Z0-9_\.\+\-]+@[a-zA-Z0-9\-]+(\.[a-zA-Z0-9\-]+)*" => &["a.b+c@x-y.it", "A_1@localhost"],
        "[a-zA-Z0-9_!#$%&'*+/=?`{|}~^.-]+@[a-zA-Z0-9.-]+" => &["m.rossi@example.it", "a&b'c~^|{}@x", "--@."],
        r"[0129]{1}\/\S{3,138}" => &["9/0101101IM/", "0/abc", "2/à€\u{A0}"],
        r"9\/\d{2}\d{2}\d{3}\w{2}\/\S{0,129}" => &["9/0201133IM/", "9/0201133à+/X", "9/0201133à$/"],
        ".{4,72}" => &["QUJDRA==", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="],
        "[0-9]{1,1}" => &["0", "1"],
        other => panic!("no samples for the pattern {other}"),
    }
}

pub fn value(base: &str, facets: Option<&Facets>, random: &mut Random) -> String {
    let facets = facets.copied().unwrap_or(Facets::NONE);
    if !facets.enumeration.is_empty() {
        let most = facets.max_length.unwrap_or(usize::MAX);
        let fitting: Vec<&&str> = facets.enumeration.iter().filter(|v| v.len() <= most).collect();
        return random.pick(&fitting).to_string();
    }
    if let Some(pattern) = facets.pattern {
        return (*random.pick(of_pattern(pattern))).to_owned();
    }
    match base {
        "string" => {
            let least = facets.length.or(facets.min_length).unwrap_or(1).max(1);
            let most = facets.length.or(facets.max_length).unwrap_or(60);
            let length = match random.below(4) {
                0 => least,
                1 => most,
                _ => least + random.below(most - least + 1),
            };
            text(length, random)
        }
        "int" | "integer" => match facets.max {
            Some(max) => (1 + random.below(max.parse().unwrap())).to_string(),
            None => (*random.pick(&["0", "1", "-7", "2147483647", "+12", "007"])).to_owned(),
        },
        "boolean" => (*random.pick(&["true", "false", "1", "0", " true\n"])).to_owned(),
        "date" => {
            (*random.pick(&["2025-03-07", "2024-02-29", "2022-11-23+01:00", "1999-12-31Z", " 2025-03-07 "]))
                .to_owned()
        }
        "dateTime" => (*random.pick(&[
            "2025-03-07T10:22:31.000+01:00",
            "2025-03-07T10:22:31",
            "2025-03-07T00:00:00Z",
            "2025-03-07T23:59:59.123456789-05:30",
            "2025-12-31T24:00:00",
        ]))
        .to_owned(),
        "base64Binary" => (*random.pick(&["QUJD", "QQ==", "QUI=", "QU JD\nREVG", " QUJDREVG "])).to_owned(),
        other => panic!("no samples for the type {other}"),
    }
}

fn text(length: usize, random: &mut Random) -> String {
    let alphabet: Vec<char> = "aZ09 /-.'\"&<>àè€😀\u{A0}".chars().collect();
    let plain: Vec<char> = "abcdefghij".chars().collect();
    let from = if random.chance(50) { &alphabet } else { &plain };
    (0..length).map(|_| *random.pick(from)).collect()
}

const NASTY: &[&str] = &[
    "",
    " ",
    "\u{A0}",
    "0.00",
    "-1.00",
    "1.5",
    "1,50",
    "1",
    "1.",
    ".50",
    "1e2",
    "+1.00",
    "999999999.99",
    "999999999.999",
    "1000000000.00",
    "99999999999999999999999.00",
    "0.01",
    "00.01",
    "１.00",
    "1.0٣",
    "NaN",
    "true",
    "TRUE",
    "yes",
    "2",
    "0",
    "5",
    "6",
    " 5 ",
    "-0",
    "+5",
    "05",
    "5.0",
    "2147483648",
    "-2147483648",
    "99999999999999999999",
    "2025-02-29",
    "2025-2-9",
    "2025-02-28Z",
    "2025-02-28+14:00",
    "2025-02-28+14:01",
    "2025-02-28T",
    "2025-02-28T10:00:00",
    "2025-02-28T10:00",
    "2025-02-28T24:00:00",
    "2025-02-28T24:00:01",
    "2025-02-28T10:00:60",
    "2025-02-28T10:00:00.",
    "2025-02-28T10:00:00.5",
    "2025-02-28T10:00:00+1:00",
    "0000-01-01",
    "20250228",
    "28/02/2025",
    "A===",
    "QQ",
    "QQ=",
    "QQ==",
    "QQ= =",
    "Q Q = =",
    "QR==",
    "QUJ",
    "QUI=",
    "QUJ=",
    "QUJD",
    "QUJD!",
    "QUJDRA==QQ==",
    "====",
    "abc",
    "abcd",
    "F",
    "f",
    "G",
    "A",
    "01",
    "1 ",
    "OK",
    "KO",
    "ok",
    "IT",
    "it",
    "ITA",
    "I1",
    "8001234567",
    "8001234567A",
    "800123456789",
    "31220250000045716",
    "a@b",
    "@b",
    "a@",
    "a b@c",
    "a@b..c",
    "9/ab",
    "9/abc",
    "3/abcdef",
    "9/a bc",
    "9/0201133IM",
    "9/0201133-I/",
    "9/0201133IM/ ",
    "9/0201133IM/",
    "SHORT",
    "NONE",
    "é",
    "xy",
    "xyz",
    "\t",
    "\n",
    "a\nb",
    "a\rb",
];

/// A wrong or borderline value in the place of a good one.
pub fn nasty(good: &str, random: &mut Random) -> String {
    match random.below(8) {
        0 => format!(" {good}"),
        1 => format!("{good}\n"),
        2 => format!("{good}{good}"),
        3 => good.chars().skip(1).collect(),
        4 => {
            let length =
                *random.pick(&[5, 11, 16, 17, 35, 36, 70, 71, 140, 141, 210, 211, 256, 257, 1024, 1025]);
            "x".repeat(length)
        }
        _ => (*random.pick(NASTY)).to_owned(),
    }
}
