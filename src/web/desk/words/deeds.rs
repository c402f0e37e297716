//! What was done, to what, and which of its fields changed: the words of histories and of the trail.
//!
//! A deed stands after whoever did it (`Edda` `approved`), so each is told in the past. It promises a word for every deed
//! that the program writes down; the test here reads the program for them.

use crate::service::RehearsalProblem;
use crate::web::desk::form::language_name;
use chrono::NaiveDate;
use serde_json::Value;

/// Deeds as they are kept, and as people say them.
pub(in crate::web::desk) const DEEDS: &[(&str, &str)] = &[
    // Editions, in the order of an evening.
    ("collect", "read the sources for it"),
    ("draft", "drafted"),
    ("draft_again", "drafted again"),
    ("breaking", "made it of breaking news"),
    ("set_intent", "noted a wish"),
    ("clear_intent", "took a wish back"),
    ("edit", "changed the words at the top"),
    ("edit_item", "changed a story"),
    ("add", "added a story"),
    ("take_in", "took in what was new"),
    ("remove", "took a story out"),
    ("reorder", "changed the order"),
    ("rerank", "ranked the stories anew"),
    ("refresh", "took over what an article says by now"),
    ("embargo", "took out what is under embargo"),
    ("check", "looked at links and pictures"),
    ("test_send", "sent a test"),
    ("review", "marked as read"),
    ("approve", "approved"),
    ("reopen", "made it a draft again"),
    ("hold", "held back"),
    ("flag", "asked for somebody to look at it"),
    ("release", "let it go on"),
    ("remind", "reminded the newsroom"),
    ("send_now", "sent at once"),
    ("seal", "closed it: what goes out and to whom stands"),
    ("send", "began to send"),
    ("pause", "paused"),
    ("resume", "went on"),
    ("abort", "ended the sending"),
    ("pause_group", "paused one provider"),
    ("resume_group", "went on with one provider"),
    ("abort_group", "ended one provider"),
    ("resend", "sent again to readers who were uncertain"),
    ("finish", "was done: every reader has an outcome"),
    ("skip", "skipped"),
    ("cancel", "gave up"),
    ("miss", "found it too late to go out"),
    ("bring_back", "brought back"),
    ("correct", "noted a correction"),
    ("hold_article", "held an article"),
    ("release_article", "released an article"),
    ("dismiss_article", "dismissed an article"),
    ("restore_article", "restored an article"),
    // Set-up.
    ("create_publication", "named a newsletter"),
    ("change_publication", "changed a newsletter"),
    ("change_brand", "changed the look"),
    ("add_section", "added a section"),
    ("change_section", "changed a section"),
    ("reorder_sections", "put the sections into another order"),
    ("archive_section", "archived a section"),
    ("add_slot", "added times"),
    ("change_slot", "changed times"),
    ("archive_slot", "archived times"),
    ("apply", "applied newsroom.toml"),
    ("add_source", "added a source"),
    ("change_source", "changed a source"),
    ("pause_source", "paused a source"),
    ("resume_source", "resumed a source"),
    ("release_source", "accepted what a source held back"),
    ("remove_source", "removed a source"),
    ("gather_source", "had a source read"),
    ("push_articles", "sent articles in"),
    // Readers.
    ("add_subscriber", "added a reader"),
    ("ask_to_confirm", "asked a reader to confirm"),
    ("confirm", "confirmed"),
    ("disown_sign_up", "said that the sign-up was not theirs"),
    ("change_preferences", "changed what is delivered"),
    ("choose_language", "chose a language"),
    ("leave", "ended a subscription"),
    ("undo_leave", "came back"),
    ("say_why", "said why"),
    ("ask_personal_link", "asked for a personal link"),
    ("download_data", "took their data"),
    ("mail_receipt", "asked for a receipt"),
    ("ask_address_change", "asked for another address"),
    ("stop_address_change", "stopped a change of address"),
    ("refuse_address_change", "refused a change of address"),
    ("change_address", "changed an address"),
    ("suppress", "suppressed an address"),
    ("remove_suppression", "lifted a suppression"),
    ("import_suppressions", "imported suppressions"),
    ("export_suppressions", "exported suppressions"),
    ("export_subscribers", "exported readers"),
    ("import_subscribers", "imported readers"),
    ("upload_list", "brought a list"),
    ("try_import", "tried an import"),
    ("start_import", "started an import"),
    ("cancel_import", "cancelled an import"),
    // The house.
    ("set_limit", "set a limit"),
    ("clear_limit", "took a limit back"),
    ("pause_limit", "paused a relay or provider"),
    ("resume_limit", "resumed a relay or provider"),
    ("examine", "ran the checks"),
    ("backup", "made a backup"),
    ("rehearse_restore", "rehearsed a restore"),
    ("fail_rehearsal", "rehearsed a restore that failed"),
    ("add_webhook", "added a webhook"),
    ("change_webhook", "changed a webhook"),
    ("rotate_webhook_secret", "made a webhook's secret anew"),
    ("test_webhook", "tested a webhook"),
    ("replay_webhook", "sent an event again"),
    ("remove_webhook", "removed a webhook"),
    // Accounts.
    ("create_operator", "made an account"),
    ("rename_operator", "renamed an account"),
    ("set_role", "gave a role"),
    ("disable_operator", "closed an account"),
    ("enable_operator", "opened an account again"),
    ("set_password", "set a password"),
    ("make_link", "made a link to log in by"),
    ("log_in", "logged in"),
    ("end_session", "ended a session"),
    ("turn_on_second_step", "turned the second step on"),
    ("turn_off_second_step", "turned the second step off"),
    ("reset_second_step", "reset the second step"),
    ("renew_recovery_codes", "made recovery codes anew"),
    ("create_token", "made an API key"),
    ("revoke_token", "revoked an API key"),
    ("rotate_key", "made a signing key anew"),
];

