//! The lines under a headline: whole sentences, word for word as the newsroom wrote them.
//!
//! It promises: what it returns stands verbatim in the text it was given (spaces collapsed), begins where a sentence
//! begins and ends where one ends; two sentences and 140 to 280 characters wherever the text has them. Only a text whose
//! first sentence is longer than any reader would bear is cut at a word, and then says so by an ellipsis.

mod sentences;

pub use sentences::sentences;

use crate::base::text::{collapse_spaces, cut_at_word};

pub const CHARS_MIN: usize = 140;
pub const CHARS_MAX: usize = 280;
/// A first sentence up to this long is kept whole for want of a better one.
const SENTENCE_CHARS_MAX: usize = 420;

/// A shorter paragraph at the beginning is a heading or a byline.
const PROSE_CHARS_MIN: usize = 40;

/// A single sentence this long stands well enough alone where the next one would be too much.
const LEAD_CHARS_MIN: usize = 100;

/// The excerpt of the first of `sources` that has a good one: the editor's dek, the feed's summary, the text itself.
/// Each is plain text in paragraphs. Empty only if all of them are.
pub fn excerpt(sources: &[&str]) -> String {
    let chars = |text: &String| text.chars().count();
    let openings: Vec<String> = sources.iter().map(|source| opening(source, 0)).collect();
    let find = |range: std::ops::RangeInclusive<usize>| openings.iter().find(|it| range.contains(&chars(it))).cloned();
    // Where the first sentence is too short and the second too long, the text may be entered behind the first.
    let later = || {
        let all = (1..=2).flat_map(|skip| sources.iter().map(move |source| opening(source, skip)));
        all.into_iter().find(|it| (CHARS_MIN..=CHARS_MAX).contains(&chars(it)))
    };
    let short = || openings.iter().filter(|it| chars(it) <= CHARS_MAX).max_by_key(|it| chars(it)).cloned();
    find(CHARS_MIN..=CHARS_MAX)
        .or_else(|| find(LEAD_CHARS_MIN..=CHARS_MAX))
        .or_else(later)
        .or_else(|| short().filter(|it| chars(it) >= PROSE_CHARS_MIN))
        .or_else(|| find(1..=SENTENCE_CHARS_MAX))
        .unwrap_or_else(|| {
            let any = sources.iter().map(|it| collapse_spaces(it)).find(|it| !it.is_empty());
            cut_at_word(&any.unwrap_or_default(), CHARS_MAX)
        })
}

/// The first paragraphs that read like prose: headings, bylines and datelines before them are left out, and what follows
/// the first list or heading.
fn prose(source: &str) -> String {
    const CLOSES: &[&str] = &[
        ".", "!", "?", "\u{2026}", "\u{3002}", "\u{ff01}", "\u{ff1f}", "\"", "\u{201d}", "\u{bb}", "]", ")", "\u{300d}",
    ];
    let closes = |paragraph: &str| CLOSES.iter().any(|end| paragraph.trim_end().ends_with(end));
    let paragraphs: Vec<&str> = source.split("\n\n").collect();
    let first = paragraphs.iter().position(|it| closes(it) && it.chars().count() >= PROSE_CHARS_MIN);
    let Some(first) = first else { return collapse_spaces(source) };
    let until = paragraphs.iter().skip(first).take_while(|it| closes(it)).count();
    collapse_spaces(&paragraphs.get(first..first + until).unwrap_or_default().join(" "))
}

/// From the sentence after the `skip`-th: two sentences, a third if two are short, one if two are long.
fn opening(source: &str, skip: usize) -> String {
    let text = without_appendix(&prose(source));
    let mut whole: Option<std::ops::Range<usize>> = None;
    let mut chars = 0;
    for (count, sentence) in (1..).zip(sentences(&text).into_iter().skip(skip)) {
        // A sentence that the feed cut off is none.
        if is_cut_off(text.get(sentence.clone()).unwrap_or_default()) {
            break;
        }
        let begin = whole.as_ref().map_or(sentence.start, |whole| whole.start);
        let length = text.get(begin..sentence.end).map_or(0, |head| head.chars().count());
        if count > 1 && (length > CHARS_MAX || (count > 2 && chars >= CHARS_MIN)) {
            break;
        }
        (whole, chars) = (Some(begin..sentence.end), length);
    }
    whole.and_then(|range| text.get(range)).unwrap_or_default().to_owned()
}

