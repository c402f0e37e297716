//! A program of the newsroom's that is told what happens: it keeps what it is sent, answers as it is bidden, and checks
//! signatures as the specification says.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use data_encoding::BASE64;
use lamplighter::base::hash::hmac_sha256;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What was sent.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: String,
    pub timestamp: String,
    pub signatures: Vec<String>,
    pub body: String,
}

impl Told {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Whether one of the signatures is of this secret.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        let message = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        let wanted = format!("v1,{}", BASE64.encode(&hmac_sha256(&key, message.as_bytes())));
        self.signatures.contains(&wanted)
    }
}

#[derive(Default)]
struct State {
    told: Vec<Told>,
    /// The next answers; 200 when there are none.
    answers: VecDeque<u16>,
    always: Option<u16>,
}

pub struct Receiver {
    address: String,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

impl Receiver {
    pub async fn open() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let kept = Arc::clone(&state);
        let take = move |headers: HeaderMap, body: Bytes| {
            let header = |name: &str| headers.get(name).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default();
            let told = Told {
                id: header("webhook-id"),
                timestamp: header("webhook-timestamp"),
                signatures: header("webhook-signature").split(' ').map(str::to_owned).collect(),
                body: String::from_utf8(body.to_vec()).unwrap(),
            };
            let mut state = kept.lock().unwrap();
            state.told.push(told);
            let status = state.answers.pop_front().or(state.always).unwrap_or(200);
            async move { (StatusCode::from_u16(status).unwrap(), format!("answered {status}\n{}", "x".repeat(2000))) }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}/hook", listener.local_addr().expect("a bound listener"));
        let router = Router::new().route("/hook", post(take));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { address, state, server }
    }

    pub fn url(&self) -> &str {
        &self.address
    }

    pub fn answer(&self, statuses: &[u16]) {
        self.state.lock().unwrap().answers.extend(statuses);
    }

    pub fn always(&self, status: Option<u16>) {
        self.state.lock().unwrap().always = status;
    }

    /// How many came since the last look.
    pub fn count(&self) -> usize {
        self.state.lock().unwrap().told.len()
    }

    /// What came since the last look.
    pub fn take(&self) -> Vec<Told> {
        std::mem::take(&mut self.state.lock().unwrap().told)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}
