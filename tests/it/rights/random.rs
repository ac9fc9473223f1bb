//! Random worlds: every person, every thing, every way in which the portal tells of it.

use std::{collections::BTreeSet, time::Duration};

use jiff::SignedDuration;
use meridian::{
    actions::{self, Deed},
    domain::call::Change,
    store::systems,
};
use reqwest::StatusCode;
use serde_json::Value;
use sqlx::{Executor, PgPool, Row};
use tokio::time::timeout;

use super::{
    oracle::{Somebody, Standing, comes_in, is_staff_or_house, sees},
    world::{Call, World, dice},
};
use crate::{live::Ear, support::Person};

/// In every run one call of so many is asked for by itself; a long run asks for each.
const SAMPLE: usize = 6;
/// Silence on a stream after which nothing more is on its way.
const QUIET: Duration = Duration::from_millis(400);

/// One person in one world, and how many things were asked about so far.
struct Ask<'a> {
    world: &'a World,
    who: &'a Somebody,
    person: &'a Person,
    asked: usize,
}

impl Ask<'_> {
    /// One triple: a person, a thing, a way of telling.
    #[track_caller]
    fn expect(&mut self, seen: bool, thing: &str, way: &str, expected: bool) {
        self.asked += 1;
        assert_eq!(seen, expected, "{way} of {thing} for {:?} ({})", self.who, self.person.email);
    }

    fn sees(&self, call: &Call) -> bool {
        sees(self.who, call.thing, &self.world.relations, self.world.now())
    }

    async fn list(&self, path: &str, name: &str) -> BTreeSet<String> {
        let page = self.person.api("GET", path, None).await;
        if !comes_in(self.who) {
            assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{path}: {}", page.body);
            return BTreeSet::new();
        }
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.body);
        let body = page.json();
        assert!(body["next_cursor"].is_null(), "{path} is cut");
        body["data"].as_array().unwrap().iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
    }

    async fn lists_of_calls(&mut self) {
        for path in ["/calls?limit=200", "/calls?limit=200&q=rumble"] {
            let listed = self.list(path, "number").await;
            for call in &self.world.calls {
                let expected = self.sees(call);
                self.expect(listed.contains(&call.number), &call.number, path, expected);
            }
        }
    }

    /// Systems and sites, and how many open calls each is said to have.
    async fn places(&mut self) {
        let (world, now) = (self.world, self.world.now());
        let systems = self.person.api("GET", "/systems?limit=200", None).await;
        let sites = self.person.api("GET", "/sites?limit=200", None).await;
        let row_of = |list: &Value, name: &str, value: &str| {
            list["data"].as_array().into_iter().flatten().find(|row| row[name] == value).cloned()
        };
        let (systems, sites) = (systems.json(), sites.json());
        for (index, system) in world.systems.iter().enumerate() {
            let row = row_of(&systems, "serial", &system.serial);
            self.expect(
                row.is_some(),
                &system.serial,
                "the list of systems",
                sees(self.who, system.thing, &world.relations, now),
            );
            let open = self.open_calls(|call| call.system == index);
            self.expect(
                row.is_none_or(|row| row["open_calls"] == open),
                &system.serial,
                "the count of its calls",
                true,
            );
        }
        for site in &world.sites {
            let row = row_of(&sites, "site_code", &site.code);
            self.expect(
                row.is_some(),
                &site.code,
                "the list of sites",
                sees(self.who, site.thing, &world.relations, now),
            );
            let open = self.open_calls(|call| call.thing.site == site.thing.site);
            self.expect(row.is_none_or(|row| row["open_calls"] == open), &site.code, "the count of its calls", true);
        }
    }

    fn open_calls(&self, of: impl Fn(&Call) -> bool) -> usize {
        self.world.calls.iter().filter(|call| call.open && of(call) && self.sees(call)).count()
    }

    /// The incident history of every system.
    async fn histories(&mut self) {
        let world = self.world;
        for (index, system) in world.systems.iter().enumerate() {
            let way = format!("/systems/{}/history?limit=200", system.serial);
            let visible = sees(self.who, system.thing, &world.relations, world.now());
            let page = self.person.api("GET", &way, None).await;
            self.expect(page.status == StatusCode::OK, &system.serial, "the page of a system", visible);
            for call in world.calls.iter().filter(|call| call.system == index) {
                let expected = self.sees(call);
                self.expect(page.body.contains(&call.number), &call.number, &way, expected);
            }
        }
    }

    /// A call by itself: its page, its JSON, and the words in its history.
    async fn calls_one_by_one(&mut self, every: usize) {
        let internal = comes_in(self.who) && is_staff_or_house(self.who.role);
        for (index, call) in self.world.calls.iter().enumerate().filter(|(index, _)| index % every == 0) {
            let expected = self.sees(call);
            let one = self.person.api("GET", &format!("/calls/{}", call.number), None).await;
            let lines = self.person.api("GET", &format!("/calls/{}/history", call.number), None).await;
            self.expect(one.status == StatusCode::OK, &call.number, "a call by its number", expected);
            let said = |kind: &str| lines.body.contains(&format!("\"{kind}-of-{index}\""));
            self.expect(said("body"), &call.number, "the first words", expected);
            self.expect(said("comment"), &call.number, "a comment", expected);
            self.expect(said("note"), &call.number, "a work note", expected && internal);
            if matches!(self.who.standing, Standing::TokenOver | Standing::TokenRevoked) {
                continue;
            }
            let page = self.person.get(&format!("/calls/{}", call.number)).await;
            self.expect(
                page.body.contains(&format!("comment-of-{index}<")),
                &call.number,
                "the page of a call",
                expected,
            );
            self.expect(
                page.body.contains(&format!("note-of-{index}<")),
                &call.number,
                "a note on the page",
                expected && internal,
            );
            let found = self.person.get(&format!("/search?q=number-{index:03}")).await;
            self.expect(found.body.contains(&call.number), &call.number, "the search", expected);
        }
    }

    /// Totals say no more than the lists.
    async fn totals(&mut self) {
        let world = self.world;
        let queues = self.person.api("GET", "/queues", None).await;
        let desk = comes_in(self.who) && is_staff_or_house(self.who.role);
        self.expect(queues.status == StatusCode::OK, "the queues", "the list of queues", desk);
        if !comes_in(self.who) {
            return;
        }
        if desk {
            let open: i64 = queues.json()["data"].as_array().unwrap().iter().map(|q| q["open"].as_i64().unwrap()).sum();
            let expected = world.calls.iter().filter(|call| call.open).count();
            self.expect(usize::try_from(open) == Ok(expected), "the queues", "their sum", true);
        }
        let viewer = world.portal.viewer(self.person).await;
        let fleet = systems::fleet(&world.portal.pool, &viewer.scope, world.now()).await.unwrap();
        let visible = world.systems.iter().filter(|s| sees(self.who, s.thing, &world.relations, world.now())).count();
        self.expect(usize::try_from(fleet.all) == Ok(visible), "the fleet", "its size", true);
    }
}

