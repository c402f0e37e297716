//! The archive and its feeds over real HTTP: what was sent, to everybody, in forms that other programs accept.

use super::*;
use crate::harness::both_engines;
use lamplighter::editions::{self, corrections};
use lamplighter::gather::inspect_feed;
use lamplighter::operators::Actor;
use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Two evenings: the second has a headline that would break what is not escaped.
async fn two_evenings(t: &Harness) -> Newspaper {
    let paper = Newspaper::open().await;
    let keys = "description = \"The day & more\"\nsite_url = \"https://gazette.example\"";
    t.set_up(Newsroom::of(&paper).with(keys)).await;
    t.subscribe("ada@readers.example").await;
    paper.publish("Harbour opens");
    t.evening("2026-11-23").await;
    paper.publish("Ferry &amp;lt;b&amp;gt;sails&amp;lt;/b&amp;gt; ]]&amp;gt; at &quot;nine&quot;");
    t.evening("2026-11-24").await;
    paper
}

/// What Python's feedparser makes of a feed; `None` where it is not installed.
fn feedparser(text: &str) -> Option<Value> {
    const SCRIPT: &str = "import feedparser, json, sys\nf = feedparser.parse(sys.stdin.buffer.read())\n\
        print(json.dumps({'bozo': int(f.bozo), 'version': f.version, 'id': f.feed.get('id'), 'title': f.feed.get('title'), \
        'author': f.feed.get('author'), 'links': [[l.rel, l.href] for l in f.feed.links], \
        'entries': [{'id': e.id, 'title': e.title, 'link': e.link, 'updated': e.updated, 'published': e.published, \
        'summary': e.summary, 'content': e.content[0].value, 'type': e.content[0].type} for e in f.entries]}))";
    for python in ["python3", "/usr/bin/python3"] {
        let mut command = Command::new(python);
        command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else { continue };
        // An interpreter without feedparser reads nothing: no failure of ours.
        let _ = child.stdin.take().expect("a pipe").write_all(text.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        if output.status.success() {
            return Some(serde_json::from_slice(&output.stdout).expect("its JSON"));
        }
    }
    assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "python3-feedparser is missing");
    eprintln!("SKIPPED: python3 with feedparser is missing");
    None
}

