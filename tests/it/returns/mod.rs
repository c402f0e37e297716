//! Mail that comes back, from the editions that were really sent to what follows for their readers: requirements V and F.

mod blocks;
mod bounces;
mod complaints;
mod doors;
mod figures;
mod forged;
mod hooks;
mod refusals;
mod soft;

use crate::harness::{Harness, Newspaper, Newsroom};
use lamplighter::bounces::Report;
use lamplighter::config::GroupConfig;
use lamplighter::delivery::returns::{
    Effect, Ingested, Proof, Recorded, ReturnFilter, ReturnLine, Via, ingest, list_returns,
};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::sink::CaughtMail;
use lamplighter::subscribers::{self, MailEnvelope, SubscriptionState, SuppressionReason, Who};
use std::sync::Arc;

const ADA: &str = "ada@readers.example";
const BEN: &str = "ben@readers.example";

/// A paper with these readers.
async fn newsroom(t: &Harness, readers: &[&str]) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    for reader in readers {
        t.subscribe(reader).await;
    }
    paper
}

/// With one provider of a name of its own, `harbour`.
async fn with_provider(t: Harness) -> Harness {
    let harbour: GroupConfig = serde_json::from_value(serde_json::json!({
        "name": "harbour", "domains": ["harbour.example"],
    }))
    .expect("a group");
    t.restart_with(|config| config.groups.push(harbour)).await
}

/// An evening with one story.
async fn evening(t: &Harness, paper: &Newspaper, date: &str) {
    paper.publish_in("World", &format!("News of {date}"));
    t.evening(date).await;
}

/// The latest edition that the relay took for a reader.
fn edition_of(t: &Harness, reader: &str) -> Arc<CaughtMail> {
    let mails = t.editions_mailed();
    mails.into_iter().rfind(|mail| mail.envelope_to == [reader]).expect("the edition was mailed")
}

/// A notice of Postfix's form about one recipient (RFC 3464).
fn notice(recipient: &str, action: &str, status: &str, said: &str, returned: &str) -> String {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"frontier\"\r\n\r\n\
         --frontier\r\nContent-Type: text/plain\r\n\r\nThis is the mail system at host mx.example.\r\n\r\n<{recipient}>: {said}\r\n\
         --frontier\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {said}\r\n\
         --frontier\r\nContent-Type: text/rfc822-headers\r\n\r\n{returned}\r\n--frontier--\r\n"
    )
}

fn unknown_user(recipient: &str) -> String {
    notice(recipient, "failed", "5.1.1", "550 5.1.1 User unknown", "Subject: x")
}

fn mailbox_full(recipient: &str) -> String {
    notice(recipient, "failed", "5.2.2", "552 5.2.2 mailbox full", "Subject: x")
}

/// A complaint (RFC 5965) that returns this mail's head.
fn complaint(kind: &str, returned: &str) -> String {
    format!(
        "From: feedback@isp.example\r\nTo: abuse@news.example\r\nSubject: FW: Evening\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"frontier\"\r\n\r\n\
         --frontier\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n\
         --frontier\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nUser-Agent: Loop/1.0\r\nVersion: 1\r\n\
         --frontier\r\nContent-Type: message/rfc822\r\n\r\n{returned}\r\n\r\nbody\r\n--frontier--\r\n"
    )
}

/// The head of a mail as a provider returns it: without the recipient.
fn redacted_head(mail: &CaughtMail) -> String {
    let raw = String::from_utf8_lossy(&mail.raw);
    let (head, _) = raw.split_once("\r\n\r\n").expect("a head");
    let mut kept = String::new();
    let mut is_to = false;
    for line in head.split_inclusive("\r\n") {
        is_to = if line.starts_with([' ', '\t']) { is_to } else { line.to_ascii_lowercase().starts_with("to:") };
        kept.push_str(if is_to { "" } else { line });
    }
    format!("To: redacted@isp.example\r\n{kept}")
}

impl Harness {
    /// A mail server hands it in, for the address it came to.
    async fn comes_back(&self, mail: &str, to: &str) -> Ingested {
        let envelope = MailEnvelope { from: Some(""), to: &[to] };
        ingest(&self.app, Via::Lmtp, mail.as_bytes(), envelope).await.expect("the database answers")
    }

    /// A notice to the envelope sender of the latest edition of a reader.
    async fn bounces(&self, reader: &str, notice: &str) -> Effect {
        let sender = edition_of(self, reader).envelope_from.clone();
        effect(&self.comes_back(notice, &sender).await)
    }

    async fn is_active(&self, reader: &str) -> bool {
        let who = Who::Address(EmailAddr::parse(reader).unwrap());
        let found = subscribers::show(&self.app, Actor::Console, &who).await.unwrap().expect("the reader is known");
        found.subscriptions.iter().any(|it| it.state == SubscriptionState::Active)
    }

    async fn suppressed(&self, reader: &str) -> Option<SuppressionReason> {
        let email = EmailAddr::parse(reader).unwrap();
        let mut tx = self.db().read().await.unwrap();
        subscribers::find_suppression(&self.app, &mut tx, &email).await.unwrap()
    }

    /// All that came back, the newest first.
    async fn came_back(&self) -> Vec<ReturnLine> {
        let filter = ReturnFilter { limit: 1_000, ..ReturnFilter::default() };
        list_returns(&self.app, Actor::Console, &filter).await.unwrap()
    }
}

fn effect(done: &Ingested) -> Effect {
    match done {
        Ingested::Returned { recorded: Recorded::New(effect), .. } => *effect,
        other => panic!("not something new that came back: {other:?}"),
    }
}

fn report(done: &Ingested) -> (&Report, Proof) {
    match done {
        Ingested::Returned { report, proof, .. } => (report, *proof),
        other => panic!("not something that came back: {other:?}"),
    }
}
