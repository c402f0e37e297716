//! A posted form with files (`multipart/form-data`, RFC 7578), read whole and within a limit.
//!
//! For small files that a verb takes as bytes. What the browser says of a file (its name, its type) is not kept: whoever
//! reads the bytes sees what they are.

use super::error::Error;
use super::fields::Fields;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::StatusCode;

/// No form of ours has more parts.
const PARTS_MAX: usize = 60;

pub(super) struct Upload {
    pub fields: Fields,
    /// The field's name and the bytes; a field for which no file was chosen is left out.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Upload {
    /// All parts together have at most so many bytes.
    ///
    /// # Errors
    /// 413, 415, and 400 for a form that is cut short.
    pub(super) async fn read(request: Request, bytes_max: usize) -> Result<Self, Error> {
        let mut parts = Multipart::from_request(request, &())
            .await
            .map_err(|_| Error::known(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type"))?;
        let (mut pairs, mut files, mut left) = (Vec::new(), Vec::new(), bytes_max);
        for _ in 0..PARTS_MAX {
            let Some(mut part) = parts.next_field().await.map_err(|error| told(&error))? else {
                return Ok(Self { fields: Fields::of_pairs(pairs), files });
            };
            let name = part.name().unwrap_or_default().to_owned();
            let is_file = part.file_name().is_some();
            let mut bytes = Vec::new();
            while let Some(chunk) = part.chunk().await.map_err(|error| told(&error))? {
                left = left.checked_sub(chunk.len()).ok_or_else(Error::too_large)?;
                bytes.extend_from_slice(&chunk);
            }
            match (is_file, bytes.is_empty()) {
                (true, true) => {}
                (true, false) => files.push((name, bytes)),
                (false, _) => pairs.push((name, String::from_utf8_lossy(&bytes).into_owned())),
            }
        }
        Err(Error::too_large())
    }
}

fn told(error: &MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::too_large()
    } else {
        Error::known(StatusCode::BAD_REQUEST, "cut_short")
    }
}
