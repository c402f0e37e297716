//! `/desk/add-source`: an address is typed, what it offers is shown, one of it is added.
//!
//! Looking asks the site and writes nothing; it is a button and not a link, so that nobody else's page can make us ask.
//! Addresses of private networks are refused by the fetcher, which says why.

use super::super::form::{Field, Kind, Wrong, field, mark};
use super::super::frame::{Desk, DeskFrame, show_desk};
use super::super::places::Place;
use super::super::said::{done, refused};
use super::sources::kind_word;
use crate::app::App;
use crate::gather::discover::{self, Discovered};
use crate::gather::sources::{self, AddError, LookError, NewSource, SourceLine, list_lines};
use crate::operators::Permission;
use crate::publications::rules::Mistake;
use crate::publications::{Pages, SourceKind, list_publications, list_sections};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/setup/add_source.html")]
struct AddPage {
    frame: DeskFrame,
    has_publication: bool,
    fields: Vec<Field>,
    by_hand: Vec<Field>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
    found: Option<Found>,
}

struct Found {
    site: String,
    reason: String,
    publication: String,
    section: String,
    offers: Vec<OfferLine>,
}

impl Found {
    fn has_new(&self) -> bool {
        self.offers.iter().any(|it| it.is_best)
    }

    fn is_first_new(&self) -> bool {
        self.offers.first().is_some_and(|it| it.is_best)
    }
}

struct OfferLine {
    kind: SourceKind,
    word: &'static str,
    url: String,
    name: String,
    entries: usize,
    newest: String,
    gives: String,
    remark: String,
    /// The first that is not read yet.
    is_best: bool,
    /// The source that reads it for this newsletter already.
    reads: Option<(i64, String)>,
}

/// The choice of publications with their sections, and the address.
async fn find_fields(app: &App, typed: &Fields) -> Result<Vec<Field>, Error> {
    let mut tx = app.db.read().await?;
    let (mut publications, mut sections) = (Vec::new(), vec![(String::new(), "By its own subjects".to_owned())]);
    for it in list_publications(&mut tx).await? {
        for section in list_sections(&mut tx, it.id).await? {
            let words = format!("{} ({})", section.name, it.name);
            // One of the same name in two publications is one choice.
            if sections.iter().all(|(slug, _)| *slug != section.slug) {
                sections.push((section.slug, words));
            }
        }
        publications.push((it.slug, it.name));
    }
    let about = "The address of the site or of a part of it, such as news.example/city.";
    Ok(vec![
        field("site", "Address", Kind::Url, typed.get("site"), about).required(),
        field("publication", "For", Kind::Choice(publications), typed.get("publication"), ""),
        field(
            "section",
            "Section",
            Kind::Choice(sections),
            typed.get("section"),
            "All its articles stand there; or each goes by its own subjects.",
        ),
    ])
}

fn hand_fields(typed: &Fields) -> Vec<Field> {
    let kinds = [
        (SourceKind::Feed, "Feed: RSS, Atom or JSON Feed"),
        (SourceKind::Wordpress, "WordPress, by its API"),
        (SourceKind::Sitemap, "News sitemap"),
        (SourceKind::Page, "A page that lists articles"),
        (SourceKind::Push, "None: your system hands articles in by the API"),
    ];
    let kinds = Kind::Choice(kinds.iter().map(|(kind, words)| (kind.to_string(), (*words).to_owned())).collect());
    vec![
        field(
            "url",
            "Exact address",
            Kind::Url,
            typed.get("url"),
            "Of the feed itself. Empty where articles are handed in.",
        )
        .within("by-hand"),
        field("kind", "What it is", kinds, typed.get("kind"), "").within("by-hand"),
        field("name", "Name", Kind::Text, typed.get("name"), "Empty, it is called by its address.").within("by-hand"),
        field(
            "standby",
            "Read it only while another source of the section cannot be read",
            Kind::Tick,
            typed.get("standby"),
            "",
        )
        .within("by-hand"),
    ]
}

async fn page(
    app: &App,
    desk: &Desk,
    status: StatusCode,
    typed: &Fields,
    (mistakes, found): (Vec<Mistake>, Option<Found>),
) -> Result<Response, Error> {
    let mut fields = find_fields(app, typed).await?;
    let mut by_hand = hand_fields(typed);
    let is_by_hand = |it: &Mistake| by_hand.iter().any(|field| field.name == it.field);
    let (hand, site): (Vec<Mistake>, Vec<Mistake>) = mistakes.into_iter().partition(is_by_hand);
    let mut wrong = mark(&mut fields, &site);
    wrong.extend(mark(&mut by_hand, &hand));
    // The fields of the form below that its own are not.
    let mut both: Vec<Field> =
        fields.iter().filter(|it| it.name != "site").cloned().map(|it| it.within("by-hand")).collect();
    by_hand.append(&mut both);
    let page = AddPage {
        frame: desk.frame(app, "Add a source", Place::Sources),
        has_publication: fields
            .iter()
            .any(|it| matches!(&it.kind, Kind::Choice(list) if it.name == "publication" && !list.is_empty())),
        fields,
        by_hand,
        wrong,
        is_conflict: false,
        here: String::new(),
        found,
    };
    show_desk(status, &page)
}

pub(super) async fn get_add(State(app): State<App>, desk: Desk, request: Request) -> Result<Response, Error> {
    desk.require(Permission::Configure)?;
    let typed = Fields::of_text(request.uri().query().unwrap_or_default());
    page(&app, &desk, StatusCode::OK, &typed, (Vec::new(), None)).await
}

