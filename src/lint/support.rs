//! Which programs show what: facts of <https://www.caniemail.com>, as published on 2025-09-09, in our own words.
//!
//! Seven families of programs; "partly" where the programs of a family differ, or know it with limits. A fact is here
//! if a mail is likely to use the feature and one family does not have it. `facts_are_in_order` holds the table together.

use super::report::{Severity, Support};

/// A family of mail programs.
const GMAIL: &str = "Gmail";
const OUTLOOK: &str = "Outlook for Windows (classic)";
const OUTLOOK_COM: &str = "Outlook.com and new Outlook";
const APPLE: &str = "Apple Mail";
const YAHOO: &str = "Yahoo Mail";
const SAMSUNG: &str = "Samsung Email";
const THUNDERBIRD: &str = "Thunderbird";

/// What is known of a feature.
pub(super) struct Fact {
    pub feature: &'static str,
    no: &'static [&'static str],
    partly: &'static [&'static str],
    note: &'static str,
    /// How bad it is to use it (C2); none where a mail is as good without it.
    pub severity: Option<Severity>,
}

impl Fact {
    pub fn support(&self) -> Support {
        Support {
            feature: self.feature,
            unsupported_in: self.no.to_vec(),
            partly_in: self.partly.to_vec(),
            note: self.note,
        }
    }
}

/// None for what every family has.
pub(super) fn fact(feature: &str) -> Option<&'static Fact> {
    FACTS.iter().find(|fact| fact.feature == feature)
}

macro_rules! facts {
    ($($feature:literal: no [$($no:ident),*] partly [$($partly:ident),*] $severity:ident $note:literal,)*) => {
        &[$(Fact {
            feature: $feature,
            no: &[$($no),*],
            partly: &[$($partly),*],
            note: $note,
            severity: facts!(@ $severity),
        },)*]
    };
    (@ Plain) => { None };
    (@ $severity:ident) => { Some(Severity::$severity) };
}

