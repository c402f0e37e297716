//! The checks that stand before an approval: what keeps an edition from going out, and what an editor should know of it,
//! each with its next step.
//!
//! Red is what would harm readers or use up stories for nothing: nobody approves over it. A warning is told and stops
//! nothing: a newsroom's picture server that is slow at 18:20 must not cost its readers the evening. What the web was
//! asked ([`super::links`]) counts as long as the edition is the one that it was asked for.

use super::breaking;
use super::model::{Edition, EditionKind, EditionState, Item, Placement};
use super::render::{Frame, Whole};
use super::verbs::EditionError;
use super::{PREFERENCES_MARK, UNSUBSCRIBE_MARK, store};
use crate::app::App;
use crate::base::limits::EDITION_BYTES_MAX;
use crate::base::text::collapse_spaces;
use crate::config::{is_loopback, is_sample_postal_address};
use crate::db::{Tx, text_enum};
use crate::gather::{self, ArticleId};
use crate::lint::{self, Rule};
use crate::subscribers;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

text_enum! {
    pub enum Severity {
        /// It cannot go out like this.
        Red = "red",
        /// It can, and an editor should know.
        Warning = "warning",
    }
}

text_enum! {
    /// What was looked at.
    pub enum CheckKind {
        Stories = "stories",
        Audience = "audience",
        Subject = "subject",
        Size = "size",
        /// Still published at their sources.
        Withdrawn = "withdrawn",
        /// Links that lead to this very machine.
        Loopback = "loopback",
        Excerpt = "excerpt",
        Duplicate = "duplicate",
        AltText = "alt_text",
        /// Words of an editor that the story's place does not show.
        Note = "note",
        Links = "links",
        Images = "images",
        /// The mail as a receiver sees it: what `lamplighter inspect mail` finds.
        Mail = "mail",
        /// Breaking editions of a day.
        Limit = "limit",
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Check {
    pub severity: Severity,
    pub kind: CheckKind,
    /// None if it is of the edition as a whole.
    pub article_id: Option<ArticleId>,
    /// What is wrong, and what to do.
    pub message: String,
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl Check {
    pub(super) fn red(kind: CheckKind, article_id: Option<ArticleId>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Red, kind, article_id, message: message.into() }
    }

    pub(super) fn warning(kind: CheckKind, article_id: Option<ArticleId>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, kind, article_id, message: message.into() }
    }

    pub fn is_red(&self) -> bool {
        self.severity == Severity::Red
    }
}

/// Everything that is to be said of an edition now, red first; empty is green.
///
/// # Errors
/// As rendering and the database say.
pub async fn checks(app: &App, tx: &mut Tx, edition: &Edition) -> Result<Vec<Check>, EditionError> {
    let items = store::list_items(tx, edition.id).await?;
    let mut found = of_items(&items);
    if !subscribers::has_active(tx, edition.publication_id).await? {
        let message = "nobody is subscribed yet, and its stories would be used up; add somebody with `lamplighter \
                       subscriber add`, or let readers sign up";
        found.push(Check::red(CheckKind::Audience, None, message));
    }
    if let Some(full) = breaking::day_is_full(tx, edition).await? {
        found.push(Check::red(CheckKind::Limit, None, full));
    }
    if edition.subject.trim().is_empty() {
        found.push(Check::red(CheckKind::Subject, None, "it has no subject"));
    }
    if matches!(edition.state, EditionState::Drafted | EditionState::InReview) {
        let frame = Frame::load(app, tx, edition).await?;
        if is_sample_postal_address(frame.postal_address()) {
            let message =
                "at its foot stands the postal address of the example; write the newsroom's own at Set-up, Look";
            found.push(Check::warning(CheckKind::Mail, None, message));
        }
        if let Some(whole) = Whole::of(&frame, edition, &items)? {
            found.extend(of_mail(app, &whole));
        }
    }
    // A correction is due the more when its article was taken down.
    let may_be_gone = edition.kind == EditionKind::Correction;
    let ids: Vec<ArticleId> = shown(&items).filter(|_| !may_be_gone).map(|item| item.article_id).collect();
    for gather::Withdrawn { title, .. } in gather::list_withdrawn(tx, &ids).await? {
        let message =
            format!("{title:?} was withdrawn by its source; `lamplighter edition check` takes it out of the edition");
        found.push(Check::red(CheckKind::Withdrawn, None, message));
    }
    if !app.config.site.is_loopback() {
        for item in shown(&items).filter(|item| url::Url::parse(&item.story.url).is_ok_and(|url| is_loopback(&url))) {
            let message = format!("article {} links to this very machine: {}", item.article_id, item.story.url);
            found.push(Check::red(CheckKind::Loopback, Some(item.article_id), message));
        }
    }
    if edition.findings_revision == Some(edition.revision) {
        found.extend(store::list_findings(tx, edition.id).await?.found);
    }
    found.sort_by_key(|check| !check.is_red());
    Ok(found)
}

/// What a receiver would object to, by the eyes of `lamplighter inspect mail`.
fn of_mail(app: &App, whole: &Whole) -> Vec<Check> {
    let mut found = Vec::new();
    let bytes = whole.size();
    if bytes > EDITION_BYTES_MAX {
        let message = format!(
            "its HTML is {bytes} bytes and mailbox providers clip at {EDITION_BYTES_MAX}; set full_items_max lower"
        );
        found.push(Check::red(CheckKind::Size, None, message));
    }
    // Delivery fills the marks in: links to pages of ours, as far as these eyes can see.
    let filled = |part: &str| {
        let unsubscribe = app.config.site.link("/unsubscribe/");
        part.replace(UNSUBSCRIBE_MARK, &unsubscribe).replace(PREFERENCES_MARK, &app.config.site.link("/preferences/"))
    };
    for it in lint::lint_parts(&filled(&whole.html), &filled(&whole.text), &whole.subject) {
        // Sizes and links to this machine have checks of their own, that know the stories.
        if matches!(it.rule, Rule::HtmlSize | Rule::Loopback) {
            continue;
        }
        match it.severity {
            lint::Severity::Error => found.push(Check::red(CheckKind::Mail, None, in_words(&it))),
            lint::Severity::Warning => found.push(Check::warning(CheckKind::Mail, None, in_words(&it))),
            lint::Severity::Note => {}
        }
    }
    found
}

fn in_words(it: &lint::Finding) -> String {
    match &it.place.excerpt {
        Some(excerpt) => format!("{} ({}, at {excerpt:?})", it.message, it.rule.id()),
        None => format!("{} ({})", it.message, it.rule.id()),
    }
}

pub(super) fn shown(items: &[Item]) -> impl Iterator<Item = &Item> {
    items.iter().filter(|item| item.placement != Placement::Hidden)
}

/// An edition of nothing would go to nobody.
pub(super) fn without_stories(items: &[Item]) -> Option<Check> {
    let message = "it holds no story; draft it again once there is one";
    shown(items).next().is_none().then(|| Check::red(CheckKind::Stories, None, message))
}

/// What the items alone show. Pure.
fn of_items(items: &[Item]) -> Vec<Check> {
    let mut found = Vec::new();
    found.extend(without_stories(items));
    let mut by_headline: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
    for item in shown(items).filter(|item| item.placement != Placement::Overflow) {
        by_headline.entry(collapse_spaces(&item.shown_headline().to_lowercase())).or_default().push(item);
    }
    for same in by_headline.values().filter(|same| same.len() > 1) {
        let Some(last) = same.last() else { continue };
        let message = format!(
            "{} stories are called {:?}; change a headline, or hide all but one",
            same.len(),
            last.shown_headline()
        );
        found.push(Check::red(CheckKind::Duplicate, Some(last.article_id), message));
    }
    let has_note = |item: &&Item| item.note.as_ref().is_some_and(|note| !note.trim().is_empty());
    for item in shown(items).filter(|item| !matches!(item.placement, Placement::Top | Placement::Full)).filter(has_note)
    {
        let message = format!(
            "{:?} stands there by its headline alone, without the note under it; give it a place with its excerpt",
            item.shown_headline()
        );
        found.push(Check::warning(CheckKind::Note, Some(item.article_id), message));
    }
    for item in shown(items).filter(|item| matches!(item.placement, Placement::Top | Placement::Full)) {
        if item.shown_excerpt().trim().is_empty() {
            let message = format!("{:?} says nothing below its headline; write an excerpt", item.shown_headline());
            found.push(Check::warning(CheckKind::Excerpt, Some(item.article_id), message));
        }
        if item.shown_image().is_some_and(|image| image.alt.trim().is_empty()) {
            let message =
                format!("the image of {:?} has no description for those who do not see it", item.shown_headline());
            found.push(Check::warning(CheckKind::AltText, Some(item.article_id), message));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editions::fixtures::titled_item as item;
    use crate::editions::model::ChosenImage;
    use crate::gather::html::Image;

    #[test]
    fn what_an_editor_should_see_is_found() {
        let mut items = vec![item(1, "Harbour opens"), item(2, "Ferry sails"), item(3, "Bridge closes")];
        assert_eq!(of_items(&items), []);
        items[1].headline = Some(" HARBOUR  opens".to_owned());
        items[2].story.excerpt = " ".to_owned();
        let kinds: Vec<_> = of_items(&items).into_iter().map(|it| (it.kind, it.severity)).collect();
        assert_eq!(kinds, [(CheckKind::Duplicate, Severity::Red), (CheckKind::Excerpt, Severity::Warning)]);
        items[1].placement = Placement::Hidden;
        items[2].excerpt = Some("The captain said so.".to_owned());
        assert_eq!(of_items(&items), []);
    }

    #[test]
    fn a_note_that_its_place_does_not_show_is_told() {
        let mut items = vec![item(1, "Harbour opens"), item(2, "Ferry sails")];
        items[1].note = Some("From our archive.".to_owned());
        assert_eq!(of_items(&items), []);
        items[1].placement = Placement::Headline;
        let found = of_items(&items);
        assert_eq!((found.len(), found[0].kind, found[0].is_red()), (1, CheckKind::Note, false));
        assert_eq!(found[0].article_id, Some(items[1].article_id));
    }

    #[test]
    fn an_image_without_a_description_is_told_and_an_edition_of_nothing_is_refused() {
        let mut items = vec![item(1, "Harbour opens")];
        let image = Image { url: "https://gazette.example/a.jpg".into(), ..Image::default() };
        items[0].story.image = Some(image.clone());
        assert_eq!(of_items(&items)[0].kind, CheckKind::AltText);
        items[0].image = Some(ChosenImage::This(Image { alt: "A harbour".into(), ..image }));
        assert_eq!(of_items(&items), []);
        items[0].image = Some(ChosenImage::None);
        assert_eq!(of_items(&items), []);
        items[0].placement = Placement::Hidden;
        assert!(of_items(&items)[0].is_red());
    }
}
