//! How somebody proves who they are, and whether that is enough for what they may do here.

use std::str::FromStr;

use super::access::{Party, Role};

/// What a session lacks before it opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Open,
    /// A second factor is there, and has not been shown yet.
    SecondFactor,
    /// A second factor is demanded, and there is none yet.
    Enrol,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::SecondFactor => "second_factor",
            Self::Enrol => "enrol",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Open, Self::SecondFactor, Self::Enrol].into_iter().find(|stage| stage.name() == name)
    }
}

/// The second factors that somebody has set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Factors {
    pub authenticator: bool,
    pub passkey: bool,
}

/// What has been shown, in this sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A password, or the word of an identity provider that asked for one.
    OneFactor,
    /// A passkey with its owner verified, or an identity provider that asked for two.
    TwoFactors,
}

/// What comes after a first proof.
///
/// An authenticator is asked for from whoever set one up. A passkey that somebody made for comfort is no duty: they
/// may be where it is not.
pub fn stage(shown: Shown, factors: Factors, demanded: bool) -> Stage {
    match (shown, factors, demanded) {
        (Shown::TwoFactors, ..) => Stage::Open,
        (_, Factors { authenticator: true, .. }, _) | (_, Factors { passkey: true, .. }, true) => Stage::SecondFactor,
        (_, _, true) => Stage::Enrol,
        _ => Stage::Open,
    }
}

/// Of whom a second factor is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mfa {
    pub staff: bool,
    pub partner: bool,
    pub customer: bool,
}

impl Mfa {
    pub const NONE: Self = Self { staff: false, partner: false, customer: false };

    pub fn demands(self, role: Role) -> bool {
        match role.party() {
            Party::Staff | Party::House => self.staff,
            Party::Partner => self.partner,
            _ => self.customer,
        }
    }

    /// By the names of somebody's roles; a name that nobody knows demands it.
    pub fn demands_any<'a>(self, roles: impl IntoIterator<Item = &'a str>) -> bool {
        roles.into_iter().any(|name| Role::from_name(name).is_none_or(|role| self.demands(role)))
    }
}

impl FromStr for Mfa {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut mfa = Self::NONE;
        if text.trim() == "none" {
            return Ok(mfa);
        }
        for party in text.split(',').map(str::trim) {
            match party {
                "staff" => mfa.staff = true,
                "partner" => mfa.partner = true,
                "customer" => mfa.customer = true,
                _ => return Err("say staff, partner, customer (with commas between them) or none".to_owned()),
            }
        }
        Ok(mfa)
    }
}

/// The methods of RFC 8176 with which an identity provider says that more than a password was shown.
const STRONG: [&str; 5] = ["mfa", "otp", "hwk", "sc", "fido"];

pub fn shown_at_provider<'a>(methods: impl IntoIterator<Item = &'a str>) -> Shown {
    if methods.into_iter().any(|method| STRONG.contains(&method)) { Shown::TwoFactors } else { Shown::OneFactor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_proof_leads_to_the_stage_that_is_still_missing() {
        use Shown::{OneFactor, TwoFactors};
        let none = Factors::default();
        let app = Factors { authenticator: true, ..none };
        let key = Factors { passkey: true, ..none };
        for (shown, factors, demanded, expected) in [
            (OneFactor, none, false, Stage::Open),
            (OneFactor, none, true, Stage::Enrol),
            (OneFactor, app, false, Stage::SecondFactor),
            (OneFactor, app, true, Stage::SecondFactor),
            (OneFactor, key, false, Stage::Open),
            (OneFactor, key, true, Stage::SecondFactor),
            (TwoFactors, none, true, Stage::Open),
            (TwoFactors, app, true, Stage::Open),
        ] {
            assert_eq!(stage(shown, factors, demanded), expected, "{shown:?} {factors:?} {demanded}");
        }
    }

    #[test]
    fn the_setting_names_parties_and_staff_means_the_house_too() {
        let mfa: Mfa = "staff, partner".parse().unwrap();
        let demanded = Role::ALL.into_iter().filter(|role| mfa.demands(*role)).map(Role::name);
        let expected = ["partner", "partner_admin", "engineer", "cac_lead", "duty_manager", "admin", "auditor"];
        assert_eq!(demanded.collect::<Vec<_>>(), expected);
        assert_eq!("none".parse(), Ok(Mfa::NONE));
        assert!(
            "customer".parse::<Mfa>().is_ok_and(|mfa| mfa.demands(Role::CustomerAdmin) && !mfa.demands(Role::Admin))
        );
        assert!("everybody".parse::<Mfa>().is_err() && "".parse::<Mfa>().is_err());
        assert!(mfa.demands_any(["customer", "admin"]) && !mfa.demands_any(["customer"]));
        assert!(Mfa::NONE.demands_any(["janitor"]));
    }

    #[test]
    fn only_more_than_a_password_counts_as_two_factors() {
        assert_eq!(shown_at_provider(["pwd"]), Shown::OneFactor);
        assert_eq!(shown_at_provider([]), Shown::OneFactor);
        assert_eq!(shown_at_provider(["pwd", "otp", "mfa"]), Shown::TwoFactors);
    }

    #[test]
    fn stages_are_read_back() {
        for stage in [Stage::Open, Stage::SecondFactor, Stage::Enrol] {
            assert_eq!(Stage::from_name(stage.name()), Some(stage));
        }
        assert_eq!(Stage::from_name("half"), None);
    }
}
