//! Rules and calendars: changed in a draft, published as a version, taken back.
mod draft;
mod edit;
mod publish;
mod replace;
mod rights;

pub use draft::{bring_up_draft, drop_draft, edit_draft};
pub use edit::Edit;
pub use publish::{RULES, publish_rules, revert_rules};
