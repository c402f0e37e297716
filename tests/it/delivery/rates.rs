//! Limits, pauses and the brake over several workers that share one database.

use super::*;
use crate::harness::{Harness, both_engines};
use lamplighter::app::App;
use lamplighter::base::{Span, Timestamp};
use lamplighter::config::GroupConfig;
use lamplighter::delivery::rates::{
    self, Because, BrakeScope, ClearOutcome, Grant, LimitChange, LimitError, Rates, ResumeOutcome, Route, ScopeName,
    Workers,
};
use lamplighter::delivery::{Failure, FailureClass, Finality, Outcome};
use lamplighter::editions::EditionId;
use lamplighter::operators::{Actor, OperatorId, Role};
use std::collections::VecDeque;

const EDITION: EditionId = EditionId(7);

fn gmail(change: impl FnOnce(&mut GroupConfig)) -> GroupConfig {
    let mut group = GroupConfig {
        name: "gmail".to_owned(),
        domains: Vec::new(),
        connections: 0,
        rate: 0,
        per_hour: 0,
        per_day: 0,
        mails_per_connection: 0,
        warm_up: 0,
    };
    change(&mut group);
    group
}

async fn with_gmail(t: Harness, change: impl FnOnce(&mut GroupConfig)) -> Harness {
    t.restart_with(|config| config.groups = vec![gmail(change)]).await
}

/// Workers as two machines would have them.
async fn workers(t: &Harness, count: u32) -> Vec<(Rates, App)> {
    let mut workers = Vec::new();
    for rank in 0..count {
        let rates = Rates::new(&t.app.config, &format!("worker {rank}"));
        rates.set_workers(Workers { count, rank });
        let app = t.app.clone();
        rates.refill(&app).await.unwrap();
        workers.push((rates, app));
    }
    workers
}

fn route(rates: &Rates, domain: &str) -> Route {
    Route { relay: 0, group: rates.groups.id_of(domain), edition: Some(EDITION) }
}

/// Takes as many as it may.
fn take_all(rates: &Rates, domain: &str, now: Timestamp) -> usize {
    let route = route(rates, domain);
    (0..10_000).take_while(|_| rates.take(&route, now) == Grant::Now).count()
}

fn group(name: &str) -> ScopeName {
    ScopeName::Group(name.to_owned())
}

fn rejected(code: u16, text: &str) -> Outcome {
    let finality = if code < 500 { Finality::Transient } else { Finality::Permanent };
    let enhanced = text.split(' ').next().map(str::to_owned);
    Outcome::Rejected { code, enhanced, reply: text.to_owned(), finality }
}

async fn rows(db: &Db, sql: &'static str) -> i64 {
    count(db, Sql::both(sql)).await
}

/// A small generator: the same steps on both engines, and in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

