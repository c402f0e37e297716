//! `edition report`, `edition why`: an edition explained, for a terminal of 80 columns.

use super::find::{Wanted, Which, find};
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::counted;
use crate::cli::exit::Failure;
use crate::cli::output::{harmless, say, say_json};
use crate::delivery::{RunReport, run_report};
use crate::editions::report::{CandidateLine, Verdict, Why, why};
use crate::editions::{self, Edition};
use crate::gather;
use chrono_tz::Tz;
use std::process::ExitCode;

const WIDTH: usize = 80;
/// Candidates of one kind that are told one by one.
const OF_ONE_KIND_MAX: usize = 25;

pub(super) async fn show(app: &App, edition: &Edition, json: bool) -> Result<ExitCode, Failure> {
    let mut tx = app.db.read().await?;
    let report = run_report(app, &mut tx, edition.id).await?;
    let since = app.now() - crate::base::Span::days(1);
    let troubles = gather::list_source_troubles(&mut tx, edition.publication_id, since).await?;
    if json {
        let mut value = serde_json::to_value(&report).map_err(anyhow::Error::from)?;
        if let Some(object) = value.as_object_mut() {
            let items = editions::list_items(&mut tx, edition.id).await?;
            object.insert("items".to_owned(), serde_json::json!(items));
            object.insert("excluded".to_owned(), serde_json::json!(report.audience.excluded));
            object.insert("source_troubles".to_owned(), serde_json::json!(troubles));
        }
        say_json(&value)?;
        return Ok(ExitCode::SUCCESS);
    }
    Page { report: &report, zone: report.report.time_zone.parse().unwrap_or(Tz::UTC) }.say(&troubles);
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn say_why(app: &App, which: &Which, article: &str, json: bool) -> Result<ExitCode, Failure> {
    let (_, edition) = find(app, which, Wanted::Tonight).await?;
    let told: Why = why(&mut app.db.read().await?, edition.id, article).await?;
    if json {
        say_json(&told)?;
        return Ok(ExitCode::SUCCESS);
    }
    let title = told.article.as_ref().map_or(article, |it| it.title.as_str());
    say(harmless(title));
    say_wrapped("  ", &format!("Edition {} of {}: {}.", told.edition, told.publication, told.answer));
    if let Some(line) = &told.line {
        if let Some(score) = score(line) {
            say_wrapped("  ", &score);
        }
        if let Some(at) = line.eligible_at {
            say_wrapped("  ", &format!("From {}, eligible since {}.", line.source, at.rfc3339()));
        }
    }
    for other in &told.elsewhere {
        say_wrapped("  ", &format!("Edition {} ({}): {}.", other.label, other.state, other.placement));
    }
    Ok(ExitCode::SUCCESS)
}

struct Page<'a> {
    report: &'a RunReport,
    zone: Tz,
}

