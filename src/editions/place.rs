//! Where each story stands in the mail: the order of the items, and what the room allows each of them to be.
//!
//! Pure. It moves only what no editor has placed, and each place that neither the score nor the room explains has its
//! reason beside it. What was left over from an edition that was missed stands under "In case you missed it", the best
//! three of it in a list of their own, the rest as headlines; on an evening without anything fresh it is simply the
//! news. What does not fit is counted, never dropped. Whether the mail then is short enough is [`super::fit`]'s.

use super::model::{Item, Origin, Placement, ScoreParts};
use super::rank::{self, Standing};
use crate::publications::Publication;

/// Stories under "In case you missed it"; more of them are headlines.
const MISSED_MAX: usize = 3;
pub const MISSED_REASON: &str = "its own edition was missed";
const SECOND_TOP_REASON: &str = "another story is on top";

/// How many stories stand in full, and how many as headlines.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub full: usize,
    pub headlines: usize,
}

impl Room {
    pub fn of(publication: &Publication) -> Self {
        Self {
            full: usize::try_from(publication.full_items_max).unwrap_or(1).max(1),
            headlines: usize::try_from(publication.headline_items_max).unwrap_or(0),
        }
    }
}

/// Orders the items anew, by score and pins, numbers them, and places those that no editor has placed.
pub fn arrange(items: &mut Vec<Item>, room: Room) {
    for item in items.iter_mut() {
        print_pin(item);
    }
    let has_fresh = items.iter().any(|item| item.placement != Placement::Hidden && item.origin != Origin::CarriedOver);
    // A pin, or a place that an editor gave it, makes it a story like any other.
    let is_left_over = |item: &Item| {
        has_fresh && item.origin == Origin::CarriedOver && item.pinned.is_none() && item.placement_by.is_none()
    };
    let (hidden, shown): (Vec<Item>, Vec<Item>) = items.drain(..).partition(|item| item.placement == Placement::Hidden);
    let (left_over, fresh): (Vec<Item>, Vec<Item>) = shown.into_iter().partition(is_left_over);
    let fresh_count = fresh.len();
    let left_over_end = fresh_count + left_over.len();
    for group in [fresh, left_over, hidden] {
        items.extend(ordered(group));
    }
    for (item, position) in items.iter_mut().zip(1..) {
        item.position = position;
    }
    let (fresh, rest) = items.split_at_mut(fresh_count);
    let left_over = rest.get_mut(..left_over_end - fresh_count).unwrap_or_default();
    let mut left = place_fresh(fresh, room);
    for (index, item) in left_over.iter_mut().enumerate() {
        item.placement = if index < MISSED_MAX { Placement::Missed } else { take_headline(&mut left) };
        MISSED_REASON.clone_into(&mut item.placement_reason);
    }
}

/// The first free one is the top story, unless an editor chose another; answers the room for headlines that is left.
fn place_fresh(items: &mut [Item], room: Room) -> usize {
    let placed =
        |placement| items.iter().filter(|item| item.placement_by.is_some() && item.placement == placement).count();
    let mut has_top = placed(Placement::Top) > 0;
    let mut full = room.full.saturating_sub(placed(Placement::Top) + placed(Placement::Full));
    let mut headlines = room.headlines.saturating_sub(placed(Placement::Headline));
    let mut is_second = false;
    for item in items.iter_mut() {
        if item.placement_by.is_some() {
            if item.placement == Placement::Top && std::mem::replace(&mut is_second, true) {
                item.placement = Placement::Full;
                SECOND_TOP_REASON.clone_into(&mut item.placement_reason);
            }
            continue;
        }
        item.placement_reason.clear();
        item.placement = if !std::mem::replace(&mut has_top, true) {
            full = full.saturating_sub(1);
            Placement::Top
        } else if full > 0 {
            full -= 1;
            Placement::Full
        } else {
            take_headline(&mut headlines)
        };
    }
    headlines
}

fn take_headline(left: &mut usize) -> Placement {
    if *left == 0 {
        return Placement::Overflow;
    }
    *left -= 1;
    Placement::Headline
}

fn ordered(items: Vec<Item>) -> impl Iterator<Item = Item> {
    let standing: Vec<Standing> = items
        .iter()
        .map(|item| Standing {
            score_millis: item.score_millis,
            article_id: item.article_id,
            section_id: item.section_id,
            source_id: item.source_id,
            pinned: item.pinned,
        })
        .collect();
    let order = rank::order(&standing);
    let mut items: Vec<Option<Item>> = items.into_iter().map(Some).collect();
    order.into_iter().filter_map(move |index| items.get_mut(index).and_then(Option::take))
}

