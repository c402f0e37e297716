//! Links that cannot be forged: a purpose, a number, and a keyed digest of both.
//!
//! A token is stateless, at least 128 bits strong, bound to its purpose (one that confirms cannot unsubscribe), and made
//! of letters and digits that survive mail programs that fold case or append a dot. Keys are rotated by adding one;
//! old ones keep verifying, so that an unsubscribe link works for ever (RFC 8058 section 6; CASL 11(2)). Whether a token
//! expires or was used is for the room that issued it to say.

use super::store;
use crate::base::hash::{base32, equal_in_constant_time, from_base32, from_hex, hex, hmac_sha256};
use crate::base::{Context, Random};
use crate::db::{Db, StoreError};
use std::sync::Arc;

/// What a token may be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Purpose {
    /// The number is chance; the sign-up that issued it keeps the token's hash.
    Confirm = 1,
    /// The number is a subscription.
    Unsubscribe = 2,
    /// The number is a subscription.
    Preferences = 3,
    /// The number is a delivery: the token in a Message-ID or an envelope sender.
    Delivery = 4,
    /// The number is a review link: one operator may decide about one edition.
    Review = 5,
    /// The number is the second in which a form was shown.
    Form = 6,
}

const MAC_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + 2 + 8;

/// The signing keys of this installation. Cloning shares them.
#[derive(Clone)]
pub struct Keyring(Arc<Vec<Key>>);

struct Key {
    id: i64,
    secret: Vec<u8>,
}

impl Keyring {
    /// Reads the keys; makes the first one on a new database.
    ///
    /// # Errors
    /// As the database says.
    pub async fn load(db: &Db, context: &Context) -> Result<Self, StoreError> {
        let mut rows = store::list_keys(&mut db.read().await?).await?;
        if rows.is_empty() {
            let mut tx = db.begin().await?;
            // Another process may have been first. Two first keys would be two suppression lists: fingerprints are made by it.
            store::lock_keys(&mut tx).await?;
            if store::list_keys(&mut tx).await?.is_empty() {
                store::insert_key(&mut tx, context.now(), &hex(&context.random.bytes::<32>())).await?;
            }
            tx.commit().await?;
            rows = store::list_keys(&mut db.read().await?).await?;
        }
        let keys = rows
            .into_iter()
            .map(|row| {
                let secret =
                    from_hex(&row.secret).ok_or_else(|| StoreError::Corrupt("signing_keys.secret".to_owned()))?;
                Ok(Key { id: row.id, secret })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Self(Arc::new(keys)))
    }

    /// A ring of one key, for tests that need no database.
    pub fn of_random(random: &Random) -> Self {
        Self(Arc::new(vec![Key { id: 1, secret: random.bytes::<32>().to_vec() }]))
    }

    /// 44 lower-case letters and digits.
    pub fn sign(&self, purpose: Purpose, number: i64) -> String {
        let Some(key) = self.0.last() else { return String::new() };
        let mut bytes = vec![purpose as u8];
        bytes.extend((key.id as u16).to_be_bytes());
        bytes.extend(number.to_be_bytes());
        let mac = hmac_sha256(&key.secret, &bytes);
        bytes.extend(&mac[..MAC_BYTES]);
        base32(&bytes)
    }

    /// The number in a token that this installation signed for this purpose.
    pub fn verify(&self, purpose: Purpose, token: &str) -> Option<i64> {
        let token = token.trim_end_matches(|c: char| c.is_whitespace() || ".>=,;)".contains(c));
        let bytes = from_base32(token)?;
        if bytes.len() != HEAD_BYTES + MAC_BYTES || bytes[0] != purpose as u8 {
            return None;
        }
        let (head, mac) = bytes.split_at(HEAD_BYTES);
        let key_id = i64::from(u16::from_be_bytes([head[1], head[2]]));
        let key = self.0.iter().find(|key| key.id & 0xffff == key_id)?;
        if !equal_in_constant_time(&hmac_sha256(&key.secret, head)[..MAC_BYTES], mac) {
            return None;
        }
        head[3..].try_into().ok().map(i64::from_be_bytes)
    }

    /// A keyed digest that stands for a text, by the first key: the same for ever, across rotations. For the
    /// suppression list and rate limits, where the text itself must not be kept.
    pub fn fingerprint(&self, text: &str) -> String {
        let Some(key) = self.0.first() else { return String::new() };
        hex(&hmac_sha256(&key.secret, &[b"fingerprint\0", text.as_bytes()].concat()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring() -> Keyring {
        Keyring::of_random(&Random::seeded(1))
    }

    #[test]
    fn a_token_serves_its_purpose_and_no_other() {
        let token = ring().sign(Purpose::Confirm, 42);
        assert_eq!(token.len(), 44);
        assert_eq!(ring().verify(Purpose::Confirm, &token), Some(42));
        assert_eq!(ring().verify(Purpose::Unsubscribe, &token), None);
    }

    #[test]
    fn a_token_survives_what_mail_programs_do_to_links() {
        let token = ring().sign(Purpose::Unsubscribe, i64::MAX);
        for mangled in [token.to_uppercase(), format!("{token}."), format!("{token}>"), format!("{token}=\n")] {
            assert_eq!(ring().verify(Purpose::Unsubscribe, &mangled), Some(i64::MAX), "{mangled}");
        }
    }

    #[test]
    fn old_keys_keep_verifying_and_new_ones_sign() {
        let old = ring();
        let token = old.sign(Purpose::Unsubscribe, 7);
        let rotated =
            Keyring(Arc::new(vec![Key { id: 1, secret: old.0[0].secret.clone() }, Key { id: 2, secret: vec![9; 32] }]));
        assert_eq!(rotated.verify(Purpose::Unsubscribe, &token), Some(7));
        assert_eq!(old.verify(Purpose::Unsubscribe, &rotated.sign(Purpose::Unsubscribe, 7)), None);
        assert_eq!(old.fingerprint("a"), rotated.fingerprint("a"));
    }

    proptest! {
        #[test]
        fn no_other_text_verifies(noise in "\\PC{0,60}", flip in 0usize..44, to in "[a-z2-7]") {
            prop_assert_eq!(ring().verify(Purpose::Confirm, &noise), None);
            let token = ring().sign(Purpose::Confirm, 5);
            let mut forged = token.clone();
            forged.replace_range(flip..=flip, &to);
            // The last letter carries spare bits that base32 wants to be zero.
            if forged != token {
                prop_assert_eq!(ring().verify(Purpose::Confirm, &forged), None);
            }
        }
    }
}
