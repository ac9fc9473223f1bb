//! Everybody follows every link that a page offers, until there is none left.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use reqwest::StatusCode;
use sqlx::PgPool;

use crate::houses::{Houses, LYON, RIGA, Reader};

/// More addresses than so small a world offers anybody; a page that makes up new ones for ever is found by it.
const MOST: usize = 900;

/// What a person types into a field, whatever the field is for.
const TYPED: [&str; 3] = ["", "fan", "100% _"];

struct Crawl<'a> {
    reader: &'a Reader,
    seen: BTreeSet<String>,
    /// Addresses, and the page that offers each.
    waiting: VecDeque<(String, String)>,
    faults: Vec<String>,
}

impl<'a> Crawl<'a> {
    fn from_the_front(reader: &'a Reader) -> Self {
        let waiting = VecDeque::from([("/".to_owned(), "the address bar".to_owned())]);
        Self { reader, seen: BTreeSet::new(), waiting, faults: Vec::new() }
    }

    async fn until_nothing_is_left(mut self) -> (usize, Vec<String>) {
        while let Some((address, offered_by)) = self.waiting.pop_front() {
            if !self.seen.insert(address.clone()) {
                continue;
            }
            if self.seen.len() > MOST {
                self.faults.push(format!("more than {MOST} addresses, the last one {address}"));
                break;
            }
            self.visit(&address, &offered_by).await;
        }
        (self.seen.len(), self.faults)
    }

    async fn visit(&mut self, address: &str, offered_by: &str) {
        let page = self.reader.person.get(address).await;
        let what = format!("{} at {address} (offered by {offered_by})", self.reader.role);
        if page.status.is_server_error() {
            self.faults.push(format!("{what}: {}", page.status));
        }
        if page.status.is_client_error() {
            self.faults.push(format!("{what}: a dead link, {}", page.status));
        }
        if let Some(word) = self.reader.meets(&page) {
            self.faults.push(format!("{what}: says {word}"));
        }
        if page.status.is_redirection() {
            self.waiting.push_back((page.location(), address.to_owned()));
        }
        if page.status == StatusCode::OK && !address.starts_with("/static/") {
            let offered = links(&page.body).into_iter().chain(searches(&page.body));
            self.waiting.extend(offered.filter(|to| is_ours(to)).map(|to| (to, address.to_owned())));
        }
    }
}

/// A stream never ends; everything else of this portal does.
fn is_ours(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/live")
}

/// What a page links to, shows, or fetches anew when something changes.
fn links(body: &str) -> Vec<String> {
    let named = [" href=\"", " src=\"", " data-live-src=\""].into_iter().flat_map(|name| body.split(name).skip(1));
    let bare = named.filter_map(|rest| rest.split('"').next()).map(|to| unescaped(to.split('#').next().unwrap()));
    bare.filter(|to| !to.is_empty()).collect()
}

/// The addresses to which the forms that only ask lead, with something typed into each field.
fn searches(body: &str) -> Vec<String> {
    let forms = body.split("<form").skip(1).map(|rest| rest.split("</form>").next().unwrap());
    let asking = forms.filter(|form| !form.split('>').next().unwrap().contains("method=\"post\""));
    asking.flat_map(|form| TYPED.map(|typed| asked(form, typed))).collect()
}

fn asked(form: &str, typed: &str) -> String {
    let action = attribute(form.split('>').next().unwrap(), "action").unwrap_or_default();
    let inputs = form.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap());
    let mut fields = BTreeMap::new();
    for input in inputs {
        let hidden = input.contains("type=\"hidden\"");
        let value = match () {
            () if hidden => attribute(input, "value").unwrap_or_default(),
            // A browser lets nobody type anything else there.
            () if input.contains("type=\"date\"") => "2026-11-23".to_owned(),
            () if input.contains("type=\"datetime-local\"") => "2026-11-23T14:00".to_owned(),
            () => typed.to_owned(),
        };
        fields.extend(attribute(input, "name").map(|name| (name, value)));
    }
    let query = reqwest::Url::parse_with_params("http://portal", fields).unwrap();
    format!("{action}?{}", query.query().unwrap_or_default())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
    Some(unescaped(rest.split('"').next()?))
}

fn unescaped(text: &str) -> String {
    text.replace("&#38;", "&").replace("&amp;", "&").replace("&#34;", "\"").replace("&#39;", "'")
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn nobody_finds_a_dead_link_a_fault_or_anything_foreign(db: PgPool) {
    let houses = Houses::built(db).await;
    let mut faults = Vec::new();
    for reader in &houses.readers {
        let (visited, found) = Crawl::from_the_front(reader).until_nothing_is_left().await;
        println!("{} visited {visited} addresses", reader.person.email);
        let enough = if reader.role == "nobody" { 5 } else { 15 };
        assert!(visited >= enough, "{} came no further than {visited} addresses", reader.role);
        faults.extend(found);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn a_message_names_no_call_from_before_the_partner_came(db: PgPool) {
    let houses = Houses::built(db).await;
    let named = async |email: &str| {
        let reader = houses.readers.iter().find(|reader| reader.person.email == email).unwrap();
        let alarms = reader.person.api("GET", &format!("/systems/ft-{RIGA}-1/alarms"), None).await.json();
        alarms["data"][0]["call"].clone()
    };

    let to_the_customer = named("zane.kalnina@example.com").await;
    let to_the_new_partner = named("nils.tamm@example.com").await;

    assert!(to_the_customer.is_string(), "the alarm is about a call: {to_the_customer}");
    assert!(to_the_new_partner.is_null(), "{to_the_new_partner} began long before");
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn everybody_sees_what_is_theirs(db: PgPool) {
    let houses = Houses::built(db).await;
    for (email, word) in
        [("claire.dubois@example.com", LYON), ("paul.roche@example.com", LYON), ("nils.tamm@example.com", RIGA)]
    {
        let reader = houses.readers.iter().find(|reader| reader.person.email == email).unwrap();
        let systems = reader.person.get("/systems").await;
        assert!(systems.body.contains(word), "{email} does not see {word}: {}", systems.body);
        assert_eq!(reader.meets(&systems), None, "{}", systems.body);
    }
}
