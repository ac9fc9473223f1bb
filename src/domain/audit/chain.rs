//! The chain of the audit log: each link's hash covers its row and the hash before it.
//!
//! `hash = SHA-256(hash before ‖ canonical bytes of the row)`; before the first come 32 zero bytes. The canonical
//! bytes do not depend on how a database prints things, so they are the same in every version of Postgres:
//!
//! - the words `meridian audit 1` and a newline;
//! - the fields in the order of [`Row`]; each is a byte (0 absent, 1 present) and, where present, its length in bytes
//!   as eight bytes, big end first, and the bytes themselves;
//! - ids as their sixteen bytes, the time as microseconds since 1970 in decimal, texts as UTF-8, sealed bytes as they are;
//! - the detail as JSON without spaces, the names of every object in the order of their bytes.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub type Hash = [u8; 32];

/// What stands before the first link.
pub const BEGINNING: Hash = [0; 32];

/// One row of the log, as the chain covers it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: Uuid,
    pub at: Timestamp,
    pub kind: String,
    pub actor_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub subject_kind: String,
    pub subject_id: String,
    pub detail: Value,
    pub sealed_for: Option<Uuid>,
    pub sealed: Option<Vec<u8>>,
}

impl Row {
    /// The hash of the link that puts this row after another.
    pub fn after(&self, before: &Hash) -> Hash {
        Sha256::new().chain_update(before).chain_update(self.canonical()).finalize().into()
    }

    pub fn canonical(&self) -> Vec<u8> {
        let mut out = b"meridian audit 1\n".to_vec();
        let at = self.at.as_microsecond().to_string();
        let mut detail = String::new();
        write_json(&self.detail, &mut detail);
        let id = |id: &'_ Option<Uuid>| id.map(|id| id.into_bytes().to_vec());
        let fields = [
            Some(self.id.into_bytes().to_vec()),
            Some(at.into_bytes()),
            Some(self.kind.clone().into_bytes()),
            id(&self.actor_id),
            id(&self.account_id),
            Some(self.subject_kind.clone().into_bytes()),
            Some(self.subject_id.clone().into_bytes()),
            Some(detail.into_bytes()),
            id(&self.sealed_for),
            self.sealed.clone(),
        ];
        for field in &fields {
            write_field(field.as_deref(), &mut out);
        }
        out
    }
}

/// One link as it is stored; its row may be gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub pos: i64,
    pub hash: Vec<u8>,
    pub id: Uuid,
    pub row: Option<Row>,
}

/// What does not fit, at the first place where something does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// Positions are missing.
    Gap { pos: i64 },
    /// The link is there, and its row is not.
    Removed { pos: i64, id: Uuid },
    /// The row is not what was linked, or something before it was taken out.
    Changed { pos: i64, id: Uuid },
    /// What stood before and what comes later fit together without it.
    Inserted { pos: i64, id: Uuid },
    /// Another row belongs here.
    OutOfOrder { pos: i64, id: Uuid },
    /// A row that nobody put in line and no link covers.
    Stray { id: Uuid },
    /// The log ends before the head that was kept, or says something else there.
    Cut { pos: i64 },
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gap { pos } => write!(f, "position {pos} is missing: a row and its link were removed"),
            Self::Removed { pos, id } => write!(f, "the row {id} at position {pos} was removed"),
            Self::Changed { pos, id } => {
                write!(f, "the row {id} at position {pos} was changed, or one before it was removed")
            }
            Self::Inserted { pos, id } => write!(f, "the row {id} at position {pos} was inserted"),
            Self::OutOfOrder { pos, id } => write!(f, "the row {id} at position {pos} is not in its place"),
            Self::Stray { id } => write!(f, "the row {id} was inserted beside the chain"),
            Self::Cut { pos } => write!(f, "the log no longer says at position {pos} what the kept head says"),
        }
    }
}

/// Looks at a link that follows `before`; `around` are links near it, to say what is wrong with it.
pub fn check(before: (i64, &Hash), link: &Link, around: &[Link]) -> Result<Hash, Fault> {
    let (pos, id) = (link.pos, link.id);
    if pos != before.0 + 1 {
        return Err(Fault::Gap { pos: before.0 + 1 });
    }
    let Some(row) = &link.row else { return Err(Fault::Removed { pos, id }) };
    let hash = row.after(before.1);
    if link.hash == hash {
        return Ok(hash);
    }
    Err(diagnose(before.1, link, around))
}

fn diagnose(before: &Hash, link: &Link, around: &[Link]) -> Fault {
    let (pos, id) = (link.pos, link.id);
    for other in around.iter().filter(|other| other.id != id) {
        let Some(fitting) = other.row.as_ref().map(|row| row.after(before)) else { continue };
        let follows_it = link.row.as_ref().is_some_and(|row| row.after(&fitting)[..] == link.hash);
        if link.hash == fitting || (other.hash == fitting && follows_it) {
            return Fault::OutOfOrder { pos, id };
        }
        if other.hash == fitting {
            return Fault::Inserted { pos, id };
        }
    }
    Fault::Changed { pos, id }
}

