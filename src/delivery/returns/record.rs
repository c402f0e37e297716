//! What follows from something that came back, in one transaction with its being kept.
//!
//! Promises: told twice is told once; only what is proved to be about a mail of ours changes anything; what is ours to
//! mend (a block, a message that is refused) never touches the reader; a reader who has confirmed or changed the address
//! since that mail went out is left alone; no address is kept. Held to it by the tests here and `tests/it/returns/`.

use super::model::{About, Effect, Mailed, Proof, Recorded, ReturnKind, Told, class_word};
use super::{soft, store, watch};
use crate::app::App;
use crate::base::Timestamp;
use crate::bounces::Class;
use crate::db::{StoreError, Tx};
use crate::delivery::masking;
use crate::delivery::rates::{self, Groups};
use crate::mail::EmailAddr;
use crate::operators::Actor;
use crate::subscribers::{self, Subscriber, SuppressionReason};

/// Of what was said.
const REPLY_BYTES_MAX: usize = 1_000;

/// Keeps it and does what follows.
///
/// # Errors
/// As the database says; nothing was done then if the transaction is dropped.
pub async fn record(app: &App, tx: &mut Tx, now: Timestamp, mut told: Told) -> Result<Recorded, StoreError> {
    let person = match told.about.subscriber() {
        Some(id) => subscribers::find_reader(tx, id).await?,
        None => None,
    };
    let email = person.as_ref().map(Subscriber::address).transpose()?;
    if let Some(email) = &email {
        email.domain().clone_into(&mut told.domain);
    }
    told.reply = kept(&told.reply, email.as_ref());
    let group = group_of(app, tx, &told).await?;
    let is_outdated = match (&person, told.about.delivery()) {
        (Some(person), Some(mailed)) => is_outdated(tx, person, mailed).await?,
        _ => false,
    };
    let effect = decide(&told, person.is_some(), is_outdated);
    let key = key(&told, now);
    if store::insert(tx, now, &key, &told, &group, effect).await? == 0 {
        return Ok(Recorded::Again);
    }
    let mut done = effect;
    if let (Some(person), Some(email)) = (&person, &email) {
        match effect {
            Effect::Suppressed => suppress(app, tx, now, email, person, told.class).await?,
            Effect::Counted => {
                if let Some(mailed) = told.about.delivery()
                    && is_over(tx, person, mailed).await?
                {
                    suppress(app, tx, now, email, person, told.class).await?;
                    store::set_effect(tx, &key, Effect::Suppressed).await?;
                    done = Effect::Suppressed;
                }
            }
            Effect::Noted | Effect::Outdated | Effect::Unproved => {}
        }
    }
    if told.proof != Proof::None {
        count_for_the_brake(tx, now, &told, &group).await?;
        if told.class == Class::Block {
            watch::look_at_blocks(app, tx, now, &group, &told).await?;
        }
    }
    tracing::info!(
        via = told.via.as_str(),
        kind = told.kind.as_str(),
        class = class_word(told.class),
        group,
        subscriber = told.about.subscriber().map(|it| it.0),
        effect = done.as_str(),
        "something came back"
    );
    Ok(Recorded::New(done))
}

/// What follows, by what is known of it. Pure.
fn decide(told: &Told, is_there: bool, is_outdated: bool) -> Effect {
    if told.proof == Proof::None {
        return Effect::Unproved;
    }
    let acts = match (told.class, told.kind) {
        (_, ReturnKind::Delay | ReturnKind::Autoreply | ReturnKind::Challenge) => Effect::Noted,
        (Class::Hard | Class::Complaint, _) => Effect::Suppressed,
        // A streak is one of editions.
        (Class::Soft, _) if told.about.delivery().is_some() => Effect::Counted,
        _ => Effect::Noted,
    };
    let is_about_somebody = told.about != About::Nobody;
    match acts {
        Effect::Noted => Effect::Noted,
        _ if !is_about_somebody => Effect::Noted,
        _ if !is_there => Effect::Outdated,
        // Who complains wants no mail, whichever it was about.
        _ if is_outdated && told.class != Class::Complaint => Effect::Outdated,
        acts => acts,
    }
}

/// One for each delivery and kind of outcome; a reader of whom we know no mail has one a day.
fn key(told: &Told, now: Timestamp) -> String {
    let outcome = match told.kind {
        ReturnKind::Refusal | ReturnKind::Bounce => class_word(told.class),
        ReturnKind::Complaint if told.class != Class::Complaint => "report".to_owned(),
        kind => kind.as_str().to_owned(),
    };
    match told.about {
        About::Delivery(mailed) => format!("delivery:{}:{outcome}", mailed.id),
        About::Reader(id) => format!("reader:{id}:{outcome}:{}", now.as_seconds().div_euclid(86_400)),
        About::Nobody => format!("{}:{}", told.via, told.digest),
    }
}

async fn group_of(app: &App, tx: &mut Tx, told: &Told) -> Result<String, StoreError> {
    if let Some(mailed) = told.about.delivery()
        && let Some(group) = store::find_group(tx, mailed.id).await?
    {
        return Ok(group);
    }
    Ok(Groups::new(&app.config).group_of(&told.domain).to_owned())
}

/// The reader has proved since then that the address lives, or has another one.
async fn is_outdated(tx: &mut Tx, person: &Subscriber, mailed: Mailed) -> Result<bool, StoreError> {
    Ok(person.confirmed_at > mailed.mailed_at || store::has_changed_since(tx, person.id, mailed.mailed_at).await?)
}

