//! Lists as newsrooms bring them: with people who left, bounced, complained, stand there twice, or are no people.

use super::*;
use crate::app::fixtures::TestHouse;
use crate::mail::{AddressError, EmailAddr};
use crate::subscribers::fixtures::Letters as _;
use crate::subscribers::model::SuppressionReason;
use crate::subscribers::{LeaveScope, SignUp, confirm, leave, sign_up, suppress, unsubscribe_link};
use proptest::prelude::*;
use std::io::Cursor;

fn options(status: ImportStatus, consent: Option<&str>) -> ImportOptions {
    ImportOptions {
        publication: Some("evening".to_owned()),
        consent: consent.map(str::to_owned),
        status,
        dry_run: false,
        columns: Vec::new(),
        batch_rows: None,
    }
}

async fn run(house: &TestHouse, csv: &str, options: &ImportOptions) -> (ImportReport, Vec<RowOutcome>) {
    let mut rows = Vec::new();
    let mut log = |row: &RowReport| rows.push(row.outcome);
    let done = import(&house.app, Actor::Console, Cursor::new(csv), options, &mut log).await.unwrap();
    (done.report, rows)
}

#[tokio::test]
async fn an_import_never_brings_back_who_left_bounced_or_complained() {
    let house = TestHouse::open().await;
    for address in ["left@a.example", "there@a.example"] {
        sign_up(&house.app, SignUp::by_form(address)).await.unwrap();
        confirm(&house.app, &house.confirm_token(address).await, None, &[]).await.unwrap();
    }
    let link = unsubscribe_link(&house.app, 1);
    leave(&house.app, link.rsplit('/').next().unwrap(), LeaveScope::One).await.unwrap();
    for (address, reason) in
        [("Bounced@a.example", SuppressionReason::HardBounce), ("angry@a.example", SuppressionReason::Complaint)]
    {
        suppress(&house.app, Actor::Console, &EmailAddr::parse(address).unwrap(), reason).await.unwrap();
    }
    let csv = "name,email,status\nA,new@a.example,enabled\nB,left@a.example,\nC,there@a.example,\nD,bounced@A.example,\nE,angry@a.example,\nF,gone@a.example,unsubscribed\nG,NEW@a.example,\nH,nobody,\n";
    let with_consent = options(ImportStatus::Confirmed, Some("paper forms, spring fair 2025"));

    let dry = ImportOptions { dry_run: true, ..with_consent.clone() };
    let before = house.dump().await;
    let (dry_report, dry_rows) = run(&house, csv, &dry).await;
    assert_eq!(house.dump().await, before);

    let (report, rows) = run(&house, csv, &with_consent).await;
    assert_eq!((dry_report, &dry_rows), (report, &rows));
    assert_eq!(
        rows,
        [
            RowOutcome::Imported,
            RowOutcome::LeftEarlier,
            RowOutcome::AlreadyThere,
            RowOutcome::Suppressed(SuppressionReason::HardBounce),
            RowOutcome::Suppressed(SuppressionReason::Complaint),
            RowOutcome::ListSaysNo(SuppressionReason::Left),
            RowOutcome::Repeated,
            RowOutcome::Refused(AddressError::NoAt),
        ]
    );
    assert_eq!(report.rows, 8);
    assert_eq!(house.count("subscriptions WHERE state = 'active'").await, 2);
    assert_eq!(house.text("text", "consents WHERE source = 'import'").await, "paper forms, spring fair 2025");

    let (again, _) = run(&house, csv, &with_consent).await;
    assert_eq!((again.imported, again.already_there), (0, 3));
    assert_eq!(house.count("consents WHERE source = 'import'").await, 1);
}

#[tokio::test]
async fn without_a_stated_consent_people_are_asked() {
    let house = TestHouse::open().await;
    let error = import(
        &house.app,
        Actor::Console,
        Cursor::new("email\na@b.example\n"),
        &options(ImportStatus::Confirmed, Some("  ")),
        &mut |_: &RowReport| (),
    )
    .await
    .unwrap_err();
    assert!(matches!(error, ImportError::ConsentMissing));

    let asked = options(ImportStatus::Pending, None);
    let (report, _) = run(&house, "email\na@b.example\nc@b.example\n", &asked).await;
    assert_eq!((report.asked, report.imported), (2, 0));
    assert_eq!(house.count("subscribers").await, 0);
    let (again, _) = run(&house, "email\na@b.example\n", &asked).await;
    assert_eq!((again.asked, again.already_there), (0, 1));
    let token = house.confirm_token("a@b.example").await;
    confirm(&house.app, &token, None, &[]).await.unwrap();
    assert_eq!(house.text("source", "consents").await, "import");
}

