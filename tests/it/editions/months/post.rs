//! The second ledger: what the relay took, beside what the service says it sent.

use super::world::Reader;
use crate::harness::Harness;
use lamplighter::app::Purpose;
use lamplighter::sink::CaughtMail;
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Post {
    /// Copies that the relay took, by delivery.
    copies: BTreeMap<i64, i64>,
    pub mails: usize,
}

impl Post {
    /// Empties the mailboxes into the ledger. Whoever is gone by now was gone before anything here was sent.
    pub fn collect(&mut self, t: &Harness, readers: &[Reader], lived: &[String]) {
        let mails = t.sink.mails();
        t.sink.clear_mails();
        for mail in mails.iter().filter(|mail| mail.header("List-Unsubscribe").is_some()) {
            self.mails += 1;
            let id = delivery_of(t, mail);
            *self.copies.entry(id).or_default() += 1;
            assert!(!mail.html.trim().is_empty() && !mail.text.trim().is_empty(), "an empty mail: {:?}", mail.subject);
            let list = mail.header("List-Id").expect("an edition names its list");
            let gone = readers.iter().find(|it| {
                it.is_gone && mail.envelope_to.contains(&it.address) && list.contains(&format!("<{}.", it.slug))
            });
            assert!(
                gone.is_none(),
                "{gone:?} got a mail after leaving, at {:?}\n{}",
                mail.received_at,
                lived.join("\n")
            );
        }
    }

    pub fn copies(&self, delivery: i64) -> i64 {
        self.copies.get(&delivery).copied().unwrap_or(0)
    }
}

/// The Message-ID names the delivery, signed.
fn delivery_of(t: &Harness, mail: &CaughtMail) -> i64 {
    let token = mail.message_id.split('@').next().expect("a Message-ID has an @");
    t.app.keys.verify(Purpose::Delivery, token).expect("the Message-ID is ours")
}
