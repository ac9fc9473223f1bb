//! Rules and calendars: changed in a draft, published as a version, taken back.
mod draft;
mod edit;
mod hanging;
mod holidays;
mod partner;
mod publish;
mod replace;
mod rights;
mod site;

use serde_json::Value;

use crate::{
    error::{Error, Result},
    router::Rules,
};

pub use draft::{bring_up_draft, drop_draft, edit_draft};
pub use edit::Edit;
pub use hanging::{Hanging, hanging_on};
pub use holidays::{add_public_holidays, remove_public_holidays};
pub use partner::give_partner_calendar;
pub use publish::{RULES, publish_rules, revert_rules};
pub use site::{give_site_calendar, set_site_language};

/// Rules as the store keeps them.
pub(super) fn written(rules: &Rules) -> Result<Value> {
    serde_json::to_value(rules).map_err(|e| Error::Internal(e.to_string()))
}
