//! What is taken out can be put back, to the last byte.

use super::{active, sql_of};
use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::base::Random;
use lamplighter::db::{Engine, Sql};
use lamplighter::operators::{Actor, audit};
use lamplighter::subscribers::{
    self, ExportError, ExportFilter, ImportOptions, ImportReport, ImportStatus, RowReport, SubscriptionState,
};
use std::io::Cursor;

const PERSON: Sql = Sql::both(
    "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id AS value",
);
const SUBSCRIPTION: Sql = Sql::both(
    "INSERT INTO subscriptions (subscriber_id, publication_id, state, sections, time_zone, hour, breaking, weekday, stories_min, paused_until, created_at, changed_at, left_at, left_reason, left_answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
);
const CONSENT: Sql = Sql::both(
    "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, ip_prefix, confirmed_ip_prefix, given_at, confirmed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
);

/// What a table has beside its own number.
async fn columns(t: &Harness, table: &str) -> Vec<String> {
    let sql = match t.db().engine() {
        Engine::Sqlite => format!("SELECT name AS value FROM pragma_table_info('{table}') WHERE name <> 'id'"),
        Engine::Postgres => format!(
            "SELECT CAST(column_name AS TEXT) AS value FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}' AND column_name <> 'id'"
        ),
    };
    let rows: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(sql_of(sql), vec![]).await.unwrap();
    sorted(rows.into_iter().map(|(name,)| name).collect())
}

