//! Corrections at the desk: of an edition that is still going out, and of one that was stopped.

use super::{MONDAY, at_desk};
use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::db::Sql;
use lamplighter::editions::EditionState as S;
use lamplighter::operators::Role;

/// At nine in the morning, long after the others.
const LATE: Sql =
    Sql::both("UPDATE subscriptions SET hour = 9 WHERE id IN (SELECT id FROM subscriptions ORDER BY id DESC LIMIT 2)");
/// Of those who wait, one was on the wire when the connection died.
const UNCERTAIN: Sql = Sql::both(
    "UPDATE deliveries SET state = 'uncertain', reason = 'the connection died' WHERE id = (SELECT MAX(id) FROM deliveries WHERE state = 'queued')",
);

async fn run(t: &Harness, sql: Sql) {
    let mut tx = t.db().begin().await.unwrap();
    tx.execute(sql, vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Ada has Monday's edition, Ben and Cleo are to get it tomorrow at nine.
async fn half_sent(t: &Harness) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    for reader in ["ada", "ben", "cleo"] {
        t.subscribe(&format!("{reader}@readers.example")).await;
    }
    run(t, LATE).await;
    paper.publish("Harbour opens");
    t.evening(MONDAY).await;
    assert_eq!(t.edition(MONDAY).await.state, S::Sending);
    paper
}

both_engines! {
    async fn who_corrects_an_edition_that_is_still_going_out_is_told_who_gets_the_wrong_words_yet(mut t: Harness) {
        let _paper = half_sent(&t).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        assert!(edda.get(&base).await.text.contains(&format!("{base}/corrections")), "a way leads there");
        let page = edda.get(&format!("{base}/corrections")).await;
        for words in ["1 reader has it.", "still going out", "<strong>2 readers wait</strong>", "pause it first", "#steer"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        edda.press(&format!("{base}/steer"), &[("action", "pause")]).await;
        let page = edda.get(&format!("{base}/corrections")).await;
        assert!(page.text.contains("It is paused") && page.text.contains("if you end it, they get nothing"), "{}", page.text);
        edda.press(&format!("{base}/steer"), &[("action", "abort"), ("sure", "yes")]).await;
        assert!(!edda.get(&format!("{base}/corrections")).await.text.contains("still-to-come"));
    }

    async fn a_stopped_edition_has_one_number_of_readers_on_every_page(mut t: Harness) {
        let _paper = half_sent(&t).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let list = edda.get("/desk/editions").await;
        assert!(list.text.contains("data-label=\"Have it\">1 of 3<"), "{}", list.text);
        run(&t, UNCERTAIN).await;
        edda.press(&format!("{base}/steer"), &[("action", "abort"), ("sure", "yes")]).await;
        let words = "1 reader has it, 1 more may have it.";
        for path in ["/desk", &format!("{base}/corrections")] {
            let page = edda.get(path).await;
            assert!(page.text.contains(words), "{path}: {}", page.text);
        }
        let list = edda.get("/desk/editions").await;
        assert!(list.text.contains("data-label=\"Have it\">1 of 3<"), "{}", list.text);
        assert!(edda.get(&base).await.text.contains("<dt>Accepted</dt><dd>1</dd>"));
    }
}
