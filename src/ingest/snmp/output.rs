//! The lines that snmptrapd prints, whatever its output options: names or numbers, with or without types.

use std::{fmt, net::IpAddr};

use super::{super::Read, traps};
use crate::ingest::unusable;

/// The most variables that one trap may have: a datagram holds fewer.
const MOST: usize = 5_000;

/// A place in the tree of names, in numbers as far as they are known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oid(Vec<String>);

#[derive(Debug)]
pub struct Output {
    pub host: String,
    pub address: Option<IpAddr>,
    variables: Vec<(Oid, String)>,
}

impl Oid {
    /// `.1.3.6`, `iso.3.6`, `SNMPv2-SMI::enterprises.458`, `STRATUS-MIB::ftsmTrapId` or the whole path in words.
    pub fn read(text: &str) -> Self {
        let text = text.rsplit("::").next().unwrap_or_default().trim_matches('.');
        let parts: Vec<&str> = text.split('.').filter(|part| !part.is_empty()).collect();
        let last = parts.iter().rposition(|part| !part.bytes().all(|b| b.is_ascii_digit()));
        let known = last.and_then(|last| traps::number_of(parts[last]).map(|number| (last, number)));
        Self(match known {
            Some((last, number)) => number.split('.').chain(parts[last + 1..].iter().copied()).map(own).collect(),
            None => parts.into_iter().map(own).collect(),
        })
    }

