//! Lists that are brought to the desk.

use super::active;
use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::operators::{Actor, OperatorId, Role, audit};
use lamplighter::service;
use lamplighter::subscribers::{
    self, IMPORT_BYTES_MAX, ImportJobError as E, ImportJobId, JobChoice, JobState, JobView,
};

const WHO: Actor = Actor::Console;
const CHUNKS: Sql = Sql::both("SELECT COUNT(*) AS value FROM import_chunks");

async fn upload(t: &Harness, bytes: &[u8]) -> Result<ImportJobId, E> {
    let mut upload = subscribers::begin_upload(&t.app, WHO, "spring\u{202e}\r\n\u{2066} fair.csv").await?;
    for piece in bytes.chunks(100_000) {
        upload.take(piece).await?;
    }
    upload.finish().await
}

async fn job(t: &Harness, id: ImportJobId) -> JobView {
    subscribers::import_job(&t.app, WHO, id).await.unwrap()
}

/// As whoever looks at it now would say.
async fn start(t: &Harness, id: ImportJobId) -> Result<(), E> {
    let seen = job(t, id).await.job.changed_at;
    subscribers::start_import(&t.app, WHO, id, seen).await
}

async fn kept(t: &Harness) -> i64 {
    t.db().read().await.unwrap().fetch_value(CHUNKS, vec![]).await.unwrap()
}

fn confirmed() -> JobChoice {
    JobChoice {
        publication: Some("evening".to_owned()),
        is_confirmed: true,
        consent: "paper forms, spring fair".to_owned(),
    }
}

fn rows(count: usize) -> String {
    (0..count).fold("email,name\n".to_owned(), |all, n| all + &format!("reader{n}@readers.example,Reader {n}\n"))
}

