//! Generators that break real messages, for every format: nothing that arrives may stop the portal, and whatever is
//! read can be stored. A second of each in every run, `FUZZ_SECONDS` of each where somebody has the time.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::*;

/// Numbers that look random and are the same in every run with the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Words that mean something to one of the readers, or that readers have stumbled over.
const WORDS: [&[u8]; 46] = [
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\n\n",
    b"\"",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[[[[[[[",
    b":",
    b",",
    b"null",
    b"true",
    b"-0",
    b"1e999",
    b"-1",
    b"18446744073709551616",
    b"9999-12-31T23:59:59.999999999Z",
    b"-009999-01-02T00:00:00Z",
    b"0001-01-01T00:00:00Z",
    b"\"alerts\"",
    b"\"Events\"",
    b"\"labels\":",
    b"\"data_base64\":\"",
    b"\"severity\"",
    b"\"MessageId\":\"A.1.B\"",
    b"critical",
    b"%zz",
    b"%F0",
    b".1.3.6.1.6.3.1.1.4.1.0 ",
    b"STRATUS-MIB::ftsmTrapWorse2Fatal",
    b"Hex-STRING: ",
    b"\"46 5 \"",
    b"=?utf-8?B?",
    b"=?utf-8?Q?=",
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"--x",
    b"--x--",
    b"Subject: ",
    b"Message-ID: <",
];

fn broken(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = dice.pick(seeds).clone();
    for _ in 0..=dice.below(8) {
        let at = dice.below(input.len() + 1);
        let to = (at + dice.below(40)).min(input.len());
        match dice.below(9) {
            0 if at < input.len() => input[at] ^= 1 << dice.below(8),
            1 => input.truncate(at),
            2 => drop(input.drain(at..to)),
            3 => drop(input.splice(at..at, dice.pick(&WORDS).to_vec())),
            4 => drop(input.splice(at..to, dice.pick(&WORDS).to_vec())),
            5 => drop(input.splice(at..at, input[at..to].repeat(1 + dice.below(60)))),
            6 => {
                let other = dice.pick(seeds);
                let from = dice.below(other.len() + 1);
                drop(input.splice(at.., other[from..].to_vec()));
            }
            7 => drop(input.splice(at..to, dice.roll().to_string().into_bytes())),
            _ => drop(input.splice(at..at, dice.pick(&WORDS).repeat(1 + dice.below(300)))),
        }
        input.truncate(200_000);
    }
    input
}

/// Tells which input it was, when a reader has stumbled over it.
struct Told<'a>(&'a [u8]);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the input was {:?}", String::from_utf8_lossy(self.0));
            eprintln!("or in bytes {:?}", self.0);
        }
    }
}

fn storable(text: &str, most: usize) {
    assert!(!text.contains('\0') && text.len() <= most, "{} bytes: {text:?}", text.len());
}

fn can_be_kept(alarm: &Alarm) {
    for text in [&alarm.source, &alarm.source_id, &alarm.code, &alarm.component, &alarm.problem] {
        storable(text, 400);
    }
    storable(&alarm.summary, 1_600);
    for text in [&alarm.state, &alarm.reason].into_iter().flatten() {
        storable(text, 400);
    }
    if let Some(SystemName::Serial(text) | SystemName::Nickname(text)) = &alarm.names_system {
        storable(text, 800);
    }
    for at in [Some(alarm.occurred_at), alarm.expires_at].into_iter().flatten() {
        assert!(at >= YEAR_ONE, "{at}");
    }
    assert!(alarm.kind == Kind::Raised || alarm.expires_at.is_none());
}

fn endure(format: &str, seeds: &[Vec<u8>], read: impl Fn(&[u8]) -> Read<Vec<Piece>>) {
    let told = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    // The short run is the same every time; a long one tries others, and prints which.
    let long = told("FUZZ_SECONDS").map(|seconds| (seconds, u64::from(std::process::id())));
    let (seconds, seed) = long.unwrap_or((1, 1));
    let seed = told("FUZZ_SEED").unwrap_or(seed);
    println!("{format}: FUZZ_SEED={seed}, {} seeds", seeds.len());
    let (mut dice, end) = (Dice(seed), Instant::now() + Duration::from_secs(seconds));
    let (mut inputs, mut alarms, mut slowest) = (0_u64, 0, Duration::ZERO);
    while Instant::now() < end {
        let input = broken(seeds, &mut dice);
        let (guard, began) = (Told(&input), Instant::now());
        let pieces = read(&input).unwrap_or_default();
        slowest = slowest.max(began.elapsed());
        assert!(slowest < Duration::from_secs(20), "{slowest:?} for {} bytes", input.len());
        for alarm in pieces.iter().filter_map(|piece| piece.read.as_ref().ok()) {
            can_be_kept(alarm);
            alarms += 1;
        }
        drop(guard);
        inputs += 1;
    }
    println!("{format}: {inputs} inputs, {alarms} alarms, the slowest took {slowest:?}");
    assert!(alarms > 0, "everything was refused: the seeds are no messages");
}

/// Files of real messages, where they are; and always those given here.
fn corpus(own: &[&[u8]], folder: &str, beginnings: &[&str]) -> Vec<Vec<u8>> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    let mut folders = vec![place];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(entries) = folders.pop().map(fs::read_dir) {
        let paths = entries.into_iter().flatten().map(|entry| entry.unwrap().path());
        let (inner, found): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
        folders.extend(inner);
        files.extend(found);
    }
    files.sort();
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        beginnings.iter().any(|beginning| name.starts_with(beginning))
    };
    let bodies = files.iter().filter(|path| named(path)).map(|path| {
        let bytes = fs::read(path).unwrap();
        let end =
            bytes.windows(4).position(|four| four == b"\r\n\r\n").filter(|_| path.extension() == Some("http".as_ref()));
        end.map_or_else(|| bytes.clone(), |end| bytes[end + 4..].to_vec())
    });
    own.iter().map(|seed| seed.to_vec()).chain(bodies.filter(|body| body.len() < 100_000)).collect()
}

const SITE: Sender<'static> = Sender { site_code: "PARIS-01", serial: None };
const NOW: Timestamp = Timestamp::constant(1_795_426_800, 0);

const ALERT: &[u8] =
    br#"[{"labels":{"alertname":"a","severity":"critical","instance":"h:1"},"annotations":{"summary":"s"},
    "startsAt":"2026-11-23T09:39:01.324Z","endsAt":"2026-11-23T10:43:01.324Z"}]"#;