    /// Whether it is that variable, or the instance of it.
    fn is(&self, number: &str) -> bool {
        let wanted: Vec<&str> = number.split('.').collect();
        let own = self.0.strip_suffix(&["0".to_owned()]).unwrap_or(&self.0);
        own.iter().map(String::as_str).eq(wanted.iter().copied())
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

fn own(part: &str) -> String {
    part.to_owned()
}

impl Output {
    pub fn read(text: &str) -> Read<Self> {
        let mut lines = text.lines();
        let host = lines.next().unwrap_or_default().trim();
        let from = lines.next().unwrap_or_default().trim();
        if host.is_empty() || from.is_empty() {
            return unusable("This is not what snmptrapd hands on: a host, an address, then a variable a line.");
        }
        let (mut variables, mut rest) = (Vec::new(), lines);
        while let Some(line) = rest.next() {
            let Some((name, value)) = line.trim().split_once([' ', '\t']) else { continue };
            let value = whole(value.trim_start(), &mut rest);
            variables.push((Oid::read(name), plain(&value)));
            if variables.len() > MOST {
                return unusable(format!("More than {MOST} variables in one trap."));
            }
        }
        Ok(Self { host: host.to_owned(), address: address(from), variables })
    }

    pub fn value(&self, number: &str) -> Option<String> {
        let found = self.variables.iter().find(|(oid, _)| oid.is(number));
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
    }

    pub fn oid_value(&self, number: &str) -> Option<Oid> {
        self.value(number).map(|value| Oid::read(&value)).filter(|oid| !oid.0.is_empty())
    }

    /// An enumerated value by its number, whether the MIB was loaded there or not: `broken(2097155)` or 2097155.
    pub fn choice(&self, number: &str, names: &[(&str, u32)], prefix: &str) -> Option<String> {
        let value = self.value(number)?;
        let name = value.split('(').next().unwrap_or_default().trim();
        let known = |(_, known): &&(&str, u32)| name.parse() == Ok(*known);
        let by_number = names.iter().find(known).map(|(name, _)| (*name).to_owned());
        by_number.or_else(|| name.strip_prefix(prefix).map(str::to_owned))
    }
}

/// A quoted value may go on over lines, up to the quote that no backslash precedes.
fn whole<'a>(first: &str, rest: &mut impl Iterator<Item = &'a str>) -> String {
    let mut value = first.to_owned();
    let Some(start) = value.find('"').filter(|at| value[..*at].is_empty() || value[..*at].ends_with(": ")) else {
        return value;
    };
    while !closed(&value[start + 1..]) {
        let Some(line) = rest.next() else { break };
        value.push('\n');
        value.push_str(line);
    }
    value
}

fn closed(text: &str) -> bool {
    let mut escaped = false;
    for byte in text.bytes() {
        match byte {
            b'\\' if !escaped => escaped = true,
            b'"' if !escaped => return true,
            _ => escaped = false,
        }
    }
    false
}

/// The value without its type, its quotes and its escapes; octets that spell a text are that text.
fn plain(value: &str) -> String {
    let (kind, value) = match value.split_once(": ") {
        Some((kind, value)) if KINDS.contains(&kind) => (kind, value.trim()),
        _ => ("", value.trim()),
    };
    if kind == "Timeticks" {
        return value.rsplit(") ").next().unwrap_or(value).to_owned();
    }
    match value.strip_prefix('"') {
        Some(quoted) => {
            let quoted = quoted.strip_suffix('"').unwrap_or(quoted);
            octets(quoted).unwrap_or_else(|| quoted.replace("\\\"", "\"").replace("\\\\", "\\"))
        }
        None if kind == "Hex-STRING" => octets(&format!("{value} ")).unwrap_or_else(|| value.to_owned()),
        None => value.to_owned(),
    }
}

const KINDS: [&str; 9] =
    ["STRING", "INTEGER", "OID", "Timeticks", "Hex-STRING", "IpAddress", "Gauge32", "Counter32", "Network Address"];

/// `46 54 36 35 ` as net-snmp prints what it does not take for text, always with a blank at the end.
fn octets(text: &str) -> Option<String> {
    let pairs: Vec<&str> = text.strip_suffix(' ')?.split_whitespace().collect();
    let hexadecimal = |pair: &&str| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
    if pairs.is_empty() || !pairs.iter().all(hexadecimal) {
        return None;
    }
    let bytes: Vec<u8> = pairs.iter().filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    let text = String::from_utf8(bytes).ok()?;
    Some(text.trim_end_matches('\0').to_owned()).filter(|text| !text.chars().any(char::is_control))
}

/// `UDP: [127.0.0.1]:50458->[127.0.0.1]:11163`, or `UDP/IPv6: [::1]:1161->…`.
fn address(from: &str) -> Option<IpAddr> {
    let (_, rest) = from.split_once('[')?;
    rest.split(']').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(lines: &str) -> Output {
        Output::read(&format!("host\nUDP: [10.0.0.7]:1->[10.0.0.1]:162\n{lines}")).unwrap()
    }

    #[test]
    fn every_way_to_write_a_name_is_the_same_place() {
        for name in [
            ".1.3.6.1.4.1.458.103.6.0",
            "1.3.6.1.4.1.458.103.6.0",
            "iso.3.6.1.4.1.458.103.6.0",
            "SNMPv2-SMI::enterprises.458.103.6.0",
            "STRATUS-MIB::sraSiSystemSerialNumber.0",
            ".iso.org.dod.internet.private.enterprises.stratus.systemInfo.sraSiSystemSerialNumber.0",
        ] {
            assert_eq!(Oid::read(name).to_string(), "1.3.6.1.4.1.458.103.6.0", "{name}");
        }
    }

    #[test]
    fn values_are_read_with_and_without_their_types() {
        for (written, meant) in [
            ("\"FT6500-001234\"", "FT6500-001234"),
            ("STRING: \"FT6500-001234\"", "FT6500-001234"),
            ("STRING: FT6500-001234", "FT6500-001234"),
            ("Hex-STRING: 46 54 36 35", "FT65"),
            ("\"46 54 36 35 00 \"", "FT65"),
            ("\"00 FF 01 \"", "00 FF 01 "),
            ("\"two\nlines\"", "two\nlines"),
            ("\"a \\\"quoted\\\" one\"", "a \"quoted\" one"),
            ("\"never closed", "never closed"),
        ] {
            let read = output(&format!("STRATUS-MIB::sraSiSystemSerialNumber.0 {written}\n"));
            assert_eq!(read.value(traps::SERIAL).as_deref(), Some(meant), "{written}");
        }
        assert_eq!(output("x \"").address, Some("10.0.0.7".parse().unwrap()));
    }
}
