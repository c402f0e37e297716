//! The life of a subscription: every state meets every event, and the table below says what becomes of it.
//!
//! Whatever an address went through, three things decide what may happen to it: its subscription, whether a sign-up waits,
//! and whether it is suppressed. Each cell of the table is lived through on an address of its own.

use super::*;
use crate::harness::{Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::subscribers::{
    ImportOptions, ImportStatus, LeaveScope, LeftReason, RowReport, SignUp, SubscriptionState, SuppressionReason as Why,
};

/// Where a person stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Pending,
    Active,
    Paused,
    /// Of the reader's own wish, less than a day ago.
    Left,
    Bounced,
    Complained,
    Erased,
    Held,
}
use State::*;

const STATES: [State; 8] = [Pending, Active, Paused, Left, Bounced, Complained, Erased, Held];

/// What happens, and what each state becomes by it, in the order of [`STATES`].
///
/// Bounces and complaints are met by addresses nobody confirmed too: what they leave is the suppression alone, and the
/// sign-up goes. An operator's word stands above every other. A sign-up alone changes nothing; its confirmation is the
/// person's own word and brings back all but who is held. Nobody else's word does: no import, no late undo.
const TABLE: [(&str, [State; 8]); 16] = [
    ("sign up", [Pending, Active, Paused, Left, Bounced, Complained, Erased, Held]),
    ("confirm", [Active, Active, Paused, Active, Active, Active, Active, Held]),
    ("confirm twice", [Active, Active, Paused, Active, Active, Active, Active, Held]),
    ("confirm too late", [Pending, Active, Paused, Left, Bounced, Complained, Erased, Held]),
    ("leave one", [Pending, Left, Left, Left, Bounced, Complained, Erased, Held]),
    ("leave all", [Pending, Left, Left, Left, Bounced, Complained, Erased, Held]),
    ("undo in time", [Pending, Active, Paused, Active, Bounced, Complained, Erased, Held]),
    ("undo too late", [Pending, Active, Paused, Left, Bounced, Complained, Erased, Held]),
    ("pause", [Pending, Paused, Paused, Left, Bounced, Complained, Erased, Held]),
    ("resume", [Pending, Active, Active, Left, Bounced, Complained, Erased, Held]),
    ("bounce", [Bounced, Bounced, Bounced, Bounced, Bounced, Bounced, Bounced, Held]),
    ("complaint", [Complained, Complained, Complained, Complained, Complained, Complained, Complained, Held]),
    ("hold", [Held, Held, Held, Held, Held, Held, Held, Held]),
    ("erase", [Erased, Erased, Erased, Erased, Erased, Erased, Erased, Held]),
    ("import", [Active, Active, Paused, Left, Bounced, Complained, Erased, Held]),
    ("time passes", [Pending, Active, Paused, Left, Bounced, Complained, Erased, Held]),
];

struct Person<'a> {
    t: &'a Harness,
    address: String,
    email: EmailAddr,
}

