//! The stream that tells pages when they are out of date.

use super::{MONDAY, at_desk, drafted};
use crate::harness::{Doors, Harness, both_engines};
use lamplighter::editions::{self, EditionChange, SubjectChange};
use lamplighter::operators::{Actor, Role};

/// What arrives until it contains this.
async fn until(stream: &mut reqwest::Response, what: &str) -> String {
    let mut heard = String::new();
    while !heard.contains(what) {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(60), stream.chunk()).await;
        let chunk = chunk.unwrap_or_else(|_| panic!("never heard {what}: {heard}")).unwrap();
        heard.push_str(&String::from_utf8_lossy(&chunk.expect("the stream goes on")));
    }
    heard
}

both_engines! {
    async fn a_change_of_somebody_else_is_heard_and_the_stream_ends_with_the_session(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", &["Harbour opens"]).await;
        let doors = Doors::open(&mut t).await;
        let mut vera = at_desk(&t, &doors, "Vera", Role::Viewer).await;
        let edition = t.edition(MONDAY).await;
        let path = format!("/desk/live?edition={}", edition.id);
        assert_eq!(doors.get(&path).send().await.unwrap().status(), 303, "to the log-in");
        let cookie = vera.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let mut stream = doors.get(&path).header("cookie", &cookie).send().await.unwrap();
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        until(&mut stream, &format!("\"revision\":{}", edition.revision)).await;
        let change = EditionChange { subject: Some(SubjectChange::Own("Heard".to_owned())), ..EditionChange::default() };
        let changed = editions::change_edition(&t.app, Actor::Console, edition.id, None, &change).await.unwrap();
        let heard = until(&mut stream, &format!("\"revision\":{}", changed.revision)).await;
        assert!(heard.starts_with("event: pulse\n") && !heard.contains("Heard"), "numbers and no content: {heard}");
        vera.post("/desk/logout", &[]).await;
        let end = async { while stream.chunk().await.unwrap().is_some() {} };
        tokio::time::timeout(std::time::Duration::from_secs(60), end).await.expect("it ends with the session");
        let gone = vera.get("/desk/live?edition=1").await;
        assert!(gone.status == 303 && gone.header("location").starts_with("/desk/login"), "{gone:?}");
    }
}
