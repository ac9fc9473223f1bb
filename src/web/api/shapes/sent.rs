//! What programs send. Everything is optional here, so that one answer names all that is missing.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, OneOfBuilder, Schema, Type},
    },
};

use super::{EntryKind, RoleWord, VerbGiven};
use crate::domain::severity::Severity;

/// A severity as it may be sent: a number, or one of the words for it.
pub struct SeverityGiven;

const SEVERITIES: &str = "^([sSpP]?[1-4]|[cC]ritical|[sS]erious|[mM]oderate|[mM]inor)$";

impl PartialSchema for SeverityGiven {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(4));
        let word = ObjectBuilder::new().schema_type(Type::String).pattern(Some(SEVERITIES));
        OneOfBuilder::new().item(number).item(word).into()
    }
}

impl ToSchema for SeverityGiven {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("SeverityGiven")
    }
}

/// A call that is being filed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NewCall {
    /// The serial of the system that it is about.
    #[schema(value_type = String, required, min_length = 1, examples("FT-6500-1234"))]
    system: Option<String>,
    #[schema(value_type = SeverityGiven, required)]
    severity: Option<Severity>,
    #[schema(value_type = String, required, min_length = 1, max_length = 200, pattern = r"\S")]
    title: Option<String>,
    #[schema(max_length = 50_000)]
    body: Option<String>,
    /// Whom to ask, and how.
    #[schema(max_length = 200)]
    contact: Option<String>,
    /// Somebody at the site can be reached at any hour.
    available_24x7: Option<bool>,
}

/// Words on a call.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// A comment is read by everybody who sees the call, a note by staff alone.
    #[schema(value_type = Option<EntryKind>)]
    kind: Option<String>,
    #[schema(value_type = String, required, min_length = 1, max_length = 50_000, pattern = r"\S")]
    body: Option<String>,
    /// The note says what to do next: the next center finds it in its packet.
    next_step: Option<bool>,
    /// The customer asks for another severity along with the words.
    #[schema(value_type = Option<SeverityGiven>)]
    wants_severity: Option<Severity>,
}

/// To whom a call goes, or that it has been taken over.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Handing {
    /// The slug of the queue that gets it.
    queue: Option<String>,
    /// The next step, for them.
    #[schema(max_length = 50_000)]
    reason: Option<String>,
    /// `accept` takes over what was handed to one's center; without it the call is handed over.
    action: Option<String>,
}

/// One verb, and what it needs beside it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Transition {
    /// One of the call's `verbs`; `take` is `assign` to oneself.
    #[schema(value_type = VerbGiven, required)]
    verb: Option<String>,
    #[schema(max_length = 50_000)]
    body: Option<String>,
    #[schema(max_length = 50_000)]
    text: Option<String>,
    #[schema(max_length = 50_000)]
    reason: Option<String>,
    /// For `assign`: the id of a person, `me` or `none`.
    assignee: Option<String>,
    /// For `note`: it says what to do next, which the next center finds in its packet.
    next_step: Option<bool>,
    /// For `hand_over`: the slug of the queue.
    queue: Option<String>,
    /// For `change_severity`.
    #[schema(value_type = Option<SeverityGiven>)]
    severity: Option<Severity>,
    /// For `comment`.
    #[schema(value_type = Option<SeverityGiven>)]
    wants_severity: Option<Severity>,
    /// For `resolve`.
    resolution_code: Option<String>,
    /// For `resolve`.
    cause: Option<String>,
    /// For `hold`: part, vendor or scheduled.
    hold_reason: Option<String>,
    /// For `playbook_step`: `check_path`, `call_site`, `tell_partner` or `visit`.
    step: Option<String>,
    /// For `playbook_step`, once it is known why: `line_down`, `power`, `planned`, `agent_stopped`, `system_removed` or `other`.
    found: Option<String>,
    /// For `cancel`: the number of the call that says the same.
    duplicate_of: Option<String>,
}

/// What is to be different of what was filed; what is not named stays as it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallChange {
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// Who is to be asked, and how they are reached.
    #[schema(max_length = 200)]
    contact: Option<String>,
    available_24x7: Option<bool>,
    /// For staff: what the queue is chosen by. A call that nobody has begun is routed again.
    #[schema(max_length = 60)]
    subject: Option<String>,
    /// For staff: its number at another desk.
    #[schema(max_length = 100)]
    external_number: Option<String>,
}

// Whoever gives rights is told of a field that is not known: a limit with a slip in its name would be none.

/// Somebody who is to come.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    #[schema(value_type = String, required, min_length = 1)]
    name: Option<String>,
    #[schema(value_type = String, required, min_length = 3)]
    email: Option<String>,
    /// The slug of the account; needed where there is more than one to choose from.
    account: Option<String>,
    #[schema(value_type = RoleWord, required)]
    role: Option<String>,
    cac: Option<String>,
    /// Codes or ids; null, or nothing said, is all sites.
    sites: Option<Vec<String>>,
}

/// What is to be different of a person; what is not named stays as it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserChange {
    /// `active` or `disabled`.
    state: Option<String>,
    /// The account in which the person is changed, where there is more than one.
    account: Option<String>,
    #[schema(value_type = Option<RoleWord>)]
    role: Option<String>,
    cac: Option<String>,
    sites: Option<Vec<String>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRelation {
    /// The slug of the partner's account.
    #[schema(value_type = String, required, min_length = 1)]
    partner: Option<String>,
    /// The slug of the customer's account.
    #[schema(value_type = String, required, min_length = 1)]
    customer: Option<String>,
    /// The code of one site; without it all of them.
    site: Option<String>,
    first_line: Option<bool>,
    accept_minutes: Option<i64>,
    /// `all`, `from_date` or `none`.
    history: Option<String>,
    history_from: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// The membership as which it acts.
    #[schema(value_type = uuid::Uuid, required)]
    membership: Option<String>,
    #[schema(value_type = String, required, min_length = 1)]
    name: Option<String>,
    /// `read`, `write` or `board`.
    scope: Option<String>,
    /// For how many days it works, or `never` for one that does not end.
    #[schema(value_type = Option<Days>)]
    days: Option<Days>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
enum Days {
    Number(i64),
    Word(String),
}
