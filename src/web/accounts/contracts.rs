use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use super::super::{shell::Shell, view};
use crate::{
    app::App,
    domain::{
        access::Viewer,
        policy::{Action, Reach, Resource},
    },
    error::{Error, Result},
    store::accounts::{self, ContractRow},
};

#[derive(Template, WebTemplate)]
#[template(path = "accounts/contracts.html")]
pub struct ContractsPage {
    shell: Shell,
    contracts: Vec<Contract>,
    everybody: bool,
}

pub struct Contract {
    pub row: ContractRow,
    pub from: String,
    pub to: String,
    pub is_over: bool,
}

const MOST: i64 = 500;

/// Whose contracts a viewer may look at: everybody's (none named), or those of the own account.
pub fn whose(viewer: &Viewer) -> Result<Option<uuid::Uuid>> {
    match viewer.reach(Action::See, Resource::Contract) {
        Reach::Nowhere => Err(Error::NotFound),
        Reach::Own => Ok(Some(viewer.account_id)),
        Reach::Everywhere => Ok(None),
    }
}

pub async fn contracts(State(app): State<App>, shell: Shell) -> Result<ContractsPage> {
    let viewer = shell.viewer()?;
    let customer = whose(viewer)?;
    let rows = accounts::contracts(app.store.reader(), &viewer.scope, customer, None, MOST).await?;
    let now = app.clock.now();
    let contracts = rows.into_iter().map(|row| Contract::of(row, now)).collect();
    Ok(ContractsPage { shell, contracts, everybody: customer.is_none() })
}

impl Contract {
    pub fn of(row: ContractRow, now: jiff::Timestamp) -> Self {
        Self {
            from: view::day(row.starts_at.to_jiff(), "UTC"),
            to: view::day(row.ends_at.to_jiff(), "UTC"),
            is_over: row.ends_at.to_jiff() <= now,
            row,
        }
    }
}
