//! Lists from elsewhere: recognised, read by their own words, and never half imported.

use super::{active, addresses, unsubscribe_token};
use crate::harness::{Harness, Newsroom, Place, TestDatabase, both_engines, until};
use lamplighter::base::CrashPoint;
use lamplighter::db::Sql;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::subscribers::{self, Format, ImportOptions, ImportReport, ImportStatus, RowReport};
use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const SAMPLES: [(&str, Format, &[&str]); 5] = [
    (include_str!("lists/listmonk.csv"), Format::Listmonk, &["imported", "list_says_no", "list_says_no", "refused"]),
    (
        include_str!("lists/mailchimp.csv"),
        Format::Mailchimp,
        &["imported", "list_says_no", "list_says_no", "list_says_no"],
    ),
    (include_str!("lists/ghost.csv"), Format::Ghost, &["imported", "list_says_no", "imported"]),
    (include_str!("lists/substack.csv"), Format::Substack, &["imported", "imported", "list_says_no"]),
    (
        include_str!("lists/buttondown.csv"),
        Format::Buttondown,
        &["imported", "unconfirmed", "list_says_no", "list_says_no", "list_says_no"],
    ),
];

const REASONS: Sql = Sql::both("SELECT reason AS value FROM suppressions ORDER BY reason");
const CHOSEN: Sql = Sql::both(
    "SELECT COALESCE(s.time_zone, '-') || ' ' || COALESCE(s.sections, '-') AS value FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE p.email = 'ada@readers.example'",
);
const GIVEN: Sql = Sql::both("SELECT MIN(given_at) AS value FROM consents");
/// Whatever an import writes, by address.
const STATE: Sql = Sql::both(
    "SELECT p.email || ' ' || s.state || ' ' || c.text AS value FROM subscribers p JOIN subscriptions s ON s.subscriber_id = p.id LEFT JOIN consents c ON c.subscriber_id = p.id
     UNION ALL SELECT 'suppressed ' || reason AS value FROM suppressions ORDER BY 1",
);

fn confirmed() -> ImportOptions {
    ImportOptions {
        publication: None,
        consent: Some("Form on paper, spring fair".to_owned()),
        status: ImportStatus::Confirmed,
        dry_run: false,
        columns: Vec::new(),
        batch_rows: None,
    }
}

async fn import(t: &Harness, list: &str, options: &ImportOptions) -> (ImportReport, Vec<String>) {
    let mut codes = Vec::new();
    let mut log = |row: &RowReport| codes.push(row.outcome.code().to_owned());
    let list = Cursor::new(list.to_owned());
    let done = subscribers::import(&t.app, Actor::Console, list, options, &mut log).await.expect("it can be imported");
    (done.report, codes)
}

async fn texts(t: &Harness, sql: Sql) -> Vec<String> {
    let rows: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(sql, vec![]).await.unwrap();
    rows.into_iter().map(|(text,)| text).collect()
}

/// Twelve rows: readers, repeats, people who left, and noise.
fn mixed() -> String {
    let row = |n: usize| match n % 6 {
        4 => format!("left{n}@readers.example,unsubscribed\n"),
        5 => "reader0@readers.example,active\n".to_owned(),
        _ => format!("reader{n}@readers.example,active\n"),
    };
    format!("email,status\n{}nonsense,active\n", (0..11).map(row).collect::<String>())
}

