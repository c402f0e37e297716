//! `/api/v1/publications/{slug}/look` and `/logo`: how a publication looks, its logo, and a sample before it is saved.

use super::bearer::Bearer;
use super::contract::{Contract, Endpoint, Kind};
use super::json;
use super::publications::find;
use super::setup::refused;
use crate::app::App;
use crate::editions::brand::{logo_path, sample};
use crate::editions::view::{Legibility, judge_accent};
use crate::operators::Permission;
use crate::operators::tokens::Scope;
use crate::publications::{
    BrandPatch, BrandValues, LOGO_BYTES_MAX, Publication, SetUpError, Version, change_brand, find_logo_size,
};
use crate::web::error::Error;
use crate::web::fields::{body_up_to, media_type};
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;

const GROUP: &str = "Set-up";
/// As a program sends a file; what it is is told by its bytes.
const FILE: &str = "application/octet-stream";

pub(super) fn routes(contract: Contract) -> Contract {
    let change = |endpoint: Endpoint| {
        endpoint
            .scope(Scope::Configure)
            .answers::<Look>(200, "How it looks then.")
            .refuses(409, "It was changed since; look at it again.")
    };
    let version = Kind::Text { chars_max: 64 };
    contract
        .route(
            Endpoint::get("/publications/{slug}/look", "getLook", GROUP, "How a publication looks")
                .about("Colours, with whether they can be read as text; the logo; what stands at the foot.")
                .answers::<Look>(200, "It."),
            get_look,
        )
        .route(
            change(Endpoint::patch("/publications/{slug}/look", "changeLook", GROUP, "Change how a publication looks"))
                .about(
                    "A field that is not there leaves what is; an empty text takes away. The next draft looks like it.",
                )
                .takes::<ChangeLook>()
                .example(r##"{"version": "3f2a", "change": {"accent_color": "#0b5c6b"}}"##),
            patch_look,
        )
        .route(
            Endpoint::post("/publications/{slug}/look/sample", "sampleLook", GROUP, "A sample edition in a look")
                .about("As the mail would be with these changes. Writes nothing.")
                .scope(Scope::Read)
                .key(super::contract::Key::None)
                .takes::<SampleOf>()
                .example(r##"{"change": {"accent_color": "#0b5c6b"}}"##)
                .answers::<ShownSample>(200, "Both parts of the mail."),
            post_sample,
        )
        .route(
            change(Endpoint::put("/publications/{slug}/logo", "setLogo", GROUP, "Give it a logo"))
                .about("A PNG or JPEG of at most 200 kB, as it is; it is told by its bytes. In place of any other.")
                .query_needed("version", version.clone(), "The look's version that you saw.")
                .query(
                    "alt",
                    Kind::Text { chars_max: 150 },
                    "What it says, for whoever does not see it; else as it was.",
                )
                .takes_file(FILE, LOGO_BYTES_MAX),
            put_logo,
        )
        .route(
            change(Endpoint::delete("/publications/{slug}/logo", "removeLogo", GROUP, "Take its logo away"))
                .about("Mails that went out still show it.")
                .query_needed("version", version, "The look's version that you saw."),
            delete_logo,
        )
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Look {
    /// A change names it.
    version: String,
    /// `#rrggbb`
    accent_color: String,
    /// On the dark sheet; null: made of the other one.
    accent_dark: Option<String>,
    footer_text: String,
    /// Null: that of the house.
    postal_address: Option<String>,
    logo: Option<ShownLogo>,
    /// On the light sheet.
    on_light: Option<Readable>,
    on_dark: Option<Readable>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Logo)]
struct ShownLogo {
    url: String,
    alt: String,
    /// CSS pixels in the mail.
    shown_width: i64,
    /// Of the file.
    width: Option<i64>,
    height: Option<i64>,
}

/// How the colour reads as text.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = ColorReadable)]
struct Readable {
    color: String,
    /// `4.5:1` is what is wanted.
    contrast: String,
    is_enough: bool,
    /// What the mail takes where the colour is text.
    nearest: String,
}

impl From<Legibility> for Readable {
    fn from(it: Legibility) -> Self {
        Self { contrast: it.ratio(), color: it.color, is_enough: it.is_enough, nearest: it.nearest }
    }
}

#[derive(Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
struct LookChange {
    /// `#rrggbb`
    accent_color: Option<String>,
    accent_dark: Option<String>,
    footer_text: Option<String>,
    postal_address: Option<String>,
    logo_alt: Option<String>,
    #[schema(minimum = 40, maximum = 400)]
    logo_width: Option<i64>,
}

impl From<LookChange> for BrandPatch {
    fn from(it: LookChange) -> Self {
        let LookChange { accent_color, accent_dark, footer_text, postal_address, logo_alt, logo_width } = it;
        Self { accent_color, accent_dark, footer_text, postal_address, logo_alt, logo_width, ..Self::default() }
    }
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeLook {
    version: String,
    change: LookChange,
}

#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SampleOfLook)]
struct SampleOf {
    #[serde(default)]
    change: LookChange,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = LookSample)]
struct ShownSample {
    html: String,
    text: String,
}

async fn shown(app: &App, slug: &str) -> Result<Json<Look>, Error> {
    let it = find(app, slug).await?;
    let values = BrandValues::of(&it);
    let version = Version::of(&values).0;
    let judged = judge_accent(&values.accent_color, values.accent_dark.as_deref().unwrap_or_default());
    let (on_light, on_dark) = judged.map_or((None, None), |(light, dark)| (Some(light.into()), Some(dark.into())));
    let logo = match &values.logo_digest {
        None => None,
        Some(digest) => {
            let size = find_logo_size(&mut app.db.read().await?, digest).await?;
            Some(ShownLogo {
                url: app.config.site.link(&logo_path(digest)),
                alt: values.logo_alt,
                shown_width: values.logo_width,
                width: size.map(|(width, _)| width),
                height: size.map(|(_, height)| height),
            })
        }
    };
    Ok(Json(Look {
        version,
        accent_color: values.accent_color,
        accent_dark: values.accent_dark,
        footer_text: values.footer_text,
        postal_address: values.postal_address,
        logo,
        on_light,
        on_dark,
    }))
}

async fn change(
    app: &App,
    bearer: &Bearer,
    it: &Publication,
    seen: String,
    patch: BrandPatch,
) -> Result<Json<Look>, Error> {
    change_brand(app, bearer.0.actor(), it.id, &Version(seen), patch).await.map_err(refused)?;
    shown(app, &it.slug).await
}

async fn get_look(State(app): State<App>, bearer: Bearer, Path(slug): Path<String>) -> Result<Json<Look>, Error> {
    bearer.0.actor().require(Permission::View)?;
    shown(&app, &slug).await
}

async fn patch_look(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Json<Look>, Error> {
    let ChangeLook { version, change: wanted } = json::read(request).await?;
    let it = find(&app, &slug).await?;
    change(&app, &bearer, &it, version, wanted.into()).await
}

async fn post_sample(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    request: Request,
) -> Result<Json<ShownSample>, Error> {
    let SampleOf { change } = json::read(request).await?;
    let it = find(&app, &slug).await?;
    let patched = BrandValues::of(&it).patched(change.into());
    let (values, _) = patched.map_err(|mistakes| refused(SetUpError::Invalid(mistakes)))?;
    let made = sample(&app, bearer.0.actor(), &it, &values).await.map_err(super::editions::refused)?;
    Ok(Json(ShownSample { html: made.html, text: made.text }))
}

#[derive(serde::Deserialize)]
struct Seen {
    version: String,
    alt: Option<String>,
}

async fn put_logo(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    Query(seen): Query<Seen>,
    request: Request,
) -> Result<Json<Look>, Error> {
    if !matches!(media_type(request.headers()).as_str(), FILE | "image/png" | "image/jpeg") {
        let public = "Send the picture as image/png, image/jpeg or application/octet-stream.";
        return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", "Not a picture", public));
    }
    let bytes = body_up_to(LOGO_BYTES_MAX, request).await?;
    if bytes.is_empty() {
        return Err(json::unfit("logo_file", "The body is empty; send the picture as it is.".to_owned()));
    }
    let it = find(&app, &slug).await?;
    let patch = BrandPatch { logo_alt: seen.alt, logo_file: Some(bytes.to_vec()), ..BrandPatch::default() };
    change(&app, &bearer, &it, seen.version, patch).await
}

async fn delete_logo(
    State(app): State<App>,
    bearer: Bearer,
    Path(slug): Path<String>,
    Query(seen): Query<Seen>,
) -> Result<Json<Look>, Error> {
    let it = find(&app, &slug).await?;
    let patch = BrandPatch { takes_logo_away: true, ..BrandPatch::default() };
    change(&app, &bearer, &it, seen.version, patch).await
}
