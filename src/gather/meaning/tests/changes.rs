//! What an edit was.

use super::super::change::{Change, Words, change_of};
use proptest::prelude::*;

const BODY: &str = "The harbour of Norrholm opens on Monday, said the mayor. It was closed for nine years while the quay was repaired.\n\nBoats will not pay a fee before summer.";

fn words(body: &str) -> Words {
    Words { title: "Harbour opens".to_owned(), dek: "What it costs.".to_owned(), body: body.to_owned() }
}

fn change(from: &str, to: &str) -> Change {
    assert!(BODY.contains(from), "{from}");
    change_of(&words(BODY), &words(&BODY.replace(from, to)))
}

#[test]
fn letters_marks_and_spaces_are_typos() {
    for (from, to) in [
        ("repaired", "repiared"),
        ("closed", "closd"),
        ("Monday, said", "Monday \u{2013} said"),
        ("quay was", "quay  was"),
        ("the quay", "the the quay"),
        ("summer.", "summer"),
        ("harbour of", "Harbour of"),
    ] {
        assert_eq!(change(from, to), Change::Typo, "{from} to {to}");
    }
    assert_eq!(change_of(&words(BODY), &words(BODY)), Change::Typo);
}

#[test]
fn numbers_names_days_negations_and_sentences_are_not() {
    for (from, to) in [
        ("nine years", "ten years"),
        ("Norrholm", "Norrholn"),
        ("Monday", "Sunday"),
        ("will not pay", "will pay"),
        ("will not pay", "will now pay"),
        ("repaired", "destroyed"),
        ("before summer.", "before summer. The council votes on it."),
        ("It was closed for nine years while the quay was repaired.", ""),
    ] {
        assert_eq!(change(from, to), Change::Material, "{from} to {to}");
    }
    let many = BODY.replace('e', "ee");
    assert_eq!(change_of(&words(BODY), &words(&many)), Change::Material);
    assert_eq!(change_of(&words(BODY), &Words { title: "Harbour closes".to_owned(), ..words(BODY) }), Change::Material);
}

#[test]
fn a_notice_in_the_newsrooms_own_words_is_a_correction() {
    for notice in [
        "Correction: An earlier headline named the wrong harbour.",
        "CORRECTION (Nov. 24): The quay was closed for eight years. We regret the error.",
        "An earlier version of this article misstated the year of the opening.",
        "This article was amended on 24 November 2026 to correct the name of the mayor.",
        "Clarification: The fee is for boats above six metres.",
        "Editor's note: This story has been corrected. The mayor did not speak.",
        "Korrektur: In einer fr\u{fc}heren Version stand ein falscher Name.",
        "In einer fr\u{fc}heren Version hie\u{df} es, der Hafen sei offen.",
        "Rectificatif : le port ouvre lundi et non mardi.",
        "Fe de errores: el puerto abre el lunes.",
        "Errata corrige: il porto apre luned\u{ec}.",
        "\u{418}\u{441}\u{43f}\u{440}\u{430}\u{432}\u{43b}\u{435}\u{43d}\u{438}\u{435}: \u{43f}\u{43e}\u{440}\u{442} \u{43e}\u{442}\u{43a}\u{440}\u{43e}\u{435}\u{442}\u{441}\u{44f} \u{432} \u{43f}\u{43e}\u{43d}\u{435}\u{434}\u{435}\u{43b}\u{44c}\u{43d}\u{438}\u{43a}.",
    ] {
        for after in [format!("{BODY}\n\n{notice}"), format!("{notice}\n\n{BODY}"), format!("{BODY} {notice}")] {
            let wanted = Change::Correction { notice: notice.to_owned() };
            assert_eq!(change_of(&words(BODY), &words(&after)), wanted, "{after}");
            let with_typo = Words { body: after.replace("repaired", "repiared"), ..words("") };
            let corrected = Words { body: after.clone(), ..words("") };
            assert_eq!(change_of(&corrected, &with_typo), Change::Typo, "it was there before: {after}");
        }
    }
}

#[test]
fn what_only_speaks_of_corrections_is_none() {
    for text in [
        "The correction of the harbour wall takes a year.",
        "Markets fear a correction: prices fell.",
        "Editor's note: This is the second part of a series.",
        "The ministry issued a clarification on Monday.",
    ] {
        let after = format!("{BODY}\n\n{text}");
        assert_eq!(change_of(&words(BODY), &words(&after)), Change::Material, "{text}");
    }
}

proptest! {
    #[test]
    fn no_number_ever_changes_by_a_typo(number in 0_u32..10_000, other in 0_u32..10_000) {
        prop_assume!(number != other);
        let body = |number: u32| words(&format!("The bridge cost {number} crowns, said the mayor of the town."));
        prop_assert_eq!(change_of(&body(number), &body(other)), Change::Material);
    }

    #[test]
    fn any_two_texts_have_an_answer(one in "\\PC{0,200}", other in "\\PC{0,200}") {
        let answer = change_of(&words(&one), &words(&other));
        if let Change::Correction { notice } = &answer {
            let spaces = |text: &str| crate::base::text::collapse_spaces(text);
            prop_assert!(spaces(&other).contains(notice.as_str()));
        }
        prop_assert_eq!(change_of(&words(&one), &words(&one)), Change::Typo);
    }
}
