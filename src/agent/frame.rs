//! One record on disk: its length, a checksum, its number, when it came, and what it says.
//!
//! Whatever a crash leaves behind a record is no record: the checksum covers everything but itself.

use std::ops::Range;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Length (4 bytes), checksum (8), number (8) and time in microseconds (8), all little-endian.
pub const HEAD: usize = 28;
/// What one record may say; a longer one is not an alarm.
pub const LARGEST: usize = 512 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub sequence: u64,
    pub at: Timestamp,
    pub said: Vec<u8>,
}

/// Puts a record behind what is already there.
pub fn put(into: &mut Vec<u8>, sequence: u64, at: Timestamp, said: &[u8]) {
    let length = u32::try_from(said.len()).unwrap_or(u32::MAX).to_le_bytes();
    let rest = [&sequence.to_le_bytes()[..], &at.as_microsecond().to_le_bytes(), said].concat();
    into.extend_from_slice(&length);
    into.extend_from_slice(&checksum(length, &rest));
    into.extend_from_slice(&rest);
}

/// How much room a record takes.
pub fn room(said: &[u8]) -> u64 {
    (HEAD + said.len()) as u64
}

/// The records of a file in their order, each with the place where it stands; what can't be read is passed over.
pub fn records(bytes: &[u8], from: usize) -> impl Iterator<Item = (Record, Range<usize>)> {
    let mut at = from;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            if let Some((record, length)) = read(&bytes[at..]) {
                let place = at..at + length;
                at = place.end;
                return Some((record, place));
            }
            at += 1;
        }
        None
    })
}

fn read(bytes: &[u8]) -> Option<(Record, usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let said = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if said == 0 || said > LARGEST {
        return None;
    }
    let rest = rest.get(..16 + said)?;
    if checksum(*length, rest) != *sum {
        return None;
    }
    let (sequence, rest) = rest.split_first_chunk::<8>()?;
    let (at, said) = rest.split_first_chunk::<8>()?;
    let at = Timestamp::from_microsecond(i64::from_le_bytes(*at)).ok()?;
    Some((Record { sequence: u64::from_le_bytes(*sequence), at, said: said.to_vec() }, HEAD + said.len()))
}

fn checksum(length: [u8; 4], rest: &[u8]) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::new().chain_update(length).chain_update(rest).finalize().into();
    let mut sum = [0; 8];
    sum.copy_from_slice(&digest[..8]);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (sequence, said) in [(7, "one"), (8, "two, longer"), (9, "3")] {
            put(&mut bytes, sequence, Timestamp::UNIX_EPOCH, said.as_bytes());
        }
        bytes
    }

    fn numbers(bytes: &[u8]) -> Vec<u64> {
        records(bytes, 0).map(|(record, _)| record.sequence).collect()
    }

    #[test]
    fn what_was_put_is_read() {
        let bytes = three();
        assert_eq!(numbers(&bytes), [7, 8, 9]);
        assert_eq!(records(&bytes, 0).last().unwrap().1.end, bytes.len());
        assert_eq!(room(b"one") + room(b"two, longer") + room(b"3"), bytes.len() as u64);
    }

    #[test]
    fn a_tail_cut_anywhere_costs_only_the_record_it_cuts() {
        let bytes = three();
        let ends: Vec<usize> = records(&bytes, 0).map(|(_, place)| place.end).collect();
        for cut in 0..bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(numbers(&bytes[..cut]), [7, 8, 9][..whole], "cut at {cut}");
        }
    }

    #[test]
    fn a_wrong_bit_anywhere_costs_only_the_record_it_is_in() {
        let bytes = three();
        let places: Vec<_> = records(&bytes, 0).map(|(record, place)| (record.sequence, place)).collect();
        for bit in 0..bytes.len() * 8 {
            let mut wrong = bytes.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            let others: Vec<u64> =
                places.iter().filter(|(_, place)| !place.contains(&(bit / 8))).map(|p| p.0).collect();
            assert_eq!(numbers(&wrong), others, "bit {bit}");
        }
    }

    #[test]
    fn a_tail_of_zeros_is_no_record() {
        let bytes = [three(), vec![0; 4_096]].concat();
        assert_eq!(numbers(&bytes), [7, 8, 9]);
    }
}
