//! What somebody may be offered to become: the choices of a form, and what was chosen.

use uuid::Uuid;

use super::super::{fields::Fields, shell::role_words, typed};
use crate::{
    actions::Offer,
    app::App,
    domain::{
        access::{Party, PeopleScope, Role, Viewer},
        policy::may_make,
    },
    error::{Error, Result},
    store::accounts::{self, Choice, SiteChoice},
};

/// The menus of a form about one account.
pub struct Menus {
    pub account: Choice,
    pub roles: Vec<(&'static str, &'static str)>,
    pub cacs: Vec<String>,
    pub sites: Vec<SiteChoice>,
}

impl Menus {
    pub async fn of(app: &App, viewer: &Viewer, account: Choice) -> Result<Self> {
        let kind = account.kind.as_str();
        let roles = Role::ALL.into_iter().filter(|role| role.account_kind() == kind && may_make(viewer.role, *role));
        let roles: Vec<_> = roles.map(|role| (role.name(), role_words(role))).collect();
        let sites = if kind == "provider" {
            Vec::new()
        } else {
            accounts::sites_of(app.store.reader(), &viewer.scope, account.id).await?
        };
        let cacs = if kind == "provider" { cacs(app, viewer) } else { Vec::new() };
        Ok(Self { account, roles, cacs, sites })
    }
}

fn cacs(app: &App, viewer: &Viewer) -> Vec<String> {
    let own = PeopleScope::of(viewer);
    let mut codes: Vec<String> = app.reference.now().cac_names.keys().cloned().collect();
    codes.retain(|code| own.is_everybody() || own.cac() == Some(code));
    codes.sort();
    codes
}

/// Whether the people whom this viewer sees may have that role.
pub fn could_be(viewer: &Viewer, role: Role) -> bool {
    match viewer.role.party() {
        Party::House => true,
        Party::Staff => role.party() == Party::Staff || role.party() == Party::House,
        party => role.party() == party,
    }
}

/// The accounts into which this viewer may invite.
pub async fn accounts_of(app: &App, viewer: &Viewer) -> Result<Vec<Choice>> {
    let people = PeopleScope::of(viewer);
    if people == PeopleScope::Nobody {
        return Ok(Vec::new());
    }
    accounts::choices(app.store.reader(), people.account(), None).await
}

/// The one that is named, or the only one there is.
pub async fn account_named(app: &App, viewer: &Viewer, slug: &str) -> Result<Choice> {
    let mut all = accounts_of(app, viewer).await?;
    let at = match slug {
        "" if all.len() == 1 => Some(0),
        "" => None,
        slug => all.iter().position(|account| account.slug == slug),
    };
    at.map(|at| all.swap_remove(at)).ok_or_else(|| Error::invalid("account", "Choose the account."))
}

/// What was chosen in the form: role, CAC, and all sites or some.
pub async fn chosen(app: &App, viewer: &Viewer, account: Uuid, pairs: &[(String, String)]) -> Result<Offer> {
    let fields = typed::fields(pairs)?;
    let some = fields.text("limit") == "some";
    let sites = some.then(|| typed::all(pairs, "sites"));
    offer(app, viewer, account, &fields, sites.as_deref()).await
}

/// Sites by their codes or ids. Where nothing is said, a lead's people are of the lead's own CAC.
pub async fn offer(
    app: &App,
    viewer: &Viewer,
    account: Uuid,
    fields: &Fields,
    sites: Option<&[String]>,
) -> Result<Offer> {
    let role = Role::from_name(fields.text("role").trim());
    let role = role.ok_or_else(|| Error::invalid("role", "Choose the role."))?;
    let given = fields.given("cac").map(|cac| cac.trim().to_owned());
    let own = PeopleScope::of(viewer).cac().map(str::to_owned);
    let sites = match sites {
        Some(names) => Some(sites_named(app, viewer, account, names).await?),
        None => None,
    };
    Ok(Offer { account, role, cac: given.or(own), sites })
}

async fn sites_named(app: &App, viewer: &Viewer, account: Uuid, names: &[String]) -> Result<Vec<Uuid>> {
    let known = accounts::sites_of(app.store.reader(), &viewer.scope, account).await?;
    let one = |name: &String| {
        let site = known.iter().find(|site| site.site_code == *name || site.id.to_string() == *name);
        site.map(|site| site.id).ok_or_else(|| Error::invalid("sites", "One of these sites is none of that account's."))
    };
    names.iter().map(one).collect()
}
