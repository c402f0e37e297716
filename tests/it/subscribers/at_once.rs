//! Many clicks at the same instant, and a crash at each commit on the way in.

use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::base::{CrashPoint, Span};
use lamplighter::db::Sql;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::subscribers::{self, ConfirmOutcome, ImportOptions, ImportStatus, RowReport, SignUp};

const ADA: &str = "ada@readers.example";

async fn count(t: &Harness, from: Sql) -> i64 {
    t.db().read().await.unwrap().fetch_value(from, vec![]).await.unwrap()
}

const ACTIVE: Sql = Sql::both("SELECT COUNT(*) AS value FROM subscriptions WHERE state = 'active'");
const CONSENTS: Sql = Sql::both("SELECT COUNT(*) AS value FROM consents");

both_engines! {
    async fn who_is_erased_while_a_list_comes_in_is_not_brought_back(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let list: String = (0..3_000).map(|n| format!("reader-{n}@readers.example\n")).collect();
        let options = ImportOptions {
            publication: None,
            consent: Some("at the fair".to_owned()),
            status: ImportStatus::Confirmed,
            dry_run: false,
            columns: Vec::new(),
            batch_rows: Some(100),
        };
        let erased: Vec<EmailAddr> =
            (0..3_000).step_by(97).map(|n| EmailAddr::parse(&format!("reader-{n}@readers.example")).unwrap()).collect();
        let mut quiet = |_: &RowReport| {};
        let import = subscribers::import(
            &t.app,
            Actor::Console,
            std::io::Cursor::new(format!("email\n{list}")),
            &options,
            &mut quiet,
        );
        let other = t.another_process().await;
        let erasing = async {
            for email in &erased {
                subscribers::erase(&other, Actor::Console, email).await.unwrap();
            }
        };
        let (imported, ()) = tokio::join!(import, erasing);
        imported.unwrap();
        let back = Sql::both(
            "SELECT COUNT(*) AS value FROM subscribers p JOIN suppressions x ON x.address_hash = p.address_hash WHERE x.reason = 'erased'",
        );
        assert_eq!(count(&t, back).await, 0);
    }

    async fn twenty_clicks_at_once_confirm_once(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.sign_up("evening", ADA, &[]).await;
        let link = t.confirmation_link(ADA);
        let token = link.rsplit('/').next().unwrap();
        let other = t.another_process().await;
        let clicks = (0..20).map(|n| {
            let app = if n % 2 == 0 { &t.app } else { &other };
            subscribers::confirm(app, token, None, &[])
        });
        let outcomes = futures_util::future::join_all(clicks).await;
        let confirmed = outcomes.iter().filter(|it| matches!(it, Ok(ConfirmOutcome::Confirmed { .. }))).count();
        let friendly = outcomes.iter().filter(|it| matches!(it, Ok(ConfirmOutcome::AlreadyConfirmed { .. }))).count();
        assert_eq!((confirmed, friendly), (1, 19));
        assert_eq!((count(&t, ACTIVE).await, count(&t, CONSENTS).await), (1, 1));
    }

    async fn a_crash_at_any_commit_on_the_way_in_loses_no_reader(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        for point in [CrashPoint::BeforeCommit, CrashPoint::AfterCommit, CrashPoint::AfterSignUpCommit] {
            for nth in 1.. {
                let reader = format!("{point:?}-{nth}@readers.example").to_lowercase();
                let mut crashed = false;
                t.faults.arm(point, nth);
                tokio::select! {
                    biased;
                    () = t.faults.crashed() => crashed = true,
                    () = joins(&t, &reader) => {}
                }
                if crashed {
                    t = t.restart().await;
                    // What a worker held goes back when it has been silent long enough, and the person tries again.
                    t.advance(Span::minutes(61));
                    joins(&t, &reader).await;
                }
                let mails = t.sink.mails_to(&reader).len();
                // The first one, the same once more if it was in doubt, and that of the second try.
                assert!((1..=3).contains(&mails), "{point:?} {nth}: {mails} mails");
                assert_eq!(active_of(&t, &reader).await, 1, "{point:?} {nth}");
                if !crashed {
                    break;
                }
            }
            t = t.restart().await;
        }
    }
}

/// Signs up, reads the mail, clicks.
async fn joins(t: &Harness, reader: &str) {
    let asked = SignUp { publication: Some("evening".to_owned()), ..SignUp::by_form(reader) };
    subscribers::sign_up(&t.app, asked).await.expect("it is answered");
    t.run_until_idle().await;
    t.click(&t.confirmation_link(reader)).await;
}

async fn active_of(t: &Harness, reader: &str) -> i64 {
    let sql = Sql::both(
        "SELECT COUNT(*) AS value FROM subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE p.email_key = $1 AND s.state = 'active'",
    );
    t.db().read().await.unwrap().fetch_value(sql, vec![reader.into()]).await.unwrap()
}