both_engines! {
    async fn no_two_changes_of_a_list_have_one_time_though_the_clock_is_set_back(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let (id, other) = (upload(&t, rows(3).as_bytes()).await.unwrap(), upload(&t, rows(1).as_bytes()).await.unwrap());
        let mut times = vec![job(&t, id).await.job.changed_at];
        t.advance(Span::hours(-1));
        subscribers::try_import(&t.app, WHO, id, &confirmed()).await.unwrap();
        times.push(job(&t, id).await.job.changed_at);
        subscribers::work_once(&t.app, "one").await.unwrap();
        times.push(job(&t, id).await.job.changed_at);
        start(&t, id).await.unwrap();
        times.push(job(&t, id).await.job.changed_at);
        subscribers::work_once(&t.app, "one").await.unwrap();
        let done = job(&t, id).await.job;
        assert_eq!(done.state, JobState::Done);
        times.push(done.changed_at);
        assert!(times.is_sorted_by(|one, next| one < next), "{times:?}");
        let before = job(&t, other).await.job.changed_at;
        subscribers::cancel_import(&t.app, WHO, other).await.unwrap();
        assert!(job(&t, other).await.job.changed_at > before);
    }

    async fn a_list_is_tried_before_anybody_is_written_down_and_forgotten_when_it_is_imported(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe("reader1@readers.example").await;
        let list = rows(3) + "nobody,X\n\"=cmd|' /C calc'!A0@readers.example\",<script>alert(1)</script>\n";
        let id = upload(&t, list.as_bytes()).await.unwrap();
        let it = job(&t, id).await.job;
        assert_eq!((it.state, it.file_name.as_str(), it.lines), (JobState::Uploaded, "spring fair.csv", 7));
        assert!(matches!(start(&t, id).await, Err(E::MovedOn)), "not before it was tried");
        assert!(matches!(subscribers::try_import(&t.app, WHO, id, &JobChoice { consent: " ".to_owned(), ..confirmed() }).await, Err(E::Consent)));
        subscribers::try_import(&t.app, WHO, id, &confirmed()).await.unwrap();
        assert_eq!(job(&t, id).await.job.state, JobState::Checking);
        assert!(subscribers::work_once(&t.app, "one").await.unwrap());
        let view = job(&t, id).await;
        let checked = view.checked.unwrap();
        assert_eq!((view.job.state, checked.totals.rows, checked.totals.imported, active(&t).await), (JobState::Checked, 5, 2, 1));
        assert_eq!(checked.lines.iter().map(|it| it.line).collect::<Vec<_>>(), [5, 6]);
        assert!(!serde_json::to_string(&checked).unwrap().contains("reader1@"), "addresses are masked");

        start(&t, id).await.unwrap();
        assert!(subscribers::work_once(&t.app, "one").await.unwrap());
        assert!(!subscribers::work_once(&t.app, "one").await.unwrap());
        let view = job(&t, id).await;
        let report = view.report.unwrap();
        assert_eq!((view.job.state, report.totals, report.lines), (JobState::Done, checked.totals, checked.lines));
        assert_eq!((active(&t).await, kept(&t).await), (3, 0));
        assert!(matches!(subscribers::cancel_import(&t.app, WHO, id).await, Err(E::MovedOn)));
    }

    async fn go_is_said_to_the_trial_that_was_looked_at_and_to_no_other(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let id = upload(&t, rows(2).as_bytes()).await.unwrap();
        let asked = JobChoice { is_confirmed: false, consent: String::new(), ..confirmed() };
        subscribers::try_import(&t.app, WHO, id, &asked).await.unwrap();
        subscribers::work_once(&t.app, "one").await.unwrap();
        let seen = job(&t, id).await.job.changed_at;
        // Somebody else tries it otherwise: while that runs, and when it has ended, the first word counts for nothing. The
        // clock stands still, as it may for two people who press at once.
        subscribers::try_import(&t.app, WHO, id, &confirmed()).await.unwrap();
        assert!(matches!(subscribers::start_import(&t.app, WHO, id, seen).await, Err(E::TriedAgain)));
        subscribers::work_once(&t.app, "one").await.unwrap();
        assert_eq!(job(&t, id).await.job.state, JobState::Checked);
        assert!(matches!(subscribers::start_import(&t.app, WHO, id, seen).await, Err(E::TriedAgain)));
        assert!(!subscribers::work_once(&t.app, "one").await.unwrap());
        assert_eq!(active(&t).await, 0);
        start(&t, id).await.unwrap();
        subscribers::work_once(&t.app, "one").await.unwrap();
        assert_eq!(active(&t).await, 2);
        assert!(matches!(start(&t, id).await, Err(E::MovedOn)));
        let mut tx = t.db().read().await.unwrap();
        let verbs: Vec<String> = audit::list(&mut tx, ("import", id.0), 10).await.unwrap().into_iter().map(|it| it.verb).collect();
        assert_eq!(verbs, ["start_import", "try_import", "try_import", "upload_list"], "each choice is in the trail");
    }

    async fn an_import_goes_on_after_a_kill_and_tells_the_whole(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let list = rows(600) + "nobody\n";
        let id = upload(&t, list.as_bytes()).await.unwrap();
        let choice = JobChoice { is_confirmed: false, consent: String::new(), ..confirmed() };
        subscribers::try_import(&t.app, WHO, id, &choice).await.unwrap();
        subscribers::work_once(&t.app, "one").await.unwrap();
        start(&t, id).await.unwrap();
        // Killed at its third commit: one took the job, one opened the account, one wrote 250 rows.
        t.faults.arm(lamplighter::base::CrashPoint::AfterCommit, 3);
        let app = t.app.clone();
        let faults = t.faults.clone();
        tokio::select! {
            _ = subscribers::work_once(&app, "one") => panic!("the world stops first"),
            () = faults.crashed() => {}
        }
        drop(app);
        let t = t.restart().await;
        assert!(!subscribers::work_once(&t.app, "two").await.unwrap(), "somebody may be at it still");
        t.advance(Span::seconds(31));
        assert!(subscribers::work_once(&t.app, "two").await.unwrap());
        let view = job(&t, id).await;
        let report = view.report.unwrap();
        assert_eq!((view.job.state, report.totals.rows, report.totals.asked, report.lines.len()), (JobState::Done, 601, 600, 1));
        assert_eq!(report.outcomes.values().map(|it| it.rows).sum::<u64>(), 601);
    }

    async fn what_is_no_list_is_refused_and_a_hostile_one_harms_nobody(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        assert!(matches!(upload(&t, b"").await, Err(E::Empty)));
        assert!(matches!(upload(&t, b"PK\x03\x04 a spreadsheet").await, Err(E::NotText)));
        let wide: Vec<u8> = "email\nada@a.example\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(matches!(upload(&t, &wide).await, Err(E::NotText)));
        assert!(matches!(upload(&t, &vec![b'a'; IMPORT_BYTES_MAX + 1]).await, Err(E::TooLarge)));
        assert_eq!(kept(&t).await, 0);
        // A line of 10 MB, a NUL further on, no end of quotes.
        let mut list = b"email,note\nada@readers.example,".to_vec();
        list.extend(std::iter::repeat_n(b'x', 10_000_000));
        list.extend(b"\nben\0@readers.example,\ncleo@readers.example,\"open");
        let id = upload(&t, &list).await.unwrap();
        subscribers::try_import(&t.app, WHO, id, &confirmed()).await.unwrap();
        subscribers::work_once(&t.app, "one").await.unwrap();
        let checked = job(&t, id).await.checked.unwrap();
        assert_eq!((checked.totals.rows, checked.totals.imported, checked.totals.refused), (3, 2, 1));
        subscribers::cancel_import(&t.app, WHO, id).await.unwrap();
        assert_eq!((job(&t, id).await.job.state, kept(&t).await, active(&t).await), (JobState::Cancelled, 0, 0));
        // A list without a header would lose its first reader in silence.
        let id = upload(&t, b"ada@readers.example\nben@readers.example\n").await.unwrap();
        subscribers::try_import(&t.app, WHO, id, &confirmed()).await.unwrap();
        subscribers::work_once(&t.app, "one").await.unwrap();
        let it = job(&t, id).await.job;
        assert_eq!(it.state, JobState::Failed);
        assert!(it.why.unwrap().contains("no header"));
        // Nobody goes on with it: it is forgotten.
        t.advance(Span::days(8));
        service::sweep(&t.app).await.unwrap();
        assert_eq!((job(&t, id).await.job.state, kept(&t).await), (JobState::Cancelled, 0));
        let viewer = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        assert!(matches!(subscribers::begin_upload(&t.app, viewer, "x").await, Err(E::Forbidden(_))));
        assert!(matches!(subscribers::import_job(&t.app, viewer, id).await, Err(E::Forbidden(_))));
    }
}