async fn ask_everybody(world: &World) -> usize {
    let every = if std::env::var_os("LONG").is_some() { 1 } else { SAMPLE };
    let mut asked = 0;
    for (who, person) in &world.people {
        // Who is nobody any more asks as often as everybody else, and is not to be told to wait.
        world.portal.app.limits.tidy(world.now() + SignedDuration::from_hours(1));
        let mut ask = Ask { world, who, person, asked: 0 };
        ask.lists_of_calls().await;
        if comes_in(who) {
            ask.places().await;
        }
        ask.histories().await;
        ask.calls_one_by_one(every).await;
        ask.totals().await;
        asked += ask.asked;
    }
    asked
}

/// Everybody listens to everything while something is written on every call: first for staff alone, then for all.
async fn listen_everywhere(world: &World) -> usize {
    let mut asked = 0;
    let calls: Vec<&Call> = world.calls.iter().filter(|call| call.open).take(60).collect();
    let topics: Vec<String> = calls.iter().map(|call| format!("call:{}", call.number)).collect();
    let mut ears = Vec::new();
    for (who, person) in &world.people {
        let who = who.by_browser();
        if !comes_in(&who) {
            let refused = person.open("/live?topics=mine", None).await.status();
            assert_eq!(refused, StatusCode::UNAUTHORIZED, "{who:?} listens");
            continue;
        }
        ears.push((who, Ear::of(person, &format!("{},mine,review", topics.join(",")), None).await));
    }
    for note in [true, false] {
        write_on(world, &calls, note).await;
        for (who, ear) in &mut ears {
            let heard = heard(ear).await;
            let desk = is_staff_or_house(who.role);
            for call in &calls {
                let topic = format!("call:{}", call.number);
                let expected = sees(who, call.thing, &world.relations, world.now()) && (desk || !note);
                assert_eq!(heard.contains(&topic), expected, "{topic} for {who:?}, a note: {note}");
                asked += 1;
            }
            let anything = calls.iter().any(|call| sees(who, call.thing, &world.relations, world.now()));
            let expected = anything && (desk || !note);
            assert_eq!(heard.contains("mine"), expected, "mine for {who:?}, a note: {note}");
            asked += 1;
        }
    }
    asked
}

