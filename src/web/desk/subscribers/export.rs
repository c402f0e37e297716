//! `POST /desk/subscribers/export`: the list as CSV. It is a deed and no page, since the trail notes who took it.

use crate::app::App;
use crate::subscribers::{self, ExportError, ExportFilter, SubscriptionState, SuppressionListError};
use crate::web::csv_file;
use crate::web::desk::frame::Desk;
use crate::web::error::Error;
use crate::web::fields::Fields;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::io::BufWriter;

pub(super) async fn post_export(State(app): State<App>, desk: Desk, fields: Fields) -> Result<Response, Error> {
    let filter = ExportFilter {
        publication: fields.filled("publication"),
        state: SubscriptionState::parse(fields.get("state")),
    };
    let mut out = BufWriter::new(csv_file::unnamed(&app)?);
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
    csv_file::send(&app, out, "subscribers").await
}

/// `POST /desk/suppressions/export`: digests and reasons.
pub(in crate::web::desk) async fn post_export_suppressions(
    State(app): State<App>,
    desk: Desk,
) -> Result<Response, Error> {
    let mut out = BufWriter::new(csv_file::unnamed(&app)?);
    match subscribers::export_suppressions(&app, desk.actor(), &mut out).await {
        Ok(_) => csv_file::send(&app, out, "suppressions").await,
        Err(SuppressionListError::Forbidden(error)) => Err(error.into()),
        Err(SuppressionListError::Store(error)) => Err(error.into()),
        Err(error) => Err(Error::internal(error)),
    }
}