/// Those that an `INSERT` names.
fn named(insert: Sql) -> Vec<String> {
    let list = insert.text(Engine::Sqlite).split(['(', ')']).nth(1).expect("a list of columns");
    sorted(list.split(", ").map(str::to_owned).collect())
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

/// Two publications.
async fn house(t: &Harness) -> Harness {
    let t = t.another_house().await;
    t.set_up(format!("{}\n{}", Newsroom::empty(), Newsroom::empty().called("morning"))).await;
    t
}

async fn exported(t: &Harness, filter: &ExportFilter) -> String {
    let mut out = Vec::new();
    subscribers::export(&t.app, Actor::Console, filter, &mut out).await.expect("it can be exported");
    String::from_utf8(out).expect("text")
}

async fn imported(t: &Harness, list: &str, dry_run: bool) -> ImportReport {
    let options = ImportOptions {
        publication: None,
        consent: None,
        status: ImportStatus::Pending,
        dry_run,
        columns: Vec::new(),
        batch_rows: Some(7),
    };
    let mut problems = |row: &RowReport| assert!(row.outcome.is_smooth(), "{row:?}");
    let list = Cursor::new(list.to_owned());
    subscribers::import(&t.app, Actor::Console, list, &options, &mut problems).await.expect("it reads").report
}

/// People of every kind, by chance.
async fn people(t: &Harness, chance: &Random) {
    let papers = [t.publication("evening").await.id.0, t.publication("morning").await.id.0];
    let locals = ["=cmd", "+one", "-two", "'quoted", "ada.x", "Ünal", "o'neill", "UPPER"];
    let texts = ["=1+1", "Yes, \"of course\"", "two\nlines; and a comma, too", "'", "", "\t@tab"];
    let some = |bound: u64| chance.below(bound) as usize;
    let at = || 1_600_000_000_000_000 + i64::try_from(chance.below(300_000_000_000_000)).unwrap();
    let mut tx = t.db().begin().await.unwrap();
    for n in 0..20 {
        let email = format!("{}{n}@readers.example", locals[some(8)]);
        let key = email.to_lowercase();
        let hash = t.app.keys.fingerprint(&key);
        let language = ["en", "de", "ru"][some(3)];
        let values = vec![email.into(), key.into(), hash.into(), language.into(), at().into(), at().into()];
        let person: i64 = tx.fetch_value(PERSON, values).await.unwrap();
        for paper in papers.into_iter().take(1 + some(2)) {
            let left = some(3) == 0;
            let sections = [None, Some("[\"world\"]"), Some("[\"world\",\"sport\"]")][some(3)];
            let zone = [None, Some("Europe/Berlin"), Some("Asia/Kathmandu")][some(3)];
            let hour = [None, Some(0), Some(23)][some(3)];
            let reason = ["reader", "hard_bounce", "complaint", "operator", "not_me"][some(5)];
            let answer =
                [None, Some("too_many"), Some("not_interesting"), Some("never_signed_up"), Some("other")][some(5)];
            let values = vec![
                person.into(),
                paper.into(),
                if left { "left" } else { "active" }.into(),
                sections.into(),
                zone.into(),
                hour.into(),
                (some(2) == 0).into(),
                [None, Some(0), Some(6)][some(3)].into(),
                [None, Some(2), Some(99)][some(3)].into(),
                [None, Some(at())][some(2)].into(),
                at().into(),
                at().into(),
                left.then(at).into(),
                left.then_some(reason).into(),
                left.then_some(answer).flatten().into(),
            ];
            tx.execute(SUBSCRIPTION, values).await.unwrap();
            for _ in 0..(1 - usize::from(left && some(2) == 0) + some(3)) {
                let network = [None, Some("192.0.2.0/24")][some(2)];
                let values = vec![
                    person.into(),
                    paper.into(),
                    ["form", "api", "import", "operator"][some(4)].into(),
                    ["", "2026-1"][some(2)].into(),
                    texts[some(6)].into(),
                    ["", "https://news.example/subscribe?a=1,2"][some(2)].into(),
                    network.into(),
                    [None, Some("2001:db8::/48")][some(2)].into(),
                    at().into(),
                    [None, Some(at())][some(2)].into(),
                ];
                tx.execute(CONSENT, values).await.unwrap();
            }
        }
    }
    tx.commit().await.unwrap();
}

both_engines! {
    async fn an_export_imported_into_an_empty_house_exports_to_the_same_bytes(t: Harness) {
        for seed in 0..6 {
            let one = house(&t).await;
            people(&one, &Random::seeded(seed)).await;
            let list = exported(&one, &ExportFilter::default()).await;
            let other = house(&t).await;
            let dry = imported(&other, &list, true).await;
            assert_eq!(active(&other).await, 0);
            let report = imported(&other, &list, false).await;
            assert_eq!(dry, report);
            assert!(report.imported > 0 && report.left_earlier > 0, "{report:?}");
            assert_eq!(exported(&other, &ExportFilter::default()).await, list, "seed {seed}");
            // Twice is once.
            assert_eq!(imported(&other, &list, false).await.already_there, report.rows);
            assert_eq!(exported(&other, &ExportFilter::default()).await, list, "seed {seed}");
            // In a spreadsheet none of it is a formula.
            let mut csv = csv::Reader::from_reader(list.as_bytes());
            let cells: Vec<String> = csv.records().flat_map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
            assert!(!cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{cells:?}");
        }
    }

    async fn the_people_of_this_file_have_every_column_that_there_is(t: Harness) {
        for (table, insert) in [("subscribers", PERSON), ("subscriptions", SUBSCRIPTION), ("consents", CONSENT)] {
            assert_eq!(named(insert), columns(&t, table).await, "{table}");
        }
    }

    async fn an_export_brings_back_nobody_who_was_suppressed_since(t: Harness) {
        let t = house(&t).await;
        t.subscribe("ada@readers.example").await;
        let list = exported(&t, &ExportFilter::default()).await;
        let ada = lamplighter::mail::EmailAddr::parse("ada@readers.example").unwrap();
        subscribers::erase(&t.app, Actor::Console, &ada).await.unwrap();
        let options = ImportOptions {
            publication: None, consent: None, status: ImportStatus::Confirmed, dry_run: false, columns: Vec::new(), batch_rows: None,
        };
        let mut codes = Vec::new();
        let mut log = |row: &RowReport| codes.push(row.outcome.code());
        subscribers::import(&t.app, Actor::Console, Cursor::new(list), &options, &mut log).await.unwrap();
        assert_eq!((codes, active(&t).await), (vec!["suppressed"], 0));
    }

    async fn a_filter_keeps_to_a_publication_and_a_state_and_the_export_is_on_the_trail(t: Harness) {
        let t = house(&t).await;
        people(&t, &Random::seeded(77)).await;
        let filter = ExportFilter { publication: Some("morning".to_owned()), state: Some(SubscriptionState::Active) };
        let list = exported(&t, &filter).await;
        assert!(list.lines().count() > 1 && !list.contains(",evening,left,") && !list.contains(",evening,active,"));
        let unknown = ExportFilter { publication: Some("noon".to_owned()), ..ExportFilter::default() };
        let refused = subscribers::export(&t.app, Actor::Console, &unknown, &mut Vec::new()).await;
        assert!(matches!(refused, Err(ExportError::UnknownPublication(_))));
        let visitor = subscribers::export(&t.app, Actor::Visitor, &filter, &mut Vec::new()).await;
        assert!(matches!(visitor, Err(ExportError::Forbidden(_))));
        let paper = t.publication("morning").await.id.0;
        let trail = audit::list(&mut t.db().read().await.unwrap(), ("publication", paper), 10).await.unwrap();
        assert!(trail.iter().any(|event| event.verb == "export_subscribers"), "{}", trail.len());
    }
}
