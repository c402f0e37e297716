//! Bringing a list in, step by step: the file, for whom and on what ground, what would become of every row, then for real.
//!
//! Without a script each step is a form, and a page that says how far it is by now; the script looks again by itself. The
//! file comes piece by piece and is never whole in memory.

use super::super::form::Choice;
use super::{Problem, dated, grouped, of_all, publications, suppression_in_words};
use crate::app::App;
use crate::base::Timestamp;
use crate::operators::Permission;
use crate::subscribers::{
    self, Field as ImportField, IMPORT_BYTES_MAX, IMPORT_ROWS_MAX, ImportJob, ImportJobError, ImportJobId, JobChoice,
    JobReport, JobState, JobView, SuppressionReason, Upload, begin_upload, column_keeps_out,
};
use crate::web::desk::frame::{Desk, DeskFrame, Moment, house_zone, show_desk};
use crate::web::desk::places::Place;
use crate::web::desk::said::{done, refused};
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{FromRequest as _, Multipart, Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/subscribers/imports.html")]
struct ImportsPage {
    frame: DeskFrame,
    problems: Vec<Problem>,
    jobs: Vec<JobLine>,
    next: Option<i64>,
}

struct JobLine {
    id: i64,
    name: String,
    state: &'static str,
    tone: &'static str,
    at: Moment,
    rows: String,
}

#[derive(Template)]
#[template(path = "desk/subscribers/import.html")]
struct ImportPage {
    frame: DeskFrame,
    id: i64,
    name: String,
    size: String,
    at: Moment,
    problems: Vec<Problem>,
    state: JobState,
    state_in_words: &'static str,
    why: String,
    /// A worker is at it.
    is_busy: bool,
    may_choose: bool,
    may_cancel: bool,
    rows_done: i64,
    rows_all: i64,
    /// They were counted by a trial, and not from the ends of lines.
    is_counted: bool,
    publications: Vec<Choice>,
    is_confirmed: bool,
    consent: String,
    /// What names the trial that is shown.
    seen: i64,
    report: Option<ReportBox>,
    for_whom: String,
}

struct ReportBox {
    is_real: bool,
    rows: String,
    imported: String,
    asked: String,
    kept_out: String,
    refused: String,
    /// On what ground, and when they agreed last.
    ground: Vec<(&'static str, String)>,
    format: String,
    columns: Vec<(String, String)>,
    outcomes: Vec<(String, String)>,
    lines: Vec<subscribers::BadLine>,
    unshown: u64,
    /// Rows that are taken without a value that does not read.
    with_unread: u64,
    unread: Vec<(String, String)>,
    unread_lines: Vec<subscribers::BadLine>,
    unread_unshown: u64,
}

const fn state_in_words(state: JobState) -> (&'static str, &'static str) {
    match state {
        JobState::Uploading => ("Its file is not whole", "warn"),
        JobState::Uploaded => ("Waits for your choice", ""),
        JobState::Checking => ("Is being tried", ""),
        JobState::Checked => ("Tried, and waits for your word", "warn"),
        JobState::Importing => ("Is being imported", ""),
        JobState::Done => ("Imported", "good"),
        JobState::Cancelled => ("Cancelled", ""),
        JobState::Failed => ("Could not be read", "bad"),
    }
}

/// What is no mistake of whoever is at the desk.
fn failure(error: ImportJobError) -> Result<ImportJobError, Error> {
    match error {
        ImportJobError::Forbidden(error) => Err(error.into()),
        ImportJobError::Store(error) => Err(error.into()),
        ImportJobError::Unknown => {
            let public = "This import is not kept any more. What it imported is.";
            Err(Error::new(StatusCode::NOT_FOUND, "unknown_import", "No such import", public)
                .with_link("To all imports", "/desk/subscribers/imports"))
        }
        other => Ok(other),
    }
}

pub(super) async fn get_imports(
    State(app): State<App>,
    desk: Desk,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let below = Fields::of_text(query.as_deref().unwrap_or_default()).get("below").parse().ok().map(ImportJobId);
    show_all(&app, &desk, below, Vec::new()).await
}

async fn show_all(
    app: &App,
    desk: &Desk,
    below: Option<ImportJobId>,
    problems: Vec<Problem>,
) -> Result<Response, Error> {
    let zone = house_zone(&mut app.db.read().await?).await?;
    let (all, next) = match subscribers::list_import_jobs(app, desk.actor(), below, IMPORT_ROWS_MAX).await {
        Ok(page) => page,
        Err(error) => return Err(failure(error).map_or_else(|error| error, Error::internal)),
    };
    let line = |view: &JobView| {
        let (state, tone) = state_in_words(view.job.state);
        JobLine {
            id: view.job.id.0,
            name: view.job.file_name.clone(),
            state,
            tone,
            at: dated(view.job.created_at, zone),
            rows: grouped(view.job.rows_done),
        }
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ImportsPage {
        frame: desk.frame(app, "Import a list", Place::Subscribers),
        problems,
        next: next.map(|id| id.0),
        jobs: all.iter().map(line).collect(),
    };
    show_desk(status, &page)
}

/// `POST /desk/subscribers/imports`: the file.
pub(super) async fn post_upload(State(app): State<App>, desk: Desk, request: Request) -> Result<Response, Error> {
    desk.require(Permission::ManageSubscribers)?;
    let headers = request.headers().clone();
    let mut form = Multipart::from_request(request, &app)
        .await
        .map_err(|_| Error::known(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type"))?;
    let taken = take(&app, &desk, &mut form).await?;
    if taken.is_err() {
        // A browser that is answered while it still sends shows its own error in place of ours.
        drain(&mut form).await;
    }
    // A list may be ten minutes on its way.
    if let Err(answer) = desk.ask_again(&app, &headers, Permission::ManageSubscribers).await {
        if let Ok(upload) = taken {
            upload.abandon().await?;
        }
        return Ok(answer);
    }
    let upload = match taken {
        Ok(upload) => upload,
        Err(problem) => return show_all(&app, &desk, None, vec![problem]).await,
    };
    match upload.finish().await {
        Ok(id) => Ok(done(&app, &page_of(id), "The file is here. Nobody was written down yet.")),
        Err(error) => show_all(&app, &desk, None, vec![Problem::new("file", failure(error)?)]).await,
    }
}

/// Everything of the file; what to make of it is asked afterwards.
async fn take(app: &App, desk: &Desk, form: &mut Multipart) -> Result<Result<Upload, Problem>, Error> {
    let cut_short = |_| Error::known(StatusCode::BAD_REQUEST, "cut_short");
    while let Some(mut field) = form.next_field().await.map_err(cut_short)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let problem = |error: ImportJobError| Ok::<_, Error>(Err(Problem::new("file", failure(error)?)));
        let mut upload = match begin_upload(app, desk.actor(), &name).await {
            Ok(upload) => upload,
            Err(error) => return problem(error),
        };
        while let Some(piece) = field.chunk().await.map_err(cut_short)? {
            if let Err(error) = upload.take(&piece).await {
                return problem(error);
            }
        }
        return Ok(Ok(upload));
    }
    Ok(Err(Problem::new("file", "choose a file")))
}

/// Reads on to the end of what is being sent, within bounds.
async fn drain(form: &mut Multipart) {
    let mut bytes = 0;
    while let Ok(Some(mut field)) = form.next_field().await {
        while let Ok(Some(piece)) = field.chunk().await {
            bytes += piece.len();
            if bytes > 4 * IMPORT_BYTES_MAX {
                return;
            }
        }
    }
}

fn page_of(id: ImportJobId) -> String {
    format!("/desk/subscribers/imports/{id}")
}

pub(super) async fn get_import(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    show(&app, &desk, ImportJobId(id), None, Vec::new()).await
}

async fn show(
    app: &App,
    desk: &Desk,
    id: ImportJobId,
    typed: Option<JobChoice>,
    problems: Vec<Problem>,
) -> Result<Response, Error> {
    let view = match subscribers::import_job(app, desk.actor(), id).await {
        Ok(view) => view,
        Err(error) => return Err(failure(error).map_or_else(|error| error, Error::internal)),
    };
    let all = publications(app).await?;
    let zone = house_zone(&mut app.db.read().await?).await?;
    let job = &view.job;
    let choice = typed.unwrap_or_else(|| JobChoice {
        publication: job.publication.clone(),
        is_confirmed: job.status.as_deref() == Some("confirmed"),
        consent: job.consent.clone().unwrap_or_default(),
    });
    let slug = choice.publication.clone().unwrap_or_default();
    let name_of = |slug: &str| all.iter().find(|it| it.slug == slug).map(|it| it.name.clone());
    let slug = if slug.is_empty() && all.len() == 1 { all[0].slug.clone() } else { slug };
    let for_whom = match (&job.status, name_of(&slug)) {
        (None, _) => String::new(),
        (Some(status), name) => format!(
            "For {}; {}.",
            name.unwrap_or_else(|| "whichever publication each row names".to_owned()),
            if status == "confirmed" { "they are added at once" } else { "each gets a mail to confirm" }
        ),
    };
    let state = job.state;
    let report = match (&view.report, &view.checked) {
        (Some(it), _) => Some(report_box(job, it, true)),
        (None, Some(it)) if state != JobState::Checking => Some(report_box(job, it, false)),
        _ => None,
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let counted = view.checked.as_ref().map(|it| i64::try_from(it.totals.rows).unwrap_or(i64::MAX));
    let page = ImportPage {
        frame: desk.frame(app, &format!("Import of {}", job.file_name), Place::Subscribers),
        id: id.0,
        name: job.file_name.clone(),
        size: size_of(job.bytes),
        at: dated(job.created_at, zone),
        problems,
        state,
        state_in_words: state_in_words(state).0,
        why: job.why.as_deref().map(sentence).unwrap_or_default(),
        is_busy: matches!(state, JobState::Checking | JobState::Importing),
        may_choose: matches!(state, JobState::Uploaded | JobState::Checked | JobState::Failed),
        may_cancel: !matches!(state, JobState::Done | JobState::Cancelled),
        rows_done: job.rows_done,
        rows_all: counted.unwrap_or(job.lines - 2).max(job.rows_done).max(1),
        is_counted: counted.is_some(),
        publications: of_all(&all, &slug),
        is_confirmed: choice.is_confirmed,
        consent: choice.consent,
        seen: job.changed_at.as_micros(),
        report,
        for_whom,
    };
    show_desk(status, &page)
}

fn size_of(bytes: i64) -> String {
    match bytes {
        ..=1_023 => format!("{bytes} bytes"),
        1_024..=1_048_575 => format!("{} KB", bytes / 1_024),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// What a column of the list was taken for.
fn column_in_words(column: &str, field: &str) -> String {
    let told = match ImportField::parse(field) {
        Some(ImportField::Email) => "the address",
        Some(ImportField::Status) => "whether they are subscribed",
        Some(ImportField::Language) => "their language",
        Some(ImportField::TimeZone) => "their time zone",
        Some(ImportField::Hour) => "their hour",
        Some(ImportField::Sections) => "their sections",
        Some(ImportField::SubscribedAt) => "when they signed up",
        Some(ImportField::LeftAt) => "when they left: they are kept out",
        Some(ImportField::LeftWhy) => "why they left",
        Some(ImportField::BouncedAt) => "when the mailbox refused: they are kept out",
        Some(ImportField::WantsMail) => "whether they want mail",
        Some(ImportField::MailDisabled) => "whether mail is turned off",
        Some(ImportField::Ignore) if column_keeps_out(column) => "yes here keeps them out",
        Some(ImportField::Ignore) => "not read",
        None => field,
    };
    told.to_owned()
}

/// Why a row was not taken, without the words that programs know reasons by.
fn told(why: &str) -> String {
    let named = |text: String, it: &SuppressionReason| {
        text.replace(&format!("({it})"), &format!("({})", suppression_in_words(*it)))
    };
    sentence(&SuppressionReason::ALL.iter().fold(why.to_owned(), named))
}

/// On what ground the rows of a list are taken, and which day stands with each as the one on which they agreed last.
fn ground(job: &ImportJob, report: &JobReport) -> Vec<(&'static str, String)> {
    if report.format == "lamplighter" {
        let told = "As the export has it: each row's own consent and day.";
        return vec![("On what ground", told.to_owned())];
    }
    if job.status.as_deref() != Some("confirmed") {
        return vec![
            ("On what ground", "Each is asked by a mail, and agrees by its link.".to_owned()),
            ("Agreed last", "The day on which they press the link.".to_owned()),
        ];
    }
    let stated = job.consent.as_deref().unwrap_or_default();
    let column = report.columns.iter().find(|(_, field)| ImportField::parse(field) == Some(ImportField::SubscribedAt));
    let day = match column {
        Some((column, _)) => {
            format!(
                "The day in the column \u{201c}{column}\u{201d}; where a row has none there, or one that does not read, the \
                 day of the import."
            )
        }
        None => "The day of the import: the list has no column that says when they signed up.".to_owned(),
    };
    vec![
        ("On what ground", format!("They have agreed already, as was stated: \u{201c}{stated}\u{201d}")),
        ("Agreed last", day),
    ]
}

fn report_box(job: &ImportJob, it: &JobReport, is_real: bool) -> ReportBox {
    let count = |rows: u64| grouped(i64::try_from(rows).unwrap_or(i64::MAX));
    let totals = &it.totals;
    let mut outcomes: Vec<(u64, String)> = Vec::new();
    for (code, outcome) in &it.outcomes {
        let taken = match code.as_str() {
            "imported" if is_real => "is a reader now",
            "imported" => "would be a reader at once",
            "asked" if is_real => "is asked to confirm",
            "asked" => "would be asked to confirm",
            _ => "",
        };
        match outcome.reasons.len() {
            _ if !taken.is_empty() => outcomes.push((outcome.rows, sentence(taken))),
            // A report of before reasons were counted has one for each outcome.
            0 => outcomes.push((outcome.rows, told(&outcome.why))),
            _ => outcomes.extend(outcome.reasons.iter().map(|(why, rows)| (*rows, told(why)))),
        }
    }
    outcomes.sort_by_key(|it| std::cmp::Reverse(it.0));
    let troubled: u64 = it.outcomes.values().filter(|it| !it.is_smooth).map(|it| it.rows).sum();
    ReportBox {
        is_real,
        rows: count(totals.rows),
        imported: count(totals.imported),
        asked: count(totals.asked),
        kept_out: count(totals.already_there + totals.left_earlier + totals.unconfirmed + totals.suppressed),
        refused: count(totals.refused),
        ground: ground(job, it),
        format: it.format.clone(),
        columns: it.columns.iter().map(|(column, field)| (column.clone(), column_in_words(column, field))).collect(),
        outcomes: outcomes.into_iter().map(|(rows, why)| (count(rows), why)).collect(),
        unshown: troubled.saturating_sub(it.lines.len() as u64),
        with_unread: totals.with_unread,
        unread: it.unread.values().map(|it| (count(it.rows), sentence(&it.why))).collect(),
        unread_lines: it.unread_lines.clone(),
        unread_unshown: totals.with_unread.saturating_sub(it.unread_lines.len() as u64),
        lines: it.lines.iter().map(|line| subscribers::BadLine { why: told(&line.why), ..line.clone() }).collect(),
    }
}

/// `POST /desk/subscribers/imports/{id}/try`
pub(super) async fn post_try(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let id = ImportJobId(id);
    let choice = JobChoice {
        publication: fields.filled("publication"),
        is_confirmed: fields.get("way") == "agreed",
        consent: fields.get("consent").to_owned(),
    };
    match subscribers::try_import(&app, desk.actor(), id, &choice).await {
        Ok(()) => Ok(done(&app, &page_of(id), "The list is being tried. Nobody is written down.")),
        Err(error) => match failure(error)? {
            error @ ImportJobError::Consent => {
                show(&app, &desk, id, Some(choice), vec![Problem::new("consent", error)]).await
            }
            error @ ImportJobError::UnknownPublication(_) => {
                show(&app, &desk, id, Some(choice), vec![Problem::new("publication", error)]).await
            }
            error => Ok(refused(&app, &page_of(id), &sentence(&error.to_string()))),
        },
    }
}

/// `POST /desk/subscribers/imports/{id}/start`
pub(super) async fn post_start(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Error> {
    let id = ImportJobId(id);
    // What the page showed that the button stood on.
    let seen = Timestamp::from_micros(fields.get("seen").parse().unwrap_or_default());
    match subscribers::start_import(&app, desk.actor(), id, seen).await {
        Ok(()) => Ok(done(&app, &page_of(id), "The import runs. You may leave this page.")),
        Err(error) => Ok(refused(&app, &page_of(id), &sentence(&failure(error)?.to_string()))),
    }
}

/// `POST /desk/subscribers/imports/{id}/cancel`
pub(super) async fn post_cancel(State(app): State<App>, desk: Desk, Path(id): Path<i64>) -> Result<Response, Error> {
    let id = ImportJobId(id);
    match subscribers::cancel_import(&app, desk.actor(), id).await {
        Ok(()) => {
            Ok(done(&app, &page_of(id), "Cancelled, and the file is forgotten. Whoever was imported before stays."))
        }
        Err(error) => Ok(refused(&app, &page_of(id), &sentence(&failure(error)?.to_string()))),
    }
}
