//! From sign-ups that passed every check to what they leave: a pending row each, and the one mail an address may have.

use super::desk::{Desk, Hourly};
use super::gate::Verdict;
use super::{Wish, token_hash};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::mail::outbox::{self, LaterMail};
use crate::publications::PublicationId;
use crate::subscribers::letters::Letter;
use crate::subscribers::model::Consent;
use crate::subscribers::store::joining::{self, PendingRow};
use crate::subscribers::store::sections_json;
use std::collections::BTreeMap;

/// A checked sign-up.
pub(in crate::subscribers) struct Wanted {
    pub email: EmailAddr,
    pub wish: Wish,
    pub given: Consent,
    pub hourly: Hourly,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::subscribers) enum Owed {
    Mail,
    /// The sign-up is kept; its mail goes when the limits let it.
    Later,
    /// The address may not be mailed, or not again now.
    Nothing,
}

/// Writes what sign-ups leave, in their order: pending rows and letters. Every lookup is made for every address.
pub(in crate::subscribers) async fn owe(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    wanted: &[Wanted],
) -> Result<Vec<Owed>, StoreError> {
    let asked: Vec<(&EmailAddr, PublicationId)> =
        wanted.iter().map(|it| (&it.email, it.given.publication_id)).collect();
    let mut desk = Desk::open(app, tx, now, &asked).await?;
    let expires_at = now + Span::hours(i64::from(app.config.limits.confirm_link_hours));
    let mut pending: BTreeMap<(PublicationId, String), PendingRow> = BTreeMap::new();
    let mut letters: Vec<LaterMail> = Vec::new();
    let mut owed = Vec::with_capacity(wanted.len());
    for (place, it) in wanted.iter().enumerate() {
        let number = i64::from_be_bytes(app.context.random.bytes());
        let publication = it.given.publication_id;
        let verdict = desk.judge(place, it.hourly);
        let letter = match verdict {
            Verdict::Confirmation => Some(Letter::confirm(publication, &it.wish.language, number)),
            Verdict::AlreadySubscribed(subscription) => {
                Some(Letter::already_subscribed(publication, &it.wish.language, subscription.0))
            }
            Verdict::Later | Verdict::Nothing => None,
        };
        let to = match verdict {
            Verdict::AlreadySubscribed(_) => desk.stored_address(place).unwrap_or(&it.email),
            _ => &it.email,
        };
        if let Some(letter) = letter {
            letters.push(letter.asked_by(it.given.source).to(to, expires_at));
            desk.count(place);
        }
        if matches!(verdict, Verdict::Confirmation | Verdict::Later) {
            let mailed = verdict == Verdict::Confirmation;
            let key = (publication, it.email.key());
            // Typed twice within one batch: what was mailed stays as it is.
            if mailed || !pending.get(&key).is_some_and(|earlier| earlier.mailed) {
                pending.insert(key, pending_row(it, &token_hash(number), mailed));
            }
        }
        owed.push(match verdict {
            Verdict::Confirmation | Verdict::AlreadySubscribed(_) => Owed::Mail,
            Verdict::Later => Owed::Later,
            Verdict::Nothing => Owed::Nothing,
        });
    }
    let pending: Vec<PendingRow> = pending.into_values().collect();
    joining::upsert_pending(tx, now, expires_at, &pending).await?;
    outbox::enqueue_later(tx, now, &letters).await?;
    desk.close(tx).await?;
    Ok(owed)
}

fn pending_row(it: &Wanted, token_hash: &str, mailed: bool) -> PendingRow {
    PendingRow {
        publication: it.given.publication_id,
        email: it.email.expose(),
        key: it.email.key(),
        sections: sections_json(it.wish.sections.as_deref()),
        time_zone: it.wish.time_zone.clone(),
        hour: it.wish.hour,
        breaking: it.wish.breaking,
        language: it.wish.language.clone(),
        source: it.given.source,
        token_hash: token_hash.to_owned(),
        consent_version: it.given.text_version.clone(),
        consent_text: it.given.text.clone(),
        form_url: it.given.form_url.clone(),
        ip_prefix: it.given.ip_prefix.clone(),
        mailed,
    }
}
