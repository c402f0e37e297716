//! Whether a mail without a report is a mail server's notice.
//!
//! Two of three signs are asked for: a mail system wrote it, the subject says so, the text speaks of a failure about
//! an address. One that names its failed recipients in a field needs no more. `tests/it/bounces/families.rs` has both sorts, and
//! answers that quote a notice.

use crate::bounces::automatic::from_daemon;
use crate::bounces::classify::Basis;
use crate::bounces::find::{Notice, Said};
use crate::bounces::limits::SAID_BYTES_MAX;
use crate::bounces::mail::{Fields, cut};
use crate::bounces::report::Action;

const SUBJECTS: &[&str] = &[
    "undeliver",
    "delivery status",
    "returned mail",
    "failure notice",
    "delivery fail",
    "delivery failure",
    "mail delivery",
    "delivery notification",
    "delivery problem",
    "delivery error",
    "mail fail",
    "could not be delivered",
    "not delivered",
    "nondeliverable",
    "non-deliverable",
    "undelivered",
    "non delivery",
    "non-delivery",
    "failed mail",
    "message status",
    "mail could not",
    "returned to sender",
    "return to sender",
    "returned message",
    "mail system error",
    "delivery report",
    "delayed",
    "warning: could not send",
    "warning: message",
    "user unknown",
    "unknown user",
    "address unknown",
    "delivery delay",
    "permanent delivery",
    "mail returned",
    "mail error",
    "nichtzustellbar",
    "unzustellbar",
    "nicht zugestellt",
    "unzustellbarkeit",
    "zustellung fehlgeschlagen",
    "zustellungsfehler",
    "non remis",
    "non distribu",
    "no se pudo entregar",
    "no entregado",
    "mancato recapito",
    "non recapitabile",
    "mancata consegna",
    "não entregue",
    "devolvid",
    "falha na entrega",
    "falha de entrega",
    "onbestelbaar",
    "niet bezorgd",
    "niedostarczon",
    "nie dostarczon",
    "не доставлен",
    "недоставлен",
    "недоставк",
    "не может быть доставлен",
    "невозможно доставить",
    "配信不能",
    "配信エラー",
    "エラー通知",
    "未達",
    "届けられません",
    "退信",
    "系统退信",
    "投递失败",
    "无法投递",
    "退件",
    "delivery has failed",
    "failure delivery",
    "delivery unsuccessful",
    "mail not delivered",
    "unable to deliver",
    "不達",
    "are not member",
    "not a member of",
];

/// Words that make a subject telling if a mail system wrote it.
const HINTS: &[&str] = &[
    "bounce",
    "rejected",
    "échec",
    "echec",
    "retour",
    "zustellung",
    "devuelto",
    "rechazado",
    "virus",
    "spam",
    "invalid address",
    "error",
];

/// Whether a notice is a bounce.
pub fn is_text_bounce(root: &Fields, subject: &str, notice: &Notice, has_returned: bool) -> bool {
    if root.has("x-failed-recipients") {
        return true;
    }
    let lower = subject.to_lowercase();
    let is_titled = SUBJECTS.iter().any(|words| lower.contains(words));
    let is_hinted = is_titled || HINTS.iter().any(|words| lower.contains(words));
    // People answer notices, and quote them.
    let is_answer = lower.starts_with("re:") && (root.has("in-reply-to") || root.has("references"));
    let ruling = Said::of(cut(notice.text(), SAID_BYTES_MAX)).judge(Action::Failed);
    let is_telling = ruling.basis >= Basis::Generic;
    let by_daemon = from_daemon(root);
    let is_mailing = root.has("list-unsubscribe");
    // An absence note has no sender either, and may speak of people who are gone: such a mail must say more.
    by_daemon && (is_hinted || is_telling || notice.names_recipient())
        || has_null_sender(root) && is_hinted && (is_telling || notice.names_somebody())
        || has_null_sender(root) && is_telling && (has_returned || notice.names_recipient())
        || is_titled && is_telling && !is_mailing && !is_answer && (has_returned || notice.names_somebody())
}

/// RFC 5321 4.5.5: a notice has no sender of its own.
pub fn has_null_sender(root: &Fields) -> bool {
    root.get("return-path")
        .is_some_and(|value| value.trim() == "<>" || value.to_ascii_uppercase().contains("MAILER-DAEMON"))
}