impl Page<'_> {
    fn say(&self, troubles: &[String]) {
        self.say_head();
        self.say_candidates();
        self.say_sources(troubles);
        self.say_checks();
        self.say_corrections();
        self.say_history();
        self.say_deliveries();
        self.say_next();
    }

    fn at(&self, at: Timestamp) -> String {
        at.in_zone(self.zone).format("%a %d %b %H:%M %Z").to_string()
    }

    fn say_head(&self) {
        let (report, edition) = (&self.report.report, &self.report.report.edition);
        let late = if edition.late { ", late" } else { "" };
        let paused = if edition.paused_at.is_some() { ", paused" } else { "" };
        say(format!("edition {} (id {}): {}{late}{paused}", edition.label, edition.id, edition.state));
        if !edition.reason.is_empty() {
            field("because", &edition.reason);
        }
        if let Some(attention) = &edition.attention {
            field("attention", attention);
        }
        if !edition.subject.is_empty() {
            field("subject", &edition.subject);
            let others = edition.subjects.iter().filter(|it| **it != edition.subject);
            others.for_each(|it| field("or", it));
            field("preheader", &edition.preheader);
        }
        field("cutoff", &self.at(edition.cutoff_at));
        field("send", &self.at(edition.send_at));
        let size = report.size;
        if size.bytes > 0 {
            let (bytes, aim) = (size.bytes.div_ceil(1024), size.bytes_aim / 1024);
            let stories = counted(size.stories, "story", "stories");
            field("size", &format!("{bytes} KiB of {aim}; {}, {stories}", counted(size.words, "word", "words")));
        }
        if let Some(hash) = &edition.content_hash {
            field("content", hash.get(..16).unwrap_or(hash));
        }
    }

    fn say_candidates(&self) {
        let report = &self.report.report;
        let (shown, others): (Vec<_>, Vec<_>) = report.candidates.iter().partition(|it| it.position.is_some());
        heading("STORIES");
        if shown.is_empty() {
            say("  none");
        }
        shown.iter().for_each(|line| say_item(line));
        if !report.demotions.is_empty() {
            heading("STANDS LOWER THAN BY ITS SCORE");
            for it in &report.demotions {
                say_wrapped("  ", &format!("{} ({}): {}", it.title, it.placement, it.reason));
            }
        }
        if !others.is_empty() {
            heading("NOT IN THIS EDITION");
        }
        for verdict in Verdict::ALL {
            let all: Vec<_> = others.iter().filter(|line| line.verdict == *verdict).collect();
            for line in all.iter().take(OF_ONE_KIND_MAX) {
                say_wrapped(&format!("  {:<10}", verdict.as_str()), &format!("{} [{}]", line.title, line.article_id));
                say_wrapped("              ", &line.why);
            }
            if all.len() > OF_ONE_KIND_MAX {
                say(format!("  {verdict:<10}and {} more; --json lists them", all.len() - OF_ONE_KIND_MAX));
            }
        }
        if report.candidates_left_off > 0 {
            say(format!("  and {} more", report.candidates_left_off));
        }
        if !report.intents.is_empty() {
            heading("WANTED BY EDITORS");
            for it in &report.intents {
                let wants = [
                    it.pinned.map(|place| format!("pinned to place {place}")),
                    it.hidden.then(|| "hidden".to_owned()),
                    it.held.then(|| "held".to_owned()),
                    it.headline.as_ref().map(|_| "another headline".to_owned()),
                    it.excerpt.as_ref().map(|_| "another excerpt".to_owned()),
                    it.note.as_ref().map(|_| "a note".to_owned()),
                    it.image.as_ref().map(|_| "another image".to_owned()),
                ];
                let wants: Vec<String> = wants.into_iter().flatten().collect();
                say_wrapped("  ", &format!("{} [{}]: {} ({})", it.title, it.article_id, wants.join(", "), it.actor));
            }
        }
    }

    fn say_sources(&self, troubles: &[String]) {
        let sources = &self.report.report.sources;
        if !sources.is_empty() {
            heading("SOURCES AT THE CUTOFF");
            let width = sources.iter().map(|it| it.name.chars().count().min(32)).max().unwrap_or(0);
            for it in sources {
                let name = crate::base::text::cut_at_word(&harmless(&it.name), 32);
                say(format!(
                    "  {name:<width$}  {:<10}  {:>3} new, {} revised",
                    it.outcome, it.articles_new, it.articles_revised
                ));
                if !it.trouble.is_empty() {
                    say_wrapped("      ", &it.trouble);
                }
            }
        }
        if !troubles.is_empty() {
            heading("SOURCES NOW (not all of what the newsroom published may be here)");
            troubles.iter().for_each(|it| say_wrapped("  ", it));
        }
    }

    fn say_checks(&self) {
        let report = &self.report.report;
        if !report.checks.is_empty() {
            heading("CHECKS");
            for check in &report.checks {
                say_wrapped(if check.is_red() { "  red      " } else { "  warning  " }, &check.message);
            }
        }
    }

    fn say_corrections(&self) {
        let report = &self.report.report;
        let parts = [
            ("CORRECTIONS IN THIS EDITION", &report.corrections_shown),
            ("CORRECTED SINCE", &report.corrections_since),
        ];
        for (title, list) in parts.into_iter().filter(|(_, list)| !list.is_empty()) {
            heading(title);
            for it in list {
                say_wrapped(
                    "  ",
                    &format!(
                        "{} [article {}, correction {}], {}",
                        it.title,
                        it.article_id,
                        it.id,
                        self.at(it.noted_at)
                    ),
                );
                if !it.was.is_empty() {
                    say_wrapped("      was: ", &it.was);
                }
                say_wrapped("      is:  ", &it.now_reads);
            }
        }
    }

    fn say_history(&self) {
        heading("HISTORY");
        for event in &self.report.report.events {
            let at = event.at.in_zone(self.zone).format("%d %b %H:%M:%S");
            let states = if event.from_state == event.to_state {
                event.to_state.to_string()
            } else {
                format!("{} -> {}", event.from_state, event.to_state)
            };
            say(format!("  {at}  {:<10}  {states}  ({})", event.verb.replace('_', " "), event.actor));
            if !event.reason.is_empty() {
                say_wrapped("                   ", &event.reason);
            }
        }
    }

    fn say_deliveries(&self) {
        if self.report.report.edition.sealed_at.is_none() {
            return;
        }
        heading("DELIVERIES");
        if let (Some(all), Some(prepared)) = (self.report.audience.candidates, self.report.audience.prepared) {
            let readers = counted(usize::try_from(all).unwrap_or(0), "reader", "readers");
            say(format!("{readers} at the seal: {prepared} prepared, {} left out", all - prepared));
        }
        for it in &self.report.audience.excluded {
            say(format!("{:>7}  left out at the seal: {}", it.readers, it.words()));
        }
        say(self.report.deliveries);
        let twice = self.report.maybe_twice;
        if twice > 0 {
            say(format!("{twice:>7}  of the accepted may have it twice: it was sent again after an uncertain attempt"));
        }
        self.say_pace();
        for it in &self.report.progress.held_back {
            say_wrapped("         ", &it.words(it.until.as_deref()));
        }
        for it in self.report.progress.groups.iter().filter(|it| it.counts.counts.waiting > 0) {
            let paused = if it.counts.is_paused { ", paused" } else { "" };
            let pace = it.pace.words();
            let pace = if pace.is_empty() { pace } else { format!(": {pace}") };
            say(format!("{:>7}  wait at {}{paused}{pace}", it.counts.counts.waiting, it.counts.group));
        }
        for reason in &self.report.reasons {
            say_wrapped(&format!("{:>7}  ", reason.count), &format!("{}: {}", reason.state, reason.reason));
        }
    }

    /// One line for the whole edition while it goes out.
    fn say_pace(&self) {
        let (edition, progress) = (&self.report.report.edition, &self.report.progress);
        let waiting = self.report.deliveries.waiting;
        if waiting == 0 {
            return;
        }
        let pace = progress.pace.words();
        match (edition.paused_at.is_some(), pace.is_empty()) {
            (true, _) => say(format!("{waiting:>7}  wait in all, paused")),
            (false, true) => say(format!("{waiting:>7}  wait in all")),
            (false, false) => say(format!("{waiting:>7}  wait in all: {pace}")),
        }
    }

    fn say_next(&self) {
        let report = &self.report.report;
        heading("THE PUBLICATION");
        let counts: Vec<String> = report.conservation.iter().map(|it| format!("{} {}", it.word, it.hits)).collect();
        let sum: i64 = report.conservation.iter().map(|it| it.hits).sum();
        say_wrapped("  articles  ", &format!("{} = {sum}", counts.join(" + ")));
        match &report.next {
            Some(next) => say(format!(
                "  next      {}: cutoff {}, send {}",
                next.label,
                self.at(next.cutoff_at),
                self.at(next.send_at)
            )),
            None => say("  next      none is planned"),
        }
    }
}

