//! An answer tells nothing about an address: not by its words, not by its status, not by its time.
//!
//! The times are compared by rank (Mann and Whitney 1947): of two kinds of address, how often does an answer for the one
//! take longer than an answer for the other? Half of the time, if nobody can tell them apart. The bound is wide enough for
//! a busy machine, and narrow enough to find a difference that is planted.

use crate::harness::{Harness, Newsroom, Stage, TestDatabase, both_engines};
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use lamplighter::app::App;
use lamplighter::base::{Context, Span};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::subscribers::{self, LeaveScope, SignUp, SuppressionReason};
use std::sync::Arc;
use tower::ServiceExt as _;

const ROUNDS: usize = 40;
const KINDS: [&str; 6] = ["new", "waiting", "subscribed", "left", "barred", "bounced"];
/// Five times the spread of the share for as many answers of equal kinds.
const SHARE_OFF_MAX: f64 = 0.32;

/// All of one length: the page after a sign-up shows its typer the address.
fn address(kind: &str, round: usize) -> String {
    format!("{kind:x<10}-{round:02}@readers.example")
}

/// Everybody whose address will be typed, as they stand before.
async fn prepare(app: &App) {
    for round in 0..ROUNDS {
        let parsed = |kind: &str| EmailAddr::parse(&address(kind, round)).unwrap();
        subscribers::sign_up(app, SignUp::by_form(&address("waiting", round))).await.unwrap();
        for kind in ["subscribed", "left"] {
            subscribers::add(app, Actor::Console, "evening", parsed(kind), &[], false).await.unwrap();
        }
        subscribers::suppress(app, Actor::Console, &parsed("barred"), SuppressionReason::Operator).await.unwrap();
        subscribers::suppress(app, Actor::Console, &parsed("bounced"), SuppressionReason::HardBounce).await.unwrap();
    }
    let everybody = subscribers::list(app, Actor::Console, &subscribers::ListFilter::default()).await.unwrap();
    for line in everybody.iter().filter(|line| line.email.starts_with("left")) {
        let link = subscribers::unsubscribe_link(app, line.subscription_id.0);
        subscribers::leave(app, link.rsplit('/').next().unwrap(), LeaveScope::One).await.unwrap();
    }
}

/// Status, headers and body of an answer without what belongs to the request, and its time in microseconds.
async fn ask(app: &App, address: &str) -> (String, f64) {
    let request = Request::post("/subscribe")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("publication=evening&email={address}")))
        .unwrap();
    let began = app.now();
    let response = lamplighter::web::router(app.clone()).oneshot(request).await.unwrap();
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let took = app.now().since(began).as_micros() as f64;
    head.headers.remove("x-request-id");
    let text =
        String::from_utf8_lossy(&body).replace(address, "ADDRESS").replace(&address.replace('@', "%40"), "ADDRESS");
    // The form that is offered again has a token of its own second.
    let text: Vec<&str> = text.lines().filter(|line| !line.contains("form_token")).collect();
    (format!("{:?}{:?}{}", head.status, head.headers, text.join("\n")), took)
}

/// How often an answer of `one` takes longer than one of `other`.
fn share(one: &[f64], other: &[f64]) -> f64 {
    let longer = |a: &f64, b: &f64| match a.total_cmp(b) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    let sum: f64 = one.iter().map(|a| other.iter().map(|b| longer(a, b)).sum::<f64>()).sum();
    sum / (one.len() * other.len()) as f64
}

fn tells(one: &[f64], other: &[f64]) -> bool {
    (share(one, other) - 0.5).abs() > SHARE_OFF_MAX
}

both_engines! {
    async fn every_kind_of_address_is_answered_alike_and_in_the_same_time(database: Arc<TestDatabase>) {
        let t = Harness::set(Arc::clone(&database)).await;
        t.set_up(Newsroom::empty()).await;
        // Real time: the clock of the stories stands still.
        let app = App::start(lamplighter::config::Config::clone(&t.app.config), database.connect().await, Context::system())
            .await
            .unwrap();
        prepare(&app).await;
        let mut times: Vec<Vec<f64>> = vec![Vec::new(); KINDS.len()];
        let mut answers: Vec<String> = Vec::new();
        for round in 0..ROUNDS {
            for turn in 0..KINDS.len() {
                // Each kind comes first as often as last.
                let kind = (turn + round) % KINDS.len();
                let (answer, took) = ask(&app, &address(KINDS[kind], round)).await;
                times[kind].push(took);
                answers.push(answer);
            }
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:#?}");
        for one in 0..KINDS.len() {
            for other in 0..one {
                let share = share(&times[one], &times[other]);
                assert!(!tells(&times[one], &times[other]), "{} takes longer than {} in {share:.2}", KINDS[one], KINDS[other]);
            }
        }
        // The scale works: two milliseconds more would be seen.
        let later: Vec<f64> = times[0].iter().map(|time| time + Span::millis(2).as_micros() as f64).collect();
        let spread = times[0].iter().fold(0.0, |most: f64, time| most.max(*time)) - times[0].iter().fold(f64::MAX, |least, time| least.min(*time));
        assert!(tells(&later, &times[0]) || spread > 4_000.0, "a planted difference is not seen");
        app.db.close().await;
    }
}
