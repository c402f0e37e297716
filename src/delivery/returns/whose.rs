//! Whose mail came back: the tokens of ours in it.
//!
//! Only a token proves anything: whoever can name one has had the mail. They are tried in the order of how surely they
//! speak of the very mail: the address that the answer went to (VERP), the envelope sender and Message-ID of the mail
//! that was returned, its List-Unsubscribe. Addresses prove nothing and are not looked at: a forged notice about a
//! reader must not end anything. Held to it by the tests here and `tests/it/returns/`.

use super::model::Proof;
use crate::app::{Keyring, Purpose};
use crate::bounces::Hints;
use crate::delivery::model::DeliveryId;
use crate::mail::outbox::OutboxId;

/// What a token of ours stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Claimed {
    Delivery(DeliveryId),
    /// A single mail.
    Single(OutboxId),
    /// A subscription, by its number.
    Subscription(i64),
}

/// Before the token in an envelope sender of ours.
pub const VERP_MARK: &str = "b-";
const TOKEN_CHARS: usize = 44;
/// Tokens tried of one mail.
const TRIED_MAX: usize = 200;
/// Tokens of ours that are followed.
const FOUND_MAX: usize = 5;

/// The tokens of ours among these, the surest first, each once. The first may lead to nobody any more.
pub fn find_all(keys: &Keyring, hints: &Hints) -> Vec<(Proof, Claimed)> {
    let senders = hints.delivered_to.iter().chain(&hints.returned_senders).map(|it| (Proof::Sender, it));
    let ids = hints.message_ids.iter().map(|it| (Proof::MessageId, it));
    let mails = senders.chain(ids).filter_map(|(proof, value)| Some((proof, local_part(value)?)));
    // ENVID of a mail, and what a mail service passes on of what we gave it.
    let given = hints.envelope_ids.iter().flat_map(|id| words(id)).map(|token| (Proof::MessageId, token));
    let mails = mails.chain(given).take(TRIED_MAX);
    let mails = mails.filter_map(|(proof, token)| Some((proof, mail_of(keys, token)?)));
    let fields = hints.list_unsubscribe.iter().flat_map(|field| words(field)).take(TRIED_MAX);
    let links = fields.filter_map(|token| keys.verify(Purpose::Unsubscribe, token));
    let links = links.map(|number| (Proof::ListUnsubscribe, Claimed::Subscription(number)));
    let mut all: Vec<(Proof, Claimed)> = Vec::new();
    for found in mails.chain(links) {
        if all.len() < FOUND_MAX && !all.iter().any(|(_, known)| *known == found.1) {
            all.push(found);
        }
    }
    all
}

/// Whether mail may come to this address: one of our envelope senders, or one to leave by.
pub fn is_ours(keys: &Keyring, address: &str) -> bool {
    let Some(local) = local_part(address) else { return false };
    mail_of(keys, local).is_some() || words(local).any(|token| keys.verify(Purpose::Unsubscribe, token).is_some())
}

fn mail_of(keys: &Keyring, token: &str) -> Option<Claimed> {
    let delivery = || keys.verify(Purpose::Delivery, token).map(|number| Claimed::Delivery(DeliveryId(number)));
    let single = || keys.verify(Purpose::Single, token).map(|number| Claimed::Single(OutboxId(number)));
    delivery().or_else(single)
}

/// Without the mark that an envelope sender begins with; some hosts fold its case.
fn local_part(address: &str) -> Option<&str> {
    let (local, _) = address.trim().trim_start_matches('<').rsplit_once('@')?;
    let is_marked = local.get(..VERP_MARK.len()).is_some_and(|mark| mark.eq_ignore_ascii_case(VERP_MARK));
    Some(if is_marked { local.get(VERP_MARK.len()..).unwrap_or_default() } else { local })
}

/// Whatever is as long as a token.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| word.len() == TOKEN_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Random;
    use proptest::prelude::*;

    fn keys() -> Keyring {
        Keyring::of_random(&Random::seeded(1))
    }

    fn hints(to: &[&str], ids: &[&str], unsubscribe: &[&str]) -> Hints {
        let own = |list: &[&str]| list.iter().map(|it| (*it).to_owned()).collect();
        Hints { delivered_to: own(to), message_ids: own(ids), list_unsubscribe: own(unsubscribe), ..Hints::default() }
    }

    #[test]
    fn the_address_that_the_answer_went_to_speaks_before_what_it_returns() {
        let keys = keys();
        let delivery = |number| keys.sign(Purpose::Delivery, number);
        let to = format!("b-{}@bounces.news.example", delivery(7));
        let id = format!("{}@news.example", delivery(8));
        let leave = format!("<https://news.example/unsubscribe/{}>", keys.sign(Purpose::Unsubscribe, 9));
        let found =
            |to: &[&str], ids: &[&str], leave: &[&str]| find_all(&keys, &hints(to, ids, leave)).first().copied();
        let seven = Some((Proof::Sender, Claimed::Delivery(DeliveryId(7))));
        assert_eq!(found(&["x@y.example", &to], &[&id], &[&leave]), seven);
        assert_eq!(found(&[&to.to_uppercase()], &[], &[]), seven, "some hosts fold case");
        assert_eq!(found(&[], &[&id], &[&leave]), Some((Proof::MessageId, Claimed::Delivery(DeliveryId(8)))));
        assert_eq!(found(&[], &[], &[&leave]), Some((Proof::ListUnsubscribe, Claimed::Subscription(9))));
        let single = format!("b-{}@bounces.news.example", keys.sign(Purpose::Single, 3));
        assert_eq!(found(&[&single], &[], &[]), Some((Proof::Sender, Claimed::Single(OutboxId(3)))));
        let all = find_all(&keys, &hints(&[&to, &to], &[&id], &[&leave]));
        assert_eq!(
            all.iter().map(|(proof, _)| *proof).collect::<Vec<_>>(),
            [Proof::Sender, Proof::MessageId, Proof::ListUnsubscribe]
        );
    }

    #[test]
    fn a_token_serves_in_no_other_place() {
        let keys = keys();
        let leave = keys.sign(Purpose::Unsubscribe, 9);
        let confirm = keys.sign(Purpose::Confirm, 9);
        for wrong in [&leave, &confirm] {
            assert_eq!(find_all(&keys, &hints(&[&format!("b-{wrong}@x.example")], &[], &[])), []);
        }
        let delivery = keys.sign(Purpose::Delivery, 7);
        assert_eq!(find_all(&keys, &hints(&[], &[], &[&format!("<https://x.example/{delivery}>")])), []);
        assert!(is_ours(&keys, &format!("unsubscribe+{leave}@bounces.news.example")));
        assert!(is_ours(&keys, &format!("B-{delivery}@bounces.news.example")));
        assert!(!is_ours(&keys, "postmaster@bounces.news.example") && !is_ours(&keys, "nobody"));
    }

    proptest! {
        #[test]
        fn no_stranger_text_is_ours(text in "\\PC{0,120}") {
            prop_assert_eq!(find_all(&keys(), &hints(&[&text], &[&text], &[&text])), []);
            prop_assert!(!is_ours(&keys(), &text));
        }
    }
}
