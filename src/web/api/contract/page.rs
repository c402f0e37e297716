//! `GET /api/openapi.json`, and `GET /api/docs`: the same description for people. No script, nothing from elsewhere.

use super::ROOT;
use super::endpoint::{Endpoint, Key, Revision};
use super::openapi;
use super::parameter::Kind;
use crate::app::App;
use crate::base::Timestamp;
use crate::web::conditional;
use crate::web::error::Error;
use crate::web::page::{self, Frame};
use askama::Template;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;

type Endpoints = Arc<[Arc<Endpoint>]>;

pub(super) fn router(endpoints: &Endpoints) -> Router<App> {
    Router::new()
        .route("/api/openapi.json", get(get_document))
        .route("/api/docs", get(get_docs))
        .layer(Extension(Arc::clone(endpoints)))
}

async fn get_document(
    State(app): State<App>,
    Extension(endpoints): Extension<Endpoints>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let base = app.config.site.link("");
    let document = openapi::document(&endpoints, base.trim_end_matches('/'));
    Ok(conditional::answer(&headers, "application/json", Timestamp::EPOCH, document.to_string()))
}

#[derive(Template)]
#[template(path = "api/docs.html")]
struct Docs {
    frame: Frame,
    groups: Vec<Group>,
    count: usize,
}

struct Group {
    name: &'static str,
    anchor: String,
    endpoints: Vec<Shown>,
}

struct Shown {
    id: &'static str,
    method: &'static str,
    path: String,
    summary: &'static str,
    about: &'static str,
    scope: Option<&'static str>,
    parameters: Vec<ShownParameter>,
    body: Option<String>,
    body_bytes_max: usize,
    answers: Vec<(u16, &'static str)>,
    refusals: Vec<(u16, &'static str)>,
    curl: String,
    curl_lines: usize,
}

struct ShownParameter {
    name: &'static str,
    place: &'static str,
    what: String,
    about: &'static str,
}

async fn get_docs(State(app): State<App>, Extension(endpoints): Extension<Endpoints>) -> Result<Response, Error> {
    let mut groups: Vec<Group> = Vec::new();
    let base = app.config.site.link("");
    let base = base.trim_end_matches('/');
    for endpoint in endpoints.iter() {
        let shown = shown(endpoint, base);
        match groups.iter_mut().find(|it| it.name == endpoint.group) {
            Some(group) => group.endpoints.push(shown),
            None => groups.push(Group {
                name: endpoint.group,
                anchor: endpoint.group.to_lowercase().replace(' ', "-"),
                endpoints: vec![shown],
            }),
        }
    }
    let frame = Frame::of(&app, "The API").unlisted();
    Ok(page::html(StatusCode::OK, Docs { frame, groups, count: endpoints.len() }.render()?))
}

fn shown(endpoint: &Endpoint, base: &str) -> Shown {
    let in_path = endpoint.path_parameters.iter().map(|it| (it, "path"));
    let in_query = endpoint.query.iter().map(|it| (it, "query"));
    let mut parameters: Vec<ShownParameter> = in_path
        .chain(in_query)
        .map(|(it, place)| ShownParameter {
            name: it.name,
            place,
            what: what(&it.kind, it.is_required),
            about: it.about,
        })
        .collect();
    let mut header = |name, what: &str, about| {
        parameters.push(ShownParameter { name, place: "header", what: what.to_owned(), about });
    };
    match endpoint.key {
        Key::None => {}
        Key::Required => header("Idempotency-Key", "needed", "Sent twice, it is carried out once."),
        Key::Kept | Key::Own => header("Idempotency-Key", "optional", "Sent twice, it is carried out once."),
    }
    match endpoint.revision {
        Revision::None => {}
        Revision::Optional => header("If-Match", "optional", "The revision that you saw; or the field revision."),
        Revision::Required => header("If-Match", "needed", "The revision that you saw; or the field revision."),
    }
    let body = endpoint.body.as_ref().map(|body| {
        let described = body.described();
        let schema = match described.schema.get("$ref").and_then(|it| it.as_str()?.rsplit('/').next()) {
            Some(name) => described.named.get(name).cloned().unwrap_or_default(),
            None => described.schema,
        };
        serde_json::to_string_pretty(&schema).unwrap_or_default()
    });
    let curl = curl(endpoint, base);
    Shown {
        id: endpoint.id,
        method: endpoint.method.as_str(),
        path: format!("{ROOT}{}", endpoint.path),
        summary: endpoint.summary,
        about: endpoint.about,
        scope: endpoint.scope.map(|it| it.as_str()),
        parameters,
        body,
        body_bytes_max: endpoint.body_bytes_max,
        answers: endpoint.answers.iter().map(|it| (it.status, it.about)).collect(),
        refusals: endpoint.refusals(),
        curl_lines: curl.lines().count(),
        curl,
    }
}

fn what(kind: &Kind, is_required: bool) -> String {
    let kind = match kind {
        Kind::Text { chars_max } => format!("text of at most {chars_max} characters"),
        Kind::Whole { min, max: i64::MAX } => format!("whole number from {min}"),
        Kind::Whole { min, max } => format!("whole number, {min} to {max}"),
        Kind::Flag => "true or false".to_owned(),
        Kind::Date => "date".to_owned(),
        Kind::Word(words) => words.join(", "),
    };
    if is_required { format!("{kind}; needed") } else { kind }
}

/// A line to copy. The key comes from the environment, so that it stands in no history of a shell.
fn curl(endpoint: &Endpoint, base: &str) -> String {
    let mut path = endpoint.path.to_owned();
    for it in &endpoint.path_parameters {
        path = path.replace(&format!("{{{}}}", it.name), &it.example());
    }
    let needed: Vec<String> =
        endpoint.query.iter().filter(|it| it.is_required).map(|it| format!("{}={}", it.name, it.example())).collect();
    if !needed.is_empty() {
        path = format!("{path}?{}", needed.join("&"));
    }
    let method = match endpoint.method.as_str() {
        "GET" => String::new(),
        method => format!(" -X {method}"),
    };
    let mut lines = vec![format!("curl{method} '{base}{ROOT}{path}'")];
    if endpoint.scope.is_some() {
        lines.push("  -H \"Authorization: Bearer $LAMPLIGHTER_KEY\"".to_owned());
    }
    if endpoint.key == Key::Required {
        lines.push("  -H \"Idempotency-Key: $(uuidgen)\"".to_owned());
    }
    if endpoint.revision == Revision::Required {
        lines.push("  -H 'If-Match: \"7\"'".to_owned());
    }
    if let Some(body) = endpoint.body.as_ref().filter(|body| body.media_type() != "application/json") {
        lines.push(format!("  -H 'Content-Type: {}'", body.media_type()));
        lines.push("  --data-binary @list.csv".to_owned());
    } else if let Some(example) = endpoint.example {
        lines.push("  -H 'Content-Type: application/json'".to_owned());
        lines.push(format!("  -d '{}'", example.replace('\'', "'\''")));
    }
    lines.join(" \\\n")
}
