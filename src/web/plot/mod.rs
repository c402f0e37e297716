//! Figures as pictures: lines, stacked bars, small multiples, drawn on the server as plain shapes.
//!
//! It promises: what a picture shows is readable without colour (series differ by mark, dash and pattern, and are named
//! where they end or in a legend of the same patterns); every shape and every word stands within the picture, and no two
//! words of an axis overlap; nothing, one value, a thousand values, huge and negative ones are drawn as they are; each
//! picture has a title and a description for those who do not see it, and the same numbers as a table. It knows no
//! database and no page: shapes are put on a page by `desk/plot.html`, which escapes every word, and are coloured by
//! classes, so that day, night and print are the stylesheet's. Held to it by `tests.rs`.

mod bars;
mod lines;
mod scale;
#[cfg(test)]
mod tests;

pub(in crate::web) use bars::{Stack, stacked};
pub(in crate::web) use lines::lines;

use std::fmt;

/// The widths of a picture, in its own units: beside a desk, and in a hand or among others. Letters are about as large as
/// those of the page at either.
pub(super) const WIDE: f64 = 720.0;
pub(super) const NARROW: f64 = 340.0;
/// The width of a letter of an axis, and the height of a line of text.
const LETTER: f64 = 7.0;
const LINE: f64 = 14.0;
/// Series that can be told apart without colour.
pub(super) const SERIES_MAX: usize = 6;
/// Letters of a name.
const NAME_CHARS_MAX: usize = 22;

/// A number of a shape: one digit behind the point is as fine as any screen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(in crate::web) struct Px(pub f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = (self.0 * 10.0).round() / 10.0;
        // No "-0".
        write!(f, "{}", if rounded == 0.0 { 0.0 } else { rounded })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::web) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    pub(in crate::web) const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// One shape of a picture.
#[derive(Clone, Debug)]
pub(in crate::web) enum Mark {
    Rule {
        x1: Px,
        y1: Px,
        x2: Px,
        y2: Px,
        is_zero: bool,
    },
    /// A line through points: `M1 2L3 4`.
    Path {
        d: String,
        series: usize,
    },
    /// Where a value is; each series has a form of its own.
    Dot {
        d: String,
        series: usize,
    },
    Bar {
        x: Px,
        y: Px,
        width: Px,
        height: Px,
        series: usize,
    },
    Text {
        x: Px,
        y: Px,
        anchor: Anchor,
        text: String,
        is_name: bool,
    },
}

/// A picture and its words.
#[derive(Clone, Debug)]
pub(in crate::web) struct Drawing {
    /// Of its own on the page.
    pub id: String,
    pub title: String,
    pub description: String,
    pub width: Px,
    pub height: Px,
    pub marks: Vec<Mark>,
    /// The patterns that its bars use, by series.
    pub patterns: Vec<usize>,
    /// What the numbers are, and the numbers.
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// The same picture for a wide screen and for a narrow one; the stylesheet shows one of them.
#[derive(Clone, Debug)]
pub(in crate::web) struct Picture {
    /// None: the narrow one is all there is.
    pub wide: Option<Drawing>,
    pub narrow: Drawing,
}

impl Picture {
    pub(in crate::web) fn of(subject: &Subject, draw: impl Fn(&Subject) -> Drawing) -> Self {
        let wide = Subject { width: WIDE, id: format!("{}-wide", subject.id), ..subject.clone() };
        Self { wide: Some(draw(&wide)), ..Self::small(subject, draw) }
    }

    pub(in crate::web) fn small(subject: &Subject, draw: impl Fn(&Subject) -> Drawing) -> Self {
        Self { wide: None, narrow: draw(&Subject { width: NARROW, ..subject.clone() }) }
    }
}

/// Values of one name, one for each label of the axis; none where nothing is known.
#[derive(Clone, Debug)]
pub(in crate::web) struct Series {
    pub name: String,
    pub values: Vec<Option<f64>>,
}

/// What a picture is of.
#[derive(Clone, Debug)]
pub(in crate::web) struct Subject {
    pub id: String,
    pub title: String,
    /// What the labels are: `Day`.
    pub axis: String,
    pub labels: Vec<String>,
    pub width: f64,
    pub height: f64,
    /// Whether the scale begins at zero.
    pub from_zero: bool,
    /// Behind each number: ` %`.
    pub unit: &'static str,
}

/// What is left of a name.
fn short(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS_MAX {
        return name.to_owned();
    }
    name.chars().take(NAME_CHARS_MAX - 1).chain(['\u{2026}']).collect()
}

fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

fn finite(value: &Option<f64>) -> Option<f64> {
    value.filter(|it| it.is_finite())
}

/// The same numbers as a table: the labels, then a column for each series.
fn table(subject: &Subject, all: &[Series]) -> (Vec<String>, Vec<Vec<String>>) {
    let head = std::iter::once(subject.axis.clone()).chain(all.iter().map(|it| it.name.clone())).collect();
    let row = |(at, label): (usize, &String)| {
        let cell = |it: &Series| {
            let value = it.values.get(at).and_then(finite);
            value.map_or_else(|| "not known".to_owned(), |it| format!("{}{}", scale::exact(it), subject.unit))
        };
        std::iter::once(label.clone()).chain(all.iter().map(cell)).collect()
    };
    (head, subject.labels.iter().enumerate().map(row).collect())
}

/// For those who do not see the picture: what each series begins, ends and peaks at.
fn description(subject: &Subject, all: &[Series]) -> String {
    let told = |it: &Series| {
        let known: Vec<(usize, f64)> =
            it.values.iter().enumerate().filter_map(|(at, value)| Some((at, finite(value)?))).collect();
        let label = |at: usize| subject.labels.get(at).map_or("", String::as_str);
        match (known.first(), known.last()) {
            (Some(first), Some(last)) => {
                let low = known.iter().fold(first, |low, it| if it.1 < low.1 { it } else { low });
                let high = known.iter().fold(first, |high, it| if it.1 > high.1 { it } else { high });
                let say = |value: f64| format!("{}{}", scale::exact(value), subject.unit);
                format!(
                    "{}: {} on {}, {} on {}; lowest {} on {}, highest {} on {}.",
                    it.name,
                    say(first.1),
                    label(first.0),
                    say(last.1),
                    label(last.0),
                    say(low.1),
                    label(low.0),
                    say(high.1),
                    label(high.0)
                )
            }
            _ => format!("{}: nothing is known yet.", it.name),
        }
    };
    all.iter().map(told).collect::<Vec<_>>().join(" ")
}