fn say_item(line: &CandidateLine) {
    let place = format!("{:>4}  {:<9} ", line.position.unwrap_or_default(), line.verdict.as_str());
    say_wrapped(&place, &format!("{} [{}]", line.title, line.article_id));
    let indent = " ".repeat(16);
    if let Some(score) = score(line) {
        say_wrapped(&indent, &score);
    }
    if !matches!(line.why.as_str(), "in, in full" | "in, as the top story") {
        say_wrapped(&indent, &line.why);
    }
    for copy in &line.copies {
        say_wrapped(&indent, &format!("also told by {} [{}], {}", copy.title, copy.article_id, copy.source));
    }
}

fn score(line: &CandidateLine) -> Option<String> {
    let parts: Vec<String> =
        line.score_parts.as_ref()?.0.iter().map(|(name, millis)| format!("{name} {millis}")).collect();
    Some(format!("score {} = {}", line.score_millis?, parts.join(" + ")))
}

fn heading(words: &str) {
    say(format!("\n{words}"));
}

fn field(name: &str, value: &str) {
    say_wrapped(&format!("  {name:<11}"), value);
}

/// Words after a label, further lines under the words, none wider than the terminal unless one word is.
fn say_wrapped(label: &str, words: &str) {
    wrap(label, &harmless(words)).into_iter().for_each(say);
}

fn wrap(label: &str, words: &str) -> Vec<String> {
    let indent = " ".repeat(label.chars().count());
    let mut lines = Vec::new();
    let (mut line, mut is_empty) = (label.to_owned(), true);
    for word in words.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn a_long_line_goes_on_under_its_words() {
        let lines = wrap("  because   ", &"word ".repeat(30));
        assert!(lines.len() == 3 && lines.iter().all(|line| line.len() <= 80), "{lines:?}");
        assert!(lines[1].starts_with("            word") && lines[0].starts_with("  because   word"), "{lines:?}");
        assert_eq!(wrap("x ", ""), ["x"]);
    }
}
