//! What became of each row, in words for whoever brought the list, and the totals.

use super::unread::Unread;
use crate::mail::AddressError;
use crate::subscribers::model::SuppressionReason;
use std::io;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowOutcome {
    Imported,
    /// An opt-in mail is queued.
    Asked,
    /// An opt-in mail was sent today already.
    AskedBefore,
    AlreadyThere,
    /// Stands on an earlier line nearby.
    Repeated,
    /// Left this publication before; only they can come back.
    LeftEarlier,
    /// Our own export says that they left: kept as one who left.
    KeptAsLeft,
    /// The list itself says that this person left, bounced or complained; remembered as such.
    ListSaysNo(SuppressionReason),
    /// The list says no, and they themselves said yes here.
    ConfirmedHere,
    /// The list itself says that they never confirmed.
    Unconfirmed,
    Suppressed(SuppressionReason),
    Refused(AddressError),
    /// The list's word for the row's status is not one we know.
    UnknownStatus,
    /// A value of our own export does not read; the column.
    BadValue(&'static str),
    /// The line is not readable as CSV.
    Unreadable,
    /// Its address is written in another encoding than the one that is read.
    NotUtf8,
}

impl RowOutcome {
    /// For programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Imported => "imported",
            Self::Asked => "asked",
            Self::AskedBefore => "asked_before",
            Self::AlreadyThere => "already_there",
            Self::Repeated => "repeated",
            Self::LeftEarlier => "left_earlier",
            Self::KeptAsLeft => "kept_as_left",
            Self::ListSaysNo(_) => "list_says_no",
            Self::ConfirmedHere => "confirmed_here",
            Self::Unconfirmed => "unconfirmed",
            Self::Suppressed(_) => "suppressed",
            Self::Refused(_) => "refused",
            Self::UnknownStatus => "unknown_status",
            Self::BadValue(_) => "bad_value",
            Self::Unreadable => "unreadable",
            Self::NotUtf8 => "not_utf8",
        }
    }

    /// Nothing that an operator would want to look at.
    pub const fn is_smooth(self) -> bool {
        matches!(self, Self::Imported | Self::Asked | Self::AlreadyThere | Self::KeptAsLeft)
    }

    pub fn reason(self) -> String {
        match self {
            Self::Imported | Self::Asked => String::new(),
            Self::AskedBefore => "was sent an opt-in mail today already".to_owned(),
            Self::AlreadyThere => "is a reader already".to_owned(),
            Self::Repeated => "stands on an earlier line".to_owned(),
            Self::LeftEarlier => "left earlier and is not brought back".to_owned(),
            Self::KeptAsLeft => "left, and is kept as one who left".to_owned(),
            Self::ListSaysNo(reason) => format!("must not be mailed according to the list itself ({reason})"),
            Self::ConfirmedHere => "the list says no, but they themselves confirmed here".to_owned(),
            Self::Unconfirmed => "never confirmed according to the list itself".to_owned(),
            Self::Suppressed(reason) => format!("is suppressed ({reason})"),
            Self::Refused(error) => format!("refused: {error}"),
            Self::UnknownStatus => "refused: the list's word for the status is not known".to_owned(),
            Self::BadValue(column) => format!("refused: the column {column} does not read"),
            Self::Unreadable => "is not readable as CSV".to_owned(),
            Self::NotUtf8 => {
                "refused: the list is not saved as UTF-8, so letters such as \u{e9} or \u{fc} in this address do not read"
                    .to_owned()
            }
        }
    }

    pub const fn next_step(self) -> &'static str {
        match self {
            Self::LeftEarlier | Self::ListSaysNo(_) => "only they themselves can come back, by the sign-up form",
            Self::Suppressed(reason) if reason.yields_to_double_opt_in() => {
                "only they themselves can come back, by the sign-up form"
            }
            Self::Suppressed(SuppressionReason::Operator) => "lamplighter suppression remove, if it was a mistake",
            Self::Suppressed(_) => "nothing until it expires",
            Self::Unconfirmed => "import the list with --status pending: each gets an opt-in mail",
            Self::Refused(_) => "correct the address and import the file again",
            Self::UnknownStatus => "correct the status, or take another column for it: --map \"Column=status\"",
            Self::BadValue(_) => "correct the value and import the file again",
            Self::Unreadable => "correct the quotes of this line and import the file again",
            Self::NotUtf8 => "save the list as CSV in UTF-8, and import that",
            _ => "",
        }
    }
}

