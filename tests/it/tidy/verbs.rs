//! A verb asks who it is before it does anything: whoever calls it, by whichever door.
//!
//! Before anything is before its first `.await`: by then it has met the database, and may tell what it found there.

use super::expect_none;
use super::source::Source;
use std::collections::{BTreeMap, BTreeSet};

/// Rooms whose verbs people and programs call.
const ROOMS: &[&str] =
    &["operators", "webhooks", "publications", "subscribers", "gather", "editions", "delivery", "service", "doctor"];

/// Parts of a verb that has asked: they run in its transaction.
const PARTS: &[&str] = &[
    "delivery/rates/live.rs hold",
    "delivery/rates/live.rs spread",
    "editions/verbs/sending.rs begin_sending",
    "editions/verbs/sending.rs seal",
    "operators/audit.rs record",
    "operators/audit.rs record_change",
    "subscribers/suppress.rs suppress_in",
];

/// Who writes without an `Actor`: readers by their links, people who are only just logging in, the service itself.
const BY_OTHER_MEANS: &[&str] = &[
    "delivery/finish.rs finish_editions",
    "delivery/forget.rs forget_deliveries",
    "delivery/rates/refill.rs flush",
    "delivery/rates/refill.rs refill",
    "delivery/returns/mod.rs prune_returns",
    "editions/corrections.rs note_from_sources",
    "editions/plan.rs begin_collecting",
    "editions/plan.rs end_collecting",
    "editions/plan.rs plan",
    "editions/report/sources.rs keep_sources",
    "gather/meaning/settle.rs settle",
    "gather/push/hint.rs hint",
    "operators/idempotency.rs begin",
    "operators/idempotency.rs keep",
    "operators/idempotency.rs release",
    "operators/links.rs follow",
    "operators/second_step.rs confirm_and_enter",
    "operators/second_step.rs pass",
    "operators/sessions.rs log_in",
    "operators/sessions.rs log_out",
    "service/housekeeping.rs sweep",
    "subscribers/address_change.rs ask_to_change_address",
    "subscribers/address_change.rs press_address_change",
    "subscribers/address_change.rs stop_address_change",
    "subscribers/confirm.rs confirm",
    "subscribers/confirm.rs disown",
    "subscribers/import_jobs/run.rs work_once",
    // Of an upload that has asked at its beginning; the doors ask again at its end.
    "subscribers/import_jobs/upload.rs abandon",
    "subscribers/import_jobs/upload.rs finish",
    "subscribers/leave.rs say_why",
    "subscribers/leave.rs undo_leave",
    "subscribers/personal.rs ask_for_personal_link",
    "subscribers/personal.rs erase_by_link",
    "subscribers/personal.rs mail_receipt",
    "subscribers/personal.rs personal_data",
    "subscribers/preferences.rs change_preferences",
    "subscribers/preferences.rs choose_language",
    "subscribers/purge.rs purge",
    "webhooks/queue.rs finish",
    "webhooks/queue.rs give_back",
    "webhooks/queue.rs lease",
];

struct Function {
    file: String,
    name: String,
    is_public: bool,
    head: String,
    body: String,
}

impl Function {
    fn takes_an_actor(&self) -> bool {
        self.head.contains("actor: Actor")
    }

