//! `Idempotency-Key`: a request that is sent twice is carried out once (draft-ietf-httpapi-idempotency-key-header).
//!
//! It promises: of several requests with one key of one API token, one is carried out; the others get its answer, are
//! told that it is under way, or are refused because they ask for something else. It does not make a deed whole: a
//! process that dies between the deed and [`keep`] leaves the key open, and after [`UNDER_WAY_MAX`] a repetition carries
//! the deed out again. What is done under a key must therefore be harmless to repeat by itself (articles are, by their
//! permanent keys; an edition is, by its state). Held to it by the tests below and by `tests/it/gather/push.rs`.

use super::store::idempotency as store;
use super::tokens::TokenId;
use crate::app::App;
use crate::base::limits::IDEMPOTENCY_LIFE;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use serde_json::Value;

/// A request that has no answer after this time has lost its process: twice what any request may take.
pub const UNDER_WAY_MAX: Span = Span::seconds(60);
const KEY_CHARS_MAX: usize = 255;

/// A client's own name for a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyKey(String);

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an Idempotency-Key has 1 to 255 visible ASCII characters; a new UUID for each new request is right")]
pub struct BadKey;

impl IdempotencyKey {
    /// Reads the header's value; the quotes of a structured field (RFC 8941) may be there or not.
    ///
    /// # Errors
    /// [`BadKey`]
    pub fn parse(value: &str) -> Result<Self, BadKey> {
        let value = value.trim();
        let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        let is_right = (1..=KEY_CHARS_MAX).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_graphic());
        if is_right { Ok(Self(bare.to_owned())) } else { Err(BadKey) }
    }
}

/// What to do with a request that carries a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Begun {
    /// Carry it out; then [`keep`] the answer or [`release`] the key.
    Ours,
    /// It was carried out: this was the answer.
    Answered { http_status: u16, answer: String },
    /// Another request holds the key and has no answer yet.
    UnderWay,
    /// The key was used for a request that reads otherwise.
    OtherRequest,
}

/// Takes a key up, or says what became of it. `request_hash` stands for method, path and body.
///
/// # Errors
/// As the database says.
pub async fn begin(app: &App, token: TokenId, key: &IdempotencyKey, request_hash: &str) -> Result<Begun, StoreError> {
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if store::open_idempotency_key(&mut tx, now, token, &key.0, request_hash).await? == 1 {
        tx.commit().await?;
        return Ok(Begun::Ours);
    }
    // It may have been released between the two statements; the client's next try will find it free.
    let Some(row) = store::lock_idempotency_key(&mut tx, token, &key.0).await? else { return Ok(Begun::UnderWay) };
    if row.request_hash != request_hash {
        return Ok(Begun::OtherRequest);
    }
    match u16::try_from(row.http_status) {
        Ok(http_status) if http_status != 0 => return Ok(Begun::Answered { http_status, answer: row.answer }),
        _ if now.since(row.created_at) <= UNDER_WAY_MAX => return Ok(Begun::UnderWay),
        _ => {}
    }
    store::reopen_idempotency_key(&mut tx, now, token, &key.0).await?;
    tx.commit().await?;
    Ok(Begun::Ours)
}

/// Keeps the answer for repetitions.
///
/// # Errors
/// As the database says.
pub async fn keep(
    app: &App,
    token: TokenId,
    key: &IdempotencyKey,
    http_status: u16,
    answer: &str,
) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::keep_answer(&mut tx, token, &key.0, http_status, answer).await?;
    tx.commit().await
}

/// Sets a key free: nothing was done under it.
///
/// # Errors
/// As the database says.
pub async fn release(app: &App, token: TokenId, key: &IdempotencyKey) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::release_idempotency_key(&mut tx, token, &key.0).await?;
    tx.commit().await
}

/// The status of an answer that named somebody who was forgotten since.
pub const FORGOTTEN: u16 = 410;

/// Forgets the answers that name an address. That the requests were carried out stays known, so that a repetition does
/// nothing once more.
///
/// # Errors
/// As the database says.
pub async fn forget_answers(tx: &mut Tx, email: &EmailAddr) -> Result<u64, StoreError> {
    let (key, spelled) = (email.key(), email.expose().to_lowercase());
    let mut forgotten = 0;
    for row in store::list_answers_with(tx, &key, &email.expose()).await? {
        if names(&row.answer, &[&key, &spelled]) {
            forgotten += store::forget_answer(tx, &row, FORGOTTEN).await?;
        }
    }
    Ok(forgotten)
}

/// Whether an answer holds one of these addresses, in small letters, as a whole: `ana@..` does not name `na@..`.
fn names(answer: &str, addresses: &[&str]) -> bool {
    match serde_json::from_str::<Value>(answer) {
        // What is escaped in it would look like a part of the address.
        Ok(value) => is_named_in(&value, addresses),
        Err(_) => is_whole_in(answer, addresses),
    }
}

