//! How a frozen audience is cut into waves: by window, mail group and rank. Pure.
//!
//! Everybody in a wave may go out alike, so that holding one provider back, or letting a canary go first, is a matter of
//! some rows. Held to it by `tests/it/delivery/sealing.rs`.

use super::rates::Groups;
use super::store::audience::{Cut, Window};
use super::store::{NewWave, WaveRange};
use crate::app::App;
use crate::config::OTHER;
use crate::editions::EditionId;
use std::collections::{BTreeMap, HashMap};

/// The canary, who waited in vain the last time, everybody else.
const RANKS: usize = 3;

pub(super) struct WavePlan {
    /// In the order in which they were met.
    windows: Vec<Window>,
    numbers: HashMap<Window, usize>,
    /// By number; 0 is for every domain that is not known.
    groups: Vec<String>,
    domains: BTreeMap<String, usize>,
    canary_percent: i64,
    waited: Option<EditionId>,
}

impl WavePlan {
    pub fn new(app: &App) -> Self {
        let mut groups = vec![OTHER.to_owned()];
        let mut domains = BTreeMap::new();
        for (domain, group) in Groups::new(&app.config).pairs() {
            let number = groups.iter().position(|it| it == group).unwrap_or_else(|| {
                groups.push(group.to_owned());
                groups.len() - 1
            });
            domains.insert(domain.to_owned(), number);
        }
        Self { windows: Vec::new(), numbers: HashMap::new(), groups, domains, canary_percent: 0, waited: None }
    }

    /// A window's place among the distinct ones.
    pub fn number_of(&mut self, window: Window) -> usize {
        *self.numbers.entry(window).or_insert_with(|| {
            self.windows.push(window);
            self.windows.len() - 1
        })
    }

    /// Of a hundred readers so many go first, and everybody else waits for them.
    pub fn with_canary(mut self, percent: u32) -> Self {
        self.canary_percent = i64::from(percent);
        self
    }

    /// Who waited in vain for that edition goes before the others.
    pub fn after(mut self, waited: Option<EditionId>) -> Self {
        self.waited = waited;
        self
    }

    pub fn cut(&self) -> Cut<'_> {
        let canary = self.canary_percent * 100;
        Cut { domains: &self.domains, groups: self.groups.len(), canary, waited: self.waited }
    }

    /// What the freeze made of it, as it is written.
    pub fn waves(&self, ranges: Vec<WaveRange>) -> Vec<NewWave> {
        let has_canary = ranges.iter().any(|range| range.wave % 3 == 0);
        let wave = |range: WaveRange| {
            let number = usize::try_from(range.wave).ok()?;
            let (place, rank) = (number / RANKS, number % RANKS);
            let window = self.windows.get(place / self.groups.len())?;
            Some(NewWave {
                number: range.wave,
                mail_group: self.groups.get(place % self.groups.len())?.clone(),
                rank: i64::try_from(rank).ok()?,
                not_before: window.not_before,
                expires_at: window.expires_at,
                first_id: range.first_id,
                last_id: range.last_id,
                readers: range.readers,
                is_held: has_canary && rank > 0,
            })
        };
        ranges.into_iter().filter_map(wave).collect()
    }
}