    /// Asks its own actor, and nothing before.
    fn asks(&self) -> bool {
        let before = self.body.find(".await").map_or(self.body.as_str(), |at| &self.body[..at]);
        ["actor.require(", "actor.require_any(", "require_own(actor", "own(actor"].iter().any(|it| {
            before.match_indices(it).any(|(at, _)| !before[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    }

    /// As far as the end of the first statement that waits for something.
    fn beginning(&self) -> &str {
        let Some(first) = self.body.find(".await") else { return &self.body };
        self.body[first..].find(';').map_or(&self.body, |end| &self.body[..first + end])
    }

    /// Whom it hands its actor to, before anything else.
    fn told(&self) -> BTreeSet<&str> {
        let (mut out, body) = (BTreeSet::new(), self.beginning());
        for (at, _) in body.match_indices('(') {
            let before = &body[..at];
            let start = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |it| it + 1);
            let until = body[at..].find(';').map_or(body.len(), |end| at + end);
            if start < at && words(&body[at..until]).any(|word| word == "actor") {
                out.insert(&before[start..]);
            }
        }
        out
    }

    fn label(&self) -> String {
        format!("{} {}", self.file, self.name)
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

fn functions_of(file: &str, code: &str) -> Vec<Function> {
    let lines: Vec<&str> = code.lines().collect();
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let bare = line.trim_start();
        let indent = &line[..line.len() - bare.len()];
        let (is_public, rest) = match bare.strip_prefix("pub") {
            Some(rest) if rest.starts_with('(') => (false, rest.split_once(") ").map_or("", |(_, rest)| rest)),
            Some(rest) => (true, rest.trim_start()),
            None => (false, bare),
        };
        let rest = rest.strip_prefix("const ").unwrap_or(rest);
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        let Some(rest) = rest.strip_prefix("fn ") else { continue };
        let name = words(rest).next().unwrap_or_default().to_owned();
        let end = format!("{indent}}}");
        let length = lines[at..].iter().position(|line| *line == end).unwrap_or(0);
        let text = lines[at..=at + length].join("\n");
        let (head, body) = text.split_once('{').unwrap_or((&text, ""));
        out.push(Function { file: file.to_owned(), name, is_public, head: head.to_owned(), body: body.to_owned() });
    }
    out
}

fn all() -> Vec<Function> {
    let mut out = Vec::new();
    for room in ROOMS {
        for source in Source::all_in(&format!("src/{room}")) {
            if ["tests.rs", "fixtures.rs"].iter().any(|end| source.path.ends_with(end)) {
                continue;
            }
            let lines = source.program_lines();
            let code: Vec<&str> = source.code.lines().take(lines).collect();
            out.extend(functions_of(source.path.trim_start_matches("src/"), &code.join("\n")));
        }
    }
    out
}

/// Those that ask, or hand their actor to one that does.
fn that_ask(all: &[Function]) -> BTreeSet<usize> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, it) in all.iter().enumerate().filter(|(_, it)| it.takes_an_actor()) {
        by_name.entry(&it.name).or_default().push(at);
    }
    let mut asking: BTreeSet<usize> = (0..all.len()).filter(|at| all[*at].asks()).collect();
    loop {
        let before = asking.len();
        for (at, it) in all.iter().enumerate().filter(|(_, it)| it.takes_an_actor()) {
            let hands_on = it.told().iter().any(|name| {
                let named = by_name.get(name).cloned().unwrap_or_default();
                let near: Vec<usize> = named.iter().copied().filter(|other| all[*other].file == it.file).collect();
                let meant: Vec<usize> =
                    if near.is_empty() { named } else { near }.into_iter().filter(|other| *other != at).collect();
                !meant.is_empty() && meant.iter().all(|other| asking.contains(other))
            });
            if hands_on {
                asking.insert(at);
            }
        }
        if asking.len() == before {
            return asking;
        }
    }
}

#[test]
fn a_verb_that_takes_an_actor_asks_it() {
    let all = all();
    let asking = that_ask(&all);
    let verbs = all.iter().enumerate().filter(|(_, it)| it.is_public && it.takes_an_actor());
    let silent: Vec<String> = verbs.clone().filter(|(at, _)| !asking.contains(at)).map(|(_, it)| it.label()).collect();
    assert!(verbs.count() > 100, "they are found at all");
    let wrong: Vec<String> = silent.iter().filter(|it| !PARTS.contains(&it.as_str())).cloned().collect();
    expect_none(&wrong, "begin with `actor.require(Permission::..)?`, or hand the actor to a verb that does:");
    let gone: Vec<String> =
        PARTS.iter().filter(|it| !silent.iter().any(|other| other == *it)).map(|it| (*it).to_owned()).collect();
    expect_none(&gone, "these stand in the list and need not:");
}

#[test]
fn who_writes_takes_an_actor_or_has_another_way_to_know_who_it_is() {
    let all = all();
    let writing = all.iter().filter(|it| it.is_public && !it.takes_an_actor() && it.body.contains("db.begin()"));
    let writing: Vec<String> = writing.map(Function::label).collect();
    let wrong: Vec<String> = writing.iter().filter(|it| !BY_OTHER_MEANS.contains(&it.as_str())).cloned().collect();
    expect_none(&wrong, "take an `Actor` and ask it; or say in tests/it/tidy/verbs.rs how it is known who may:");
    let gone: Vec<String> = BY_OTHER_MEANS
        .iter()
        .filter(|it| !writing.iter().any(|other| other == *it))
        .map(|it| (*it).to_owned())
        .collect();
    expect_none(&gone, "these stand in the list and need not:");
}

#[test]
fn a_verb_that_forgets_to_ask_is_found() {
    let code = "pub async fn good(app: &App, actor: Actor) -> X {\n    actor.require(P::View)?;\n}\n\
                pub async fn hands_on(app: &App, actor: Actor) -> X {\n    good(app, actor).await\n}\n\
                pub async fn notes(app: &App, actor: Actor) -> X {\n    audit::record(tx, now, actor).await;\n}\n\
                pub async fn late(app: &App, actor: Actor) -> X {\n    let tx = app.db.begin().await?;\n    actor.require(P::View)?;\n}\n\
                pub async fn hands_on_late(app: &App, actor: Actor) -> X {\n    let tx = app.db.begin().await?;\n    good(app, actor).await\n}\n\
                pub async fn asks_another(app: &App, actor: Actor) -> X {\n    factor.require(P::View)?;\n    bearer.require(P::View)?;\n}\n";
    let all = functions_of("x.rs", code);
    let asking: Vec<&str> = that_ask(&all).into_iter().map(|at| all[at].name.as_str()).collect();
    assert_eq!(asking, ["good", "hands_on"]);
}
