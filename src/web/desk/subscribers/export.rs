//! `POST /desk/subscribers/export`: the list as CSV. It is a deed and no page, since the trail notes who took it.
//!
//! The list is written into a file without a name first, so that a slow line does not hold the database's past open, and
//! what is sent is whole or not sent at all.

use crate::app::App;
use crate::subscribers::{self, ExportError, ExportFilter, SubscriptionState, SuppressionListError};
use crate::web::desk::frame::Desk;
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Seek as _};
use std::os::unix::fs::OpenOptionsExt as _;
use tokio::io::AsyncReadExt as _;

const PIECE_BYTES: usize = 64 * 1024;

pub(super) async fn post_export(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    let filter = ExportFilter {
        publication: fields.filled("publication"),
        state: SubscriptionState::parse(fields.get("state")),
    };
    let mut out = BufWriter::new(unnamed(&app)?);
    match subscribers::export(&app, desk.actor(), &filter, &mut out).await {
        Ok(_) => {}
        Err(ExportError::Forbidden(error)) => return Err(error.into()),
        Err(ExportError::Store(error)) => return Err(error.into()),
        Err(ExportError::UnknownPublication(_)) => {
            let public = "There is no such publication any more. Please choose one of the list.";
            return Err(Error::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unknown_publication",
                "Nothing was exported",
                public,
            )
            .with_link("To all subscribers", "/desk/subscribers"));
        }
        Err(error) => return Err(Error::internal(error)),
    }
    send(&app, out, "subscribers").await
}

/// `POST /desk/suppressions/export`: digests and reasons.
pub(in crate::web::desk) async fn post_export_suppressions(
    State(app): State<App>,
    desk: Desk,
) -> Result<Response, Error> {
    let mut out = BufWriter::new(unnamed(&app)?);
    match subscribers::export_suppressions(&app, desk.actor(), &mut out).await {
        Ok(_) => send(&app, out, "suppressions").await,
        Err(SuppressionListError::Forbidden(error)) => Err(error.into()),
        Err(SuppressionListError::Store(error)) => Err(error.into()),
        Err(error) => Err(Error::internal(error)),
    }
}

/// A file that is gone when it is closed.
fn unnamed(app: &App) -> Result<File, Error> {
    let word = app.context.random.token::<10>();
    let path = std::env::temp_dir().join(format!("lamplighter-export-{word}"));
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
    let file = file.map_err(Error::internal)?;
    std::fs::remove_file(&path).map_err(Error::internal)?;
    Ok(file)
}

async fn send(app: &App, out: BufWriter<File>, what: &str) -> Result<Response, Error> {
    let mut file = out.into_inner().map_err(Error::internal)?;
    let bytes = file.stream_position().map_err(Error::internal)?;
    file.rewind().map_err(Error::internal)?;
    let day = app.now().utc().format("%Y-%m-%d");
    let pieces = stream::try_unfold(tokio::fs::File::from_std(file), async |mut file| {
        let mut piece = vec![0; PIECE_BYTES];
        let count = file.read(&mut piece).await?;
        piece.truncate(count);
        Ok::<_, std::io::Error>((count > 0).then(|| (Bytes::from(piece), file)))
    });
    let mut response = (StatusCode::OK, Body::from_stream(pieces)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{what}-{day}.csv\"")) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}
