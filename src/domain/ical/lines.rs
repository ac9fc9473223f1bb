//! Content lines: unfolded, in whatever encoding they came.

/// One line of the file after unfolding, and where it began.
pub(super) struct Line {
    pub number: usize,
    text: String,
}

/// `NAME;PARAMETER=…:VALUE`
pub(super) struct Property {
    pub name: String,
    pub parameters: Vec<(String, String)>,
    pub value: String,
}

/// A long line goes on after a line break and a blank; that may even be inside a letter of several bytes.
pub(super) fn unfold(file: &[u8]) -> Vec<Line> {
    let bytes = as_bytes(file);
    let mut folded: Vec<(usize, Vec<u8>)> = Vec::new();
    for (index, raw) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        match (raw.first(), folded.last_mut()) {
            (Some(b' ' | b'\t'), Some((_, last))) => last.extend_from_slice(&raw[1..]),
            _ => folded.push((index + 1, raw.to_vec())),
        }
    }
    let lines = folded.into_iter().map(|(number, bytes)| Line { number, text: text(bytes) });
    lines.filter(|line| !line.text.trim().is_empty()).collect()
}

/// Marks at the beginning tell UTF-16; old systems end lines with a carriage return alone.
fn as_bytes(file: &[u8]) -> Vec<u8> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units = file[2..].as_chunks::<2>().0.iter().map(|pair| from(*pair));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>().into_bytes()
    };
    let bytes = match file {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => rest.to_vec(),
        other => other.to_vec(),
    };
    if bytes.contains(&b'\n') {
        return bytes;
    }
    bytes.into_iter().map(|byte| if byte == b'\r' { b'\n' } else { byte }).collect()
}

/// What is not UTF-8 is Latin-1: every byte of it is a letter.
fn text(bytes: Vec<u8>) -> String {
    let plain =
        String::from_utf8(bytes).unwrap_or_else(|e| e.into_bytes().iter().map(|byte| char::from(*byte)).collect());
    plain.chars().filter(|c| *c == '\t' || !c.is_control()).collect()
}

impl Line {
    /// As much of it as one needs to find it.
    pub(super) fn start(&self) -> String {
        self.text.chars().take(40).collect()
    }

    pub(super) fn property(&self) -> Option<Property> {
        let (head, value) = self.text.split_at_checked(colon(&self.text)?)?;
        let mut parts = parts(head).into_iter();
        let name = parts.next()?.trim().to_ascii_uppercase();
        let parameters = parts.filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((name.trim().to_ascii_uppercase(), value.trim_matches('"').to_ascii_uppercase()))
        });
        let named = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let parameters = parameters.collect();
        (named && !name.is_empty()).then(|| Property { name, parameters, value: value[1..].to_owned() })
    }
}

/// The first colon that stands in no quotation.
fn colon(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })
}

fn parts(head: &str) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for c in head.chars() {
        quoted ^= c == '"';
        match parts.last_mut() {
            Some(last) if c != ';' || quoted => last.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts
}