/// What feeds append to a summary: "The post X appeared first on Y.", "Continue reading X".
fn without_appendix(text: &str) -> String {
    let mut text = text.trim();
    if let Some(at) = text.rfind("The post ")
        && text.get(at..).is_some_and(|tail| tail.contains("appeared first on"))
    {
        text = text.get(..at).unwrap_or(text).trim_end();
    }
    let lower = text.to_lowercase();
    for invitation in ["continue reading", "read more", "read the full", "keep reading"] {
        if let Some(at) = lower.rfind(invitation)
            // Lower-casing may change lengths; then the text is left alone.
            && lower.len() == text.len()
            && text.get(at..).is_some_and(|tail| tail.chars().count() < 120)
            && text.get(..at).is_some_and(|head| head.trim_end().ends_with(['.', '!', '?', ']', '\u{2026}', '"', '\u{201d}']))
        {
            text = text.get(..at).unwrap_or(text).trim_end();
            break;
        }
    }
    text.to_owned()
}

fn is_cut_off(sentence: &str) -> bool {
    let end = sentence.trim_end_matches([' ', '\u{2192}', '\u{bb}', '>']);
    ["[...]", "[\u{2026}]", "[..]", "...", "\u{2026}", "(...)", "(more...)"].iter().any(|mark| end.ends_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEAD: &str = "The harbour of the old town opens again on Monday, the council said after a long night of talks. \
        Ferries will leave every hour from the eastern pier, as they did before the storm. A third sentence follows here.";

    #[test]
    fn two_whole_sentences_stand_under_a_headline() {
        let found = excerpt(&[LEAD]);
        assert!(found.ends_with("before the storm."), "{found}");
        assert!(LEAD.contains(&found));
    }

    #[test]
    fn a_cut_summary_is_cut_again_at_its_last_full_sentence() {
        let summary = "The harbour of the old town opens again on Monday, the council said after a long night of talks about the \
            money that it will cost in the end. Ferries will leave every [\u{2026}]";
        assert!(excerpt(&[summary]).ends_with("in the end."));
        assert_eq!(excerpt(&["Only a beginning of [...]", LEAD]), excerpt(&[LEAD]));
    }

    #[test]
    fn what_feeds_append_is_no_part_of_it() {
        let first = "The harbour of the old town opens again on Monday, the council said after a long night of talks about the money.";
        let second = "Ferries will leave every hour, as before.";
        for tail in
            ["Continue reading The harbour opens", "The post Harbour appeared first on News.", "Read more \u{bb}"]
        {
            assert_eq!(excerpt(&[&format!("{first} {second} {tail}")]), format!("{first} {second}"), "{tail}");
        }
    }

    #[test]
    fn a_short_dek_gives_way_to_a_text_that_fills_the_lines_and_wins_over_nothing() {
        assert_eq!(excerpt(&["Short.", "", LEAD]), excerpt(&[LEAD]));
        assert_eq!(
            excerpt(&["The harbour opens again on Monday morning.", ""]),
            "The harbour opens again on Monday morning."
        );
        assert_eq!(excerpt(&["", ""]), "");
    }

    #[test]
    fn a_byline_or_heading_before_the_text_is_no_part_of_it() {
        assert_eq!(excerpt(&[&format!("By Anna Ray\n\nThe background\n\n{LEAD}")]), excerpt(&[LEAD]));
        assert_eq!(excerpt(&["One.\n\nTwo."]), "One. Two.");
        let list = format!("{LEAD}\n\nIn this issue:\n\nOne thing\n\nAnother thing");
        assert_eq!(excerpt(&[&list]), excerpt(&[LEAD]));
    }

    #[test]
    fn an_endless_sentence_is_cut_at_a_word_and_says_so() {
        let found = excerpt(&[&"word ".repeat(200)]);
        assert!(found.ends_with('\u{2026}') && found.chars().count() <= CHARS_MAX);
    }

    proptest! {
        #[test]
        fn an_excerpt_stands_in_its_source(sources in proptest::collection::vec("([A-Z][a-z]{1,9}( [a-zA-Z.é]{1,9}){0,30}[.!?…\u{3002}] ?){0,6}|\\PC{0,400}", 1..4)) {
            let texts: Vec<&str> = sources.iter().map(String::as_str).collect();
            let found = excerpt(&texts);
            let is_cut = found.ends_with('\u{2026}');
            let bare = found.trim_end_matches('\u{2026}');
            let wanted = if is_cut { bare } else { found.as_str() };
            let stands = sources.iter().any(|source| collapse_spaces(source).contains(wanted));
            prop_assert!(stands);
            prop_assert!(found.chars().count() <= SENTENCE_CHARS_MAX);
        }
    }
}
