//! How a publication looks: its colours, its logo, what stands at its foot.
//!
//! Promises: a colour is `#rrggbb`; a logo of ours was read through ([`super::logo`]) and has an address made of its bytes,
//! which therefore never shows anything else, and its measures are known. That colours can be read is
//! seen to where an edition is rendered. Set at the desk alone, `accent_color` apart: no file undoes it.

use super::change::{SetUpError, difference, lock, refuse};
use super::logo::{LogoFile, read_logo};
use super::rules::{self, Mistake};
use super::store;
use super::values::{PublicationPatch, PublicationValues, Version};
use super::{Publication, PublicationId};
use crate::app::App;
use crate::base::text::one_line;
use crate::db::{StoreError, Tx, row};
use crate::operators::{Actor, Permission, audit};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

const FOOTER_CHARS_MAX: usize = 500;
const POSTAL_CHARS_MAX: usize = 300;
const ALT_CHARS_MAX: usize = 150;
/// All that were ever uploaded: mails that went out show them.
const LOGOS_MAX: i64 = 500;
/// CSS pixels; the mail is 600 wide.
pub const LOGO_WIDTHS: std::ops::RangeInclusive<i64> = 40..=400;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BrandValues {
    pub accent_color: String,
    pub accent_dark: Option<String>,
    pub footer_text: String,
    pub postal_address: Option<String>,
    pub logo_digest: Option<String>,
    pub logo_alt: String,
    pub logo_width: i64,
}

/// What is to become of it; what is None stays, an empty text takes away.
#[derive(Clone, Default, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrandPatch {
    pub accent_color: Option<String>,
    pub accent_dark: Option<String>,
    pub footer_text: Option<String>,
    pub postal_address: Option<String>,
    pub logo_alt: Option<String>,
    pub logo_width: Option<i64>,
    /// The bytes of a file, in place of any other logo.
    #[serde(skip)]
    pub logo_file: Option<Vec<u8>>,
    /// Without a logo from now on.
    pub takes_logo_away: bool,
}

impl BrandValues {
    pub fn of(it: &Publication) -> Self {
        Self {
            accent_color: it.accent_color.clone(),
            accent_dark: it.accent_dark.clone(),
            footer_text: it.footer_text.clone(),
            postal_address: it.postal_address.clone(),
            logo_digest: it.logo_digest.clone(),
            logo_alt: it.logo_alt.clone(),
            logo_width: it.logo_width,
        }
    }

    /// With the changes, checked. Nothing is written, so that a preview can show it.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn patched(self, patch: BrandPatch) -> Result<(Self, Option<LogoFile>), Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut wrong = |field, message: String| mistakes.push(Mistake { field, message });
        let mut out = self;
        let color = |typed: &str| typed.trim().to_ascii_lowercase();
        if let Some(typed) = &patch.accent_color {
            out.accent_color = color(typed);
        }
        if let Some(typed) = &patch.accent_dark {
            out.accent_dark = Some(color(typed)).filter(|it| !it.is_empty());
        }
        for (field, value) in [("accent_color", Some(&out.accent_color)), ("accent_dark", out.accent_dark.as_ref())] {
            if value.is_some_and(|it| !rules::is_color(it)) {
                wrong(field, "is not a colour; write it like \"#b45309\"".into());
            }
        }
        let mut text = |field, typed: Option<String>, old: String, chars_max: usize| {
            let Some(typed) = typed else { return old };
            let typed = one_line(&typed);
            if typed.chars().count() > chars_max {
                wrong(field, format!("is longer than {chars_max} letters"));
            }
            typed
        };
        out.footer_text = text("footer_text", patch.footer_text, out.footer_text, FOOTER_CHARS_MAX);
        let postal =
            text("postal_address", patch.postal_address, out.postal_address.unwrap_or_default(), POSTAL_CHARS_MAX);
        out.postal_address = Some(postal).filter(|it| !it.is_empty());
        out.logo_alt = text("logo_alt", patch.logo_alt, out.logo_alt, ALT_CHARS_MAX);
        out.logo_width = patch.logo_width.unwrap_or(out.logo_width);
        if !LOGO_WIDTHS.contains(&out.logo_width) {
            wrong("logo_width", format!("is {} to {} pixels", LOGO_WIDTHS.start(), LOGO_WIDTHS.end()));
        }
        let mut file = None;
        match patch.logo_file.as_deref().filter(|bytes| !bytes.is_empty()).map(read_logo) {
            Some(Ok(read)) => {
                out.logo_digest = Some(read.digest.clone());
                file = Some(read);
            }
            Some(Err(error)) => wrong("logo_file", error.to_string()),
            None => {}
        }
        if patch.takes_logo_away {
            (out.logo_digest, file) = (None, None);
        }
        if out.logo_digest.is_some() && out.logo_alt.is_empty() {
            wrong("logo_alt", "is empty; write what the logo says, for whoever does not see pictures".into());
        }
        if mistakes.is_empty() { Ok((out, file)) } else { Err(mistakes) }
    }
}

