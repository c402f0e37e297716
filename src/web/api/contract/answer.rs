//! What an endpoint answers.

use super::schema::Schema;

pub(in crate::web::api) struct Answer {
    pub status: u16,
    pub about: &'static str,
    pub content: Content,
}

pub(in crate::web::api) enum Content {
    Json(Schema),
    /// As it comes, and not as a whole.
    Stream(&'static str),
}
