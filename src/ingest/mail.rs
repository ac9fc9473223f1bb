//! Mail to a site's address, as a forwarding handler hands it on: raw MIME.
//!
//! <https://www.rfc-editor.org/rfc/rfc5322>; what answers by itself is told apart as
//! <https://www.rfc-editor.org/rfc/rfc3834> has it. A mail never clears anything: whoever reads it may know better.

mod words;

use jiff::Timestamp;
use mail_parser::{Address, Message, MessageParser, MimeHeaders};

use super::{Piece, Read, Sender, blank, digest, first_line, instant, nickname, serial, tidy, unusable};
use crate::domain::alarm::{Alarm, AlarmSeverity, Kind, SystemName};

/// Headers in which a handler or a machine may name the system.
const SERIAL_HEADERS: [&str; 2] = ["Meridian-Serial", "X-Serial"];

/// `calls+PARIS-01@…`: the part after the plus is the site.
const MAILBOX: &str = "calls+";

pub fn read(body: &[u8], sender: Sender<'_>, now: Timestamp) -> Read<Vec<Piece>> {
    // What the parts of it hold is for the reader of the kept mail: parts within parts are where parsers stumble.
    let message = MessageParser::default().parse_headers(body).filter(is_mail);
    let Some(message) = message else {
        return unusable("This is not a mail: it has neither a sender nor a subject.");
    };
    let alarm = Alarm { body: body.to_vec(), source_id: id(&message, body), ..alarm(&message, body, sender, now) };
    Ok(vec![Piece { read: Ok(tidy(alarm)), body: body.to_vec() }])
}

fn is_mail(message: &Message<'_>) -> bool {
    message.from().is_some() || message.subject().is_some() || message.message_id().is_some()
}

fn alarm(message: &Message<'_>, body: &[u8], sender: Sender<'_>, now: Timestamp) -> Alarm {
    let subject = message.subject().map(first_line).unwrap_or_default();
    let text = plain_text(message, body);
    let summary = [subject, first_line(&text)].into_iter().find(|text| !text.is_empty());
    let summary = summary.unwrap_or("A mail without a subject").to_owned();
    Alarm {
        source: format!("/sites/{}/mail", sender.site_code),
        code: "mail".to_owned(),
        severity: severity(message, subject),
        problem: format!("mail {}", words::topic(&summary)),
        summary,
        names_system: system(message, subject, sender),
        ..blank("mail", Kind::Raised, sent_at(message).unwrap_or(now))
    }
}

/// Of a mail that is text and nothing else.
fn plain_text(message: &Message<'_>, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let (_, text) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")).unwrap_or_default();
    if message.content_type().is_none() { text.to_owned() } else { String::new() }
}

/// The mail's own, else its bytes.
fn id(message: &Message<'_>, body: &[u8]) -> String {
    message.message_id().filter(|id| !id.trim().is_empty()).map_or_else(|| digest(&[body]), |id| id.trim().to_owned())
}

fn sent_at(message: &Message<'_>) -> Option<Timestamp> {
    instant(&message.date().filter(|date| date.is_valid())?.to_rfc3339())
}

/// By the words of the subject; nobody is called because a machine has answered a machine.
fn severity(message: &Message<'_>, subject: &str) -> AlarmSeverity {
    if answers_by_itself(message, subject) {
        return AlarmSeverity::Info;
    }
    words::severity(subject).unwrap_or(AlarmSeverity::Warning)
}

/// Out of office, a bounce, a list, or our own mail that has come back.
fn answers_by_itself(message: &Message<'_>, subject: &str) -> bool {
    let bulk = ["bulk", "junk", "list", "auto_reply"].contains(&header(message, "Precedence").as_str());
    let bounced =
        has(message, "Return-Path") && header(message, "Return-Path").trim_matches(['<', '>', ' ']).is_empty();
    let report = message.is_content_type("multipart", "report");
    bulk || bounced || report || from_a_daemon(message) || automatic(message, subject)
}

/// Machines that watch others say `auto-generated` too: such a mail counts if its subject says that something is
/// wrong, and it answers nobody.
fn automatic(message: &Message<'_>, subject: &str) -> bool {
    let said = header(message, "Auto-Submitted");
    let answers = has(message, "In-Reply-To") || has(message, "References") || has(message, "X-Auto-Response-Suppress");
    match said.split([';', ' ']).next().unwrap_or_default() {
        "" | "no" => has(message, "X-Autoreply") || has(message, "X-Loop"),
        "auto-generated" => answers || words::severity(subject).is_none(),
        _ => true,
    }
}

fn from_a_daemon(message: &Message<'_>) -> bool {
    let daemon = |address: &str| {
        let local = address.split('@').next().unwrap_or_default().to_ascii_lowercase();
        ["mailer-daemon", "postmaster"].contains(&local.as_str())
    };
    addresses(message.from()).any(daemon)
}

fn addresses<'a>(list: Option<&'a Address<'a>>) -> impl Iterator<Item = &'a str> {
    list.into_iter().flat_map(Address::iter).filter_map(|one| one.address())
}

