//! What was read of a mail: plain data, ready for JSON.

use crate::bounces::reason::{Class, Reason};
use serde::Serialize;

/// What sort of mail came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A machine-readable delivery status (RFC 3464, RFC 6533).
    Dsn,
    /// A mail server's notice in words alone.
    TextBounce,
    /// A feedback report (RFC 5965), or a provider's own form of one.
    Complaint,
    Autoreply,
    Challenge,
    /// Ordinary mail.
    #[default]
    NotABounce,
}

/// What became of the mail for one recipient (RFC 3464 2.3.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The only one that counts against an address.
    Failed,
    Delayed,
    Delivered,
    Relayed,
    Expanded,
}

/// A mail that came back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    pub kind: Kind,
    /// The first recipient's class, unless another one is hard; [`Class::Unknown`] without recipients in ordinary
    /// mail.
    pub class: Class,
    /// In the order of the report, without repetitions, at most `limits::RECIPIENTS_MAX`.
    pub recipients: Vec<Recipient>,
    pub hints: Hints,
    /// Of a complaint.
    pub feedback: Option<Feedback>,
    /// The Auto-Submitted field's keyword, in lower case (RFC 3834 5).
    pub auto_submitted: Option<String>,
    /// The mail's own Return-Path is empty, as a bounce's must be (RFC 5321 4.5.5).
    pub has_null_sender: bool,
}

/// What is reported of one recipient.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Recipient {
    /// The address that failed; it differs from ours after forwarding.
    pub address: Option<String>,
    /// The address that we wrote to, where the report says so (RFC 3464 2.3.1).
    pub original: Option<String>,
    pub action: Action,
    /// The enhanced code that was judged by (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
    /// The SMTP reply's code.
    pub code: Option<u16>,
    /// What the server said, on one line, at most 2 KB.
    pub reply: String,
    pub remote_mta: Option<String>,
    pub class: Class,
    pub reason: Reason,
    pub remedy: &'static str,
}

/// Where a token of ours may be found. Every value is a stranger's claim.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Hints {
    /// Addresses that the mail came to: the envelope's as Delivered-To, X-Original-To and the like, then To and Cc.
    pub delivered_to: Vec<String>,
    /// Message-IDs of the returned mail, and those that an answer refers to; without angle brackets.
    pub message_ids: Vec<String>,
    /// List-Unsubscribe fields of the returned mail, as they stand.
    pub list_unsubscribe: Vec<String>,
    /// Return-Path and such of the returned mail: the envelope sender that we gave it.
    pub returned_senders: Vec<String>,
    /// To of the returned mail.
    pub returned_to: Vec<String>,
    /// Original-Recipient and Original-Rcpt-To fields.
    pub original_recipients: Vec<String>,
    /// Original-Envelope-Id (RFC 3461 ENVID).
    pub envelope_ids: Vec<String>,
}

/// A feedback report's own fields (RFC 5965 3).
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Feedback {
    /// `abuse`, `fraud`, `opt-out`, `virus`, `not-spam`, `auth-failure`, `other`, ...; in lower case.
    pub feedback_type: String,
    /// Whether the subscription ends by it.
    pub unsubscribes: bool,
    pub source_ip: Option<String>,
    pub user_agent: Option<String>,
    pub reported_domain: Option<String>,
    /// RFC 6591: what failed, such as `dmarc`.
    pub auth_failure: Option<String>,
}

impl Recipient {
    /// Whether the address failed for good; a delay never counts.
    pub fn is_failure(&self) -> bool {
        self.action == Action::Failed
    }
}
