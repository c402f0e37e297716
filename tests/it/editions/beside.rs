//! Words that are saved beside what somebody else did meanwhile, and those that are not.

use super::shaping::{editor, headline};
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::editions::{
    self, Edition, EditionChange, EditionError, EditionState as S, ImageChange, Item, ItemChange, Pin, Removal, Seen,
    SubjectChange,
};
use lamplighter::gather::ArticleId;
use lamplighter::operators::Actor;

const MONDAY: &str = "2026-11-23";

async fn drafted(t: &Harness) -> (Newspaper, Edition) {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper).with("approval = \"manual\"")).await;
    t.subscribe("ada@readers.example").await;
    for title in ["Harbour opens", "Ferry sails", "Mayor speaks", "Bridge closes"] {
        paper.publish(title);
    }
    for minute in ["17:58", "18:00"] {
        t.go_to(&format!("{MONDAY} {minute}")).await;
        t.tick().await;
    }
    let edition = t.edition(MONDAY).await;
    assert_eq!(edition.state, S::Drafted);
    (paper, edition)
}

async fn items(t: &Harness, id: editions::EditionId) -> Vec<Item> {
    editions::list_items(&mut t.db().read().await.unwrap(), id).await.unwrap()
}

async fn item(t: &Harness, edition: &Edition, article: ArticleId) -> Item {
    items(t, edition.id).await.into_iter().find(|it| it.article_id == article).unwrap()
}

fn note(text: &str) -> EditionChange {
    EditionChange { note: Some(text.to_owned()), ..EditionChange::default() }
}

fn subject(text: &str) -> EditionChange {
    EditionChange { subject: Some(SubjectChange::Own(text.to_owned())), ..EditionChange::default() }
}

/// What a page showed of the edition and of one story: its revision, and both marks.
struct Page {
    edition: Edition,
    of_edition: String,
    of_item: String,
}

impl Page {
    async fn open(t: &Harness, article: ArticleId) -> Self {
        let edition = t.edition(MONDAY).await;
        let of_item = editions::item_marks(&item(t, &edition, article).await);
        Self { of_edition: editions::edition_marks(&edition), of_item, edition }
    }

    fn seen(&self) -> Seen<'_> {
        Seen { revision: Some(self.edition.revision), marks: &self.of_item }
    }

    fn seen_words(&self) -> Seen<'_> {
        Seen { revision: Some(self.edition.revision), marks: &self.of_edition }
    }
}

/// What somebody else does, each to something else than the ferry's words.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    Pin,
    Unpin,
    Move,
    Drop,
    Add,
    Edit,
    PinTheSame,
    PictureOfTheSame,
    Note,
    Subject,
    Rank,
}

impl Meanwhile {
    const ALL: [Self; 11] = [
        Self::Pin,
        Self::Unpin,
        Self::Move,
        Self::Drop,
        Self::Add,
        Self::Edit,
        Self::PinTheSame,
        Self::PictureOfTheSame,
        Self::Note,
        Self::Subject,
        Self::Rank,
    ];

    async fn done(self, t: &Harness, who: Actor, edition: &Edition, other: ArticleId, same: ArticleId) {
        let (app, id, seen) = (&t.app, edition.id, Some(edition.revision));
        let pinned = |pin| ItemChange { pin: Some(pin), ..ItemChange::default() };
        let picture = ItemChange { image: Some(ImageChange::None), ..ItemChange::default() };
        let after = match self {
            Self::Pin => editions::change_item(app, who, id, seen, other, &pinned(Pin::At(1))).await,
            Self::Unpin => editions::change_item(app, who, id, seen, other, &pinned(Pin::Free)).await,
            Self::Move => editions::move_item(app, who, id, seen, other, 3).await,
            Self::Drop => editions::remove(app, who, id, seen, other, &Removal::Back).await,
            Self::Add => editions::add(app, who, id, seen, other, None).await,
            Self::Edit => editions::change_item(app, who, id, seen, other, &headline("Theirs")).await,
            Self::PinTheSame => editions::change_item(app, who, id, seen, same, &pinned(Pin::At(2))).await,
            Self::PictureOfTheSame => editions::change_item(app, who, id, seen, same, &picture).await,
            Self::Note => editions::change_edition(app, who, id, seen, &note("Good evening.")).await,
            Self::Subject => editions::change_edition(app, who, id, seen, &subject("Their subject")).await,
            Self::Rank => editions::rerank(app, who, id, seen).await,
        };
        after.unwrap_or_else(|error| panic!("{self:?}: {error}"));
    }
}

