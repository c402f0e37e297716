//! One newsroom with everything around it, and how its days go by.

use super::deeds::Deed;
use super::dice::Dice;
use super::ear::Ear;
use super::post::Post;
use super::stories::Stories;
use super::{desk, laws, papers};
use crate::harness::{Harness, Site, Stage as _, TestDatabase, instant};
use lamplighter::base::{CrashPoint, Span, Timestamp};
use lamplighter::db::Sql;
use lamplighter::service;
use lamplighter::sink::Manners;
use lamplighter::subscribers::{self, AddOutcome, SubscriptionId};
use lamplighter::{delivery, mail::EmailAddr, operators::Actor};
use papers::Paper;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A person at one publication.
#[derive(Clone, Debug)]
pub struct Reader {
    pub slug: &'static str,
    pub address: String,
    pub subscription: SubscriptionId,
    /// Left, or suppressed: committed, so that no mail may begin from now on.
    pub is_gone: bool,
}

pub struct World {
    t: Option<Harness>,
    manner: Manner,
    pub dice: Dice,
    pub papers: Vec<Paper>,
    pub site: Option<Site>,
    pub stories: Stories,
    pub readers: Vec<Reader>,
    pub post: Post,
    /// What was frozen, as it was first seen.
    pub frozen: BTreeMap<i64, String>,
    /// When the service was last away, or its clock wrong, until then.
    pub back_at: Timestamp,
    pub was_set_back: bool,
    /// What the service itself complains of.
    pub ear: Ear,
    /// Everything that happened, for whoever looks for a fault.
    pub lived: Vec<String>,
}

/// What is done in a month.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// Everything there is.
    Wild,
    /// Nothing whose course depends on the machine's speed: a month that can be lived twice.
    Calm,
}

const NEXT: Sql = Sql::both(
    "SELECT CAST(COALESCE(MIN(due.at), $2) AS BIGINT) AS value FROM (
         SELECT cutoff_at - 120000000 AS at FROM editions WHERE state = 'planned'
         UNION ALL SELECT cutoff_at FROM editions WHERE state IN ('planned', 'collecting')
         UNION ALL SELECT send_at - 600000000 FROM editions WHERE state IN ('drafted', 'in_review')
         UNION ALL SELECT send_at FROM editions WHERE state IN ('drafted', 'in_review', 'approved')
         UNION ALL SELECT latest_send_at + 1 FROM editions WHERE state IN ('planned', 'collecting', 'drafted', 'in_review', 'approved')
         UNION ALL SELECT next_attempt_at FROM deliveries WHERE state IN ('queued', 'deferred')
     ) AS due WHERE due.at > $1",
);
const WAITING: Sql = Sql::both(
    "SELECT COUNT(*) AS value FROM deliveries WHERE state IN ('queued', 'deferred', 'leased', 'started') AND next_attempt_at <= $1",
);
const OUTBOX: Sql =
    Sql::both("SELECT COUNT(*) AS value FROM outbox WHERE state IN ('queued', 'deferred', 'leased', 'started')");

impl World {
    pub async fn begin(database: TestDatabase, seed: u64, manner: Manner) -> Self {
        let t = Harness::set(Arc::new(database)).await;
        let mut dice = Dice::of(seed);
        let (zone, noon) = papers::place(&mut dice);
        t.clock.set(instant(zone, &noon));
        let mut papers = vec![Paper::found(&mut dice, "evening", zone)];
        if dice.chance(20) {
            let elsewhere = if dice.chance(50) { zone } else { papers::place(&mut dice).0 };
            papers.push(Paper::found(&mut dice, "morning", elsewhere));
        }
        let mut site = None;
        if manner == Manner::Wild && dice.chance(18) {
            let here = Site::open().await;
            papers[0].feed = Some(here.feed());
            site = Some(here);
        }
        let back_at = t.now();
        let mut it = Self {
            t: Some(t),
            manner,
            dice,
            papers,
            site,
            stories: Stories::default(),
            readers: Vec::new(),
            post: Post::default(),
            frozen: BTreeMap::new(),
            back_at,
            was_set_back: false,
            ear: Ear::default(),
            lived: Vec::new(),
        };
        it.apply().await;
        for _ in 0..it.dice.between(2, 4) {
            it.join().await;
        }
        it.turn().await;
        it
    }

    pub fn t(&self) -> &Harness {
        self.t.as_ref().expect("the newsroom stands")
    }

    pub async fn end(&mut self) {
        if let Some(t) = self.t.take() {
            t.app.db.close().await;
            let database = Arc::clone(&t.database);
            drop(t);
            if let Some(database) = Arc::into_inner(database) {
                database.remove().await;
            }
        }
    }

    pub fn note(&mut self, what: impl Into<String>) {
        let at = self.t().now().rfc3339();
        self.lived.push(format!("{at} {}", what.into()));
    }

    pub async fn apply(&self) {
        let text: String = self.papers.iter().map(ToString::to_string).collect();
        self.t().set_up(text).await;
    }

