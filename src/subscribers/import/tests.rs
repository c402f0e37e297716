//! Lists as newsrooms bring them: with people who left, bounced, complained, stand there twice, or are no people.

use super::*;
use crate::app::fixtures::TestHouse;
use crate::subscribers::fixtures::Letters as _;
use crate::subscribers::{LeaveScope, SignUp, confirm, leave, sign_up, suppress, unsubscribe_link};

fn options(status: ImportStatus, consent: Option<&str>) -> ImportOptions {
    ImportOptions { publication: "evening".to_owned(), consent: consent.map(str::to_owned), status, dry_run: false }
}

async fn run(house: &TestHouse, csv: &str, options: &ImportOptions) -> (ImportReport, Vec<RowOutcome>) {
    let mut rows = Vec::new();
    let report =
        import(&house.app, Actor::Console, csv.as_bytes(), options, &mut |row| rows.push(row.outcome)).await.unwrap();
    (report, rows)
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
    let (dry_report, _) = run(&house, csv, &dry).await;
    assert_eq!(house.dump().await, before);

    let (report, rows) = run(&house, csv, &with_consent).await;
    assert_eq!(dry_report, report);
    assert_eq!(
        rows,
        [
            RowOutcome::Imported,
            RowOutcome::LeftEarlier,
            RowOutcome::AlreadyThere,
            RowOutcome::Suppressed(SuppressionReason::HardBounce),
            RowOutcome::Suppressed(SuppressionReason::Complaint),
            RowOutcome::ListSaysNo,
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
        "email\na@b.example\n".as_bytes(),
        &options(ImportStatus::Confirmed, Some("  ")),
        &mut |_| (),
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
    let empty = import(&house.app, Actor::Console, &b""[..], &it, &mut |_| ()).await;
    assert!(matches!(empty, Err(ImportError::Empty)));
    let visitor = import(&house.app, Actor::Visitor, &b"email\n"[..], &it, &mut |_| ()).await;
    assert!(matches!(visitor, Err(ImportError::Forbidden(_))));
}
