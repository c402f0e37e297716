//! The newsroom's own people, their mailboxes, and a draft of Monday's evening.

use crate::harness::{Harness, Newspaper, Newsroom};
use lamplighter::db::Sql;
use lamplighter::operators::{Actor, OperatorId, Role};
use lamplighter::sink::CaughtMail;
use std::sync::Arc;

pub const EDITOR: (&str, Role) = ("ines@newsroom.example", Role::Editor);
pub const ADMIN: (&str, Role) = ("maren@newsroom.example", Role::Admin);
pub const APPROVER: (&str, Role) = ("tova@newsroom.example", Role::Approver);
pub const VIEWER: (&str, Role) = ("odo@newsroom.example", Role::Viewer);

const INSERT: Sql = Sql::both(
    "INSERT INTO operators (email, email_key, name, role, password_hash, created_at) VALUES ($1, $1, $1, $2, '', 0)
     RETURNING id AS value",
);

/// An account that nobody logs in to: its password need not be hashed.
pub async fn operator(t: &Harness, (address, role): (&str, Role)) -> Actor {
    let mut tx = t.db().begin().await.unwrap();
    let id: i64 = tx.fetch_value(INSERT, vec![address.into(), role.into()]).await.unwrap();
    tx.commit().await.unwrap();
    Actor::Operator { id: OperatorId(id), role }
}

/// A reader, a story, and Monday's edition just drafted.
pub async fn drafted(t: &Harness, keys: &str) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).with(keys)).await;
    t.subscribe("ada@readers.example").await;
    paper.publish("Harbour opens");
    t.go_to("2026-11-23 17:58").await;
    t.live_until("2026-11-23 18:01").await;
    paper
}

/// What lies in the mailbox of one of the newsroom's people, the oldest first.
pub fn mails(t: &Harness, (address, _): (&str, Role)) -> Vec<Arc<CaughtMail>> {
    t.sink.mails_to(address)
}

/// How often a mail of this subject came.
pub fn told(t: &Harness, whom: (&str, Role), subject: &str) -> usize {
    mails(t, whom).iter().filter(|mail| mail.subject.contains(subject)).count()
}
