//! Whether somebody with a stopwatch learns who has a sign-in here: with the real cost of a password.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use meridian::actions;
use sqlx::{AssertSqlSafe, Executor, PgPool};

use crate::{
    behind_proxy::Door,
    page::Page,
    support::{MONDAY_AFTERNOON, TestApp},
};

/// As many rounds as fit; each asks for everybody once, in an order of its own.
const TIME: Duration = Duration::from_secs(20);
const FEWEST: usize = 40;

/// How far from one half may the chance be that a known name takes longer than an unknown one.
const BOUND: f64 = 0.15;
/// In standard deviations: by chance alone once in fifteen thousand runs.
const CERTAIN: f64 = 4.0;

/// The rank test of Mann and Whitney: the chance that one of `a` is longer than one of `b`, and how many standard
/// deviations that is from a coin's.
fn ranks(a: &[f64], b: &[f64]) -> (f64, f64) {
    let beats = |x: f64, y: f64| {
        if x > y {
            1.0
        } else if x < y {
            0.0
        } else {
            0.5
        }
    };
    let won: f64 = a.iter().flat_map(|x| b.iter().map(move |y| beats(*x, *y))).sum();
    let (n, m) = (len(a), len(b));
    (won / (n * m), (won - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt())
}

fn len(sample: &[f64]) -> f64 {
    f64::from(u32::try_from(sample.len()).unwrap())
}

fn median(sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Both tails of the normal distribution, after Abramowitz and Stegun 26.2.17.
fn chance(z: f64) -> f64 {
    let z = z.abs();
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let tail = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = tail.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    (2.0 * sum * (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt()).min(1.0)
}

/// In a fixed order everybody would always follow the same other, and meet whatever that one left behind.
struct Orders(u64);

impl Orders {
    /// Fisher and Yates, with the generator of Marsaglia's xorshift.
    fn shuffled(&mut self) -> [usize; 4] {
        let mut order = [0, 1, 2, 3];
        for last in (1..order.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            order.swap(last, usize::try_from(self.0 >> 33).unwrap() % (last + 1));
        }
        order
    }
}

/// Everything of an answer that is not a coincidence.
fn told(page: &Page, email: &str) -> String {
    let mut headers: Vec<String> = page
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    format!("{} {headers:?} {}", page.status, page.body.replace(email, "…"))
}

/// Four kinds of names of the same length: with a password, of nobody, disabled, and without a password.
async fn names(portal: &TestApp) -> [&'static str; 4] {
    let acme = portal.customer("Acme Rail", "LYON-2", "Europe/Paris", "EMEA").await;
    for name in ["Known Person", "Out Ofhouse1", "Only Passkey"] {
        portal.person(acme.customer, name, "customer").await;
    }
    let hash = actions::hash_password("a long enough password").await.unwrap();
    for sql in [
        format!("UPDATE person SET password_hash = '{hash}'"),
        "UPDATE person SET disabled_at = created_at WHERE email LIKE 'out.%'".to_owned(),
        "UPDATE person SET password_hash = NULL WHERE email LIKE 'only.%'".to_owned(),
    ] {
        portal.pool.execute(AssertSqlSafe(sql)).await.unwrap();
    }
    ["known.person@example.com", "nobody.there@example.com", "out.ofhouse1@example.com", "only.passkey@example.com"]
}

/// How long answers took, by whose name was asked; and how long whoever was asked next took.
#[derive(Default)]
struct Stopwatch {
    own: [Vec<f64>; 4],
    next: [Vec<f64>; 4],
    before: Option<usize>,
}

impl Stopwatch {
    fn note(&mut self, who: usize, taken: Duration) {
        let taken = taken.as_secs_f64() * 1_000.0;
        self.own[who].push(taken);
        if let Some(before) = self.before.replace(who) {
            self.next[before].push(taken);
        }
    }
}

/// The kinds of names that can be told from unknown ones by these times.
fn told_apart(what: &str, taken: [Vec<f64>; 4]) -> Vec<&'static str> {
    // What the first round warmed up is left out.
    let [known, unknown, disabled, passkey] = taken.map(|sample| sample[1..].to_vec());
    println!("{what}, {} times; median of unknown names {:.2} ms", unknown.len(), median(&unknown));
    let mut told = Vec::new();
    for (kind, sample) in [("known", &known), ("disabled", &disabled), ("passkey only", &passkey)] {
        let (longer, z) = ranks(sample, &unknown);
        let (middle, p) = (median(sample), chance(z));
        println!("  {kind}: median {middle:.2} ms, longer than unknown in {:.1} % (p = {p:.3})", longer * 100.0);
        if (longer - 0.5).abs() > BOUND || z.abs() > CERTAIN {
            told.push(kind);
        }
    }
    // Whether this would see anything: a skipped hash makes an answer many times quicker, so half is far less.
    for (slower, needed) in [(1.1, None), (1.5, Some(CERTAIN))] {
        let other: Vec<f64> = unknown.iter().map(|taken| taken * slower).collect();
        let (longer, z) = ranks(&other, &unknown);
        println!("  {slower} times as long would show: {:.1} % (z = {z:.1})", longer * 100.0);
        assert!(needed.is_none_or(|needed| z > needed), "the test is blind here");
    }
    told
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn known_and_unknown_names_cannot_be_told_apart_by_the_clock(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let door = Door::of(&portal).await;
    let names = names(&portal).await;

    let mut watch = Stopwatch::default();
    let mut orders = Orders(0x9e37_79b9_7f4a_7c15);
    let began = Instant::now();
    for round in 0.. {
        // Nobody is ever over the limit, and the limits say nothing about who is known.
        portal.app.clock.advance(SignedDuration::from_mins(5));
        for who in orders.shuffled() {
            let asked = Instant::now();
            let page = door.sign_in("198.51.100.1", names[who], "not this password").await;
            watch.note(who, asked.elapsed());
            assert_eq!(page.status, 422, "{}", page.body);
        }
        if began.elapsed() > TIME && round >= FEWEST {
            break;
        }
    }

    let told = [told_apart("sign-in", watch.own), told_apart("sign-in of the next", watch.next)];
    assert!(told.iter().all(Vec::is_empty), "names that can be told by the time that they take: {told:?}");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn known_and_unknown_names_are_answered_in_the_same_words(db: PgPool) {
    let portal = TestApp::at(MONDAY_AFTERNOON, db).await;
    let door = Door::of(&portal).await;

    let mut answers = Vec::new();
    for name in names(&portal).await {
        answers.push(told(&door.sign_in("198.51.100.1", name, "not this password").await, name));
    }

    assert!(answers[0].contains("do not belong together"), "{}", answers[0]);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

#[test]
fn the_rank_test_knows_what_is_the_same_and_what_is_not() {
    let count = |from: u32| (from..from + 200).map(f64::from).collect::<Vec<_>>();

    let (same, z) = ranks(&count(0), &count(0));
    assert!((same - 0.5).abs() < 1e-9 && z.abs() < 1e-9 && (chance(z) - 1.0).abs() < 1e-3);
    let (longer, z) = ranks(&count(50), &count(0));
    assert!(longer > 0.7 && z > 7.0 && chance(z) < 1e-9, "{longer} {z}");
    assert!((chance(1.96) - 0.05).abs() < 1e-3);
}
