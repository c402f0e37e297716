//! What articles have to do with each other, from the feed to the mail.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::{CrashPoint, Span};
use lamplighter::db::Sql;
use lamplighter::gather::ArticleId;
use lamplighter::gather::meaning::{self, LinkKind};

const BRIDGE: &str = "The new bridge across the Norr opened to traffic on Monday after nine years of work, two court \
    cases and a change of builder. Mayor Maren Holt cut the ribbon before several hundred people who had walked from \
    both banks in the rain. She said the crossing would halve the way to the hospital for everybody who lives on the \
    eastern side. The bridge cost 41 million crowns, eleven million more than the council had planned. The builder \
    blames the ground, which turned out to be softer than the drawings said.";
const COUNCIL: &str = "The council of Norrholm wants to know why the bridge cost eleven million crowns more than \
    planned. The builder blames the ground, and the mayor blames the builder. A committee will read the contracts of \
    nine years, and engineers will say whether lorries may use the crossing before the ramps on both banks are ready. \
    The hospital waits for the shorter way to the eastern side.";
const CHOIR: &str = "The choir of the cathedral sings a forgotten mass from a manuscript that a student found in a \
    cupboard. Soloists come from the academy, the organ was tuned in autumn, and tickets for both concerts were gone \
    within an hour of the announcement. A third evening is planned for the week before Christmas, if the heating holds.";

const IDS: Sql = Sql::both("SELECT id AS value FROM articles WHERE title = $1");
const REASONS: Sql = Sql::both("SELECT reason AS value FROM candidates WHERE state = 'folded' ORDER BY article_id");
const STORIES: Sql = Sql::both("SELECT COUNT(DISTINCT story_key) AS value FROM articles");
const UNSETTLED: Sql =
    Sql::both("SELECT COUNT(*) AS value FROM articles WHERE id NOT IN (SELECT article_id FROM article_terms)");
const TAKE_DOWN: Sql = Sql::both("UPDATE candidates SET state = 'gone' WHERE article_id = $1");
const AGENCY: Sql = Sql::both("SELECT agency AS value FROM articles WHERE title = $1");

fn publish(paper: &Newspaper, title: &str, text: &str) {
    paper.publish(title);
    paper.edit(title, |it| it.text = text.to_owned());
}

async fn value<T: lamplighter::db::Column>(t: &Harness, sql: Sql, title: Option<&str>) -> T {
    let values = title.map(|it| vec![it.into()]).unwrap_or_default();
    t.db().read().await.unwrap().fetch_value(sql, values).await.unwrap()
}

/// The kinds of likeness of an article, with the other's id.
async fn links(t: &Harness, title: &str) -> Vec<(LinkKind, ArticleId)> {
    let id: ArticleId = value(t, IDS, Some(title)).await;
    let links = meaning::list_links(&mut t.db().read().await.unwrap(), id).await.unwrap();
    links.into_iter().map(|it| (it.kind, if it.article_id == id { it.other_id } else { it.article_id })).collect()
}

async fn state(t: &Harness, word: &str) -> i64 {
    t.candidates().await.get(word).copied().unwrap_or(0)
}

/// Two papers that are both read from the start.
async fn two_papers(t: &Harness) -> (Newspaper, Newspaper) {
    let (paper, other) = (Newspaper::open().await, Newspaper::open().await);
    t.set_up(Newsroom::of(&paper).source(&other.feed(), "")).await;
    (paper, other)
}

