//! A reader that goes away is no error.

use super::*;

#[tokio::test]
async fn a_closed_pipe_ends_a_command_quietly() {
    let place = fresh(nowhere());
    place.declare(&[]).await;
    place.write("feed.xml", &crate::harness::rss(400));
    let said = place.shell("$lamplighter inspect feed feed.xml | head -1; exit ${PIPESTATUS[0]}").await.ok();
    assert_eq!((said.out.lines().count(), said.err.as_str()), (1, ""), "{said}");
    let said = place.shell("seq 100000 | $lamplighter inspect address | head -1; exit ${PIPESTATUS[1]}").await.ok();
    assert_eq!(said.err, "", "{said}");
}

#[tokio::test]
async fn closed_messages_end_no_command() {
    let place = fresh(nowhere());
    place.declare(&[]).await;
    let rows: String = (0..5_000).map(|n| format!("reader-{n}@\n")).collect();
    place.write("readers.csv", &format!("email\n{rows}anna@readers.example\n"));
    let command = "$lamplighter subscriber import readers.csv --status confirmed --consent Fair 2> >(head -1)";
    let said = place.shell(command).await.with_code(1);
    assert!(said.out.contains("1 imported"), "{said}");
}
