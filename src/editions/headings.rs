//! Which heading each full story of an edition stands under, and in which order the mail has them: asked once, by the mail
//! and by whoever tells its order.
//!
//! Held to it by the tests of `render.rs` and by `tests/it/desk/tonight.rs`, which reads the mail beside the page.

use super::model::Item;
use crate::base::text::one_line;
use crate::publications::{Section, SectionId};

pub(super) fn section_of(sections: &[Section], id: Option<SectionId>) -> Option<&Section> {
    sections.iter().find(|section| Some(section.id) == id)
}

/// The publication's own name for its section, else the one that its source gives it; empty if neither has one.
pub(super) fn heading(sections: &[Section], item: &Item) -> String {
    match section_of(sections, item.section_id) {
        Some(section) => section.name.clone(),
        None => one_line(&item.story.section),
    }
}

/// The publication's sections in their order, then what belongs to none of them under the names that the sources give;
/// within each, the order of `items`. No heading is without a story. A publication without sections has one list without a
/// heading: the order is the editor's, story by story.
pub fn by_heading<'a>(
    sections: &[Section],
    items: impl Iterator<Item = &'a Item> + Clone,
) -> Vec<(String, Vec<&'a Item>)> {
    if sections.is_empty() {
        let all: Vec<&Item> = items.collect();
        return if all.is_empty() { Vec::new() } else { vec![(String::new(), all)] };
    }
    let of = |section: &Section| items.clone().filter(|item| item.section_id == Some(section.id)).collect();
    let mut out: Vec<(String, Vec<&Item>)> = sections.iter().map(|it| (it.name.clone(), of(it))).collect();
    for item in items.clone().filter(|item| section_of(sections, item.section_id).is_none()) {
        let name = heading(sections, item);
        match out.iter_mut().find(|(heading, _)| *heading == name) {
            Some((_, stories)) => stories.push(item),
            None => out.push((name, vec![item])),
        }
    }
    out.retain(|(_, stories)| !stories.is_empty());
    out
}
