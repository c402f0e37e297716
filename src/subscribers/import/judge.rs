//! A batch before the database: who is known, who must not be mailed, and what is written of the others.
//!
//! Who left, bounced, complained or was suppressed is brought back by no list. What a list itself says against a person
//! is remembered, so that no later list brings them in either: a bounce or a complaint in the suppression list; a leaving
//! as well, unless they read another publication here, where it ends this one alone. Only who said yes here themselves
//! outweighs an old list. All of a batch is one transaction, the progress of the import included.

use super::formats::Says;
use super::seen::{Fate, Seen};
use super::{ImportError, ImportStatus, RowOutcome, ask, row};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::hash::from_hex;
use crate::db::Tx;
use crate::mail::EmailAddr;
use crate::operators::Actor;
use crate::publications::{Publication, PublicationId};
use crate::subscribers::model::{LeftReason, SubscriptionState, SuppressionReason};
use crate::subscribers::own_csv::OwnRow;
use crate::subscribers::sign_up::Wanted;
use crate::subscribers::store::bulk::{self, BulkConsent, BulkRow, BulkSuppression, Known, NewPeople};
use crate::subscribers::store::people;
use crate::subscribers::suppress::suppress_in;
use std::collections::HashMap;

/// A row that reads.
pub(super) struct Entry {
    /// Its number in the batch.
    pub at: usize,
    pub email: EmailAddr,
    pub key: String,
    /// The fingerprint under which a suppression would stand.
    pub hash: String,
    pub publication: PublicationId,
    pub what: What,
}

pub(super) enum What {
    /// Of another service.
    Foreign(row::Wanted),
    /// Of our own export.
    Own(Box<OwnRow>),
}

impl Entry {
    pub(super) fn says(&self) -> Says {
        match &self.what {
            What::Foreign(wanted) => wanted.says,
            What::Own(_) => Says::Yes,
        }
    }

    fn sixteen(&self) -> [u8; 15] {
        let bytes = from_hex(&self.hash).unwrap_or_default();
        let mut out = [0; 15];
        for (to, from) in out.iter_mut().zip(bytes) {
            *to = from;
        }
        // Of two publications of one person in our own export, each is a row of its own.
        for (to, from) in out.iter_mut().skip(7).zip(self.publication.0.to_le_bytes()) {
            *to ^= from;
        }
        out
    }
}

/// Why nobody of such a row may be mailed.
pub(super) const fn against(says: Says) -> Option<SuppressionReason> {
    match says {
        Says::Left => Some(SuppressionReason::Left),
        Says::Bounced => Some(SuppressionReason::HardBounce),
        Says::Complained => Some(SuppressionReason::Complaint),
        Says::Yes | Says::Unconfirmed => None,
    }
}

/// What is the same for all batches of an import.
pub(super) struct Judge<'a> {
    pub app: &'a App,
    pub actor: Actor,
    pub publication: Option<&'a Publication>,
    pub status: ImportStatus,
    pub consent: Option<&'a str>,
    /// Writes nothing.
    pub is_dry: bool,
    /// Of a dry run: who stood on earlier lines; of one that asks: whom it has asked.
    pub seen: Option<Seen>,
}

/// What is known of one person.
#[derive(Default)]
struct Person {
    suppressed: Option<SuppressionReason>,
    here: Option<Known>,
    /// Another publication of ours that they read.
    elsewhere: Option<Known>,
    /// They read nothing of ours any more: whatever they left, a list for another publication does not bring them back.
    has_left: bool,
    /// An earlier line of this list asked them, or would have.
    was_asked: bool,
}

/// What a batch is going to write.
#[derive(Default)]
struct Writes {
    rows: Vec<BulkRow>,
    consents: Vec<BulkConsent>,
    /// Readers of another publication who left this one; nothing is agreed to.
    left: Vec<BulkRow>,
    suppressed: Vec<(String, SuppressionReason)>,
    /// Who gets an opt-in mail, and where their outcome stands.
    asked: Vec<Wanted>,
    asked_at: Vec<usize>,
}