/// A deed in words; one that is not ours as it is kept.
pub(in crate::web::desk) fn deed(verb: &str) -> String {
    DEEDS.iter().find(|(kept, _)| *kept == verb).map_or_else(|| verb.replace('_', " "), |(_, told)| (*told).to_owned())
}

/// What things are done to: as it is kept, several of them, one of them.
pub(in crate::web::desk) const SUBJECTS: &[(&str, &str, &str)] = &[
    ("edition", "Editions", "an edition"),
    ("article", "Articles", "an article"),
    ("publication", "Newsletters", "a newsletter"),
    ("section", "Sections", "a section"),
    ("slot", "Times", "times"),
    ("source", "Sources", "a source"),
    ("subscriber", "Readers", "a reader"),
    ("subscription", "Subscriptions", "a subscription"),
    ("suppression", "Suppressions", "the suppressions"),
    ("import", "Imports", "an import"),
    ("relay", "Relays", "a relay"),
    ("group", "Mailbox providers", "a mailbox provider"),
    ("webhook", "Webhooks", "a webhook"),
    ("newsroom", "newsroom.toml", "the newsroom"),
    ("house", "The checks of the house", "the house"),
    ("database", "Backups", "the database"),
    ("operator", "Accounts", "an account"),
    ("token", "API keys", "an API key"),
    ("signing_key", "Signing keys", "a signing key"),
];

/// One of a kind, where it has no name.
pub(in crate::web::desk) fn subject_name(kind: &str) -> String {
    let found = SUBJECTS.iter().find(|(kept, ..)| *kept == kind);
    found.map_or_else(|| kind.replace('_', " "), |(.., one)| (*one).to_owned())
}

/// Fields whose names say too little, or too much of how they are kept.
const FIELDS: &[(&str, &str)] = &[
    ("why", "because"),
    ("accent_color", "colour"),
    ("accent_color_dark", "colour by night"),
    ("breaking_per_day_max", "breaking editions in a day"),
    ("cutoff_minute", "cutoff"),
    ("declared", "set up by newsroom.toml"),
    ("from_mailbox", "sender"),
    ("full_items_max", "most stories in full"),
    ("headline_items_max", "most headlines"),
    ("late_send_limit_minutes", "latest, in minutes after the send time"),
    ("latest_send_minute", "at the latest"),
    ("min_items", "fewest stories"),
    ("reply_to", "answers go to"),
    ("send_minute", "goes out"),
    ("slug", "short name"),
    ("stories_min", "stories, at least"),
    ("ended", "subscriptions ended"),
    ("expires_at", "until"),
    ("because", "why"),
    ("over_desk", "the file's word held"),
    ("top_to_all", "top story to everybody"),
    ("uncertain_policy", "a mail that may have been lost"),
    ("weight_percent", "weight"),
    ("scope", "of"),
    ("with_unread", "taken without a value that does not read"),
];

pub(in crate::web::desk) fn field_name(name: &str) -> String {
    let found = FIELDS.iter().find(|(kept, _)| *kept == name);
    found.map_or_else(|| name.replace('_', " "), |(_, told)| (*told).to_owned())
}

