//! Lists that leave as CSV, from the desk and from the API: written into a file without a name first, so that a slow line
//! does not hold the database's past open, and what is sent is whole or not sent at all.

use crate::app::App;
use crate::web::error::Error;
use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Seek as _};
use std::os::unix::fs::OpenOptionsExt as _;
use tokio::io::AsyncReadExt as _;

const PIECE_BYTES: usize = 64 * 1024;

/// A file that is gone when it is closed.
pub(in crate::web) fn unnamed(app: &App) -> Result<File, Error> {
    let word = app.context.random.token::<10>();
    let path = std::env::temp_dir().join(format!("lamplighter-export-{word}"));
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
    let file = file.map_err(Error::internal)?;
    std::fs::remove_file(&path).map_err(Error::internal)?;
    Ok(file)
}

pub(in crate::web) async fn send(app: &App, out: BufWriter<File>, what: &str) -> Result<Response, Error> {
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
