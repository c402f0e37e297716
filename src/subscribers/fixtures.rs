//! For tests: the letters of this room, written as they would be sent.

use super::letters::Letter;
use crate::app::fixtures::TestHouse;
use crate::db::{FromRow, Row, Sql, StoreError, args};

pub(crate) struct QueuedMail {
    pub kind: String,
    pub subject: String,
    pub text: String,
    pub html: String,
}

struct QueuedRow {
    mail: QueuedMail,
    data: Option<String>,
}

impl FromRow for QueuedRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let mail = QueuedMail {
            kind: row.get("kind")?,
            subject: row.get("subject")?,
            text: row.get("body_text")?,
            html: row.get("body_html")?,
        };
        Ok(Self { mail, data: row.get("data")? })
    }
}

/// What is in the outbox for somebody.
pub(crate) trait Letters {
    /// Mails queued to an address, oldest first.
    async fn mails_to(&self, address: &str) -> Vec<QueuedMail>;
    /// The token of the newest confirmation link mailed to an address.
    async fn confirm_token(&self, address: &str) -> String;
}

impl Letters for TestHouse {
    async fn mails_to(&self, address: &str) -> Vec<QueuedMail> {
        let mut tx = self.app.db.read().await.unwrap();
        let sql =
            Sql::both("SELECT kind, subject, body_text, body_html, data FROM outbox WHERE recipient = $1 ORDER BY id");
        let rows: Vec<QueuedRow> = tx.fetch_all(sql, args![address]).await.unwrap();
        let mut out = Vec::new();
        for row in rows {
            let mut mail = row.mail;
            if let Some(data) = row.data {
                let written = Letter::read(&data).unwrap().write(&self.app, &mut tx, None).await.unwrap();
                (mail.subject, mail.text, mail.html) = (written.subject, written.text, written.html);
            }
            out.push(mail);
        }
        out
    }

    async fn confirm_token(&self, address: &str) -> String {
        let mails = self.mails_to(address).await;
        let text = &mails.iter().rev().find(|mail| mail.kind == "confirm").expect("a confirmation").text;
        let (_, rest) = text.split_once("/confirm/").expect("a link");
        rest.split_whitespace().next().unwrap().to_owned()
    }
}