async fn write_on(world: &World, calls: &[&Call], note: bool) {
    let engineer = world.portal.enrol(world.portal.provider, &format!("Writer {note}"), "engineer").await;
    let viewer = world.portal.viewer(&engineer).await;
    for call in calls {
        let change = if note { Change::Note } else { Change::Comment { wants_severity: None } };
        let deed = Deed::new(change, Some("More.".to_owned()));
        actions::act_on_call(&world.portal.app, &viewer, call.number.parse().unwrap(), &deed, None).await.unwrap();
    }
}

async fn heard(ear: &mut Ear) -> BTreeSet<String> {
    let mut topics = BTreeSet::new();
    while let Ok(event) = timeout(QUIET, ear.next_event()).await {
        topics.insert(event.data["topic"].as_str().unwrap().to_owned());
    }
    topics
}

/// Whoever was told in the portal could see what they were told of.
async fn nobody_was_told_too_much(world: &World) -> usize {
    let pool = &world.portal.pool;
    world.all_told().await;
    let told = "SELECT m.id AS membership, call.number, h.audience
         FROM notification n JOIN membership m ON m.person_id = n.person_id
         JOIN call ON call.id = n.call_id
         JOIN history h ON h.customer_id = n.customer_id AND h.call_id = n.call_id AND h.seq = n.seq";
    let mut asked = 0;
    for row in &pool.fetch_all(told).await.unwrap() {
        let membership: uuid::Uuid = row.get("membership");
        let Some((who, _)) = world.people.iter().find(|(_, person)| person.membership == membership) else { continue };
        let who = &who.by_browser();
        let number = meridian::domain::number::CallNumber::from_serial(row.get("number")).to_string();
        let call = world.calls.iter().find(|call| call.number == number).unwrap();
        assert!(sees(who, call.thing, &world.relations, world.now()), "{who:?} was told of {number}");
        assert!(row.get::<&str, _>("audience") == "all" || is_staff_or_house(who.role), "{who:?} was told of a note");
        asked += 1;
    }
    asked
}

async fn hold(db: PgPool, seed: u64) {
    let world = World::at_random(db, &mut dice(seed)).await;
    let asked = ask_everybody(&world).await;
    let heard = listen_everywhere(&world).await;
    let told = nobody_was_told_too_much(&world).await;
    println!("{} triples of person, thing and output agree with the oracle", asked + heard + told);
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_random_world_shows_everybody_what_the_rules_say(db: PgPool) {
    hold(db, 2_003).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn another_random_world_does_too(db: PgPool) {
    hold(db, std::process::id().into()).await;
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn so_does_every_other_world_of_a_long_run(db: PgPool) {
    if std::env::var_os("LONG").is_none() {
        println!("skipped: only a long run makes a third world");
        return;
    }
    hold(db, 12_345).await;
}
