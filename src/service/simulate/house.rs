//! A house of its own for a simulation: a fresh SQLite database in a temporary folder, a clock that is set, chance that
//! repeats itself. The real database is only read.

use super::SimulateError;
use super::store::{self, PastArticle, Stretch};
use crate::app::App;
use crate::base::{Context, FakeClock, Faults, Random, Timestamp};
use crate::db::{Db, StoreError};
use crate::gather::CandidateState;
use crate::mail::EmailAddr;
use crate::operators::Actor;
use crate::publications::{self, Publication, Slot};
use crate::subscribers;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Nobody's address: a mail to it would go nowhere, and none is sent.
const NOBODY: &str = "nobody@simulation.invalid";

pub(super) struct House {
    pub app: App,
    clock: Arc<FakeClock>,
    /// Everything first seen before this instant is there.
    known_until: Timestamp,
    _folder: Folder,
}

/// Nobody else may look into it; removed with all that is in it.
struct Folder(PathBuf);

static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Folders of a process of the same number that was killed may lie there.
const NAMES_MAX: usize = 1_000;

impl Folder {
    fn make() -> Result<Self, SimulateError> {
        let mut tries = 0;
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("lamplighter-simulation-{}-{number}", std::process::id()));
            match std::fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists && tries < NAMES_MAX => tries += 1,
                Err(error) => return Err(SimulateError::Folder(error)),
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "a temporary folder could not be removed");
        }
    }
}

impl House {
    /// The publication with its slots, sections and sources as of today, before its cutoff `first`; news is what was seen
    /// since `begin`.
    pub(super) async fn open(
        real: &App,
        publication: &Publication,
        slots: &[Slot],
        begin: Timestamp,
        first: Timestamp,
    ) -> Result<Self, SimulateError> {
        let folder = Folder::make()?;
        let db = Db::open_sqlite(&folder.0.join("simulation.db")).await?;
        let start = first - crate::base::Span::minutes(3);
        let clock = Arc::new(FakeClock::at(start));
        let context = Context { clock: clock.clone(), random: Arc::new(Random::seeded(1)), faults: Faults::none() };
        let mut config = (*real.config).clone();
        // The web of today says nothing about the evenings that are replayed.
        config.limits.check_links = false;
        let app = App::start(config, db, context).await?;
        let house = Self { app, clock, known_until: begin, _folder: folder };
        house.furnish(real, publication, slots, begin, first, start).await?;
        let reader = EmailAddr::parse(NOBODY).map_err(|_| SimulateError::Reader)?;
        subscribers::add(&house.app, Actor::Console, &publication.slug, reader, &[], false)
            .await
            .map_err(|_| SimulateError::Reader)?;
        Ok(house)
    }

    async fn furnish(
        &self,
        real: &App,
        publication: &Publication,
        slots: &[Slot],
        begin: Timestamp,
        first: Timestamp,
        start: Timestamp,
    ) -> Result<(), StoreError> {
        let mut from = real.db.read().await?;
        let mut to = self.app.db.begin().await?;
        store::write_publication(&mut to, publication, start).await?;
        for section in publications::list_sections(&mut from, publication.id).await? {
            store::write_section(&mut to, &section).await?;
        }
        for slot in slots {
            store::write_slot(&mut to, slot, start).await?;
        }
        for source in store::list_sources(&mut from, publication.id).await? {
            store::write_source(&mut to, &source).await?;
        }
        for article in store::list_earlier(&mut from, publication.id, begin, first).await? {
            let (state, reason) = as_first_known(&article);
            store::write_article(&mut to, publication.id, &article, state, reason).await?;
        }
        to.commit().await
    }

    /// Sets the clock; what the real house had seen by then is there.
    pub(super) async fn go_to(
        &mut self,
        real: &App,
        publication: &Publication,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let seen = Stretch { after: self.known_until, before: now };
        if seen.after < seen.before {
            let mut from = real.db.read().await?;
            let mut to = self.app.db.begin().await?;
            for article in store::list_articles(&mut from, publication.id, seen).await? {
                let (state, reason) = as_first_known(&article);
                store::write_article(&mut to, publication.id, &article, state, reason).await?;
            }
            for sighting in store::list_sightings(&mut from, publication.id, seen).await? {
                store::write_sighting(&mut to, &sighting).await?;
            }
            for link in store::list_links(&mut from, publication.id, seen).await? {
                store::write_link(&mut to, &link).await?;
            }
            for gone in store::list_gone(&mut from, publication.id, now).await? {
                store::mark_gone(&mut to, &gone).await?;
            }
            to.commit().await?;
            self.known_until = now;
        }
        self.clock.set(now);
        Ok(())
    }

    pub(super) async fn close(self) {
        self.app.db.close().await;
    }
}

/// What it was before any edition took it. What an editor dismissed stays so; what was withdrawn later was there.
fn as_first_known(it: &PastArticle) -> (CandidateState, &str) {
    match it.state {
        CandidateState::Claimed => (CandidateState::Pool, ""),
        CandidateState::Gone if it.gone_at.is_some() => (CandidateState::Pool, ""),
        state => (state, &it.reason),
    }
}
