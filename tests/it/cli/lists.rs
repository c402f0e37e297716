//! `subscriber import`, `subscriber export` and `suppression`: what is said, written and answered.

use super::*;

const LIST: &str = "Mail,Kind,Nick\nanna@readers.example,active,A\nben@readers.example,unsubscribed,B\nnonsense,active,C\n=x@readers.example,active,D\n";

async fn place() -> Place {
    let place = fresh(nowhere());
    place.declare(&[]).await;
    place.write("list.csv", LIST);
    place
}

#[tokio::test]
async fn an_import_says_what_it_takes_the_columns_for_and_reports_every_row_dry_as_wet() {
    let place = place().await;
    let common =
        ["subscriber", "import", "list.csv", "--status", "confirmed", "--consent", "Fair", "--map", "Kind=status"];
    let dry = place.run(&[&common[..], &["--dry-run", "--report", "dry.csv"]].concat()).await.with_code(1);
    assert!(dry.out.contains("2 imported") && dry.out.contains("dry run"), "{dry}");
    dry.tells(&[
        "Mail = email",
        "Kind = status",
        "left out: ",
        "line 3: b***@r***.example",
        "line 4: n***",
        "(lines of list.csv; its header is line 1)",
    ]);
    let list = place.run(&["subscriber", "list", "--json"]).await.ok().json();
    assert_eq!(list.as_array().map(Vec::len), Some(0));
    place.run(&[&common[..], &["--report", "wet.csv"]].concat()).await.with_code(1);
    let report = place.read("wet.csv");
    assert_eq!(place.read("dry.csv"), report);
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[0], "line,address,outcome,reason,next_step");
    assert_eq!(lines[1], "2,a***@r***.example,imported,,");
    assert!(lines[2].starts_with("3,b***@r***.example,list_says_no,"), "{report}");
    assert!(lines[3].starts_with("4,n***,refused,") && lines[3].contains("import the file again"), "{report}");
    assert!(lines[4].starts_with("5,'=***@"), "no formula: {report}");
    assert!(!report.contains("@readers"), "{report}");
}

#[tokio::test]
async fn a_column_or_field_that_is_not_there_is_a_mistake_of_usage() {
    let place = place().await;
    place.run(&["subscriber", "import", "list.csv", "--map", "Where=email"]).await.with_code(2).tells(&["Where"]);
    place.run(&["subscriber", "import", "list.csv", "--map", "Mail=address"]).await.with_code(2).tells(&["time_zone"]);
    place.run(&["subscriber", "export", "--publication", "noon"]).await.with_code(2).tells(&["noon"]);
}

#[tokio::test]
async fn an_export_is_whole_private_and_comes_back() {
    use std::os::unix::fs::PermissionsExt as _;
    let one = place().await;
    one.run(&["subscriber", "add", "anna@readers.example"]).await.ok();
    one.run(&["subscriber", "export", "--output", "out.csv"]).await.ok().tells(&["1 subscriptions"]);
    let mode = std::fs::metadata(one.path("out.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!one.path("out.csv.partial").exists());
    let said = one.run(&["subscriber", "export"]).await.ok();
    assert_eq!(said.out, one.read("out.csv"));
    let other = place().await;
    other.write("back.csv", &said.out);
    let back = other.run(&["subscriber", "import", "back.csv"]).await.ok();
    assert!(back.out.contains("1 imported"), "{back}");
    back.tells(&["an export of Lamplighter"]);
    assert_eq!(other.run(&["subscriber", "export"]).await.ok().out, said.out);
}

#[tokio::test]
async fn suppressions_are_added_listed_removed_and_carried_over() {
    let place = place().await;
    place.run(&["suppression", "add", "anna@readers.example", "--days", "30"]).await.ok();
    place.write("bad.csv", "email,reason\nben@readers.example,complaint\n");
    place.run(&["suppression", "import", "bad.csv"]).await.ok();
    let list = place.run(&["suppression", "list", "--json"]).await.ok();
    assert!(!list.out.contains("readers.example"), "{list}");
    assert_eq!(list.json().as_array().map(Vec::len), Some(2));
    let complaints = place.run(&["suppression", "list", "--reason", "complaint", "--json"]).await.ok().json();
    let hash = complaints[0]["hash"].as_str().expect("a hash").to_owned();
    place.run(&["suppression", "remove", &hash]).await.with_code(1).tells(&["complaint", "sign-up"]);
    place.run(&["suppression", "remove", "anna@readers.example"]).await.ok();
    place.run(&["suppression", "remove", "anna@readers.example"]).await.with_code(1).tells(&["not suppressed"]);
    let said = place.run(&["suppression", "export"]).await.ok();
    place.write("own.csv", &said.out);
    let same = place.run(&["suppression", "import", "own.csv"]).await.ok();
    assert!(same.out.contains("1 already there"), "{same}");
    let other = self::place().await;
    other.write("own.csv", &said.out);
    other.run(&["suppression", "import", "own.csv"]).await.with_code(1).tells(&["another installation"]);
}