pub(super) async fn post_find(State(app): State<App>, desk: Desk, typed: Fields) -> Result<Response, Error> {
    let message = match sources::look_at_site(&app, desk.actor(), typed.get("site")).await {
        Ok(found) => {
            let known = list_lines(&mut app.db.read().await?, app.now()).await?;
            let found = told(&found, &typed, &known);
            return page(&app, &desk, StatusCode::OK, &typed, (Vec::new(), Some(found))).await;
        }
        Err(LookError::Forbidden(error)) => return Err(error.into()),
        Err(LookError::Site(error)) => format!("could not be read: {error}"),
        Err(LookError::TooSlow) => "takes too long to answer; type the exact address of its feed below".to_owned(),
    };
    let mistakes = vec![Mistake { field: "site", message }];
    page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, &typed, (mistakes, None)).await
}

/// The source that reads an address for a newsletter.
fn reads<'a>(known: &'a [SourceLine], url: &str, publication: &str) -> Option<&'a SourceLine> {
    known.iter().find(|it| it.health.url == url && it.uses.iter().any(|it| it.publication == publication))
}

fn told(found: &Discovered, typed: &Fields, known: &[SourceLine]) -> Found {
    let publication = typed.get("publication");
    let best = found.offers.iter().position(|it| reads(known, &it.url, publication).is_none());
    let offer = |(at, it): (usize, &discover::Offer)| {
        let gives: Vec<&str> = [
            (it.has_full_text, "whole texts"),
            (it.has_images, "pictures"),
            (it.has_authors, "authors"),
            (it.has_sections, "subjects"),
        ]
        .into_iter()
        .filter_map(|(holds, what)| holds.then_some(what))
        .collect();
        OfferLine {
            kind: it.kind,
            word: kind_word(it.kind),
            url: it.url.clone(),
            name: found.name_of(it).unwrap_or_default(),
            entries: it.entries,
            newest: it.newest.as_deref().map(|at| at.chars().take(10).collect()).unwrap_or_default(),
            gives: if gives.is_empty() { "titles and links".to_owned() } else { gives.join(", ") },
            remark: it.remark.clone(),
            is_best: best == Some(at),
            reads: reads(known, &it.url, publication).map(|it| (it.health.id.0, it.health.name.clone())),
        }
    };
    Found {
        site: found.site.clone(),
        reason: found.reason.clone(),
        publication: typed.get("publication").to_owned(),
        section: typed.get("section").to_owned(),
        offers: found.offers.iter().enumerate().map(offer).collect(),
    }
}

pub(super) async fn post_add(State(app): State<App>, desk: Desk, typed: Fields) -> Result<Response, Error> {
    let kind = SourceKind::parse(typed.get("kind")).unwrap_or(SourceKind::Feed);
    let new = NewSource {
        publication: typed.get("publication").to_owned(),
        section: typed.filled("section"),
        name: typed.filled("name"),
        kind,
        url: typed.filled("url"),
        standby: typed.get("standby") == "yes",
        pages: Pages::Auto,
    };
    let error = match add(&app, &desk, new, typed.get("found") == "yes").await {
        Ok(added) => {
            let said = if kind == SourceKind::Push {
                "Added. Make an API key, and let your system hand its articles in with it.".to_owned()
            } else {
                format!("{} is added. It is read within a minute; or ask it now.", added.name)
            };
            let said = if typed.get("more") == "yes" {
                format!("{said} For another one of this site, find it again: what is read already is marked there.")
            } else {
                said
            };
            app.wake.sources();
            return Ok(done(&app, &format!("/desk/sources/{}", added.id), &said));
        }
        Err(error) => error,
    };
    let wrong = |field, message: &str| vec![Mistake::new(field, message)];
    // Whoever pressed a button of the list that was found has typed no address.
    if let (AddError::Exists { name, publication }, "yes") = (&error, typed.get("found")) {
        let known = list_lines(&mut app.db.read().await?, app.now()).await?;
        let at = reads(&known, typed.get("url"), publication).map_or(String::new(), |it| format!("/{}", it.health.id));
        let said = format!("Nothing was added: this is read already, as {name}.");
        return Ok(refused(&app, &format!("/desk/sources{at}"), &said));
    }
    let mistakes = match error {
        AddError::Forbidden(error) => return Err(error.into()),
        AddError::Store(error) => return Err(error.into()),
        AddError::UnknownPublication { .. } => wrong("publication", "is no newsletter of this house; name one first"),
        AddError::UnknownSection { .. } => wrong("section", "is no section of this newsletter; choose another one"),
        AddError::Address(_) => wrong("url", "is not a web address; write it like https://news.example/feed/"),
        AddError::NoAddress => wrong("url", "is empty; write the address of the feed"),
        AddError::PushAddress => wrong("name", "is all that such a source has: give it one, and no address"),
        AddError::Exists { name, .. } => wrong("url", &format!("is read already, as the source {name:?}")),
        AddError::OtherKind { name, kind } => {
            wrong("kind", &format!("is another than that of the source {name:?}, which is a {}", kind_word(kind)))
        }
        AddError::NameTaken(name) => {
            wrong("name", &format!("{name:?} is another source already; give this one its own"))
        }
        AddError::StandbyAlone => wrong("standby", "is for a second source of a section; add the first one first"),
    };
    page(&app, &desk, StatusCode::UNPROCESSABLE_ENTITY, &typed, (mistakes, None)).await
}

/// A title that was found and that another source bears already is no name; its address always is one.
async fn add(app: &App, desk: &Desk, new: NewSource, is_found: bool) -> Result<sources::Added, AddError> {
    match sources::add(app, desk.actor(), &new).await {
        Err(AddError::NameTaken(_)) if is_found => {
            sources::add(app, desk.actor(), &NewSource { name: None, ..new }).await
        }
        other => other,
    }
}