impl Judge<'_> {
    /// Asks the database about the entries, writes what is to be written, and answers what became of each.
    pub(super) async fn judge(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        entries: Vec<Entry>,
    ) -> Result<Vec<(usize, RowOutcome)>, ImportError> {
        let keys: Vec<&str> = entries.iter().map(|it| it.key.as_str()).collect();
        let mut known: HashMap<String, Vec<Known>> = HashMap::new();
        for it in bulk::find_known(tx, &keys).await? {
            known.entry(it.email_key.clone()).or_default().push(it);
        }
        let hashes: Vec<&str> = entries.iter().map(|it| it.hash.as_str()).collect();
        let found = bulk::find_suppressed(tx, now, &hashes).await?;
        let suppressed: HashMap<String, SuppressionReason> =
            found.into_iter().map(|it| (it.address_hash, it.reason)).collect();
        let mut writes = Writes::default();
        let mut outcomes = Vec::with_capacity(entries.len());
        for entry in entries {
            let mut person = Person { suppressed: suppressed.get(&entry.hash).copied(), ..Person::default() };
            // Of one person there may be several rows in our own export, one for each publication.
            for it in known.get(&entry.key).into_iter().flatten() {
                if it.publication_id == entry.publication {
                    person.here = Some(it.clone());
                } else if it.state == SubscriptionState::Active {
                    person.elsewhere = Some(it.clone());
                } else {
                    person.has_left = true;
                }
            }
            person.has_left &= person.elsewhere.is_none();
            let outcome = self.outcome(tx, now, &entry, person, &mut writes).await?;
            if outcome == RowOutcome::Asked {
                writes.asked_at.push(outcomes.len());
            }
            outcomes.push((entry.at, outcome));
            if outcome == RowOutcome::Imported || outcome == RowOutcome::KeptAsLeft {
                writes.add(entry);
            }
        }
        if !self.is_dry {
            // In the order of the larger index, neighbours of which are then written together.
            writes.rows.sort_by(|one, other| one.hash.cmp(&other.hash));
            self.write(tx, now, &writes).await?;
            if !writes.asked.is_empty() {
                let answers = ask::ask(self.app, tx, now, &writes.asked).await?;
                for (at, answer) in writes.asked_at.into_iter().zip(answers) {
                    if let Some((_, outcome)) = outcomes.get_mut(at) {
                        *outcome = answer;
                    }
                }
            }
        }
        Ok(outcomes)
    }

    async fn outcome(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        entry: &Entry,
        mut person: Person,
        writes: &mut Writes,
    ) -> Result<RowOutcome, ImportError> {
        if let Some(seen) = &self.seen {
            // The database knows the rest itself, once it is written.
            let fate = seen.find(&entry.sixteen())?.filter(|fate| self.is_dry || *fate == Fate::Asked);
            person.remember(fate, entry);
        }
        let outcome = match (against(entry.says()), &entry.what) {
            (Some(reason), _) => self.refuse(tx, now, entry, &person, reason, writes).await?,
            (None, _) if person.suppressed.is_some() => {
                RowOutcome::Suppressed(person.suppressed.unwrap_or(SuppressionReason::Left))
            }
            (None, What::Own(own)) => match (&person.here, own.state) {
                (Some(_), _) => RowOutcome::AlreadyThere,
                (None, SubscriptionState::Active) => RowOutcome::Imported,
                (None, SubscriptionState::Left) => RowOutcome::KeptAsLeft,
            },
            (None, What::Foreign(wanted)) => match person.here.as_ref().map(|it| it.state) {
                Some(SubscriptionState::Left) => RowOutcome::LeftEarlier,
                Some(SubscriptionState::Active) => RowOutcome::AlreadyThere,
                None if person.has_left => RowOutcome::LeftEarlier,
                None if self.status == ImportStatus::Pending && person.was_asked => RowOutcome::Repeated,
                None if self.status == ImportStatus::Pending => {
                    if let (Some(publication), false) = (self.publication, self.is_dry) {
                        writes.asked.push(ask::wanted(now, &entry.email, wanted, publication));
                    }
                    RowOutcome::Asked
                }
                None if wanted.says == Says::Unconfirmed => RowOutcome::Unconfirmed,
                None => RowOutcome::Imported,
            },
        };
        if let Some(seen) = &self.seen {
            let fate = match outcome {
                RowOutcome::Imported => Some(Fate::Active),
                RowOutcome::Asked => Some(Fate::Asked),
                RowOutcome::KeptAsLeft => Some(Fate::KeptAsLeft),
                RowOutcome::ListSaysNo(SuppressionReason::HardBounce) => Some(Fate::Bounced),
                RowOutcome::ListSaysNo(SuppressionReason::Complaint) => Some(Fate::Complained),
                // Who reads something else here is not suppressed; they left this publication.
                RowOutcome::ListSaysNo(_) if person.elsewhere.is_some() || person.here.is_some() => {
                    Some(Fate::KeptAsLeft)
                }
                RowOutcome::ListSaysNo(_) => Some(Fate::Left),
                _ => None,
            };
            if let Some(fate) = fate {
                seen.put(&entry.sixteen(), fate)?;
            }
        }
        Ok(outcome)
    }

    /// The list says no: remembers it, unless they said yes here themselves.
    async fn refuse(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        entry: &Entry,
        person: &Person,
        reason: SuppressionReason,
        writes: &mut Writes,
    ) -> Result<RowOutcome, ImportError> {
        let is_active = |it: &Option<Known>| it.as_ref().is_some_and(|it| it.state == SubscriptionState::Active);
        let said_yes = |it: &Option<Known>| is_active(it) && it.as_ref().is_some_and(|it| it.confirmed_here);
        if let Some(before) = person.suppressed {
            return Ok(RowOutcome::Suppressed(before));
        }
        let leaving = reason == SuppressionReason::Left;
        if said_yes(&person.here) || (!leaving && said_yes(&person.elsewhere)) {
            return Ok(RowOutcome::ConfirmedHere);
        }
        let dry = self.is_dry;
        match (&person.here, &person.elsewhere) {
            (Some(here), _) if leaving => {
                if here.state == SubscriptionState::Left {
                    return Ok(RowOutcome::LeftEarlier);
                }
                if !dry {
                    people::mark_left(tx, now, here.subscription_id, LeftReason::Reader).await?;
                }
            }
            (None, Some(_)) if leaving => writes.left.push(BulkRow {
                state: Some(SubscriptionState::Left),
                left_at: Some(now),
                left_reason: Some(LeftReason::Reader),
                ..entry.plain()
            }),
            (None, None) => writes.suppressed.push((entry.hash.clone(), reason)),
            _ => {
                if !dry {
                    suppress_in(self.app, tx, now, self.actor, &entry.email, reason).await?;
                }
            }
        }
        Ok(RowOutcome::ListSaysNo(reason))
    }

    async fn write(&self, tx: &mut Tx, now: Timestamp, writes: &Writes) -> Result<(), ImportError> {
        let language = self.publication.map_or("en", |it| it.language.as_str());
        // Of our own export, each brings what they agreed to.
        let consent = self.publication.and(self.consent);
        for (rows, consent, consents) in [(&writes.rows, consent, &writes.consents[..]), (&writes.left, None, &[])] {
            if !rows.is_empty() {
                bulk::insert(tx, now, &NewPeople { rows, language, consent, consents }).await?;
            }
        }
        if !writes.suppressed.is_empty() {
            let rows: Vec<BulkSuppression<'_>> =
                writes.suppressed.iter().map(|(hash, reason)| BulkSuppression { hash, reason: *reason }).collect();
            bulk::insert_suppressions(tx, now, &rows).await?;
        }
        Ok(())
    }
}

