//! What is left to do in a house that is new: a name, a source, a first draft.

use super::super::frame::Desk;
use crate::db::{StoreError, Tx};
use crate::editions::{self, EditionFilter};
use crate::gather::list_source_health;
use crate::operators::Permission;
use crate::publications::list_publications;

/// Planned ones come first: three for each slot.
const EDITIONS_SEEN: i64 = 70;

/// Shown until the first draft is there.
pub(in crate::web::desk) struct FirstSteps {
    pub steps: Vec<Step>,
    pub may_configure: bool,
}

pub(in crate::web::desk) struct Step {
    pub title: &'static str,
    pub about: &'static str,
    /// Empty where it is not this step's turn.
    pub path: String,
    pub link: &'static str,
    pub is_done: bool,
}

/// None once everything is done.
///
/// # Errors
/// As the database says.
pub(in crate::web::desk) async fn first_steps(tx: &mut Tx, desk: &Desk) -> Result<Option<FirstSteps>, StoreError> {
    let publications = list_publications(tx).await?;
    let sources = list_source_health(tx).await?;
    let editions = editions::list_editions(tx, &EditionFilter::default(), EDITIONS_SEEN).await?;
    let has_draft = editions.iter().any(|it| it.state != editions::EditionState::Planned);
    let (is_named, is_fed) = (!publications.is_empty(), !sources.is_empty());
    if is_named && is_fed && has_draft {
        return Ok(None);
    }
    let slug = publications.first().map(|it| it.slug.clone()).unwrap_or_default();
    let open = |is_open: bool, path: String| if is_open { path } else { String::new() };
    let steps = vec![
        Step {
            title: "Name your newsletter",
            about: "Its name, its language, and when it goes out.",
            path: open(!is_named, "/desk/new-publication".to_owned()),
            link: "Name it",
            is_done: is_named,
        },
        Step {
            title: "Add a source",
            about: "The address of your site is enough; what it can be read by is found for you.",
            path: open(is_named && !is_fed, format!("/desk/add-source?publication={slug}")),
            link: "Add one",
            is_done: is_fed,
        },
        Step {
            title: "Look at tonight's draft",
            about: "It is made at the cutoff by itself; look at it before it goes out.",
            path: open(is_named && is_fed, "/desk".to_owned()),
            link: "To tonight",
            is_done: has_draft,
        },
    ];
    Ok(Some(FirstSteps { steps, may_configure: desk.may(Permission::Configure) }))
}