/// Changes how a publication looks, if it looks as `seen`.
///
/// # Errors
/// [`SetUpError::Invalid`] and [`SetUpError::Conflict`], before anything is written.
pub async fn change_brand(
    app: &App,
    actor: Actor,
    id: PublicationId,
    seen: &Version,
    patch: BrandPatch,
) -> Result<Version, SetUpError> {
    actor.require(Permission::Configure)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let publication = lock(&mut tx, id).await?;
    let before = BrandValues::of(&publication);
    if Version::of(&before) != *seen {
        return Err(SetUpError::Conflict);
    }
    let (values, file) = before.clone().patched(patch).map_err(SetUpError::Invalid)?;
    if let Some(file) = file {
        if store::count_logos(&mut tx).await? >= LOGOS_MAX {
            let message = format!("would be one too many: {LOGOS_MAX} were uploaded, and mails show them");
            refuse(vec![Mistake { field: "logo_file", message }])?;
        }
        store::insert_logo(&mut tx, now, &file, &BASE64.encode(&file.bytes)).await?;
    }
    if values != before {
        let patch = PublicationPatch { accent_color: Some(values.accent_color.clone()), ..PublicationPatch::default() };
        store::upsert_publication(&mut tx, now, &PublicationValues::of(&publication).patched(patch)).await?;
        store::update_brand(&mut tx, id, &values).await?;
        let detail = difference(&before, &values);
        audit::record(&mut tx, now, actor, "change_brand", ("publication", Some(id.0)), detail).await?;
        tx.commit().await?;
    }
    Ok(Version::of(&values))
}

row! {
    /// A picture of ours.
    #[derive(Clone, Debug)]
    pub(super) struct LogoRow {
        pub media_type: String,
        pub width: i64,
        pub height: i64,
        pub body: String,
    }
}

#[derive(Clone, Debug)]
pub struct Logo {
    pub media_type: String,
    pub width: i64,
    pub height: i64,
    pub bytes: Vec<u8>,
}

/// A logo by the digest of its bytes, for whoever asks.
///
/// # Errors
/// As the database says.
pub async fn find_logo(app: &App, digest: &str) -> Result<Option<Logo>, StoreError> {
    let mut tx = app.db.read().await?;
    let Some(row) = store::find_logo(&mut tx, digest).await? else { return Ok(None) };
    let bytes = BASE64.decode(row.body.as_bytes()).map_err(|_| StoreError::Corrupt("logos.body".to_owned()))?;
    Ok(Some(Logo { media_type: row.media_type, width: row.width, height: row.height, bytes }))
}

/// Width and height of a logo's file.
///
/// # Errors
/// As the database says.
pub async fn find_logo_size(tx: &mut Tx, digest: &str) -> Result<Option<(i64, i64)>, StoreError> {
    Ok(store::find_logo_size(tx, digest).await?.map(|it| (it.width, it.height)))
}

row! {
    #[derive(Clone, Copy, Debug)]
    pub(super) struct LogoSize {
        pub width: i64,
        pub height: i64,
    }
}
