//! How a publication's look gets into its editions, and a sample of it before anything is saved.
//!
//! A logo is an address on our own host, made of the picture's digest; its height follows from its file. The sample is
//! rendered by the same templates as every edition and writes nothing. Held to it by `tests/it/web/desk_look.rs`.

use super::view::{EditionView, LogoView};
use super::{EditionError, phrases::Phrases};
use crate::app::App;
use crate::base::text::one_line;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Permission};
use crate::publications::{BrandValues, Publication, find_logo_size};

/// The path of a logo of ours.
pub fn logo_path(digest: &str) -> String {
    format!("/logo/{digest}")
}

pub(super) async fn logo(app: &App, tx: &mut Tx, brand: &BrandValues) -> Result<Option<LogoView>, StoreError> {
    let Some(digest) = &brand.logo_digest else { return Ok(None) };
    let Some((width, height)) = find_logo_size(tx, digest).await? else { return Ok(None) };
    let shown_height = (brand.logo_width * height).checked_div(width).unwrap_or(0).max(1);
    Ok(Some(LogoView {
        url: app.config.site.link(&logo_path(digest)),
        alt: one_line(&brand.logo_alt),
        width: u32::try_from(brand.logo_width).unwrap_or(0),
        height: u32::try_from(shown_height).unwrap_or(0),
    }))
}

/// The publication's own, else that of the site.
pub(super) fn postal_address(app: &App, own: Option<&str>) -> String {
    one_line(own.unwrap_or(&app.config.site.postal_address))
}

/// Both parts of an invented edition in this look.
pub struct Sample {
    pub html: String,
    pub text: String,
}

/// Writes nothing.
///
/// # Errors
/// [`EditionError::Forbidden`]
pub async fn sample(
    app: &App,
    actor: Actor,
    publication: &Publication,
    brand: &BrandValues,
) -> Result<Sample, EditionError> {
    actor.require(Permission::View)?;
    let mut tx = app.db.read().await?;
    let name = one_line(&publication.name);
    let mut invented = EditionView::sample();
    // Its pictures are nowhere; a desk asks nobody for them.
    for story in invented.top.iter_mut().chain(invented.sections.iter_mut().flat_map(|it| &mut it.stories)) {
        story.image = None;
    }
    let view = EditionView {
        why: Phrases::of("en").why(&name),
        publication_name: name,
        site_name: one_line(&publication.site_name),
        site_url: publication.site_url.clone(),
        accent_color: brand.accent_color.clone(),
        accent_dark: brand.accent_dark.clone().unwrap_or_default(),
        logo: logo(app, &mut tx, brand).await?,
        footer_text: one_line(&brand.footer_text),
        postal_address: postal_address(app, brand.postal_address.as_deref()),
        ..invented
    };
    Ok(Sample { html: view.html()?, text: view.text()? })
}
