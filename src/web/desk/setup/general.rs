//! `GET|POST /desk/publications/{slug}`: name, language, zone, who approves, and the limits of an edition.

use super::super::form::{
    Field, Kind, Wrong, compare, field, language_of, languages, mark, web_address, zone_of, zones,
};
use super::super::frame::{Desk, DeskFrame, show_desk};
use super::super::places::Place;
use super::super::said::done;
use super::{Parts, find, reading, refused};
use crate::app::App;
use crate::operators::Permission;
use crate::publications::{
    Approval, PublicationPatch, PublicationValues, SetUpError, UncertainPolicy, Version, change_publication,
};
use crate::web::error::Error;
use crate::web::fields::Fields;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/setup/general.html")]
struct GeneralPage {
    frame: DeskFrame,
    parts: Parts,
    may_configure: bool,
    is_of_file: bool,
    seen: String,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
    is_conflict: bool,
    here: String,
    zones: Vec<&'static str>,
}

/// What a form says, as texts: from the values that are stored, or from what was typed.
struct Texts(Vec<(&'static str, String)>);

const NAMES: [&str; 16] = [
    "name",
    "description",
    "language",
    "time_zone",
    "site_name",
    "site_url",
    "from_mailbox",
    "reply_to",
    "approval",
    "uncertain_policy",
    "min_items",
    "full_items_max",
    "headline_items_max",
    "late_send_limit_minutes",
    "breaking_per_day_max",
    "top_to_all",
];

impl Texts {
    fn stored(it: &PublicationValues) -> Self {
        let tick = if it.top_to_all { "yes" } else { "" };
        let texts = [
            it.name.clone(),
            it.description.clone(),
            it.language.clone(),
            it.time_zone.clone(),
            it.site_name.clone(),
            it.site_url.clone(),
            it.from_mailbox.clone().unwrap_or_default(),
            it.reply_to.clone().unwrap_or_default(),
            it.approval.to_string(),
            it.uncertain_policy.to_string(),
            it.min_items.to_string(),
            it.full_items_max.to_string(),
            it.headline_items_max.to_string(),
            it.late_send_limit_minutes.to_string(),
            it.breaking_per_day_max.to_string(),
            tick.to_owned(),
        ];
        Self(NAMES.into_iter().zip(texts).collect())
    }

    fn typed(fields: &Fields) -> Self {
        Self(NAMES.into_iter().map(|name| (name, fields.get(name).to_owned())).collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(it, _)| *it == name).map_or("", |(_, text)| text)
    }

    fn fields(&self) -> Vec<Field> {
        let choice = |list: &[(&str, &str)]| {
            Kind::Choice(list.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect())
        };
        let approval = choice(&[
            ("auto", "By itself, when all checks are green"),
            ("manual", "One person approves"),
            ("four_eyes", "Two people approve the same draft"),
        ]);
        let uncertain = choice(&[("hold", "Leave it, and let a person decide"), ("resend_once", "Send it once more")]);
        let is = |name: &'static str, label: &'static str, kind: Kind, hint: &'static str| {
            field(name, label, kind, self.get(name), hint)
        };
        let number = |min, max| Kind::Number { min, max };
        vec![
            is("name", "Name", Kind::Text, "As readers see it in their mailbox.").required(),
            is("description", "In one sentence", Kind::Area, "Shown where people sign up."),
            is(
                "language",
                "Language",
                Kind::Language(languages()),
                "Of its words around the stories. Choose one, or type its name.",
            )
            .required(),
            is("time_zone", "Time zone", Kind::Zone, "All its times are told in this zone. Type a city and choose.")
                .required(),
            is("site_name", "Name of your site", Kind::Text, "Above the newsletter's name, if it is another.")
                .required(),
            is("site_url", "Address of your site", Kind::Url, "Where the newsletter's head leads to."),
            is(
                "from_mailbox",
                "From",
                Kind::Text,
                "Like: Evening Lamp <evening@news.example>. Empty, it is that of lamplighter.toml.",
            ),
            is(
                "reply_to",
                "Answers go to",
                Kind::Text,
                "A mailbox that somebody reads. Empty, answers go to the sender.",
            ),
            is("approval", "An edition goes out", approval, "A change counts at once, for tonight's draft too."),
            is(
                "uncertain_policy",
                "A mail that may have been lost",
                uncertain,
                "When a connection breaks after the last byte.",
            ),
            is(
                "min_items",
                "Fewest stories",
                number(1, 100),
                "With fewer, the day rolls into the next edition. Looked at when it is drafted.",
            ),
            is("full_items_max", "Most stories in full", number(1, 30), "With picture and first lines."),
            is("headline_items_max", "Most headlines", number(0, 100), "Below the stories in full."),
            is(
                "late_send_limit_minutes",
                "Latest, in minutes after the send time",
                number(0, 1440),
                "Later than this an edition is not sent.",
            ),
            is(
                "breaking_per_day_max",
                "Breaking editions in a day",
                number(0, 24),
                "0 means that readers are not offered them.",
            ),
            is("top_to_all", "The top story goes to readers of other sections too", Kind::Tick, ""),
        ]
    }
}

/// A number as it was typed; what is none fails at the rule, which names the range.
fn number(fields: &Fields, name: &str) -> Option<i64> {
    Some(fields.get(name).parse().unwrap_or(-1))
}

fn patch(typed: &Fields) -> PublicationPatch {
    let text = |name: &str| Some(typed.get(name).to_owned());
    PublicationPatch {
        name: text("name"),
        description: text("description"),
        language: Some(language_of(typed.get("language"))),
        time_zone: Some(zone_of(typed.get("time_zone"))),
        site_name: text("site_name"),
        site_url: Some(web_address(typed.get("site_url"))),
        from_mailbox: text("from_mailbox"),
        reply_to: text("reply_to"),
        accent_color: None,
        approval: Approval::parse(typed.get("approval")),
        uncertain_policy: UncertainPolicy::parse(typed.get("uncertain_policy")),
        min_items: number(typed, "min_items"),
        full_items_max: number(typed, "full_items_max"),
        headline_items_max: number(typed, "headline_items_max"),
        late_send_limit_minutes: number(typed, "late_send_limit_minutes"),
        top_to_all: Some(typed.get("top_to_all") == "yes"),
        breaking_per_day_max: number(typed, "breaking_per_day_max"),
    }
}

pub(super) async fn get_general(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
) -> Result<Response, Error> {
    let mut tx = reading(&app, &desk).await?;
    let it = find(&mut tx, &slug).await?;
    let values = PublicationValues::of(&it);
    let page = GeneralPage {
        frame: desk.frame(&app, &it.name, Place::Publications),
        parts: Parts::of(&it, "general"),
        may_configure: desk.may(Permission::Configure),
        is_of_file: it.declared.is_some(),
        seen: Version::of(&values).0,
        fields: Texts::stored(&values).fields(),
        wrong: Vec::new(),
        is_conflict: false,
        here: String::new(),
        zones: zones(),
    };
    show_desk(StatusCode::OK, &page)
}

pub(super) async fn post_general(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    typed: Fields,
) -> Result<Response, Error> {
    let it = find(&mut app.db.read().await?, &slug).await?;
    let seen = Version(typed.get("seen").to_owned());
    let here = format!("/desk/publications/{}", it.slug);
    let (status, mistakes) = match change_publication(&app, desk.actor(), it.id, &seen, patch(&typed)).await {
        Ok(_) => return Ok(done(&app, &here, "Saved. It holds at once, also for a draft that has not gone out yet.")),
        Err(SetUpError::Invalid(mistakes)) => (StatusCode::UNPROCESSABLE_ENTITY, mistakes),
        Err(SetUpError::Conflict) => (StatusCode::CONFLICT, Vec::new()),
        Err(error) => return Err(refused(error)),
    };
    let is_conflict = status == StatusCode::CONFLICT;
    let mut fields = Texts::typed(&typed).fields();
    let wrong = mark(&mut fields, &mistakes);
    let now = PublicationValues::of(&find(&mut app.db.read().await?, &slug).await?);
    if is_conflict {
        compare(&mut fields, &Texts::stored(&now).fields());
    }
    let page = GeneralPage {
        frame: desk.frame(&app, &it.name, Place::Publications),
        parts: Parts::of(&it, "general"),
        may_configure: true,
        is_of_file: it.declared.is_some(),
        // Whoever saves again has seen what is so now.
        seen: if is_conflict { Version::of(&now).0 } else { seen.0 },
        fields,
        wrong,
        is_conflict,
        here: app.config.site.path(&here),
        zones: zones(),
    };
    show_desk(status, &page)
}
