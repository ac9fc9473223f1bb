use std::fs;

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::constant(1_764_000_000, 0);
const ROOM: u64 = 1 << 30;

fn open(folder: &Path) -> Spool {
    Spool::open(folder, ROOM, NOW).unwrap()
}

fn append(spool: &mut Spool, said: &str) -> u64 {
    spool.append(&[said.as_bytes().to_vec()], NOW).unwrap();
    spool.next() - 1
}

/// Everything that waits, taken as the courier takes it and put back.
fn waiting(spool: &Spool) -> Vec<(u64, String)> {
    let records = spool.everything().filter(|record| record.sequence > spool.acknowledged.sequence);
    records.map(|record| (record.sequence, String::from_utf8(record.said).unwrap())).collect()
}

fn last_segment(folder: &Path) -> PathBuf {
    fs::read_dir(folder.join("segments")).unwrap().map(|entry| entry.unwrap().path()).max().unwrap()
}

#[test]
fn what_was_taken_is_there_after_the_next_start_until_it_is_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path());
    let id = spool.id().to_owned();
    for said in ["one", "two", "three"] {
        append(&mut spool, said);
    }
    spool.acknowledge(1, NOW).unwrap();
    drop(spool);

    let mut spool = open(home.path());
    assert_eq!(spool.id(), id);
    let taken: Vec<u64> = spool.peek(10, 1_000).unwrap().iter().map(|record| record.sequence).collect();
    assert_eq!(taken, [2, 3]);
    assert_eq!((spool.contents().waiting, spool.contents().oldest), (2, Some(NOW)));
    assert_eq!(append(&mut spool, "four"), 4);
    spool.acknowledge(4, NOW).unwrap();
    assert_eq!((spool.contents().waiting, spool.contents().oldest), (0, None));
    drop(spool);
    assert_eq!(append(&mut open(home.path()), "five"), 5, "numbers are never given twice");
}

#[test]
fn two_agents_cannot_share_a_spool_and_anybody_can_look() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path());
    append(&mut spool, "one");

    let refused = Spool::open(home.path(), ROOM, NOW).unwrap_err().to_string();
    assert!(refused.contains("Another agent"), "{refused}");
    assert_eq!(Spool::look(home.path()).unwrap(), spool.contents());
}

#[test]
fn a_batch_is_bounded_but_never_empty() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path());
    for said in ["a long one", "2", "3"] {
        append(&mut spool, said);
    }
    assert_eq!(spool.peek(10, 1).unwrap().len(), 1);
    assert_eq!(spool.peek(10, 11).unwrap().len(), 2);
    assert_eq!(spool.peek(2, 1_000).unwrap().len(), 2);
}

#[test]
fn a_full_spool_takes_nothing_and_gives_what_it_has() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(home.path(), 200, NOW).unwrap();
    append(&mut spool, &"x".repeat(150));

    let refused = spool.append(&[b"and more than fits".to_vec()], NOW).unwrap_err();
    assert!(files::is_full(&refused), "{refused}");
    assert_eq!(spool.next(), 2, "what was refused has no number");
    assert_eq!(spool.peek(10, 1_000).unwrap().len(), 1);
}

#[test]
fn room_comes_back_when_everything_is_acknowledged() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path());
    let big = "x".repeat(300_000);
    let last = (0..9).map(|_| append(&mut spool, &big)).last().unwrap();
    assert!(fs::read_dir(home.path().join("segments")).unwrap().count() > 1);

    spool.acknowledge(last, NOW).unwrap();
    assert!(spool.size() < SEGMENT, "{} bytes are left", spool.size());
    assert_eq!(fs::read_dir(home.path().join("segments")).unwrap().count(), 1);
}

/// As on a disk so full that not even the position can be noted: the name of the next segment tells it.
#[test]
fn the_position_survives_without_its_file() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path());
    append(&mut spool, "one");
    append(&mut spool, "two");
    let nowhere = home.path().join("acknowledged.json");
    fs::create_dir(&nowhere).unwrap();
    assert!(spool.acknowledge(2, NOW).is_err(), "a fault that is no full disk is told");
    drop(spool);
    fs::remove_dir(nowhere).unwrap();

    let mut spool = open(home.path());
    assert_eq!(waiting(&spool), []);
    assert_eq!(append(&mut spool, "three"), 3);
}

