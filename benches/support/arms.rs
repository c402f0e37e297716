//! The ways of sending that are compared, in blocks of the same size, sessions and distance.

use crate::engine::{self, Task};
use crate::figures::{median, print};
use crate::postfix::{self, TheirSink};
use crate::sinks::{Away, OurSink};
use anyhow::{Result, ensure};
use std::net::SocketAddr;

pub struct Plan {
    pub runs: usize,
    /// Aimed at by the number of mails of each run.
    pub seconds: f64,
    pub sessions: Vec<u32>,
    /// Lines of the engine's configuration.
    pub with: String,
    /// See [`Task::server`].
    pub server: Option<String>,
    pub workers: u32,
}

impl Plan {
    fn task(&self, to: SocketAddr, sessions: u32, kilobytes: usize, readers: u64) -> Task<'_> {
        let (server, with) = (self.server.as_deref(), self.with.as_str());
        Task { to, sessions, kilobytes, readers, workers: self.workers, server, with }
    }
}

pub struct Block {
    pub kilobytes: usize,
    pub sessions: u32,
    pub round_trip_ms: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    SmtpSource,
    Engine,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Into {
    SmtpSink,
    OurSink,
}

struct Arm {
    sender: Sender,
    into: Into,
    count: u64,
    runs: Vec<Run>,
}

#[derive(Clone, Copy)]
struct Run {
    rate: f64,
    cpu_us: f64,
    sink_cpu_us: Option<f64>,
    /// Of a mail on the wire, as the sink has it.
    bytes: Option<f64>,
    database_share: Option<f64>,
    memory_mb: Option<f64>,
}

/// Mails of each session by which the rate of an arm is guessed at first.
const TRIAL_COUNT: u64 = 10;
const COUNT_MAX: u64 = 200_000;

impl Run {
    const fn at(rate: f64) -> Self {
        Self { rate, cpu_us: 0.0, sink_cpu_us: None, bytes: None, database_share: None, memory_mb: None }
    }
}

impl Arm {
    fn new(sender: Sender, into: Into, block: &Block) -> Self {
        Self { sender, into, count: u64::from(block.sessions) * TRIAL_COUNT, runs: Vec::new() }
    }

    fn name(&self) -> String {
        let sender = if self.sender == Sender::Engine { "engine" } else { "smtp-source" };
        let into = if self.into == Into::SmtpSink { "smtp-sink" } else { "our sink" };
        format!("{sender} into {into}")
    }

    fn run(&self, plan: &Plan, block: &Block) -> Result<Run> {
        match self.into {
            Into::SmtpSink => {
                let sink = TheirSink::start()?;
                self.send(plan, block, sink.1)
            }
            Into::OurSink => {
                let sink = OurSink::start()?;
                let run = self.send(plan, block, sink.1)?;
                let took = sink.end()?;
                ensure!(took.accepted == self.count, "{} were sent, the sink took {}", self.count, took.accepted);
                if self.sender == Sender::Engine {
                    ensure!(took.repeated == 0, "{} readers had it twice", took.repeated);
                    ensure!(took.violations == 0, "the sink saw {} breaches of the protocol", took.violations);
                }
                let each = |sum: f64| Some(sum / self.count as f64);
                Ok(Run { sink_cpu_us: each(took.cpu_seconds * 1e6), bytes: each(took.bytes as f64), ..run })
            }
        }
    }

    fn send(&self, plan: &Plan, block: &Block, sink: SocketAddr) -> Result<Run> {
        let away = (block.round_trip_ms > 0).then(|| Away::from(sink, block.round_trip_ms)).transpose()?;
        let to = away.as_ref().map_or(sink, Away::address);
        let count = self.count as f64;
        match self.sender {
            Sender::SmtpSource => {
                let (seconds, cpu) = postfix::send(to, block.sessions, block.kilobytes, self.count)?;
                let cpu_us = cpu / count * 1e6;
                Ok(Run { cpu_us, ..Run::at(count / seconds) })
            }
            Sender::Engine => {
                let sent = engine::send(&plan.task(to, block.sessions, block.kilobytes, self.count))?;
                Ok(Run {
                    cpu_us: sent.cpu_seconds / count * 1e6,
                    database_share: Some(sent.database_seconds / sent.cpu_seconds.max(0.01)),
                    memory_mb: Some(sent.memory_mb),
                    ..Run::at(count / sent.send_seconds)
                })
            }
        }
    }

