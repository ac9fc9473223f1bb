//! Who may do what: one table, asked by every part that lets somebody see or do something.
//!
//! What of the world somebody may see is a [`Scope`](super::access::Scope); whether a verb fits a call's state is
//! decided by [`decide`](super::call::decide). This says what a role may do at all, and how far it reaches.

use super::{
    access::{Party, Role},
    call::Verb,
};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asker {
    /// Signed out, disabled, or with a session or token that is over.
    Nobody,
    /// A system with its credential, or the gateway of a site.
    Device,
    Person(Role),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    See,
    File,
    Comment,
    /// A verb of the lifecycle.
    Do(Verb),
    /// Give a call to somebody else than oneself.
    AssignOthers,
    /// Send alarms.
    PhoneHome,
    /// Add, edit, end.
    Change,
    /// Ask the customer for remote access.
    Ask,
    /// Let somebody in for a while, and end it.
    Grant,
    /// Look at the pages of another person as that person sees them.
    Watch,
    /// Take words out.
    Redact,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Resource {
    Call,
    System,
    Site,
    History,
    /// Work notes, and fields that only staff read.
    Internal,
    /// More of a member of staff than the name on display.
    StaffDetails,
    Person,
    Calendar,
    Rule,
    Queue,
    Staffing,
    MaintenanceWindow,
    RemoteAccess,
    Account,
    Contract,
    PartnerRelation,
    Device,
    Token,
    Store,
    Audit,
}

impl Resource {
    pub const ALL: [Self; 20] = [
        Self::Call,
        Self::System,
        Self::Site,
        Self::History,
        Self::Internal,
        Self::StaffDetails,
        Self::Person,
        Self::Calendar,
        Self::Rule,
        Self::Queue,
        Self::Staffing,
        Self::MaintenanceWindow,
        Self::RemoteAccess,
        Self::Account,
        Self::Contract,
        Self::PartnerRelation,
        Self::Device,
        Self::Token,
        Self::Store,
        Self::Audit,
    ];
}

/// How far a right reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    Nowhere,
    /// Within what is one's own: see [`Relation::Own`].
    Own,
    Everywhere,
}

/// What a thing is to whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// In the asker's scope: the customer's own sites, what a partner's relation opens, people and contracts of
    /// one's account, what belongs to a lead's CAC, a device's own system or site.
    Own,
    Foreign,
}

/// Why not. Whoever may not even see a thing is told that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    #[error("Sign in first.")]
    SignedOut,
    #[error("There is nothing here, or it is not yours to see.")]
    OutOfSight,
    #[error("{0}")]
    Role(&'static str),
    #[error("You are only looking: nothing can be changed this way.")]
    ReadOnly,
}

/// May `asker` do `action` to a `resource` that stands in this `relation` to them?
pub fn may(asker: Asker, action: Action, resource: Resource, relation: Relation) -> Result<(), Denied> {
    if asker == Asker::Nobody {
        return Err(Denied::SignedOut);
    }
    if covers(reach(asker, action, resource), relation) {
        return Ok(());
    }
    if covers(reach(asker, Action::See, resource), relation) {
        return Err(Denied::Role(only_for(action)));
    }
    Err(Denied::OutOfSight)
}

fn covers(reach: Reach, relation: Relation) -> bool {
    match reach {
        Reach::Nowhere => false,
        Reach::Own => relation == Relation::Own,
        Reach::Everywhere => true,
    }
}

/// How far the right of `asker` to do `action` to things of that kind reaches.
pub fn reach(asker: Asker, action: Action, resource: Resource) -> Reach {
    match asker {
        Asker::Nobody => Reach::Nowhere,
        Asker::Device => match (action, resource) {
            (Action::PhoneHome, Resource::System | Resource::Site) => Reach::Own,
            _ => Reach::Nowhere,
        },
        Asker::Person(role) => reach_of(role, action, resource),
    }
}

