//! The dark scheme (C7): its rules change the ground, the words and the links, or some of them cannot be read.
//!
//! Asked are the programs that heed the rules: each colour is the one that a rule for the dark gives with `!important`,
//! else the one that stands inline. Selectors of names, classes and descendants are understood (of the elements around
//! one the order does not matter), others passed over; the last rule wins. Only what the dark changes is judged here, the rest by [`super::legible`].

use super::color::Color;
use super::css::{Declaration, Sheet};
use super::look::Look;
use super::page::{Element, Kind, Page};
use crate::lint::report::{Findings, Place, Section, in_all};
use crate::lint::rule::Rule;
use std::collections::BTreeMap;

/// Steps of selectors that are told apart, each a bit of a [`Steps`]; a mail has a dozen.
const STEPS_MAX: usize = 64;

/// Which steps of the selectors an element is, one bit for each.
type Steps = u64;
/// Classes of an element that are looked at.
const CLASSES_MAX: usize = 20;

/// A name and classes that an element must have.
#[derive(PartialEq, Eq)]
struct Step {
    name: String,
    classes: Vec<String>,
}

/// What a rule for the dark says of colours, for one of its selectors.
struct Shade {
    /// What the element itself must be, and what must be around it.
    itself: Steps,
    around: Steps,
    color: Option<Said>,
    ground: Option<Said>,
}

#[derive(Clone, Copy)]
struct Said {
    color: Option<Color>,
    is_important: bool,
}

/// The colours of an element in the dark.
#[derive(Clone, Copy, Default)]
struct Pair {
    color: Option<Color>,
    ground: Option<Color>,
}

pub(super) fn check(page: &Page, sheet: &Sheet, looks: &[Look], found: &mut Findings) {
    let is_dark = |condition: &str| condition.replace(' ', "").contains("prefers-color-scheme:dark");
    let mut steps = Vec::new();
    let rules = sheet.rules.iter().filter(|rule| is_dark(&rule.condition));
    let shades: Vec<Shade> = rules
        .flat_map(|rule| rule.selector.split(',').map(|selector| (selector, &rule.declarations)))
        .filter_map(|(selector, declarations)| Shade::read(selector, declarations, &mut steps))
        .take(STEPS_MAX)
        .collect();
    let message = if shades.is_empty() {
        "no rule of the style sheet is for prefers-color-scheme:dark; add some that change ground, words and links"
    } else if !shades.iter().any(|it| it.color.is_some()) || !shades.iter().any(|it| it.ground.is_some()) {
        "the rules for the dark do not change both the ground and the words, so one of them vanishes; change both"
    } else {
        check_words(page, &steps, &shades, looks, found);
        return;
    };
    found.warning(Rule::DarkScheme, Place::of(Section::Html), message);
}

fn check_words(page: &Page, steps: &[Step], shades: &[Shade], looks: &[Look], found: &mut Findings) {
    let mut pairs: Vec<(Pair, Steps)> = Vec::with_capacity(page.nodes.len());
    let mut faults: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for (node, look) in page.nodes.iter().zip(looks) {
        let (above, around) = node.parent.and_then(|parent| pairs.get(parent).copied()).unwrap_or_default();
        pairs.push(match &node.kind {
            Kind::Element(element) => {
                let itself = steps_of(element, steps);
                let shades = shades.iter().filter(|it| it.is_for(itself, around));
                (above.below(element, look, shades), around | itself)
            }
            Kind::Words(words) => {
                if let Some(fault) = above.fault(look).filter(|_| !words.trim().is_empty()) {
                    faults.entry(fault).or_insert((0, words)).0 += 1;
                }
                (above, around)
            }
        });
    }
    for (fault, (count, words)) in faults {
        let message = format!("{fault}{}; give them a class that a dark rule changes with !important", in_all(count));
        found.warning(Rule::DarkScheme, Place::excerpt(Section::Html, words.trim()), message);
    }
}

