//! One endpoint, described: what makes its route, checks its requests, and is shown.

use super::answer::{Answer, Content};
use super::body::{self, Body, Fields};
use super::parameter::{CURSOR, Kind, LIMIT, Parameter};
use super::schema;
use crate::operators::tokens::Scope;
use axum::routing::MethodFilter;
use utoipa::ToSchema;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::web::api) enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    pub const fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
            Self::Patch => MethodFilter::PATCH,
            Self::Delete => MethodFilter::DELETE,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Whether a request may, or has to, carry an `Idempotency-Key`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::web::api) enum Key {
    /// It is harmless to repeat.
    None,
    /// The route's gate keeps the answer.
    Kept,
    /// The handler keeps the answer: it has a reason to know.
    Own,
    /// It sends mail.
    Required,
}

/// Whether a request names the revision that it was made from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::web::api) enum Revision {
    None,
    Optional,
    Required,
}

pub(in crate::web::api) struct Endpoint {
    pub method: Verb,
    /// Below [`super::ROOT`].
    pub path: &'static str,
    /// For programs that are made from the description.
    pub id: &'static str,
    pub group: &'static str,
    pub summary: &'static str,
    pub about: &'static str,
    /// None: whoever asks.
    pub scope: Option<Scope>,
    pub path_parameters: Vec<Parameter>,
    pub query: Vec<Parameter>,
    pub body: Option<Body>,
    pub body_is_required: bool,
    pub body_bytes_max: usize,
    pub example: Option<&'static str>,
    pub answers: Vec<Answer>,
    /// Statuses of problems, beyond those that any request may meet.
    pub problems: Vec<(u16, &'static str)>,
    pub key: Key,
    pub revision: Revision,
    /// Its handler takes the body in piece by piece, and asks again at its end who it is. Any other body is collected
    /// before, and who it is asked again then.
    pub is_streamed: bool,
}

impl Endpoint {
    fn new(method: Verb, path: &'static str, id: &'static str, group: &'static str, summary: &'static str) -> Self {
        let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let of_path = |name: &'static str| {
            let kind = match name {
                "slug" => Kind::Text { chars_max: 100 },
                _ => Kind::Whole { min: 1, max: i64::MAX },
            };
            let about = match name {
                "id" => "Its number.",
                "article" => "The article's number.",
                "slug" => "The publication's slug.",
                "delivery" => "The number of the delivery.",
                _ => "",
            };
            Parameter { is_required: true, ..Parameter::new(name, kind, about) }
        };
        Self {
            method,
            path,
            id,
            group,
            summary,
            about: "",
            scope: None,
            path_parameters: names.map(of_path).collect(),
            query: Vec::new(),
            body: None,
            body_is_required: false,
            body_bytes_max: crate::base::limits::FORM_BYTES_MAX,
            example: None,
            answers: Vec::new(),
            problems: Vec::new(),
            key: if matches!(method, Verb::Post) { Key::Kept } else { Key::None },
            revision: Revision::None,
            is_streamed: false,
        }
    }

    pub fn get(path: &'static str, id: &'static str, group: &'static str, summary: &'static str) -> Self {
        Self::new(Verb::Get, path, id, group, summary).scope(Scope::Read)
    }

    pub fn post(path: &'static str, id: &'static str, group: &'static str, summary: &'static str) -> Self {
        Self::new(Verb::Post, path, id, group, summary)
    }

    pub fn put(path: &'static str, id: &'static str, group: &'static str, summary: &'static str) -> Self {
        Self::new(Verb::Put, path, id, group, summary)
    }

    pub fn patch(path: &'static str, id: &'static str, group: &'static str, summary: &'static str) -> Self {
        Self::new(Verb::Patch, path, id, group, summary)
    }

    pub fn delete(path: &'static str, id: &'static str, group: &'static str, summary: &'static str) -> Self {
        Self::new(Verb::Delete, path, id, group, summary)
    }

    #[must_use]
    pub fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    #[must_use]
    pub fn scope(self, scope: Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }

    /// Whoever asks.
    #[must_use]
    pub fn open(self) -> Self {
        Self { scope: None, key: Key::None, ..self }
    }

    #[must_use]
    pub fn query(mut self, name: &'static str, kind: Kind, about: &'static str) -> Self {
        self.query.push(Parameter::new(name, kind, about));
        self
    }

    #[must_use]
    pub fn query_needed(mut self, name: &'static str, kind: Kind, about: &'static str) -> Self {
        self.query.push(Parameter { is_required: true, ..Parameter::new(name, kind, about) });
        self
    }

