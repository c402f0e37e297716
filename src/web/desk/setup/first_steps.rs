//! What is left to do in a house that is new, from a name to a backup; each with where it is done, and whether it is.
//!
//! It is told until the first edition has gone out. Held to it by `tests/it/web/desk_setup.rs`.

use super::super::frame::Desk;
use crate::app::App;
use crate::config::is_sample_postal_address;
use crate::doctor::find_last_visit;
use crate::editions::{self, EditionFilter};
use crate::gather::list_source_health;
use crate::operators::Permission;
use crate::publications::list_publications;
use crate::service::find_last_backup;
use crate::subscribers;
use crate::web::error::Error;

/// Planned ones come first: three for each slot.
const EDITIONS_SEEN: i64 = 70;
/// Domains that nobody can have, and those of examples: nothing that is sent from them arrives.
const SAMPLE_ENDS: [&str; 5] = ["example", "test", "invalid", "localhost", "local"];
/// A relay as lamplighter.toml names it.
const RELAY_LINES: &str = "[[relay]]
url = \"smtp://mail.your-provider.example:587\"
username = \"your-login\"
password_file = \"relay.password\"";
const SAMPLE_DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];

pub(in crate::web::desk) struct FirstSteps {
    pub steps: Vec<Step>,
    pub may_configure: bool,
    /// Once there is a draft, the rest of them stands behind one line.
    pub is_folded: bool,
}

impl FirstSteps {
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|it| it.is_done).count()
    }

    /// What comes next.
    pub fn next(&self) -> &'static str {
        self.steps.iter().find(|it| !it.is_done).map_or("", |it| it.title)
    }
}

pub(in crate::web::desk) struct Step {
    pub title: &'static str,
    pub about: String,
    /// What to write into a file, to the letter; mostly nothing.
    pub lines: &'static str,
    /// Empty where it cannot be done yet, or not at the desk.
    pub path: String,
    /// What has to be done before it.
    pub waits_for: &'static str,
    pub link: &'static str,
    pub is_done: bool,
    /// Done by the button itself: the path is posted to.
    pub is_deed: bool,
    /// The first that is not done.
    pub is_next: bool,
}

/// Whether mail from this domain cannot be a newsroom's own.
fn is_sample(domain: &str) -> bool {
    let last = domain.rsplit('.').next().unwrap_or(domain);
    let is_below = |sample: &&str| *domain == **sample || domain.ends_with(&format!(".{sample}"));
    SAMPLE_ENDS.contains(&last) || SAMPLE_DOMAINS.iter().any(is_below)
}

