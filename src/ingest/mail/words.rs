//! What the words of a subject say: how bad it is, which system it is about, and what it is about at all.

use crate::domain::alarm::AlarmSeverity;

/// The first row of which a word is in the subject decides: what is over is not bad, whatever it was.
///
/// With the titles of monit's alerts (<https://mmonit.com/monit/documentation/#Setting-an-event-filter>) and those of
/// Alertmanager's mails (<https://prometheus.io/docs/alerting/latest/notifications/>).
const WORDS: [(AlarmSeverity, &[&str]); 4] = [
    (
        AlarmSeverity::Info,
        &[
            "resolved",
            "recovered",
            "recovery",
            "cleared",
            "succeeded",
            "restored",
            "instance changed",
            "exists",
            "monit alert test",
            "test message",
            "ok",
            "info",
            "information",
            "informational",
            "up again",
            "no longer",
        ],
    ),
    (
        AlarmSeverity::Critical,
        &[
            "critical",
            "crit",
            "down",
            "fatal",
            "panic",
            "emergency",
            "unreachable",
            "offline",
            "dead",
            "fire",
            "outage",
            "stopped",
            "ausfall",
            "panne",
            "caído",
            "停止",
            "故障",
            "障害",
        ],
    ),
    (
        AlarmSeverity::Error,
        &[
            "error",
            "errors",
            "failed",
            "fails",
            "failure",
            "fault",
            "broken",
            "lost",
            "degraded",
            "does not exist",
            "timeout",
            "alarm",
            "fehler",
            "störung",
            "erreur",
            "fallo",
            "異常",
        ],
    ),
    (
        AlarmSeverity::Warning,
        &["warning", "warn", "predicted", "predictive", "limit matched", "threshold", "minor", "warnung", "attention"],
    ),
];

pub fn severity(subject: &str) -> Option<AlarmSeverity> {
    let subject = format!(" {} ", spaced(subject));
    let said = |word: &&str| {
        if is_wide(word) { subject.contains(*word) } else { subject.contains(&format!(" {word} ")) }
    };
    WORDS.iter().find(|(_, words)| words.iter().any(said)).map(|(severity, _)| *severity)
}

/// Languages that put no blanks between words.
fn is_wide(word: &str) -> bool {
    word.chars().any(|c| ('\u{3000}'..='\u{9fff}').contains(&c))
}

/// Small letters, with one blank where anything else stood.
fn spaced(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    plain.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The subject without what answers and states add to it: the same trouble has the same topic.
pub fn topic(subject: &str) -> String {
    const ADDED: [&str; 9] = ["re", "fw", "fwd", "aw", "wg", "tr", "firing", "resolved", "external"];
    let spaced = spaced(subject);
    let mut words = spaced.split(' ').peekable();
    while words.peek().is_some_and(|word| ADDED.contains(word)) {
        words.next();
        words.next_if(|word| word.bytes().all(|b| b.is_ascii_digit()));
    }
    words.collect::<Vec<_>>().join(" ")
}

/// The word with a hyphen and the most digits, such as `FT6500-001234` or `ft6500-07:9100`, but not the site.
pub fn system_in<'a>(subject: &'a str, site_code: &str) -> Option<&'a str> {
    let inside = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.', ':'].contains(&c);
    let words = subject.split(|c| !inside(c)).map(|word| word.trim_matches(['-', '_', '.', ':']));
    let digits = |word: &str| word.bytes().filter(u8::is_ascii_digit).count();
    let named =
        |word: &&str| word.contains('-') && digits(word) > 1 && word.starts_with(|c: char| c.is_ascii_alphabetic());
    let ours = words.filter(named).filter(|word| !word.eq_ignore_ascii_case(site_code));
    ours.max_by_key(|word| digits(word.split(':').next().unwrap_or(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_real_programs_are_understood() {
        for (subject, severity) in [
            ("[FIRING:1] HostRaidDiskFailure LYON-2 (md0 ft6500-07:9100 critical)", Some(AlarmSeverity::Critical)),
            ("[RESOLVED] HostRaidDiskFailure LYON-2 (md0 ft6500-07:9100 critical)", Some(AlarmSeverity::Info)),
            ("[FIRING:1] PrometheusAlertmanagerJobMissing PARIS-01 (warning)", Some(AlarmSeverity::Warning)),
            ("monit alert --  Monit instance changed vm", Some(AlarmSeverity::Info)),
            ("monit alert --  Does not exist ghost", Some(AlarmSeverity::Error)),
            ("monit alert --  Resource limit matched rootfs", Some(AlarmSeverity::Warning)),
            ("monit alert --  Connection failed deadhost", Some(AlarmSeverity::Error)),
            ("monit alert --  Connection succeeded deadhost", Some(AlarmSeverity::Info)),
            ("ft6500 – société générale / 停止", Some(AlarmSeverity::Critical)),
            ("Störung an PARIS-01", Some(AlarmSeverity::Error)),
            ("dotline", None),
            ("Downtown", None),
        ] {
            assert_eq!(super::severity(subject), severity, "{subject}");
        }
    }

    #[test]
    fn the_system_is_the_most_particular_name() {
        let long = "[FIRING:1] HostRaidDiskFailure LYON-2 (md0 ft6500-07:9100 FT6500-001234 critical)";
        assert_eq!(system_in(long, "LYON-2"), Some("FT6500-001234"));
        assert_eq!(system_in("ft6500-07:9100 is down", "LYON-2"), Some("ft6500-07:9100"));
        assert_eq!(system_in("PARIS-01 without power", "PARIS-01"), None);
        assert_eq!(system_in("dotline", "PARIS-01"), None);
    }

    #[test]
    fn a_topic_is_what_stays_the_same() {
        assert_eq!(topic("Re: [FIRING:1] Disk 3"), topic("[RESOLVED] disk 3"));
        assert_ne!(topic("Disk 3"), topic("Disk 4"));
    }
}
