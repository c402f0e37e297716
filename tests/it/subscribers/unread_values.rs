//! Values of a list that do not read: named with their line, counted, in the trial as in the real run, at every door.

use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::operators::Actor;
use lamplighter::subscribers::{
    self, ImportOptions, ImportReport, ImportStatus, JobChoice, JobReport, RowOutcome, RowReport, UnreadValue,
};
use std::io::Cursor;

/// As a spreadsheet writes it.
const LIST: &str = "email,sections,subscribed_at,language,timezone,hour\r\n\
    a@readers.example,Kultur,12.03.2025,de,Europe/Vienna,7\r\n\
    b@readers.example,\"sport, Kultur\",03/12/2025,xx,Nowhere,25\r\n\
    c@readers.example,sport,2099-01-01,,,\r\n\
    d@readers.example,sport,12.03.2025,de,Europe/Vienna,7\r\n\
    nobody,Kultur,soon,xx,,\r\n";

fn options(status: ImportStatus, dry_run: bool) -> ImportOptions {
    ImportOptions {
        publication: Some("evening".to_owned()),
        consent: Some("Form on paper".to_owned()),
        status,
        dry_run,
        columns: Vec::new(),
        batch_rows: None,
    }
}

async fn run(t: &Harness, list: impl AsRef<[u8]>, options: &ImportOptions) -> (ImportReport, Vec<RowReport>) {
    let mut rows = Vec::new();
    let mut log = |row: &RowReport| rows.push(row.clone());
    let list = Cursor::new(list.as_ref().to_vec());
    let done = subscribers::import(&t.app, Actor::Console, list, options, &mut log).await.unwrap();
    (done.report, rows)
}

fn unread(rows: &[RowReport]) -> Vec<(u64, Vec<UnreadValue>)> {
    rows.iter().map(|row| (row.line, row.unread.iter().map(|it| it.what).collect())).collect()
}

both_engines! {
    async fn what_does_not_read_of_a_row_that_is_taken_is_named_with_its_line_and_counted(t: Harness) {
        use UnreadValue as U;
        t.set_up(Newsroom::empty()).await;
        let of_b = vec![U::Language, U::TimeZone, U::Hour, U::SomeSections];
        let asked = run(&t, LIST, &options(ImportStatus::Pending, true)).await;
        assert_eq!(
            unread(&asked.1),
            [(2, vec![U::NoSection]), (3, of_b.clone()), (4, vec![]), (5, vec![]), (6, vec![])],
            "when they signed up counts for nothing where they are asked"
        );
        let dry = run(&t, LIST, &options(ImportStatus::Confirmed, true)).await;
        let with_day = [of_b, vec![U::TwoDays]].concat();
        assert_eq!(
            unread(&dry.1),
            [(2, vec![U::NoSection]), (3, with_day), (4, vec![U::NoSuchDay]), (5, vec![]), (6, vec![])]
        );
        assert_eq!((dry.0.imported, dry.0.refused, dry.0.with_unread), (4, 1, 3));
        assert!(dry.1[1].reason().contains("\u{201c}03/12/2025\u{201d}: when they signed up could be two days"));
        assert!(dry.1[0].reason().contains("\u{201c}Kultur\u{201d}") && dry.1[0].reason().contains("every section"));
        let real = run(&t, LIST, &options(ImportStatus::Confirmed, false)).await;
        assert_eq!(real, dry);
        // Who is there already is not said to have been taken.
        assert_eq!(run(&t, LIST, &options(ImportStatus::Confirmed, false)).await.0.with_unread, 0);
    }

    async fn the_desk_and_the_api_tell_the_same_of_the_trial_and_of_the_import(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let mut upload = subscribers::begin_upload(&t.app, Actor::Console, "list.csv").await.unwrap();
        // In two pieces, between the two bytes of a line's end.
        let at = LIST.find('\n').unwrap();
        upload.take(&LIST.as_bytes()[..at]).await.unwrap();
        upload.take(&LIST.as_bytes()[at..]).await.unwrap();
        let id = upload.finish().await.unwrap();
        let choice =
            JobChoice { publication: Some("evening".to_owned()), is_confirmed: true, consent: "Paper".to_owned() };
        subscribers::try_import(&t.app, Actor::Console, id, &choice).await.unwrap();
        subscribers::work_once(&t.app, "one").await.unwrap();
        let view = subscribers::import_job(&t.app, Actor::Console, id).await.unwrap();
        assert_eq!(view.job.lines, 7, "one line has one end, whatever it is made of");
        subscribers::start_import(&t.app, Actor::Console, id, view.job.changed_at).await.unwrap();
        subscribers::work_once(&t.app, "one").await.unwrap();
        let done = subscribers::import_job(&t.app, Actor::Console, id).await.unwrap();
        let told = |it: Option<JobReport>| {
            let it = it.unwrap();
            let counts: Vec<(String, u64)> = it.unread.iter().map(|(code, it)| (code.clone(), it.rows)).collect();
            (it.totals.with_unread, counts, it.unread_lines)
        };
        let (rows, counts, lines) = told(view.checked);
        assert_eq!((rows, lines.iter().map(|it| it.line).collect::<Vec<_>>()), (3, vec![2, 3, 4]));
        assert!(counts.contains(&("day_ambiguous".to_owned(), 1)) && counts.len() == 7, "{counts:?}");
        assert_eq!((rows, counts, lines), told(done.report));
    }

    async fn a_list_in_another_encoding_is_told_as_that(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let list = b"email,name\nj\xfcrgen@readers.example,J\xfcrgen\nada@readers.example,Zo\xeb\n";
        let (report, rows) = run(&t, list, &options(ImportStatus::Confirmed, true)).await;
        assert_eq!((report.imported, report.refused), (1, 1));
        assert_eq!(rows[0].outcome, RowOutcome::NotUtf8);
        assert!(rows[0].reason().contains("UTF-8") && rows[0].outcome.desk_step().contains("UTF-8"));
    }

    async fn an_address_that_stands_twice_is_told_as_that_and_not_as_asked_today(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let list = "email\na@readers.example\nb@readers.example\nc@readers.example\nA@readers.example\n";
        let few = |dry| ImportOptions { batch_rows: Some(2), ..options(ImportStatus::Pending, dry) };
        for dry in [true, false] {
            let (report, rows) = run(&t, list, &few(dry)).await;
            assert_eq!((report.asked, report.already_there), (3, 1), "{dry}");
            assert_eq!(rows[3].outcome, RowOutcome::Repeated, "{dry}");
        }
        let (_, again) = run(&t, list, &few(false)).await;
        assert_eq!((again[0].outcome, again[3].outcome), (RowOutcome::AskedBefore, RowOutcome::Repeated));
    }
}