/// A value as people read it: states by their names, minutes of a day as a time, lists with commas, and of what has parts
/// each by its name.
pub(in crate::web::desk) fn value_in_words(name: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if name == "state" => super::state_of_word(text),
        Value::String(text) if name == "language" => language_name(text),
        Value::String(text) if name == "reason" => reason(text),
        Value::String(text) if NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() => super::long_date(text),
        Value::String(text) => match (name, text.as_str()) {
            ("approval", "auto") => "by itself".to_owned(),
            ("approval", "manual") => "one person".to_owned(),
            ("approval", "four_eyes") => "two people".to_owned(),
            ("status", "confirmed") => "they have agreed already".to_owned(),
            ("status", "pending") => "each is asked to confirm".to_owned(),
            ("uncertain_policy", "hold") => "a person decides".to_owned(),
            ("uncertain_policy", "resend_once") => "sent once more".to_owned(),
            ("problem", word) => RehearsalProblem::parse(word).map_or_else(|| text.clone(), |it| it.words().to_owned()),
            _ => text.clone(),
        },
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) if name.ends_with("_minute") => {
            number.as_i64().map_or_else(|| number.to_string(), |it| format!("{:02}:{:02}", it / 60, it % 60))
        }
        Value::Number(number) if name == "hour" => {
            number.as_i64().map_or_else(|| number.to_string(), |hour| format!("{hour:02}:00"))
        }
        Value::Number(number) if name == "weekday" => number
            .as_i64()
            .map_or_else(|| number.to_string(), |day| weekdays(1_i64.checked_shl(day as u32).unwrap_or(0))),
        // Its name is looked up by whoever shows it.
        Value::Number(number) if name == "publication" => format!("publication {number}"),
        Value::Number(number) if name == "weekdays" => weekdays(number.as_i64().unwrap_or_default()),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().map(|it| value_in_words(name, it)).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => {
            let part =
                |(name, value): (&String, &Value)| format!("{} {}", field_name(name), value_in_words(name, value));
            parts.iter().filter(|(_, value)| !value.is_null()).map(part).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Why something was done, where the program has a word for it.
fn reason(text: &str) -> String {
    match text {
        "operator" => "the newsroom's decision".to_owned(),
        "hard_bounce" => "the address does not work".to_owned(),
        "complaint" => "marked a mail as spam".to_owned(),
        "not_me" => "said that somebody else had signed them up".to_owned(),
        "erased" => "asked to be erased".to_owned(),
        other => super::reason_in_words(other),
    }
}

/// What it means that a field is empty; nothing where that says nothing.
pub(in crate::web::desk) fn nothing_in_words(name: &str) -> &'static str {
    match name {
        "hour" => "when the edition goes out",
        "sections" => "every section",
        "time_zone" => "the publication's",
        "weekday" => "every edition",
        "stories_min" => "however few",
        "paused_until" => "not paused",
        _ => "",
    }
}

/// The days of a set of bits, Monday first.
fn weekdays(bits: i64) -> String {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let chosen = days.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
    chosen.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The first word in quotation marks of each call that writes a deed down, subjects aside.
    fn deeds_of(text: &str, found: &mut BTreeSet<String>) {
        for call in ["record(", "record_change(", "advance(", "keep(", "keep_intents(", "note_while_sending("] {
            for (at, _) in text.match_indices(call) {
                let before = text[..at].chars().next_back();
                if before.is_some_and(|it| it.is_alphanumeric() || it == '_') {
                    continue;
                }
                let rest = &text[at + call.len()..];
                let pieces: Vec<&str> = rest[..rest.find(';').unwrap_or(rest.len())].split('"').collect();
                // A subject is a pair and stands behind a bracket; the name of a field stands before a colon.
                let is_verb = |it: &&[&str]| !it[0].ends_with('(') && it[2].starts_with([',', ')']) && is_word(it[1]);
                let first = pieces.windows(3).step_by(2).find(is_verb);
                found.extend(first.map(|it| it[1].to_owned()));
            }
        }
    }

    fn is_word(text: &str) -> bool {
        !text.is_empty() && text.chars().all(|it| it.is_ascii_lowercase() || it == '_')
    }

    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
                continue;
            }
            if path.extension().is_some_and(|it| it == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                deeds_of(text.split("#[cfg(test)]").next().unwrap(), found);
            }
        }
    }

    #[test]
    fn every_deed_that_the_program_writes_down_has_words() {
        let mut found = BTreeSet::new();
        for room in [
            "editions",
            "delivery",
            "operators",
            "publications",
            "subscribers",
            "gather",
            "webhooks",
            "service",
            "doctor",
        ] {
            walk(&Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).join(room), &mut found);
        }
        for known in ["approve", "draft_again", "set_role", "add_slot", "leave", "pause_limit", "change_webhook"] {
            assert!(found.contains(known), "{known} is not seen any more: {found:?}");
        }
        let unknown: Vec<&String> = found.iter().filter(|it| DEEDS.iter().all(|(kept, _)| kept != it)).collect();
        assert!(unknown.is_empty(), "say in words what these are: {unknown:?}");
    }

    #[test]
    fn a_value_is_told_without_what_only_programs_write() {
        assert_eq!(value_in_words("cutoff_minute", &json!(1080)), "18:00");
        assert_eq!(value_in_words("weekdays", &json!(0b001_0001)), "Monday, Friday");
        assert_eq!(value_in_words("state", &json!("in_review")), "Read once");
        assert_eq!(value_in_words("hour", &json!(7)), "07:00");
        assert_eq!(value_in_words("weekday", &json!(6)), "Sunday");
        assert_eq!(value_in_words("weekday", &json!(-1)), "");
        assert_eq!(value_in_words("language", &json!("en")), "English");
        assert_eq!(value_in_words("holidays", &json!(["2026-12-25"])), "Friday 25 December 2026");
        assert_eq!(value_in_words("reason", &json!("operator")), "the newsroom's decision");
        assert_eq!(value_in_words("from", &json!("x@news.example")), "x@news.example");
        assert_eq!(value_in_words("set", &json!({ "rate": 3, "note": null, "is_on": true })), "is on yes, rate 3");
        assert_eq!(field_name("min_items"), "fewest stories");
        assert_eq!(subject_name("slot"), "times");
    }
}
