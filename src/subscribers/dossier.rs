//! Everything that is kept about one person, as one JSON value: for themselves (GDPR articles 15 and 20), and for an
//! operator who was asked.
//!
//! It promises: whatever table names the person is in it, and of an address that nobody confirmed what waits; secrets of
//! ours (digests, keys) are not. Held to it by `tests/it/subscribers/personal.rs`.

use super::list::{ListError, Who};
use super::model::Subscriber;
use super::personal::{ConsentLine, at, consents};
use super::store::{people, personal, suppressions};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::operators::{Actor, Permission};
use crate::publications::{Publication, find_publication};
use serde_json::{Value, json};

/// For an operator; `None` if nothing is kept.
///
/// # Errors
/// [`ListError`]
pub async fn dossier(app: &App, actor: Actor, who: &Who) -> Result<Option<Value>, ListError> {
    actor.require(Permission::ManageSubscribers)?;
    let mut tx = app.db.read().await?;
    let found = match who {
        Who::Address(email) => people::find_subscriber_by_key(&mut tx, email).await?,
        Who::Id(id) => people::find_subscriber(&mut tx, *id).await?,
    };
    match (found, who) {
        (Some(person), _) => Ok(Some(kept_about(app, &mut tx, &person).await?)),
        (None, Who::Address(email)) => {
            let data = kept_about_address(app, &mut tx, email).await?;
            let is_empty = data.as_object().is_none_or(|it| it.values().all(|it| it.is_null() || *it == json!([])));
            Ok((!is_empty).then_some(data))
        }
        (None, Who::Id(_)) => Ok(None),
    }
}

/// What names an address, whether or not it is a reader's.
async fn kept_about_address(app: &App, tx: &mut Tx, email: &EmailAddr) -> Result<Value, StoreError> {
    let suppressed = suppressions::find(tx, app.now(), &app.keys.fingerprint(&email.key())).await?;
    Ok(json!({
        "waiting_sign_ups": personal::list_pending(tx, email).await?.iter().map(|it| json!({
            "sections": it.sections,
            "source": it.source,
            "consent_version": it.consent_version,
            "consent_text": it.consent_text,
            "form_url": it.form_url,
            "network": it.ip_prefix,
            "requested_at": it.requested_at.rfc3339(),
            "expires_at": it.expires_at.rfc3339(),
            "confirmed_at": at(it.confirmed_at),
        })).collect::<Vec<_>>(),
        "single_mails": personal::list_mails(tx, email).await?.iter().map(|it| json!({
            "kind": it.kind,
            "subject": it.subject,
            "state": it.state,
            "created_at": it.created_at.rfc3339(),
            "finished_at": at(it.finished_at),
        })).collect::<Vec<_>>(),
        "suppressed_because": suppressed,
    }))
}

pub(super) async fn kept_about(app: &App, tx: &mut Tx, person: &Subscriber) -> Result<Value, StoreError> {
    let now = app.now();
    let email = person.address()?;
    let mut subscriptions = Vec::new();
    for it in people::list_subscriptions(tx, person.id).await? {
        let publication = find_publication(tx, it.publication_id).await?;
        subscriptions.push(json!({
            "publication": publication.map(|it: Publication| it.slug),
            "state": it.state,
            "sections": it.sections,
            "time_zone": it.time_zone,
            "hour": it.hour,
            "breaking": it.breaking,
            "weekday": it.weekday,
            "stories_min": it.stories_min,
            "paused_until": at(it.paused_until),
            "created_at": it.created_at.rfc3339(),
            "changed_at": it.changed_at.rfc3339(),
            "left_at": at(it.left_at),
            "left_reason": it.left_reason,
            "left_answer": it.left_answer,
        }));
    }
    let mut data = json!({
        "made_at": now.rfc3339(),
        "subscriber": {
            "email": person.email,
            "language": person.language,
            "created_at": person.created_at.rfc3339(),
            "confirmed_at": person.confirmed_at.rfc3339(),
        },
        "subscriptions": subscriptions,
        "consents": consents(tx, person).await?.iter().map(ConsentLine::data).collect::<Vec<_>>(),
        "editions": personal::list_deliveries(tx, person.id).await?.iter().map(|it| json!({
            "edition": it.edition,
            "publication": it.publication,
            "variant": it.variant,
            "state": it.state,
            "reason": it.reason,
            "attempts": it.attempts,
            "due_at": it.next_attempt_at.rfc3339(),
            "finished_at": at(it.finished_at),
            "relay": it.relay,
            "code": it.code,
            "reply": it.reply,
        })).collect::<Vec<_>>(),
        "attempts_not_accepted": personal::list_attempts(tx, person.id).await?.iter().map(|it| json!({
            "edition": it.edition,
            "publication": it.publication,
            "number": it.number,
            "started_at": it.started_at.rfc3339(),
            "finished_at": at(it.finished_at),
            "relay": it.relay,
            "outcome": it.outcome,
            "code": it.code,
            "enhanced": it.enhanced,
            "reply": it.reply,
        })).collect::<Vec<_>>(),
        "came_back": personal::list_returns(tx, person.id).await?.iter().map(|it| json!({
            "at": it.at.rfc3339(),
            "kind": it.kind,
            "class": it.class,
            "reason": it.reason,
            "effect": it.effect,
            "edition": it.edition,
            "code": it.code,
            "enhanced": it.enhanced,
            "reply": it.reply,
        })).collect::<Vec<_>>(),
        "editions_left_out": personal::list_exclusions(tx, person.id).await?,
        "address_changes": personal::list_changes(tx, person.id).await?.iter().map(|it| json!({
            "asked_at": it.asked_at.rfc3339(),
            "expires_at": it.expires_at.rfc3339(),
            "pressed_at_the_old": at(it.old_pressed_at),
            "pressed_at_the_new": at(it.new_pressed_at),
            "stopped_at": at(it.stopped_at),
            "done_at": at(it.done_at),
        })).collect::<Vec<_>>(),
        "personal_links_asked_at":
            personal::list_links(tx, person.id).await?.into_iter().map(Timestamp::rfc3339).collect::<Vec<_>>(),
        "events": personal::list_audit(tx, person.id).await?.iter().map(|it| json!({
            "at": it.at.rfc3339(),
            "by": it.actor_kind,
            "verb": it.verb,
            "about": it.subject_kind,
            "detail": serde_json::from_str::<Value>(&it.detail).unwrap_or_default(),
        })).collect::<Vec<_>>(),
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut data, kept_about_address(app, tx, &email).await?) {
        all.extend(more);
    }
    Ok(data)
}
