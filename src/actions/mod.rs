//! One verb, one transaction, one line of history.
mod accept_handovers;
mod accounts;
mod act_on_call;
pub mod audit;
mod authenticator;
mod change_password;
mod credentials;
mod devices;
mod disputes;
mod due;
mod edits;
mod erase_person;
mod exports;
mod file_call;
mod found_house;
mod found_rules;
mod gather_words;
mod hand_over_at_close;
mod handing;
mod house_key;
mod in_turn;
pub(crate) mod intake;
mod keep_answer;
mod keep_draft;
mod maintenance;
mod move_clock;
mod note;
#[cfg(feature = "oidc")]
mod oidc;
mod own_sessions;
#[cfg(feature = "passkeys")]
mod passkeys;
pub(crate) mod pen;
mod people;
mod prover;
mod redact_entry;
mod remote_access;
mod route_lost;
mod rules;
mod second_step;
mod secret;
mod senders;
mod set_time_zone;
mod sign_in;
mod signed;
mod silence;
mod sweeps;
mod tokens;
mod viewer;
mod watch;
mod watch_clocks;

pub use accept_handovers::accept_handovers;
pub use accounts::{WantedAccount, WantedRelation, WantedSite, add_relation, add_site, end_relation, make_account};
pub use act_on_call::{Deed, act_on_call, reviews};
pub use authenticator::{
    Confirmed, Pairing, confirm_authenticator, offer_authenticator, offered, remove_authenticator, renew_codes,
};
pub use change_password::{change_password, reset_of, set_password, use_reset};
pub use credentials::{Holder, keep_secret, note_device_use};
pub use devices::{MadeDevice, Named, WantedDevice, make_device, revoke_device, rotate_device};
pub use disputes::{WantedDispute, answer_dispute, dispute_minutes};
pub use erase_person::{ERASED, Wish, erase_person, export_person};
pub use exports::{export_audit, note_history_export};
pub use file_call::{NewCall, file_call};
pub use found_house::{STANDARD_LEVEL, found_house};
pub use found_rules::found_rules;
pub use gather_words::gather_words;
pub use hand_over_at_close::{hand_over_at_close, tell_of_handovers};
pub use handing::may_accept;
pub use intake::{
    Intake, Receipt, Unread, believe_the_calm, keep_message, receive_alarm, receive_alarms, release_message,
    tell_murmurs,
};
pub use keep_answer::{Answer, Before, answer_before, free_key, keep_answer};
pub use keep_draft::{keep_draft, mark_notices_seen};
pub use maintenance::{
    WantedWindow, cancel_window, change_window, end_window, end_windows, extend_window, plan_window, skip_occurrence,
};
pub use move_clock::{AHEAD, move_clock};
#[cfg(feature = "oidc")]
pub use oidc::{Arrival, Departure, arrive, depart};
pub use own_sessions::{end_other_sessions, end_session, is_worth_noting, note_use, switch_membership};
#[cfg(feature = "passkeys")]
pub use passkeys::{
    Challenge, add_passkey, challenge_for_new, challenge_for_sign_in, remove_passkey, rename_passkey,
    sign_in_with_passkey,
};
pub use people::{
    By, INVITATION_HOURS, Invite, Link, Offer, accept_as_member, accept_as_newcomer, add_membership, change_membership,
    disable_person, enable_person, end_membership, fit_password, invite, make_reset_for, renew_invitation,
    revoke_invitation, sign_out_person, take_factors,
};
pub use prover::{Prover, prover};
pub use redact_entry::redact_entry;
pub use remote_access::{
    RemoteDeed, RemoteGrant, RemoteWish, act_on_access, ask_remote_access, end_remote_access, grant_unasked,
    keep_remote_instructions, may_keep_instructions, read_remote_instructions, read_remote_session,
};
pub use route_lost::route_lost;
pub use rules::{
    Edit, Hanging, RULES, add_public_holidays, bring_up_draft, drop_draft, edit_draft, give_partner_calendar,
    give_site_calendar, hanging_on, publish_rules, remove_public_holidays, revert_rules, set_site_language,
};
pub use second_step::{prove_again, second_step};
pub use secret::{hash_password, new_key, new_secret, secret_hash, token_prefix};
pub use senders::{Senders, sender_of};
pub use set_time_zone::set_time_zone;
pub use sign_in::{Begun, Came, sign_in, sign_out};
pub use signed::{answered_before, remember_answer, who_signed};
pub use silence::{expect_calls, notice_silence};
pub use sweeps::{close_silent_call, overdue_review, remind_customer};
pub use tokens::{
    MadeToken, TOKEN_DAYS, TokenScope, WantedToken, make_token, note_token_use, revoke_token, shows_board,
};
pub use viewer::{as_viewer, scope_of};
pub use watch::{begin_watching, end_watching};
pub use watch_clocks::watch_clocks;