both_engines! {
    async fn a_copy_from_another_source_folds_and_is_counted(t: Harness) {
        let (paper, other) = two_papers(&t).await;
        t.subscribe("ada@readers.example").await;
        publish(&paper, "Bridge opens after nine years", BRIDGE);
        t.gather().await;
        publish(&other, "Norrholm has its crossing", &format!("NORRHOLM (AP) \u{2014} {BRIDGE} The opening was shown in the square."));
        publish(&other, "Choir finds a mass", CHOIR);
        t.gather().await;
        assert_eq!((state(&t, "pool").await, state(&t, "folded").await), (2, 1));
        let reason: String = value(&t, REASONS, None).await;
        assert!(reason.contains("Bridge opens after nine years"), "{reason}");
        assert_eq!(value::<String>(&t, AGENCY, Some("Norrholm has its crossing")).await, "AP");
        t.assert_conserved("evening").await;
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Bridge opens after nine years", "Choir finds a mass"]);
        t.assert_conserved("evening").await;
    }

    async fn a_copy_of_what_was_sent_is_not_sent_again(t: Harness) {
        let (paper, other) = two_papers(&t).await;
        t.subscribe("ada@readers.example").await;
        publish(&paper, "Bridge opens after nine years", BRIDGE);
        other.publish("Something else");
        t.evening("2026-11-23").await;
        publish(&other, "Norrholm has its crossing", BRIDGE);
        other.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails"]);
        assert_eq!(state(&t, "folded").await, 1);
        let reason: String = value(&t, REASONS, None).await;
        assert!(reason.starts_with("another article of the same story is in an edition"), "{reason}");
        t.assert_conserved("evening").await;
    }

    async fn an_update_is_shown_to_the_editor_and_stays(t: Harness) {
        let (paper, other) = two_papers(&t).await;
        publish(&paper, "Bridge opens", BRIDGE);
        t.gather().await;
        publish(&other, "Bridge opens to traffic", &BRIDGE.replace("41 million", "44 million"));
        t.gather().await;
        publish(&other, "Choir finds a mass", CHOIR);
        t.gather().await;
        assert_eq!((state(&t, "pool").await, state(&t, "folded").await), (3, 0));
        assert_eq!(links(&t, "Choir finds a mass").await, []);
        let choir: ArticleId = value(&t, IDS, Some("Choir finds a mass")).await;
        let sql = Sql::both("SELECT COUNT(*) AS value FROM article_links WHERE kind = 'update' AND article_id <> $1");
        let updates: i64 = t.db().read().await.unwrap().fetch_value(sql, vec![choir.into()]).await.unwrap();
        assert_eq!(updates, 1);
        assert_eq!(value::<i64>(&t, STORIES, None).await, 3);
    }

    async fn a_restart_between_recording_and_settling_loses_nothing(t: Harness) {
        let (paper, other) = two_papers(&t).await;
        publish(&paper, "Bridge opens after nine years", BRIDGE);
        publish(&other, "Norrholm has its crossing", BRIDGE);
        t.faults.arm(CrashPoint::BeforeSettleCommit, 1);
        tokio::select! {
            () = t.faults.crashed() => {}
            _ = t.gather() => panic!("it went on"),
        }
        let t = t.restart().await;
        assert_eq!(value::<i64>(&t, UNSETTLED, None).await, 2);
        assert_eq!((state(&t, "pool").await, state(&t, "folded").await), (2, 0));
        t.gather().await;
        assert_eq!(value::<i64>(&t, UNSETTLED, None).await, 0);
        assert_eq!((state(&t, "pool").await, state(&t, "folded").await), (1, 1));
        assert_eq!(meaning::settle(&t.app, &[]).await.unwrap(), meaning::Settled::default(), "it is done");
        t.assert_conserved("evening").await;
    }

    async fn a_copy_is_back_when_its_story_is_taken_down(t: Harness) {
        let (paper, other) = two_papers(&t).await;
        publish(&paper, "Bridge opens after nine years", BRIDGE);
        t.gather().await;
        publish(&other, "Norrholm has its crossing", BRIDGE);
        t.gather().await;
        assert_eq!((state(&t, "pool").await, state(&t, "folded").await), (1, 1));
        let id: ArticleId = value(&t, IDS, Some("Bridge opens after nine years")).await;
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(TAKE_DOWN, vec![id.into()]).await.unwrap();
        tx.commit().await.unwrap();
        t.gather().await;
        assert_eq!((state(&t, "pool").await, state(&t, "folded").await, state(&t, "gone").await), (1, 0, 1));
    }

    async fn two_processes_settle_the_same_articles_once(t: Harness) {
        let (paper, other) = two_papers(&t).await;
        let second = t.another_process().await;
        for round in 0..5 {
            let text = format!("Round number{round} of it. {BRIDGE} And so ends number{round}, as the mayor wanted.");
            let text = text.replace("Norr", &format!("Norr{round}")).replace("bridge", &format!("bridge{round}"));
            let text = text.replace(" the ", &format!(" the{round} "));
            publish(&paper, &format!("Bridge of round {round}"), &text);
            publish(&other, &format!("Crossing of round {round}"), &text);
            let gather = |app: lamplighter::app::App| async move {
                use lamplighter::gather::{Mode, Scope, gather};
                gather(&app, Scope::All, Mode::Unconditional, &|_| {}).await.unwrap();
            };
            tokio::join!(gather(t.app.clone()), gather(second.clone()));
            assert_eq!((state(&t, "pool").await, state(&t, "folded").await), (round + 1, round + 1));
            t.assert_conserved("evening").await;
            t.advance(Span::minutes(10));
        }
        second.db.close().await;
    }

    async fn a_story_that_lists_nothing_leads_to_what_was_told_before(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        publish(&paper, "Bridge opens after nine years", BRIDGE);
        publish(&paper, "Choir finds a mass", CHOIR);
        t.evening("2026-11-23").await;
        publish(&paper, "Council asks about the bridge", COUNCIL);
        t.evening("2026-11-24").await;
        let mails = t.editions_for("ada@readers.example");
        assert_eq!(mails.len(), 2);
        assert!(mails[1].text.contains("Bridge opens after nine years"), "{}", mails[1].text);
        assert!(!mails[1].text.contains("Choir finds a mass"), "{}", mails[1].text);
        assert_eq!(links(&t, "Council asks about the bridge").await.len(), 1);
    }

    async fn what_stands_in_the_same_edition_is_not_listed_again(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        publish(&paper, "Bridge opens after nine years", BRIDGE);
        publish(&paper, "Council asks about the bridge", COUNCIL);
        t.evening("2026-11-23").await;
        let text = &t.editions_for("ada@readers.example")[0].text;
        assert_eq!(text.matches("bridge-opens-after-nine-years").count(), 1, "{text}");
    }
}