impl Person {
    /// What an earlier line of a dry run would have changed.
    fn remember(&mut self, fate: Option<Fate>, entry: &Entry) {
        let known = |state| Known {
            email_key: String::new(),
            subscription_id: crate::subscribers::SubscriptionId(0),
            publication_id: entry.publication,
            state,
            confirmed_here: matches!(&entry.what, What::Own(_)),
        };
        match fate {
            None => {}
            Some(Fate::Active) => self.here = Some(known(SubscriptionState::Active)),
            Some(Fate::KeptAsLeft) => self.here = Some(known(SubscriptionState::Left)),
            Some(Fate::Asked) => self.was_asked = true,
            Some(Fate::Left) => self.suppressed = Some(SuppressionReason::Left),
            Some(Fate::Bounced) => self.suppressed = Some(SuppressionReason::HardBounce),
            Some(Fate::Complained) => self.suppressed = Some(SuppressionReason::Complaint),
        }
    }
}

impl Entry {
    /// Who and where, and nothing else.
    fn plain(&self) -> BulkRow {
        BulkRow {
            email: self.email.expose(),
            key: self.key.clone(),
            hash: self.hash.clone(),
            publication: self.publication.0,
            ..BulkRow::default()
        }
    }
}

impl Writes {
    fn add(&mut self, entry: Entry) {
        let plain = BulkRow {
            email: entry.email.expose(),
            key: entry.key,
            hash: entry.hash,
            publication: entry.publication.0,
            ..BulkRow::default()
        };
        let json = |slugs: Vec<String>| serde_json::Value::from(slugs).to_string();
        match entry.what {
            What::Foreign(wanted) => self.rows.push(BulkRow {
                language: wanted.language,
                time_zone: wanted.time_zone,
                hour: wanted.hour,
                sections: wanted.sections.map(json),
                given_at: wanted.given_at,
                ..plain
            }),
            What::Own(row) => {
                self.consents.extend(row.consents.into_iter().map(|it| BulkConsent {
                    key: plain.key.clone(),
                    publication: plain.publication,
                    source: it.source,
                    version: it.version,
                    text: it.text,
                    form_url: it.form_url,
                    network: it.network,
                    confirmed_network: it.confirmed_network,
                    given_at: it.given_at,
                    confirmed_at: it.confirmed_at,
                }));
                self.rows.push(BulkRow {
                    language: Some(row.language),
                    created_at: Some(row.created_at),
                    confirmed_at: Some(row.confirmed_at),
                    state: Some(row.state),
                    sections: row.sections.map(json),
                    time_zone: row.time_zone,
                    hour: row.hour,
                    breaking: Some(row.breaking),
                    weekday: row.weekday,
                    stories_min: row.stories_min,
                    paused_until: row.paused_until,
                    subscribed_at: Some(row.subscribed_at),
                    changed_at: Some(row.changed_at),
                    left_at: row.left_at,
                    left_reason: row.left_reason,
                    left_answer: row.left_answer,
                    ..plain
                });
            }
        }
    }
}
