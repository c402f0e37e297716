//! How the mail orders what the list on the page has: told in words where the two differ.
//!
//! Held to it by `tests/it/desk/tonight.rs`, which reads the mail beside the page.

use crate::base::text::one_line;
use crate::editions::{Item, Placement};
use crate::publications::Section;

/// The full stories as the mail has them, by their places in the list: the publication's sections first, then those that
/// only the articles name. Empty where that is the order of the list, as it is where there are no sections.
pub(super) fn by_section(sections: &[Section], items: &[Item]) -> String {
    if sections.is_empty() {
        return String::new();
    }
    let mut groups: Vec<(String, Vec<usize>)> = sections.iter().map(|it| (it.name.clone(), Vec::new())).collect();
    let ours = groups.len();
    let full = |it: &(&Item, usize)| it.0.placement == Placement::Full;
    for (item, place) in items.iter().zip(1..).filter(full) {
        let own = sections.iter().position(|it| Some(it.id) == item.section_id);
        let name = one_line(&item.story.section);
        let named = || groups.iter().skip(ours).position(|it| it.0 == name).map(|at| ours + at);
        match own.or_else(named).and_then(|at| groups.get_mut(at)) {
            Some((_, places)) => places.push(place),
            None => groups.push((name, vec![place])),
        }
    }
    if groups.iter().flat_map(|(_, places)| places).is_sorted() {
        return String::new();
    }
    let told = |(name, places): &(String, Vec<usize>)| {
        let places: Vec<String> = places.iter().map(ToString::to_string).collect();
        let name = if name.is_empty() { "without a section" } else { name };
        format!("{name} ({})", places.join(", "))
    };
    groups.iter().filter(|(_, places)| !places.is_empty()).map(told).collect::<Vec<_>>().join(", ")
}
