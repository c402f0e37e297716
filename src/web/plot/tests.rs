//! Whatever the values: everything within the picture, no word over another, no number that is none.

use super::*;
use proptest::prelude::*;

fn subject(labels: usize, height: f64) -> Subject {
    Subject {
        id: "p".to_owned(),
        title: "Readers".to_owned(),
        axis: "Day".to_owned(),
        labels: (0..labels).map(|n| format!("{} Nov", n % 30 + 1)).collect(),
        width: WIDE,
        height,
        from_zero: true,
        unit: "",
    }
}

/// From where to where a text reaches.
fn extent(x: f64, anchor: Anchor, text: &str) -> (f64, f64) {
    let width = width_of(text);
    match anchor {
        Anchor::Start => (x, x + width),
        Anchor::Middle => (x - width / 2.0, x + width / 2.0),
        Anchor::End => (x - width, x),
    }
}

fn numbers(d: &str) -> Vec<f64> {
    let words = d.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'));
    words.filter(|it| !it.is_empty()).map(|it| it.parse().expect("a number")).collect()
}

fn check(it: &Drawing) {
    let (width, height) = (it.width.0, it.height.0);
    let within = |x: f64, y: f64| {
        assert!(x.is_finite() && y.is_finite());
        assert!((-0.5..=width + 0.5).contains(&x) && (-0.5..=height + 0.5).contains(&y), "{x} {y} of {height}");
    };
    let mut texts: Vec<(f64, f64, f64, &str)> = Vec::new();
    for mark in &it.marks {
        match mark {
            Mark::Rule { x1, y1, x2, y2, .. } => {
                within(x1.0, y1.0);
                within(x2.0, y2.0);
            }
            Mark::Path { d, .. } => numbers(d).chunks(2).for_each(|at| within(at[0], at[1])),
            Mark::Dot { d, .. } => assert!(!d.contains("NaN") && !d.contains("inf"), "{d}"),
            Mark::Bar { x, y, width, height, .. } => {
                assert!(width.0 > 0.0 && height.0 > 0.0);
                within(x.0, y.0);
                within(x.0 + width.0, y.0 + height.0);
            }
            Mark::Text { x, y, anchor, text, .. } => {
                let (from, to) = extent(x.0, *anchor, text);
                within(from, y.0);
                within(to, y.0);
                texts.push((from, to, y.0, text));
            }
        }
    }
    for (at, one) in texts.iter().enumerate() {
        for other in &texts[at + 1..] {
            let apart = (one.2 - other.2).abs() > LINE * 0.6 || one.1 <= other.0 + 0.1 || other.1 <= one.0 + 0.1;
            assert!(apart, "{one:?} over {other:?}");
        }
    }
    let labels = it.rows.len();
    assert!(it.rows.iter().all(|row| row.len() == it.head.len()), "{labels}");
    assert!(!it.description.contains("NaN"));
}

fn series(name: &str, values: impl IntoIterator<Item = f64>) -> Series {
    Series { name: name.to_owned(), values: values.into_iter().map(Some).collect() }
}

#[test]
fn nothing_one_and_a_thousand_values_are_drawn() {
    for count in [0, 1, 2, 30, 1000] {
        let values = series("Active", (0..count).map(|n| f64::from(n) * 3.0));
        let drawing = lines(&subject(count as usize, 260.0), std::slice::from_ref(&values));
        check(&drawing);
        assert_eq!(drawing.rows.len(), count as usize);
        check(&stacked(&subject(count as usize, 260.0), &[Stack { series: values, is_below: false }]));
    }
    check(&lines(&subject(5, 260.0), &[]));
    let unknown = Series { name: "x".to_owned(), values: vec![None; 5] };
    let drawing = lines(&subject(5, 260.0), &[unknown]);
    check(&drawing);
    assert!(drawing.description.contains("nothing is known yet") && drawing.rows[0][1] == "not known");
}

#[test]
fn of_what_is_counted_no_half_is_written_at_the_axis() {
    for values in [vec![3.0, 4.0], vec![0.0, 1.0], vec![7.0], vec![11.0, 12.0, 13.0]] {
        let cut = Subject { from_zero: false, ..subject(values.len(), 200.0) };
        let drawn = lines(&cut, &[series("Readers", values.iter().copied())]);
        let said = drawn.marks.iter().filter_map(|it| match it {
            Mark::Text { text, anchor: Anchor::End, .. } => Some(text.clone()),
            _ => None,
        });
        let said: Vec<String> = said.collect();
        assert!(said.len() > 1 && said.iter().all(|it| !it.contains('.')), "{values:?}: {said:?}");
    }
}

#[test]
fn a_gap_is_a_gap_and_series_differ_without_colour() {
    let gap = Series { name: "a".to_owned(), values: vec![Some(1.0), None, Some(2.0)] };
    let drawing = lines(&subject(3, 200.0), &[gap, series("b", [3.0, 2.0, 1.0])]);
    let paths: Vec<&String> =
        drawing.marks.iter().filter_map(|it| if let Mark::Path { d, .. } = it { Some(d) } else { None }).collect();
    assert_eq!(paths[0].matches('M').count(), 2);
    let dots: std::collections::BTreeSet<String> = drawing
        .marks
        .iter()
        .filter_map(|it| {
            if let Mark::Dot { d, .. } = it {
                Some(d.chars().filter(char::is_ascii_alphabetic).collect())
            } else {
                None
            }
        })
        .collect();
    assert_eq!(dots.len(), 2, "a mark of its own each: {dots:?}");
}

#[test]
fn numbers_are_written_as_people_do() {
    let ticks =
        [(0.0, "0"), (-0.0, "0"), (1500.0, "1500"), (12_000.0, "12k"), (2.5e6, "2.5M"), (-3e9, "-3G"), (0.05, "0.05")];
    for (value, said) in ticks {
        assert_eq!(scale::tick(value, ""), said);
    }
    for (value, said) in [(1234.0, "1,234"), (-1_234_567.0, "-1,234,567"), (0.154, "0.15"), (0.0, "0"), (999.0, "999")]
    {
        assert_eq!(scale::exact(value), said);
    }
    assert_eq!(scale::tick(0.3, " %"), "0.3 %");
}

proptest! {
    #[test]
    fn any_values_stand_within_the_picture(
        all in prop::collection::vec(("\\PC{0,40}", prop::collection::vec(prop::option::of(prop::num::f64::ANY), 0..70)), 0..8),
        labels in prop::collection::vec("\\PC{0,12}", 0..70), from_zero in any::<bool>(), height in 140f64..400.0,
        width in prop::sample::select(vec![WIDE, NARROW])
    ) {
        let subject = Subject { labels, from_zero, width, ..subject(0, height) };
        let all: Vec<Series> = all.into_iter().map(|(name, values)| Series { name, values }).collect();
        check(&lines(&subject, &all));
        let stacks: Vec<Stack> = all.into_iter().enumerate().map(|(n, series)| Stack { series, is_below: n % 2 == 1 }).collect();
        check(&stacked(&subject, &stacks));
    }

    #[test]
    fn whole_numbers_of_any_size_are_told(values in prop::collection::vec(any::<i64>(), 1..60)) {
        let all = series("Readers", values.iter().map(|it| *it as f64));
        check(&lines(&subject(values.len(), 260.0), &[all]));
    }
}