impl Person<'_> {
    async fn token(&self, link: fn(&lamplighter::app::App, i64) -> String) -> Option<String> {
        let it = dossier(self.t, &self.address).await?.subscriptions.into_iter().next()?;
        Some(last_part(&link(&self.t.app, it.id.0)))
    }

    async fn sign_up(&self) {
        // An address gets one mail a day.
        self.t.advance(Span::hours(25));
        subscribers::sign_up(&self.t.app, SignUp::by_form(&self.address)).await.unwrap();
        self.t.run_until_idle().await;
    }

    async fn confirm(&self) {
        if let Some(token) = mailed_token(self.t, &self.address, "confirm").await {
            subscribers::confirm(&self.t.app, &token, None, &[]).await.unwrap();
        }
    }

    async fn leave(&self, scope: LeaveScope) {
        if let Some(token) = self.token(subscribers::unsubscribe_link).await {
            subscribers::leave(&self.t.app, &token, scope).await.unwrap();
        }
    }

    async fn undo(&self) {
        if let Some(token) = self.token(subscribers::unsubscribe_link).await {
            subscribers::undo_leave(&self.t.app, &token).await.unwrap();
        }
    }

    /// For longer than any story here lasts.
    async fn pause(&self) {
        if let Some(token) = self.token(subscribers::preferences_link).await {
            let until = (self.t.now() + Span::days(300)).rfc3339();
            let _ = subscribers::pause(&self.t.app, &token, None, &until[..10]).await;
        }
    }

    async fn resume(&self) {
        if let Some(token) = self.token(subscribers::preferences_link).await {
            let _ = subscribers::resume(&self.t.app, &token, None).await;
        }
    }

    async fn suppress(&self, reason: Why) {
        subscribers::suppress(&self.t.app, Actor::Console, &self.email, reason).await.unwrap();
    }

    async fn erase(&self) {
        subscribers::erase(&self.t.app, Actor::Console, &self.email).await.unwrap();
    }

    async fn become_one(&self, state: State) {
        self.sign_up().await;
        if state == Pending {
            return;
        }
        self.confirm().await;
        match state {
            Pending | Active => {}
            Paused => self.pause().await,
            Left => self.leave(LeaveScope::One).await,
            Bounced => self.suppress(Why::HardBounce).await,
            Complained => self.suppress(Why::Complaint).await,
            Erased => self.erase().await,
            Held => self.suppress(Why::Operator).await,
        }
    }

    async fn meet(&self, event: &str) {
        match event {
            "sign up" => self.sign_up().await,
            "confirm" => {
                self.sign_up().await;
                self.confirm().await;
            }
            "confirm twice" => {
                self.sign_up().await;
                self.confirm().await;
                self.confirm().await;
            }
            "confirm too late" => {
                self.sign_up().await;
                self.t.advance(Span::hours(49));
                self.confirm().await;
            }
            "leave one" => self.leave(LeaveScope::One).await,
            "leave all" => self.leave(LeaveScope::All).await,
            "undo in time" => {
                self.t.advance(Span::hours(23));
                self.undo().await;
            }
            "undo too late" => {
                self.t.advance(Span::hours(25));
                self.undo().await;
            }
            "pause" => self.pause().await,
            "resume" => self.resume().await,
            "bounce" => self.suppress(Why::HardBounce).await,
            "complaint" => self.suppress(Why::Complaint).await,
            "hold" => self.suppress(Why::Operator).await,
            "erase" => self.erase().await,
            "import" => self.import().await,
            "time passes" => self.t.advance(Span::days(3)),
            other => panic!("nothing happens by {other:?}"),
        }
    }

    async fn import(&self) {
        let options = ImportOptions {
            publication: Some("evening".to_owned()),
            consent: Some("at the fair".to_owned()),
            status: ImportStatus::Confirmed,
            dry_run: false,
            columns: Vec::new(),
            batch_rows: None,
        };
        let list = std::io::Cursor::new(format!("email\n{}\n", self.address));
        subscribers::import(&self.t.app, Actor::Console, list, &options, &mut |_: &RowReport| {}).await.unwrap();
    }

    /// Where the person stands, by the books.
    async fn stands(&self) -> State {
        let mut tx = self.t.db().read().await.unwrap();
        let suppressed = subscribers::find_suppression(&self.t.app, &mut tx, &self.email).await.unwrap();
        drop(tx);
        let it = dossier(self.t, &self.address).await.and_then(|it| it.subscriptions.into_iter().next());
        if let Some(it) = it.as_ref().filter(|it| it.is_active()) {
            assert_eq!(suppressed, None, "who is suppressed gets nothing");
            assert_eq!((it.state, it.left_reason, it.left_at), (SubscriptionState::Active, None, None));
            return if it.paused(self.t.now()).is_some() { Paused } else { Active };
        }
        match (suppressed, it.and_then(|it| it.left_reason)) {
            (Some(Why::Operator), _) => Held,
            (Some(Why::HardBounce), _) => Bounced,
            (Some(Why::Complaint), _) => Complained,
            (Some(Why::Erased), _) => Erased,
            (None, Some(LeftReason::Reader)) => Left,
            (None, None) => Pending,
            other => panic!("this is nowhere: {other:?}"),
        }
    }
}

both_engines! {
    async fn every_state_meets_every_event_as_the_table_says(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let mut wrong = Vec::new();
        for (row, (event, becomes)) in TABLE.iter().enumerate() {
            for (column, (from, to)) in STATES.into_iter().zip(becomes).enumerate() {
                let address = format!("reader-{row}-{column}@readers.example");
                let person = Person { t: &t, email: EmailAddr::parse(&address).unwrap(), address };
                person.become_one(from).await;
                assert_eq!(person.stands().await, from, "{event}: the beginning");
                person.meet(event).await;
                let is = person.stands().await;
                if is != *to {
                    wrong.push(format!("{from:?} + {event} is {is:?} and should be {to:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
