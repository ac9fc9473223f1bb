//! Texts that people really wrote, and what a reader who looks at each of them finds.

use std::collections::{BTreeMap, BTreeSet};

use rust_stemmers::{Algorithm, Stemmer};
use serde::Deserialize;
use sqlx::PgPool;

use super::{found, world};
use crate::faults::{chance, change};

/// Not one of the texts, but what they have in common.
const STEMMED: [Algorithm; 11] = [
    Algorithm::Danish,
    Algorithm::Dutch,
    Algorithm::English,
    Algorithm::Finnish,
    Algorithm::French,
    Algorithm::German,
    Algorithm::Italian,
    Algorithm::Norwegian,
    Algorithm::Portuguese,
    Algorithm::Spanish,
    Algorithm::Swedish,
];

struct Text {
    title: String,
    body: String,
    language: String,
}

#[derive(Deserialize)]
struct Row {
    #[serde(alias = "subject", alias = "issue_title")]
    title: Option<String>,
    #[serde(alias = "labels")]
    body: Option<String>,
    language: Option<String>,
}

fn texts(name: &str) -> Option<Vec<Text>> {
    let path = format!("{}/../shared/data/incidents/{name}.csv.zst", env!("CARGO_MANIFEST_DIR"));
    let Ok(packed) = std::fs::read(&path) else {
        println!("{path} is absent: passed over");
        return None;
    };
    let plain = zstd::decode_all(packed.as_slice()).unwrap();
    let mut reader = csv::Reader::from_reader(plain.as_slice());
    let rows = reader.deserialize().filter_map(std::result::Result::ok);
    let text = |row: Row| Text {
        title: row.title.unwrap_or_default().replace('\0', ""),
        body: row.body.unwrap_or_default().replace('\0', ""),
        language: row.language.unwrap_or_else(|| "en".to_owned()),
    };
    Some(rows.map(text).filter(|text| !text.title.trim().is_empty()).collect())
}

/// The words of a text as somebody would count them by hand: no code of the portal is used.
fn words(text: &Text) -> BTreeSet<String> {
    let whole = format!("{} {}", text.title, text.body).to_lowercase();
    whole.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What accents leave behind.
fn plain(word: &str) -> String {
    let letter = |c: char| match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a".to_owned(),
        'ç' => "c".to_owned(),
        'è' | 'é' | 'ê' | 'ë' => "e".to_owned(),
        'ì' | 'í' | 'î' | 'ï' => "i".to_owned(),
        'ñ' => "n".to_owned(),
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => "o".to_owned(),
        'ù' | 'ú' | 'û' | 'ü' => "u".to_owned(),
        'ß' => "ss".to_owned(),
        c => c.to_string(),
    };
    word.chars().map(letter).collect()
}

fn stems(word: &str) -> BTreeSet<String> {
    STEMMED.iter().map(|language| plain(&Stemmer::create(*language).stem(word))).collect()
}

/// Each text is a call of its own, whose number ends in its place.
async fn file_all(db: &PgPool, texts: &[Text]) {
    for (batch, some) in texts.chunks(500).enumerate() {
        let rows: Vec<serde_json::Value> = some
            .iter()
            .enumerate()
            .map(|(n, text)| serde_json::json!({"n": batch * 500 + n, "title": text.title, "body": text.body}))
            .collect();
        let sql = "WITH texts AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS t (n integer, title text, body text)),
            model AS (SELECT * FROM call ORDER BY number LIMIT 1),
            filed AS (INSERT INTO call SELECT (jsonb_populate_record(NULL::call, to_jsonb(model) || jsonb_build_object(
                'id', md5('text' || n)::uuid, 'number', 8000000 + n, 'title', texts.title,
                'opened_at', '2020-01-01T00:00:00Z'::timestamptz + n * interval '13 minutes'))).* FROM model, texts
                RETURNING 1),
            numbered AS (INSERT INTO call_number SELECT 8000000 + n, customer_id, md5('text' || n)::uuid FROM model, texts),
            said AS (INSERT INTO history SELECT (jsonb_populate_record(NULL::history, to_jsonb(h) || jsonb_build_object(
                'call_id', md5('text' || n)::uuid, 'body', texts.body))).* FROM texts, model
                JOIN history h ON h.customer_id = model.customer_id AND h.call_id = model.id AND h.seq = 1)
            INSERT INTO words_due SELECT customer_id, md5('text' || n)::uuid, 0 FROM model, texts";
        change(db, sql, &[serde_json::Value::from(rows).to_string()]).await;
    }
}