/// One more passing failure; answers whether it was one too many.
async fn is_over(tx: &mut Tx, person: &Subscriber, mailed: Mailed) -> Result<bool, StoreError> {
    // Whoever signed up anew begins anew.
    let known = store::find_streak(tx, person.id).await?.filter(|it| it.last_at >= person.confirmed_at);
    let was_reached = match &known {
        Some(known) => store::was_reached(tx, person.id, known.last_edition_id, mailed.edition_id).await?,
        None => false,
    };
    match soft::judge(known, mailed.edition_id, mailed.mailed_at, was_reached) {
        soft::Verdict::Goes(streak) => {
            store::upsert_streak(tx, person.id, &streak).await?;
            Ok(false)
        }
        soft::Verdict::Suppress(_) => Ok(true),
    }
}

async fn suppress(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    email: &EmailAddr,
    person: &Subscriber,
    class: Class,
) -> Result<(), StoreError> {
    let reason = if class == Class::Complaint { SuppressionReason::Complaint } else { SuppressionReason::HardBounce };
    subscribers::suppress_in(app, tx, now, Actor::System, email, reason).await?;
    store::delete_streak(tx, person.id).await
}

/// A run that is still on its way is judged by what comes back meanwhile, too. Refusals were counted when they were heard.
async fn count_for_the_brake(tx: &mut Tx, now: Timestamp, told: &Told, group: &str) -> Result<(), StoreError> {
    let Some(mailed) = told.about.delivery() else { return Ok(()) };
    let is_news = matches!(told.kind, ReturnKind::Bounce | ReturnKind::Complaint);
    let mut counts = rates::Counts::default();
    match told.class {
        Class::Hard => counts.hard = 1,
        Class::Block => counts.policy = 1,
        Class::Complaint => counts.complaints = 1,
        _ => return Ok(()),
    }
    if is_news {
        rates::count_returned(tx, now, mailed.edition_id, group, counts).await?;
    }
    Ok(())
}

/// Without addresses, the reader's in whatever spelling.
fn kept(reply: &str, reader: Option<&EmailAddr>) -> String {
    let words = masking::of_nobody(&masking::without_reader(reply, reader));
    let end = words.floor_char_boundary(REPLY_BYTES_MAX);
    words.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::model::Via;
    use super::*;
    use crate::bounces::Reason;
    use crate::delivery::model::DeliveryId;
    use crate::editions::EditionId;
    use crate::subscribers::SubscriberId;

    fn told(class: Class, kind: ReturnKind, proof: Proof) -> Told {
        let mailed = Mailed {
            id: DeliveryId(1),
            edition_id: EditionId(2),
            subscriber_id: SubscriberId(3),
            mailed_at: Timestamp::from_seconds(1),
        };
        Told {
            via: Via::Lmtp,
            kind,
            class,
            reason: Reason::Undetermined,
            proof,
            about: About::Delivery(mailed),
            domain: "a.example".to_owned(),
            code: None,
            enhanced: None,
            reply: String::new(),
            remote_mta: None,
            digest: "d".to_owned(),
        }
    }

    #[test]
    fn what_is_not_proved_changes_nothing_whatever_it_says() {
        for class in [Class::Hard, Class::Soft, Class::Complaint, Class::Block] {
            let it = told(class, ReturnKind::Bounce, Proof::None);
            assert_eq!(decide(&it, true, false), Effect::Unproved);
        }
    }

    #[test]
    fn what_is_ours_to_mend_never_touches_the_reader() {
        for class in [Class::Block, Class::Policy, Class::Unknown, Class::Autoreply, Class::Challenge] {
            assert_eq!(
                decide(&told(class, ReturnKind::Bounce, Proof::Sender), true, false),
                Effect::Noted,
                "{class:?}"
            );
        }
        for kind in [ReturnKind::Delay, ReturnKind::Autoreply, ReturnKind::Challenge] {
            assert_eq!(decide(&told(Class::Hard, kind, Proof::Sender), true, false), Effect::Noted, "{kind}");
        }
    }

    #[test]
    fn a_dead_address_and_a_complaint_end_it_and_a_passing_failure_is_counted() {
        let decided = |class, kind| decide(&told(class, kind, Proof::Sender), true, false);
        assert_eq!(decided(Class::Hard, ReturnKind::Bounce), Effect::Suppressed);
        assert_eq!(decided(Class::Hard, ReturnKind::Refusal), Effect::Suppressed);
        assert_eq!(decided(Class::Complaint, ReturnKind::Complaint), Effect::Suppressed);
        assert_eq!(decided(Class::Soft, ReturnKind::Bounce), Effect::Counted);
    }

    #[test]
    fn old_news_end_nothing_but_an_old_complaint_does() {
        let decided = |class| decide(&told(class, ReturnKind::Bounce, Proof::Sender), true, true);
        assert_eq!((decided(Class::Hard), decided(Class::Soft)), (Effect::Outdated, Effect::Outdated));
        assert_eq!(decided(Class::Complaint), Effect::Suppressed);
        assert_eq!(
            decide(&told(Class::Complaint, ReturnKind::Complaint, Proof::Sender), false, false),
            Effect::Outdated
        );
    }

    #[test]
    fn a_delivery_has_one_of_each_outcome() {
        let now = Timestamp::from_seconds(86_400 * 3 + 5);
        let hard = told(Class::Hard, ReturnKind::Bounce, Proof::Sender);
        assert_eq!(key(&hard, now), "delivery:1:hard");
        assert_eq!(key(&told(Class::Hard, ReturnKind::Refusal, Proof::Smtp), now), "delivery:1:hard");
        assert_eq!(key(&told(Class::Soft, ReturnKind::Delay, Proof::Smtp), now), "delivery:1:delay");
        assert_eq!(key(&Told { about: About::Reader(SubscriberId(9)), ..hard.clone() }, now), "reader:9:hard:3");
        assert_eq!(key(&Told { about: About::Nobody, ..hard }, now), "lmtp:d");
    }
}