#[test]
fn damage_in_the_middle_is_told_and_costs_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let mut spool = open(home.path());
    for said in ["one", "two", "three"] {
        append(&mut spool, said);
    }
    drop(spool);
    let path = last_segment(home.path());
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(3).position(|three| three == b"two").unwrap();
    bytes[at] ^= 1;
    fs::write(&path, bytes).unwrap();

    let spool = open(home.path());
    assert_eq!(spool.damaged(), [path]);
    assert_eq!(waiting(&spool), [(1, "one".to_owned()), (3, "three".to_owned())]);
}

#[derive(Debug, Clone)]
enum Deed {
    Append(Vec<usize>),
    Acknowledge(usize),
    /// The process dies while it writes records of these lengths; so many bytes got through.
    TornAppend(Vec<usize>, prop::sample::Index),
    /// It dies while it notes the position: the new file is half there.
    TornNote(usize),
    Reopen,
}

fn deed() -> impl Strategy<Value = Deed> {
    let lengths = || prop::collection::vec(prop_oneof![19 => 1_usize..200, 1 => 300_000_usize..500_000], 1..4);
    prop_oneof![
        5 => lengths().prop_map(Deed::Append),
        3 => (0_usize..9).prop_map(Deed::Acknowledge),
        2 => (lengths(), any::<prop::sample::Index>()).prop_map(|(lengths, cut)| Deed::TornAppend(lengths, cut)),
        1 => (0_usize..9).prop_map(Deed::TornNote),
        1 => Just(Deed::Reopen),
    ]
}

fn texts(lengths: &[usize], salt: u64) -> Vec<Vec<u8>> {
    lengths.iter().map(|length| format!("{salt}.{}", "x".repeat(*length)).into_bytes()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_exactly_the_unacknowledged_are_there(deeds in prop::collection::vec(deed(), 1..30)) {
        let home = tempfile::tempdir().unwrap();
        let mut spool = open(home.path());
        let mut expected: VecDeque<(u64, String)> = VecDeque::new();
        for deed in deeds {
            match deed {
                Deed::Append(lengths) => {
                    let said = texts(&lengths, spool.next());
                    let from = spool.next();
                    spool.append(&said, NOW).unwrap();
                    expected.extend((from..).zip(said).map(|(n, said)| (n, String::from_utf8(said).unwrap())));
                }
                Deed::Acknowledge(many) => {
                    if let Some(record) = spool.peek(many.max(1), 1_000_000).unwrap().last() {
                        spool.acknowledge(record.sequence, NOW).unwrap();
                        expected.retain(|(sequence, _)| *sequence > record.sequence);
                    }
                }
                Deed::TornAppend(lengths, cut) => {
                    let mut bytes = Vec::new();
                    for (sequence, said) in (spool.next()..).zip(texts(&lengths, 0)) {
                        frame::put(&mut bytes, sequence, NOW, &said);
                    }
                    let cut = cut.index(bytes.len());
                    let through: Vec<_> = frame::records(&bytes[..cut], 0).map(|(record, _)| record).collect();
                    drop(spool);
                    if let Some(last) = segment::all(home.path()).unwrap().pop_back() {
                        use io::Write;
                        let mut file = File::options().append(true).open(&last.path).unwrap();
                        file.write_all(&bytes[..cut]).unwrap();
                        // Whole ones that nobody was told of are sent all the same: rather that than the other way.
                        expected.extend(through.into_iter().map(|r| (r.sequence, String::from_utf8(r.said).unwrap())));
                    }
                    spool = open(home.path());
                }
                Deed::TornNote(bytes) => {
                    drop(spool);
                    fs::write(home.path().join(".acknowledged.json.next"), &br#"{"sequence":99}"#[..bytes]).unwrap();
                    spool = open(home.path());
                }
                Deed::Reopen => {
                    drop(spool);
                    spool = open(home.path());
                }
            }
            prop_assert_eq!(&waiting(&spool), &Vec::from(expected.clone()));
            prop_assert_eq!(spool.contents().waiting, expected.len() as u64);
            prop_assert_eq!(spool.contents().oldest.is_some(), !expected.is_empty());
            prop_assert_eq!(Spool::look(home.path()).unwrap(), spool.contents());
            let first = spool.peek(1, 1).unwrap().pop().map(|record| record.sequence);
            prop_assert_eq!(first, expected.front().map(|(sequence, _)| *sequence));
            prop_assert_eq!(spool.damaged(), &[] as &[PathBuf]);
        }
    }
}
