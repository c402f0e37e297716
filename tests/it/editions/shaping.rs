//! What editors do to a draft, one at a time and at once.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::editions::{
    self, Cutoff, Edition, EditionChange, EditionError, EditionState as S, ImageChange, Item, ItemChange, Origin, Pin,
    Place, Placement, Removal, ShapeError, SubjectChange,
};
use lamplighter::gather::ArticleId;
use lamplighter::operators::{self, Actor, Role};

const READER: &str = "ada@readers.example";

/// The draft of Monday with these stories.
async fn draft(t: &Harness, paper: &Newspaper, titles: &[&str]) -> Edition {
    t.subscribe(READER).await;
    for title in titles {
        paper.publish(title);
    }
    t.go_to("2026-11-23 17:58").await;
    t.tick().await;
    t.go_to("2026-11-23 18:00").await;
    t.tick().await;
    let edition = t.edition("2026-11-23").await;
    assert_eq!(edition.state, S::Drafted);
    edition
}

async fn three(t: &Harness) -> (Newspaper, Edition) {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    let edition = draft(t, &paper, &["Harbour opens", "Ferry sails", "Mayor speaks"]).await;
    (paper, edition)
}

async fn items(t: &Harness, edition: &Edition) -> Vec<Item> {
    editions::list_items(&mut t.db().read().await.unwrap(), edition.id).await.unwrap()
}

async fn order(t: &Harness, edition: &Edition) -> Vec<String> {
    items(t, edition).await.into_iter().map(|item| item.story.title).collect()
}

async fn item(t: &Harness, edition: &Edition, title: &str) -> Item {
    let found = items(t, edition).await.into_iter().find(|item| item.story.title == title);
    found.unwrap_or_else(|| panic!("{title} is in the draft"))
}

async fn last_event(t: &Harness, edition: &Edition) -> (String, String, String) {
    let events = editions::list_events(&mut t.db().read().await.unwrap(), edition.id).await.unwrap();
    let event = events.into_iter().last().unwrap();
    (event.verb, event.actor, event.reason)
}

async fn change(t: &Harness, edition: &Edition, article: ArticleId, change: ItemChange) -> Edition {
    editions::change_item(&t.app, Actor::Console, edition.id, None, article, &change).await.unwrap()
}

pub(super) async fn editor(t: &Harness, name: &str) -> Actor {
    let email = format!("{name}@news.example");
    let id = operators::create(&t.app, Actor::Console, &email, name, Role::Editor, "a long password").await.unwrap();
    Actor::Operator { id, role: Role::Editor }
}

pub(super) fn headline(text: &str) -> ItemChange {
    ItemChange { headline: Some(text.to_owned()), ..ItemChange::default() }
}

