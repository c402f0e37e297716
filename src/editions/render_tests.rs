//! The order in which a reader finds the stories.

use super::*;
use crate::editions::fixtures::{edition, frame, titled_item};
use crate::editions::view::{Weight, weigh_heading};
use crate::publications::SectionId;

/// A lead and four full stories, each with the name that its source gives its section, in the order of the edition.
fn evening() -> Vec<Item> {
    let named = |(number, section): (i64, &str)| {
        let mut item = titled_item(number, &format!("Story {number}"));
        item.story.section = section.into();
        item
    };
    let mut items: Vec<Item> = [(1, "World"), (2, "Local"), (3, "World"), (4, "Local"), (5, "")].map(named).into();
    items[0].placement = Placement::Top;
    items
}

fn view_of(frame: &Frame, items: &[Item]) -> EditionView {
    view(frame, &edition(), items, None, Reader::Subscriber).unwrap()
}

fn headlines(part: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<_> = (1..=5).filter_map(|n| Some((part.rfind(&format!("Story {n}"))?, n))).collect();
    found.sort_unstable();
    found
}

#[test]
fn without_sections_the_order_of_the_edition_is_that_of_the_mail_and_each_story_says_where_it_belongs() {
    let frame = Frame { sections: Vec::new(), ..frame() };
    let view = view_of(&frame, &evening());
    let (html, text) = (view.html().unwrap(), view.text().unwrap());
    for part in [&html, &text] {
        assert_eq!(headlines(part).iter().map(|it| it.1).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    }
    let page = dom_query::Document::from(html.as_str());
    let told: Vec<String> = page.select("h2, p.mark").iter().map(|it| it.text().trim().to_owned()).collect();
    assert_eq!(
        told,
        ["World", "Story 1", "Local", "Story 2", "World", "Story 3", "Local", "Story 4", "Story 5"],
        "and no heading is empty"
    );
    assert_eq!(text.matches("\nLOCAL\nStory").count(), 2, "{text}");
}

#[test]
fn with_sections_the_stories_stand_under_them_and_the_others_under_the_names_of_their_sources() {
    let mut items = evening();
    items[3].section_id = Some(SectionId(2));
    let sections = view_of(&frame(), &items).sections;
    let told: Vec<(&str, Vec<&str>)> = sections
        .iter()
        .map(|it| (it.name.as_str(), it.stories.iter().map(|story| story.headline.as_str()).collect()))
        .collect();
    let expected =
        [("Section 2", vec!["Story 4"]), ("Local", vec!["Story 2"]), ("World", vec!["Story 3"]), ("", vec!["Story 5"])];
    assert_eq!(told, expected);
}

#[test]
fn what_the_parts_weigh_is_never_less_than_the_whole() {
    for frame in [Frame { sections: Vec::new(), ..frame() }, frame()] {
        let items = evening();
        let mut sum = weigh_page(&frame, &edition()).unwrap();
        for item in &items {
            sum = sum + weigh_item(&frame, item).unwrap();
        }
        let headings: &[&str] = if frame.sections.is_empty() { &[""] } else { &["World", "Local", ""] };
        for name in headings {
            sum = sum + weigh_heading(name).unwrap();
        }
        let whole = Weight::of(&view_of(&frame, &items).html().unwrap()).on_the_wire();
        assert!(sum.on_the_wire() >= whole, "{} of {whole}", sum.on_the_wire());
    }
}