#[tokio::test]
async fn two_thousand_rows_pass_in_batches() {
    let house = TestHouse::open().await;
    let mut csv = String::from("E-mail\n");
    for n in 0..2_000 {
        csv.push_str(&format!("reader{n}@a.example\n"));
    }
    let (report, rows) = run(&house, &csv, &options(ImportStatus::Confirmed, Some("members"))).await;
    assert_eq!((report.imported, rows.len()), (2_000, 2_000));
    assert_eq!(house.count("subscriptions WHERE state = 'active'").await, 2_000);
}

#[tokio::test]
async fn a_file_that_is_no_list_is_refused_row_by_row_and_breaks_nothing() {
    let house = TestHouse::open().await;
    let it = options(ImportStatus::Confirmed, Some("x"));
    let (report, _) = run(&house, "email\n\"unclosed\n\u{0}\u{0},,,\n=cmd()@x\n", &it).await;
    assert_eq!(report.imported, 0);
    let empty = import(&house.app, Actor::Console, Cursor::new(""), &it, &mut |_: &RowReport| ()).await;
    assert!(matches!(empty, Err(ImportError::Empty)));
    let visitor = import(&house.app, Actor::Visitor, Cursor::new("email\n"), &it, &mut |_: &RowReport| ()).await;
    assert!(matches!(visitor, Err(ImportError::Forbidden(_))));
}

#[tokio::test]
async fn whoever_a_list_says_no_of_is_remembered_and_no_later_list_brings_them_in() {
    let house = TestHouse::open().await;
    let it = options(ImportStatus::Confirmed, Some("members"));
    let first =
        "email,status\nleft@a.example,unsubscribed\nback@a.example,bounced\nbad@a.example,spam\nnew@a.example,active\n";
    assert_eq!(run(&house, first, &it).await.0.left_earlier, 3);
    assert_eq!(house.count("suppressions").await, 3);
    assert_eq!(house.count("subscribers").await, 1, "of those who left no address is kept");
    let second = "email\nleft@a.example\nback@a.example\nbad@a.example\nNEW@a.example\n";
    let (report, _) = run(&house, second, &it).await;
    assert_eq!((report.imported, report.suppressed, report.already_there), (0, 3, 1));
    // The same list says so of somebody that it brought itself.
    let third = "email,status\nnew@a.example,complained\n";
    assert_eq!(run(&house, third, &it).await.1, [RowOutcome::ListSaysNo(SuppressionReason::Complaint)]);
    assert_eq!(house.count("subscriptions WHERE state = 'active'").await, 0);
}

#[tokio::test]
async fn who_said_yes_here_themselves_outweighs_an_old_list_and_who_reads_another_publication_leaves_one() {
    let house = TestHouse::open().await;
    sign_up(&house.app, SignUp::by_form("anna@a.example")).await.unwrap();
    confirm(&house.app, &house.confirm_token("anna@a.example").await, None, &[]).await.unwrap();
    let it = options(ImportStatus::Confirmed, Some("members"));
    let csv = "email,status\nanna@a.example,unsubscribed\n";
    assert_eq!(run(&house, csv, &it).await.1, [RowOutcome::ConfirmedHere]);
    let weekend = ImportOptions { publication: Some("weekend".to_owned()), ..it.clone() };
    assert_eq!(run(&house, csv, &weekend).await.1, [RowOutcome::ListSaysNo(SuppressionReason::Left)]);
    assert_eq!(run(&house, "email\nanna@a.example\n", &weekend).await.1, [RowOutcome::LeftEarlier]);
    assert_eq!(house.count("subscriptions WHERE publication_id = 1 AND state = 'active'").await, 1);
    assert_eq!(house.count("suppressions").await, 0);
}

#[tokio::test]
async fn a_row_that_never_confirmed_elsewhere_is_not_confirmed_here() {
    let house = TestHouse::open().await;
    let csv = "email,subscriber_type,creation_date\na@a.example,unactivated,2024-01-01\nb@a.example,regular,2024-01-01\nc@a.example,odd,\n";
    let (report, rows) = run(&house, csv, &options(ImportStatus::Confirmed, Some("members"))).await;
    assert_eq!(rows, [RowOutcome::Unconfirmed, RowOutcome::Imported, RowOutcome::UnknownStatus]);
    assert_eq!((report.unconfirmed, report.imported, report.refused), (1, 1, 1));
    let (report, _) = run(&house, csv, &options(ImportStatus::Pending, None)).await;
    assert_eq!((report.asked, report.already_there), (1, 1));
}