fn is_named_in(value: &Value, addresses: &[&str]) -> bool {
    match value {
        Value::String(text) => is_whole_in(text, addresses),
        Value::Array(all) => all.iter().any(|it| is_named_in(it, addresses)),
        Value::Object(all) => all.iter().any(|(name, it)| is_whole_in(name, addresses) || is_named_in(it, addresses)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn is_whole_in(text: &str, addresses: &[&str]) -> bool {
    let text = text.to_lowercase();
    let is_whole = |(at, found): (usize, &str)| {
        let (before, after) = (text.get(..at), text.get(at + found.len()..));
        !goes_on(before.unwrap_or_default().chars().rev(), "._+-") && !goes_on(after.unwrap_or_default().chars(), ".-")
    };
    addresses.iter().any(|address| text.match_indices(address).any(is_whole))
}

/// Whether letters follow that belong to the same address. In doubt they do not: one answer too many is forgotten rather
/// than one too few.
fn goes_on(beyond: impl Iterator<Item = char>, joints: &str) -> bool {
    let mut beyond = beyond.skip_while(|letter| joints.contains(*letter));
    beyond.next().is_some_and(char::is_alphanumeric)
}

/// Forgets what is older than [`IDEMPOTENCY_LIFE`].
///
/// # Errors
/// As the database says.
pub async fn prune(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    store::prune_idempotency_keys(tx, now - IDEMPOTENCY_LIFE).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;
    use crate::operators::Actor;
    use crate::operators::tokens::{self, Scope};

    async fn house() -> (TestHouse, TokenId, IdempotencyKey) {
        let house = TestHouse::open().await;
        let text = tokens::create(&house.app, Actor::Console, "cms", &[Scope::Write]).await.unwrap();
        let token = tokens::verify(&house.app, &text).await.unwrap().unwrap().id;
        (house, token, IdempotencyKey::parse("one").unwrap())
    }

    #[test]
    fn a_key_is_read_with_and_without_quotes() {
        assert_eq!(IdempotencyKey::parse(" \"8e03-1\" "), Ok(IdempotencyKey("8e03-1".to_owned())));
        assert_eq!(IdempotencyKey::parse("8e03-1"), Ok(IdempotencyKey("8e03-1".to_owned())));
        for wrong in ["", "\"\"", "a b", "caf\u{e9}", &"x".repeat(256)] {
            assert_eq!(IdempotencyKey::parse(wrong), Err(BadKey), "{wrong:?}");
        }
    }

    #[test]
    fn an_answer_names_whoever_stands_in_it_whole_and_nobody_else() {
        let named = [
            "na@a.example",
            "[\"Na@A.example\"]",
            "{\"na@a.example\":1}",
            "\"\\nna@a.example\"",
            "{\"a\":[\"<na@a.example>.\"]}",
        ];
        for answer in
            named.into_iter().chain(["?email=na@a.example&x", "_na@a.example_", "ana@a.example, na@a.example"])
        {
            assert!(names(answer, &["na@a.example"]), "{answer}");
        }
        for answer in
            ["ana@a.example", "[\"a.na@a.example\"]", "a+na@a.example", "na@a.example.org", "na@a.examples", "1"]
        {
            assert!(!names(answer, &["na@a.example"]), "{answer}");
        }
    }

    #[tokio::test]
    async fn a_repetition_gets_the_first_answer_and_another_request_none() {
        let (house, token, key) = house().await;
        let app = &house.app;
        assert_eq!(begin(app, token, &key, "a").await.unwrap(), Begun::Ours);
        assert_eq!(begin(app, token, &key, "a").await.unwrap(), Begun::UnderWay);
        assert_eq!(begin(app, token, &key, "b").await.unwrap(), Begun::OtherRequest);
        keep(app, token, &key, 201, "{}").await.unwrap();
        let answered = Begun::Answered { http_status: 201, answer: "{}".to_owned() };
        assert_eq!(begin(app, token, &key, "a").await.unwrap(), answered);
        release(app, token, &key).await.unwrap();
        assert_eq!(begin(app, token, &key, "a").await.unwrap(), answered, "what was answered is not released");
        assert_eq!(begin(app, token, &key, "b").await.unwrap(), Begun::OtherRequest);
    }

    #[tokio::test]
    async fn a_released_key_is_free_and_a_lost_one_after_a_minute() {
        let (house, token, key) = house().await;
        let app = &house.app;
        begin(app, token, &key, "a").await.unwrap();
        release(app, token, &key).await.unwrap();
        assert_eq!(begin(app, token, &key, "b").await.unwrap(), Begun::Ours);
        house.advance(UNDER_WAY_MAX);
        assert_eq!(begin(app, token, &key, "b").await.unwrap(), Begun::UnderWay);
        house.advance(Span::seconds(1));
        assert_eq!(begin(app, token, &key, "b").await.unwrap(), Begun::Ours);
        assert_eq!(begin(app, token, &key, "b").await.unwrap(), Begun::UnderWay);
    }

    #[tokio::test]
    async fn a_day_later_a_key_is_forgotten() {
        let (house, token, key) = house().await;
        begin(&house.app, token, &key, "a").await.unwrap();
        keep(&house.app, token, &key, 201, "{}").await.unwrap();
        house.advance(IDEMPOTENCY_LIFE);
        let pruned = async || {
            let mut tx = house.app.db.begin().await.unwrap();
            let pruned = prune(&mut tx, house.app.now()).await.unwrap();
            tx.commit().await.unwrap();
            pruned
        };
        assert_eq!(pruned().await, 0);
        house.advance(Span::seconds(1));
        assert_eq!(pruned().await, 1);
    }
}
