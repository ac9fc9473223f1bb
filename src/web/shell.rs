//! What stands around every page: who is signed in, where they can go, how they like it to look.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::CookieJar;

use super::session::{self, Present};
use crate::{
    app::App,
    domain::{
        access::{Party, Role, Viewer},
        policy::{Action, Relation, Resource},
    },
    error::{Error, Result},
};

/// The frame of a page. A signed-out page has one without a person.
#[derive(Debug, Clone, Default)]
pub struct Shell {
    pub person: Option<PersonChip>,
    pub nav: Vec<NavItem>,
    /// What there is to administer, as tabs of the pages that do.
    pub house: Vec<NavItem>,
    pub unread: i64,
    pub theme: String,
    pub density: String,
    pub demo: bool,
    /// The zone that the reader has chosen; else the browser's own.
    pub time_zone: Option<String>,
    /// A demo's own time, which need not be the browser's.
    pub now: String,
    /// Whose pages an administrator looks at.
    pub watched: Option<String>,
    present: Option<Present>,
}

#[derive(Debug, Clone)]
pub struct PersonChip {
    pub name: String,
    pub initials: String,
    pub role_label: String,
    pub email: String,
}

#[derive(Debug, Clone)]
pub struct NavItem {
    pub label: &'static str,
    pub href: &'static str,
    pub key: &'static str,
    pub current: bool,
    pub badge: i64,
}

impl Shell {
    /// The frame for whoever sends these headers, signed in or not.
    pub async fn of(app: &App, headers: &HeaderMap, path: &str) -> Result<Self> {
        let jar = CookieJar::from_headers(headers);
        let present = session::present(app, &jar).await?;
        Ok(Self::around(app, present, looks(session::chosen_looks(&jar)), path))
    }

    fn around(app: &App, present: Option<Present>, (theme, density): (String, String), path: &str) -> Self {
        let mut shell = Self { theme, density, demo: app.config.demo, ..Self::default() };
        if shell.demo {
            shell.now = app.clock.now().to_string();
        }
        if let Some(present) = present {
            let viewer = &present.viewer;
            if shell.density.is_empty() {
                default_density(viewer.role).clone_into(&mut shell.density);
            }
            shell.time_zone.clone_from(&viewer.time_zone);
            shell.unread = if viewer.is_watched() { 0 } else { present.unseen };
            shell.watched = viewer.is_watched().then(|| viewer.name.clone());
            shell.house = house(viewer, path);
            shell.nav = nav(viewer, path, &shell.house);
            shell.person = Some(chip(viewer));
            shell.present = Some(present);
        }
        if shell.density.is_empty() {
            "roomy".clone_into(&mut shell.density);
        }
        shell
    }

    /// The frame while not even the reader can be looked up.
    pub fn plain() -> Self {
        Self { theme: "auto".to_owned(), density: "roomy".to_owned(), ..Self::default() }
    }

    pub fn sees_people(&self) -> bool {
        self.house.iter().any(|item| item.href == PEOPLE)
    }

    pub fn viewer(&self) -> Result<&Viewer> {
        self.present.as_ref().map(|present| &present.viewer).ok_or(Error::SignedOut)
    }
}

/// A page for somebody who has signed in: the extractor of every page but the first.
impl<S> FromRequestParts<S> for Shell
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let app = App::from_ref(state);
        let shell = Self::of(&app, &parts.headers, parts.uri.path()).await?;
        let viewer = shell.viewer()?;
        if !parts.method.is_safe() {
            viewer.may_change()?;
        }
        if let Some(present) = &shell.present {
            present.note_use(&app, parts);
        }
        Ok(shell)
    }
}

/// The cookie holds `theme.density`, as the page's own script writes it too.
fn looks(cookie: &str) -> (String, String) {
    let (theme, density) = cookie.split_once('.').unwrap_or((cookie, ""));
    let one_of = |value: &str, allowed: &[&str]| allowed.iter().find(|a| **a == value).map(|a| (*a).to_owned());
    let theme = one_of(theme, &["auto", "light", "dark"]).unwrap_or_else(|| "auto".to_owned());
    (theme, one_of(density, &["compact", "normal", "roomy"]).unwrap_or_default())
}

/// Staff see much at once; customers come seldom and want to be sure.
fn default_density(role: Role) -> &'static str {
    match role.party() {
        Party::Staff | Party::House => "normal",
        _ => "roomy",
    }
}