async fn text_of(doors: &Doors, path: &str) -> String {
    let answer = doors.get(path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

both_engines! {
    async fn both_feeds_are_valid_and_carry_the_editions_in_full(t: Harness) {
        let mut t = t;
        let _paper = two_evenings(&t).await;
        let doors = Doors::open(&mut t).await;
        let answer = doors.get("/archive/evening/feed.atom").send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/atom+xml; charset=utf-8");
        let atom = answer.text().await.unwrap();
        let ours = inspect_feed(atom.as_bytes(), Some("application/atom+xml"), None).unwrap();
        let told = serde_json::to_value(&ours).unwrap();
        assert!(told["bozo"].is_null(), "{}", told["bozo"]);
        assert_eq!(told["entries"].as_array().unwrap().len(), 2);
        assert!(atom.contains("<title>The Lamp: Ferry"), "{atom}");

        if let Some(theirs) = feedparser(&atom) {
            assert_eq!((&theirs["bozo"], &theirs["version"]), (&0.into(), &"atom10".into()), "{theirs:#}");
            assert!(theirs["id"].as_str().unwrap().starts_with("urn:uuid:"), "{theirs:#}");
            assert!(theirs["author"].as_str().is_some_and(|it| !it.is_empty()), "{theirs:#}");
            let links = theirs["links"].as_array().unwrap();
            let itself = serde_json::json!(["self", "https://news.example/archive/evening/feed.atom"]);
            assert!(links.contains(&itself), "{theirs:#}");
            let [second, first] = theirs["entries"].as_array().unwrap().as_slice() else { panic!("{theirs:#}") };
            assert_eq!(first["link"], "https://news.example/archive/evening/2026-11-23");
            assert_eq!((&first["published"], &first["updated"]), (&"2026-11-23T18:30:00Z".into(), &"2026-11-23T18:30:00Z".into()));
            assert!(first["content"].as_str().unwrap().contains("Harbour opens"), "{theirs:#}");
            assert_eq!(first["type"], "text/html");
            assert_ne!(first["id"], second["id"]);
        }

        let answer = doors.get("/archive/evening/feed.json").send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/feed+json; charset=utf-8");
        let json = answer.text().await.unwrap();
        let ours = inspect_feed(json.as_bytes(), Some("application/feed+json"), None).unwrap();
        assert_eq!(serde_json::to_value(&ours).unwrap()["entries"].as_array().unwrap().len(), 2);
        let feed: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
        assert_eq!(feed["feed_url"], "https://news.example/archive/evening/feed.json");
        let item = &feed["items"][1];
        assert_eq!((&item["title"], &item["date_published"]), (&"The Lamp: Harbour opens".into(), &"2026-11-23T18:30:00Z".into()));
        assert!(item["content_html"].as_str().unwrap().contains("Harbour opens"));
        for personal in ["unsubscribe", "preferences", "invalid/"] {
            assert!(!atom.contains(personal) && !json.contains(personal), "{personal}");
        }
    }

    async fn whoever_has_a_feed_or_a_page_gets_a_304_until_something_changes(t: Harness) {
        let mut t = t;
        let paper = two_evenings(&t).await;
        let doors = Doors::open(&mut t).await;
        let paths = ["/archive/evening/feed.atom", "/archive/evening/feed.json", "/archive/evening/2026-11-23"];
        let mut known = Vec::new();
        for path in paths {
            let answer = doors.get(path).send().await.unwrap();
            let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            let (etag, modified) = (header("etag"), header("last-modified"));
            assert_eq!(header("cache-control"), "public, max-age=300", "{path}");
            for (name, value) in [("if-none-match", &etag), ("if-modified-since", &modified)] {
                let again = doors.get(path).header(name, value).send().await.unwrap();
                assert_eq!((again.status(), again.headers()["etag"].to_str().unwrap()), (reqwest::StatusCode::NOT_MODIFIED, etag.as_str()));
                assert!(again.bytes().await.unwrap().is_empty(), "{path}");
            }
            known.push((path, etag, modified));
        }
        for index in ["/archive", "/archive/evening"] {
            assert!(!text_of(&doors, index).await.contains("class=\"mark\""), "{index}: nothing was wrong yet");
        }
        // A correction changes all three, and says so.
        let edition = t.edition("2026-11-23").await;
        let article = editions::list_items(&mut t.db().read().await.unwrap(), edition.id).await.unwrap()[0].article_id;
        t.go_to("2026-11-25 09:00").await;
        corrections::correct(&t.app, Actor::Console, edition.id, article, "<b>Monday</b>", "Tuesday & on").await.unwrap();
        for (path, etag, modified) in &known {
            for (name, value) in [("if-none-match", etag), ("if-modified-since", modified)] {
                assert_eq!(doors.get(path).header(name, value).send().await.unwrap().status(), 200, "{path} {name}");
            }
        }
        let index = text_of(&doors, "/archive/evening").await;
        let (_, marked) = index.split_once("/archive/evening/2026-11-23\"").unwrap();
        assert_eq!(index.matches("<span class=\"mark\">Corrected</span>").count(), 1, "{index}");
        assert!(marked.contains("<span class=\"mark\">Corrected</span>"), "it stands beside the one that was wrong");
        let german = doors.get("/archive/evening").header("accept-language", "de").send().await.unwrap();
        assert!(german.text().await.unwrap().contains("<span class=\"mark\">Korrigiert</span>"));
        let page = text_of(&doors, "/archive/evening/2026-11-23").await;
        assert!(page.contains("&#60;b&#62;Monday&#60;/b&#62;") && page.contains("Tuesday &#38; on"), "{page}");
        let atom = text_of(&doors, "/archive/evening/feed.atom").await;
        assert!(atom.contains("<updated>2026-11-25T09:00:00Z</updated>"), "{atom}");
        if let Some(theirs) = feedparser(&atom) {
            let first = &theirs["entries"][1];
            assert_eq!((&theirs["bozo"], &first["updated"]), (&0.into(), &"2026-11-25T09:00:00Z".into()));
            assert!(first["content"].as_str().unwrap().contains("Tuesday &#38; on"), "{first:#}");
        }
        drop(paper);
    }

    async fn one_finds_the_way_from_edition_to_edition_and_to_the_feeds(t: Harness) {
        let mut t = t;
        let _paper = two_evenings(&t).await;
        let doors = Doors::open(&mut t).await;
        let first = text_of(&doors, "/archive/evening/2026-11-23").await;
        assert!(first.contains("rel=\"next\" href=\"/archive/evening/2026-11-24\""), "{first}");
        assert!(!first.contains("rel=\"prev\""), "{first}");
        let second = text_of(&doors, "/archive/evening/2026-11-24").await;
        assert!(second.contains("rel=\"prev\" href=\"/archive/evening/2026-11-23\"") && !second.contains("rel=\"next\""));
        for path in ["/archive", "/archive/evening", "/archive/evening/2026-11-23"] {
            let page = text_of(&doors, path).await;
            assert!(page.contains("type=\"application/atom+xml\"") && page.contains("/archive/evening/feed.atom\""), "{path}");
        }
        for path in ["/archive/gone", "/archive/gone/feed.atom", "/archive/gone/feed.json", "/archive/evening/2026-11-25", "/archive/evening?page=2", "/archive/evening?page=0"] {
            let answer = doors.get(path).header("accept", "text/html").send().await.unwrap();
            assert_eq!(answer.status(), 404, "{path}");
            assert!(answer.text().await.unwrap().contains("To the archive"), "{path}");
        }
    }

    async fn a_draft_and_what_was_given_up_are_nowhere(t: Harness) {
        let mut t = t;
        let paper = two_evenings(&t).await;
        paper.publish("Nobody may know");
        t.go_to("2026-11-25 17:50").await;
        t.live_until("2026-11-25 18:10").await;
        let draft = t.edition("2026-11-25").await;
        let doors = Doors::open(&mut t).await;
        let paths = ["/archive", "/archive/evening", "/archive/evening/feed.atom", "/archive/evening/feed.json"];
        for path in paths {
            assert!(!text_of(&doors, path).await.contains("Nobody may know"), "{path}");
        }
        assert_eq!(doors.get("/archive/evening/2026-11-25").send().await.unwrap().status(), 404);
        editions::cancel(&t.app, Actor::Console, draft.id, "").await.unwrap();
        for path in paths {
            assert!(!text_of(&doors, path).await.contains("Nobody may know"), "{path}");
        }
        assert_eq!(doors.get("/archive/evening/2026-11-25").send().await.unwrap().status(), 404);
    }

    async fn a_mail_about_a_mistake_is_a_note_on_the_edition_that_was_wrong(t: Harness) {
        let mut t = t;
        let _paper = two_evenings(&t).await;
        let edition = t.edition("2026-11-23").await;
        let article = editions::list_items(&mut t.db().read().await.unwrap(), edition.id).await.unwrap()[0].article_id;
        corrections::correct(&t.app, Actor::Console, edition.id, article, "Monday", "Tuesday").await.unwrap();
        let mail = corrections::draft_correction_mail(&t.app, Actor::Console, edition.id, &[]).await.unwrap();
        assert_eq!(mail.subject, "Correction: Harbour opens");
        lamplighter::delivery::send_now(&t.app, Actor::Console, mail.id).await.unwrap();
        t.run_until_idle().await;
        let doors = Doors::open(&mut t).await;
        let answer = doors.get(&format!("/archive/evening/{}", mail.label)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, "/archive/evening/2026-11-23"));
        for path in ["/archive/evening", "/archive/evening/feed.atom", "/archive/evening/feed.json"] {
            assert!(!text_of(&doors, path).await.contains("Correction: "), "{path}");
        }
        let sent = t.editions_for("ada@readers.example").last().unwrap().text.clone();
        assert!(sent.contains("We wrote: Monday") && sent.contains("Corrections"), "{sent}");
    }
}
