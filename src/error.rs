//! What can go wrong, in the words of the product. Knows no HTTP: `web::problem` turns it into a page or problem+json.

use jiff::Timestamp;

use crate::domain::policy::Denied;

/// Everything below the web layer answers with this.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One thing that is wrong with what a person or a program sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    pub field: String,
    pub message: String,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Absent, or outside the reader's scope: the two are never told apart.
    #[error("There is nothing here, or it is not yours to see.")]
    NotFound,
    /// The state of the thing does not allow it now; the sentence says why.
    #[error("{0}")]
    Refused(String),
    /// Visible, but not this person's to do.
    #[error("{0}")]
    Forbidden(String),
    /// What was sent can't be used; every fault at once.
    #[error("Something in what was sent needs another look.")]
    Invalid(Vec<FieldError>),
    #[error("Sign in first.")]
    SignedOut,
    /// A program's or a machine's secret that opens nothing here; the sentence says which one is wanted.
    #[error("{0}")]
    WrongCredential(&'static str),
    /// Whoever signed is who they say, and their clock is wrong: by ours they may correct it and sign again.
    #[error("{sentence}")]
    ClockSkew { now: Timestamp, sentence: String },
    /// The reader's copy is older than the thing.
    #[error("Somebody changed this in the meantime.")]
    Stale,
    /// The same request has been sent before and has no answer yet.
    #[error("The same request is still being carried out. Ask again in a moment.")]
    UnderWay,
    /// A change that does not say of which state it is one.
    #[error("Say in If-Match what you have looked at: the ETag that came with it.")]
    Unconditional,
    #[error("Too many attempts. Try again in {seconds} seconds.")]
    TooMany { seconds: u64 },
    #[error("That is more than the {most} that this address takes at once.")]
    TooLarge { most: &'static str },
    /// Given up on, not undone: a write goes on to its end.
    #[error("The answer took too long. What was asked for may be done by now: look before you try again.")]
    TooSlow,
    #[error("There is more to do than can be done at once. Try again in a moment.")]
    Overloaded,
    /// The store is moving or read-only: the same transaction may be tried again.
    #[error("The store is being moved. Try again in a moment.")]
    NotPrimary,
    #[error("The store is away. Try again in a moment.")]
    StoreAway,
    /// The command was refused or failed; one sentence for the person at the terminal.
    #[error("{0}")]
    Command(String),
    #[error("the store answered: {0}")]
    Database(sqlx::Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Internal(String),
}

impl Error {
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::Refused(sentence.into())
    }

    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    /// For whoever waited for the same work: what they did is not what went wrong, so they may try again.
    #[must_use]
    pub fn for_others(&self) -> Self {
        match self {
            Self::NotPrimary => Self::NotPrimary,
            Self::Overloaded => Self::Overloaded,
            _ => Self::StoreAway,
        }
    }

    pub fn command(sentence: impl Into<String>) -> Self {
        Self::Command(sentence.into())
    }

    /// The name of the database constraint that refused the write, if one did.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Database(sqlx::Error::Database(e)) => e.constraint(),
            _ => None,
        }
    }

    /// Whether the database was told to give up by then.
    pub fn took_too_long(&self) -> bool {
        const QUERY_CANCELED: &str = "57014";
        matches!(self, Self::Database(sqlx::Error::Database(e)) if e.code().as_deref() == Some(QUERY_CANCELED))
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::SignedOut => Self::SignedOut,
            Denied::OutOfSight => Self::NotFound,
            Denied::Role(_) | Denied::ReadOnly => Self::Forbidden(denied.to_string()),
        }
    }
}

/// `SQLSTATE` that `gate()` raises where the store is not the primary.
pub const NOT_PRIMARY: &str = "MR001";

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::RowNotFound => return Self::NotFound,
            sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => return Self::StoreAway,
            sqlx::Error::Database(e) => e.code().map(std::borrow::Cow::into_owned),
            _ => None,
        };
        match code.as_deref() {
            Some(NOT_PRIMARY) => Self::NotPrimary,
            Some("25006" | "57P01" | "57P02" | "57P03") => Self::StoreAway,
            Some(c) if c.starts_with("08") => Self::StoreAway,
            _ => Self::Database(error),
        }
    }
}
