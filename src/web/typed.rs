//! A form as it was typed, with what is wrong with it: shown again with every word.

use axum::http::StatusCode;

use super::{fields::Fields, problem};
use crate::error::{Error, FieldError, Result};

#[derive(Debug, Clone)]
pub struct Typed {
    pairs: Vec<(String, String)>,
    pub errors: Vec<FieldError>,
    /// What is wrong with the whole rather than with one field.
    pub sentence: Option<String>,
    /// What was done, where the page afterwards no longer shows it.
    pub told: Option<String>,
    pub status: StatusCode,
}

impl Default for Typed {
    fn default() -> Self {
        Self { pairs: Vec::new(), errors: Vec::new(), sentence: None, told: None, status: StatusCode::OK }
    }
}

impl From<&[(String, String)]> for Typed {
    fn from(pairs: &[(String, String)]) -> Self {
        let clean = |(name, text): &(String, String)| (name.clone(), text.replace('\0', ""));
        Self { pairs: pairs.iter().map(clean).collect(), ..Self::default() }
    }
}

impl Typed {
    /// With an error that the person can mend or should read; any other goes on its way.
    pub fn with(mut self, error: Error) -> Result<Self> {
        self.status = problem::status(&error);
        match error {
            Error::Invalid(errors) => self.errors = errors,
            Error::Refused(_) | Error::Forbidden(_) => self.sentence = Some(error.to_string()),
            other => return Err(other),
        }
        Ok(self)
    }

    pub fn text(&self, name: &str) -> &str {
        self.pairs.iter().find(|(own, _)| own == name).map_or("", |(_, text)| text)
    }

    /// What is chosen, where nothing else was typed yet.
    pub fn or<'a>(&'a self, name: &str, usual: &'a str) -> &'a str {
        let typed = self.pairs.iter().find(|(own, _)| own == name);
        typed.map_or(usual, |(_, text)| text)
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|(own, text)| own == name && text == value)
    }

    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|e| e.field == field).map(|e| e.message.as_str())
    }
}

/// Every value of a name that may come several times.
pub fn all(pairs: &[(String, String)], name: &str) -> Vec<String> {
    pairs.iter().filter(|(own, _)| own == name).map(|(_, text)| text.clone()).collect()
}

/// The fields of a form, refused where they can't be kept.
pub fn fields(pairs: &[(String, String)]) -> Result<Fields> {
    Fields::from(pairs.to_vec()).judged()
}
