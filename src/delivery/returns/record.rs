//! What follows from something that came back, in one transaction with its being kept.
//!
//! Promises: told twice is told once; only what is proved to be about a mail of ours changes anything; what is ours to
//! mend (a block, a message that is refused) never touches the reader; a reader who has confirmed or changed the address
//! since that mail went out is left alone; no address is kept. Held to it by the tests here and `tests/it/returns/`.

use super::model::{About, Effect, Mailed, Proof, Recorded, ReturnKind, Told, class_word};
use super::{soft, store, watch};
use crate::app::App;
use crate::base::{Span, Timestamp};
use crate::bounces::Class;
use crate::db::{StoreError, Tx};
use crate::delivery::masking;
use crate::delivery::rates::{self, Groups};
use crate::editions::EditionId;
use crate::mail::EmailAddr;
use crate::operators::Actor;
use crate::subscribers::{self, Subscriber, SuppressionReason};
use std::collections::BTreeMap;

/// Hints of strangers that are kept of one day.
const UNPROVED_A_DAY_MAX: i64 = 1_000;
/// Of what was said.
const REPLY_BYTES_MAX: usize = 1_000;

/// What comes back counts for runs that are still on their way, too: summed up here, and written in one order by
/// [`Runs::write`], so that two transactions never wait for each other. Refusals were counted when they were heard.
#[derive(Default)]
pub struct Runs(BTreeMap<(EditionId, String), rates::Counts>);