    /// A part of the path that is one of these words.
    #[must_use]
    pub fn path_word(mut self, name: &'static str, words: &[&'static str], about: &'static str) -> Self {
        for it in self.path_parameters.iter_mut().filter(|it| it.name == name) {
            (it.kind, it.about) = (Kind::Word(words.to_vec()), about);
        }
        self
    }

    /// It answers a list, page by page.
    #[must_use]
    pub fn pages(self, rows_max: i64) -> Self {
        let limit = Kind::Whole { min: 1, max: rows_max };
        self.query(LIMIT, limit, "Lines of an answer.").query(
            CURSOR,
            Kind::Text { chars_max: 200 },
            "The next_cursor of the answer before; without it, from the beginning.",
        )
    }

    #[must_use]
    pub fn fields(self, fields: Fields) -> Self {
        let body_is_required = fields.iter().any(|field| field.is_required);
        let takes_revision = self.revision != Revision::None;
        Self { body: Some(Body::Fields { fields, takes_revision }), body_is_required, ..self }
    }

    #[must_use]
    pub fn takes<T: ToSchema>(self) -> Self {
        Self { body: Some(body::typed::<T>()), body_is_required: true, ..self }
    }

    /// As [`Self::takes`]; without a body, nothing of it is meant.
    #[must_use]
    pub fn may_take<T: ToSchema>(self) -> Self {
        Self { body: Some(body::typed::<T>()), ..self }
    }

    /// A file, as it is.
    #[must_use]
    pub fn takes_file(self, media_type: &'static str, bytes_max: usize) -> Self {
        Self { body: Some(Body::File { media_type }), body_is_required: true, body_bytes_max: bytes_max, ..self }
    }

    #[must_use]
    pub fn bytes_max(self, bytes_max: usize) -> Self {
        Self { body_bytes_max: bytes_max, ..self }
    }

    /// A file that is too large to be held: see [`Self::is_streamed`].
    #[must_use]
    pub fn takes_stream(self, media_type: &'static str, bytes_max: usize) -> Self {
        Self { is_streamed: true, ..self.takes_file(media_type, bytes_max) }
    }

    /// A body that somebody might send.
    #[must_use]
    pub fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }

    #[must_use]
    pub fn answers<T: ToSchema>(mut self, status: u16, about: &'static str) -> Self {
        self.answers.push(Answer { status, about, content: Content::Json(schema::of::<T>) });
        self
    }

    #[must_use]
    pub fn streams(mut self, media_type: &'static str, about: &'static str) -> Self {
        self.answers.push(Answer { status: 200, about, content: Content::Stream(media_type) });
        self
    }

    /// A refusal of its own, and why.
    #[must_use]
    pub fn refuses(mut self, status: u16, why: &'static str) -> Self {
        self.problems.push((status, why));
        self
    }

    /// Before [`Self::fields`].
    #[must_use]
    pub fn revision(self, revision: Revision) -> Self {
        Self { revision, ..self }
    }

    #[must_use]
    pub fn key(self, key: Key) -> Self {
        Self { key, ..self }
    }

    /// Every refusal that it may give, by status.
    pub fn refusals(&self) -> Vec<(u16, &'static str)> {
        let mut all = vec![(400, "The request does not read: a parameter, an id or the JSON is wrong.")];
        if self.scope.is_some() {
            all.push((401, "No key, or one that does not work."));
            all.push((403, "The key has not the scope."));
        }
        if !self.path_parameters.is_empty() {
            all.push((404, "There is no such thing."));
        }
        if self.body.is_some() {
            all.push((408, "The body took too long to arrive."));
            all.push((413, "The body is too large."));
            all.push((415, "The body is not of this type."));
            all.push((422, "The fields do not fit; each is named in errors."));
        }
        if self.key != Key::None {
            all.push((409, "A request with this Idempotency-Key is under way."));
            all.push((
                410,
                "It was carried out under this Idempotency-Key; the answer named somebody who was erased since.",
            ));
            all.push((422, "This Idempotency-Key was used for another request."));
        }
        match self.revision {
            Revision::None => {}
            Revision::Optional => all.push((409, "It was changed since, or is not in a state for this.")),
            Revision::Required => {
                all.push((409, "It was changed since, or is not in a state for this."));
                all.push((428, "The request does not say which revision it was made from."));
            }
        }
        all.extend(self.problems.iter().copied());
        all.push((429, "Too many requests; Retry-After says how long to wait."));
        all.push((500, "Something is wrong here; the log has it under request_id."));
        all.push((503, "The database cannot be reached; Retry-After says when to try again."));
        all.sort_by_key(|(status, _)| *status);
        all.dedup_by(|next, before| next.0 == before.0 && next.1 == before.1);
        all
    }
}
