//! One reader as the desk sees them: what they read, what stands against them, and everything that happened, as a line of
//! time.
//!
//! It promises: consents with their words and their proof, choices before and after, every delivery, what came back, single
//! mails, and what was done in their name and by whom, the newest first, a page at a time. It shows no secret of ours and
//! follows nobody into their mailbox: whether a mail was opened is not known here. The whole of it in one piece, for the
//! person themselves, is `dossier`. Held to it by `tests/it/subscribers/person.rs`.

use super::list::ListError;
use super::model::{Subscriber, SubscriberId, SuppressionReason};
use super::preferences::Card;
use super::store::suppressions::SuppressionLine;
use super::store::timeline::{self, ConsentRow, DeedRow, DeliveryRow, ExclusionRow, MailRow, Past, ReturnRow};
use super::store::{people, search};
use crate::app::App;
use crate::base::Timestamp;
use crate::db::text_enum;
use crate::operators::{Actor, Permission};
use serde_json::Value;

/// Moments of a page.
const MOMENTS_MAX: usize = 50;
/// Read of each kind, so that a page's order is right although deliveries are found by edition.
const READ_MAX: usize = 80;

text_enum! {
    /// What kind of thing happened.
    pub enum MomentKind {
        Consent = "consent",
        /// Changed by the person or in their name.
        Change = "change",
        Delivery = "delivery",
        /// An edition went out without them.
        LeftOut = "left_out",
        CameBack = "came_back",
        Mail = "mail",
    }
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Moment {
    pub at: Timestamp,
    pub kind: MomentKind,
    /// A sentence.
    pub what: String,
    /// Further facts, each a name and a value.
    pub facts: Vec<(&'static str, String)>,
    /// It went wrong.
    pub is_trouble: bool,
    /// Of an edition.
    pub edition_id: Option<i64>,
}

/// A reader.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: SubscriberId,
    pub email: String,
    pub language: String,
    pub created_at: Timestamp,
    /// When they agreed last.
    pub confirmed_at: Timestamp,
    /// Every subscription, also those that were left.
    pub cards: Vec<Card>,
    pub suppression: Option<SuppressionLine>,
    pub moments: Vec<Moment>,
    /// With which instant the next page begins.
    pub next: Option<Timestamp>,
}

/// A reader with what happened before an instant; none is now. `None`: nobody of this number is kept.
///
/// # Errors
/// [`ListError`]
pub async fn person(
    app: &App,
    actor: Actor,
    id: SubscriberId,
    before: Option<Timestamp>,
) -> Result<Option<Person>, ListError> {
    actor.require(Permission::ManageSubscribers)?;
    let mut tx = app.db.read().await?;
    let Some(it) = people::find_subscriber(&mut tx, id).await? else { return Ok(None) };
    let mut cards = Vec::new();
    for subscription in people::list_subscriptions(&mut tx, id).await? {
        cards.extend(Card::of(app, &mut tx, subscription).await?);
    }
    let hash = search::find_hash(&mut tx, id).await?.unwrap_or_default();
    let suppression = search::find_suppression(&mut tx, app.now(), &hash).await?;
    let newest = Past { before: Timestamp::from_micros(i64::MAX), limit: 1 };
    let agreed = timeline::consents(&mut tx, id, newest).await?.into_iter().next();
    let past = Past { before: before.unwrap_or(Timestamp::from_micros(i64::MAX)), limit: READ_MAX };
    let mut moments = moments(&mut tx, &it, past).await?;
    moments.sort_by_key(|it| std::cmp::Reverse(it.at));
    let last = moments.get(MOMENTS_MAX - 1).map(|moment| moment.at);
    let total = moments.len();
    // What happened at the same instant stays on one page.
    moments.retain(|moment| last.is_none_or(|last| moment.at >= last));
    let next = last.filter(|_| moments.len() < total);
    Ok(Some(Person {
        id,
        email: it.email,
        language: it.language,
        created_at: it.created_at,
        // Of an imported list, the day that it states, and not that of the import.
        confirmed_at: agreed.map_or(it.confirmed_at, |it| it.confirmed_at.unwrap_or(it.given_at)),
        cards,
        suppression,
        moments,
        next,
    }))
}

async fn moments(tx: &mut crate::db::Tx, it: &Subscriber, past: Past) -> Result<Vec<Moment>, ListError> {
    let mut all: Vec<Moment> = Vec::new();
    all.extend(timeline::consents(tx, it.id, past).await?.into_iter().map(Moment::from));
    all.extend(timeline::deliveries(tx, it.id, past).await?.into_iter().map(Moment::from));
    all.extend(timeline::exclusions(tx, it.id, past).await?.into_iter().map(Moment::from));
    all.extend(timeline::returns(tx, it.id, past).await?.into_iter().map(Moment::from));
    all.extend(timeline::deeds(tx, it.id, past).await?.into_iter().map(Moment::from));
    let key = it.address()?.key();
    all.extend(timeline::mails(tx, &key, past).await?.into_iter().map(Moment::from));
    Ok(all)
}

/// Facts that say something.
fn facts(all: impl IntoIterator<Item = (&'static str, String)>) -> Vec<(&'static str, String)> {
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn plain(word: &str) -> String {
    word.replace('_', " ")
}

/// Who brought a consent; whoever was asked by the newsroom is kept as `import`, with the words that they were shown.
fn by_whom(source: &str, text_version: &str) -> String {
    let told = match (source, text_version) {
        ("form", _) => "the sign-up form",
        ("api", _) => "a program",
        ("operator", _) => "the newsroom, by hand",
        ("import", "") => "an imported list",
        ("import", _) => "the newsroom, which asked them",
        (other, _) => other,
    };
    told.to_owned()
}

impl From<ConsentRow> for Moment {
    fn from(it: ConsentRow) -> Self {
        let what = match (it.source.as_str(), it.confirmed_at) {
            // Its words are those that readers are shown: they were asked, and pressed the link themselves.
            ("import", Some(_)) if !it.text_version.is_empty() => {
                format!("Confirmed {} by the link in their mail, which the newsroom had sent", it.publication)
            }
            ("import", None) if !it.text_version.is_empty() => {
                format!("Was asked by the newsroom about {}", it.publication)
            }
            ("import", _) => format!("Agreed to {}, as the imported list says", it.publication),
            ("operator", _) => format!("Agreed to {}, as the newsroom wrote down", it.publication),
            (_, Some(_)) => format!("Confirmed {} by the link in their mail", it.publication),
            (_, None) => format!("Asked for {}", it.publication),
        };
        Self {
            at: it.confirmed_at.unwrap_or(it.given_at),
            kind: MomentKind::Consent,
            what,
            facts: facts([
                ("Words", it.text),
                ("Version of the words", it.text_version.clone()),
                ("Asked at", it.given_at.rfc3339()),
                ("By", by_whom(&it.source, &it.text_version)),
                ("Form", it.form_url),
                ("Network", it.ip_prefix.unwrap_or_default()),
                ("Network of the confirmation", it.confirmed_ip_prefix.unwrap_or_default()),
            ]),
            is_trouble: false,
            edition_id: None,
        }
    }
}

impl From<DeliveryRow> for Moment {
    fn from(it: DeliveryRow) -> Self {
        let said = match it.state.as_str() {
            "accepted" => "was accepted by the relay",
            "queued" | "leased" | "started" => "is on its way",
            "deferred" => "has to wait and is tried again",
            "failed" => "could not be delivered",
            "uncertain" => "may or may not have arrived",
            "suppressed" => "was held back at the last moment",
            "expired" => "was given up: its time was over",
            _ => "is in an unknown state",
        };
        Self {
            at: it.at,
            kind: MomentKind::Delivery,
            what: format!("{}, {}: {said}", it.publication, it.edition),
            facts: facts([
                ("Why", it.reason),
                ("Tries", if it.attempts > 1 { it.attempts.to_string() } else { String::new() }),
                ("Relay", it.relay.unwrap_or_default()),
                ("Answer", it.reply.map(|reply| said_by_relay(it.code, &reply)).unwrap_or_default()),
            ]),
            is_trouble: matches!(it.state.as_str(), "failed" | "uncertain" | "expired"),
            edition_id: Some(it.edition_id),
        }
    }
}

fn said_by_relay(code: Option<i64>, reply: &str) -> String {
    match code {
        Some(code) if !reply.starts_with(&code.to_string()) => format!("{code} {reply}"),
        _ => reply.to_owned(),
    }
}

impl From<ExclusionRow> for Moment {
    fn from(it: ExclusionRow) -> Self {
        let why = match it.reason.as_str() {
            "paused" => "they had paused",
            "other_day" => "they want another day of the week",
            "too_few_stories" => "it had fewer stories than they want",
            "skipped_empty" => "none of their sections had a story",
            "suppressed" => "their address must not be mailed",
            _ => "of another reason",
        };
        Self {
            at: it.at,
            kind: MomentKind::LeftOut,
            what: format!("{}, {}: went out without them, because {why}", it.publication, it.edition),
            facts: Vec::new(),
            is_trouble: false,
            edition_id: Some(it.edition_id),
        }
    }
}

impl From<ReturnRow> for Moment {
    fn from(it: ReturnRow) -> Self {
        let what = match it.class.as_str() {
            "complaint" => "Marked a mail as spam",
            "hard" => "A mail came back: the address does not work",
            "soft" => "A mail came back for now",
            "block" => "A mail was refused for a reason of ours",
            "policy" => "One message was refused for its form or size",
            "autoreply" => "An automatic answer came",
            "challenge" => "Their mailbox asks us to prove ourselves",
            _ => "Something came back that nobody could read",
        };
        Self {
            at: it.at,
            kind: MomentKind::CameBack,
            what: what.to_owned(),
            facts: facts([
                ("Edition", it.edition.unwrap_or_default()),
                ("Reason", plain(&it.reason)),
                ("What followed", plain(&it.effect)),
                ("Told by", it.via),
                ("Answer", said_by_relay(it.code, &it.reply)),
            ]),
            is_trouble: matches!(it.class.as_str(), "complaint" | "hard"),
            edition_id: None,
        }
    }
}

impl From<MailRow> for Moment {
    fn from(it: MailRow) -> Self {
        let name = match it.kind.as_str() {
            "confirm" => "The question to confirm",
            "already_subscribed" => "The note that they are subscribed already",
            "address_new" | "address_old" => "The question about another address",
            "personal_link" => "The link to their own data",
            "receipt" => "The receipt of what they agreed to",
            "reminder" => "The reminder to confirm",
            "welcome" => "The welcome",
            _ => "A single mail",
        };
        let state = match it.state.as_str() {
            "accepted" => "was sent",
            "failed" => "could not be delivered",
            "expired" => "was given up",
            "uncertain" => "may or may not have arrived",
            _ => "is on its way",
        };
        Self {
            at: it.at,
            kind: MomentKind::Mail,
            what: format!("{name} {state}"),
            facts: facts([
                ("Subject", it.subject),
                ("Ended at", it.finished_at.map(Timestamp::rfc3339).unwrap_or_default()),
            ]),
            is_trouble: matches!(it.state.as_str(), "failed" | "uncertain"),
            edition_id: None,
        }
    }
}

impl From<DeedRow> for Moment {
    fn from(it: DeedRow) -> Self {
        let by = match (it.actor_kind.as_str(), it.actor_name) {
            ("operator", Some(name)) => name,
            ("operator", None) => "the command line".to_owned(),
            ("subscriber", _) => "the reader".to_owned(),
            ("visitor", _) => "somebody at a form".to_owned(),
            ("token", _) => "a program with a key".to_owned(),
            _ => "the service".to_owned(),
        };
        let what = match it.verb.as_str() {
            "add_subscriber" => "Was added",
            "confirm" => "Confirmed",
            "change_preferences" => "Changed what is delivered",
            "choose_language" => "Chose another language",
            "pause" => "Paused",
            "resume" => "Ended a pause",
            "leave" => "Left",
            "undo_leave" => "Came back within a day",
            "suppress" => "Address was suppressed",
            "remove_suppression" => "Suppression was lifted",
            "ask_to_confirm" => "Was asked to confirm",
            _ => "",
        };
        let what = if what.is_empty() { plain(&it.verb) } else { what.to_owned() };
        let detail: Value = serde_json::from_str(&it.detail).unwrap_or_default();
        let because = detail.get("because").and_then(Value::as_str);
        let reason = detail.get("reason").and_then(Value::as_str);
        Self {
            at: it.at,
            kind: MomentKind::Change,
            what: match because {
                // What an operator wrote down is why nothing comes any more: it is not for the details alone.
                Some(because) if it.verb == "suppress" => format!("{what}, by {by}: {because}"),
                _ => format!("{what}, by {by}"),
            },
            facts: facts([
                ("Before", listed(detail.get("before"))),
                ("After", listed(detail.get("after"))),
                ("Reason", reason.map(reason_in_words).unwrap_or_default()),
                ("Because", because.unwrap_or_default().to_owned()),
            ]),
            is_trouble: it.verb == "suppress",
            edition_id: None,
        }
    }
}

/// Why a deed was done, as it is kept: a word of ours, or what somebody wrote.
fn reason_in_words(reason: &str) -> String {
    match SuppressionReason::parse(reason) {
        Some(SuppressionReason::Operator) => "the newsroom's decision".to_owned(),
        Some(SuppressionReason::HardBounce) => "the address does not work".to_owned(),
        Some(SuppressionReason::Complaint) => "marked a mail as spam".to_owned(),
        Some(SuppressionReason::NotMe) => "said that somebody else had signed them up".to_owned(),
        _ => plain(reason),
    }
}

/// `sections: politics, sport; hour: 07:00`
fn listed(value: Option<&Value>) -> String {
    let Some(Value::Object(fields)) = value else { return String::new() };
    let said = |value: &Value| match value {
        Value::Null => "as the publication".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        other => other.to_string(),
    };
    let told = |(name, value): (&String, &Value)| match (name.as_str(), value.as_i64()) {
        ("hour", Some(hour)) => format!("hour: {hour:02}:00"),
        ("weekday", Some(day)) => format!("weekday: {}", weekday(day)),
        _ => format!("{}: {}", plain(name), said(value)),
    };
    fields.iter().map(told).collect::<Vec<_>>().join("; ")
}

fn weekday(day: i64) -> String {
    let day = u8::try_from(day).ok().and_then(|day| chrono::Weekday::try_from(day).ok());
    let name = |day: chrono::Weekday| match day {
        chrono::Weekday::Mon => "Monday",
        chrono::Weekday::Tue => "Tuesday",
        chrono::Weekday::Wed => "Wednesday",
        chrono::Weekday::Thu => "Thursday",
        chrono::Weekday::Fri => "Friday",
        chrono::Weekday::Sat => "Saturday",
        chrono::Weekday::Sun => "Sunday",
    };
    day.map_or_else(String::new, |day| name(day).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_is_told_in_words() {
        let before = json!({ "sections": ["politics", "sport"], "hour": null, "breaking": true });
        assert_eq!(listed(Some(&before)), "breaking: yes; hour: as the publication; sections: politics, sport");
        assert_eq!(listed(None), "");
        assert_eq!(said_by_relay(Some(250), "250 2.0.0 Ok"), "250 2.0.0 Ok");
        assert_eq!(said_by_relay(Some(550), "no such user"), "550 no such user");
    }
}
