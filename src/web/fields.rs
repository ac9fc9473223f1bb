//! What came in a form or a JSON object, as named texts, and the deed that they mean.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    actions::Deed,
    domain::{
        access::{Party, Viewer},
        call::{Change, CloseCode, Found, HoldReason, Step, Verb},
        severity::Severity,
    },
    error::{Error, Result},
    store::request_keys::RequestKey,
};

/// Named texts, whatever they came in.
#[derive(Debug, Clone, Default)]
pub struct Fields(BTreeMap<String, String>);

impl From<Vec<(String, String)>> for Fields {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Fields {
    pub fn of_json(value: &Value) -> Result<Self> {
        let Value::Object(object) = value else {
            return Err(Error::invalid("body", "The body must be a JSON object."));
        };
        let text = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        Ok(Self(object.iter().filter_map(|(k, v)| Some((k.clone(), text(v)?))).collect()))
    }

    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub fn given(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    /// Where the form was, on this portal.
    pub fn back(&self) -> Option<&str> {
        let here = |back: &&str| back.starts_with('/') && !back.starts_with("//") && !back.contains('\\');
        self.given("back").filter(here)
    }

    pub fn is_set(&self, name: &str) -> bool {
        matches!(self.text(name), "true" | "on" | "1" | "yes")
    }

    /// Postgres can't keep a NUL; it is named rather than dropped in silence.
    pub fn judged(self) -> Result<Self> {
        match self.0.iter().find(|(_, text)| text.contains('\0')) {
            Some((name, _)) => Err(Error::invalid(name, "The text has a NUL character in it, which can't be kept.")),
            None => Ok(self),
        }
    }

    pub fn severity(&self) -> Result<Severity> {
        let text = self.given("severity").ok_or_else(|| Error::invalid("severity", "Choose how bad it is."))?;
        text.parse()
            .map_err(|_| Error::invalid("severity", "The severity is 1 to 4, or critical, serious, moderate or minor."))
    }

    /// The words of people, for showing them again when they could not be used.
    pub fn typed(&self) -> Vec<(String, String)> {
        let words = ["title", "body", "text", "reason", "cause", "purpose", "note"];
        let typed = words.iter().filter_map(|name| Some(((*name).to_owned(), self.given(name)?.to_owned())));
        typed.collect()
    }

    fn digest(&self, what: &str) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(what);
        for (name, text) in self.0.iter().filter(|(name, _)| *name != "idempotency_key") {
            hash.update(format!("{}:{name}{}:{text}", name.len(), text.len()));
        }
        hash.finalize().to_vec()
    }

    /// The key of a form: the same words sent twice are one request, other words from the same page another.
    pub fn form_key(&self, actor: Uuid, what: &str) -> Option<RequestKey> {
        let digest = self.digest(what);
        let key = self.given("idempotency_key").filter(|key| key.len() <= 100)?;
        let key = format!("{key}/{}", URL_SAFE_NO_PAD.encode(&digest));
        Some(RequestKey { actor_id: actor, key, digest })
    }

    /// What a verb with these fields asks for.
    pub fn deed(&self, verb: Verb, viewer: &Viewer) -> Result<Deed> {
        // For a hold `reason` may name what it waits for, which is no sentence.
        let named = verb == Verb::Hold && self.given("hold_reason").is_none();
        let words: &[&str] = if named { &["body", "text"] } else { &["body", "text", "reason"] };
        let body = words.iter().find_map(|name| self.given(name)).map(str::to_owned);
        Ok(Deed::new(self.change(verb, viewer)?, body))
    }