fn write_field(field: Option<&[u8]>, out: &mut Vec<u8>) {
    out.push(u8::from(field.is_some()));
    if let Some(bytes) = field {
        out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        out.extend_from_slice(bytes);
    }
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => write_list(items.iter(), ['[', ']'], out, write_json),
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            write_list(fields.into_iter(), ['{', '}'], out, |(name, value), out| {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_json(value, out);
            });
        }
        plain => out.push_str(&plain.to_string()),
    }
}

fn write_list<T>(
    items: impl Iterator<Item = T>,
    brackets: [char; 2],
    out: &mut String,
    write: impl Fn(T, &mut String),
) {
    out.push(brackets[0]);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(brackets[1]);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(n: u128) -> Row {
        Row {
            id: Uuid::from_u128(n),
            at: "2026-11-23T14:33:00.25Z".parse().unwrap(),
            kind: "signed_in".to_owned(),
            actor_id: Some(Uuid::from_u128(7)),
            account_id: None,
            subject_kind: "session".to_owned(),
            subject_id: n.to_string(),
            detail: json!({"means": "password", "at": [1, {"b": null, "a": true}]}),
            sealed_for: None,
            sealed: Some(vec![1, 2, 3]),
        }
    }

    fn chain(rows: impl IntoIterator<Item = Row>) -> Vec<Link> {
        let mut before = BEGINNING;
        let link = |(row, pos): (Row, i64)| {
            before = row.after(&before);
            Link { pos, hash: before.to_vec(), id: row.id, row: Some(row) }
        };
        rows.into_iter().zip(1..).map(link).collect()
    }

    fn verify(links: &[Link]) -> Result<(), Fault> {
        let mut before = (0, BEGINNING);
        for link in links {
            before = (link.pos, check((before.0, &before.1), link, links)?);
        }
        Ok(())
    }

    /// Written out by hand: whoever changes the form breaks every chain that exists.
    #[test]
    fn the_canonical_form_is_the_one_that_is_documented() {
        let mut expected = b"meridian audit 1\n".to_vec();
        let mut field = |bytes: &[u8]| {
            expected.push(1);
            expected.extend((bytes.len() as u64).to_be_bytes());
            expected.extend(bytes);
        };
        field(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
        field(b"1795444380250000");
        field(b"signed_in");
        field(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
        expected.push(0);
        let mut field = |bytes: &[u8]| {
            expected.push(1);
            expected.extend((bytes.len() as u64).to_be_bytes());
            expected.extend(bytes);
        };
        field(b"session");
        field(b"5");
        field(br#"{"at":[1,{"a":true,"b":null}],"means":"password"}"#);
        expected.push(0);
        expected.push(1);
        expected.extend(3u64.to_be_bytes());
        expected.extend([1, 2, 3]);
        assert_eq!(row(5).canonical(), expected);
    }

    #[test]
    fn an_untouched_chain_holds_and_every_field_counts() {
        assert_eq!(verify(&chain((1..20).map(row))), Ok(()));
        let changes: [fn(&mut Row); 10] = [
            |row| row.id = Uuid::from_u128(99),
            |row| row.at = Timestamp::UNIX_EPOCH,
            |row| row.kind.push('x'),
            |row| row.actor_id = None,
            |row| row.account_id = Some(Uuid::nil()),
            |row| row.subject_kind.push('x'),
            |row| row.subject_id.push('x'),
            |row| row.detail["means"] = json!("passkey"),
            |row| row.sealed_for = Some(Uuid::nil()),
            |row| row.sealed = None,
        ];
        for change in changes {
            let mut links = chain((1..5).map(row));
            change(links[2].row.as_mut().unwrap());
            assert_eq!(verify(&links), Err(Fault::Changed { pos: 3, id: links[2].id }));
        }
    }

    #[test]
    fn what_was_done_to_a_chain_is_named() {
        let whole = chain((1..6).map(row));
        let id = |n: u128| Uuid::from_u128(n);

        let mut links = whole.clone();
        links.remove(2);
        assert_eq!(verify(&links), Err(Fault::Gap { pos: 3 }));

        links = whole.clone();
        links[2].row = None;
        assert_eq!(verify(&links), Err(Fault::Removed { pos: 3, id: id(3) }));

        links = whole.clone();
        links.insert(2, Link { pos: 3, hash: vec![1; 32], id: id(9), row: Some(row(9)) });
        links.iter_mut().zip(1..).for_each(|(link, pos)| link.pos = pos);
        assert_eq!(verify(&links), Err(Fault::Inserted { pos: 3, id: id(9) }));

        links = whole.clone();
        links.swap(1, 2);
        links.iter_mut().zip(1..).for_each(|(link, pos)| link.pos = pos);
        assert_eq!(verify(&links), Err(Fault::OutOfOrder { pos: 2, id: id(3) }));

        links = whole.clone();
        let (second, third) = (links[1].row.take(), links[2].row.take());
        (links[1].row, links[2].row) = (third, second);
        assert!(matches!(verify(&links), Err(Fault::OutOfOrder { pos: 2, .. })));
    }
}
