//! Links that cannot be forged: a purpose, a number, and a keyed digest of both.
//!
//! A token is stateless, at least 128 bits strong, bound to its purpose (one that confirms cannot unsubscribe), and made
//! of letters and digits that survive mail programs that fold case or append a dot. Keys are rotated by adding one;
//! old ones keep verifying, so that an unsubscribe link works for ever (RFC 8058 section 6; CASL 11(2)). A new key signs
//! once every process has had the time to read it ([`KEY_REST`]): a process reads the keys at its start and every
//! [`KEYS_EVERY`]. Whether a token expires or was used is for the room that issued it to say.

use super::store;
use crate::base::hash::{MacKey, base32, equal_in_constant_time, from_base32, from_hex, hex};
use crate::base::{Context, Random, Span, Timestamp};
use crate::db::{Db, StoreError, Tx};
use std::sync::{Arc, PoisonError, RwLock};

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
    /// The number is a change of address; pressed at the new one.
    NewAddress = 16,
    /// The number is a change of address; pressed at the old one.
    OldAddress = 17,
    /// The number is a link to somebody's own data.
    Personal = 18,
    /// The number is a single mail of the outbox: the token in its envelope sender.
    Single = 19,
    /// The number is an operator: a browser in which that person has logged in before.
    KnownBrowser = 20,
}

const MAC_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + 2 + 8;

/// A new key signs nothing for this long.
pub const KEY_REST: Span = Span::minutes(2);
/// How often a running process reads the keys.
pub const KEYS_EVERY: Span = Span::seconds(30);
const _: () = assert!(KEYS_EVERY.as_micros() * 2 <= KEY_REST.as_micros());

/// The signing keys of this installation. Cloning shares them.
#[derive(Clone)]
pub struct Keyring(Arc<RwLock<Arc<Ring>>>);

struct Ring {
    /// The oldest first; the first makes the fingerprints.
    keys: Vec<Key>,
    /// Which of them signs.
    signer: usize,
}

struct Key {
    id: i64,
    secret: MacKey,
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
        let ring = Ring::of(rows, context.now())?;
        Ok(Self(Arc::new(RwLock::new(Arc::new(ring)))))
    }

    /// Reads the keys anew: one may have been added by another process.
    ///
    /// # Errors
    /// As the database says; the keys stay as they were then.
    pub async fn reload(&self, db: &Db, now: Timestamp) -> Result<(), StoreError> {
        let rows = store::list_keys(&mut db.read().await?).await?;
        let ring = Arc::new(Ring::of(rows, now)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// A ring of one key, for tests that need no database.
    pub fn of_random(random: &Random) -> Self {
        let keys = vec![Key { id: 1, secret: MacKey::new(&random.bytes::<32>()) }];
        Self(Arc::new(RwLock::new(Arc::new(Ring { keys, signer: 0 }))))
    }

    /// The number of the key that signs now.
    pub fn signer(&self) -> Option<i64> {
        let ring = self.ring();
        ring.keys.get(ring.signer).map(|key| key.id)
    }

    /// 44 lower-case letters and digits.
    pub fn sign(&self, purpose: Purpose, number: i64) -> String {
        let ring = self.ring();
        let Some(key) = ring.keys.get(ring.signer) else { return String::new() };
        let mut bytes = vec![purpose as u8];
        bytes.extend((key.id as u16).to_be_bytes());
        bytes.extend(number.to_be_bytes());
        let mac = key.secret.sign(&[&bytes]);
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
        let ring = self.ring();
        let key = ring.keys.iter().find(|key| key.id & 0xffff == key_id)?;
        if !equal_in_constant_time(&key.secret.sign(&[head])[..MAC_BYTES], mac) {
            return None;
        }
        head[3..].try_into().ok().map(i64::from_be_bytes)
    }

    /// A keyed digest that stands for a text, by the first key: the same for ever, across rotations. For the
    /// suppression list and rate limits, where the text itself must not be kept.
    pub fn fingerprint(&self, text: &str) -> String {
        let ring = self.ring();
        let Some(key) = ring.keys.first() else { return String::new() };
        hex(&key.secret.sign(&[b"fingerprint\0", text.as_bytes()]))
    }
}

impl Ring {
    fn of(rows: Vec<store::KeyRow>, now: Timestamp) -> Result<Self, StoreError> {
        // The newest that has rested; the first ever has nobody to wait for.
        let signer = rows.iter().rposition(|row| row.created_at + KEY_REST <= now).unwrap_or(0);
        let keys = rows
            .into_iter()
            .map(|row| {
                let secret =
                    from_hex(&row.secret).ok_or_else(|| StoreError::Corrupt("signing_keys.secret".to_owned()))?;
                Ok(Key { id: row.id, secret: MacKey::new(&secret) })
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Self { keys, signer })
    }
}

/// Adds a key in the transaction of whoever asked for it; answers its number.
///
/// # Errors
/// As the database says.
pub async fn add_key(tx: &mut Tx, context: &Context) -> Result<i64, StoreError> {
    store::insert_key(tx, context.now(), &hex(&context.random.bytes::<32>())).await
}

/// A key without its secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct KeyLine {
    pub id: i64,
    pub created_at: Timestamp,
    /// The one that signs new links; all of them verify.
    pub signs: bool,
}

/// The keys, the oldest first.
///
/// # Errors
/// As the database says.
pub async fn list_keys(tx: &mut Tx, now: Timestamp) -> Result<Vec<KeyLine>, StoreError> {
    let rows = store::list_keys(tx).await?;
    let signer = rows.iter().rposition(|row| row.created_at + KEY_REST <= now).unwrap_or(0);
    let line =
        |(n, row): (usize, store::KeyRow)| KeyLine { id: row.id, created_at: row.created_at, signs: n == signer };
    Ok(rows.into_iter().enumerate().map(line).collect())
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
        let keys = vec![
            Key { id: 1, secret: old.ring().keys[0].secret.clone() },
            Key { id: 2, secret: MacKey::new(&[9; 32]) },
        ];
        let rotated = Keyring(Arc::new(RwLock::new(Arc::new(Ring { keys, signer: 1 }))));
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
