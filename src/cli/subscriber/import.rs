//! `lamplighter subscriber import`: what was recognised, the rows that need a look, progress, the totals.

use crate::app::App;
use crate::cli::exit::{FAILED, Failure};
use crate::cli::output::{note, say, say_json};
use crate::operators::Actor;
use crate::subscribers::{
    self, Field, ImportError, ImportOptions, ImportReport, ImportStatus, RowLog, RowReport, UNREAD_STEP, harmless,
};
use anyhow::Context as _;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Rows that are shown one by one; the others are counted, and stand in the report.
const SHOWN_ROWS_MAX: u64 = 50;
/// Rows between two movements of the progress.
const PROGRESS_ROWS: u64 = 500;

#[derive(clap::Args)]
pub(in crate::cli) struct Args {
    file: PathBuf,
    /// For which publication; an export of Lamplighter names one in each row
    #[arg(long, short, value_name = "SLUG")]
    publication: Option<String>,
    /// Where and when these people agreed; needed for --status confirmed
    #[arg(long, value_name = "TEXT")]
    consent: Option<String>,
    /// confirmed: active at once; pending: each gets an opt-in mail
    #[arg(long, value_enum, default_value = "pending")]
    status: Status,
    /// Take a column for something else than its name says: --map "Mail=email"; may be given several times
    #[arg(long = "map", value_name = "COLUMN=FIELD", value_parser = mapping)]
    columns: Vec<(String, Field)>,
    /// Write what became of each row to this CSV file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Report the same, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the totals as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Status {
    Confirmed,
    Pending,
}

fn mapping(text: &str) -> Result<(String, Field), String> {
    let known = || Field::ALL.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", ");
    let (column, field) =
        text.rsplit_once('=').ok_or_else(|| format!("write COLUMN=FIELD; a field is one of {}", known()))?;
    let field = Field::parse(field.trim()).ok_or_else(|| format!("a field is one of {}", known()))?;
    Ok((column.trim().to_owned(), field))
}

pub(super) async fn run(app: &App, args: Args) -> Result<ExitCode, Failure> {
    let open = || File::open(&args.file).with_context(|| format!("{} cannot be read", args.file.display()));
    let layout = subscribers::recognise(open()?, &args.columns).map_err(failure)?;
    note(layout.describe());
    let options = ImportOptions {
        publication: args.publication,
        consent: args.consent,
        status: match args.status {
            Status::Confirmed => ImportStatus::Confirmed,
            Status::Pending => ImportStatus::Pending,
        },
        dry_run: args.dry_run,
        columns: args.columns,
        batch_rows: None,
    };
    let mut log = Log::open(args.report.as_deref())?;
    let done = subscribers::import(app, Actor::Console, open()?, &options, &mut log).await;
    log.progress.finish_and_clear();
    let done = done.map_err(failure)?;
    if log.shown > 0 {
        note(format_args!("(lines of {}; its header is line 1)", args.file.display()));
    }
    if log.unshown > 0 {
        note(format_args!("{} more rows need a look; --report FILE writes them all", log.unshown));
    }
    if done.resumed_after > 0 {
        note(format_args!("went on after {} rows of an import that was interrupted", done.resumed_after));
    }
    if args.json {
        say_json(&done)?;
    } else {
        say(totals(&done.report, options.dry_run));
    }
    Ok(if done.report.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn failure(error: ImportError) -> Failure {
    match error {
        ImportError::ConsentMissing
        | ImportError::UnknownPublication(_)
        | ImportError::WhichPublication
        | ImportError::UnknownColumn(_) => Failure::usage(error),
        other => Failure::failed(other),
    }
}

fn totals(it: &ImportReport, dry_run: bool) -> String {
    format!(
        "{} rows: {} imported, {} will be sent an opt-in mail, {} already there, {} left earlier, {} unconfirmed, {} suppressed, {} refused{}{}",
        it.rows,
        it.imported,
        it.asked,
        it.already_there,
        it.left_earlier,
        it.unconfirmed,
        it.suppressed,
        it.refused,
        match it.with_unread {
            0 => String::new(),
            1 => "; 1 is taken without a value that does not read".to_owned(),
            rows => format!("; {rows} are taken without a value that does not read"),
        },
        if dry_run { " (dry run: nothing was written)" } else { "" }
    )
}

/// What is heard of the rows: on the terminal those that need a look, in the report all.
struct Log {
    progress: ProgressBar,
    shown: u64,
    unshown: u64,
    rows: u64,
    report: Option<Report>,
}

impl Log {
    fn open(report: Option<&Path>) -> Result<Self, Failure> {
        let progress = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec}") {
            progress.set_style(style);
        }
        let report = match report {
            None => None,
            Some(path) => Some(Report::open(path).with_context(|| format!("{} cannot be written", path.display()))?),
        };
        Ok(Self { progress, shown: 0, unshown: 0, rows: 0, report })
    }
}

impl RowLog for Log {
    fn row(&mut self, row: &RowReport) -> io::Result<()> {
        self.rows += 1;
        if self.rows.is_multiple_of(PROGRESS_ROWS) {
            self.progress.set_position(self.rows);
        }
        if !row.is_smooth() {
            if self.shown < SHOWN_ROWS_MAX {
                self.shown += 1;
                let words = [row.address.as_str(), &row.reason()].join(" ");
                let line = format!("line {}: {}", row.line, words.trim_start());
                self.progress.suspend(|| note(line));
            } else {
                self.unshown += 1;
            }
        }
        self.report.as_mut().map_or(Ok(()), |report| report.row(row))
    }

    fn keep(&mut self) -> io::Result<u64> {
        self.report.as_mut().map_or(Ok(0), Report::keep)
    }

    fn go_back_to(&mut self, bytes: u64) -> io::Result<()> {
        self.report.as_mut().map_or(Ok(()), |report| report.go_back_to(bytes))
    }
}

/// The report per row: CSV, safe in a spreadsheet.
struct Report {
    csv: csv::Writer<BufWriter<File>>,
    file: File,
}

impl Report {
    fn open(path: &Path) -> io::Result<Self> {
        // What an interrupted run wrote stays until it is known how much of it counts.
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        let csv = csv::Writer::from_writer(BufWriter::new(file.try_clone()?));
        Ok(Self { csv, file })
    }

    fn row(&mut self, row: &RowReport) -> io::Result<()> {
        let cells = [
            row.line.to_string(),
            harmless(&row.address),
            row.outcome.code().to_owned(),
            // A value of the list stands in it.
            harmless(&row.reason()),
            if row.unread.is_empty() { row.outcome.next_step() } else { UNREAD_STEP }.to_owned(),
        ];
        self.csv.write_record(cells).map_err(io::Error::from)
    }

    fn keep(&mut self) -> io::Result<u64> {
        self.csv.flush()?;
        self.file.sync_data()?;
        self.file.stream_position()
    }

    fn go_back_to(&mut self, bytes: u64) -> io::Result<()> {
        if self.file.metadata()?.len() < bytes {
            return Err(io::Error::other(
                "the report of the rows before is not in this file; name the same --report as before, or none",
            ));
        }
        self.file.set_len(bytes)?;
        self.file.seek(SeekFrom::Start(bytes))?;
        if bytes == 0 {
            self.csv.write_record(["line", "address", "outcome", "reason", "next_step"]).map_err(io::Error::from)?;
        }
        self.csv.flush()
    }
}
