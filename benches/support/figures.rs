//! What the system says of a process, medians, and lines of a table.

use anyhow::Result;
use std::io::Write as _;

/// Ticks of the kernel's accounts in a second.
const TICKS: f64 = 100.0;

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// A line of output.
pub fn print(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

/// Fields of a `stat` file behind the name, from the third on; empty where the system does not say.
fn stat(path: &str) -> (String, Vec<f64>) {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let (head, rest) = text.rsplit_once(") ").unwrap_or_default();
    let name = head.split_once('(').map_or("", |(_, name)| name).to_owned();
    (name, rest.split(' ').map(|field| field.parse().unwrap_or_default()).collect())
}

fn sum(fields: &[f64], from: usize) -> f64 {
    fields.iter().skip(from).take(2).sum::<f64>() / TICKS
}

/// Of all threads of this process, in user and kernel.
pub fn cpu_seconds() -> f64 {
    sum(&stat("/proc/self/stat").1, 11)
}

/// Of this process's children that have been waited for.
pub fn cpu_seconds_of_children() -> f64 {
    sum(&stat("/proc/self/stat").1, 13)
}

/// Of those threads of this process that run SQLite.
pub fn cpu_seconds_of_database() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let stats = tasks.map(|task| stat(&format!("{}/stat", task.path().display())));
    stats.filter(|(name, _)| name.starts_with("sqlx-sqlite")).map(|(_, fields)| sum(&fields, 11)).sum()
}

/// The most memory that this process had.
pub fn memory_peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or_default() / 1024.0
}