both_engines! {
    async fn of_two_editors_at_once_one_wins_and_the_other_is_told_what_was_changed(t: Harness) {
        let (_paper, edition) = three(&t).await;
        let (edda, emil) = (editor(&t, "edda").await, editor(&t, "emil").await);
        let other = t.another_process().await;
        for round in 0..6 {
            let before = t.edition("2026-11-23").await;
            let all = items(&t, &before).await;
            let (one, two) = (headline(&format!("Edda's {round}")), headline(&format!("Emil's {round}")));
            // Of the same story in every other round; of two different ones else.
            let (a, b) = (all[0].article_id, all[round % 2].article_id);
            let (first, second) = tokio::join!(
                editions::change_item(&t.app, edda, edition.id, Some(before.revision), a, &one),
                editions::change_item(&other, emil, edition.id, Some(before.revision), b, &two),
            );
            let (won, lost, who) = match (first, second) {
                (Ok(won), Err(lost)) => (won, lost, edda),
                (Err(lost), Ok(won)) => (won, lost, emil),
                other => panic!("exactly one wins: {other:?}"),
            };
            assert_eq!(won.revision, before.revision + 1);
            let EditionError::Conflict(conflict) = lost else { panic!("{lost:?}") };
            assert_eq!((conflict.seen, conflict.present), (before.revision, won.revision));
            assert_eq!(conflict.changes.len(), 1);
            assert_eq!((conflict.changes[0].verb.as_str(), &conflict.changes[0].actor), ("edit_item", &who.label()));
            let told = conflict.to_string();
            assert!(told.contains(&who.label()) && told.contains("headline: ") && told.contains("look at it again"), "{told}");
            let headlines: Vec<_> = items(&t, &edition).await.into_iter().filter_map(|it| it.headline).collect();
            let (winner, loser) = if who == edda { (&one, &two) } else { (&two, &one) };
            assert!(headlines.contains(winner.headline.as_ref().unwrap()), "{headlines:?}");
            assert!(!headlines.contains(loser.headline.as_ref().unwrap()), "nothing of the other was done: {headlines:?}");
        }
        // Whoever looks again can go on.
        let now = t.edition("2026-11-23").await;
        let article = items(&t, &now).await[2].article_id;
        editions::change_item(&t.app, emil, edition.id, Some(now.revision), article, &headline("Emil at last")).await.unwrap();
    }

    async fn every_change_counts_and_is_told_and_none_is_not(t: Harness) {
        let (_paper, edition) = three(&t).await;
        let edda = editor(&t, "edda").await;
        let ferry = item(&t, &edition, "Ferry sails").await.article_id;
        let wanted = ItemChange { note: Some("See page 3".into()), ..headline("The ferry is back") };
        let after = editions::change_item(&t.app, edda, edition.id, Some(edition.revision), ferry, &wanted).await.unwrap();
        assert_eq!(after.revision, edition.revision + 1);
        let (verb, actor, reason) = last_event(&t, &edition).await;
        assert_eq!((verb.as_str(), actor), ("edit_item", edda.label()));
        assert_eq!(reason, format!("article {ferry}: headline: the article's own -> \"The ferry is back\"; note: none -> \"See page 3\""));
        // The same once more changes nothing and leaves no trace.
        let again = editions::change_item(&t.app, edda, edition.id, Some(after.revision), ferry, &wanted).await.unwrap();
        assert_eq!(again.revision, after.revision);
        assert_eq!(last_event(&t, &edition).await.2, reason);
        let words = EditionChange { note: Some("Dear *readers*,\n\ngood evening.".into()), subject: Some(SubjectChange::Own("The ferry is back".into())), ..EditionChange::default() };
        let after = editions::change_edition(&t.app, edda, edition.id, Some(again.revision), &words).await.unwrap();
        assert_eq!((after.subject.as_str(), after.note.as_str()), ("The ferry is back", "Dear *readers*,\n\ngood evening."));
        assert_eq!(after.subject_by, Some(edda.label()));
        // The words of the day stay when the stories change; the composer's come back when they are wanted.
        let after = change(&t, &edition, ferry, headline("")).await;
        assert_eq!(after.subject, "The ferry is back");
        let automatic = EditionChange { subject: Some(SubjectChange::Own(String::new())), ..EditionChange::default() };
        let after = editions::change_edition(&t.app, edda, edition.id, None, &automatic).await.unwrap();
        assert!(after.subject.starts_with("The Lamp: ") && after.subject_by.is_none(), "{}", after.subject);
        assert_eq!(t.edition("2026-11-23").await.subject, after.subject);
    }

    async fn what_an_editor_wrote_survives_a_restart_and_a_new_ranking_and_arrives(t: Harness) {
        let (_paper, edition) = three(&t).await;
        let last = order(&t, &edition).await[2].clone();
        let article = item(&t, &edition, &last).await.article_id;
        let shaped = ItemChange { pin: Some(Pin::At(1)), excerpt: Some("In our own words.".into()), ..headline("Read this first") };
        change(&t, &edition, article, shaped).await;
        let hidden = item(&t, &edition, if last == "Ferry sails" { "Mayor speaks" } else { "Ferry sails" }).await;
        change(&t, &edition, hidden.article_id, ItemChange { place: Some(Place::Hidden), ..ItemChange::default() }).await;
        let t = t.restart().await;
        t.advance(Span::minutes(3));
        editions::rerank(&t.app, Actor::Console, edition.id, None).await.unwrap();
        let all = items(&t, &edition).await;
        assert_eq!((all[0].article_id, all[0].pinned, all[0].headline.as_deref()), (article, Some(1), Some("Read this first")));
        assert_eq!(all[0].placement, Placement::Top);
        assert_eq!(item(&t, &edition, &hidden.story.title).await.placement, Placement::Hidden);
        assert!(all.iter().zip(1..).all(|(item, position)| item.position == position), "{all:?}");
        t.live_until("2026-11-23 18:40").await;
        let mail = &t.editions_for(READER)[0];
        assert!(mail.text.contains("Read this first") && mail.text.contains("In our own words."), "{}", mail.text);
        assert!(!mail.text.contains(&last) && !mail.text.contains(&hidden.story.title), "{}", mail.text);
        assert!(mail.subject.contains("Read this first"), "{}", mail.subject);
        t.assert_conserved("evening").await;
    }

    async fn the_order_is_the_editors(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        let edition = draft(&t, &paper, &["One", "Two", "Three", "Four", "Five"]).await;
        let ids: Vec<ArticleId> = items(&t, &edition).await.iter().map(|item| item.article_id).collect();
        let reversed: Vec<ArticleId> = ids.iter().rev().copied().collect();
        editions::reorder(&t.app, Actor::Console, edition.id, None, &reversed, 1).await.unwrap();
        let now = |items: Vec<Item>| items.iter().map(|item| item.article_id).collect::<Vec<_>>();
        assert_eq!(now(items(&t, &edition).await), reversed);
        // One of them elsewhere: those in its way go back.
        editions::reorder(&t.app, Actor::Console, edition.id, None, &[reversed[4]], 2).await.unwrap();
        assert_eq!(now(items(&t, &edition).await), [reversed[0], reversed[4], reversed[1], reversed[2], reversed[3]]);
        editions::rerank(&t.app, Actor::Console, edition.id, None).await.unwrap();
        assert_eq!(now(items(&t, &edition).await)[1], reversed[4]);
        // What was first goes out: the order of the others is as it was.
        editions::remove(&t.app, Actor::Console, edition.id, None, reversed[0], &Removal::Back).await.unwrap();
        assert_eq!(now(items(&t, &edition).await), [reversed[4], reversed[1], reversed[2], reversed[3]]);
        let before = t.edition("2026-11-23").await.revision;
        for (wrong, at) in [(vec![reversed[1], reversed[1]], 1), (vec![ArticleId(1)], 1), (vec![reversed[1]], 5), (vec![reversed[1]], 0), (vec![], 1)] {
            let refused = editions::reorder(&t.app, Actor::Console, edition.id, None, &wrong, at).await;
            assert!(matches!(refused, Err(EditionError::Shape(_))), "{wrong:?} at {at}: {refused:?}");
        }
        assert_eq!(t.edition("2026-11-23").await.revision, before);
    }

    async fn an_edit_voids_the_approval(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("approval = \"manual\"")).await;
        let edition = draft(&t, &paper, &["Harbour opens", "Ferry sails"]).await;
        let approved = editions::approve(&t.app, Actor::Console, edition.id).await.unwrap();
        assert_eq!(approved.state, S::Approved);
        let ferry = item(&t, &edition, "Ferry sails").await.article_id;
        let stale = editions::change_item(&t.app, Actor::Console, edition.id, Some(edition.revision), ferry, &headline("x")).await;
        assert!(matches!(stale, Err(EditionError::Conflict(_))), "an approval is a change too: {stale:?}");
        let after = change(&t, &edition, ferry, headline("The ferry is back")).await;
        assert_eq!((after.state, &after.approved_by, after.approved_at), (S::Drafted, &None, None));
        let kept = t.edition("2026-11-23").await;
        assert_eq!((kept.state, kept.revision, kept.approved_by), (S::Drafted, after.revision, None));
        assert!(last_event(&t, &edition).await.2.ends_with("; the approval is void"));
        t.live_until("2026-11-23 18:40").await;
        assert!(t.editions_mailed().is_empty(), "nobody approved what would have gone out");
        editions::approve(&t.app, Actor::Console, edition.id).await.unwrap();
        t.live_until("2026-11-23 18:50").await;
        assert!(t.editions_for(READER)[0].text.contains("The ferry is back"));
        let sealed = editions::change_item(&t.app, Actor::Console, edition.id, None, ferry, &headline("x")).await;
        assert!(matches!(sealed, Err(EditionError::WrongState { state: S::Sent, .. })), "{sealed:?}");
    }

    async fn a_late_story_comes_in_and_another_goes_back_and_each_is_in_one_edition(t: Harness) {
        let (paper, edition) = three(&t).await;
        t.advance(Span::minutes(2));
        paper.publish("Bridge closes");
        t.gather().await;
        let bridge = t.article("Bridge closes").await;
        let after = editions::add(&t.app, Actor::Console, edition.id, Some(edition.revision), bridge, Some(1)).await.unwrap();
        t.assert_conserved("evening").await;
        let late = item(&t, &edition, "Bridge closes").await;
        assert_eq!((late.origin, late.position, after.revision), (Origin::Late, 1, edition.revision + 1));
        let again = editions::add(&t.app, Actor::Console, edition.id, None, bridge, None).await;
        assert!(matches!(again, Err(EditionError::Shape(ShapeError::NotNow { .. }))), "{again:?}");
        let mayor = t.article("Mayor speaks").await;
        editions::remove(&t.app, Actor::Console, edition.id, None, mayor, &Removal::Back).await.unwrap();
        let ferry = t.article("Ferry sails").await;
        let dismissal = Removal::Dismiss("an advertisement".into());
        editions::remove(&t.app, Actor::Console, edition.id, None, ferry, &dismissal).await.unwrap();
        t.assert_conserved("evening").await;
        let counted = t.candidates().await;
        assert_eq!((counted.get("claimed"), counted.get("pool"), counted.get("dismissed")), (Some(&2), Some(&1), Some(&1)));
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Bridge closes", "Harbour opens"]);
        paper.publish("Tower lit");
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Mayor speaks", "Tower lit"]);
        t.assert_conserved("evening").await;
    }

    async fn an_article_of_the_archive_is_claimed_once_and_goes_back_to_what_it_was(t: Harness) {
        let paper = Newspaper::open().await;
        paper.publish("An old story");
        t.set_up(Newsroom::empty().source(&paper.feed(), "first_fetch = \"baseline\"")).await;
        t.subscribe(READER).await;
        t.gather().await;
        t.advance(Span::hours(1));
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Sent);
        let (old, harbour) = (t.article("An old story").await, t.article("Harbour opens").await);
        paper.publish("Ferry sails");
        t.go_to("2026-11-24 17:58").await;
        t.tick().await;
        t.go_to("2026-11-24 18:00").await;
        t.tick().await;
        let edition = t.edition("2026-11-24").await;
        // What was there before the first day, and what was sent yesterday.
        for article in [old, harbour] {
            editions::add(&t.app, Actor::Console, edition.id, None, article, None).await.unwrap();
            t.assert_conserved("evening").await;
        }
        let all = items(&t, &edition).await;
        assert_eq!(all.iter().filter(|item| item.origin == Origin::Archive).count(), 2);
        assert_eq!(t.candidates().await.get("baseline"), None);
        // It is taken out and put in again: what it was is not forgotten.
        editions::remove(&t.app, Actor::Console, edition.id, None, old, &Removal::Back).await.unwrap();
        assert_eq!(t.candidates().await.get("baseline"), Some(&1));
        editions::add(&t.app, Actor::Console, edition.id, None, old, None).await.unwrap();
        editions::cancel(&t.app, Actor::Console, edition.id, "no").await.unwrap();
        let counted = t.candidates().await;
        assert_eq!((counted.get("baseline"), counted.get("claimed"), counted.get("pool")), (Some(&1), Some(&1), Some(&1)));
        t.assert_conserved("evening").await;
        t.evening("2026-11-25").await;
        assert_eq!(t.headlines("2026-11-25").await, ["Ferry sails"], "no old story became news by it");
    }

    async fn an_article_of_an_unsent_draft_is_not_put_into_another(t: Harness) {
        let (paper, edition) = three(&t).await;
        paper.publish("Bridge closes");
        t.gather().await;
        let extra = editions::draft(&t.app, Actor::Console, &t.publication("evening").await, true).await.unwrap();
        let harbour = t.article("Harbour opens").await;
        let refused = editions::add(&t.app, Actor::Console, extra.id, None, harbour, None).await;
        let Err(EditionError::Shape(ShapeError::NotNow { why, .. })) = refused else { panic!("{refused:?}") };
        assert!(why.contains("2026-11-23") && why.contains("take it out there first"), "{why}");
        editions::remove(&t.app, Actor::Console, edition.id, None, harbour, &Removal::Back).await.unwrap();
        editions::add(&t.app, Actor::Console, extra.id, None, harbour, None).await.unwrap();
        t.assert_conserved("evening").await;
    }

    async fn a_draft_keeps_its_words_until_an_editor_takes_the_new_ones(t: Harness) {
        let (paper, edition) = three(&t).await;
        let before = items(&t, &edition).await;
        assert!(editions::list_changed(&mut t.db().read().await.unwrap(), &before).await.unwrap().is_empty());
        paper.edit("Ferry sails", |it| it.title = "Ferry sails at nine".into());
        t.advance(Span::minutes(1));
        t.gather().await;
        let all = items(&t, &edition).await;
        assert_eq!(all, before);
        let changed = editions::list_changed(&mut t.db().read().await.unwrap(), &all).await.unwrap();
        let ferry = item(&t, &edition, "Ferry sails").await.article_id;
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[&ferry], ["title"]);
        let after = editions::refresh(&t.app, Actor::Console, edition.id, Some(edition.revision), ferry).await.unwrap();
        assert_eq!(item(&t, &edition, "Ferry sails at nine").await.article_id, ferry);
        assert!(last_event(&t, &edition).await.2.contains("\"Ferry sails\" -> \"Ferry sails at nine\""));
        let again = editions::refresh(&t.app, Actor::Console, edition.id, None, ferry).await.unwrap();
        assert_eq!(again.revision, after.revision);
    }

    async fn hostile_words_are_refused_or_harmless(t: Harness) {
        let (_paper, edition) = three(&t).await;
        let ferry = item(&t, &edition, "Ferry sails").await.article_id;
        for wrong in ["x\r\nBcc: eve@readers.example", "x\u{0}", &"x".repeat(201)] {
            let refused = editions::change_item(&t.app, Actor::Console, edition.id, None, ferry, &headline(wrong)).await;
            assert!(matches!(refused, Err(EditionError::Shape(ShapeError::Field { field: "headline", .. }))), "{refused:?}");
        }
        for url in ["javascript:alert(1)", "http://elsewhere.example/x.png", "https://x.example/\"><script>"] {
            let image = ImageChange::This { url: url.into(), alt: Some("x".into()), caption: None, credit: None };
            let wanted = ItemChange { image: Some(image), ..ItemChange::default() };
            let refused = editions::change_item(&t.app, Actor::Console, edition.id, None, ferry, &wanted).await;
            assert!(matches!(refused, Err(EditionError::Shape(ShapeError::Field { field: "image", .. }))), "{refused:?}");
        }
        assert_eq!(t.edition("2026-11-23").await.revision, edition.revision);
        let hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>";
        change(&t, &edition, ferry, ItemChange { note: Some(hostile.into()), excerpt: Some(hostile.into()), pin: Some(Pin::At(1)), ..headline(hostile) }).await;
        let words = EditionChange { note: Some(format!("{hostile}\n\n[x](javascript:alert(1))")), preheader: Some(hostile.into()), ..EditionChange::default() };
        editions::change_edition(&t.app, Actor::Console, edition.id, None, &words).await.unwrap();
        t.live_until("2026-11-23 18:40").await;
        let mail = &t.editions_for(READER)[0];
        for word in ["<script", "<img src=x", "href=\"javascript"] {
            assert!(!mail.html.contains(word), "{word}");
        }
        assert!(mail.header("Bcc").is_none() && !mail.subject.contains('\n'));
    }

    async fn a_viewer_changes_nothing(t: Harness) {
        let (_paper, edition) = three(&t).await;
        let id = operators::create(&t.app, Actor::Console, "vera@news.example", "Vera", Role::Viewer, "a long password").await.unwrap();
        let viewer = Actor::Operator { id, role: Role::Viewer };
        let ferry = item(&t, &edition, "Ferry sails").await.article_id;
        let refused = editions::change_item(&t.app, viewer, edition.id, None, ferry, &headline("x")).await;
        assert!(matches!(refused, Err(EditionError::Forbidden(_))), "{refused:?}");
        let refused = editions::remove(&t.app, viewer, edition.id, None, ferry, &Removal::Back).await;
        assert!(matches!(refused, Err(EditionError::Forbidden(_))), "{refused:?}");
        assert_eq!(t.edition("2026-11-23").await.revision, edition.revision);
    }

    async fn one_story_is_on_top_and_it_is_the_editors(t: Harness) {
        let (_paper, edition) = three(&t).await;
        let all = items(&t, &edition).await;
        let place = |place| ItemChange { place: Some(place), ..ItemChange::default() };
        change(&t, &edition, all[2].article_id, place(Place::Top)).await;
        let top = |items: Vec<Item>| items.into_iter().filter(|it| it.placement == Placement::Top).map(|it| it.article_id).collect::<Vec<_>>();
        assert_eq!(top(items(&t, &edition).await), [all[2].article_id]);
        change(&t, &edition, all[1].article_id, place(Place::Top)).await;
        assert_eq!(top(items(&t, &edition).await), [all[1].article_id]);
        change(&t, &edition, all[1].article_id, place(Place::Headline)).await;
        assert_eq!(item(&t, &edition, &all[1].story.title).await.placement, Placement::Headline);
        assert_eq!(top(items(&t, &edition).await).len(), 1);
        change(&t, &edition, all[1].article_id, place(Place::Auto)).await;
        assert_eq!(item(&t, &edition, &all[1].story.title).await.placement_by, None);
    }

    async fn what_was_claimed_cannot_be_claimed_again_by_an_old_plan(t: Harness) {
        let (_paper, edition) = three(&t).await;
        let harbour = t.article("Harbour opens").await;
        editions::remove(&t.app, Actor::Console, edition.id, None, harbour, &Removal::Back).await.unwrap();
        let again = editions::claim(&t.app, Actor::System, edition.id, Cutoff::Planned).await;
        assert!(matches!(again, Err(EditionError::WrongState { .. })), "{again:?}");
        t.assert_conserved("evening").await;
    }
}
