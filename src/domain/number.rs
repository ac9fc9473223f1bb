//! Call numbers: short, spoken on the phone, with a check digit that catches slips.

use std::{fmt, str::FromStr};

/// The number of a call, written `C-1234567-8`.
///
/// The last digit is a Damm check digit (H. M. Damm, 2004): every single wrong digit and
/// every swap of two neighbours gives a number that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallNumber(i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("A call number looks like C-1234567-8.")]
    Shape,
    #[error("That number has a slip in it: the last digit does not fit the others. Please check it.")]
    CheckDigit,
}

/// The quasigroup of order 10 from Damm's thesis; its diagonal is zero.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

fn check_digit(digits: &str) -> u8 {
    digits.bytes().fold(0, |row, digit| DAMM[usize::from(row)][usize::from(digit - b'0')])
}

impl CallNumber {
    /// The number that the store counts by; the check digit is not part of it.
    pub fn from_serial(serial: i64) -> Self {
        Self(serial)
    }

    pub fn serial(self) -> i64 {
        self.0
    }

    /// Whether a text is meant as a call number, be it right or mistyped.
    pub fn resembles(text: &str) -> bool {
        !matches!(text.parse::<Self>(), Err(NumberError::Shape))
    }
}

impl fmt::Display for CallNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:07}", self.0);
        write!(f, "C-{digits}-{}", check_digit(&digits))
    }
}

impl FromStr for CallNumber {
    type Err = NumberError;

    /// Reads what people type: with or without the `C`, dashes and spaces.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let text = text.trim();
        let bare = text.strip_prefix(['C', 'c']).unwrap_or(text);
        let digits: String = bare.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        let whole = digits.len() >= 8 && digits.len() <= 16;
        if !whole || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError::Shape);
        }
        if check_digit(&digits) != 0 {
            return Err(NumberError::CheckDigit);
        }
        let serial = digits[..digits.len() - 1].parse().map_err(|_| NumberError::Shape)?;
        Ok(Self(serial))
    }
}

impl serde::Serialize for CallNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for CallNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_spoken_is_understood() {
        let number = CallNumber::from_serial(2_041_172);
        let written = number.to_string();

        for said in
            [written.clone(), written.to_lowercase(), written.replace('-', " "), written.replace(['C', '-'], "")]
        {
            assert_eq!(said.parse(), Ok(number), "{said}");
        }
    }

    #[test]
    fn words_and_short_numbers_are_no_call_numbers() {
        for said in ["", "C-", "printer", "123", "C-12345678901234567890", "FT-6500-0417"] {
            assert_eq!(said.parse::<CallNumber>(), Err(NumberError::Shape), "{said}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(serial in 0i64..99_999_999, place in 0usize..8, by in 1u8..10) {
            let mut digits: Vec<u8> = CallNumber::from_serial(serial)
                .to_string().bytes().filter(u8::is_ascii_digit).collect();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;

            let typed = String::from_utf8(digits).unwrap();
            prop_assert_eq!(typed.parse::<CallNumber>(), Err(NumberError::CheckDigit));
        }

        #[test]
        fn two_swapped_neighbours_are_always_noticed(serial in 0i64..99_999_999, place in 0usize..7) {
            let mut digits: Vec<u8> = CallNumber::from_serial(serial)
                .to_string().bytes().filter(u8::is_ascii_digit).collect();
            prop_assume!(digits[place] != digits[place + 1]);
            digits.swap(place, place + 1);

            let typed = String::from_utf8(digits).unwrap();
            prop_assert_eq!(typed.parse::<CallNumber>(), Err(NumberError::CheckDigit));
        }
    }
}