const FACTS: &[Fact] = facts! {
    "flex": no [OUTLOOK] partly [GMAIL] Error "use tables for layout",
    "grid": no [OUTLOOK, YAHOO] partly [GMAIL] Error "use tables for layout",
    "position": no [GMAIL, OUTLOOK] partly [OUTLOOK_COM, APPLE, YAHOO, SAMSUNG] Error "use tables for layout",
    "variables": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [] Warning "write the value itself",
    "rem": no [OUTLOOK, YAHOO] partly [] Warning "write pixels",
    "@import": no [GMAIL, OUTLOOK_COM, YAHOO, SAMSUNG, THUNDERBIRD] partly [] Warning "write the rules into the page",
    "<link>": no [GMAIL, OUTLOOK_COM, YAHOO, SAMSUNG, THUNDERBIRD] partly [] Warning "write the rules into the page",
    "@font-face": no [GMAIL, OUTLOOK_COM, YAHOO] partly [OUTLOOK] Warning "use fonts that every machine has",
    "<picture>": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [APPLE] Warning "use a plain <img>",
    "srcset": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [] Warning "use one src in twice the size",
    "background-image": no [OUTLOOK] partly [YAHOO] Warning "put the picture into an <img>",
    "object-fit": no [OUTLOOK, YAHOO] partly [GMAIL] Warning "cut the picture before",
    "<svg>": no [GMAIL, OUTLOOK] partly [APPLE] Warning "use a PNG",
    "<video>": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [APPLE, SAMSUNG] Warning "link a picture to the film",
    "<audio>": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [] Warning "link to the recording",
    "logical margins": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [] Warning "write left and right",
    "modern colours": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO, SAMSUNG, THUNDERBIRD] partly [] Warning "write #rrggbb",
    "webp": no [OUTLOOK] partly [GMAIL] Plain "the picture is not shown",
    "svg picture": no [] partly [GMAIL] Plain "the picture is not shown everywhere",
    "avif": no [OUTLOOK, THUNDERBIRD] partly [GMAIL] Plain "the picture is not shown",
    "float": no [OUTLOOK] partly [GMAIL, YAHOO] Note "things stand one below the other; align a table instead",
    "linear-gradient": no [OUTLOOK, OUTLOOK_COM, YAHOO] partly [GMAIL, SAMSUNG] Note "give a plain ground, too",
    "transform": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [] Note "nothing is turned or moved",
    "animation": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [] Note "the first frame must do",
    "filter": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [] Note "pictures stay as they are",
    "clamp(), min(), max()": no [OUTLOOK, OUTLOOK_COM, YAHOO, SAMSUNG] partly [GMAIL] Note
        "write a plain value before it",
    "calc()": no [OUTLOOK, OUTLOOK_COM, YAHOO] partly [GMAIL] Note "write a plain value before it",
    "vw, vh": no [OUTLOOK] partly [] Note "write a plain value before it",
    "rgba()": no [OUTLOOK] partly [GMAIL, YAHOO] Note "write #rrggbb before it",
    "::before, ::after": no [GMAIL, OUTLOOK, YAHOO] partly [OUTLOOK_COM] Note "what they add is not shown",
    "visibility": no [GMAIL, OUTLOOK] partly [] Note "what is hidden is shown",
    "opacity": no [OUTLOOK] partly [GMAIL] Note "write the lighter colour",
    "gap": no [OUTLOOK, YAHOO] partly [GMAIL, OUTLOOK_COM] Note "write padding",
    "display:none": no [] partly [GMAIL, OUTLOOK] Plain "what is hidden may be shown",
    "@media": no [OUTLOOK, THUNDERBIRD] partly [GMAIL, OUTLOOK_COM, YAHOO, SAMSUNG] Plain "the page must do without",
    "prefers-color-scheme": no [GMAIL, OUTLOOK, YAHOO, THUNDERBIRD] partly [] Plain
        "the light colours stay, or are turned by the program",
    "@supports": no [GMAIL, OUTLOOK, OUTLOOK_COM, THUNDERBIRD] partly [] Plain "the rules are dropped",
    "border-radius": no [OUTLOOK] partly [YAHOO] Plain "corners are square",
    "box-shadow": no [OUTLOOK, YAHOO] partly [GMAIL] Plain "there is no shadow",
    "text-shadow": no [GMAIL, OUTLOOK, OUTLOOK_COM] partly [] Plain "there is no shadow",
    "max-width": no [] partly [OUTLOOK, APPLE, YAHOO] Plain
        "Outlook heeds it on tables alone; write width=\"600\", too",
    "min-width": no [OUTLOOK] partly [] Plain "write a width, too",
    "max-height": no [OUTLOOK] partly [] Plain "write a height, too",
    "min-height": no [OUTLOOK] partly [] Plain "write a height, too",
    "height": no [YAHOO] partly [OUTLOOK] Plain "things are as high as what they hold",
    "box-sizing": no [OUTLOOK, YAHOO] partly [GMAIL] Plain "padding is added to the width",
    "overflow": no [OUTLOOK] partly [GMAIL, OUTLOOK_COM, APPLE, YAHOO] Plain "nothing is cut off",
    "word-break": no [YAHOO] partly [GMAIL, OUTLOOK_COM, APPLE, SAMSUNG] Plain "a long word may widen the page",
    "overflow-wrap": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [APPLE] Plain "a long word may widen the page",
    "white-space": no [OUTLOOK, SAMSUNG] partly [GMAIL, YAHOO] Plain "lines break where there is no room",
    "hyphens": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [] Plain "words are not parted",
    "color-scheme": no [GMAIL, OUTLOOK, OUTLOOK_COM, YAHOO] partly [] Plain "the program decides on the dark",
    ":hover": no [OUTLOOK] partly [GMAIL, OUTLOOK_COM] Plain "nothing changes under the pointer",
    "aria-label": no [YAHOO, THUNDERBIRD] partly [] Plain "the label is not read out",
    "sections": no [OUTLOOK, YAHOO] partly [GMAIL, OUTLOOK_COM] Plain "<article>, <section> and their kin become <div>",
    "attribute selectors": no [OUTLOOK] partly [GMAIL, OUTLOOK_COM, YAHOO] Plain "the rules are dropped",
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn facts_are_in_order() {
        let features: BTreeSet<&str> = FACTS.iter().map(|fact| fact.feature).collect();
        assert_eq!(features.len(), FACTS.len(), "each feature once");
        for fact in FACTS {
            assert!(!fact.no.is_empty() || !fact.partly.is_empty(), "{}", fact.feature);
            assert!(fact.no.iter().all(|client| !fact.partly.contains(client)), "{}", fact.feature);
        }
    }
}