#[tokio::test]
async fn what_a_list_knows_of_a_reader_has_its_place_here() {
    let house = TestHouse::open().await;
    let it = options(ImportStatus::Confirmed, Some("members"));
    let csv = "email,lang,tz,hour,tags,created_at\na@a.example,de-AT,Europe/Vienna,7,\"SPORT, cats\",2024-03-14 12:00:00\nb@a.example,xx,Nowhere,25,cats,2099-01-01\n";
    run(&house, csv, &it).await;
    let (anna, ben) = ("subscribers WHERE email = 'a@a.example'", "subscribers WHERE email = 'b@a.example'");
    assert_eq!((house.text("language", anna).await, house.text("language", ben).await), ("de".into(), "en".into()));
    let chosen = "COALESCE(time_zone, '-') || ' ' || COALESCE(hour, '-') || ' ' || COALESCE(sections, '-')";
    let of = |who| format!("subscriptions WHERE subscriber_id = (SELECT id FROM {who})");
    assert_eq!(house.text(chosen, &of(anna)).await, "Europe/Vienna 7 [\"sport\"]");
    assert_eq!(house.text(chosen, &of(ben)).await, "- - -");
    let march = crate::base::Timestamp::parse_rfc3339("2024-03-14T12:00:00Z").unwrap().as_micros();
    assert_eq!(house.count(&format!("consents WHERE given_at = {march}")).await, 1);
}

const STATES: [&str; 6] = ["active", "unsubscribed", "bounced", "spam", "pending", "odd"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Few people and many lists: everything meets everything.
    #[test]
    fn a_dry_run_says_what_will_be_and_nobody_who_must_not_be_mailed_ever_is(
        lists in prop::collection::vec((prop::collection::vec((0u8..6, 0usize..6), 1..12), any::<bool>(), any::<bool>(), 1usize..5), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let house = TestHouse::open().await;
            for address in ["r0@a.example", "r1@a.example"] {
                sign_up(&house.app, SignUp::by_form(address)).await.unwrap();
                confirm(&house.app, &house.confirm_token(address).await, None, &[]).await.unwrap();
            }
            let link = unsubscribe_link(&house.app, 1);
            leave(&house.app, link.rsplit('/').next().unwrap(), LeaveScope::One).await.unwrap();
            suppress(&house.app, Actor::Console, &EmailAddr::parse("r2@a.example").unwrap(), SuppressionReason::Complaint).await.unwrap();
            for (rows, weekend, pending, batch_rows) in lists {
                let rows: Vec<String> = rows.iter().map(|(who, state)| format!("r{who}@a.example,{}", STATES[*state])).collect();
                let csv = format!("email,status\n{}\n", rows.join("\n"));
                let it = ImportOptions {
                    publication: Some(if weekend { "weekend" } else { "evening" }.to_owned()),
                    batch_rows: Some(batch_rows),
                    ..options(if pending { ImportStatus::Pending } else { ImportStatus::Confirmed }, Some("x"))
                };
                let before = house.dump().await;
                let dry = run(&house, &csv, &ImportOptions { dry_run: true, ..it.clone() }).await;
                assert_eq!(house.dump().await, before);
                // Rows that were asked today already are the outbox's to know.
                let asked = |outcome: &RowOutcome| if *outcome == RowOutcome::AskedBefore { RowOutcome::Asked } else { *outcome };
                let real = run(&house, &csv, &it).await;
                assert_eq!(dry.1.iter().map(asked).collect::<Vec<_>>(), real.1.iter().map(asked).collect::<Vec<_>>(), "{csv}");
                for suppressed in ["r2@a.example"] {
                    let active = format!("subscriptions s JOIN subscribers p ON p.id = s.subscriber_id WHERE p.email = '{suppressed}' AND s.state = 'active'");
                    assert_eq!(house.count(&active).await, 0);
                }
                assert_eq!(house.count("subscriptions WHERE id = 1 AND state = 'active'").await, 0, "who left here stays away");
                let both = "suppressions x JOIN subscribers p ON p.address_hash = x.address_hash JOIN subscriptions s ON s.subscriber_id = p.id WHERE s.state = 'active'";
                assert_eq!(house.count(both).await, 0, "{csv}");
            }
        });
    }
}