/// The table, row by row.
#[expect(clippy::match_same_arms, reason = "each row of the table stands for itself")]
fn reach_of(role: Role, action: Action, resource: Resource) -> Reach {
    use Reach::{Everywhere, Nowhere, Own};
    use Resource as R;
    use Role::{Admin, Auditor, CacLead, Customer, CustomerAdmin, DutyManager, Engineer, Partner, PartnerAdmin};
    match (action, resource) {
        (Action::See, R::Call | R::System | R::Site | R::History) => sees(role),
        (Action::See, R::Internal | R::StaffDetails) => everywhere_if(of_the_desk(role)),
        (Action::File, R::System | R::Site) | (Action::Comment, R::Call) => works(role),
        (Action::Do(verb), R::Call) if verb.parties().contains(&role.party()) => works(role),
        (Action::AssignOthers, R::Call) => everywhere_if(matches!(role, CacLead | DutyManager)),
        (Action::See | Action::Change, R::Person) => match role {
            CustomerAdmin | PartnerAdmin | CacLead => Own,
            Admin => Everywhere,
            Auditor if action == Action::See => Everywhere,
            _ => Nowhere,
        },
        (Action::Watch, R::Person) => everywhere_if(role == Admin),
        (Action::Redact, R::History) => everywhere_if(matches!(role, CacLead | Admin)),
        (Action::See, R::Calendar | R::Rule | R::Queue | R::Staffing) => everywhere_if(of_the_desk(role)),
        (Action::Change, R::Rule) => everywhere_if(matches!(role, CacLead | Admin)),
        (Action::Change, R::Calendar | R::Queue | R::Staffing) => match role {
            CacLead => Own,
            Admin => Everywhere,
            _ => Nowhere,
        },
        (Action::See | Action::Change, R::MaintenanceWindow) => match role {
            Customer | CustomerAdmin | Partner | PartnerAdmin => Own,
            Engineer | CacLead | DutyManager => Everywhere,
            Auditor if action == Action::See => Everywhere,
            _ => Nowhere,
        },
        (Action::See, R::RemoteAccess) => match role {
            Customer | CustomerAdmin => Own,
            Engineer | CacLead | DutyManager | Auditor => Everywhere,
            _ => Nowhere,
        },
        (Action::Ask, R::RemoteAccess) => everywhere_if(role.party() == Party::Staff),
        (Action::Grant, R::RemoteAccess) => match role {
            Customer | CustomerAdmin => Own,
            CacLead | DutyManager => Everywhere,
            _ => Nowhere,
        },
        // How to connect is the customer's to keep.
        (Action::Change, R::RemoteAccess) if role == CustomerAdmin => Own,
        (Action::See, R::Contract) if role == CustomerAdmin => Own,
        (Action::See, R::PartnerRelation) if role.party() == Party::Partner => Own,
        (Action::See, R::Account | R::Contract | R::PartnerRelation | R::Device | R::Token | R::Store) => {
            everywhere_if(of_the_desk(role))
        }
        (Action::Change, R::Account | R::Contract | R::PartnerRelation | R::Device | R::Token | R::Store) => {
            everywhere_if(role == Admin)
        }
        (Action::See, R::Audit) => match role {
            CustomerAdmin | PartnerAdmin => Own,
            Admin | Auditor => Everywhere,
            _ => Nowhere,
        },
        _ => Nowhere,
    }
}

/// Customers and partners see their part of the world; the desks and the house see all of it.
fn sees(role: Role) -> Reach {
    if of_the_desk(role) { Reach::Everywhere } else { Reach::Own }
}

/// The house looks on and does not work calls.
fn works(role: Role) -> Reach {
    if role.party() == Party::House { Reach::Nowhere } else { sees(role) }
}

fn of_the_desk(role: Role) -> bool {
    matches!(role.party(), Party::Staff | Party::House)
}

fn everywhere_if(may: bool) -> Reach {
    if may { Reach::Everywhere } else { Reach::Nowhere }
}

/// Who may let somebody be what: nobody makes a role that reaches further than their own.
pub fn may_make(role: Role, made: Role) -> bool {
    match role {
        Role::CustomerAdmin | Role::PartnerAdmin => made.party() == role.party(),
        Role::CacLead => matches!(made, Role::Engineer | Role::CacLead),
        Role::Admin => true,
        _ => false,
    }
}

fn only_for(action: Action) -> &'static str {
    match action {
        Action::AssignOthers => "Engineers take calls for themselves; a lead gives them to others.",
        Action::File => "Calls are filed by customers, their partners and CAC staff.",
        Action::Comment => "Only the customer, their partner and CAC staff write to a call.",
        Action::Redact => "Only a CAC lead or an administrator takes words out of a call.",
        Action::Watch => "Only an administrator looks at the pages of others.",
        Action::Grant => "The customer lets somebody in; a CAC lead or the duty manager does so in their name.",
        Action::Change => "You may look at this, and not change it.",
        _ => "That is not yours to do.",
    }
}

#[cfg(test)]
mod tests;
