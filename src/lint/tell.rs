//! A report for people, at a terminal: what the mail is, what is wrong with it, the worst first, and a count at the
//! end.

use super::report::{Finding, Kind, Report, Severity, Support, quoted};
use std::fmt::Write as _;

/// Ends in a line end; nothing in it moves a cursor.
pub fn cli_text(report: &Report) -> String {
    let mut out = summary(report);
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Note, "Notes")] {
        let findings: Vec<&Finding> = report.findings.iter().filter(|it| it.severity == severity).collect();
        if findings.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{title}");
        for finding in findings {
            let _ = writeln!(out, "  {}  {}\n      {}", finding.rule, finding.place, finding.message);
        }
    }
    if !report.support.is_empty() {
        out.push_str("\nNot shown everywhere\n");
        for support in &report.support {
            let _ = writeln!(out, "  {}", line_of(support));
        }
    }
    let _ = writeln!(out, "\n{}", counts(report));
    out
}

fn summary(report: &Report) -> String {
    let kind = match report.kind {
        Kind::Edition => "an edition",
        Kind::Single => "a mail to one person",
    };
    let subject = if report.subject.is_empty() { "(no subject)".to_owned() } else { quoted(&report.subject) };
    let list = |all: &[String], none: &str| if all.is_empty() { none.to_owned() } else { quoted(&all.join(", ")) };
    format!(
        "{subject}\n  {kind} of {} bytes: head {}, text {}, HTML {} ({} encoded)\n  parts: {}\n  signed by: {}\n",
        report.bytes,
        report.head_bytes,
        report.text_bytes,
        report.html_bytes.decoded,
        report.html_bytes.encoded,
        list(&report.parts, "none"),
        list(&report.signatures, "nobody"),
    )
}

fn line_of(support: &Support) -> String {
    let mut where_not = Vec::new();
    if !support.unsupported_in.is_empty() {
        where_not.push(format!("not in {}", support.unsupported_in.join(", ")));
    }
    if !support.partly_in.is_empty() {
        where_not.push(format!("partly in {}", support.partly_in.join(", ")));
    }
    format!("{}: {}; {}", support.feature, where_not.join("; "), support.note)
}

fn counts(report: &Report) -> String {
    let many = |severity: Severity, one: &str| match report.count(severity) {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    let verdict = match (errors, warnings) {
        (0, 0) => "The mail is well made",
        (0, _) => "The mail can go out",
        _ => "The mail should not go out like this",
    };
    let (errors, warnings) = (many(Severity::Error, "error"), many(Severity::Warning, "warning"));
    format!("{verdict}: {errors}, {warnings}, {}.", many(Severity::Note, "note"))
}
