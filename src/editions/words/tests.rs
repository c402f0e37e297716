//! Subjects and preheaders as readers see them.

use super::*;
use proptest::prelude::*;

fn of<'a>(headlines: &'a [&'a str]) -> Vec<Words<'a>> {
    headlines.iter().map(|headline| Words { headline, excerpt: "" }).collect()
}

fn all(headlines: &[&str], last: Option<&str>) -> Vec<String> {
    subjects("The Lamp", Phrases::of("en"), "2026-11-23".parse().ok(), &of(headlines), last)
}

fn subject(headlines: &[&str], last: Option<&str>) -> String {
    all(headlines, last).swap_remove(0)
}

fn line(headlines: &[&str]) -> String {
    preheader(Phrases::of("en"), &of(headlines))
}

#[test]
fn a_subject_names_the_paper_and_its_top_story() {
    assert_eq!(subject(&["Harbour opens", "Bridge closes"], None), "The Lamp: Harbour opens");
}

#[test]
fn a_long_headline_is_cut_after_a_clause_or_at_a_word() {
    let clause = "Old ferry pier to stay open through winter: council finds the money four days before it closes";
    assert_eq!(subject(&[clause], None), "The Lamp: Old ferry pier to stay open through winter");
    let words = "Old ferry pier to stay open through the winter after the council found the money for its repair";
    assert_eq!(subject(&[words], None), "The Lamp: Old ferry pier to stay open through the winter after the\u{2026}");
    let question = "Who will pay for the repair of the ferry pier? The council does not know either, it says";
    assert_eq!(subject(&[question], None), "The Lamp: Who will pay for the repair of the ferry pier?");
    let list = "Two towns, one ferry, no money, and a council that has known about it for very many years";
    assert!(subject(&[list], None).ends_with('\u{2026}'), "a comma ends no thought");
}

#[test]
fn a_long_name_leaves_room_for_the_headline() {
    let name = "The Evening Edition of the Saltmere Gazette and Harbour Intelligencer";
    let found = subjects(name, Phrases::of("en"), None, &of(&["Harbour opens on Monday after a long night"]), None);
    assert_eq!(found[0], format!("{name}: Harbour opens on Monday after a long\u{2026}"));
}

#[test]
fn two_evenings_never_carry_the_same_subject() {
    let last = "The Lamp: Harbour opens";
    let evening = all(&["Harbour opens", "Bridge closes"], Some(last));
    assert_eq!(evening[0], "The Lamp: Bridge closes");
    assert!(!evening.iter().any(|it| it == last));
    assert_eq!(subject(&["Harbour Opens"], Some(last)), "Harbour Opens", "nor in other letters");
    assert_eq!(subject(&["\u{3000}"], Some("The Lamp, 23 November")), "The Lamp");
}

#[test]
fn three_different_subjects_are_there_to_choose_from() {
    assert_eq!(
        all(&["Harbour opens", "Bridge closes", "Choir sings"], None),
        ["The Lamp: Harbour opens", "The Lamp: Bridge closes", "Harbour opens"]
    );
    assert_eq!(
        all(&["Harbour opens"], None),
        ["The Lamp: Harbour opens", "Harbour opens", "The Lamp, 23 November: Harbour opens"]
    );
    assert_eq!(all(&["Harbour opens", "Harbour opens"], None).len(), 3);
}

#[test]
fn a_subject_is_no_answer_and_no_second_header() {
    for fake in [
        "RE: Fwd: news\r\nBcc: x@y.example",
        "Re[2]: news\r\nBcc: x@y.example",
        "\u{ff32}\u{ff45}\u{ff1a} news Bcc: x@y.example",
        "AW: WG : news Bcc: x@y.example",
        "\u{56de}\u{590d}\u{ff1a}news Bcc: x@y.example",
        "\u{202e}Re:\u{2066} news Bcc: x@y.example",
        "\u{41e}\u{442}\u{432}: news Bcc: x@y.example",
    ] {
        for found in all(&[fake], None) {
            assert!(found.ends_with("news Bcc: x@y.example") && !found.to_lowercase().starts_with("re"), "{found}");
            assert!(!found.contains(['\r', '\n', '\u{202e}', '\u{2066}']));
        }
    }
    assert_eq!(subject(&["Results: Ben wins"], None), "The Lamp: Results: Ben wins");
    assert_eq!(subject(&["Re:"], None), "The Lamp, 23 November", "a headline of nothing else is none");
}

#[test]
fn a_reader_counts_no_joiners_and_no_accents_apart() {
    assert_eq!(seen_chars("e\u{301}te\u{301}"), 3);
    let family = "\u{1f469}\u{200d}\u{1f692} ".repeat(60);
    let found = short(family.trim(), 40);
    assert!(!found.trim_end_matches('\u{2026}').ends_with('\u{200d}'), "{found:?}");
    assert_eq!(seen_head("ab\u{301}c", 2), "ab\u{301}");
}

#[test]
fn the_preheader_holds_what_fits() {
    assert_eq!(
        line(&["top", "Bridge closes for a year of repairs", "Choir seeks tenors"]),
        "Also, Bridge closes for a year of repairs; Choir seeks tenors"
    );
    assert_eq!(line(&["top"]), "");
    let many: Vec<_> = std::iter::repeat_n("a headline of some length", 9).collect();
    let found = line(&many);
    assert!((PREHEADER_CHARS_MIN..=PREHEADER_CHARS_MAX).contains(&found.chars().count()), "{found}");
    assert!(found.ends_with("length"), "{found}");
}

#[test]
fn a_short_preheader_goes_on_with_the_excerpt() {
    let stories = [
        Words {
            headline: "Harbour opens",
            excerpt: "The harbour of the old town opens again on Monday, the council said.",
        },
        Words { headline: "Bridge closes", excerpt: "The old bridge is closed to carts. Repairs take a year." },
    ];
    assert_eq!(
        preheader(Phrases::of("en"), &stories),
        "Also, Bridge closes. The old bridge is closed to carts. Repairs take a year."
    );
    assert_eq!(preheader(Phrases::of("en"), &stories[..1]), stories[0].excerpt);
    assert_eq!(
        preheader(Phrases::of("de"), &stories),
        "Au\u{df}erdem: Bridge closes. The old bridge is closed to carts. Repairs take a year."
    );
}

#[test]
fn a_subject_names_the_story_whose_headline_it_begins_with() {
    let long = "Harbour opens after three winters of waiting, and the ferries sail again from the old pier at noon";
    let subject = format!("The Lamp: {}", short(long, 50));
    assert!(names(&subject, long) && names("The Lamp: Bridge closes", "Re: Bridge closes"));
    assert!(!names(&subject, "Bridge closes") && !names(&subject, ""));
}

proptest! {
    #[test]
    fn no_headline_makes_a_subject_too_long_or_dangerous(headlines in proptest::collection::vec("\\PC{0,300}|[a-z ]{0,300}|(Re: ?){0,3}[A-Za-z ]{0,90}", 0..5), last in "\\PC{0,40}") {
        let borrowed: Vec<&str> = headlines.iter().map(String::as_str).collect();
        let found = all(&borrowed, Some(&last));
        prop_assert!(!found.is_empty());
        for (index, subject) in found.iter().enumerate() {
            prop_assert!(seen_chars(subject) <= SUBJECT_CHARS_MAX, "{}", subject);
            prop_assert!(!subject.chars().any(char::is_control));
            prop_assert!(!found[..index].contains(subject) && *subject != last);
        }
        let line = line(&borrowed);
        prop_assert!(seen_chars(&line) <= PREHEADER_CHARS_MAX, "{}", line);
    }
}
