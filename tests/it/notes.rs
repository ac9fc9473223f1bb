//! The security notes tell figures; these are the figures of the sources.

use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn the_security_notes_tell_the_figures_that_hold() {
    let notes = read("docs/security.md");

    for (said, file, holds) in [
        (
            "`/session`, `/invitations`, `/resets`, `/ui` | 64 KiB | 30 s",
            "src/web/bounds.rs",
            "const DOOR: Bounds = Bounds { bytes: 64 * KIB, said: \"64 KiB\", answer: Some(Duration::from_secs(30)) };",
        ),
        (
            "pages and the API | 2 MiB | 30 s",
            "src/web/bounds.rs",
            "const PAGE: Bounds = Bounds { bytes: 2 * KIB * KIB, said: \"2 MiB\", answer: Some(Duration::from_secs(30)) };",
        ),
        (
            "`/ingest` | 32 MiB | 120 s",
            "src/web/bounds.rs",
            "const INGEST: Bounds = Bounds { bytes: 32 * KIB * KIB, said: \"32 MiB\", answer: Some(Duration::from_mins(2)) };",
        ),
        ("A body arrives within 30 s", "src/web/layers.rs", "const BODY_TIME: Duration = Duration::from_secs(30);"),
        ("the headers of a request within 5 s", "src/web/listen.rs", "headers: Duration::from_secs(5)"),
        ("the first byte of a connection within 5 s", "src/web/listen.rs", "first_byte: Duration::from_secs(5)"),
        ("16,384 connections", "src/web/listen.rs", "connections: 16_384"),
        ("one address at one name | 10 | 6 s", "src/web/limits.rs", "address_and_name: Bucket::new(10, 6_000)"),
        ("one address at all names | 60 | 1 s", "src/web/limits.rs", "address: Bucket::new(60, 1_000)"),
        ("all addresses at one name | 100 | 3 s", "src/web/limits.rs", "name: Bucket::new(100, 3_000)"),
        ("credentials of one address | 300 | 0.2 s", "src/web/limits.rs", "credential: Bucket::new(300, 200)"),
        (
            "codes of one person, all devices together | 10 | 300 s",
            "src/web/limits.rs",
            "second_step: Bucket::new(10, 300_000)",
        ),
        ("worthless links of one address | 60 | 1 s", "src/web/limits.rs", "challenge: Bucket::new(60, 1_000)"),
        ("at least 12 characters", "src/domain/password.rs", "SHORTEST: usize = 12;"),
        ("10 of 80 bits", "src/domain/factor.rs", "CODES: usize = 10;"),
        ("10 of 80 bits", "src/domain/factor.rs", "CODE: usize = 10;"),
        ("30 s and one step of slack", "src/domain/factor.rs", ".with_skew(1).with_step_duration(30)"),
        ("24 h, once", "src/actions/people/invite.rs", "INVITATION_HOURS: i64 = 24;"),
        ("1 h, once", "src/actions/people/make_reset.rs", "RESET_HOURS: i64 = 1;"),
        ("up to 366 days", "src/actions/tokens.rs", "MOST_DAYS: i64 = 366;"),
        ("12 h at most", "src/actions/sign_in.rs", "SESSION: SignedDuration = SignedDuration::from_hours(12);"),
        ("4 h unused", "src/store/sessions.rs", "IDLE: SignedDuration = SignedDuration::from_hours(4);"),
        ("waits 10 minutes", "src/actions/sign_in.rs", "SECOND_STEP: SignedDuration = SignedDuration::from_mins(10);"),
        (
            "30 minutes for an app",
            "src/actions/sign_in.rs",
            "ENROLMENT: SignedDuration = SignedDuration::from_mins(30);",
        ),
        ("the last 15 minutes", "src/actions/prover.rs", "FRESH: SignedDuration = SignedDuration::from_mins(15);"),
        ("5 s to connect, 15 s in all, 1 MiB", "src/outbound.rs", "const CONNECT: Duration = Duration::from_secs(5);"),
        ("5 s to connect, 15 s in all, 1 MiB", "src/outbound.rs", "const WHOLE: Duration = Duration::from_secs(15);"),
        ("5 s to connect, 15 s in all, 1 MiB", "src/outbound.rs", "const LARGEST: usize = 1024 * 1024;"),
        ("Hashing takes two places at once", "src/actions/secret.rs", "Semaphore::const_new(2)"),
    ] {
        assert!(notes.replace('\n', " ").contains(said), "docs/security.md no longer says {said:?}");
        let source = read(file).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(source.contains(holds), "docs/security.md says {said:?}; {file} no longer says {holds:?}");
    }
}

#[test]
fn every_setting_that_is_a_secret_can_be_read_from_a_file() {
    let config = read("src/config.rs");
    let list = |name: &str| {
        let rest = config.split(&format!("const {name}: [&str;")).nth(1).unwrap();
        rest.split("];").next().unwrap().split('[').nth(1).unwrap().to_owned()
    };
    let (names, secrets) = (list("NAMES"), list("SECRETS"));

    let telling = ["_URL\"", "PASSWORD\"", "SECRET\"", "_KEY\""];
    for name in names.split(',').map(str::trim).filter(|name| telling.iter().any(|end| name.ends_with(end))) {
        assert!(secrets.contains(name) || name == "\"MERIDIAN_PUBLIC_URL\"", "{name} can't be read from a file");
    }
    let commands = read("src/cli.rs");
    assert!(!commands.contains("password: Option<String>"), "a password as a flag is for everybody to read");
}
