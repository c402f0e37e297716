//! Editors who do anything at all, in any order: the laws hold after each step.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::{Random, Span};
use lamplighter::editions::pool::{self, PoolError, PoolVerb};
use lamplighter::editions::{
    self, Edition, EditionChange, EditionError, EditionState as S, IntentChange, Item, ItemChange, Pin, Place,
    Placement, Removal, SubjectChange,
};
use lamplighter::gather::{ArticleId, CandidateState};
use lamplighter::operators::Actor;

const STEPS: usize = 120;
const SEED: u64 = 20_261_126;

struct Dice(Random);

impl Dice {
    fn below(&self, sides: usize) -> usize {
        usize::from(u16::from_le_bytes(self.0.bytes())) % sides
    }

    fn of<T: Copy>(&self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

async fn items(t: &Harness, edition: &Edition) -> Vec<Item> {
    editions::list_items(&mut t.db().read().await.unwrap(), edition.id).await.unwrap()
}

/// One deed of an editor, sensible or not.
async fn deed(t: &Harness, dice: &Dice, edition: &Edition, all: &[ArticleId]) -> Result<Edition, EditionError> {
    let (app, who, id, seen) = (&t.app, Actor::Console, edition.id, Some(edition.revision));
    let article = dice.of(all);
    let place = i64::try_from(dice.below(8)).unwrap();
    match dice.below(9) {
        0 | 1 => editions::add(app, who, id, seen, article, (place > 4).then_some(place - 4)).await,
        2 => editions::remove(app, who, id, seen, article, &Removal::Back).await,
        3 => editions::remove(app, who, id, seen, article, &Removal::Dismiss(String::new())).await,
        4 => editions::reorder(app, who, id, seen, &[article, dice.of(all)], place).await,
        5 => editions::rerank(app, who, id, seen).await,
        6 => {
            let subject = dice.of(&["", "A subject", "Another subject"]);
            let subject = Some(SubjectChange::Own(subject.to_owned()));
            let change =
                EditionChange { subject, note: Some("Dear readers".repeat(dice.below(3))), ..EditionChange::default() };
            editions::change_edition(app, who, id, seen, &change).await
        }
        7 if edition.state == S::Drafted && dice.below(3) == 0 => editions::approve(app, who, id).await,
        _ => {
            let change = ItemChange {
                headline: Some("H".repeat(dice.below(3))),
                pin: Some(if dice.below(2) == 0 { Pin::Free } else { Pin::At(place) }),
                place: Some(dice.of(&[
                    Place::Auto,
                    Place::Auto,
                    Place::Top,
                    Place::Full,
                    Place::Headline,
                    Place::Hidden,
                ])),
                ..ItemChange::default()
            };
            editions::change_item(app, who, id, seen, article, &change).await
        }
    }
}

fn assert_in_order(items: &[Item]) {
    assert!(items.iter().zip(1..).all(|(item, place)| item.position == place), "{items:?}");
    let mut pins: Vec<i64> = items.iter().filter_map(|item| item.pinned).collect();
    pins.sort_unstable();
    assert!(pins.windows(2).all(|pair| pair[0] != pair[1]), "two pins at one place: {pins:?}");
    assert!(pins.iter().all(|pin| *pin >= 1), "{pins:?}");
    let shown: Vec<&Item> = items.iter().filter(|item| item.placement != Placement::Hidden).collect();
    let tops = shown.iter().filter(|item| item.placement == Placement::Top).count();
    assert!(tops <= 1, "{items:?}");
    for item in &shown {
        // Where nothing is hidden or fewer are shown than that, a pinned story stands where it was put.
        if let Some(pin) = item.pinned.filter(|_| shown.len() == items.len()) {
            assert!(item.position <= pin, "{item:?}");
        }
    }
}

both_engines! {
    async fn whatever_editors_do_nothing_is_lost_doubled_or_untold(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("approval = \"manual\"")).await;
        t.subscribe("ada@readers.example").await;
        let titles: Vec<String> = (0..9).map(|number| format!("Story {number}")).collect();
        for title in &titles[..6] {
            paper.publish(title);
        }
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        let dice = Dice(Random::seeded(SEED));
        let planned = t.edition("2026-11-23").await;
        for _ in 0..6 {
            let article = t.article(dice.of(&titles[..6].iter().map(String::as_str).collect::<Vec<_>>())).await;
            let change = IntentChange { pin: Some(Pin::At(1 + i64::try_from(dice.below(4)).unwrap())), hidden: Some(dice.below(4) == 0), ..IntentChange::default() };
            editions::set_intent(&t.app, Actor::Console, planned.id, None, article, &change).await.unwrap();
        }
        t.go_to("2026-11-23 18:00").await;
        t.tick().await;
        for title in &titles[6..] {
            paper.publish(title);
        }
        t.advance(Span::minutes(1));
        t.gather().await;
        let mut all = Vec::new();
        for title in &titles {
            all.push(t.article(title).await);
        }
        let publication = t.publication("evening").await;
        let mut done = 0;
        for step in 0..STEPS {
            let before = t.edition("2026-11-23").await;
            if dice.below(5) == 0 {
                let verb = dice.of(&[PoolVerb::Hold, PoolVerb::Release, PoolVerb::Dismiss, PoolVerb::Restore]);
                let moved = pool::move_article(&t.app, Actor::Console, &publication, dice.of(&all), verb, "").await;
                assert!(!matches!(moved, Err(PoolError::Store(_))), "seed {SEED}, step {step}: {moved:?}");
            }
            let deed = deed(&t, &dice, &before, &all).await;
            let after = t.edition("2026-11-23").await;
            match &deed {
                Ok(told) => {
                    assert_eq!((told.revision, told.state), (after.revision, after.state), "seed {SEED}, step {step}");
                    assert!(after.revision - before.revision <= 1, "seed {SEED}, step {step}");
                    done += after.revision - before.revision;
                }
                Err(EditionError::Shape(_) | EditionError::ChecksFailed(_) | EditionError::WrongState { .. }) => {
                    assert_eq!(after.revision, before.revision, "seed {SEED}, step {step}");
                }
                Err(other) => panic!("seed {SEED}, step {step}: {other:?}"),
            }
            t.assert_conserved("evening").await;
            let now = items(&t, &after).await;
            assert_in_order(&now);
            let events = editions::list_events(&mut t.db().read().await.unwrap(), after.id).await.unwrap();
            assert_eq!(events.last().map(|it| it.revision), Some(after.revision), "seed {SEED}, step {step}: untold");
            if step % 40 == 39 {
                t = t.restart().await;
                assert_eq!(items(&t, &after).await, now);
            }
        }
        assert!(done > i64::try_from(STEPS / 4).unwrap(), "{done} of {STEPS} deeds were done");
        // Given up: whatever was taken is back where it was, and nothing is claimed.
        let edition = t.edition("2026-11-23").await;
        editions::cancel(&t.app, Actor::Console, edition.id, "").await.unwrap();
        t.assert_conserved("evening").await;
        assert_eq!(t.candidates().await.get(CandidateState::Claimed.as_str()), None);
    }
}
