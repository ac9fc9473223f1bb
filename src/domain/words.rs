//! The words of a text, as they are kept to be found and as they are looked for.
//!
//! Both sides go through here, and Postgres only compares the results: its own dictionaries differ between versions,
//! and a store that was moved must find what it found before.
//!
//! A word is a run of letters and digits, without regard to case and accents. Scripts that put no spaces between
//! words (Chinese, Japanese, Korean, Thai and their neighbours) are kept as overlapping pairs of characters, so any
//! part of a sentence is found. Beside each word stands its stem (Snowball, <https://snowballstem.org>).

mod highlight;
mod kept;
mod looked_for;
pub mod marks;
mod stems;
mod tokens;
mod typed;

pub use self::{
    highlight::{Piece, excerpt, highlight, says_it_all},
    kept::{Audience, Kept, Weight},
    looked_for::{LookedFor, Term},
    stems::Language,
    tokens::{Token, fold, tokens},
    typed::{Order, Typed},
};
