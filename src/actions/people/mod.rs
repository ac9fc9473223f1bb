//! What administrators do with people, and what people do with an invitation.
mod accept_invitation;
mod by;
mod change_membership;
mod disable_person;
mod invite;
mod make_reset;
mod offer;
mod password;
mod take_factors;
mod target;

pub use accept_invitation::{accept_as_member, accept_as_newcomer};
pub use by::By;
pub use change_membership::{add_membership, change_membership, end_membership};
pub use disable_person::{disable_person, enable_person, sign_out_person};
pub use invite::{INVITATION_HOURS, Invite, Link, invite, renew_invitation, revoke_invitation};
pub use make_reset::make_reset_for;
pub use offer::Offer;
pub use password::fit_password;
pub use take_factors::take_factors;