/// The printed score says that a pin, not the other addends, decides.
fn print_pin(item: &mut Item) {
    match item.pinned {
        Some(place) => item.score_parts.0.insert(ScoreParts::PIN.to_owned(), rank::pin_millis(place)),
        None => item.score_parts.0.remove(ScoreParts::PIN),
    };
    item.score_millis = item.score_parts.0.values().sum();
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::item;
    use super::*;
    use Placement as P;

    const ROOM: Room = Room { full: 3, headlines: 2 };

    fn places(items: &[Item]) -> Vec<(i64, Placement)> {
        items.iter().map(|item| (item.article_id.0, item.placement)).collect()
    }

    fn day(count: i64) -> Vec<Item> {
        (1..=count).map(item).collect()
    }

    #[test]
    fn what_does_not_fit_is_counted_not_lost() {
        let mut items = day(7);
        arrange(&mut items, ROOM);
        let expected = [P::Top, P::Full, P::Full, P::Headline, P::Headline, P::Overflow, P::Overflow];
        assert_eq!(places(&items), (1..=7).zip(expected).collect::<Vec<_>>());
        assert!(items.iter().zip(1..).all(|(item, position)| item.position == position));
    }

    #[test]
    fn what_an_editor_placed_stays_and_takes_its_room() {
        let mut items = day(6);
        for (index, placement) in [(1, P::Hidden), (3, P::Top), (4, P::Headline)] {
            items[index].placement = placement;
            items[index].placement_by = Some("ada".into());
        }
        arrange(&mut items, ROOM);
        let expected = [(1, P::Full), (3, P::Full), (4, P::Top), (5, P::Headline), (6, P::Headline), (2, P::Hidden)];
        assert_eq!(places(&items), expected);
        // Two on top is one too many; nothing is lost by it.
        items[0].placement = P::Top;
        items[0].placement_by = Some("ben".into());
        arrange(&mut items, ROOM);
        assert_eq!(places(&items)[..3], [(1, P::Top), (3, P::Full), (4, P::Full)]);
        assert_eq!(items[2].placement_reason, SECOND_TOP_REASON);
    }

    #[test]
    fn a_pin_moves_a_story_and_is_printed_and_goes_without_a_trace() {
        let mut items = day(3);
        items[2].pinned = Some(1);
        arrange(&mut items, ROOM);
        assert_eq!(places(&items), [(3, P::Top), (1, P::Full), (2, P::Full)]);
        assert_eq!(items[0].score_parts.0["pin"], 99_000);
        assert_eq!(items[0].score_millis, 99_000 + 997);
        items[0].pinned = None;
        arrange(&mut items, ROOM);
        assert_eq!(places(&items), [(1, P::Top), (2, P::Full), (3, P::Full)]);
        assert_eq!(items[2].score_millis, 997);
    }

    #[test]
    fn the_best_three_of_a_missed_edition_stand_by_themselves_and_the_rest_are_headlines() {
        let mut items = day(8);
        for item in items.iter_mut().take(6) {
            item.origin = Origin::CarriedOver;
        }
        arrange(&mut items, ROOM);
        let expected = [
            (7, P::Top),
            (8, P::Full),
            (1, P::Missed),
            (2, P::Missed),
            (3, P::Missed),
            (4, P::Headline),
            (5, P::Headline),
            (6, P::Overflow),
        ];
        assert_eq!(places(&items), expected);
        assert!(items[2..].iter().all(|item| item.placement_reason == MISSED_REASON));
        // An editor takes one of them up.
        items[3].pinned = Some(1);
        arrange(&mut items, ROOM);
        assert_eq!(places(&items)[..2], [(2, P::Top), (7, P::Full)]);
        assert_eq!(items[0].placement_reason, "");
    }

    #[test]
    fn with_nothing_fresh_what_was_missed_is_the_news() {
        let mut items = day(4);
        for item in &mut items {
            item.origin = Origin::CarriedOver;
        }
        arrange(&mut items, ROOM);
        assert_eq!(places(&items), [(1, P::Top), (2, P::Full), (3, P::Full), (4, P::Headline)]);
        // A fresh one that an editor hid is none.
        let mut hidden = item(5);
        hidden.placement = P::Hidden;
        items.push(hidden);
        arrange(&mut items, ROOM);
        assert_eq!(items[0].placement, P::Top);
    }
}
