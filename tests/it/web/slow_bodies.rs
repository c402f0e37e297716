//! Somebody whose account, session, role or key ends while what they sent is still on its way.
//!
//! `Expect: 100-continue` makes it certain: the service asks for the body only after it has looked who it is.

use super::authorisation::session;
use super::*;
use crate::harness::both_engines;
use lamplighter::base::Span;
use lamplighter::operators::standing::{change_role, disable};
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::operators::{Actor, OperatorId, Role, create, log_out};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const LOWER: Sql = Sql::both("UPDATE operators SET role = 'viewer' WHERE id = $1");
const SUPPRESSED: Sql = Sql::both("SELECT COUNT(*) AS value FROM suppressions");
const SUBSCRIBED: Sql = Sql::both("SELECT COUNT(*) AS value FROM subscriptions");
const UPLOADED: Sql = Sql::both("SELECT COUNT(*) AS value FROM import_jobs WHERE state <> 'cancelled'");
const PIECES: Sql = Sql::both("SELECT COUNT(*) AS value FROM import_chunks");

async fn count(t: &Harness, of: Sql) -> i64 {
    t.db().read().await.unwrap().fetch_value(of, vec![]).await.unwrap()
}

/// A request whose body was asked for and has not come.
struct Sending {
    stream: TcpStream,
    body: String,
}

impl Sending {
    async fn begin(doors: &Doors, path: &str, headers: &str, body: &str) -> Self {
        Self::begin_with("POST", doors, path, headers, body).await
    }

