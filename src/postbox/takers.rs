//! Takers for tests: they note what they are given, and say what they are told to say.

use super::{Taken, Taker};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tokio::sync::{Notify, Semaphore};

/// A mail as it was handed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    pub raw: Vec<u8>,
    pub from: Option<String>,
    pub to: Vec<String>,
}

/// Knows every recipient at `bounce.news.example`. Mails with `nonsense` in them are refused.
pub struct Notebook {
    given: Mutex<Vec<Given>>,
    /// So many calls are answered "not now".
    not_now: AtomicUsize,
    /// A taking waits here for a permit.
    pub gate: Semaphore,
    is_gated: AtomicBool,
    /// Told when a taking begins.
    pub begun: Notify,
}

impl Default for Notebook {
    fn default() -> Self {
        Self {
            given: Mutex::default(),
            not_now: AtomicUsize::new(0),
            gate: Semaphore::new(0),
            is_gated: AtomicBool::new(false),
            begun: Notify::new(),
        }
    }
}

impl Notebook {
    pub fn failing(times: usize) -> Self {
        Self { not_now: AtomicUsize::new(times), ..Self::default() }
    }

    pub fn gated() -> Self {
        Self { is_gated: AtomicBool::new(true), ..Self::default() }
    }

    pub fn given(&self) -> Vec<Given> {
        self.given.lock().unwrap().clone()
    }

    pub fn bodies(&self) -> Vec<String> {
        self.given().iter().map(|given| String::from_utf8_lossy(&given.raw).into_owned()).collect()
    }
}

impl Taker for Notebook {
    fn knows(&self, recipient: &str) -> bool {
        recipient.ends_with("@bounce.news.example")
    }

    async fn take(&self, raw: &[u8], from: Option<&str>, to: &[String]) -> Result<Taken, String> {
        self.begun.notify_one();
        if self.is_gated.load(Ordering::SeqCst) {
            self.gate.acquire().await.unwrap().forget();
        }
        let is_away = self.not_now.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if is_away.is_ok() {
            return Err("the database is away".to_owned());
        }
        let given = Given { raw: raw.to_vec(), from: from.map(str::to_owned), to: to.to_vec() };
        self.given.lock().unwrap().push(given);
        let is_nonsense = memchr::memmem::find(raw, b"nonsense").is_some();
        Ok(if is_nonsense { Taken::Refused("not understood".to_owned()) } else { Taken::Done })
    }
}
