use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{By, audit};
use crate::{
    domain::{
        access::{HistoryScope, Viewer},
        audit::{Kind, Subject},
        calendar::zone,
        policy::{Action, Relation, Resource},
    },
    error::{Error, FieldError, Result},
    store::{
        Store, WriteTx, accounts, outbox, people,
        places::{self, NewSite},
        reference,
        relations::{self, NewRelation},
        rights,
    },
};

fn fault(field: &str, message: impl Into<String>) -> FieldError {
    FieldError { field: field.to_owned(), message: message.into() }
}

fn judged(faults: Vec<FieldError>) -> Result<()> {
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// A customer or a partner; the house itself is there from its first day.
#[derive(Debug, Clone)]
pub struct WantedAccount {
    pub kind: String,
    pub name: String,
}

/// Answers the name by which the account's pages are found.
pub async fn make_account(store: &Store, viewer: &Viewer, wanted: &WantedAccount, now: Timestamp) -> Result<String> {
    viewer.may(Action::Change, Resource::Account, Relation::Foreign)?;
    let (name, slug) = (wanted.name.trim(), slug(&wanted.name));
    let mut faults = Vec::new();
    if !matches!(wanted.kind.as_str(), "customer" | "partner") {
        faults.push(fault("kind", "An account is a customer's or a partner's."));
    }
    if slug.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        faults.push(fault("name", "Say what the account is called, in up to 100 characters."));
    }
    judged(faults)?;
    let mut tx = store.begin_write().await?;
    let id = Uuid::now_v7();
    let made = people::insert_account(&mut tx, id, &wanted.kind, name, &slug, now).await;
    made.map_err(|error| match error.constraint() {
        Some("account_slug_key") => Error::invalid("name", "An account of that name is there already."),
        _ => error,
    })?;
    let entry = By::Person(viewer).entry(Kind::AccountMade, Subject::Account, id, json!({"kind": wanted.kind}));
    audit::record(&mut tx, entry.of(id), now).await?;
    tx.commit().await?;
    Ok(slug)
}

/// `Acme Rail & Söhne` is found at `acme-rail-söhne`.
fn slug(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[derive(Debug, Clone)]
pub struct WantedSite {
    pub site_code: String,
    pub name: String,
    pub country: String,
    pub region: String,
    pub time_zone: String,
    pub address: String,
    /// An ISO 639-1 code; empty where nobody has said.
    pub language: String,
}

pub async fn add_site(
    store: &Store,
    viewer: &Viewer,
    account: &str,
    wanted: &WantedSite,
    now: Timestamp,
) -> Result<()> {
    viewer.may(Action::Change, Resource::Account, Relation::Foreign)?;
    let mut tx = store.begin_write().await?;
    let customer = accounts::find(&mut *tx, &viewer.scope, now, account).await?;
    if customer.kind != "customer" {
        return Err(Error::refused("Only customers have sites."));
    }
    let regions = reference::regions(&mut *tx).await?;
    judged(wanted.faults(&regions))?;
    let site = NewSite {
        customer_id: customer.id,
        id: Uuid::now_v7(),
        site_code: &wanted.site_code,
        name: &wanted.name,
        country: &wanted.country,
        region: &wanted.region,
        time_zone: &wanted.time_zone,
        address: &wanted.address,
        language: Some(wanted.language.as_str()).filter(|language| !language.is_empty()),
    };
    places::insert_site(&mut tx, &site, now).await.map_err(|error| match error.constraint() {
        Some("site_customer_id_site_code_key") => Error::invalid("site_code", "A site of that code is there already."),
        _ => error,
    })?;
    tx.commit().await?;
    Ok(())
}

impl WantedSite {
    fn faults(&self, regions: &[String]) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let code = self.site_code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if self.site_code.is_empty() || self.site_code.len() > 30 || !code {
            faults.push(fault("site_code", "A code has up to 30 letters, digits and hyphens, such as LYON-2."));
        }
        if self.name.is_empty() || self.name.chars().count() > 100 {
            faults.push(fault("name", "Say what the site is called, in up to 100 characters."));
        }
        if self.country.len() != 2 || !self.country.chars().all(|c| c.is_ascii_uppercase()) {
            faults.push(fault("country", "The country is two letters, such as FR."));
        }
        if !regions.contains(&self.region) {
            faults.push(fault("region", format!("The regions are {}.", regions.join(", "))));
        }
        if let Err(error) = zone(&self.time_zone) {
            faults.push(fault("time_zone", error.to_string()));
        }
        let letters = self.language.len() == 2 && self.language.chars().all(|c| c.is_ascii_lowercase());
        if !self.language.is_empty() && !letters {
            faults.push(fault("language", "A language is two small letters, such as fr."));
        }
        if self.address.chars().count() > 500 {
            faults.push(fault("address", "An address has up to 500 characters."));
        }
        faults
    }
}

/// Which partner is to serve a customer, where, and how far back it may look.
#[derive(Debug, Clone)]
pub struct WantedRelation {
    /// Both by the names of their pages.
    pub partner: String,
    pub customer: String,
    /// None is all sites.
    pub site_code: Option<String>,
    pub first_line: bool,
    pub accept_minutes: i32,
    pub history: HistoryScope,
    pub history_from: Option<Timestamp>,
    /// None is at once.
    pub valid_from: Option<Timestamp>,
    pub valid_to: Option<Timestamp>,
}

