//! The life of a device's credential: it opens alone, then beside its successor, then not at all.

use jiff::{SignedDuration, Timestamp};

/// Both open for at most so long after one was replaced: whoever has not changed it by then has forgotten it.
pub const LONGEST_OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How a credential stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    InUse,
    /// Replaced; it opens beside its successor until then.
    Ending(Timestamp),
    /// Replaced, and its time beside the successor is over.
    Ended(Timestamp),
    Revoked(Timestamp),
}

impl Standing {
    pub fn of(ends_at: Option<Timestamp>, revoked_at: Option<Timestamp>, now: Timestamp) -> Self {
        match (revoked_at, ends_at) {
            (Some(at), _) => Self::Revoked(at),
            (None, Some(at)) if at <= now => Self::Ended(at),
            (None, Some(at)) => Self::Ending(at),
            (None, None) => Self::InUse,
        }
    }

    pub fn opens(self) -> bool {
        matches!(self, Self::InUse | Self::Ending(_))
    }

    /// As programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::InUse => "in_use",
            Self::Ending(_) => "ending",
            Self::Ended(_) => "ended",
            Self::Revoked(_) => "revoked",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::constant(1_795_000_000, 0);

    #[test]
    fn a_credential_opens_until_it_ends_or_is_revoked() {
        let later = NOON + SignedDuration::from_secs(1);
        for (ends, revoked, stands, opens) in [
            (None, None, "in_use", true),
            (Some(later), None, "ending", true),
            (Some(NOON), None, "ended", false),
            (None, Some(NOON), "revoked", false),
            (Some(later), Some(NOON), "revoked", false),
        ] {
            let standing = Standing::of(ends, revoked, NOON);
            assert_eq!((standing.name(), standing.opens()), (stands, opens));
        }
    }
}
