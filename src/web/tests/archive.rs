//! The archive: what was sent, to everybody; what was not, to nobody.

use super::*;

/// Edition 1 of `evening` was sent, edition 2 is a draft.
pub(super) async fn two_editions(house: &TestHouse) {
    let columns = "(id, publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, sealed_at, created_at)";
    let sent = "(1, 1, '2026-11-22', '2026-11-22', 0, 0, 0, 'sent', 1, '', 'Harbour <opens>', 'And more', '', 1795370400000000, 0)";
    let draft = "(2, 1, '2026-11-23', '2026-11-23', 0, 0, 0, 'drafted', 1, '', 'Tomorrow', '', '', NULL, 0)";
    house.insert("editions", &format!("{columns} VALUES {sent}, {draft}")).await;
    let variant = "(edition_id, key, subject, html, text, content_hash) VALUES (1, 'web', 's', '<html><body style=\"color:red\">The frozen page</body></html>', 't', 'h'), (2, 'web', 's', 'The draft', 't', 'h')";
    house.insert("edition_variants", variant).await;
}

#[tokio::test]
async fn sent_editions_are_public_and_drafts_are_not() {
    let house = TestHouse::open().await;
    assert!(get(&house, "/archive/evening").await.text.contains("No edition has been sent yet"));
    two_editions(&house).await;
    let shelves = get(&house, "/archive").await;
    assert!(shelves.text.contains("The Evening Lamp") && shelves.text.contains("Harbour &#60;opens&#62;"));
    let issues = get(&house, "/archive/evening").await;
    assert!(issues.text.contains("Sunday, 22 November 2026") && !issues.text.contains("Tomorrow"), "{}", issues.text);
    let edition = get(&house, "/archive/evening/2026-11-22").await;
    assert!(edition.status == 200 && edition.text.contains("The frozen page"));
    assert!(edition.header("content-security-policy").contains("style-src 'unsafe-inline'"));
    for path in ["/archive/evening/2026-11-23", "/archive/weekend/2026-11-22", "/archive/nope", "/archive/evening/x"] {
        assert_eq!(get(&house, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_long_archive_is_turned_page_by_page() {
    let house = TestHouse::open().await;
    let columns = "(id, publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, sealed_at, created_at)";
    let rows: Vec<String> = (1..=61)
        .map(|id| format!("({id}, 1, 'd{id}', 'd{id}', 0, 0, 0, 'sent', 1, '', 'Evening {id}.', '', '', {id}, 0)"))
        .collect();
    house.insert("editions", &format!("{columns} VALUES {}", rows.join(", "))).await;
    let page = async |query: &str| get(&house, &format!("/archive/evening{query}")).await;
    let first = page("").await;
    assert!(
        first.text.contains("Evening 61.") && first.text.contains("Evening 32.") && !first.text.contains("Evening 31.")
    );
    assert!(first.text.contains("Page 1 of 3") && first.text.contains("?page=2") && !first.text.contains("Newer"));
    let last = page("?page=3").await;
    assert!(last.text.contains("Evening 1.") && !last.text.contains("Evening 2.") && last.text.contains("Newer"));
    assert!(!last.text.contains("Older"));
    assert_eq!((page("?page=4").await.status, page("?page=x").await.status), (404, 200));
}
