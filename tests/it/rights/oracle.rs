//! What each person may see of a world, worked out from the table of rights alone: no `Scope`, no policy, no SQL.

use jiff::Timestamp;

/// The people of a world as the rules speak of them.
#[derive(Debug, Clone)]
pub struct Somebody {
    pub role: &'static str,
    pub account: usize,
    /// The only sites that this person may see, by their place in the world.
    pub sites: Option<Vec<usize>>,
    pub standing: Standing,
}

/// What has become of a person, or of the token that they come with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Well,
    Disabled,
    /// No longer with that account.
    Left,
    TokenOver,
    TokenRevoked,
}

impl Somebody {
    /// As who comes without the token: what has become of that does not matter.
    pub fn by_browser(&self) -> Self {
        let token = matches!(self.standing, Standing::TokenOver | Standing::TokenRevoked);
        Self { standing: if token { Standing::Well } else { self.standing }, ..self.clone() }
    }
}

/// A partner serves a customer: one site or all of them, and looks back so far.
#[derive(Debug, Clone)]
pub struct Serves {
    pub partner: usize,
    pub customer: usize,
    pub site: Option<usize>,
    pub history: &'static str,
    pub history_from: Option<Timestamp>,
    pub from: Timestamp,
    pub to: Option<Timestamp>,
}

/// Where a thing is, and when it began; a place itself is always.
#[derive(Debug, Clone, Copy)]
pub struct Thing {
    pub customer: usize,
    pub site: usize,
    pub began: Option<Timestamp>,
}

pub fn comes_in(who: &Somebody) -> bool {
    who.standing == Standing::Well
}

pub fn is_staff_or_house(role: &str) -> bool {
    ["engineer", "cac_lead", "duty_manager", "admin", "auditor"].contains(&role)
}

pub fn sees(who: &Somebody, thing: Thing, relations: &[Serves], now: Timestamp) -> bool {
    if !comes_in(who) {
        return false;
    }
    let at_own_site = who.sites.as_ref().is_none_or(|sites| sites.contains(&thing.site));
    match who.role {
        "customer" | "customer_admin" => thing.customer == who.account && at_own_site,
        "partner" | "partner_admin" => {
            at_own_site
                && relations.iter().any(|relation| relation.partner == who.account && opens(relation, thing, now))
        }
        role => is_staff_or_house(role),
    }
}

fn opens(relation: &Serves, thing: Thing, now: Timestamp) -> bool {
    let here = relation.customer == thing.customer && relation.site.is_none_or(|site| site == thing.site);
    let valid = relation.from <= now && relation.to.is_none_or(|to| now < to);
    let since = match relation.history {
        "all" => None,
        "from_date" => relation.history_from,
        _ => Some(relation.from),
    };
    let not_before = thing.began.is_none_or(|began| since.is_none_or(|since| since <= began));
    here && valid && not_before
}