/// What of a relay's address is this very machine: a trial's.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// None once an edition has gone out, or everything is done.
///
/// # Errors
/// As the database says.
pub(in crate::web::desk) async fn first_steps(app: &App, desk: &Desk) -> Result<Option<FirstSteps>, Error> {
    let mut tx = app.db.read().await?;
    let editions = editions::list_editions(&mut tx, &EditionFilter::default(), EDITIONS_SEEN).await?;
    if editions.iter().any(|it| it.sealed_at.is_some()) {
        return Ok(None);
    }
    let publications = list_publications(&mut tx).await?;
    let is_fed = !list_source_health(&mut tx).await?.is_empty();
    let mut has_readers = false;
    for it in &publications {
        has_readers |= subscribers::has_active(&mut tx, it.id).await?;
    }
    drop(tx);
    let visit = find_last_visit(app, desk.actor()).await.map_err(|error| Error::internal(error.to_string()))?;
    let is_sound = visit.is_some_and(|it| !it.is_running && it.error.is_none() && it.count("fail") == 0);
    let has_backup = find_last_backup(&app.db).await?.is_some();
    let has_draft = editions.iter().any(|it| it.state != editions::EditionState::Planned);
    let is_named = !publications.is_empty();
    let slug = publications.first().map(|it| it.slug.clone()).unwrap_or_default();
    let own = publications.first().and_then(|it| it.from_mailbox.clone());
    let from = own.unwrap_or_else(|| app.config.mail.from.to_string());
    let domain = from.rsplit('@').next().unwrap_or_default().trim_end_matches('>').to_lowercase();
    let has_relay = app.config.relays.iter().any(|it| !is_here(it.host()));
    let step = |title, about: &str, link, path: String, is_open: bool, is_done: bool| Step {
        title,
        about: about.to_owned(),
        lines: if link == "See the relays" { RELAY_LINES } else { "" },
        path: if is_open { path } else { String::new() },
        waits_for: "",
        link,
        is_done,
        is_next: false,
        is_deed: link == "Draft it now",
    };
    let sender = if is_sample(&domain) {
        format!(
            "Mail goes out from {from}: a sample address, from which nothing arrives. Give it one of your own domain."
        )
    } else {
        format!("Mail goes out from {from}.")
    };
    let own = publications.first().and_then(|it| it.postal_address.clone());
    let foot = own.unwrap_or_else(|| app.config.site.postal_address.clone());
    let house = &app.config.site.postal_address;
    let (is_sample_foot, is_sample_house) = (is_sample_postal_address(&foot), is_sample_postal_address(house));
    let told_foot = if is_sample_foot {
        format!("At the foot of each mail stands {foot}: a sample. The law wants the newsroom's own there.")
    } else if is_sample_house {
        format!(
            "Its mails carry {foot}. Readers\u{2019} pages, and mails about what is kept of a reader, carry that of the house, \
             which is still a sample: {house}. Whoever keeps the server writes the newsroom\u{2019}s own into lamplighter.toml, \
             as postal_address below [site], and restarts the service."
        )
    } else {
        format!("At the foot of each mail stands {foot}.")
    };
    // What the button of the same name on the page of tonight drafts.
    let planned = editions.iter().filter(|it| {
        it.state == editions::EditionState::Planned && publications.first().is_some_and(|p| p.id == it.publication_id)
    });
    let first_id = planned.min_by_key(|it| it.send_at).map(|it| it.id);
    let mut steps = vec![
        step(
            "Name your newsletter",
            "Its name, its language, and when it goes out.",
            "Name it",
            "/desk/new-publication".into(),
            true,
            is_named,
        ),
        step(
            "Add a source",
            "The address of your site is enough; what it can be read by is found for you.",
            "Add one",
            format!("/desk/add-source?publication={slug}"),
            is_named,
            is_fed,
        ),
        step(
            "Look at tonight's draft",
            "It is made at the cutoff by itself. Draft it now to see how it looks; you can draft it again.",
            "Draft it now",
            first_id.map(|id| format!("/desk/editions/{id}/draft")).unwrap_or_default(),
            is_fed && first_id.is_some(),
            has_draft,
        ),
        step(
            "Say who it comes from",
            &sender,
            "Change the sender",
            format!("/desk/publications/{slug}"),
            is_named,
            is_named && !is_sample(&domain),
        ),
        step(
            "Give your postal address",
            &told_foot,
            "Change the address",
            format!("/desk/publications/{slug}/look"),
            is_named && is_sample_foot,
            is_named && !is_sample_foot && !is_sample_house,
        ),
        step(
            "Connect a mail server",
            "Your mail provider\u{2019}s server takes the mail; its address and a login come from them. Whoever keeps the server \
             writes these lines into lamplighter.toml in place of what stands under [[relay]] there, puts the password alone \
             into the file relay.password beside it, and restarts the service, which reads the file when it starts.",
            "See the relays",
            "/desk/relays".into(),
            true,
            has_relay,
        ),
        step(
            "Run the checks",
            "They look at everything that decides whether mail arrives, and say what to do.",
            "To the checks",
            "/desk/doctor".into(),
            true,
            is_sound,
        ),
        step(
            "Bring in your readers",
            "Add yourself first, import a list, or put the sign-up form on your site.",
            "Add a reader",
            "/desk/subscribers/add".into(),
            is_named,
            has_readers,
        ),
        step(
            "Make a backup",
            "One now, and one every day.",
            "To the backups",
            "/desk/backups".into(),
            true,
            has_backup,
        ),
    ];
    if steps.iter().all(|it| it.is_done) {
        return Ok(None);
    }
    for step in steps.iter_mut().filter(|it| it.path.is_empty() && !it.is_done) {
        step.waits_for = match step.link {
            _ if !is_named => "The newsletter needs its name first.",
            "Draft it now" if !is_fed => "It needs a source first.",
            _ => "",
        };
    }
    if let Some(next) = steps.iter_mut().find(|it| !it.is_done) {
        next.is_next = true;
    }
    Ok(Some(FirstSteps { steps, may_configure: desk.may(Permission::Configure), is_folded: has_draft }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_address_is_known_and_so_is_a_relay_of_a_trial() {
        for domain in ["news.example", "example.com", "mail.example.org", "localhost", "lamp.test"] {
            assert!(is_sample(domain), "{domain}");
        }
        for domain in ["gazette.berlin", "myexample.com", "example.com.br"] {
            assert!(!is_sample(domain), "{domain}");
        }
        assert!(is_here("127.0.0.1") && is_here("localhost") && !is_here("mail.gazette.berlin"));
    }
}
