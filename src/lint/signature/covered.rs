//! What a signature covers: all that a provider looks at, and the headers that a reader sees once more than they are
//! there, so that a second one breaks it (RFC 6376 5.4, 8.15).

use super::tags::Signature;
use crate::lint::head::Fields;
use crate::lint::report::Findings;
use crate::lint::rule::Rule;

const WANTED: &[&str] = &[
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "Feedback-ID",
    "Auto-Submitted",
];
/// RFC 8058 4: without them no provider shows the button.
const ONE_CLICK: &[&str] = &["List-Unsubscribe", "List-Unsubscribe-Post"];
const OVERSIGNED: &[&str] = &["From", "Subject", "Date", "To", "Reply-To"];

pub(super) fn check(signature: &Signature, fields: &Fields, found: &mut Findings) {
    let listed = |name: &str| signature.covered.iter().filter(|it| it.eq_ignore_ascii_case(name)).count();
    let present = |name: &str| fields.named(&name.to_ascii_lowercase()).count();
    let left_out = |names: &[&'static str]| -> Vec<&'static str> {
        names.iter().copied().filter(|name| listed(name) < present(name)).collect()
    };
    if listed("From") == 0 {
        let message = "h= does not cover From, without which a signature is none (RFC 6376 5.4); add it";
        found.error(Rule::SignedHeaders, signature.place(), message);
    }
    let wanted: Vec<&str> = left_out(WANTED).into_iter().filter(|name| *name != "From" || listed("From") > 0).collect();
    if !wanted.is_empty() {
        let message = format!("h= leaves out {}, which anybody could change; add them", wanted.join(", "));
        found.warning(Rule::SignedHeaders, signature.place(), message);
    }
    let one_click = left_out(ONE_CLICK);
    if !one_click.is_empty() {
        let message = format!(
            "h= leaves out {}, so no provider shows its button to unsubscribe (RFC 8058 4); add them",
            one_click.join(", ")
        );
        found.error(Rule::OneClickSigned, signature.place(), message);
    }
    // What is listed less often than it is there was told above.
    let open: Vec<&str> = OVERSIGNED.iter().copied().filter(|name| listed(name) == present(name)).collect();
    if !open.is_empty() {
        let message = format!(
            "one more {} could be added without breaking the signature; list each once more in h= than it is there",
            open.join(", ")
        );
        found.note(Rule::Oversigned, signature.place(), message);
    }
}
