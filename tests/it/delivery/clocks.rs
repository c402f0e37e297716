//! A clock that is set back and forth while an edition goes out.

use super::engine::{counted, edition, publication};
use super::{compare, states, until, until_taken};
use crate::harness::{Harness, both_engines};
use lamplighter::base::Span;
use lamplighter::delivery::run_workers;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

both_engines! {
    async fn two_hours_back_and_a_day_ahead_in_mid_send_lose_nobody_and_mail_nobody_twice(t: Harness) {
        let mut t = t;
        let mut readers: Vec<String> = (0..900).map(|n| format!("slow-5+{n}@x.example")).collect();
        readers.extend((0..5).map(|n| format!("tempfail-1+{n}@x.example")));
        let publication = publication(&t, "hold").await;
        let edition = edition(&t, publication, "tonight", &readers, Span::hours(72)).await;
        let (app, stop) = (t.app.clone(), CancellationToken::new());
        let stopped = stop.clone();
        t.spawn(async move { run_workers(app, stopped).await });

        until_taken(&t.sink, 100).await;
        t.clock.set(t.now() - Span::hours(2));
        until_taken(&t.sink, 300).await;
        t.advance(Span::hours(24));
        until_taken(&t.sink, 500).await;
        t.clock.set(t.now() - Span::hours(2));
        // Time goes on by itself, and those who are put off have their turn.
        until("nobody waits any more", Duration::from_secs(60), async || {
            t.advance(Span::seconds(30));
            counted(t.db(), edition).await.waiting == 0
        }).await;
        stop.cancel();
        assert_eq!(compare(&readers, &states(t.db()).await, &t.sink), 0);
    }
}
