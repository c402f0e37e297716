//! What an editor decides about articles that no edition has, and what the pool says of them.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::editions::pool::{self, Moved, PoolError, PoolVerb};
use lamplighter::editions::{self, EditionError, ShapeError};
use lamplighter::gather::push::push_articles;
use lamplighter::gather::{ArticleId, CandidateState};
use lamplighter::operators::Actor;
use serde_json::json;

async fn decide(t: &Harness, article: ArticleId, verb: PoolVerb, reason: &str) -> Result<Moved, PoolError> {
    let publication = t.publication("evening").await;
    pool::move_article(&t.app, Actor::Console, &publication, article, verb, reason).await
}

async fn line(t: &Harness, article: ArticleId) -> pool::PoolPage {
    let publication = t.publication("evening").await;
    let mut page = pool::list(&t.app, Actor::Console, &publication, None, None, None).await.unwrap();
    page.lines.retain(|line| line.article_id == article);
    assert_eq!(page.lines.len(), 1);
    page
}

both_engines! {
    async fn a_held_article_waits_a_dismissed_one_never_comes_and_both_can_be_taken_back(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        for title in ["Harbour opens", "Ferry sails", "Mayor speaks"] {
            paper.publish(title);
        }
        t.gather().await;
        let [harbour, ferry, mayor] = t.articles(["Harbour opens", "Ferry sails", "Mayor speaks"]).await;
        assert_eq!(decide(&t, harbour, PoolVerb::Hold, "wait for the lawyer").await.unwrap(), Moved::Now);
        assert_eq!(decide(&t, harbour, PoolVerb::Hold, "twice").await.unwrap(), Moved::Before);
        assert_eq!(decide(&t, ferry, PoolVerb::Dismiss, "an advertisement").await.unwrap(), Moved::Now);
        assert_eq!(line(&t, harbour).await.lines[0].reason, "held by console: wait for the lawyer");
        t.assert_conserved("evening").await;
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Mayor speaks"]);
        for (article, verb) in [(mayor, PoolVerb::Hold), (mayor, PoolVerb::Dismiss), (mayor, PoolVerb::Restore), (ferry, PoolVerb::Release), (harbour, PoolVerb::Restore)] {
            let refused = decide(&t, article, verb, "").await;
            let Err(PoolError::WrongState { next, .. }) = refused else { panic!("{article} {verb:?}: {refused:?}") };
            assert!(next.contains("lamplighter "), "{article} {verb:?}: {next}");
        }
        t.go_to("2026-11-24 12:00").await;
        assert_eq!(decide(&t, harbour, PoolVerb::Release, "").await.unwrap(), Moved::Now);
        assert_eq!(decide(&t, ferry, PoolVerb::Restore, "it is news after all").await.unwrap(), Moved::Now);
        assert_eq!(line(&t, harbour).await.lines[0].eligible_at, t.now());
        t.assert_conserved("evening").await;
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails", "Harbour opens"]);
        t.assert_conserved("evening").await;
        let page = pool::article_page(&t.app, Actor::Console, ferry).await.unwrap();
        let verbs: Vec<&str> = page.events.iter().map(|it| it.verb.as_str()).collect();
        assert_eq!(verbs, ["restore_article", "dismiss_article"]);
        assert!(page.events[1].detail.contains("an advertisement"));
        assert_eq!((page.appearances.len(), page.appearances[0].label.as_str()), (1, "2026-11-24"));
        assert_eq!((page.standings.len(), page.standings[0].state), (1, CandidateState::Claimed));
        assert!(!page.keys.is_empty() && page.sightings.len() == 1);
    }

    async fn an_old_article_is_held_and_goes_out_when_an_editor_lets_it_go(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.gather().await;
        paper.publish_dated("A story of last week", t.now() - Span::days(8));
        t.advance(Span::minutes(5));
        t.gather().await;
        let old = t.article("A story of last week").await;
        let page = line(&t, old).await;
        assert_eq!(page.lines[0].state, CandidateState::Held);
        assert!(page.lines[0].reason.contains("days before"), "{}", page.lines[0].reason);
        decide(&t, old, PoolVerb::Release, "").await.unwrap();
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["A story of last week", "Harbour opens"]);
        t.assert_conserved("evening").await;
    }

    async fn nobody_sees_an_article_before_its_embargo_ends(t: Harness) {
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        t.subscribe("ada@readers.example").await;
        let article = |id: &str, title: &str, until: Option<&str>| {
            let mut it = json!({ "id": id, "url": format!("https://gazette.example/{id}"), "title": title, "content_html": "<p>It is so, says the harbour master. More tomorrow.</p>" });
            if let Some(until) = until {
                it["embargo_until"] = json!(until);
            }
            it
        };
        let secret = article("budget", "Budget is out", Some("2026-11-23T18:20:00Z"));
        push_articles(&t.app, Actor::Console, json!([secret, article("harbour", "Harbour opens", None)])).await.unwrap();
        let budget = t.article("Budget is out").await;
        assert_eq!(line(&t, budget).await.lines[0].embargoed_until(t.now()), Some(crate::harness::instant(chrono_tz::Tz::UTC, "2026-11-23 18:20")));
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        t.go_to("2026-11-23 18:00").await;
        t.tick().await;
        let edition = t.edition("2026-11-23").await;
        // Whatever is done to it, it stays under embargo.
        let add = || editions::add(&t.app, Actor::Console, edition.id, None, budget, None);
        for verb in [PoolVerb::Hold, PoolVerb::Release, PoolVerb::Dismiss, PoolVerb::Restore, PoolVerb::Hold] {
            decide(&t, budget, verb, "").await.unwrap();
            let refused = add().await;
            assert!(matches!(refused, Err(EditionError::Shape(ShapeError::Embargo { .. }))), "{verb:?}: {refused:?}");
        }
        // The newsroom moves it while it is held.
        push_articles(&t.app, Actor::Console, article("budget", "Budget is out", Some("2026-11-23T18:25:00Z"))).await.unwrap();
        t.go_to("2026-11-23 18:22").await;
        assert!(matches!(add().await, Err(EditionError::Shape(ShapeError::Embargo { .. }))));
        let preview = editions::preview(&t.app, lamplighter::operators::Actor::Console, &mut t.db().read().await.unwrap(), &edition).await.unwrap().unwrap();
        assert!(preview.text.contains("Harbour opens") && !preview.text.contains("Budget"), "{}", preview.text);
        t.go_to("2026-11-23 18:25").await;
        add().await.unwrap();
        t.assert_conserved("evening").await;
        let preview = editions::preview(&t.app, lamplighter::operators::Actor::Console, &mut t.db().read().await.unwrap(), &t.edition("2026-11-23").await).await.unwrap().unwrap();
        assert!(preview.text.contains("Budget is out"));
    }

    async fn an_embargo_that_comes_after_the_claim_takes_the_article_out_again(t: Harness) {
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        t.subscribe("ada@readers.example").await;
        let article = |id: &str, title: &str| json!({ "id": id, "url": format!("https://gazette.example/{id}"), "title": title, "content_html": "<p>It is so, says the harbour master. More tomorrow.</p>" });
        push_articles(&t.app, Actor::Console, json!([article("budget", "Budget is out"), article("harbour", "Harbour opens")])).await.unwrap();
        t.go_to("2026-11-23 17:58").await;
        t.live_until("2026-11-23 18:24").await;
        let approved = t.edition("2026-11-23").await;
        assert_eq!(approved.state, editions::EditionState::Approved);
        let mut secret = article("budget", "Budget is out");
        secret["embargo_until"] = json!("2026-11-23T21:00:00Z");
        push_articles(&t.app, Actor::Console, secret.clone()).await.unwrap();
        let preview = editions::preview(&t.app, lamplighter::operators::Actor::Console, &mut t.db().read().await.unwrap(), &approved).await;
        assert!(matches!(preview, Err(EditionError::Shape(ShapeError::Embargo { .. }))), "{preview:?}");
        let sealed = lamplighter::delivery::send_now(&t.app, Actor::Console, approved.id).await;
        assert!(sealed.is_err(), "nobody sends it by hand either");
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Harbour opens"]);
        let mail = &t.editions_for("ada@readers.example")[0];
        assert!(!mail.text.contains("Budget") && !mail.subject.contains("Budget"), "{}", mail.text);
        t.assert_conserved("evening").await;
        // What went out already cannot be taken back.
        let mut late = article("harbour", "Harbour opens");
        late["embargo_until"] = json!("2026-11-23T21:00:00Z");
        push_articles(&t.app, Actor::Console, late).await.unwrap();
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Budget is out"]);
        t.assert_conserved("evening").await;
    }

    async fn the_pool_is_turned_page_by_page(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        for number in 0..7 {
            paper.publish(&format!("Story {number}"));
        }
        t.gather().await;
        let publication = t.publication("evening").await;
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = pool::list(&t.app, Actor::Console, &publication, Some(CandidateState::Pool), before, Some(3)).await.unwrap();
            assert!(page.lines.len() <= 3);
            seen.extend(page.lines.iter().map(|line| line.article_id));
            before = page.next_before;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 7);
        assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "{seen:?}");
        let none = pool::list(&t.app, Actor::Console, &publication, Some(CandidateState::Gone), None, None).await.unwrap();
        assert!(none.lines.is_empty() && none.next_before.is_none());
    }

    async fn of_an_editor_and_a_claim_at_once_one_has_the_article(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        paper.publish("Ferry sails");
        t.gather().await;
        t.tick().await;
        let (harbour, publication) = (t.article("Harbour opens").await, t.publication("evening").await);
        let other = t.another_process().await;
        let edition = t.edition("2026-11-23").await;
        let (dismissed, claimed) = tokio::join!(
            pool::move_article(&other, Actor::Console, &publication, harbour, PoolVerb::Dismiss, ""),
            editions::claim(&t.app, Actor::System, edition.id, editions::Cutoff::Now { late: false }),
        );
        claimed.unwrap();
        let is_in = t.headlines("2026-11-23").await.contains(&"Harbour opens".to_owned());
        assert_eq!(is_in, dismissed.is_err(), "{dismissed:?}");
        t.assert_conserved("evening").await;
    }
}