both_engines! {
    async fn a_storys_words_are_saved_beside_whatever_else_was_done(t: Harness) {
        let (_paper, edition) = drafted(&t).await;
        let (edda, emil) = (editor(&t, "edda").await, editor(&t, "emil").await);
        let (ferry, harbour) = (t.article("Ferry sails").await, t.article("Harbour opens").await);
        for meanwhile in Meanwhile::ALL {
            let page = Page::open(&t, ferry).await;
            meanwhile.done(&t, edda, &page.edition, harbour, ferry).await;
            let theirs = t.edition(MONDAY).await;
            let places: Vec<_> = items(&t, edition.id).await.iter().map(|it| (it.article_id, it.pinned, it.image.clone())).collect();
            let mine = format!("The ferry, after {meanwhile:?}");
            let saved = editions::change_item_wherever(&t.app, emil, edition.id, page.seen(), ferry, &headline(&mine)).await;
            let saved = saved.unwrap_or_else(|error| panic!("{meanwhile:?}: {error}"));
            assert_eq!(item(&t, &edition, ferry).await.shown_headline(), mine);
            // Theirs stands as they did it.
            let after: Vec<_> = items(&t, edition.id).await.iter().map(|it| (it.article_id, it.pinned, it.image.clone())).collect();
            assert_eq!((after, &saved.note), (places, &theirs.note), "{meanwhile:?}");
            assert_eq!(saved.subject_by, theirs.subject_by, "{meanwhile:?}");
        }
        assert_eq!(item(&t, &edition, harbour).await.headline.as_deref(), Some("Theirs"));
        let now = t.edition(MONDAY).await;
        assert_eq!((now.note.as_str(), now.subject.as_str()), ("Good evening.", "Their subject"));
    }

    async fn the_words_at_the_top_are_saved_beside_whatever_was_done_to_stories_and_to_each_other(t: Harness) {
        let (_paper, edition) = drafted(&t).await;
        let (edda, emil) = (editor(&t, "edda").await, editor(&t, "emil").await);
        let (ferry, harbour) = (t.article("Ferry sails").await, t.article("Harbour opens").await);
        for meanwhile in Meanwhile::ALL.into_iter().filter(|it| !matches!(it, Meanwhile::Note)) {
            let page = Page::open(&t, ferry).await;
            meanwhile.done(&t, edda, &page.edition, harbour, ferry).await;
            let mine = format!("Dear readers, after {meanwhile:?}");
            let saved = editions::change_edition_wherever(&t.app, emil, edition.id, page.seen_words(), &note(&mine)).await;
            let saved = saved.unwrap_or_else(|error| panic!("{meanwhile:?}: {error}"));
            assert_eq!(saved.note, mine);
        }
        assert_eq!(t.edition(MONDAY).await.subject, "Their subject");
        // A subject that was chosen by its number is the one that was seen, or none.
        let own = EditionChange { subject: Some(SubjectChange::Own(String::new())), ..EditionChange::default() };
        editions::change_edition(&t.app, edda, edition.id, None, &own).await.unwrap();
        let page = Page::open(&t, ferry).await;
        editions::change_edition(&t.app, edda, edition.id, None, &note("Another note")).await.unwrap();
        let choice = EditionChange { subject: Some(SubjectChange::Choice(1)), ..EditionChange::default() };
        let saved = editions::change_edition_wherever(&t.app, emil, edition.id, page.seen_words(), &choice).await.unwrap();
        assert_eq!((&saved.subject, saved.note.as_str()), (&page.edition.subjects[0], "Another note"));
    }

    async fn the_same_words_changed_by_two_conflict_and_nothing_of_either_is_lost(t: Harness) {
        let (_paper, edition) = drafted(&t).await;
        let (edda, emil) = (editor(&t, "edda").await, editor(&t, "emil").await);
        let (ferry, harbour) = (t.article("Ferry sails").await, t.article("Harbour opens").await);
        let page = Page::open(&t, ferry).await;
        Meanwhile::Pin.done(&t, edda, &page.edition, harbour, ferry).await;
        editions::change_item(&t.app, edda, edition.id, None, ferry, &headline("Edda's ferry")).await.unwrap();
        let excerpt = ItemChange { excerpt: Some("Emil's excerpt".into()), ..ItemChange::default() };
        for mine in [headline("Emil's ferry"), excerpt] {
            let lost = editions::change_item_wherever(&t.app, emil, edition.id, page.seen(), ferry, &mine).await;
            let Err(EditionError::Conflict(conflict)) = lost else { panic!("{lost:?}") };
            // All that was done since the page was opened, not since the last try alone.
            assert_eq!((conflict.seen, conflict.changes.len()), (page.edition.revision, 2), "{conflict}");
            let kept = item(&t, &edition, ferry).await;
            assert_eq!((kept.headline.as_deref(), kept.excerpt), (Some("Edda's ferry"), None));
        }
        // Whoever has seen that saves over it.
        let page = Page::open(&t, ferry).await;
        editions::change_item_wherever(&t.app, emil, edition.id, page.seen(), ferry, &headline("Emil's ferry")).await.unwrap();

        let page = Page::open(&t, ferry).await;
        editions::change_edition(&t.app, edda, edition.id, None, &EditionChange { preheader: Some("Hers".into()), ..note("Her note") }).await.unwrap();
        editions::change_edition(&t.app, edda, edition.id, None, &subject("Her subject")).await.unwrap();
        let preheader = EditionChange { preheader: Some("His".into()), ..EditionChange::default() };
        let choice = EditionChange { subject: Some(SubjectChange::Choice(1)), ..EditionChange::default() };
        for mine in [note("His note"), subject("His subject"), preheader, choice] {
            let lost = editions::change_edition_wherever(&t.app, emil, edition.id, page.seen_words(), &mine).await;
            assert!(matches!(lost, Err(EditionError::Conflict(_))), "{mine:?}: {lost:?}");
        }
        let kept = t.edition(MONDAY).await;
        assert_eq!((kept.note.as_str(), kept.subject.as_str(), kept.preheader.as_str()), ("Her note", "Her subject", "Hers"));

        // A story that is gone has no words; a place in the order is none; without marks nothing is known of the words.
        let page = Page::open(&t, ferry).await;
        Meanwhile::Edit.done(&t, edda, &page.edition, harbour, ferry).await;
        let pin = ItemChange { pin: Some(Pin::At(1)), ..headline("x") };
        let unknown = Seen { marks: "", ..page.seen() };
        for (seen, mine) in [(page.seen(), pin), (unknown, headline("x")), (Seen { marks: "a.b.c", ..unknown }, headline("x"))] {
            let lost = editions::change_item_wherever(&t.app, emil, edition.id, seen, ferry, &mine).await;
            assert!(matches!(lost, Err(EditionError::Conflict(_))), "{lost:?}");
        }
        editions::remove(&t.app, edda, edition.id, None, ferry, &Removal::Back).await.unwrap();
        let lost = editions::change_item_wherever(&t.app, emil, edition.id, page.seen(), ferry, &headline("x")).await;
        assert!(matches!(lost, Err(EditionError::Conflict(_))), "{lost:?}");
        let visitor = editions::change_item_wherever(&t.app, Actor::Visitor, edition.id, page.seen(), ferry, &headline("x")).await;
        assert!(matches!(visitor, Err(EditionError::Forbidden(_))));
    }

    async fn nobodys_approval_is_taken_back_unheard_and_nobody_approves_what_was_not_seen(t: Harness) {
        let (_paper, edition) = drafted(&t).await;
        let (edda, emil) = (editor(&t, "edda").await, editor(&t, "emil").await);
        let (ferry, harbour) = (t.article("Ferry sails").await, t.article("Harbour opens").await);
        let page = Page::open(&t, ferry).await;
        editions::approve(&t.app, edda, edition.id).await.unwrap();
        let lost = editions::change_item_wherever(&t.app, emil, edition.id, page.seen(), ferry, &headline("x")).await;
        assert!(matches!(lost, Err(EditionError::Conflict(_))), "{lost:?}");
        assert_eq!(t.edition(MONDAY).await.state, S::Approved);
        // Whoever opened the approved one knows what a change costs.
        let page = Page::open(&t, ferry).await;
        let saved = editions::change_item_wherever(&t.app, emil, edition.id, page.seen(), ferry, &headline("Known")).await.unwrap();
        assert_eq!(saved.state, S::Drafted);
        // An approval that is void by now is in nobody's way.
        let page = Page::open(&t, ferry).await;
        editions::approve(&t.app, edda, edition.id).await.unwrap();
        let now = t.edition(MONDAY).await;
        Meanwhile::Pin.done(&t, edda, &now, harbour, ferry).await;
        editions::change_item_wherever(&t.app, emil, edition.id, page.seen(), ferry, &headline("Beside")).await.unwrap();
        // What was saved beside a page was not on it: that page approves nothing.
        let stale = editions::approve_seen(&t.app, edda, edition.id, Some(now.revision)).await;
        assert!(matches!(stale, Err(EditionError::Conflict(_))), "{stale:?}");
        assert_eq!(t.edition(MONDAY).await.state, S::Drafted);
    }

    async fn two_at_the_same_instant_are_both_saved_unless_it_is_the_same_story(t: Harness) {
        let (_paper, edition) = drafted(&t).await;
        let (edda, emil) = (editor(&t, "edda").await, editor(&t, "emil").await);
        let (ferry, harbour) = (t.article("Ferry sails").await, t.article("Harbour opens").await);
        let other = t.another_process().await;
        for round in 0..4 {
            let (of_ferry, of_harbour) = (Page::open(&t, ferry).await, Page::open(&t, harbour).await);
            let (hers, his) = (headline(&format!("Edda's {round}")), headline(&format!("Emil's {round}")));
            let (first, second) = tokio::join!(
                editions::change_item_wherever(&t.app, edda, edition.id, of_ferry.seen(), ferry, &hers),
                editions::change_item_wherever(&other, emil, edition.id, of_harbour.seen(), harbour, &his),
            );
            first.unwrap();
            second.unwrap();
            let shown = [item(&t, &edition, ferry).await.headline, item(&t, &edition, harbour).await.headline];
            assert_eq!(shown, [hers.headline, his.headline]);
            let page = Page::open(&t, ferry).await;
            let (hers, his) = (headline(&format!("Edda's own {round}")), headline(&format!("Emil's own {round}")));
            let (first, second) = tokio::join!(
                editions::change_item_wherever(&t.app, edda, edition.id, page.seen(), ferry, &hers),
                editions::change_item_wherever(&other, emil, edition.id, page.seen(), ferry, &his),
            );
            assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
            let won = if first.is_ok() { hers } else { his };
            assert_eq!(item(&t, &edition, ferry).await.headline, won.headline);
        }
    }
}