#[test]
fn alerts_of_prometheus() {
    endure("prometheus", &corpus(&[ALERT], "captured", &["api_v2", "collectd"]), |body| {
        prometheus::read(body, SITE, NOW)
    });
}

#[test]
fn notifications_of_alertmanager() {
    let own = [&br#"{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"a"},"startsAt":"x"}]}"#[..]];
    let seeds = corpus(&own, "captured", &["alertmanager_webhook"]);
    endure("alertmanager", &seeds, |body| alertmanager::read(body, SITE, NOW));
}

#[test]
fn pages() {
    let own = [
        &br#"{"event_action":"trigger","dedup_key":"k","payload":{"summary":"s","source":"x","severity":"error"}}"#[..],
    ];
    let seeds = corpus(&own, "captured", &["pagerduty", "alertmanager_pagerduty"]);
    endure("pagerduty", &seeds, |body| Ok(vec![pagerduty::read(&pagerduty::open(body).1?, SITE, NOW)]));
}

#[test]
fn events_of_controllers() {
    let own = br#"{"Context":"FT-1","Events":[{"EventId":"1","EventTimestamp":"2025-01-29T23:26:31-0600","Severity":"OK",
        "MessageId":"StorageDevice.1.4.DriveOK","MessageArgs":["1"],"OriginOfCondition":{"@odata.id":"/redfish/v1/x"}}]}"#;
    let mut seeds = corpus(&[own], "captured", &["redfish"]);
    seeds.extend(corpus(&[], "machine/redfish/events", &[""]));
    endure("redfish", &seeds, |body| redfish::read(body, SITE, NOW));
}

#[test]
fn traps() {
    let own = b"localhost\nUDP: [10.0.0.1]:1->[10.0.0.2]:162\n.1.3.6.1.2.1.1.3.0 0:0:20:34.56\n.1.3.6.1.6.3.1.1.4.1.0 \
        .1.3.6.1.4.1.458.105.2.0.101\n.1.3.6.1.4.1.458.105.3.1 \"10/120\"\n.1.3.6.1.4.1.458.105.3.3 2097155\n";
    let seeds = corpus(&[own], "captured", &["snmptrapd_traphandle"]);
    endure("snmp", &seeds, |body| snmp::read(body, &snmp::Addresses::new(), SITE, NOW));
}

#[test]
fn mails() {
    let own = b"From: a@b\r\nSubject: disk failed\r\nMessage-ID: <1@b>\r\nDate: Mon, 23 Nov 2026 09:34:26 +0000\r\n\r\nhi\r\n";
    let mut seeds = corpus(&[own], "captured", &["smtp"]);
    seeds.extend(corpus(&[], "email", &[""]));
    endure("mail", &seeds, |body| mail::read(body, SITE, NOW));
}

const EVENT: &[u8] =
    br#"{"specversion":"1.0","id":"1","source":"/systems/FT-1","type":"x","data_base64":"eyJhIjoxfQ=="}"#;

fn cloud(content_type: &str, attributes: &[(&str, &str)], body: &[u8]) -> Read<Vec<Piece>> {
    let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    native::read(&native::Message { content_type, attributes, body }, SITE, NOW)
}

#[test]
fn events_in_the_body() {
    let seeds = corpus(&[EVENT], "captured", &["cloudevents_js_structured", "cloudevents_py_to_structured"]);
    let batch: Vec<u8> = [b"[", EVENT, b",", EVENT, b"]"].concat();
    endure("structured", &[seeds, vec![batch]].concat(), |body| {
        let batch = cloud("application/cloudevents-batch+json", &[], body);
        cloud("application/cloudevents+json", &[], body).or(batch)
    });
}

#[test]
fn events_in_the_headers() {
    let seeds = corpus(&[br#"{"severity":"error"}"#], "captured", &["cloudevents", "apprise"]);
    endure("binary", &seeds, |body| {
        // The headers are broken with the body.
        let id = String::from_utf8_lossy(&body[..body.len().min(50)]).into_owned();
        let attributes = [("id", id.as_str()), ("source", "/systems/%46"), ("type", &id), ("specversion", "1.0")];
        cloud(if body.len() % 2 == 0 { "text/plain" } else { "application/json" }, &attributes, body)
    });
}
