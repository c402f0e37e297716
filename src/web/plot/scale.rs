//! From values to places: round steps of an axis, labels that do not overlap, numbers as people write them.

use super::{Anchor, LETTER, LINE, Mark, Px, width_of};

/// Steps of a vertical axis, about.
const STEPS: f64 = 4.0;
/// Beyond this a picture has no finer steps than a number has digits.
const VALUE_MAX: f64 = 1e15;

/// A vertical axis: values from `low` to `high` between two heights.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    pub top: f64,
    pub bottom: f64,
    pub ticks: Vec<f64>,
}

impl Scale {
    /// That holds all values, in round steps; of what is counted, whole ones: there is no half a reader.
    pub(super) fn over(values: impl Iterator<Item = f64>, from_zero: bool, top: f64, bottom: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut is_whole = true;
        for value in values.filter(|it| it.is_finite()) {
            let value = value.clamp(-VALUE_MAX, VALUE_MAX);
            is_whole &= value.fract() == 0.0;
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if from_zero {
            low = low.min(0.0);
            high = high.max(0.0);
        }
        if high - low < f64::EPSILON * high.abs().max(1.0) {
            high += if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
            if !from_zero {
                low -= low.abs() * 0.1;
            }
        }
        let step = step_of((high - low) / STEPS);
        let step = if is_whole { step.max(1.0) } else { step };
        let (first, last) = ((low / step).floor(), (high / step).ceil());
        let count = (last - first).clamp(1.0, 12.0) as usize;
        let ticks: Vec<f64> = (0..=count).map(|n| (first + n as f64) * step).collect();
        Self { low: first * step, high: (first + count as f64) * step, top, bottom, ticks }
    }

    pub(super) fn y(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        let share = (value - self.low) / (self.high - self.low);
        self.bottom - share.clamp(0.0, 1.0) * (self.bottom - self.top)
    }

    /// The room that its numbers take.
    pub(super) fn margin(&self, unit: &str, whole: f64) -> f64 {
        let widest = self.ticks.iter().map(|it| width_of(&tick(*it, unit))).fold(0.0, f64::max);
        (widest + 2.0 * LETTER).min(whole / 3.0)
    }

    pub(super) fn marks(&self, unit: &str, left: f64, right: f64) -> Vec<Mark> {
        let mut marks = Vec::new();
        let mut free = f64::INFINITY;
        for value in &self.ticks {
            let y = self.y(*value);
            let is_zero = *value == 0.0;
            marks.push(Mark::Rule { x1: Px(left), y1: Px(y), x2: Px(right), y2: Px(y), is_zero });
            // From the bottom up: a number that would touch the one below is left out.
            if y + LINE / 2.0 <= free {
                let text = tick(*value, unit);
                let y = Px(y + LINE / 3.0);
                marks.push(Mark::Text { x: Px(left - LETTER), y, anchor: Anchor::End, text, is_name: false });
                free = self.y(*value) - LINE / 2.0;
            }
        }
        marks
    }
}

/// 1, 2 or 5 times a power of ten, at least as large.
fn step_of(rough: f64) -> f64 {
    let rough = rough.max(f64::MIN_POSITIVE * 1e10);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|it| it * power).find(|it| *it >= rough);
    step.unwrap_or(power * 10.0)
}

/// A number of an axis: `1.5k`.
pub(super) fn tick(value: f64, unit: &str) -> String {
    let size = value.abs();
    let (divisor, letter) = match size {
        it if it >= 1e12 => (1e12, "T"),
        it if it >= 1e9 => (1e9, "G"),
        it if it >= 1e6 => (1e6, "M"),
        it if it >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let short = value / divisor;
    let digits = if short.fract() == 0.0 {
        0
    } else if short.abs() < 0.1 {
        3
    } else {
        2
    };
    let text = format!("{short:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    format!("{}{letter}{unit}", if text == "-0" { "0" } else { &text })
}

/// A number of a table: `1,234` or `0.15`.
pub(super) fn exact(value: f64) -> String {
    if value.fract() != 0.0 && value.abs() < 1e6 {
        return format!("{value:.2}");
    }
    let digits = format!("{:.0}", value.abs().min(1e18));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let is_negative = value < 0.0 && digits != "0";
    if is_negative { format!("-{grouped}") } else { grouped }
}

/// Labels below an axis, as many as have room, the last one among them.
pub(super) fn labels(all: &[String], x: impl Fn(usize) -> f64, y: f64, left: f64, right: f64) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut free = f64::INFINITY;
    for (at, label) in all.iter().enumerate().rev() {
        let width = width_of(label).min(right - left);
        let middle = x(at).clamp(left + width / 2.0, (right - width / 2.0).max(left + width / 2.0));
        if middle + width / 2.0 > free {
            continue;
        }
        free = middle - width / 2.0 - 1.5 * LETTER;
        let text = label.clone();
        marks.push(Mark::Text { x: Px(middle), y: Px(y), anchor: Anchor::Middle, text, is_name: false });
    }
    marks
}