    /// As many mails as take about the time that was planned.
    fn find_count(&mut self, plan: &Plan, block: &Block) -> Result<()> {
        let fewest = self.count;
        loop {
            let rate = self.run(plan, block)?.rate;
            let is_telling = self.count as f64 / rate > plan.seconds / 4.0;
            // From a short run only a step: most of it was beginning and ending.
            let next = if is_telling { rate * plan.seconds } else { self.count as f64 * 8.0 };
            self.count = (next as u64).clamp(fewest, COUNT_MAX);
            if is_telling || self.count == COUNT_MAX {
                return Ok(());
            }
        }
    }

    fn median_of(&self, figure: impl Fn(&Run) -> Option<f64>) -> Option<f64> {
        let figures: Vec<f64> = self.runs.iter().filter_map(figure).collect();
        (!figures.is_empty()).then(|| median(figures))
    }
}

/// Runs the arms of a block in turn and prints their medians.
pub fn compare(plan: &Plan, block: &Block) -> Result<()> {
    let sinks: &[Into] = if block.round_trip_ms > 0 { &[Into::OurSink] } else { &[Into::SmtpSink, Into::OurSink] };
    let mut arms: Vec<Arm> = Vec::new();
    for into in sinks {
        for sender in [Sender::SmtpSource, Sender::Engine] {
            let is_theirs = sender == Sender::SmtpSource || *into == Into::SmtpSink;
            if is_theirs && !postfix::is_installed() {
                continue;
            }
            arms.push(Arm::new(sender, *into, block));
        }
    }
    if !postfix::is_installed() {
        print(
            "!!! smtp-source and smtp-sink are not here (Debian: apt-get install postfix): nothing to compare with !!!",
        )?;
    }
    for arm in &mut arms {
        arm.find_count(plan, block)?;
    }
    for _ in 0..plan.runs {
        for arm in &mut arms {
            let run = arm.run(plan, block)?;
            arm.runs.push(run);
        }
    }
    let Block { kilobytes, sessions, round_trip_ms } = block;
    print(&format!(
        "\n{kilobytes} KB, {sessions} sessions, {round_trip_ms} ms round trip, medians of {} runs\n{:28}{:>10}{:>8}{:>10}{:>10}{:>10}{:>10}{:>8}{:>9}",
        plan.runs, "", "mails/s", "ratio", "CPU us", "database", "peak MB", "sink us", "bytes", "mails"
    ))?;
    for arm in &arms {
        let rate = arm.median_of(|run| Some(run.rate)).unwrap_or_default();
        let beside = arms.iter().find(|other| other.sender == Sender::SmtpSource && other.into == arm.into);
        let beside = beside.and_then(|arm| arm.median_of(|run| Some(run.rate)));
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        print(&format!(
            "{:28}{rate:10.0}{:>8}{:10.0}{:>10}{:>10}{:>10}{:>8}{:9}",
            arm.name(),
            or_none(beside.map(|beside| format!("{:.2}", rate / beside))),
            arm.median_of(|run| Some(run.cpu_us)).unwrap_or_default(),
            or_none(arm.median_of(|run| run.database_share).map(|share| format!("{:.0} %", share * 100.0))),
            or_none(arm.median_of(|run| run.memory_mb).map(|memory| format!("{memory:.0}"))),
            or_none(arm.median_of(|run| run.sink_cpu_us).map(|cpu| format!("{cpu:.0}"))),
            or_none(arm.median_of(|run| run.bytes).map(|bytes| format!("{bytes:.0}"))),
            arm.count
        ))?;
    }
    Ok(())
}

/// One edition for a great audience, once.
pub fn great(plan: &Plan, kilobytes: usize, count: u64) -> Result<()> {
    const SESSIONS: u32 = 50;
    let sink = OurSink::start()?;
    let sent = engine::send(&plan.task(sink.1, SESSIONS, kilobytes, count))?;
    let took = sink.end()?;
    ensure!((took.accepted, took.repeated) == (count, 0), "the sink took {}, {} twice", took.accepted, took.repeated);
    let per_mail = |seconds: f64| seconds / count as f64 * 1e6;
    print(&format!("{count} readers, {kilobytes} KB, {SESSIONS} sessions, into our sink; everybody once"))?;
    print(&format!("sealed in     {:9.2} s", sent.seal_seconds))?;
    print(&format!("sent in       {:9.2} s   {:.0} mails/s", sent.send_seconds, count as f64 / sent.send_seconds))?;
    let (cpu, database) = (per_mail(sent.cpu_seconds), per_mail(sent.database_seconds));
    print(&format!("CPU of a mail {cpu:9.1} us   {database:.1} us of it the database's threads"))?;
    print(&format!("peak memory   {:9.0} MB", sent.memory_mb))
}
