//! `/desk/publications/{slug}/look`: colours, logo, foot; with a sample edition in what is typed, before it is saved.
//!
//! The sample is a page of its own in a frame that may run and load nothing but our logo. Whether colours can be read is
//! told with the nearest ones that can: the mail uses those where a colour is text, whatever is saved here. A logo that was
//! chosen travels with the form, through every showing and every mistake, until it is saved.

use super::super::form::{Field, Kind, Wrong, compare, field, mark};
use super::super::frame::{Desk, DeskFrame, show_desk};
use super::super::places::Place;
use super::super::said::done;
use super::{Parts, find, reading, refused};
use crate::app::App;
use crate::editions::brand::{Sample, logo_path, sample};
use crate::editions::view::{Legibility, judge_accent};
use crate::operators::Permission;
use crate::publications::{
    BrandPatch, BrandValues, LOGO_BYTES_MAX, LOGO_WIDTHS, Publication, SetUpError, Version, change_brand, read_logo,
};
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::page::html;
use crate::web::upload::Upload;
use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use data_encoding::BASE64;

/// The text fields beside the picture.
const TEXT_BYTES_MAX: usize = 16 * 1024;
/// With what stands around the parts.
pub(super) const FORM_WITH_LOGO_BYTES_MAX: usize = LOGO_BYTES_MAX + KEPT_CHARS_MAX + 2 * TEXT_BYTES_MAX;
/// A logo that was chosen before, in base64.
const KEPT_CHARS_MAX: usize = LOGO_BYTES_MAX.div_ceil(3) * 4;

#[derive(Template)]
#[template(path = "desk/setup/look.html")]
struct LookPage {
    frame: DeskFrame,
    parts: Parts,
    may_configure: bool,
    seen: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
    /// Of the logo that is kept.
    logo: String,
    logo_alt: String,
    /// One that was chosen and is not saved yet.
    chosen: Option<Chosen>,
    colors: Vec<Color>,
    /// The address of the frame.
    sample: String,
    text: String,
    is_preview: bool,
}

/// A logo on its way.
#[derive(Clone)]
struct Chosen {
    media_type: &'static str,
    base64: String,
}

/// The logo that comes with a form: the file that was chosen now, else the one that was chosen before.
fn logo_of(typed: &Fields, files: Vec<(String, Vec<u8>)>) -> Option<Vec<u8>> {
    let file = files.into_iter().find(|(name, _)| name == "logo_file").map(|(_, bytes)| bytes);
    file.or_else(|| BASE64.decode(typed.get("logo_kept").as_bytes()).ok().filter(|bytes| !bytes.is_empty()))
}

/// What is no picture is not kept: the form says what is wrong with it.
fn chosen(bytes: &[u8]) -> Option<Chosen> {
    let read = read_logo(bytes).ok()?;
    Some(Chosen { media_type: read.media_type, base64: BASE64.encode(&read.bytes) })
}

/// A colour on one of the two sheets.
struct Color {
    /// Left empty, so that it follows from the other one.
    is_made: bool,
    sheet: &'static str,
    ground: &'static str,
    it: Legibility,
}

fn colors(color: &str, dark: &str) -> Vec<Color> {
    let is_made = dark.is_empty();
    let Some((light, dark)) = judge_accent(color, dark) else { return Vec::new() };
    vec![
        Color { is_made: false, sheet: "On the light sheet", ground: "#f5f0e5", it: light },
        Color { is_made, sheet: "On the dark sheet", ground: "#262420", it: dark },
    ]
}

const NAMES: [&str; 6] = ["accent_color", "accent_dark", "footer_text", "postal_address", "logo_alt", "logo_width"];

fn texts(it: &BrandValues) -> [String; 6] {
    [
        it.accent_color.clone(),
        it.accent_dark.clone().unwrap_or_default(),
        it.footer_text.clone(),
        it.postal_address.clone().unwrap_or_default(),
        it.logo_alt.clone(),
        it.logo_width.to_string(),
    ]
}

fn typed_texts(typed: &Fields) -> [String; 6] {
    NAMES.map(|name| typed.get(name).to_owned())
}

fn fields(texts: [String; 6]) -> Vec<Field> {
    let [color, dark, footer, postal, alt, width] = texts;
    let widths = Kind::Number { min: *LOGO_WIDTHS.start(), max: *LOGO_WIDTHS.end() };
    let pictures = Kind::File { accept: "image/png,image/jpeg" };
    vec![
        field(
            "accent_color",
            "Colour",
            Kind::Color,
            color,
            "Written like #b05108. For the bar at the top, rules and links.",
        )
        .required(),
        field("accent_dark", "Colour on a dark sheet", Kind::Color, dark, "Empty, it is made of the other one."),
        field(
            "logo_file",
            "Logo",
            pictures,
            "",
            "A PNG or JPEG of at most 200 kB, twice as wide as it is shown. It stands above the name.",
        ),
        field("logo_alt", "What the logo says", Kind::Text, alt, "For whoever does not see pictures."),
        field("logo_width", "Width of the logo in pixels", widths, width, "The mail is 600 wide."),
        field("footer_text", "At the foot", Kind::Area, footer, "One or two sentences that stand below every edition."),
        field(
            "postal_address",
            "Postal address",
            Kind::Area,
            postal,
            "Every edition must carry one. Empty, it is that of the house.",
        ),
    ]
}

fn patch(typed: &Fields) -> BrandPatch {
    let text = |name: &str| Some(typed.get(name).to_owned());
    BrandPatch {
        accent_color: text("accent_color"),
        accent_dark: text("accent_dark"),
        footer_text: text("footer_text"),
        postal_address: text("postal_address"),
        logo_alt: text("logo_alt"),
        logo_width: Some(typed.get("logo_width").parse().unwrap_or(-1)),
        logo_file: None,
        takes_logo_away: false,
    }
}

