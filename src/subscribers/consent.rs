//! The words a reader agrees to, and their version. A form shows them, the consent record keeps them, so that years later
//! both can be laid side by side (GDPR 7(1)).

use crate::publications::Publication;

/// Raised whenever [`text`] changes.
pub const VERSION: &str = "1";

/// What stands beside the button of every sign-up form.
pub fn text(publication: &Publication) -> String {
    format!(
        "Send me {} by e-mail. Every mail holds a link by which to leave, and nobody else gets my address.",
        publication.name
    )
}
