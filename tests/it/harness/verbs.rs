//! What people do, and what the service does by itself when time passes.

use super::Harness;
use lamplighter::app::App;
use lamplighter::base::{Clock as _, Span, Timestamp};
use lamplighter::gather::{GatherReport, Mode, Scope};
use lamplighter::operators::Actor;
use lamplighter::publications::{Publication, apply, calendar, find_publication_by_slug};
use lamplighter::service::{self, TickReport};
use lamplighter::sink::CaughtMail;
use lamplighter::subscribers::{self, ConfirmOutcome, LeaveOutcome, LeaveScope, SignUp};
use lamplighter::{delivery, gather};
use std::sync::Arc;

impl Harness {
    /// `lamplighter apply` with this text.
    pub async fn set_up(&self, newsroom: impl ToString) {
        apply::apply(&self.app, Actor::Console, &newsroom.to_string(), false)
            .await
            .expect("the newsroom file is right");
    }

    /// As [`Self::subscribe_to`], to every section of `evening`.
    pub async fn subscribe(&self, address: &str) {
        self.subscribe_to("evening", address, &[]).await;
    }

    /// A person signs up, reads the confirmation in their mailbox and clicks its link.
    pub async fn subscribe_to(&self, publication: &str, address: &str, sections: &[&str]) {
        self.sign_up(publication, address, sections).await;
        let link = self.confirmation_link(address);
        self.click(&link).await;
    }

    /// A person signs up; the confirmation lies in their mailbox.
    pub async fn sign_up(&self, publication: &str, address: &str, sections: &[&str]) {
        let asked = SignUp {
            publication: Some(publication.to_owned()),
            sections: sections.iter().map(|it| (*it).to_owned()).collect(),
            ..SignUp::by_form(address)
        };
        subscribers::sign_up(&self.app, asked).await.expect("the sign-up is in order");
        self.run_until_idle().await;
    }

    /// The link in the newest confirmation of this mailbox.
    ///
    /// # Panics
    /// If there is none.
    pub fn confirmation_link(&self, address: &str) -> String {
        let mails = self.sink.mails_to(address);
        let link = |mail: &Arc<CaughtMail>| mail.links.iter().find(|it| it.contains("/confirm/")).cloned();
        mails.iter().rev().find_map(link).expect("a confirmation lies in the mailbox")
    }

    /// A person presses the button behind a link that they were mailed.
    ///
    /// # Panics
    /// If the link is not one of ours.
    pub async fn click(&self, link: &str) {
        let path = link.strip_prefix("https://news.example/").expect("a link of ours");
        match path.split_once('/').expect("a link with a token") {
            ("confirm", token) => {
                let done = subscribers::confirm(&self.app, token, None, &[]).await.expect("the database answers");
                assert!(!matches!(done, ConfirmOutcome::Invalid), "{link}");
            }
            ("unsubscribe", token) => {
                let done = subscribers::leave(&self.app, token, LeaveScope::One).await.expect("the database answers");
                assert!(!matches!(done, LeaveOutcome::Invalid), "{link}");
            }
            (other, _) => panic!("nothing is pressed behind /{other}"),
        }
    }

    /// `lamplighter gather`: asks every source.
    pub async fn gather(&self) -> GatherReport {
        gather::gather(&self.app, Scope::All, Mode::Conditional, &|_| {}).await.expect("the sources can be recorded")
    }

    /// Asks the sources that are due: one turn of the polling loop.
    pub async fn poll(&self) -> GatherReport {
        gather::gather(&self.app, Scope::Due, Mode::Conditional, &|_| {}).await.expect("the sources can be recorded")
    }

    /// One look at the clock.
    pub async fn tick(&self) -> TickReport {
        service::tick(&self.app).await.expect("the database answers")
    }

    /// Sends what is due.
    pub async fn run_until_idle(&self) {
        delivery::run_until_idle(&self.app).await.expect("the database answers");
    }

    /// Moves the clock to a wall-clock time in the zone of `evening`: `2026-11-23 18:00`.
    pub async fn go_to(&self, local: &str) {
        let zone = self.publication("evening").await.zone();
        self.clock.set(instant(zone, local));
    }

    /// Time passes until then, two minutes at a time, with a tick and the workers' turn in each.
    pub async fn live_until(&self, local: &str) {
        let end = instant(self.publication("evening").await.zone(), local);
        while self.clock.now() <= end {
            self.tick().await;
            self.run_until_idle().await;
            self.advance(Span::minutes(2));
        }
        self.clock.set(end);
    }

    /// One evening by the clock alone, from ten minutes before the cutoff to ten after the send time.
    pub async fn evening(&self, date: &str) {
        self.go_to(&format!("{date} 17:50")).await;
        self.live_until(&format!("{date} 18:40")).await;
    }

    pub async fn publication(&self, slug: &str) -> Publication {
        let mut tx = self.db().read().await.expect("a connection");
        find_publication_by_slug(&mut tx, slug).await.expect("the database answers").expect("it was set up")
    }

    /// One more process of the program at the same database, with the same clock.
    pub async fn another_process(&self) -> App {
        self.process_of(4711).await
    }

    /// As [`Self::another_process`], with a chance of its own: processes draw the names of their workers, and two of one
    /// name would be one.
    pub async fn process_of(&self, seed: u64) -> App {
        let mut context = self.app.context.clone();
        context.random = Arc::new(lamplighter::base::Random::seeded(seed));
        let config = lamplighter::config::Config::clone(&self.app.config);
        App::start(config, self.database.connect().await, context).await.expect("the program starts")
    }
}

/// `2026-11-23 18:00` on the clocks of a zone.
///
/// # Panics
/// If it is not written like this.
pub fn instant(zone: chrono_tz::Tz, local: &str) -> Timestamp {
    let local = chrono::NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M").expect("a date and a time");
    calendar::instant(zone, local).expect("every time has an instant")
}