impl Pair {
    fn below<'a>(self, element: &Element, look: &Look, shades: impl Iterator<Item = &'a Shade>) -> Self {
        // The look has what stands inline already; here it counts only if it stands at this element.
        let has_own = |names: &[&str]| element.style.iter().any(|it| names.contains(&it.property.as_str()));
        let has_ground = has_own(&["background", "background-color"]) || element.attribute("bgcolor").is_some();
        let has_color = has_own(&["color"]);
        let mut pair = self;
        if has_color || element.name == "a" {
            pair.color = look.color;
        }
        if has_ground {
            pair.ground = look.ground;
        }
        let has_styled_ground = has_own(&["background", "background-color"]);
        for shade in shades {
            if let Some(said) = shade.color.filter(|said| said.is_important || !has_color) {
                pair.color = said.color;
            }
            if let Some(said) = shade.ground.filter(|said| said.is_important || !has_styled_ground) {
                pair.ground = said.color;
            }
        }
        pair
    }

    fn fault(self, look: &Look) -> Option<String> {
        let (color, ground) = (self.color?, self.ground?);
        let is_light = look.color == Some(color) && look.ground == Some(ground);
        let (contrast, needed) = (color.contrast(ground), look.needed_contrast());
        let is_seen = !look.is_unseen && !look.is_hidden && look.size.is_none_or(|size| size >= 2.0);
        (is_seen && !is_light && contrast < needed).then(|| {
            format!("in the dark, words of {color} on {ground} have a contrast of {contrast:.1}, and need {needed}")
        })
    }
}

impl Shade {
    /// None if it says nothing of colours, or its selector is beyond what is understood.
    fn read(selector: &str, declarations: &[Declaration], steps: &mut Vec<Step>) -> Option<Self> {
        let said = |names: &[&str]| {
            let last = declarations.iter().rev().find(|it| names.contains(&it.property.as_str()))?;
            let color = last.value.split_whitespace().find_map(Color::parse);
            Some(Said { color, is_important: last.is_important })
        };
        let (color, ground) = (said(&["color"]), said(&["background", "background-color"]));
        if color.is_none() && ground.is_none() {
            return None;
        }
        let read: Option<Vec<Step>> = selector.split_whitespace().map(Step::read).collect();
        let mut bits = Vec::new();
        for step in read? {
            let known = steps.iter().position(|it| *it == step);
            let number = known.unwrap_or(steps.len());
            if number >= STEPS_MAX {
                return None;
            }
            if known.is_none() {
                steps.push(step);
            }
            bits.push(1 << number);
        }
        let (itself, before) = bits.split_last()?;
        Some(Self { itself: *itself, around: before.iter().fold(0, |all, bit| all | bit), color, ground })
    }

    const fn is_for(&self, itself: Steps, around: Steps) -> bool {
        itself & self.itself != 0 && around & self.around == self.around
    }
}

fn steps_of(element: &Element, steps: &[Step]) -> Steps {
    let classes = element.attribute("class").unwrap_or_default();
    let classes: Vec<&str> = classes.split_whitespace().take(CLASSES_MAX).collect();
    let own = steps.iter().enumerate().filter(|(_, step)| step.is_for(&element.name, &classes));
    own.fold(0, |all, (number, _)| all | (1 << number))
}

impl Step {
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::to_owned);
        let name = parts.next().filter(|name| name != "*").unwrap_or_default();
        let classes: Vec<String> = parts.collect();
        let is_word = |word: &String| word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        (is_word(&name) && classes.iter().all(is_word)).then_some(Self { name, classes })
    }

    fn is_for(&self, name: &str, classes: &[&str]) -> bool {
        let has = |class: &String| classes.iter().any(|it| it.eq_ignore_ascii_case(class));
        (self.name.is_empty() || self.name == name) && self.classes.iter().all(has)
    }
}