    fn change(&self, verb: Verb, viewer: &Viewer) -> Result<Change> {
        Ok(match verb {
            Verb::PlaybookStep => self.playbook_step()?,
            Verb::Acknowledge => Change::Acknowledge,
            Verb::Assign => Change::Assign { assignee: self.assignee(viewer)? },
            Verb::Comment => Change::Comment { wants_severity: self.wanted_severity()? },
            Verb::Note if self.is_set("next_step") => Change::NextStep,
            Verb::Note => Change::Note,
            Verb::AskCustomer => Change::AskCustomer,
            Verb::Answer => Change::Answer,
            Verb::Hold => Change::Hold { reason: self.hold_reason()? },
            Verb::Resume => Change::Resume,
            Verb::ChangeSeverity => {
                Change::ChangeSeverity { from: self.severity()?, to: self.severity()?, missed: Vec::new() }
            }
            Verb::TakeReview => Change::TakeReview,
            Verb::PassOn => Change::PassOn,
            Verb::Dismiss => Change::Dismiss,
            Verb::HandOver => Change::HandOver { queue: self.text("queue").trim().to_owned(), shift: None },
            Verb::AcceptHandover => Change::AcceptHandover,
            Verb::Restore => Change::Restore,
            Verb::Resolve => Change::Resolve {
                code: self.text("resolution_code").trim().to_owned(),
                cause: self.text("cause").trim().to_owned(),
            },
            Verb::RejectSolution => Change::RejectSolution,
            Verb::Accept => Change::Accept,
            Verb::Close => Change::Close { code: CloseCode::Solved },
            Verb::Reopen => Change::Reopen,
            Verb::Cancel => Change::Cancel { duplicate_of: self.given("duplicate_of").map(str::to_owned) },
            Verb::File
            | Verb::Route
            | Verb::Edit
            | Verb::ClockAtRisk
            | Verb::ClockMissed
            | Verb::ClocksRecounted
            | Verb::Remind
            | Verb::FoldAlarm
            | Verb::ClearAlarm
            | Verb::Recover
            | Verb::Flap
            | Verb::JoinStorm
            | Verb::FallSilent
            | Verb::EndSilence
            | Verb::RemoteAccess
            | Verb::ImportedChange => {
                return Err(Error::invalid("verb", format!("{} is not done by hand.", verb.name())));
            }
        })
    }

    fn assignee(&self, viewer: &Viewer) -> Result<Option<Uuid>> {
        match self.text("assignee").trim() {
            "" | "me" => Ok(Some(viewer.person_id)),
            "none" => Ok(None),
            id => id.parse().map(Some).map_err(|_| Error::invalid("assignee", "Choose one of the people.")),
        }
    }

    fn wanted_severity(&self) -> Result<Option<Severity>> {
        let Some(text) = self.given("wants_severity") else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Error::invalid("wants_severity", "The severity is 1 to 4."))
    }

    fn playbook_step(&self) -> Result<Change> {
        let step = Step::from_name(self.text("step").trim())
            .ok_or_else(|| Error::invalid("step", "Name a step: check_path, call_site, tell_partner or visit."))?;
        let found = self.given("found").map(|name| {
            let known = Found::from_name(name.trim());
            known.ok_or_else(|| Error::invalid("found", "Choose why it was silent."))
        });
        Ok(Change::PlaybookStep { step, found: found.transpose()? })
    }

    fn hold_reason(&self) -> Result<HoldReason> {
        let wanted = self.given("hold_reason").or(self.given("reason")).unwrap_or_default();
        HoldReason::from_name(wanted.trim())
            .ok_or_else(|| Error::invalid("reason", "Say what it waits for: part, vendor or scheduled."))
    }
}

/// The verb behind the noun of an address, and what the form says beside it.
pub fn verb_of(noun: &str, fields: &Fields, viewer: &Viewer) -> Result<Verb> {
    Ok(match noun {
        "acknowledgement" => Verb::Acknowledge,
        "assignment" => Verb::Assign,
        "entries" if fields.text("kind") == "note" => Verb::Note,
        "entries" => Verb::Comment,
        "question" => Verb::AskCustomer,
        "hold" if fields.text("action") == "resume" => Verb::Resume,
        "hold" => Verb::Hold,
        "severity" => Verb::ChangeSeverity,
        "review" => match fields.text("action") {
            "take" => Verb::TakeReview,
            "pass" => Verb::PassOn,
            "dismiss" => Verb::Dismiss,
            _ => return Err(Error::invalid("action", "A review is taken, passed on or dismissed.")),
        },
        "handover" if fields.text("action") == "accept" => Verb::AcceptHandover,
        "handover" => Verb::HandOver,
        "restoration" => Verb::Restore,
        "playbook" => Verb::PlaybookStep,
        "resolution" => Verb::Resolve,
        "rejection" => Verb::RejectSolution,
        "closure" if viewer.role.party() == Party::Staff => Verb::Close,
        "closure" => Verb::Accept,
        "reopening" => Verb::Reopen,
        "cancellation" => Verb::Cancel,
        _ => return Err(Error::NotFound),
    })
}