/// Keeps it and does what follows.
///
/// # Errors
/// As the database says; nothing was done then if the transaction is dropped.
pub async fn record(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    mut told: Told,
    runs: &mut Runs,
) -> Result<Recorded, StoreError> {
    let person = match told.about.subscriber() {
        Some(id) => subscribers::find_reader(tx, id).await?,
        None => None,
    };
    let email = person.as_ref().map(Subscriber::address).transpose()?;
    match &email {
        Some(email) => email.domain().clone_into(&mut told.domain),
        // Who was erased is not written down again.
        None if told.about.subscriber().is_some() => told.domain.clear(),
        None => {}
    }
    told.reply = kept(&told.reply, email.as_ref());
    told.domain = masking::of_strangers(&told.domain, None);
    told.remote_mta = told.remote_mta.map(|it| kept(&it, email.as_ref()));
    told.enhanced = told.enhanced.filter(|it| it.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    let group = group_of(app, tx, &told).await?;
    let is_outdated = match (&person, told.about.mailed_at()) {
        // Confirming, and changing the address, proves that the present one lives.
        (Some(person), Some(mailed_at)) => person.confirmed_at > mailed_at,
        _ => false,
    };
    let effect = decide(&told, person.is_some(), is_outdated);
    let key = key(&told);
    let reader = person.as_ref().map(|it| it.id);
    if told.proof == Proof::None
        && store::count_some_unproved(tx, now - Span::days(1), UNPROVED_A_DAY_MAX).await? >= UNPROVED_A_DAY_MAX
    {
        // Anybody can write as many as they like.
        return Ok(Recorded::New(effect));
    }
    if store::insert(tx, now, &key, &told, &group, effect, reader).await? == 0 {
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
            Effect::Left => drop(subscribers::leave_all_in(tx, now, person.id).await?),
            Effect::Noted | Effect::Outdated | Effect::Unproved => {}
        }
    }
    if told.proof != Proof::None {
        runs.count(&told, &group);
        if told.class == Class::Block {
            watch::look_at_blocks(app, tx, now, &group, &told).await?;
        }
    }
    tracing::info!(
        via = told.via.as_str(),
        kind = told.kind.as_str(),
        class = class_word(told.class),
        group,
        subscriber = reader.map(|it| it.0),
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
        (_, ReturnKind::Leave) => Effect::Left,
        // A bounce of a mail of which we do not know when and to which address it went.
        (Class::Hard | Class::Soft, _) if matches!(told.about, About::Reader(_)) => Effect::Noted,
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

/// One for each mail and kind of outcome. Of what is about no mail that we know, the same words are the same.
fn key(told: &Told) -> String {
    let outcome = match told.kind {
        ReturnKind::Refusal | ReturnKind::Bounce => class_word(told.class),
        ReturnKind::Complaint if told.class != Class::Complaint => "report".to_owned(),
        kind => kind.as_str().to_owned(),
    };
    match told.about {
        About::Delivery(mailed) => format!("delivery:{}:{outcome}", mailed.id),
        About::Single { id, .. } => format!("single:{id}:{outcome}"),
        About::Reader(_) | About::Nobody => format!("{}:{}", told.via, told.digest),
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

/// One more passing failure; answers whether it was one too many.
async fn is_over(tx: &mut Tx, person: &Subscriber, mailed: Mailed) -> Result<bool, StoreError> {
    // Whoever signed up anew begins anew.
    let known = store::find_streak(tx, person.id).await?.filter(|it| it.last_at >= person.confirmed_at);
    let was_reached = match &known {
        Some(known) => {
            let (from, to) = (known.last_at.min(mailed.mailed_at), known.last_at.max(mailed.mailed_at));
            store::was_reached(tx, person.id, from, to).await?
        }
        None => false,
    };
    match soft::judge(known, mailed.mailed_at, was_reached) {
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

impl Runs {
    fn count(&mut self, told: &Told, group: &str) {
        let Some(mailed) = told.about.delivery() else { return };
        if !matches!(told.kind, ReturnKind::Bounce | ReturnKind::Complaint) {
            return;
        }
        let counts = match told.class {
            Class::Hard => rates::Counts { hard: 1, ..rates::Counts::default() },
            Class::Block => rates::Counts { policy: 1, ..rates::Counts::default() },
            Class::Complaint => rates::Counts { complaints: 1, ..rates::Counts::default() },
            _ => return,
        };
        self.0.entry((mailed.edition_id, group.to_owned())).or_default().add(&counts);
    }

    /// # Errors
    /// As the database says.
    pub async fn write(self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        for ((edition, group), counts) in self.0 {
            rates::count_returned(tx, now, edition, &group, counts).await?;
        }
        Ok(())
    }
}

/// Without addresses, the reader's in whatever spelling.
fn kept(reply: &str, reader: Option<&EmailAddr>) -> String {
    let words = masking::of_strangers(reply, reader);
    let end = words.floor_char_boundary(REPLY_BYTES_MAX);
    words.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::model::Via;
    use super::*;
    use crate::bounces::Reason;
    use crate::delivery::model::DeliveryId;
    use crate::mail::outbox::OutboxId;
    use crate::subscribers::SubscriberId;

    fn told(class: Class, kind: ReturnKind, proof: Proof) -> Told {
        let mailed = Mailed {
            id: DeliveryId(1),
            edition_id: EditionId(2),
            subscriber_id: SubscriberId(3),
            subscription_id: 4,
            mailed_at: Timestamp::from_seconds(1),
        };
        Told {
            via: Via::Lmtp,
            at: None,
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
        let hard = told(Class::Hard, ReturnKind::Bounce, Proof::Sender);
        assert_eq!(key(&hard), "delivery:1:hard");
        assert_eq!(key(&told(Class::Hard, ReturnKind::Refusal, Proof::Smtp)), "delivery:1:hard");
        assert_eq!(key(&told(Class::Soft, ReturnKind::Delay, Proof::Smtp)), "delivery:1:delay");
        assert_eq!(key(&Told { about: single(), ..hard.clone() }), "single:8:hard");
        assert_eq!(key(&Told { about: About::Reader(SubscriberId(9)), ..hard.clone() }), "lmtp:d");
        assert_eq!(key(&Told { about: About::Nobody, ..hard }), "lmtp:d");
    }

    fn single() -> About {
        About::Single { id: OutboxId(8), reader: SubscriberId(9), mailed_at: Timestamp::from_seconds(1) }
    }

    #[test]
    fn a_bounce_of_nobody_knows_which_mail_ends_nothing_and_a_complaint_does() {
        let decided = |class, kind| {
            decide(
                &Told { about: About::Reader(SubscriberId(9)), ..told(class, kind, Proof::ListUnsubscribe) },
                true,
                false,
            )
        };
        assert_eq!(decided(Class::Hard, ReturnKind::Bounce), Effect::Noted);
        assert_eq!(decided(Class::Complaint, ReturnKind::Complaint), Effect::Suppressed);
        let hard = Told { about: single(), ..told(Class::Hard, ReturnKind::Bounce, Proof::Sender) };
        assert_eq!((decide(&hard, true, false), decide(&hard, true, true)), (Effect::Suppressed, Effect::Outdated));
    }
}
