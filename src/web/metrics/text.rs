//! The text format 0.0.4: families with their help and type before their samples, values escaped. Pure.

use std::fmt::Write as _;

pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Gauge,
    Counter,
}

/// Samples of one name.
pub(super) struct Family {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    samples: Vec<Sample>,
}

struct Sample {
    labels: Vec<(&'static str, String)>,
    value: String,
}

impl Family {
    pub fn gauge(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: Kind::Gauge, help, samples: Vec::new() }
    }

    pub fn counter(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: Kind::Counter, help, samples: Vec::new() }
    }

    pub fn with(mut self, labels: &[(&'static str, &str)], value: impl ToString) -> Self {
        self.add(labels, value);
        self
    }

    pub fn add(&mut self, labels: &[(&'static str, &str)], value: impl ToString) {
        let labels = labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.samples.push(Sample { labels, value: value.to_string() });
    }
}

/// A family without samples is named all the same.
pub(super) fn render(families: &[Family]) -> String {
    let mut page = String::new();
    for family in families {
        let kind = match family.kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
        };
        // Writing into a String does not fail.
        let _ = writeln!(page, "# HELP {} {}", family.name, help(family.help));
        let _ = writeln!(page, "# TYPE {} {kind}", family.name);
        for sample in &family.samples {
            let labels: Vec<String> =
                sample.labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let _ = writeln!(page, "{}{labels} {}", family.name, sample.value);
        }
    }
    page
}

fn help(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}

fn escaped(value: &str) -> String {
    help(value).replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_may_hold_anything() {
        let family = Family::gauge("x", "Back\\slash,\nline.").with(&[("a", "q\"b\\s\nn"), ("b", "é")], 1);
        assert_eq!(
            render(&[family]),
            "# HELP x Back\\\\slash,\\nline.\n# TYPE x gauge\nx{a=\"q\\\"b\\\\s\\nn\",b=\"é\"} 1\n"
        );
        assert_eq!(render(&[Family::counter("y_total", "Y.")]), "# HELP y_total Y.\n# TYPE y_total counter\n");
    }
}
