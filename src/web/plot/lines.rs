//! Lines over time. Each series has a mark and a dash of its own, and its name stands where it ends.

use super::scale::{self, Scale};
use super::{
    Anchor, Drawing, LETTER, LINE, Mark, Px, SERIES_MAX, Series, Subject, description, finite, short, table, width_of,
};

/// With more values than this, marks stand at the ends alone.
const DOTS_MAX: usize = 45;
const DOT: f64 = 3.5;

/// A line for each series.
pub(in crate::web) fn lines(subject: &Subject, all: &[Series]) -> Drawing {
    let all: Vec<Series> = all.iter().take(SERIES_MAX).cloned().collect();
    let (top, bottom) = (LINE, subject.height - 2.0 * LINE);
    let values = all.iter().flat_map(|it| it.values.iter().filter_map(finite));
    let scale = Scale::over(values, subject.from_zero, top, bottom);
    let left = scale.margin(subject.unit, subject.width);
    let has_names = all.len() > 1;
    let names = all.iter().map(|it| width_of(&short(&it.name))).fold(0.0, f64::max);
    let right = if has_names { subject.width - names - 3.0 * LETTER } else { subject.width - 2.0 * LETTER };
    let count = subject.labels.len();
    let x = |at: usize| {
        let share = if count > 1 { at as f64 / (count - 1) as f64 } else { 0.5 };
        left + share * (right - left)
    };
    let mut marks = scale.marks(subject.unit, left, right);
    marks.extend(scale::labels(&subject.labels, x, subject.height - LINE / 2.0, 0.0, subject.width));
    let mut ends = Vec::new();
    for (series, it) in all.iter().enumerate() {
        let places: Vec<Option<(f64, f64)>> =
            (0..count).map(|at| it.values.get(at).and_then(finite).map(|value| (x(at), scale.y(value)))).collect();
        let d = path(&places);
        if !d.is_empty() {
            marks.push(Mark::Path { d, series });
        }
        let known: Vec<(f64, f64)> = places.iter().flatten().copied().collect();
        let dotted: Vec<(f64, f64)> = if known.len() <= DOTS_MAX {
            known.clone()
        } else {
            known.first().into_iter().chain(known.last()).copied().collect()
        };
        marks.extend(dotted.into_iter().map(|at| Mark::Dot { d: dot(at, series), series }));
        if let Some((_, y)) = known.last() {
            ends.push((*y, short(&it.name)));
        }
    }
    if has_names {
        marks.extend(names_at(ends, right + 1.5 * LETTER, top, bottom));
    }
    let (head, rows) = table(subject, &all);
    Drawing {
        id: subject.id.clone(),
        title: subject.title.clone(),
        description: description(subject, &all),
        width: Px(subject.width),
        height: Px(subject.height),
        marks,
        patterns: Vec::new(),
        head,
        rows,
    }
}

/// A gap where nothing is known.
fn path(places: &[Option<(f64, f64)>]) -> String {
    let mut d = String::new();
    let mut is_down = false;
    for place in places {
        match place {
            None => is_down = false,
            Some((x, y)) => {
                d.push(if is_down { 'L' } else { 'M' });
                d.push_str(&format!("{} {}", Px(*x), Px(*y)));
                is_down = true;
            }
        }
    }
    d
}

/// A disc, a square, a diamond, a triangle, one upside down, a cross.
fn dot((x, y): (f64, f64), series: usize) -> String {
    let (w, e, n, s) = (Px(x - DOT), Px(x + DOT), Px(y - DOT), Px(y + DOT));
    let (x, y, r) = (Px(x), Px(y), Px(DOT));
    match series % SERIES_MAX {
        0 => format!("M{w} {y}a{r} {r} 0 1 0 7 0a{r} {r} 0 1 0 -7 0Z"),
        1 => format!("M{w} {n}H{e}V{s}H{w}Z"),
        2 => format!("M{x} {n}L{e} {y}L{x} {s}L{w} {y}Z"),
        3 => format!("M{x} {n}L{e} {s}H{w}Z"),
        4 => format!("M{x} {s}L{e} {n}H{w}Z"),
        _ => format!("M{w} {n}L{e} {s}M{e} {n}L{w} {s}"),
    }
}

/// Names beside the ends of their lines, moved apart where they would touch.
fn names_at(mut ends: Vec<(f64, String)>, x: f64, top: f64, bottom: f64) -> Vec<Mark> {
    ends.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut free = top;
    for (y, _) in &mut ends {
        *y = y.max(free);
        free = *y + LINE;
    }
    let mut limit = bottom;
    for (y, _) in ends.iter_mut().rev() {
        *y = y.min(limit);
        limit = *y - LINE;
    }
    let mark = |(y, text): (f64, String)| {
        let y = Px((y + LINE / 3.0).max(LINE / 2.0));
        Mark::Text { x: Px(x), y, anchor: Anchor::Start, text, is_name: true }
    };
    ends.into_iter().map(mark).collect()
}
