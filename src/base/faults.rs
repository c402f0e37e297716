//! Places at which a test may stop the world, to see what a restart finds.
//!
//! A crash here is a task that never goes on: the harness then drops everything that lived in memory and starts anew on
//! the same database, as after a `kill -9`. Nothing is armed in service, and an unarmed point costs one atomic load.
//! The handle belongs to one running service, so tests in parallel do not meet.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use tokio::sync::Notify;

macro_rules! crash_points {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum CrashPoint { $($(#[$doc])* $name),* }
        impl CrashPoint {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

crash_points! {
    /// The claim is written and not yet committed.
    BeforeClaimCommit,
    /// The claim is committed, the draft not yet composed.
    AfterClaimCommit,
    /// Content and audience are written and not yet committed.
    BeforeSealCommit,
    /// The edition is sealed, nothing is sent.
    AfterSealCommit,
    /// A worker holds leases and has opened no attempt.
    AfterLease,
    /// The intent is durable; the relay has not heard of the mail.
    AfterAttemptStarted,
    /// The relay granted DATA; the mail is not sent.
    AfterDataGranted,
    /// The relay accepted; the outcome is not written.
    AfterAcceptBeforeRecord,
    /// The outcome is written and not yet committed.
    BeforeOutcomeCommit,
    /// The outcome is committed.
    AfterOutcomeCommit,
    /// What follows from refusals is written and not yet committed.
    BeforeRefusalCommit,
    /// A sign-up is committed; the visitor has no answer.
    AfterSignUpCommit,
    /// A feed's articles are written and not yet committed.
    BeforeGatherCommit,
    /// What articles have to do with each other is written and not yet committed.
    BeforeSettleCommit,
    /// Any transaction that may write: everything is written and nothing committed. Armed by its number, it stands for
    /// every point there is in a stretch of the service's life.
    BeforeCommit,
    /// Any transaction that may write is committed; whoever did so does not know it yet.
    AfterCommit,
}

const NOTHING_ARMED: u8 = u8::MAX;

struct State {
    armed: AtomicU8,
    hits_left: AtomicUsize,
    crashed: AtomicBool,
    told: Notify,
}

/// The handle of one running service.
#[derive(Clone)]
pub struct Faults(Arc<State>);

impl Faults {
    pub fn none() -> Self {
        Self(Arc::new(State {
            armed: AtomicU8::new(NOTHING_ARMED),
            hits_left: AtomicUsize::new(0),
            crashed: AtomicBool::new(false),
            told: Notify::new(),
        }))
    }

    /// The `nth` hit of `point` (1 is the first) will crash.
    pub fn arm(&self, point: CrashPoint, nth: usize) {
        self.0.hits_left.store(nth, Ordering::SeqCst);
        self.0.armed.store(point as u8, Ordering::SeqCst);
    }

    /// Passed on the way; never returns once the world has crashed.
    pub async fn hit(&self, point: CrashPoint) {
        let armed = self.0.armed.load(Ordering::SeqCst);
        if armed == NOTHING_ARMED {
            return;
        }
        if armed == point as u8 && self.0.hits_left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.crashed.store(true, Ordering::SeqCst);
            self.0.told.notify_waiters();
        }
        if self.has_crashed() {
            std::future::pending::<()>().await;
        }
    }

    pub fn has_crashed(&self) -> bool {
        self.0.crashed.load(Ordering::SeqCst)
    }

    /// Resolves when the armed point was hit.
    pub async fn crashed(&self) {
        loop {
            let told = self.0.told.notified();
            if self.has_crashed() {
                return;
            }
            told.await;
        }
    }
}
