//! Keeping the mail short enough: at most 1,500 words, and no more bytes than mailbox providers show whole.
//!
//! What is too much is demoted, from the end: a full story to a headline, a headline to the count of "and more". What an
//! editor placed goes last, and the top story never. Each demotion has its reason beside it. No mail is rendered for
//! it: each story is measured once in each of its forms, and the sum decides.

use super::headings::heading;
use super::model::{Edition, Item, Placement};
use super::render::{self, Frame};
use super::verbs::EditionError;
use super::view::{Weight, weigh_heading};
use crate::base::limits::{EDITION_BYTES_AIM, EDITION_WORDS_MAX};
use crate::gather::language::word_count;
use std::collections::{HashMap, HashSet};

/// Five full ones say more than five headlines.
const FULL_MIN: usize = 5;

/// Demotes what the mail has no room for.
pub fn fit(frame: &Frame, edition: &Edition, items: &mut [Item]) -> Result<(), EditionError> {
    while words(edition, items) > EDITION_WORDS_MAX {
        let reason = format!("words: the mail would hold more than {EDITION_WORDS_MAX}");
        if demote(items, &reason).is_none() {
            break;
        }
    }
    let mut scales = Scales::new(frame, edition)?;
    while scales.weigh(items)? > EDITION_BYTES_AIM {
        let reason = format!("size: the mail would be larger than {} KB", EDITION_BYTES_AIM / 1024);
        if demote(items, &reason).is_none() {
            break;
        }
    }
    Ok(())
}

/// Words that a reader of the whole mail reads.
fn words(edition: &Edition, items: &[Item]) -> i64 {
    let own = |item: &Item| {
        let headline = word_count(item.shown_headline());
        let excerpt = || word_count(item.shown_excerpt());
        let note = || item.note.as_deref().map_or(0, word_count);
        match item.placement {
            Placement::Top | Placement::Full => headline + excerpt() + note(),
            Placement::Headline | Placement::Missed => headline,
            Placement::Overflow | Placement::Hidden => 0,
        }
    };
    word_count(&edition.note) + items.iter().map(own).sum::<i64>()
}

fn demote(items: &mut [Item], reason: &str) -> Option<()> {
    let item = next_to_demote(items)?;
    item.placement = if item.placement == Placement::Full { Placement::Headline } else { Placement::Overflow };
    reason.clone_into(&mut item.placement_reason);
    Some(())
}

fn next_to_demote(items: &mut [Item]) -> Option<&mut Item> {
    let full = items.iter().filter(|item| item.placement == Placement::Full).count();
    let last = |placement: Placement, by_editor: bool| {
        items.iter().rposition(|item| item.placement == placement && item.placement_by.is_some() == by_editor)
    };
    let of = |by_editor| {
        let headline = || last(Placement::Headline, by_editor).or_else(|| last(Placement::Missed, by_editor));
        let full_one = || last(Placement::Full, by_editor);
        if full >= FULL_MIN { full_one().or_else(headline) } else { headline().or_else(full_one) }
    };
    let index = of(false).or_else(|| of(true))?;
    items.get_mut(index)
}

/// What the parts of one edition's mail weigh, each measured when it is first needed.
struct Scales<'a> {
    frame: &'a Frame,
    page: Weight,
    headings: HashMap<String, Weight>,
    stories: HashMap<(i64, Placement), Weight>,
}

impl<'a> Scales<'a> {
    fn new(frame: &'a Frame, edition: &Edition) -> Result<Self, EditionError> {
        Ok(Self { frame, page: render::weigh_page(frame, edition)?, headings: HashMap::new(), stories: HashMap::new() })
    }