impl RowOutcome {
    /// What to do next, for whoever is at the desk and not at the command line.
    pub const fn desk_step(self) -> &'static str {
        match self {
            Self::Suppressed(SuppressionReason::Operator) => "lift the suppression, if it was a mistake",
            Self::Unconfirmed => "choose that each gets a mail to confirm",
            Self::UnknownStatus => "correct the status and bring the file again",
            Self::Refused(_) => "correct the address and bring the file again",
            Self::BadValue(_) => "correct the value and bring the file again",
            Self::Unreadable => "correct the quotes of this line and bring the file again",
            Self::NotUtf8 => {
                "save the list as CSV in UTF-8 (a choice of its own when a spreadsheet saves), and bring that"
            }
            other => other.next_step(),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowReport {
    /// 1 is the first line of the file, the header.
    pub line: u64,
    /// Masked; empty where nothing could be read.
    pub address: String,
    pub outcome: RowOutcome,
    /// What it says that does not read, though the row is taken.
    pub unread: Vec<Unread>,
}

impl RowReport {
    /// Keeps what matters of a row that ended so.
    pub(super) fn settle(&mut self) {
        match self.outcome {
            RowOutcome::Imported => {}
            RowOutcome::Asked => self.unread.retain(|it| !it.what.is_day()),
            _ => self.unread.clear(),
        }
    }

    /// Nothing that an operator would want to look at.
    pub fn is_smooth(&self) -> bool {
        self.outcome.is_smooth() && self.unread.is_empty()
    }

    /// Why it needs a look, in words.
    pub fn reason(&self) -> String {
        if self.unread.is_empty() {
            return self.outcome.reason();
        }
        self.unread.iter().map(Unread::told).collect::<Vec<_>>().join("; ")
    }
}

/// Totals; `rows` is the sum of the others but for the last.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ImportReport {
    pub rows: u64,
    pub imported: u64,
    pub asked: u64,
    pub already_there: u64,
    pub left_earlier: u64,
    pub unconfirmed: u64,
    pub suppressed: u64,
    pub refused: u64,
    /// Rows that were taken without a value that does not read: a day, a section, a language, a zone, an hour.
    #[serde(default)]
    pub with_unread: u64,
}

impl ImportReport {
    pub(super) fn count(&mut self, row: &RowReport) {
        use RowOutcome as R;
        self.rows += 1;
        self.with_unread += u64::from(!row.unread.is_empty());
        let total = match row.outcome {
            R::Imported => &mut self.imported,
            R::Asked => &mut self.asked,
            R::AlreadyThere | R::Repeated | R::AskedBefore | R::ConfirmedHere => &mut self.already_there,
            R::LeftEarlier | R::ListSaysNo(_) | R::KeptAsLeft => &mut self.left_earlier,
            R::Unconfirmed => &mut self.unconfirmed,
            R::Suppressed(_) => &mut self.suppressed,
            R::Refused(_) | R::UnknownStatus | R::BadValue(_) | R::Unreadable | R::NotUtf8 => &mut self.refused,
        };
        *total += 1;
    }
}

/// Who hears of every row, in order. What was heard of a batch is kept before the batch is committed; an import that
/// goes on later takes up where it was kept.
pub trait RowLog: Send {
    fn row(&mut self, row: &RowReport) -> io::Result<()>;

    /// Makes durable what was heard; answers how long it is in bytes.
    fn keep(&mut self) -> io::Result<u64> {
        Ok(0)
    }

    /// Forgets whatever was heard after this length.
    fn go_back_to(&mut self, _bytes: u64) -> io::Result<()> {
        Ok(())
    }

    /// What it wants to find again after an interruption: kept in the transaction of each batch.
    fn remember(&mut self) -> Option<String> {
        None
    }

    /// What was kept last; nothing at the beginning.
    fn recall(&mut self, _kept: Option<&str>) {}
}

impl<F: FnMut(&RowReport) + Send> RowLog for F {
    fn row(&mut self, row: &RowReport) -> io::Result<()> {
        self(row);
        Ok(())
    }
}