both_engines! {
    async fn the_exports_of_five_services_are_read_by_their_own_words(t: Harness) {
        for (list, format, expected) in SAMPLES {
            let t = t.another_house().await;
            t.set_up(Newsroom::empty()).await;
            assert_eq!(subscribers::recognise(Cursor::new(list), &[]).unwrap().format, format);
            let dry = import(&t, list, &ImportOptions { dry_run: true, ..confirmed() }).await;
            assert_eq!((active(&t).await, texts(&t, REASONS).await), (0, vec![]));
            let real = import(&t, list, &confirmed()).await;
            assert_eq!(real.1, expected, "{format}");
            assert_eq!(dry, real, "{format}");
            assert_eq!(active(&t).await, expected.iter().filter(|it| **it == "imported").count());
            match format {
                Format::Mailchimp => {
                    assert_eq!(texts(&t, REASONS).await, ["complaint", "hard_bounce", "left"]);
                    assert_eq!(texts(&t, CHOSEN).await, ["Europe/London [\"sport\"]"]);
                }
                Format::Buttondown => assert_eq!(texts(&t, REASONS).await, ["complaint", "hard_bounce", "left"]),
                _ => {}
            }
            let given: i64 = t.db().read().await.unwrap().fetch_value(GIVEN, vec![]).await.unwrap();
            assert!(given < t.now().as_micros(), "{format}: when they agreed is known from the list");
            // Once more is nothing more, and none of them comes back by a bare list of addresses.
            let (again, _) = import(&t, list, &confirmed()).await;
            assert_eq!(again.imported, 0);
            let all: String = ["ada", "ben", "cleo", "dan", "eva"].map(|who| format!("{who}@readers.example\n")).concat();
            let before = texts(&t, REASONS).await.len();
            let (bare, _) = import(&t, &format!("email\n{all}"), &confirmed()).await;
            assert_eq!(usize::try_from(bare.suppressed).unwrap(), before, "{format}");
        }
    }

    async fn an_import_that_dies_at_any_commit_goes_on_and_ends_like_one_that_never_did(t: Harness) {
        let options = ImportOptions { batch_rows: Some(3), ..confirmed() };
        t.set_up(Newsroom::empty()).await;
        let list = mixed();
        let right = import(&t, &list, &options).await;
        let state = texts(&t, STATE).await;
        assert!(right.0.imported > 5 && right.0.refused == 1, "{right:?}");
        let mut crashes = 0;
        for point in [CrashPoint::BeforeCommit, CrashPoint::AfterCommit] {
            for nth in 1.. {
                let house = t.another_house().await;
                house.set_up(Newsroom::empty()).await;
                house.faults.arm(point, nth);
                let died = tokio::select! {
                    () = house.faults.crashed() => true,
                    done = import(&house, &list, &options) => {
                        assert_eq!(done, right);
                        false
                    }
                };
                if !died {
                    break;
                }
                crashes += 1;
                let house = house.restart().await;
                let (report, rest) = import(&house, &list, &options).await;
                if rest.len() == right.1.len() {
                    // It died before anything was done, or after everything was: then it begins anew.
                    assert!(report == right.0 || report.imported == 0, "{point:?} {nth}: {report:?}");
                } else {
                    assert_eq!(report, right.0, "{point:?} {nth}");
                    assert_eq!(rest, right.1[right.1.len() - rest.len()..], "{point:?} {nth}");
                }
                assert_eq!(texts(&house, STATE).await, state, "{point:?} {nth}");
            }
        }
        assert!(crashes >= 10, "{crashes} commits are too few for these batches");
    }

    async fn a_second_process_at_the_same_file_does_nothing_twice(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let other = t.another_process().await;
        let options = ImportOptions { batch_rows: Some(2), ..confirmed() };
        let mut quiet = |_: &RowReport| ();
        let mut silent = |_: &RowReport| ();
        let (one, two) = tokio::join!(
            subscribers::import(&t.app, Actor::Console, Cursor::new(mixed()), &options, &mut quiet),
            subscribers::import(&other, Actor::Console, Cursor::new(mixed()), &options, &mut silent),
        );
        assert!(one.is_ok() || two.is_ok(), "{one:?} {two:?}");
        assert_eq!(addresses(&t).await.len(), active(&t).await);
        let (again, _) = import(&t, &mixed(), &options).await;
        assert_eq!(again.imported, 0);
        other.db.close().await;
    }

    async fn a_killed_import_ends_with_the_totals_and_the_report_of_one_that_was_left_alone(database: Arc<TestDatabase>) {
        // Of three transactions and a little.
        const ROWS: usize = 60_000;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
        let list: String = (0..ROWS).map(|n| format!("reader{n}@readers.example\n")).collect();
        let list = format!("email\n{list}nonsense\n");
        let command = ["subscriber", "import", "list.csv", "--status", "confirmed", "--consent", "Fair", "--report", "rows.csv", "--json"];
        let untouched = Place::empty();
        untouched.configure("sqlite:lamplighter.db", nowhere, "");
        untouched.declare(&[]).await;
        untouched.write("list.csv", &list);
        let right = untouched.run(&command).await.with_code(1);

        let place = Place::configured(&database, nowhere);
        place.declare(&[]).await;
        place.write("list.csv", &list);
        let running = place.start(&command);
        let db = database.connect().await;
        const DONE: Sql = Sql::both("SELECT COALESCE(CAST(SUM(rows_done) AS BIGINT), 0) AS value FROM imports");
        until("a batch is done", Duration::from_secs(100), async || {
            db.read().await.unwrap().fetch_value::<i64>(DONE, vec![]).await.unwrap() > 0
        })
        .await;
        running.kill().await;
        let done: i64 = db.read().await.unwrap().fetch_value(DONE, vec![]).await.unwrap();
        assert!((1..=ROWS as i64).contains(&done), "it died in the middle: {done}");
        db.close().await;
        let said = place.run(&command).await.with_code(1);
        let mut found = said.json();
        assert_eq!(found["resumed_after"], done, "{said}");
        found["resumed_after"] = 0.into();
        assert_eq!(found, right.json());
        assert!(place.read("rows.csv") == untouched.read("rows.csv"), "the reports differ");
        assert_eq!(place.read("rows.csv").lines().count(), ROWS + 2);
    }

    async fn whom_a_list_marks_in_a_column_of_its_own_is_not_imported(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let list = "email,unsubscribed,bounced\na@x.example,yes,\nb@x.example,,1\nc@x.example,no,0\nd@x.example,,\n";
        let (_, codes) = import(&t, list, &confirmed()).await;
        assert_eq!(codes.iter().filter(|it| **it == "imported").count(), 2, "{codes:?}");
        assert_eq!(addresses(&t).await, ["c@x.example", "d@x.example"]);
    }

    async fn who_left_everything_is_not_brought_back_by_a_list_for_another_publication(t: Harness) {
        t.set_up(format!("{}{}", Newsroom::empty(), Newsroom::empty().called("weekend"))).await;
        t.subscribe("ada@readers.example").await;
        let token = unsubscribe_token(&t, "ada@readers.example").await;
        subscribers::leave(&t.app, &token, subscribers::LeaveScope::One).await.unwrap();
        for status in [ImportStatus::Confirmed, ImportStatus::Pending] {
            let options = ImportOptions { publication: Some("weekend".to_owned()), status, ..confirmed() };
            let (_, codes) = import(&t, "email\nada@readers.example\n", &options).await;
            assert_eq!(codes, ["left_earlier"]);
        }
        let ada = EmailAddr::parse("ada@readers.example").unwrap();
        let added = subscribers::add(&t.app, Actor::Console, "weekend", ada, &[], false).await.unwrap();
        assert_eq!(added, subscribers::AddOutcome::LeftEarlier);
    }
}