fn nav(viewer: &Viewer, path: &str, house: &[NavItem]) -> Vec<NavItem> {
    let queues = ("Queues", "/queues", "q");
    let calls = ("Calls", "/calls", "c");
    let systems = ("Systems", "/systems", "s");
    let sites = ("Sites", "/sites", "p");
    let review = ("Review", "/review", "r");
    let home = ("Home", "/", "h");
    let items: Vec<(&str, &str, &str)> = match viewer.role.party() {
        Party::Staff | Party::House => {
            let handovers = ("Handovers", "/handovers", "v");
            vec![
                queues,
                handovers,
                calls,
                systems,
                sites,
                ("Board", "/board", "b"),
                ("Routing", "/routing", "x"),
                ("Reports", "/reports", "z"),
            ]
        }
        Party::Partner => vec![review, calls, systems, sites],
        _ => vec![home, calls, systems, sites, ("Remote access", "/remote-access", "k")],
    };
    let windows = ("Maintenance", "/maintenance-windows", "n");
    let windows = Some(windows).filter(|_| viewer.ever(Action::See, Resource::MaintenanceWindow));
    let items = items.into_iter().chain(windows);
    let mut nav: Vec<NavItem> = items.map(|(label, href, key)| item(label, href, key, path)).collect();
    let (people, rest): (Vec<_>, Vec<_>) = house.iter().cloned().partition(|item| item.href == PEOPLE);
    nav.extend(people);
    // One entry for all the rest: its pages carry the others as tabs.
    if let Some(first) = rest.first() {
        let label = if rest.len() > 1 { "House" } else { first.label };
        nav.push(NavItem { label, current: rest.iter().any(|item| item.current), ..first.clone() });
    }
    nav
}

const PEOPLE: &str = "/admin/people";
const MESSAGES: &str = "Messages";
const WHO_SEES: &str = "Who sees what";

/// Every page of administration that this person may look at.
fn house(viewer: &Viewer, path: &str) -> Vec<NavItem> {
    let all = [
        ("People", PEOPLE, "e", Resource::Person),
        ("Accounts", "/admin/accounts", "a", Resource::Account),
        ("Contracts", "/admin/contracts", "o", Resource::Contract),
        ("Relations", "/admin/relations", "l", Resource::PartnerRelation),
        ("Tokens", "/admin/tokens", "t", Resource::Token),
        ("Devices", "/admin/devices", "d", Resource::Device),
        ("Audit", "/admin/audit", "u", Resource::Audit),
        (WHO_SEES, "/admin/why", "w", Resource::Audit),
        (MESSAGES, "/admin/messages", "m", Resource::Audit),
        ("Imports", "/admin/imports", "i", Resource::Store),
    ];
    let sees = |label, resource| match label {
        // Kept messages are of every customer, and so are the reasons why somebody sees something.
        MESSAGES | WHO_SEES => viewer.may(Action::See, resource, Relation::Foreign).is_ok(),
        _ => viewer.ever(Action::See, resource),
    };
    let own = all.into_iter().filter(|(label, .., resource)| sees(*label, *resource));
    own.map(|(label, href, key, _)| item(label, href, key, path)).collect()
}

fn item(label: &'static str, href: &'static str, key: &'static str, path: &str) -> NavItem {
    let current = if href == "/" { path == "/" } else { path.starts_with(href) };
    NavItem { label, href, key, current, badge: 0 }
}

fn chip(viewer: &Viewer) -> PersonChip {
    let place = viewer.cac.as_ref().map(|cac| format!(", {cac}")).unwrap_or_default();
    PersonChip {
        initials: initials(&viewer.name),
        name: viewer.name.clone(),
        role_label: format!("{}{place}", role_words(viewer.role)),
        email: viewer.email.clone(),
    }
}

pub fn initials(name: &str) -> String {
    let mut letters = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = letters.next();
    let last = letters.next_back();
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

pub fn role_words(role: Role) -> &'static str {
    match role {
        Role::Customer => "Customer",
        Role::CustomerAdmin => "Customer administrator",
        Role::Partner => "Channel partner",
        Role::PartnerAdmin => "Channel partner administrator",
        Role::Engineer => "Engineer",
        Role::CacLead => "CAC lead",
        Role::DutyManager => "Duty manager",
        Role::Admin => "Administrator",
        Role::Auditor => "Auditor",
    }
}

/// The address that a request says it is for, to decide about cookies.
pub fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or_default()
}