/// A day of the partner's: longer would be no first line.
const LONGEST_REVIEW: i32 = 1440;

/// Open streams of the partner begin anew, with what the relation opens.
pub async fn add_relation(store: &Store, viewer: &Viewer, wanted: &WantedRelation, now: Timestamp) -> Result<Uuid> {
    viewer.may(Action::Change, Resource::PartnerRelation, Relation::Foreign)?;
    let mut tx = store.begin_write().await?;
    let (partner, customer, site, faults) = ends(&mut tx, viewer, wanted).await?;
    let valid_from = wanted.valid_from.unwrap_or(now);
    judged(faults.into_iter().chain(wanted.faults(valid_from)).collect())?;
    let relation = NewRelation {
        customer_id: customer,
        id: Uuid::now_v7(),
        partner_id: partner,
        site_id: site,
        first_line: wanted.first_line,
        accept_minutes: wanted.accept_minutes,
        history: wanted.history.name(),
        history_from: wanted.history_from,
        valid_from,
        valid_to: wanted.valid_to,
    };
    // Of two who say the same at once, the second finds what the first has made.
    rights::one_at_a_time(&mut tx).await?;
    if relations::is_served(&mut *tx, &relation).await? {
        let sentence = "This partner serves that customer there already in that time. End that relation first.";
        return Err(Error::invalid("partner", sentence));
    }
    relations::insert(&mut tx, &relation).await?;
    let detail = json!({"customer": customer, "site": site, "history": relation.history,
                        "first_line": relation.first_line});
    let entry = By::Person(viewer).entry(Kind::RelationChanged, Subject::Relation, relation.id, detail);
    audit::record(&mut tx, entry.of(partner), now).await?;
    outbox::insert_rights(&mut tx, &[format!("account:{partner}")], now).await?;
    tx.commit().await?;
    Ok(relation.id)
}

type Ends = (Uuid, Uuid, Option<Uuid>, Vec<FieldError>);

/// The accounts and the site that are meant, and what of it is not there.
async fn ends(tx: &mut WriteTx, viewer: &Viewer, wanted: &WantedRelation) -> Result<Ends> {
    let all = accounts::choices(&mut **tx, None, None).await?;
    let named = |slug: &str, kind: &str| all.iter().find(|a| a.slug == slug && a.kind == kind).map(|a| a.id);
    let (partner, customer) = (named(&wanted.partner, "partner"), named(&wanted.customer, "customer"));
    let mut faults = Vec::new();
    if partner.is_none() {
        faults.push(fault("partner", "Choose a partner."));
    }
    if customer.is_none() {
        faults.push(fault("customer", "Choose a customer."));
    }
    let mut site = None;
    if let (Some(customer), Some(code)) = (customer, &wanted.site_code) {
        let sites = accounts::sites_of(&mut **tx, &viewer.scope, customer).await?;
        site = sites.into_iter().find(|site| site.site_code == *code).map(|site| site.id);
        if site.is_none() {
            faults.push(fault("site", "That customer has no such site."));
        }
    }
    Ok((partner.unwrap_or_default(), customer.unwrap_or_default(), site, faults))
}

impl WantedRelation {
    fn faults(&self, valid_from: Timestamp) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if !(1..=LONGEST_REVIEW).contains(&self.accept_minutes) {
            faults.push(fault("accept_minutes", "A review waits for 1 to 1,440 minutes."));
        }
        if self.history == HistoryScope::FromDate && self.history_from.is_none() {
            faults.push(fault("history_from", "Say from which day on the partner may look."));
        }
        if self.valid_to.is_some_and(|end| end <= valid_from) {
            faults.push(fault("valid_to", "A relation ends after it has begun."));
        }
        faults
    }
}

/// From now on the partner sees nothing by it.
pub async fn end_relation(store: &Store, viewer: &Viewer, id: Uuid, now: Timestamp) -> Result<()> {
    let mut tx = store.begin_write().await?;
    let whose = relations::Whose { one: Some(id), ..relations::Whose::default() };
    let row = relations::list(&mut *tx, &viewer.scope, whose, now, 1).await?.pop().ok_or(Error::NotFound)?;
    let relation = if row.partner_id == viewer.account_id { Relation::Own } else { Relation::Foreign };
    viewer.may(Action::Change, Resource::PartnerRelation, relation)?;
    let partner = relations::end(&mut tx, id, now).await?;
    let partner = partner.ok_or_else(|| Error::refused("This relation is over already."))?;
    let entry = By::Person(viewer).entry(Kind::RelationChanged, Subject::Relation, id, json!({"ended": true}));
    audit::record(&mut tx, entry.of(partner), now).await?;
    outbox::insert_rights(&mut tx, &[format!("account:{partner}")], now).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_the_words_of_its_name() {
        assert_eq!(slug(" Acme Rail & Söhne, Ltd. "), "acme-rail-söhne-ltd");
        assert_eq!(slug(" -- "), "");
    }

    #[test]
    fn a_site_has_a_zone_that_exists() {
        let site = WantedSite {
            site_code: "LYON-2".to_owned(),
            name: "Lyon".to_owned(),
            country: "FR".to_owned(),
            region: "EMEA".to_owned(),
            time_zone: "Europe/Lyon".to_owned(),
            address: String::new(),
            language: String::new(),
        };
        let faults = site.faults(&["EMEA".to_owned()]);
        assert_eq!(faults.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["time_zone"]);
    }
}