fn has(message: &Message<'_>, name: &str) -> bool {
    message.header_raw(name).is_some()
}

fn header(message: &Message<'_>, name: &str) -> String {
    message.header_raw(name).unwrap_or_default().trim().to_ascii_lowercase()
}

/// A mail that was sent to another site's address is nobody's system here; then the headers, then the subject.
fn system(message: &Message<'_>, subject: &str, sender: Sender<'_>) -> Option<SystemName> {
    if let Some(site) = addressed_site(message).filter(|site| !site.eq_ignore_ascii_case(sender.site_code)) {
        return Some(SystemName::Serial(format!("of site {site}")));
    }
    let named = SERIAL_HEADERS.iter().find_map(|name| message.header_raw(*name)).and_then(serial);
    named.or_else(|| nickname(words::system_in(subject, sender.site_code)?))
}

fn addressed_site(message: &Message<'_>) -> Option<String> {
    let delivered = message.header_raw("Delivered-To").map(str::trim).into_iter();
    let mut to = addresses(message.to()).chain(addresses(message.cc())).chain(delivered);
    to.find_map(|address| Some(address.split('@').next()?.strip_prefix(MAILBOX)?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARIS: Sender<'static> = Sender { site_code: "PARIS-01", serial: None };

    fn read_one(mail: &str) -> Alarm {
        let mail = mail.replace('\n', "\r\n");
        read(mail.as_bytes(), PARIS, Timestamp::UNIX_EPOCH).unwrap().remove(0).read.unwrap()
    }

    #[test]
    fn a_mail_says_who_and_how_bad_in_its_subject() {
        let alarm = read_one(
            "From: jane@acme.example\nTo: calls+PARIS-01@cac.example\nMessage-ID: <abc@acme.example>\n\
             Date: Mon, 23 Nov 2026 10:34:26 +0100\nSubject: ft6500-07 DOWN\n\nPlease call.\n",
        );
        assert_eq!((alarm.severity, alarm.source_id.as_str()), (AlarmSeverity::Critical, "abc@acme.example"));
        assert_eq!(alarm.names_system, Some(SystemName::Nickname("ft6500-07".into())));
        assert_eq!(alarm.occurred_at.to_string(), "2026-11-23T09:34:26Z");
    }

    #[test]
    fn a_header_names_the_system_for_sure_and_another_site_is_not_this_one() {
        let named = read_one("From: a@b\nX-Serial: FT6500-001234\nSubject: fan\n\n");
        assert_eq!(named.names_system, Some(SystemName::Serial("FT6500-001234".into())));
        let lost = read_one("From: a@b\nTo: calls+LYON-2@cac.example\nSubject: fan\n\n");
        assert_eq!(lost.names_system, Some(SystemName::Serial("of site LYON-2".into())));
    }

    #[test]
    fn answers_of_machines_call_nobody() {
        for header in [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-generated\nIn-Reply-To: <1@x>",
            "Precedence: bulk",
            "Return-Path: <>",
            "X-Loop: calls@cac.example",
            "Content-Type: multipart/report; report-type=delivery-status; boundary=x",
        ] {
            let alarm = read_one(&format!("From: a@b\n{header}\nSubject: Re: ft6500 DOWN\n\n"));
            assert_eq!(alarm.severity, AlarmSeverity::Info, "{header}");
        }
        let daemon = read_one("From: MAILER-DAEMON@mx\nSubject: Undelivered: disk failed\n\n");
        assert_eq!(daemon.severity, AlarmSeverity::Info);
        let watching = read_one("From: root@ft\nAuto-Submitted: auto-generated\nSubject: disk 3 failed\n\n");
        assert_eq!(watching.severity, AlarmSeverity::Error);
    }

    #[test]
    fn the_same_trouble_again_is_the_same_fault_and_another_mail() {
        let mail =
            |id: &str, subject: &str| read_one(&format!("From: a@b\nMessage-ID: <{id}>\nSubject: {subject}\n\n"));
        let (first, again) =
            (mail("1", "Resource limit matched rootfs"), mail("2", "Re: resource limit matched ROOTFS"));
        assert_eq!(first.problem, again.problem);
        assert_ne!(first.source_id, again.source_id);
    }

    #[test]
    fn parts_within_parts_do_not_matter() {
        let alarm = read_one(
            "From: a@b\nMIME-Version: 1.0\nContent-Type: multipart/digest; boundary=B\n\n--B\n\
             Content-Type: message/rfc822\n\nContent-Type: text/plain\nTo: a@b\n--B\nContent-Type: message/rfc822\n\n\
             Subject: critical\n\nmessage 2\n\n--B--\n",
        );
        assert_eq!((alarm.summary.as_str(), alarm.severity), ("A mail without a subject", AlarmSeverity::Warning));
        assert_eq!(read_one("From: a@b\n\nThe fan stands.\n").summary, "The fan stands.");
    }

    #[test]
    fn what_is_no_mail_is_said() {
        for body in [&b""[..], b"{\"hello\": 1}", b"\0\0\0\0", b"just words"] {
            assert!(read(body, PARIS, Timestamp::UNIX_EPOCH).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }
}
