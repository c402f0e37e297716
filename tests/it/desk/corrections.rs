//! Corrections at the desk: of an edition that is still going out, of one that was stopped, and in the draft that tells
//! them.

use super::{MONDAY, at_desk, said};
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

    async fn a_mail_about_a_mistake_says_whom_it_is_for_and_every_draft_what_it_tells(mut t: Harness) {
        let paper = half_sent(&t).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let article = t.article("Harbour opens").await.to_string();
        let right = [("article", article.as_str()), ("was", "eleven <b>boats</b>"), ("is", "twelve boats")];
        let page = edda.press(&format!("{base}/corrections"), &right).await;
        assert_eq!(said(&page), ("good", "Noted. Its page on the web shows it at once, the next edition tells it.".to_owned()));
        let page = edda.press(&format!("{base}/correction-mail"), &[]).await;
        for words in ["Send it now, to 1 reader<", "What was wrong before", "This mail is about nothing else.", "It said: eleven &#60;b&#62;boats", "It is: twelve boats"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert!(!page.text.contains("to everybody<") && !page.text.contains(">yours</span>"), "{}", page.text);

        paper.publish("Ferry sails");
        t.go_to("2026-11-24 17:50").await;
        t.live_until("2026-11-24 18:10").await;
        let mut eva = at_desk(&t, &doors, "Eva", Role::Editor).await;
        let draft = eva.get(&format!("/desk/editions/{}", t.edition("2026-11-24").await.id)).await;
        for words in ["Send it now, to everybody<", "This mail tells it under the heading Corrections.", "It is: twelve boats"] {
            assert!(draft.text.contains(words), "{words}: {}", draft.text);
        }
    }
}