/// The address of a sample in this look.
fn sample_address(app: &App, it: &Publication, values: &BrandValues) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(NAMES.into_iter().zip(texts(values)));
    app.config.site.path(&format!("/desk/publications/{}/look/sample?{}", it.slug, query.finish()))
}

struct Shown {
    status: StatusCode,
    seen: Version,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    /// What the sample shows.
    values: BrandValues,
    chosen: Option<Chosen>,
    is_preview: bool,
}

async fn page(app: &App, desk: &Desk, it: &Publication, shown: Shown) -> Result<Response, Error> {
    let Shown { status, seen, fields, wrong, values, chosen, is_preview } = shown;
    let Sample { text, .. } = sample(app, desk.actor(), it, &values).await.map_err(Error::internal)?;
    let page = LookPage {
        frame: desk.frame(app, &format!("Look of {}", it.name), Place::Publications),
        parts: Parts::of(it, "look"),
        may_configure: desk.may(Permission::Configure),
        seen: seen.0,
        wrong,
        is_conflict: status == StatusCode::CONFLICT,
        here: app.config.site.path(&format!("/desk/publications/{}/look", it.slug)),
        logo: it.logo_digest.as_deref().map(|it| app.config.site.path(&logo_path(it))).unwrap_or_default(),
        logo_alt: it.logo_alt.clone(),
        chosen,
        colors: colors(&values.accent_color, values.accent_dark.as_deref().unwrap_or_default()),
        sample: sample_address(app, it, &values),
        text,
        is_preview,
        fields,
    };
    show_desk(status, &page)
}

pub(super) async fn get_look(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Error> {
    let it = find(&mut reading(&app, &desk).await?, &slug).await?;
    let values = BrandValues::of(&it);
    let shown = Shown {
        status: StatusCode::OK,
        seen: Version::of(&values),
        fields: fields(texts(&values)),
        wrong: Vec::new(),
        values,
        chosen: None,
        is_preview: false,
    };
    page(&app, &desk, &it, shown).await
}

pub(super) async fn post_look(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    desk.require(Permission::Configure)?;
    let Upload { fields: typed, files } = Upload::read(request, FORM_WITH_LOGO_BYTES_MAX).await?;
    let it = find(&mut app.db.read().await?, &slug).await?;
    let now = BrandValues::of(&it);
    let seen = Version(typed.get("seen").to_owned());
    let mut patch = patch(&typed);
    patch.takes_logo_away = typed.get("do") == "take_logo_away";
    let logo = logo_of(&typed, files).filter(|_| !patch.takes_logo_away);
    let chosen = logo.as_deref().and_then(chosen);
    let mut shown_fields = fields(typed_texts(&typed));
    let has_logo = logo.is_some();
    patch.logo_file = logo;
    if typed.get("do") == "preview" {
        let (values, mistakes) = match now.clone().patched(patch) {
            // The sample shows pictures that are kept, and this one is not yet.
            Ok((values, _)) => (BrandValues { logo_digest: now.logo_digest, ..values }, Vec::new()),
            Err(mistakes) => (now, mistakes),
        };
        let wrong = mark(&mut shown_fields, &mistakes);
        let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let is_preview = wrong.is_empty();
        let shown = Shown { status, seen, fields: shown_fields, wrong, values, chosen, is_preview };
        return page(&app, &desk, &it, shown).await;
    }
    let (status, mistakes) = match change_brand(&app, desk.actor(), it.id, &seen, patch).await {
        Ok(_) => {
            let here = format!("/desk/publications/{slug}/look");
            let told = match (has_logo, typed.get("do"), now.logo_digest.is_some()) {
                (true, ..) => "Saved, with the new logo. The next draft looks like this.",
                (false, "take_logo_away", _) => "Saved, and the logo is taken away. The next draft looks like this.",
                (false, _, true) => "Saved. No file was chosen, so the logo stays. The next draft looks like this.",
                (false, _, false) => "Saved, without a logo: no file was chosen. The next draft looks like this.",
            };
            return Ok(done(&app, &here, told));
        }
        Err(SetUpError::Invalid(mistakes)) => (StatusCode::UNPROCESSABLE_ENTITY, mistakes),
        Err(SetUpError::Conflict) => (StatusCode::CONFLICT, Vec::new()),
        Err(error) => return Err(refused(error)),
    };
    let wrong = mark(&mut shown_fields, &mistakes);
    let it = find(&mut app.db.read().await?, &slug).await?;
    let values = BrandValues::of(&it);
    let is_conflict = status == StatusCode::CONFLICT;
    if is_conflict {
        compare(&mut shown_fields, &fields(texts(&values)));
    }
    let seen = if is_conflict { Version::of(&values) } else { seen };
    let shown = Shown { status, seen, fields: shown_fields, wrong, values, chosen, is_preview: false };
    page(&app, &desk, &it, shown).await
}

/// `GET /desk/publications/{slug}/look/sample`: the sample itself, in the look of the query.
pub(super) async fn get_sample(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Response, Error> {
    let it = find(&mut reading(&app, &desk).await?, &slug).await?;
    let asked = Fields::of_text(request.uri().query().unwrap_or_default());
    let kept = BrandValues::of(&it);
    // What cannot be is shown as it is kept: the page around it says what is wrong.
    let values = kept.clone().patched(patch(&asked)).map_or(kept, |(values, _)| values);
    let Sample { html: page, .. } = sample(&app, desk.actor(), &it, &values).await.map_err(Error::internal)?;
    let mut response = html(StatusCode::OK, page);
    let origin = app.config.site.base_url.origin().ascii_serialization();
    let policy = format!(
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' {origin}; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
