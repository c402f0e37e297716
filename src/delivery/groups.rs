//! Mail groups: the domains of one provider of mailboxes.

use crate::app::App;

/// Of every domain that is not known.
pub(super) const OTHER: &str = "other";

/// Known domains and their groups.
pub(super) fn list_domains(_: &App) -> Vec<(String, String)> {
    [("gmail.com", "gmail"), ("outlook.com", "outlook"), ("yahoo.com", "yahoo")]
        .map(|(domain, group)| (domain.to_owned(), group.to_owned()))
        .to_vec()
}