both_engines! {
    async fn what_nothing_limits_costs_the_database_one_look(t: Harness) {
        let workers = workers(&t, 1).await;
        let (rates, app) = &workers[0];
        assert_eq!(take_all(rates, "gmail.com", t.now()), 10_000);
        rates.refill(app).await.unwrap();
        rates.flush(app).await.unwrap();
        for table in ["SELECT COUNT(*) AS value FROM rate_scopes", "SELECT COUNT(*) AS value FROM rate_counts"] {
            assert_eq!(rows(t.db(), table).await, 0);
        }
    }

    async fn no_limit_is_exceeded_whatever_three_workers_do_and_whoever_dies(t: Harness) {
        let t = with_gmail(t, |it| (it.rate, it.per_hour) = (20, 30)).await;
        let mut dice = Dice(11);
        let mut workers = workers(&t, 3).await;
        let mut sent: VecDeque<Timestamp> = VecDeque::new();
        let mut all = 0;
        for _ in 0..400 {
            let at = usize::try_from(dice.below(3)).unwrap();
            match dice.below(20) {
                0..=7 => {
                    let taken = take_all(&workers[at].0, "gmail.com", t.now());
                    all += taken;
                    sent.extend(std::iter::repeat_n(t.now(), taken));
                }
                8..=13 => workers[at].0.refill(&workers[at].1).await.unwrap(),
                14 => workers[at].0 = Rates::new(&t.app.config, &format!("heir {}", dice.below(1_000_000))),
                15..=18 => t.advance(Span::millis(i64::try_from(dice.below(300)).unwrap())),
                _ => t.advance(Span::minutes(i64::try_from(dice.below(12)).unwrap())),
            }
            while sent.front().is_some_and(|first| t.now().since(*first) >= Span::hours(1)) {
                sent.pop_front();
            }
            assert!(sent.len() <= 30, "{} in an hour", sent.len());
            let second = sent.iter().filter(|it| t.now().since(**it) < Span::seconds(1)).count();
            assert!(second <= 26, "{second} in a second at 20/s");
        }
        assert!(all > 40, "only {all} were sent: the test shows nothing");
    }

    async fn workers_share_a_rate_in_fair_parts(t: Harness) {
        let t = with_gmail(t, |it| it.rate = 40).await;
        let workers = workers(&t, 2).await;
        let mut sent = [0; 2];
        for tick in 0..200 {
            for (at, (rates, app)) in workers.iter().enumerate() {
                sent[at] += take_all(rates, "gmail.com", t.now());
                if (tick + 2 * at) % 5 == 0 {
                    rates.refill(app).await.unwrap();
                }
                sent[at] += take_all(rates, "gmail.com", t.now());
            }
            t.advance(Span::millis(50));
        }
        let all: usize = sent.iter().sum();
        assert!((360..=411).contains(&all), "{sent:?} in 10 s at 40/s");
        assert!(sent.iter().all(|one| one * 10 >= all * 3), "{sent:?}");
    }

    async fn leaves_that_were_not_used_go_back_to_the_hour_unless_their_worker_died(t: Harness) {
        let t = with_gmail(t, |it| it.per_hour = 100).await;
        let mut workers = workers(&t, 1).await;
        let (rates, app) = workers.remove(0);
        let gmail = route(&rates, "gmail.com");
        assert!(matches!(rates.take(&gmail, t.now()), Grant::NotBefore(_)));
        rates.refill(&app).await.unwrap();
        assert_eq!(rates.take(&gmail, t.now()), Grant::Now);
        let counted = "SELECT CAST(SUM(count) AS BIGINT) AS value FROM rate_counts WHERE grain = 'minute'";
        assert!(rows(t.db(), counted).await > 1);
        for _ in 0..2 {
            t.advance(Span::seconds(3));
            rates.refill(&app).await.unwrap();
        }
        assert_eq!(rows(t.db(), counted).await, 1, "one was sent");
        assert!(matches!(rates.take(&gmail, t.now()), Grant::NotBefore(_)));
        rates.refill(&app).await.unwrap();
        let lost = rows(t.db(), counted).await - 1;
        drop(rates);
        let heir = Rates::new(&t.app.config, "heir");
        let mut all = 0;
        for _ in 0..20 {
            heir.refill(&app).await.unwrap();
            all += take_all(&heir, "gmail.com", t.now());
            t.advance(Span::seconds(1));
        }
        assert_eq!(i64::try_from(all).unwrap(), 100 - 1 - lost, "what died with its worker counts as sent");
        let Grant::Closed { until, because: Because::HourFull } = heir.take(&route(&heir, "gmail.com"), t.now()) else {
            panic!("the hour is full")
        };
        assert!(until > t.now());
        assert_eq!(heir.take(&route(&heir, "yahoo.com"), t.now()), Grant::Now);
        t.advance(Span::minutes(63));
        take_all(&heir, "gmail.com", t.now());
        heir.refill(&app).await.unwrap();
        assert!(take_all(&heir, "gmail.com", t.now()) > 0, "an hour later there is room");
    }

    async fn a_warm_up_grows_by_half_a_day_over_all_workers(t: Harness) {
        let t = with_gmail(t, |it| it.warm_up = 10).await;
        let workers = workers(&t, 2).await;
        for expected in [10, 15, 22] {
            let mut sent = 0;
            for _ in 0..6 {
                for (rates, app) in &workers {
                    take_all(rates, "gmail.com", t.now());
                    rates.refill(app).await.unwrap();
                    sent += take_all(rates, "gmail.com", t.now());
                }
                t.advance(Span::seconds(61));
            }
            assert_eq!(sent, expected);
            let (rates, app) = &workers[0];
            assert!(matches!(rates.take(&route(rates, "gmail.com"), t.now()), Grant::NotBefore(_)), "it is looked again");
            rates.refill(app).await.unwrap();
            assert!(matches!(
                rates.take(&route(rates, "gmail.com"), t.now()),
                Grant::Closed { because: Because::WarmUp, .. }
            ));
            t.advance(Span::days(1));
        }
    }

    async fn a_pause_that_one_worker_learnt_is_known_to_all_and_to_a_restart(t: Harness) {
        let mut workers = workers(&t, 2).await;
        let (one, app) = workers.remove(0);
        let (other, other_app) = workers.remove(0);
        let yahoo = route(&one, "yahoo.com");
        one.observe(&yahoo, &rejected(421, "4.7.0 [TSS04] messages temporarily deferred"), t.now());
        one.connection_failed(0, &Failure::new(FailureClass::Login, "mx.example:25", "535 no"), t.now());
        assert_eq!(other.take(&yahoo, t.now()), Grant::Now);
        one.flush(&app).await.unwrap();
        other.refill(&other_app).await.unwrap();
        assert!(matches!(other.take(&yahoo, t.now()), Grant::Closed { because: Because::Throttled, .. }));
        let end = t.now() + Span::seconds(15);
        assert_eq!(one.relay_closed(0, t.now()), Some((end, Because::RelayFails)));
        assert_eq!(other.relay_closed(0, t.now()), Some((end + Span::seconds(2), Because::RelayFails)), "one tries first");
        t.advance(Span::seconds(15));
        assert_eq!(one.relay_closed(0, t.now()), None);
        one.connection_failed(0, &Failure::new(FailureClass::Login, "mx.example:25", "535 no"), t.now());
        one.flush(&app).await.unwrap();
        other.refill(&other_app).await.unwrap();
        t.advance(Span::seconds(3));
        assert!(other.relay_closed(0, t.now()).is_some(), "the wrong password was tried by one worker alone");
        let heir = Rates::new(&t.app.config, "heir");
        heir.refill(&app).await.unwrap();
        let view = heir.snapshot(t.now()).into_iter().find(|it| it.scope == "group:yahoo").unwrap();
        assert!(view.why.is_some_and(|why| why.contains("TSS04")) && view.closed.is_some());
        t.advance(Span::minutes(1));
        let taken = heir.take(&route(&heir, "gmail.com"), t.now());
        assert_eq!(taken, Grant::Now);
        heir.observe(&route(&heir, "gmail.com"), &Outcome::Accepted { code: 250, reply: String::new() }, t.now());
        heir.flush(&app).await.unwrap();
        other.refill(&other_app).await.unwrap();
        assert_eq!(other.relay_closed(0, t.now()), None, "an answer to one is an answer to all");
        assert_eq!(other.connections_allowed(0, other.groups.id_of("town.example"), t.now()), 2);
    }

    async fn what_an_operator_sets_holds_at_the_next_look_and_leaves_a_trail(t: Harness) {
        let workers = workers(&t, 1).await;
        let (rates, app) = &workers[0];
        let set = LimitChange { rate: Some(10), connections: Some(2), ..LimitChange::default() };
        let editor = Actor::Operator { id: OperatorId(1), role: Role::Editor };
        let refused = rates::set_limit(app, editor, &group("gmail"), set).await;
        assert!(matches!(refused, Err(LimitError::Forbidden(_))));
        assert_eq!(take_all(rates, "gmail.com", t.now()), 10_000);

        rates::set_limit(app, Actor::Console, &group("gmail"), set).await.unwrap();
        rates.refill(app).await.unwrap();
        assert!(matches!(rates.take(&route(rates, "gmail.com"), t.now()), Grant::NotBefore(_)));
        rates.refill(app).await.unwrap();
        assert!(take_all(rates, "gmail.com", t.now()) <= 3);
        assert_eq!(rates.connections_allowed(0, rates.groups.id_of("gmail.com"), t.now()), 2);

        let until = t.now() + Span::minutes(30);
        rates::pause_scope(app, editor, &group("gmail"), Some(until), "they asked").await.unwrap();
        rates.refill(app).await.unwrap();
        let closed = Grant::Closed { until, because: Because::Held };
        assert_eq!(rates.take(&route(rates, "gmail.com"), t.now()), closed);
        assert_eq!(rates::resume_scope(app, editor, &group("gmail")).await.unwrap(), ResumeOutcome::Resumed);
        assert_eq!(rates::resume_scope(app, editor, &group("gmail")).await.unwrap(), ResumeOutcome::NotPaused);
        rates.refill(app).await.unwrap();
        assert!(!matches!(rates.take(&route(rates, "gmail.com"), t.now()), Grant::Closed { .. }));
        let view = rates::survey(app, lamplighter::operators::Actor::Console).await.unwrap().into_iter().find(|it| it.scope == "group:gmail").unwrap();
        assert_eq!((view.rate, view.connections, view.is_live), (10, 2, true), "a resume leaves the limits");

        assert_eq!(rates::clear_limit(app, Actor::Console, &group("gmail")).await.unwrap(), ClearOutcome::Cleared);
        assert_eq!(rates::clear_limit(app, Actor::Console, &group("gmail")).await.unwrap(), ClearOutcome::NotSet);
        rates.refill(app).await.unwrap();
        assert_eq!(take_all(rates, "gmail.com", t.now()), 10_000);
        let trail = "SELECT COUNT(*) AS value FROM audit_events WHERE verb IN ('set_limit', 'pause_limit', 'resume_limit', 'clear_limit')";
        assert_eq!(rows(t.db(), trail).await, 4);
    }

    async fn a_resume_ends_a_back_off_for_all(t: Harness) {
        let workers = workers(&t, 2).await;
        let (one, app) = &workers[0];
        let yahoo = route(one, "yahoo.com");
        one.observe(&yahoo, &rejected(450, "4.7.0 too many messages"), t.now());
        one.flush(app).await.unwrap();
        t.advance(Span::seconds(5));
        assert_eq!(rates::resume_scope(app, Actor::Console, &group("yahoo")).await.unwrap(), ResumeOutcome::Resumed);
        for (rates, app) in &workers {
            rates.refill(app).await.unwrap();
            assert_eq!(rates.take(&yahoo, t.now()), Grant::Now);
        }
        one.flush(app).await.unwrap();
        let (other, other_app) = &workers[1];
        other.refill(other_app).await.unwrap();
        assert_eq!(other.take(&yahoo, t.now()), Grant::Now, "an old state does not come back");
    }

    async fn an_edition_is_spread_over_its_time_and_others_are_not(t: Harness) {
        let workers = workers(&t, 1).await;
        let (rates, app) = &workers[0];
        let mut tx = t.db().begin().await.unwrap();
        rates::spread(&mut tx, t.now(), Actor::System, EDITION, 3_600, Span::hours(1)).await.unwrap();
        tx.commit().await.unwrap();
        rates.refill(app).await.unwrap();
        let mut sent = 0;
        for _ in 0..40 {
            sent += take_all(rates, "town.example", t.now());
            rates.refill(app).await.unwrap();
            sent += take_all(rates, "town.example", t.now());
            t.advance(Span::millis(250));
        }
        assert!((9..=11).contains(&sent), "{sent} in ten seconds");
        let other = Route { edition: Some(EditionId(8)), ..route(rates, "town.example") };
        assert_eq!(rates.take(&other, t.now()), Grant::Now);
        assert_eq!(rates.take(&Route { edition: None, ..other }, t.now()), Grant::Now);
    }

    async fn the_brake_sees_one_run_of_several_workers_and_a_resume_lets_it_go(t: Harness) {
        let workers = workers(&t, 2).await;
        for (rates, app) in &workers {
            for _ in 0..10 {
                let blocked = rejected(550, "5.7.1 blocked, see the list of Spamhaus");
                rates.observe(&route(rates, "gmail.com"), &blocked, t.now());
                let taken = Outcome::Accepted { code: 250, reply: String::new() };
                rates.observe(&route(rates, "town.example"), &taken, t.now());
            }
            assert_eq!(rates.brakes(), [], "ten are not twenty");
            rates.flush(app).await.unwrap();
        }
        let (rates, app) = &workers[1];
        let brakes = rates.brakes();
        assert_eq!(brakes.len(), 1);
        assert_eq!(brakes[0].1.scope, BrakeScope::Group("gmail".to_owned()));
        let mut tx = t.db().begin().await.unwrap();
        let why = brakes[0].1.to_string();
        rates::hold(&mut tx, t.now(), Actor::System, &group("gmail"), None, &why).await.unwrap();
        tx.commit().await.unwrap();
        rates.refill(app).await.unwrap();
        assert!(matches!(
            rates.take(&route(rates, "gmail.com"), t.now()),
            Grant::Closed { because: Because::Held, .. }
        ));
        rates::resume_scope(app, Actor::Console, &group("gmail")).await.unwrap();
        rates.refill(app).await.unwrap();
        rates.flush(app).await.unwrap();
        assert_eq!(rates.brakes(), [], "it is judged by what comes after");
        assert_eq!(rates.take(&route(rates, "gmail.com"), t.now()), Grant::Now);
    }

    async fn complaints_that_others_wrote_down_stop_the_run_where_they_come_from(t: Harness) {
        let workers = workers(&t, 1).await;
        let (rates, app) = &workers[0];
        for _ in 0..999 {
            let taken = Outcome::Accepted { code: 250, reply: String::new() };
            rates.observe(&route(rates, "gmail.com"), &taken, t.now());
        }
        rates.flush(app).await.unwrap();
        assert_eq!(rates.run(EDITION).groups.len(), 1);
        assert_eq!(rates.brakes(), []);
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(Sql::both("UPDATE rate_runs SET complaints = 2"), vec![]).await.unwrap();
        tx.commit().await.unwrap();
        rates.flush(app).await.unwrap();
        let brakes = rates.brakes();
        assert_eq!(brakes.first().map(|(_, it)| it.scope.clone()), Some(BrakeScope::Group("gmail".to_owned())));
    }
}
