//! Bars, stacked: what adds stands above the line, what takes away below it. Each part has a pattern of its own and a
//! legend in the same pattern.

use super::scale::{self, Scale};
use super::{
    Anchor, Drawing, LETTER, LINE, Mark, Px, SERIES_MAX, Series, Subject, description, finite, short, table, width_of,
};

/// Side of a square of the legend.
const SQUARE: f64 = 12.0;

/// A part of the bars.
#[derive(Clone, Debug)]
pub(in crate::web) struct Stack {
    pub series: Series,
    /// Stands below the line; its values are told as they are.
    pub is_below: bool,
}

/// A bar for each label, stacked.
pub(in crate::web) fn stacked(subject: &Subject, all: &[Stack]) -> Drawing {
    let all: Vec<Stack> = all.iter().take(SERIES_MAX).cloned().collect();
    let count = subject.labels.len();
    let value = |it: &Stack, at: usize| it.series.values.get(at).and_then(finite).unwrap_or(0.0).max(0.0);
    let sum = |at: usize, is_below: bool| -> f64 {
        all.iter().filter(|it| it.is_below == is_below).map(|it| value(it, at)).sum()
    };
    let (legend, rows_of_legend) = legend(&all, subject.width);
    let top = LINE + rows_of_legend as f64 * (SQUARE + 6.0);
    let bottom = subject.height - 2.0 * LINE;
    let extremes = (0..count).flat_map(|at| [sum(at, false), -sum(at, true)]);
    let scale = Scale::over(extremes, true, top, bottom);
    let (left, right) = (scale.margin(subject.unit, subject.width), subject.width - 2.0 * LETTER);
    let room = (right - left) / count.max(1) as f64;
    let width = (room * 0.72).min(48.0);
    let x = |at: usize| left + (at as f64 + 0.5) * room;
    let mut marks = scale.marks(subject.unit, left, right);
    marks.extend(scale::labels(&subject.labels, x, subject.height - LINE / 2.0, 0.0, subject.width));
    for at in 0..count {
        let (mut above, mut below) = (0.0, 0.0);
        for (series, it) in all.iter().enumerate() {
            let size = value(it, at);
            let (from, to) = if it.is_below { (below, below - size) } else { (above, above + size) };
            let (y1, y2) = (scale.y(from), scale.y(to));
            if it.is_below {
                below = to
            } else {
                above = to
            }
            let height = (y1 - y2).abs();
            if height >= 0.05 {
                let (x, y) = (Px(x(at) - width / 2.0), Px(y1.min(y2)));
                marks.push(Mark::Bar { x, y, width: Px(width), height: Px(height), series });
            }
        }
    }
    marks.extend(legend);
    let plain: Vec<Series> = all.iter().map(|it| it.series.clone()).collect();
    let (head, rows) = table(subject, &plain);
    Drawing {
        id: subject.id.clone(),
        title: subject.title.clone(),
        description: description(subject, &plain),
        width: Px(subject.width),
        height: Px(subject.height),
        marks,
        patterns: (0..all.len()).collect(),
        head,
        rows,
    }
}

/// Squares and names above the bars, in as many rows as they need.
fn legend(all: &[Stack], whole: f64) -> (Vec<Mark>, usize) {
    let (mut x, mut row) = (LETTER, 0);
    let mut marks = Vec::new();
    for (series, it) in all.iter().enumerate() {
        let name = short(&it.series.name);
        let width = SQUARE + LETTER + width_of(&name) + 2.0 * LETTER;
        if x + width > whole && x > LETTER {
            (x, row) = (LETTER, row + 1);
        }
        let y = 2.0 + row as f64 * (SQUARE + 6.0);
        marks.push(Mark::Bar { x: Px(x), y: Px(y), width: Px(SQUARE), height: Px(SQUARE), series });
        let (text_x, text_y) = (Px(x + SQUARE + LETTER), Px(y + SQUARE - 2.0));
        marks.push(Mark::Text { x: text_x, y: text_y, anchor: Anchor::Start, text: name, is_name: true });
        x += width;
    }
    (marks, if all.is_empty() { 0 } else { row + 1 })
}