    /// About the bytes of the HTML part on the wire, never fewer than it has.
    fn weigh(&mut self, items: &[Item]) -> Result<usize, EditionError> {
        let mut sum = self.page;
        let mut headings: HashSet<String> = HashSet::new();
        for item in items.iter().filter(|it| !matches!(it.placement, Placement::Hidden | Placement::Overflow)) {
            let weight = match self.stories.get(&(item.id.0, item.placement)) {
                Some(weight) => *weight,
                None => {
                    let weight = render::weigh_item(self.frame, item)?;
                    self.stories.insert((item.id.0, item.placement), weight);
                    weight
                }
            };
            sum = sum + weight;
            if item.placement == Placement::Full {
                headings.insert(heading(&self.frame.sections, item));
            }
        }
        for heading in headings {
            if !self.headings.contains_key(&heading) {
                self.headings.insert(heading.clone(), weigh_heading(&heading)?);
            }
            sum = sum + self.headings.get(&heading).copied().unwrap_or_default();
        }
        Ok(sum.on_the_wire())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{edition, frame, item};
    use super::super::place::{self, Room};
    use super::*;

    const ROOM: Room = Room { full: 10, headlines: 25 };

    fn day(count: i64, change: impl Fn(&mut Item)) -> Vec<Item> {
        let mut items: Vec<Item> = (1..=count).map(item).collect();
        items.iter_mut().for_each(change);
        place::arrange(&mut items, ROOM);
        items
    }

    fn count(items: &[Item], placement: Placement) -> usize {
        items.iter().filter(|item| item.placement == placement).count()
    }

    #[test]
    fn an_evening_of_usual_size_is_left_alone() {
        let mut items = day(40, |_| ());
        let before: Vec<Placement> = items.iter().map(|item| item.placement).collect();
        fit(&frame(), &edition(), &mut items).unwrap();
        assert_eq!(items.iter().map(|item| item.placement).collect::<Vec<_>>(), before);
    }

    #[test]
    fn a_mail_that_is_too_large_is_cut_by_whole_stories_and_says_why() {
        let mut items = day(40, |item| item.excerpt = Some("\u{434}\u{43e}\u{43c}\u{2019}".repeat(1500)));
        fit(&frame(), &edition(), &mut items).unwrap();
        let bytes = render::size(&frame(), &edition(), &items).unwrap();
        assert!(bytes <= EDITION_BYTES_AIM, "{bytes}");
        assert_eq!(count(&items, Placement::Top), 1);
        assert_eq!(items.len(), 40, "none is lost");
        let demoted = items.iter().find(|item| item.placement_reason.starts_with("size: ")).unwrap();
        assert!(matches!(demoted.placement, Placement::Headline | Placement::Overflow));
        // It is not cut more than it must be.
        assert!(bytes > EDITION_BYTES_AIM / 2, "{bytes}");
    }

    #[test]
    fn the_sum_of_the_parts_is_the_whole() {
        let items = day(40, |item| item.section_id = Some(crate::publications::SectionId(item.article_id.0 % 3)));
        let (frame, edition) = (frame(), edition());
        let whole = render::size(&frame, &edition, &items).unwrap();
        let sum = Scales::new(&frame, &edition).unwrap().weigh(&items).unwrap();
        assert!(sum >= whole && sum < whole + whole / 10, "{sum} for {whole}");
    }

    #[test]
    fn a_mail_of_too_many_words_loses_its_last_stories_first_and_the_editors_last() {
        let mut items = day(30, |item| item.excerpt = Some("word ".repeat(200)));
        items[9].placement_by = Some("ada".into());
        fit(&frame(), &edition(), &mut items).unwrap();
        assert!(words(&edition(), &items) <= EDITION_WORDS_MAX);
        assert_eq!(items[9].placement, Placement::Full, "an editor wanted it in full");
        assert_eq!(items[8].placement, Placement::Headline);
        assert!(items[8].placement_reason.starts_with("words: "));
        // Even the editor's, when nothing else is left; the top story stays.
        let mut items = day(30, |item| {
            item.excerpt = Some("word ".repeat(2000));
            item.placement = Placement::Full;
            item.placement_by = Some("ada".into());
        });
        items[0].placement = Placement::Top;
        fit(&frame(), &edition(), &mut items).unwrap();
        assert_eq!((count(&items, Placement::Top), count(&items, Placement::Full)), (1, 0));
    }
}