/// Texts that nobody wrote, of words that somebody did.
fn made_up(texts: &[Text], many: usize) -> Vec<Text> {
    let end = |n: usize| u64::try_from(n).unwrap();
    let pick = |texts: &[Text]| usize::try_from(chance(end(texts.len()))).unwrap();
    (0..many)
        .map(|_| {
            let (one, other) = (&texts[pick(texts)], &texts[pick(texts)]);
            let halves = [&one.body, &other.body].map(|body| {
                let half = body.chars().count() / 2;
                body.chars().take(half).collect::<String>()
            });
            Text { title: other.title.clone(), body: halves.join(" "), language: one.language.clone() }
        })
        .collect()
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_search_finds_what_a_reader_of_every_text_finds(db: PgPool) {
    let sets = ["tickets_endava_anonymised", "tickets_multilang_synthetic", "github_issues"];
    let Some(sets) = sets.into_iter().map(texts).collect::<Option<Vec<_>>>() else { return };
    let long = std::env::var_os("LONG").is_some();
    let each = if long { usize::MAX } else { 400 };
    let mut all: Vec<Text> = sets.into_iter().flat_map(|set| set.into_iter().take(each)).collect();
    if long {
        let more = made_up(&all, 100_000 - all.len());
        all.extend(more);
    }
    let languages: BTreeSet<&str> = all.iter().map(|text| text.language.as_str()).collect();
    assert!(languages.len() >= 5, "{languages:?}");
    let (world, _) = world(db.clone()).await;
    world.claire.file("FT-4400-2210", "3", "Model").await;
    file_all(&db, &all).await;
    world.portal.gathered().await;

    let mut having: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (place, text) in all.iter().enumerate() {
        for word in words(text) {
            having.entry(word).or_default().insert(place);
        }
    }
    let by_stem = having.keys().flat_map(|word| stems(word).into_iter().map(move |stem| (stem, word)));
    let mut sharing: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for (stem, word) in by_stem {
        sharing.entry(stem).or_default().push(word);
    }
    // Rare enough that all of them are shown at once; words of one script that has spaces, as typed in one piece.
    let askable = having.iter().filter(|(word, places)| {
        places.len() <= 60 && word.chars().count() >= 3 && word.chars().all(|c| c.is_alphabetic() && c < '\u{250}')
    });
    let askable: Vec<(&String, &BTreeSet<usize>)> = askable.collect();
    let (mut asked, mut hits) = (0, 0);
    for n in 0..if long { 4_000 } else { 400 } {
        let (word, places) = askable[(n * 7_919) % askable.len()];
        let met: BTreeSet<usize> = found(&world.claire, word).await.iter().filter_map(|number| place(number)).collect();
        let alike = stems(word).into_iter().flat_map(|stem| sharing.get(&stem).into_iter().flatten().copied());
        let alike = alike.chain(having.keys().filter(|other| plain(other) == plain(word)));
        let may: BTreeSet<usize> = alike.flat_map(|word| having[word].iter().copied()).collect();
        if met.len() >= 200 {
            continue;
        }
        assert!(places.is_subset(&met), "{word}: not found {:?}", shown(&all, places.difference(&met)));
        assert!(met.is_subset(&may), "{word}: found besides {:?}", shown(&all, met.difference(&may)));
        (asked, hits) = (asked + 1, hits + met.len());
        assert_eq!(found(&world.stranger, word).await, [""; 0], "a stranger: {word}");
    }
    println!("{} texts in {} languages, {asked} words asked for, {hits} found", all.len(), languages.len());
    assert!(asked > 300, "{asked} words were rare enough");
}

fn place(number: &str) -> Option<usize> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let serial: usize = digits.get(..digits.len() - 1)?.parse().ok()?;
    serial.checked_sub(8_000_000)
}

fn shown<'a>(all: &'a [Text], places: impl Iterator<Item = &'a usize>) -> Vec<String> {
    places.take(3).map(|place| format!("{} | {}", all[*place].title, all[*place].body)).collect()
}
