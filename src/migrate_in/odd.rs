use serde::{Deserialize, Serialize};

/// What can be wrong with a row of a log; all but the first two still make a line of history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Odd {
    NoNumber,
    SaysNothing,
    ShortRow,
    LongRow,
    OpenQuote,
    NotUtf8,
    Nul,
    UnreadableTime,
    SkippedTime,
    DoubledTime,
    UnknownStatus,
    UnknownSeverity,
    UnknownCountry,
}

impl Odd {
    /// As the report and the page of oddities name it.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoNumber => "no usable call number, row kept aside",
            Self::SaysNothing => "neither time nor status, row kept aside",
            Self::ShortRow => "fewer columns than the header",
            Self::LongRow => "more columns than the header",
            Self::OpenQuote => "quote that is not closed, read line by line",
            Self::NotUtf8 => "bytes that are not UTF-8",
            Self::Nul => "NUL characters, left out",
            Self::UnreadableTime => "unreadable time, placed by its line",
            Self::SkippedTime => "time that the clock skipped",
            Self::DoubledTime => "time that the clock showed twice",
            Self::UnknownStatus => "status not in the table, taken as open",
            Self::UnknownSeverity => "severity not in the table, taken as 3",
            Self::UnknownCountry => "country not known, site in Etc/UTC",
        }
    }

    /// Such a row can't be a line of any call's history.
    pub fn keeps_aside(self) -> bool {
        matches!(self, Self::NoNumber | Self::SaysNothing)
    }
}
