use std::{collections::BTreeSet, io::BufRead, sync::Arc};

use csv::StringRecord;
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{
    Odd,
    source::{SourceRow, readable},
};
use crate::error::{Error, Result};

/// The rows of an XES file (IEEE 1849): each event of each trace, with the trace's own words before its own.
///
/// A file that is not well-formed is refused as a whole: what follows the fault can't be told apart any more.
pub fn rows(content: impl BufRead, mut take: impl FnMut(SourceRow)) -> Result<()> {
    let mut reader = Reader::from_reader(content);
    let mut buffer = Vec::new();
    let mut log = Log { line: 1, ..Log::default() };
    loop {
        let event = reader.read_event_into(&mut buffer).map_err(|e| broken(log.line, &e))?;
        match &event {
            Event::Start(tag) => log.enter(tag),
            Event::Empty(tag) => log.note(tag),
            Event::End(_) => log.leave().into_iter().for_each(&mut take),
            Event::Eof => return log.ended(),
            _ => {}
        }
        log.line += event.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        buffer.clear();
    }
}

/// Where in the file we are: the open elements, and what was said so far on this trace and event.
#[derive(Default)]
struct Log {
    line: u64,
    open: Vec<Element>,
    trace: Vec<(String, String)>,
    event: Vec<(String, String)>,
    event_line: u64,
    odd: BTreeSet<Odd>,
    seen: bool,
    last_keys: Option<Arc<[String]>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Element {
    Trace,
    Event,
    Other,
}

impl Log {
    fn enter(&mut self, tag: &BytesStart<'_>) {
        let element = match tag.local_name().as_ref() {
            b"trace" => Element::Trace,
            b"event" => Element::Event,
            _ => Element::Other,
        };
        match element {
            Element::Trace => self.trace.clear(),
            Element::Event => self.event_line = self.line,
            Element::Other => self.note(tag),
        }
        self.seen |= tag.local_name().as_ref() == b"log";
        self.open.push(element);
    }

    /// Keeps a word that stands directly in a trace or an event; words about words are not columns.
    fn note(&mut self, tag: &BytesStart<'_>) {
        let Some(place @ (Element::Trace | Element::Event)) = self.open.last().copied() else { return };
        let key = self.attribute(tag, "key");
        let value = self.attribute(tag, "value");
        match place {
            Element::Trace => self.trace.push((format!("trace {key}"), value)),
            _ => self.event.push((key, value)),
        }
    }

    fn attribute(&mut self, tag: &BytesStart<'_>, name: &str) -> String {
        let Ok(Some(attribute)) = tag.try_get_attribute(name) else { return String::new() };
        match attribute.unescape_value() {
            Ok(text) => readable(text.as_bytes(), &mut self.odd),
            Err(_) => readable(&attribute.value, &mut self.odd),
        }
    }

    fn leave(&mut self) -> Option<SourceRow> {
        (self.open.pop()? == Element::Event).then(|| self.row())
    }

    fn row(&mut self) -> SourceRow {
        let event = std::mem::take(&mut self.event);
        let columns = || self.trace.iter().chain(&event);
        let same = self.last_keys.clone().filter(|keys| keys.iter().eq(columns().map(|(key, _)| key)));
        let keys = same.unwrap_or_else(|| columns().map(|(key, _)| key.clone()).collect());
        let values: StringRecord = columns().map(|(_, value)| value).collect();
        self.last_keys = Some(Arc::clone(&keys));
        SourceRow { line: self.event_line, keys, values, odd: std::mem::take(&mut self.odd) }
    }

    fn ended(&self) -> Result<()> {
        if self.seen && self.open.is_empty() {
            return Ok(());
        }
        Err(Error::command(format!("The file is not a whole XES log: it ends at line {} too early.", self.line)))
    }
}

fn broken(line: u64, error: &quick_xml::Error) -> Error {
    Error::command(format!("The file is not well-formed XML near line {line}: {error}."))
}
