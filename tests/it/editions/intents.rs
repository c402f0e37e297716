//! What an editor wants before there is a draft, and what becomes of it at the claim.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::{self, EditionError, EditionState as S, IntentChange, Pin, Placement, ShapeError};
use lamplighter::gather::ArticleId;
use lamplighter::operators::Actor;

async fn want(t: &Harness, label: &str, article: ArticleId, change: IntentChange) {
    let edition = t.edition(label).await;
    let after =
        editions::set_intent(&t.app, Actor::Console, edition.id, Some(edition.revision), article, &change).await;
    assert_eq!(after.unwrap().revision, edition.revision + 1);
}

fn pin(place: i64) -> IntentChange {
    IntentChange { pin: Some(Pin::At(place)), ..IntentChange::default() }
}

both_engines! {
    async fn what_was_wanted_is_in_the_draft_and_stays_in_it(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        for title in ["Harbour opens", "Ferry sails", "Mayor speaks", "Bridge closes"] {
            paper.publish(title);
        }
        t.gather().await;
        t.tick().await;
        let [harbour, ferry, mayor, bridge] = t.articles(["Harbour opens", "Ferry sails", "Mayor speaks", "Bridge closes"]).await;
        want(&t, "2026-11-23", mayor, IntentChange { headline: Some("The mayor's word".into()), ..pin(1) }).await;
        want(&t, "2026-11-23", bridge, pin(1)).await;
        want(&t, "2026-11-23", ferry, IntentChange { hidden: Some(true), ..IntentChange::default() }).await;
        want(&t, "2026-11-23", harbour, IntentChange { held: Some(true), ..IntentChange::default() }).await;
        // Said before a restart.
        let t = t.restart().await;
        t.evening("2026-11-23").await;
        let edition = t.edition("2026-11-23").await;
        assert_eq!(edition.state, S::Sent);
        let items = editions::list_items(&mut t.db().read().await.unwrap(), edition.id).await.unwrap();
        let ids: Vec<ArticleId> = items.iter().map(|item| item.article_id).collect();
        assert_eq!(ids, [bridge, mayor, ferry], "the last word about a place counts, and nothing was lost");
        assert_eq!(items[1].headline.as_deref(), Some("The mayor's word"));
        assert_eq!((items[2].placement, items[2].placement_by.as_deref()), (Placement::Hidden, Some("console")));
        assert_eq!(t.candidates().await.get("held"), Some(&1));
        t.assert_conserved("evening").await;
        let mail = &t.editions_for("ada@readers.example")[0];
        assert!(mail.text.contains("The mayor's word") && !mail.text.contains("Ferry sails"), "{}", mail.text);
    }

    async fn what_is_held_is_held_also_when_nothing_else_is_left_to_say(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.tick().await;
        let harbour = t.article("Harbour opens").await;
        want(&t, "2026-11-23", harbour, IntentChange { held: Some(true), ..IntentChange::default() }).await;
        t.evening("2026-11-23").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Skipped);
        t.evening("2026-11-24").await;
        assert!(t.editions_mailed().is_empty());
        assert_eq!(t.candidates().await.get("held"), Some(&1));
        t.assert_conserved("evening").await;
    }

    async fn what_is_no_longer_wanted_is_not_done(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.tick().await;
        let harbour = t.article("Harbour opens").await;
        let edition = t.edition("2026-11-23").await;
        want(&t, "2026-11-23", harbour, IntentChange { held: Some(true), ..pin(3) }).await;
        let stale = editions::clear_intent(&t.app, Actor::Console, edition.id, Some(edition.revision), harbour).await;
        assert!(matches!(stale, Err(EditionError::Conflict(_))), "{stale:?}");
        assert_eq!(editions::list_intents(&t.app, lamplighter::operators::Actor::Console, edition.id).await.unwrap().len(), 1);
        want(&t, "2026-11-23", harbour, IntentChange { held: Some(false), pin: Some(Pin::Free), ..IntentChange::default() }).await;
        assert!(editions::list_intents(&t.app, lamplighter::operators::Actor::Console, edition.id).await.unwrap().is_empty(), "nothing is wanted of it");
        want(&t, "2026-11-23", harbour, pin(1)).await;
        editions::clear_intent(&t.app, Actor::Console, edition.id, None, harbour).await.unwrap();
        for (wrong, article) in [(pin(0), harbour), (pin(501), harbour), (IntentChange { headline: Some("a\nb".into()), ..IntentChange::default() }, harbour), (pin(1), ArticleId(1))] {
            let refused = editions::set_intent(&t.app, Actor::Console, edition.id, None, article, &wrong).await;
            assert!(matches!(refused, Err(EditionError::Shape(ShapeError::Field { .. } | ShapeError::NotACandidate { .. }))), "{refused:?}");
        }
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        t.go_to("2026-11-23 18:00").await;
        t.tick().await;
        assert_eq!(t.state_of("2026-11-23").await, S::Drafted);
        let late = editions::set_intent(&t.app, Actor::Console, edition.id, None, harbour, &pin(1)).await;
        assert!(matches!(late, Err(EditionError::WrongState { state: S::Drafted, .. })), "{late:?}");
    }
}
