//! What is audited: deeds of the sensitive kind, and the chain that shows when somebody touched the log of them.

pub mod chain;

use serde::{Deserialize, Serialize};

/// Declares the kinds once: their order in menus, and what a reader is told that somebody did.
macro_rules! kinds {
    ($($kind:ident => $words:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($kind,)* }

        impl Kind {
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// What was done, so that what it was done to can follow.
            pub fn words(self) -> &'static str {
                match self { $(Self::$kind => $words,)* }
            }
        }
    };
}

kinds! {
    SignedIn => "signed in",
    SignInFailed => "could not sign in",
    SignedOut => "signed out",
    SessionRevoked => "ended a session",
    MembershipSwitched => "went on as another of their memberships",
    PasswordChanged => "changed a password",
    ResetMade => "made a link for a new password",
    ResetUsed => "used a link for a new password",
    FactorAdded => "added a second factor",
    FactorRemoved => "removed a second factor",
    FactorFailed => "gave a wrong second factor",
    PasskeyAdded => "added a passkey",
    PasskeyRemoved => "removed a passkey",
    RecoveryMade => "made new recovery codes",
    RecoveryUsed => "used a recovery code",
    IdentityLinked => "linked an identity provider",
    Invited => "invited",
    InvitationAccepted => "accepted an invitation",
    InvitationRevoked => "revoked an invitation",
    PersonAdded => "added a person",
    MembershipAdded => "added a membership",
    MembershipChanged => "changed a membership",
    MembershipEnded => "ended a membership",
    PersonDisabled => "disabled",
    PersonEnabled => "enabled",
    PersonErased => "erased",
    PersonExported => "exported what is kept about",
    TokenMade => "made a token",
    TokenRevoked => "revoked a token",
    DeviceAdded => "made a credential for a device",
    DeviceRotated => "replaced a credential of a device",
    DeviceRevoked => "revoked a credential of a device",
    MessageReleased => "received after all a message of",
    AccountMade => "made an account",
    RelationChanged => "changed a partner relation",
    WatchingBegan => "began to look at the pages of",
    WatchingEnded => "ended looking at the pages of",
    EntryRedacted => "removed words from",
    RulesPublished => "published the rules, version",
    RulesReverted => "went back to older rules, as version",
    CalendarPublished => "published the calendar",
    SiteHoursChanged => "changed the hours of the site",
    SiteLanguageChanged => "changed the language of the site",
    HolidaysChanged => "changed the public holidays of",
    AuditExported => "exported the audit log",
    HistoryExported => "exported the history of",
    MinutesDisputed => "disputed how available it was: the system",
    DisputeAnswered => "answered to what was disputed about the system",
    ExpectationChanged => "changed how often calls are expected of",
    RemoteAccessGranted => "granted remote access to the system",
    RemoteAccessEnded => "ended remote access to the system",
    RemoteSessionRead => "read a remote session on the system",
    RemoteInstructionsRead => "read how to connect to the system",
    RemoteInstructionsChanged => "changed how to connect to the system",
}

impl Kind {
    pub fn name(self) -> String {
        super::names::name_of(self)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        super::names::named_as(name)
    }
}

/// What kind of thing a deed was done to; the id is the uuid, or what people call the thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Person,
    Membership,
    Session,
    Invitation,
    Token,
    Passkey,
    Identity,
    Account,
    Relation,
    Device,
    /// A line of a call's history, as `C-1234567-8/3`.
    Entry,
    /// A call by its number.
    Call,
    Audit,
    /// Rules by the number of their version.
    Rules,
    /// A calendar by its name.
    Calendar,
    /// A site by its code.
    Site,
    /// A system by its serial.
    System,
    /// A country by its two letters.
    Country,
    /// An address that nobody has, as a keyed hash.
    Unknown,
}

impl Subject {
    pub fn name(self) -> String {
        super::names::name_of(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_kinds_are_read_back_and_told_apart() {
        let names: std::collections::BTreeSet<String> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(&kind.name()), Some(*kind));
        }
        assert_eq!(Kind::SignInFailed.name(), "sign_in_failed");
        assert_eq!(Kind::from_name("slept"), None);
        assert_eq!(Subject::Person.name(), "person");
    }
}
