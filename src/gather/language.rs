//! The language of a text and the direction it is written in.
//!
//! It promises a language only where there is little doubt: a text that is short or mixed has none. Held to it by the
//! tests below.

use whatlang::Lang;

/// Letters that a judgement needs.
const LETTERS_MIN: usize = 40;
/// Text looked at, in characters.
const CHARS_MAX: usize = 4000;

/// The primary subtag (BCP 47) of the language that a text is in.
pub fn detect(text: &str) -> Option<&'static str> {
    let head: String = text.chars().take(CHARS_MAX).collect();
    if head.chars().filter(|c| c.is_alphabetic()).count() < LETTERS_MIN && !has_own_script(&head) {
        return None;
    }
    let found = whatlang::detect(&head)?;
    found.is_reliable().then(|| tag(found.lang())).flatten()
}

/// A character of a script that writes words without spaces, or syllables in one character.
pub(super) const fn is_wide(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A script that tells the language by few letters.
fn has_own_script(text: &str) -> bool {
    text.chars().filter(|c| is_wide(*c)).count() >= LETTERS_MIN / 4
}

fn tag(lang: Lang) -> Option<&'static str> {
    Some(match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        // Latin on a page of news is a designer's filling.
        _ => return None,
    })
}

/// What people read in a minute: words, or characters of a script without spaces.
const WORDS_PER_MINUTE: usize = 265;
const WIDE_CHARS_PER_MINUTE: usize = 500;

/// Words of a text; where they are written without spaces, as many as take the same time to read.
pub fn word_count(text: &str) -> i64 {
    let wide = text.chars().filter(|c| is_wide(*c) && !is_spaced(*c)).count();
    let is_word = |word: &&str| word.chars().any(|c| c.is_alphanumeric() && (!is_wide(c) || is_spaced(c)));
    let words = text.split_whitespace().filter(is_word).count();
    let all = words.saturating_add(wide.saturating_mul(WORDS_PER_MINUTE) / WIDE_CHARS_PER_MINUTE);
    i64::try_from(all).unwrap_or(i64::MAX)
}

/// Korean writes syllables in one character, and spaces between its words.
const fn is_spaced(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}')
}

/// Full minutes, one at least; 0 for no words.
pub fn reading_minutes(word_count: i64) -> i64 {
    let per_minute = i64::try_from(WORDS_PER_MINUTE).unwrap_or(1);
    if word_count <= 0 { 0 } else { ((word_count + per_minute / 2) / per_minute).max(1) }
}

/// `ltr` or `rtl`, by the script that the tag names or else by that of its language.
pub fn direction(tag: &str) -> &'static str {
    let lower = tag.to_ascii_lowercase().replace('_', "-");
    let mut parts = lower.split('-');
    let language = parts.next().unwrap_or_default();
    let is_rtl = match parts.find(|it| it.len() == 4 && it.chars().all(|c| c.is_ascii_alphabetic())) {
        Some(script) => ["arab", "hebr", "thaa", "syrc", "nkoo", "adlm", "aran"].contains(&script),
        None => [
            "ar", "he", "iw", "fa", "ur", "yi", "ji", "ps", "sd", "ug", "dv", "ckb", "syr", "arc", "nqo", "azb", "pnb",
            "ks",
        ]
        .contains(&language),
    };
    if is_rtl { "rtl" } else { "ltr" }
}

/// Languages that are written in Latin letters and nothing else.
const LATIN: &[&str] =
    &["en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sv", "da", "nb", "no", "fi", "hu", "tr", "id"];

/// Whether a text that is declared to be in a language of Latin letters is not written in them: a theme's `lang="en"` on
/// a Korean page.
pub fn of_other_script(tag: &str, text: &str) -> bool {
    let primary = tag.split('-').next().unwrap_or_default();
    if !LATIN.contains(&primary) {
        return false;
    }
    let letters = || text.chars().take(CHARS_MAX).filter(|c| c.is_alphabetic());
    let all = letters().count();
    all >= LETTERS_MIN
        && letters().filter(|c| *c > '\u{24f}' && !('\u{1e00}'..='\u{1eff}').contains(c)).count() * 3 > all * 2
}

/// A tag as BCP 47 writes it (`en_gb` is `en-GB`); none if it is no tag.
pub fn normal(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let mut parts = tag.split('-').map(str::to_ascii_lowercase);
    let first = parts.next().filter(|it| (2..=3).contains(&it.len()) && it.chars().all(|c| c.is_ascii_alphabetic()))?;
    let mut out = first;
    for part in parts.take(3) {
        if !(2..=8).contains(&part.len()) || !part.chars().all(|c| c.is_ascii_alphanumeric()) {
            break;
        }
        out.push('-');
        match part.len() {
            2 => out.push_str(&part.to_ascii_uppercase()),
            4 => out.extend(part.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c })),
            _ => out.push_str(&part),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_told_where_there_is_little_doubt() {
        for (text, wanted) in [
            (
                "The harbour of the old town opens again on Monday, the council said after a long night of talks.",
                Some("en"),
            ),
            (
                "Der Hafen der alten Stadt wird am Montag wieder ge\u{f6}ffnet, teilte der Rat nach langen Gespr\u{e4}chen mit.",
                Some("de"),
            ),
            (
                "\u{c57c}\u{b2f9}\u{c740} \u{c6d4}\u{c694}\u{c77c} \u{ad6d}\u{d68c}\u{c5d0}\u{c11c} \u{c0c8} \u{bc95}\u{c548}\u{c744} \u{b17c}\u{c758}\u{d588}\u{b2e4}",
                Some("ko"),
            ),
            ("OK", None),
            ("", None),
        ] {
            assert_eq!(detect(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_declaration_that_the_script_belies_is_seen() {
        let korean = "\u{c57c}\u{b2f9}\u{c740}".repeat(20);
        assert!(of_other_script("en-US", &korean));
        assert!(!of_other_script("ko", &korean));
        assert!(!of_other_script("en", &"The harbour opens again. ".repeat(4)));
    }

    #[test]
    fn reading_takes_265_words_a_minute_or_500_characters() {
        assert_eq!(reading_minutes(word_count(&"word ".repeat(530))), 2);
        assert_eq!(reading_minutes(word_count(&"\u{6e2f}".repeat(1500))), 3);
        assert_eq!((reading_minutes(word_count("One")), reading_minutes(word_count(""))), (1, 0));
        assert_eq!(word_count("\u{c57c}\u{b2f9}\u{c740} \u{6e2f}\u{6e2f} a - b"), 4);
    }

    #[test]
    fn a_script_decides_the_direction_before_the_language() {
        for (tag, wanted) in [
            ("ar", "rtl"),
            ("he-IL", "rtl"),
            ("en", "ltr"),
            ("az-Arab", "rtl"),
            ("ur-Latn", "ltr"),
            ("", "ltr"),
            ("fa_IR", "rtl"),
        ] {
            assert_eq!(direction(tag), wanted, "{tag}");
        }
    }

    #[test]
    fn tags_are_written_as_the_standard_writes_them() {
        for (tag, wanted) in [
            ("en_us", Some("en-US")),
            ("zh-hans-cn", Some("zh-Hans-CN")),
            (" DE ", Some("de")),
            ("english", None),
            ("", None),
            ("en-", Some("en")),
        ] {
            assert_eq!(normal(tag).as_deref(), wanted, "{tag}");
        }
    }
}