    pub async fn join(&mut self) {
        const MANNERS: [&str; 12] = [
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "tempfail-1+",
            "reject-550+",
            "drop-after-dot+",
            "accept-then-drop+",
            "greylist+",
        ];
        let number = self.readers.len();
        let slug = self.papers[self.dice.below(self.papers.len())].slug;
        let manner = match (self.manner, *self.dice.pick(&MANNERS)) {
            // Which mails are on the wire when a connection dies is the machine's affair; so is what a paused relay
            // puts off after that.
            (Manner::Calm, "drop-after-dot+" | "accept-then-drop+") => "",
            (_, manner) => manner,
        };
        let address = format!("{manner}reader-{number}@readers.example");
        let sections: Vec<String> = match self.dice.below(4) {
            0 => vec!["local".to_owned()],
            1 => vec!["sport".to_owned(), "world".to_owned()],
            _ => Vec::new(),
        };
        let email = EmailAddr::parse(&address).expect("an address");
        let added = subscribers::add(&self.t().app, Actor::Console, slug, email, &sections, false).await;
        let Ok(AddOutcome::Added(subscription)) = added else { panic!("{added:?}") };
        self.readers.push(Reader { slug, address, subscription, is_gone: false });
    }

    pub async fn restart(&mut self) {
        let t = self.t.take().expect("the newsroom stands");
        self.t = Some(t.restart().await);
    }

    async fn next_time(&self, until: Timestamp) -> Timestamp {
        let now = self.t().now();
        let mut tx = self.t().db().read().await.expect("a connection");
        let at: i64 = tx.fetch_value(NEXT, vec![now.into(), until.into()]).await.expect("a time");
        Timestamp::from_micros(at)
    }

    /// One day: deeds at any minute, and a look at the clock whenever something is due.
    pub async fn day(&mut self) {
        let end = self.t().now() + Span::days(1);
        let mut deeds: Vec<Timestamp> =
            (0..self.dice.between(1, 4)).map(|_| end - Span::minutes(self.dice.between(1, 1439))).collect();
        deeds.sort_unstable();
        let mut deeds = deeds.into_iter().peekable();
        loop {
            let due = self.next_time(end).await;
            let deed = deeds.peek().copied().unwrap_or(end);
            if due.min(deed) >= end {
                break;
            }
            if deed <= due {
                deeds.next();
                if deed > self.t().now() {
                    self.t().clock.set(deed);
                }
                let what = Deed::draw(&mut self.dice, self.manner);
                what.happen(self).await;
            } else {
                // Ten seconds lie between two looks at the clock, and slow sources may take longer.
                let late = match self.manner {
                    Manner::Wild if self.dice.chance(4) => Span::seconds(self.dice.between(1, 240)),
                    _ => Span::ZERO,
                };
                self.t().clock.set(due + late);
                self.turn().await;
                desk::morning_round(self).await;
            }
        }
        if self.dice.chance(60) {
            self.t().sink.behave(Manners::Normal);
        }
        if self.t().now() < end {
            self.t().clock.set(end);
        }
        self.turn().await;
        laws::at_the_end_of_a_day(self).await;
    }

    /// The scheduler looks at the clock, and the workers send what is due.
    pub async fn turn(&mut self) {
        let report = self.t().tick().await;
        if !report.steps.is_empty() {
            self.note(format!("tick {:?}", report.steps));
            laws::after_a_tick(self).await;
        }
        self.deliver().await;
    }

    pub async fn deliver(&mut self) {
        let now = self.t().now();
        let mut tx = self.t().db().read().await.expect("a connection");
        let waiting: i64 = tx.fetch_value(WAITING, vec![now.into()]).await.expect("a count");
        let single: i64 = tx.fetch_value(OUTBOX, vec![]).await.expect("a count");
        drop(tx);
        if waiting + single > 0 {
            self.t().run_until_idle().await;
        }
        self.collect_post();
    }

    pub fn collect_post(&mut self) {
        let t = self.t.as_ref().expect("the newsroom stands");
        self.post.collect(t, &self.readers, &self.lived);
    }

    /// The service dies before or after the `nth` commit of its next turn, and is started again.
    pub async fn die_in_a_turn(&mut self, point: CrashPoint, nth: usize) -> bool {
        let t = self.t();
        let faults = t.faults.clone();
        faults.arm(point, nth);
        let app = t.app.clone();
        let turn = async move {
            service::tick(&app).await.expect("the database answers");
            delivery::run_until_idle(&app).await.expect("the database answers");
        };
        let died = tokio::select! {
            () = faults.crashed() => true,
            () = turn => false,
        };
        faults.arm(point, usize::MAX);
        if died {
            self.restart().await;
        }
        self.collect_post();
        died
    }

    /// Two processes look at the clock at the same moment, and both send.
    pub async fn turn_of_two(&mut self) {
        let other = self.t().another_process().await;
        let (one, two) = futures_util::future::join(service::tick(&self.t().app), service::tick(&other)).await;
        one.and(two).expect("the database answers");
        let (one, two) =
            futures_util::future::join(delivery::run_until_idle(&self.t().app), delivery::run_until_idle(&other)).await;
        one.and(two).expect("the database answers");
        other.db.close().await;
        self.collect_post();
    }
}