    async fn begin_with(method: &str, doors: &Doors, path: &str, headers: &str, body: &str) -> Self {
        let mut stream = TcpStream::connect(doors.address.strip_prefix("http://").unwrap()).await.unwrap();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\nExpect: 100-continue\r\n\
             Content-Length: {length}\r\n{headers}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut told = Vec::new();
        while !told.ends_with(b"\r\n\r\n") {
            told.push(stream.read_u8().await.unwrap());
        }
        assert!(told.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&told));
        Self { stream, body: body.to_owned() }
    }

    /// The body comes at last; what is answered.
    async fn end(mut self) -> String {
        self.stream.write_all(self.body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

fn browser(token: &str, media_type: &str) -> String {
    format!(
        "Origin: https://news.example\r\nSec-Fetch-Site: same-origin\r\nCookie: __Host-lamplighter={token}\r\n\
         Content-Type: {media_type}"
    )
}

fn program(key: &str, media_type: &str) -> String {
    format!("Authorization: Bearer {key}\r\nContent-Type: {media_type}")
}

async fn editor(t: &Harness, name: &str) -> (OperatorId, String) {
    let email = format!("{name}@news.example");
    let id = create(&t.app, Actor::Console, &email, "Ed", Role::Editor, "correct horse battery").await.unwrap();
    (id, session(t, id, "open", t.now() + Span::hours(1)).await)
}

/// Nothing was done, and what was typed is shown once more.
fn is_unsaved(answer: &str, name: &str) -> bool {
    answer.starts_with("HTTP/1.1 403")
        && answer.contains("This was not saved")
        && answer.contains(&format!("{name}@readers.example"))
}

both_engines! {
    async fn a_form_on_its_way_is_nobodys_whose_account_session_or_role_has_ended(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        const FORM: &str = "application/x-www-form-urlencoded";
        let path = "/desk/suppressions";
        let body = |name: &str| format!("email={name}%40readers.example&why=They+asked+for+it");

        let (id, token) = editor(&t, "disabled").await;
        let sending = Sending::begin(&doors, path, &browser(&token, FORM), &body("one")).await;
        disable(&t.app, Actor::Console, id).await.unwrap();
        let answer = sending.end().await;
        assert!(is_unsaved(&answer, "one"), "{answer}");

        let (_, token) = editor(&t, "gone").await;
        let sending = Sending::begin(&doors, path, &browser(&token, FORM), &body("two")).await;
        log_out(&t.app, &token).await.unwrap();
        let answer = sending.end().await;
        assert!(is_unsaved(&answer, "two"), "{answer}");

        let (id, token) = editor(&t, "demoted").await;
        let sending = Sending::begin(&doors, path, &browser(&token, FORM), &body("three")).await;
        change_role(&t.app, Actor::Console, id, Role::Viewer).await.unwrap();
        let answer = sending.end().await;
        assert!(is_unsaved(&answer, "three"), "it ends sessions: {answer}");

        // As if a change of the role left the session.
        let (id, token) = editor(&t, "lowered").await;
        let sending = Sending::begin(&doors, path, &browser(&token, FORM), &body("three")).await;
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(LOWER, vec![id.into()]).await.unwrap();
        tx.commit().await.unwrap();
        let answer = sending.end().await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        assert_eq!(count(&t, SUPPRESSED).await, 0, "nothing was done by any of them");

        let (_, token) = editor(&t, "here").await;
        let answer = Sending::begin(&doors, path, &browser(&token, FORM), &body("four")).await.end().await;
        assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /desk/suppressions"), "{answer}");
        assert_eq!(count(&t, SUPPRESSED).await, 1, "whoever is still there is not kept from it");
    }

    async fn a_list_on_its_way_is_forgotten_when_its_sender_may_not_any_more(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let (id, token) = editor(&t, "disabled").await;
        let part = "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nemail\nada@readers.example\n\r\n--x--\r\n";
        let headers = browser(&token, "multipart/form-data; boundary=x");
        let sending = Sending::begin(&doors, "/desk/subscribers/imports", &headers, part).await;
        disable(&t.app, Actor::Console, id).await.unwrap();
        let answer = sending.end().await;
        assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /desk/login"), "{answer}");

        let key = tokens::create(&t.app, Actor::Console, "crm", &[Scope::Write]).await.unwrap();
        let sending = Sending::begin(&doors, "/api/v1/imports", &program(&key, "text/csv"), "email\nada@readers.example\n").await;
        tokens::revoke(&t.app, Actor::Console, "crm").await.unwrap();
        let answer = sending.end().await;
        assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("invalid_token"), "{answer}");
        assert_eq!((count(&t, UPLOADED).await, count(&t, PIECES).await), (0, 0));
    }

    async fn a_key_that_is_revoked_while_a_body_is_on_its_way_does_nothing_more(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let doors = Doors::open(&mut t).await;
        let body = r#"{"email": "anna@readers.example", "publication": "evening", "consent": "at the fair"}"#;
        for (name, more) in [("plain", ""), ("repeatable", "\r\nIdempotency-Key: one")] {
            let key = tokens::create(&t.app, Actor::Console, name, &[Scope::Write]).await.unwrap();
            let headers = program(&key, "application/json") + more;
            let sending = Sending::begin(&doors, "/api/v1/subscribers", &headers, body).await;
            tokens::revoke(&t.app, Actor::Console, name).await.unwrap();
            let answer = sending.end().await;
            assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("invalid_token"), "{name}: {answer}");
        }
        assert_eq!(count(&t, SUBSCRIBED).await, 0);
        // A file that is held whole is a body like any other: it is not even looked at.
        let key = tokens::create(&t.app, Actor::Console, "painter", &[Scope::Configure]).await.unwrap();
        let logo = "/api/v1/publications/evening/logo?version=1";
        let sending = Sending::begin_with("PUT", &doors, logo, &program(&key, "image/png"), "no picture").await;
        tokens::revoke(&t.app, Actor::Console, "painter").await.unwrap();
        let answer = sending.end().await;
        assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("invalid_token"), "{answer}");
        let key = tokens::create(&t.app, Actor::Console, "lasting", &[Scope::Write]).await.unwrap();
        let sending = Sending::begin(&doors, "/api/v1/subscribers", &program(&key, "application/json"), body).await;
        let answer = sending.end().await;
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
}
