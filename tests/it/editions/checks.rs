//! What the web says of a draft before it goes out: pages that are gone, sites that are down, images that are too large.

use super::newsroom::{EDITOR, operator, told};
use crate::harness::{Harness, Newsroom, both_engines};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, Response};
use lamplighter::base::Span;
use lamplighter::config::Config;
use lamplighter::db::Sql;
use lamplighter::editions::{self, CheckKind, EditionError, EditionState as S, Placement, corrections};
use lamplighter::operators::Actor;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const MONDAY: &str = "2026-11-23";
const WITHDRAW_ALL: Sql = Sql::both("UPDATE articles SET gone_at = 1 WHERE id > $1");
const EMPTY: Sql = Sql::both("DELETE FROM edition_items WHERE edition_id = $1");

/// A site whose articles stand on it: `/feed`, `/story/N`, `/image/N`. A path answers 200 unless told otherwise.
#[derive(Clone)]
struct Site {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
}

#[derive(Default)]
struct Desk {
    stories: usize,
    answers: BTreeMap<String, u16>,
    refuses_head: bool,
    image_bytes: usize,
    asked: Vec<(Method, String)>,
}

impl Site {
    async fn open(stories: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Desk { stories, image_bytes: 9, ..Desk::default() };
        let site = Self { address, desk: Arc::new(Mutex::new(desk)) };
        let of_server = site.clone();
        let router = axum::Router::new().fallback(move |request: Request| {
            let answer = of_server.answer(&request);
            async move { answer }
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        site
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn change(&self, change: impl FnOnce(&mut Desk)) {
        change(&mut self.desk.lock().unwrap());
    }

    fn answers(&self, path: &str, status: u16) {
        self.change(|desk| {
            desk.answers.insert(path.to_owned(), status);
        });
    }

    /// How often a path was asked for by a program that does not read.
    fn probes(&self, path: &str) -> usize {
        let desk = self.desk.lock().unwrap();
        desk.asked.iter().filter(|(method, it)| *method == Method::HEAD && it == path).count()
    }

    fn answer(&self, request: &Request) -> Response<Body> {
        let mut desk = self.desk.lock().unwrap();
        let path = request.uri().path().to_owned();
        desk.asked.push((request.method().clone(), path.clone()));
        if desk.refuses_head && request.method() == Method::HEAD {
            return Response::builder().status(405).body(Body::empty()).unwrap();
        }
        let status = desk.answers.get(&path).copied().unwrap_or(200);
        let body = if path == "/feed" {
            self.feed(desk.stories).into_bytes()
        } else if path.starts_with("/image/") {
            vec![b'.'; desk.image_bytes]
        } else {
            b"<p>A page.</p>".to_vec()
        };
        let kind = if path == "/feed" { "application/rss+xml" } else { "text/html" };
        Response::builder().status(status).header("content-type", kind).body(Body::from(body)).unwrap()
    }

    fn feed(&self, stories: usize) -> String {
        let items: String = (1..=stories)
            .map(|n| {
                format!(
                    "<item><title>Story number {n} of the harbour</title><link>{}</link><guid isPermaLink='false'>s{n}</guid>\
                     <enclosure url='{}' type='image/jpeg' length='9'/>\
                     <description>What happened at quay {n} today, as the keeper of quay {n} told it to us.</description></item>",
                    self.url(&format!("/story/{n}")),
                    self.url(&format!("/image/{n}"))
                )
            })
            .collect();
        format!("<rss version='2.0'><channel><title>The Gazette</title>{items}</channel></rss>")
    }
}

/// The newsroom's service is on this machine, too: links that lead here are as they should be.
async fn at_home(t: Harness, site: &Site, keys: &str) -> Harness {
    let t = t
        .restart_with(|config: &mut Config| {
            config.site.base_url = "http://127.0.0.1:8080".parse().unwrap();
            config.limits.check_links = true;
        })
        .await;
    operator(&t, EDITOR).await;
    let source = "pages = \"never\"";
    t.set_up(Newsroom::empty().source(&site.url("/feed"), source).with(keys)).await;
    let ada = lamplighter::mail::EmailAddr::parse("ada@readers.example").unwrap();
    lamplighter::subscribers::add(&t.app, Actor::Console, "evening", ada, &[], false).await.unwrap();
    t.go_to("2026-11-23 17:58").await;
    t.live_until("2026-11-23 18:02").await;
    assert_eq!(t.state_of(MONDAY).await, S::Drafted);
    t
}

/// The path of the page of an item.
fn path_of(item: &editions::Item) -> String {
    url::Url::parse(&item.story.url).unwrap().path().to_owned()
}

fn title_of(n: usize) -> String {
    format!("Story number {n} of the harbour")
}

both_engines! {
    async fn a_page_that_is_gone_takes_its_story_along_and_the_rest_goes_out(t: Harness) {
        let site = Site::open(4).await;
        let t = at_home(t, &site, "").await;
        site.answers("/story/2", 404);
        site.answers("/story/3", 410);
        site.change(|desk| desk.stories = 5);
        t.evening(MONDAY).await;
        assert_eq!(t.headlines(MONDAY).await, [title_of(1), title_of(4)]);
        assert_eq!((t.state_of(MONDAY).await, t.editions_mailed().len()), (S::Sent, 1));
        assert!(!t.editions_mailed()[0].text.contains(&title_of(2)));
        assert_eq!(t.candidates().await.get("gone"), Some(&2));
        t.assert_conserved("evening").await;
        let mut tx = t.db().read().await.unwrap();
        let id = t.edition(MONDAY).await.id;
        let events = editions::list_events(&mut tx, id).await.unwrap();
        let check = events.iter().find(|it| it.verb == "check").unwrap();
        assert!(check.reason.contains(&title_of(2)) && check.actor == "system", "{check:?}");
    }

    async fn one_page_that_fails_is_told_and_stops_nothing(t: Harness) {
        let site = Site::open(4).await;
        let t = at_home(t, &site, "").await;
        site.answers("/story/2", 503);
        site.answers("/story/3", 403);
        site.change(|desk| desk.image_bytes = 1_000_001);
        let id = t.edition(MONDAY).await.id;
        let findings = editions::ask_web(&t.app, Actor::Console, id).await.unwrap();
        assert!(findings.dropped.is_empty() && !findings.found.is_empty());
        let edition = t.edition(MONDAY).await;
        let mut tx = t.db().read().await.unwrap();
        let checks = editions::checks(&t.app, &mut tx, &edition).await.unwrap();
        drop(tx);
        assert!(checks.iter().all(|it| !it.is_red()), "{checks:?}");
        assert_eq!(checks.iter().filter(|it| it.kind == CheckKind::Links).count(), 1, "{checks:?}");
        assert!(checks.iter().any(|it| it.kind == CheckKind::Images && it.message.contains("larger than 1 MB")));
        t.evening(MONDAY).await;
        assert_eq!(t.state_of(MONDAY).await, S::Sent);
    }

    async fn a_site_that_is_down_loses_no_story_and_is_asked_again_until_the_send_time(t: Harness) {
        let site = Site::open(3).await;
        let t = at_home(t, &site, "").await;
        for n in 1..=3 {
            site.answers(&format!("/story/{n}"), 404);
        }
        t.live_until("2026-11-23 18:25").await;
        let edition = t.edition(MONDAY).await;
        assert_eq!((edition.state, edition.attention), (S::Drafted, None), "it may be back in time");
        for n in 1..=3 {
            site.answers(&format!("/story/{n}"), 200);
        }
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.headlines(MONDAY).await.len(), 3);
        assert_eq!((t.state_of(MONDAY).await, t.editions_mailed().len()), (S::Sent, 1));
    }

    async fn a_site_that_stays_down_asks_for_an_editor_at_the_send_time(t: Harness) {
        let site = Site::open(3).await;
        let t = at_home(t, &site, "").await;
        for n in 1..=3 {
            site.answers(&format!("/story/{n}"), 500);
        }
        t.live_until("2026-11-23 18:40").await;
        let edition = t.edition(MONDAY).await;
        assert_eq!(edition.state, S::Drafted);
        assert!(edition.attention.unwrap().contains("3 of 3 links lead nowhere"));
        assert_eq!(told(&t, EDITOR, "needs somebody to look at it"), 1);
        let refused = editions::approve(&t.app, Actor::Console, edition.id).await;
        assert!(matches!(refused, Err(EditionError::ChecksFailed(_))), "{refused:?}");
        for n in 1..=3 {
            site.answers(&format!("/story/{n}"), 200);
        }
        editions::ask_web(&t.app, Actor::Console, edition.id).await.unwrap();
        editions::approve(&t.app, Actor::Console, edition.id).await.unwrap();
        t.live_until("2026-11-23 18:44").await;
        assert_eq!(t.state_of(MONDAY).await, S::Sent);
    }

    async fn breaking_news_wait_for_their_page_and_are_made_once(t: Harness) {
        let site = Site::open(1).await;
        let t = at_home(t, &site, "").await;
        t.set_up(Newsroom::empty().source(&site.url("/feed"), "pages = \"never\"").push_source("Desk")).await;
        let ben = lamplighter::mail::EmailAddr::parse("ben@readers.example").unwrap();
        lamplighter::subscribers::add(&t.app, Actor::Console, "evening", ben, &[], true).await.unwrap();
        let hand_in = async |path: &str, title: &str| {
            site.answers(path, 404);
            let article = serde_json::json!({
                "url": site.url(path), "title": title, "breaking": true,
                "content_text": "The harbour burns tonight, as the keeper of the quay told us. More will be known later.",
            });
            lamplighter::gather::push::push_articles(&t.app, Actor::Console, article).await.unwrap();
        };
        let turn = async |minutes| {
            t.advance(Span::minutes(minutes));
            t.tick().await;
            t.run_until_idle().await;
            let all = t.editions_of("evening").await;
            all.into_iter().filter(|it| it.label.contains("-b")).collect::<Vec<_>>()
        };
        hand_in("/story/7", "Harbour burns").await;
        assert_eq!(turn(1).await[0].state, S::Drafted);
        site.answers("/story/7", 200);
        let made = turn(3).await;
        assert_eq!((made.len(), made[0].state), (1, S::Sent), "{made:?}");
        assert_eq!(t.editions_for("ben@readers.example").len(), 1);

        hand_in("/story/8", "Ferry sinks").await;
        for _ in 0..4 {
            turn(2).await;
        }
        let made = turn(2).await;
        assert_eq!((made.len(), made[1].state), (2, S::Drafted), "{made:?}");
        assert!(made[1].attention.as_deref().unwrap_or_default().contains("is not there"), "{made:?}");
        t.assert_conserved("evening").await;
    }

    async fn a_server_that_knows_no_head_is_asked_as_readers_ask(t: Harness) {
        let site = Site::open(2).await;
        let t = at_home(t, &site, "approval = \"manual\"").await;
        site.change(|desk| desk.refuses_head = true);
        site.answers("/story/2", 404);
        let id = t.edition(MONDAY).await.id;
        let findings = editions::ask_web(&t.app, Actor::Console, id).await.unwrap();
        assert_eq!(findings.dropped, [title_of(2)]);
        assert_eq!(t.headlines(MONDAY).await, [title_of(1)]);
    }

    async fn a_revision_is_asked_about_once_and_a_changed_one_again(t: Harness) {
        let site = Site::open(2).await;
        let t = at_home(t, &site, "approval = \"manual\"").await;
        t.live_until("2026-11-23 18:26").await;
        assert_eq!(site.probes("/story/1"), 1);
        let id = t.edition(MONDAY).await.id;
        editions::review(&t.app, Actor::Console, id, None).await.unwrap();
        t.live_until("2026-11-23 18:28").await;
        assert_eq!(site.probes("/story/1"), 1, "a reading changes nothing of it");
        let item = t.items_of(MONDAY).await.remove(0);
        editions::remove(&t.app, Actor::Console, id, None, item.article_id, &editions::Removal::Back).await.unwrap();
        t.advance(Span::minutes(1));
        t.tick().await;
        assert_eq!(site.probes("/story/1") + site.probes("/story/2"), 3, "what is left is asked about anew");
    }

    async fn a_correction_goes_out_though_its_articles_were_taken_down(t: Harness) {
        let site = Site::open(2).await;
        let t = at_home(t, &site, "").await;
        t.evening(MONDAY).await;
        let sent = t.edition(MONDAY).await;
        for item in t.items_of(MONDAY).await {
            corrections::correct(&t.app, Actor::Console, sent.id, item.article_id, "by nine", "by ten").await.unwrap();
            site.answers(&path_of(&item), 410);
        }
        let mut tx = t.db().begin().await.unwrap();
        assert_eq!(tx.execute(WITHDRAW_ALL, vec![0_i64.into()]).await.unwrap(), 2);
        tx.commit().await.unwrap();
        let mail = corrections::draft_correction_mail(&t.app, Actor::Console, sent.id, &[]).await.unwrap();
        let findings = editions::ask_web(&t.app, Actor::Console, mail.id).await.unwrap();
        assert!(findings.dropped.is_empty() && findings.found.iter().all(|it| !it.is_red()), "{findings:?}");
        editions::approve(&t.app, Actor::Console, mail.id).await.unwrap();
        t.tick().await;
        t.run_until_idle().await;
        assert_eq!(t.edition(&mail.label).await.state, S::Sent);
        let mails = t.editions_for("ada@readers.example");
        assert_eq!(mails.last().unwrap().text.matches("by ten").count(), 2, "both are told");
        t.assert_conserved("evening").await;
    }

    async fn what_moves_up_is_asked_about_in_its_turn_and_pins_close_up(t: Harness) {
        let site = Site::open(6).await;
        let t = at_home(t, &site, "approval = \"manual\"\nfull_items_max = 3\nheadline_items_max = 0").await;
        let edition = t.edition(MONDAY).await;
        let order: Vec<_> = t.items_of(MONDAY).await.iter().map(|it| it.article_id).collect();
        editions::reorder(&t.app, Actor::Console, edition.id, None, &order, 1).await.unwrap();
        let items = t.items_of(MONDAY).await;
        let next = items.iter().find(|it| it.placement == Placement::Overflow).unwrap();
        site.answers(&path_of(&items[1]), 404);
        site.answers(&path_of(next), 404);
        let findings = editions::ask_web(&t.app, Actor::Console, edition.id).await.unwrap();
        assert_eq!(findings.dropped, [items[1].story.title.clone(), next.story.title.clone()]);
        assert_eq!(site.probes(&path_of(&items[0])), 1, "what has answered is not asked again");
        let left = t.items_of(MONDAY).await;
        assert_eq!(left.iter().map(|it| it.pinned).collect::<Vec<_>>(), [Some(1), Some(2), Some(3), Some(4)]);
        let edition = t.edition(MONDAY).await;
        assert_eq!(edition.findings_revision, Some(edition.revision));
    }

    async fn an_approval_stands_unless_what_the_edition_leads_with_is_gone(t: Harness) {
        let site = Site::open(5).await;
        let t = at_home(t, &site, "approval = \"manual\"").await;
        let id = t.edition(MONDAY).await.id;
        editions::approve(&t.app, Actor::Console, id).await.unwrap();
        let items = t.items_of(MONDAY).await;
        site.answers(&path_of(&items[4]), 404);
        editions::ask_web(&t.app, Actor::System, id).await.unwrap();
        assert_eq!((t.items_of(MONDAY).await.len(), t.state_of(MONDAY).await), (4, S::Approved));
        site.answers(&path_of(&items[0]), 404);
        editions::ask_web(&t.app, Actor::System, id).await.unwrap();
        let edition = t.edition(MONDAY).await;
        assert_eq!((edition.state, edition.approved_by), (S::Drafted, None));
        assert!(edition.attention.unwrap().contains("its approval was taken back"));
        t.run_until_idle().await;
        assert_eq!(told(&t, EDITOR, "needs somebody to look at it"), 1);
        editions::approve(&t.app, Actor::Console, id).await.unwrap();
        t.evening(MONDAY).await;
        assert_eq!(t.state_of(MONDAY).await, S::Sent);
    }

    async fn an_approved_edition_that_loses_its_only_story_is_not_sent_to_nobody(t: Harness) {
        let site = Site::open(1).await;
        let t = at_home(t, &site, "approval = \"manual\"").await;
        editions::approve(&t.app, Actor::Console, t.edition(MONDAY).await.id).await.unwrap();
        site.answers("/story/1", 404);
        t.live_until("2026-11-23 18:40").await;
        let edition = t.edition(MONDAY).await;
        assert_eq!((edition.state, edition.sealed_at), (S::Drafted, None));
        assert!(edition.attention.unwrap().contains("no story is left"));
        assert_eq!(told(&t, EDITOR, "needs somebody to look at it"), 1);
    }

    async fn an_edition_of_nothing_is_not_sealed(t: Harness) {
        let site = Site::open(1).await;
        let t = at_home(t, &site, "approval = \"manual\"").await;
        let id = t.edition(MONDAY).await.id;
        editions::approve(&t.app, Actor::Console, id).await.unwrap();
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(EMPTY, vec![id.0.into()]).await.unwrap();
        tx.commit().await.unwrap();
        let refused = lamplighter::delivery::seal(&t.app, Actor::System, id).await.map(drop);
        assert!(matches!(refused, Err(EditionError::ChecksFailed(_))), "{refused:?}");
        assert_eq!(t.state_of(MONDAY).await, S::Approved);
    }
}
