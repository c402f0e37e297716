//! Breaking news: one story, at once, to those who chose it; the evening carries it all the same.

use super::newsroom::operator;
use crate::harness::{Doors, Harness, Newsroom, both_engines};
use lamplighter::base::{CrashPoint, Span};
use lamplighter::editions::{self, BreakingError, EditionKind, EditionState as S};
use lamplighter::gather::ArticleId;
use lamplighter::gather::push::push_articles;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::operators::{Actor, Role};
use lamplighter::subscribers::{self, SignUp};
use serde_json::{Value, json};

fn article(title: &str) -> Value {
    let slug = title.to_lowercase().replace(' ', "-");
    json!({
        "id": slug, "url": format!("https://gazette.example/{slug}"), "title": title, "section": "Local",
        "content_html": format!("<p>{title}, says the harbour master of the town. More will be known later this evening.</p>"),
    })
}

fn breaking(title: &str) -> Value {
    let mut it = article(title);
    it["breaking"] = json!(true);
    it
}

async fn push(t: &Harness, body: Value) -> ArticleId {
    let pushed = push_articles(&t.app, Actor::Console, body).await.unwrap();
    assert!(pushed[0].errors.is_empty(), "{pushed:?}");
    pushed[0].article_id.unwrap()
}

async fn add(t: &Harness, name: &str, breaking: bool) {
    let address = EmailAddr::parse(&format!("{name}@readers.example")).unwrap();
    subscribers::add(&t.app, Actor::Console, "evening", address, &[], breaking).await.unwrap();
}

/// A newsroom to which articles are handed in; Ada chose breaking news, Ben did not.
async fn newsroom(t: &Harness, keys: &[&str]) {
    let all = keys.iter().fold(Newsroom::empty().push_source("Desk"), |newsroom, key| newsroom.with(key));
    t.set_up(all).await;
    add(t, "ada", true).await;
    add(t, "ben", false).await;
    t.go_to("2026-11-23 12:00").await;
}

/// A look at the clock, and what is due goes out.
async fn turn(t: &Harness) -> Vec<(String, &'static str)> {
    t.advance(Span::seconds(10));
    let steps = t.tick().await.steps;
    t.run_until_idle().await;
    steps
}

fn subjects(t: &Harness, name: &str) -> Vec<String> {
    t.editions_for(&format!("{name}@readers.example")).iter().map(|mail| mail.subject.clone()).collect()
}

async fn break_news(t: &Harness, article: ArticleId) -> Result<editions::Edition, BreakingError> {
    editions::break_news(&t.app, Actor::Console, &t.publication("evening").await, article).await
}

both_engines! {
    async fn what_was_broken_at_noon_is_added_to_the_evening_as_the_news_that_it_is(t: Harness) {
        newsroom(&t, &[]).await;
        push(&t, article("Ferry sails")).await;
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        t.go_to("2026-11-23 18:00").await;
        t.tick().await;
        let evening = t.edition("2026-11-23").await;
        let fire = push(&t, article("Harbour burns")).await;
        let broken = break_news(&t, fire).await.unwrap();
        let refused = editions::remove(&t.app, Actor::Console, broken.id, None, fire, &editions::Removal::Back).await;
        assert!(refused.is_err(), "{refused:?}");
        turn(&t).await;
        editions::add(&t.app, Actor::Console, evening.id, None, fire, None).await.unwrap();
        t.assert_conserved("evening").await;
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Ferry sails", "Harbour burns"]);
        t.evening("2026-11-24").await;
        assert_eq!(t.state_of("2026-11-24").await, S::Skipped, "it is in one evening, not in two");
        t.assert_conserved("evening").await;
    }

    async fn what_is_handed_in_as_breaking_reaches_those_who_chose_it_within_a_tick(t: Harness) {
        newsroom(&t, &["language = \"de\""]).await;
        push(&t, breaking("Hafen brennt")).await;
        let steps = turn(&t).await;
        let names: Vec<&str> = steps.iter().map(|(_, step)| *step).collect();
        assert_eq!((names.first(), names.last()), (Some(&"breaking"), Some(&"seal")), "{steps:?}");
        assert_eq!(subjects(&t, "ada"), ["Eilmeldung: Hafen brennt"]);
        assert!(subjects(&t, "ben").is_empty());
        let edition = t.edition("2026-11-23-b1").await;
        assert_eq!((edition.kind, edition.state), (EditionKind::Breaking, S::Sent));
        assert_eq!((edition.candidates_count, edition.prepared_count), (Some(1), Some(1)));
        // It stays one story and one mail, whatever the desk sends after it.
        let mut again = breaking("Hafen brennt");
        again["title"] = json!("Hafen brennt noch immer");
        push(&t, again).await;
        assert_eq!(turn(&t).await, []);
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await, ["Hafen brennt noch immer"]);
        assert_eq!((subjects(&t, "ada").len(), subjects(&t, "ben").len()), (2, 1));
        t.assert_conserved("evening").await;
    }

    async fn without_a_reader_who_chose_it_nothing_is_made(t: Harness) {
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        add(&t, "ben", false).await;
        let id = push(&t, breaking("Harbour burns")).await;
        assert_eq!(turn(&t).await, []);
        assert!(matches!(break_news(&t, id).await, Err(BreakingError::NobodyChose { .. })));
        assert!(t.editions_of("evening").await.iter().all(|it| it.kind == EditionKind::Regular));
        t.set_up(Newsroom::empty().push_source("Desk").with("breaking_per_day_max = 0")).await;
        assert!(matches!(break_news(&t, id).await, Err(BreakingError::NotOffered { .. })));
        assert_eq!(turn(&t).await, []);
    }

    async fn where_a_person_approves_it_waits_for_one_and_not_for_ever(t: Harness) {
        newsroom(&t, &["approval = \"manual\""]).await;
        operator(&t, ("eve@desk.example", Role::Editor)).await;
        push(&t, breaking("Harbour burns")).await;
        turn(&t).await;
        turn(&t).await;
        assert_eq!(t.state_of("2026-11-23-b1").await, S::Drafted);
        let told = t.sink.mails_to("eve@desk.example");
        assert_eq!(told.len(), 1, "its editor is told, once");
        assert!(told[0].subject.contains("2026-11-23-b1"), "{}", told[0].subject);
        let edition = t.edition("2026-11-23-b1").await;
        lamplighter::delivery::send_now(&t.app, Actor::Console, edition.id).await.unwrap();
        turn(&t).await;
        assert_eq!(subjects(&t, "ada"), ["Breaking: Harbour burns"]);
        push(&t, breaking("Ferry sinks")).await;
        turn(&t).await;
        t.advance(Span::minutes(121));
        turn(&t).await;
        assert_eq!(t.state_of("2026-11-23-b2").await, S::Missed);
        assert_eq!(turn(&t).await, [], "it is not made again");
        t.assert_conserved("evening").await;
        t.evening("2026-11-24").await;
        assert_eq!(subjects(&t, "ada").len(), 1, "the evening waits for its editor too");
    }

    async fn a_day_has_its_limit_and_the_next_day_its_own(t: Harness) {
        newsroom(&t, &["breaking_per_day_max = 2"]).await;
        for title in ["Harbour burns", "Ferry sinks", "Bridge falls"] {
            push(&t, breaking(title)).await;
            turn(&t).await;
        }
        assert_eq!(subjects(&t, "ada"), ["Breaking: Harbour burns", "Breaking: Ferry sinks"]);
        let third = t.edition("2026-11-23-b3").await;
        assert_eq!(third.state, S::Drafted);
        assert!(third.attention.as_deref().unwrap_or_default().contains("breaking_per_day_max"), "{third:?}");
        let refused = lamplighter::delivery::send_now(&t.app, Actor::Console, third.id).await;
        assert!(refused.unwrap_err().to_string().contains("breaking_per_day_max"));
        let fourth = push(&t, article("Mayor resigns")).await;
        assert!(matches!(break_news(&t, fourth).await, Err(BreakingError::LimitReached { max: 2 })));
        t.go_to("2026-11-24 00:01").await;
        let edition = break_news(&t, fourth).await.unwrap();
        assert_eq!(edition.label, "2026-11-24-b1");
        lamplighter::delivery::send_now(&t.app, Actor::Console, edition.id).await.unwrap();
        turn(&t).await;
        assert_eq!(subjects(&t, "ada").len(), 3);
    }

    async fn an_editor_makes_one_of_any_story_that_readers_may_see(t: Harness) {
        newsroom(&t, &[]).await;
        let id = push(&t, article("Harbour opens")).await;
        let edition = break_news(&t, id).await.unwrap();
        assert_eq!((edition.label.as_str(), edition.state), ("2026-11-23-b1", S::Drafted));
        assert_eq!(break_news(&t, id).await.unwrap().id, edition.id, "asked twice, made once");
        assert_eq!(turn(&t).await, [], "it waits for its editor, also where the system approves");
        lamplighter::delivery::send_now(&t.app, Actor::Console, edition.id).await.unwrap();
        turn(&t).await;
        assert_eq!(subjects(&t, "ada"), ["Breaking: Harbour opens"]);
        assert!(matches!(break_news(&t, id).await, Err(BreakingError::ToldBefore { .. })));

        let mut secret = breaking("Palace wedding");
        secret["embargo_until"] = json!("2026-11-23T15:00:00Z");
        let secret = push(&t, secret).await;
        let refused = break_news(&t, secret).await.unwrap_err();
        assert!(matches!(&refused, BreakingError::Withheld { .. }) && refused.to_string().contains("embargo"), "{refused}");
        assert_eq!(turn(&t).await, []);
        t.go_to("2026-11-23 15:00").await;
        turn(&t).await;
        assert_eq!(subjects(&t, "ada")[1..], ["Breaking: Palace wedding"], "at the end of its embargo, and no sooner");
        assert!(matches!(break_news(&t, ArticleId(99_999_999)).await, Err(BreakingError::UnknownArticle { .. })));
    }

    async fn an_embargo_on_a_draft_ends_it_and_the_story_breaks_after_the_embargo(t: Harness) {
        newsroom(&t, &["approval = \"manual\""]).await;
        push(&t, breaking("Palace wedding")).await;
        turn(&t).await;
        assert_eq!(t.state_of("2026-11-23-b1").await, S::Drafted);
        let mut secret = breaking("Palace wedding");
        secret["embargo_until"] = json!("2026-11-23T15:00:00Z");
        let secret = push(&t, secret).await;
        turn(&t).await;
        assert_eq!(t.state_of("2026-11-23-b1").await, S::Cancelled);
        assert!(matches!(break_news(&t, secret).await, Err(BreakingError::Withheld { .. })));
        assert_eq!(turn(&t).await, []);
        t.go_to("2026-11-23 15:00").await;
        turn(&t).await;
        let again = t.edition("2026-11-23-b2").await;
        assert_eq!(again.state, S::Drafted);
        lamplighter::delivery::send_now(&t.app, Actor::Console, again.id).await.unwrap();
        turn(&t).await;
        assert_eq!(subjects(&t, "ada"), ["Breaking: Palace wedding"]);
        t.assert_conserved("evening").await;
    }

    async fn of_more_than_can_be_taken_at_once_the_latest_goes_out(t: Harness) {
        newsroom(&t, &["breaking_per_day_max = 24"]).await;
        for number in 1..=12 {
            push(&t, breaking(&format!("Harbour warning {number}"))).await;
            t.advance(Span::seconds(30));
        }
        t.advance(Span::minutes(10));
        turn(&t).await;
        assert_eq!(subjects(&t, "ada"), ["Breaking: Harbour warning 12"]);
    }

    async fn two_editors_who_approve_at_once_keep_to_the_limit_of_the_day(t: Harness) {
        newsroom(&t, &["breaking_per_day_max = 1"]).await;
        for day in 24..=27 {
            t.go_to(&format!("2026-11-{day} 12:00")).await;
            let mut ids = Vec::new();
            for title in ["Harbour burns", "Ferry sinks"] {
                let article = push(&t, article(&format!("{title} again on the {day}th"))).await;
                ids.push(break_news(&t, article).await.unwrap().id);
            }
            let went = if day % 2 == 0 {
                let (one, other) = tokio::join!(
                    editions::approve(&t.app, Actor::Console, ids[0]),
                    editions::approve(&t.app, Actor::Console, ids[1])
                );
                [one.is_ok(), other.is_ok()]
            } else {
                let (one, other) = tokio::join!(
                    lamplighter::delivery::send_now(&t.app, Actor::Console, ids[0]),
                    lamplighter::delivery::send_now(&t.app, Actor::Console, ids[1])
                );
                [one.is_ok(), other.is_ok()]
            };
            assert_eq!(went.iter().filter(|it| **it).count(), 1, "{day}: {went:?}");
        }
    }

    async fn after_a_downtime_the_latest_goes_out_and_old_news_do_not(t: Harness) {
        newsroom(&t, &[]).await;
        push(&t, breaking("Harbour burns")).await;
        t.advance(Span::minutes(10));
        push(&t, breaking("Ferry sinks")).await;
        t.advance(Span::minutes(30));
        turn(&t).await;
        assert_eq!(subjects(&t, "ada"), ["Breaking: Ferry sinks"]);
        assert_eq!(turn(&t).await, [], "one late mail is enough");
        push(&t, breaking("Bridge falls")).await;
        t.advance(Span::hours(3));
        assert_eq!(turn(&t).await, []);
        t.evening("2026-11-23").await;
        assert_eq!(t.headlines("2026-11-23").await.len(), 3);
        t.assert_conserved("evening").await;
    }

    async fn a_crash_on_the_way_makes_it_neither_twice_nor_not_at_all(t: Harness) {
        newsroom(&t, &[]).await;
        push(&t, breaking("Harbour burns")).await;
        let mut t = t;
        for point in [
            CrashPoint::BeforeClaimCommit, CrashPoint::AfterClaimCommit, CrashPoint::BeforeSealCommit, CrashPoint::AfterSealCommit,
        ] {
            t.faults.arm(point, 1);
            tokio::select! {
                () = t.faults.crashed() => {}
                _ = t.tick() => panic!("{point:?} is not on the way"),
            }
            t = t.restart().await;
            t.advance(Span::seconds(10));
        }
        turn(&t).await;
        assert_eq!(subjects(&t, "ada"), ["Breaking: Harbour burns"]);
        assert_eq!(t.edition("2026-11-23-b1").await.state, S::Sent);
        t.assert_conserved("evening").await;
    }

    async fn readers_choose_it_at_the_sign_up_and_on_their_page(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty().push_source("Desk")).await;
        let asked = SignUp { breaking: true, ..SignUp::by_form("ada@readers.example") };
        subscribers::sign_up(&t.app, asked).await.unwrap();
        t.run_until_idle().await;
        t.click(&t.confirmation_link("ada@readers.example")).await;
        add(&t, "ben", false).await;
        let doors = Doors::open(&mut t).await;
        let form = doors.get("/subscribe?publication=evening").send().await.unwrap().text().await.unwrap();
        assert!(form.contains("name=\"breaking\""));
        push(&t, breaking("Harbour burns")).await;
        turn(&t).await;
        assert_eq!((subjects(&t, "ada").len(), subjects(&t, "ben").len()), (1, 0));
        let mail = &t.editions_for("ada@readers.example")[0];
        let page = mail.links.iter().find(|it| it.contains("/preferences/")).unwrap().clone();
        let shown = doors.get(&page).send().await.unwrap().text().await.unwrap();
        assert!(shown.contains("name=\"breaking\" value=\"1\" checked"), "{shown}");
        let saved = doors.post(&page).form(&[("action", "save"), ("hour", "")]).send().await.unwrap();
        assert!(saved.status().is_success());
        push(&t, breaking("Ferry sinks")).await;
        assert_eq!(turn(&t).await, []);
        assert_eq!(subjects(&t, "ada").len(), 1);
        t.set_up(Newsroom::empty().push_source("Desk").with("breaking_per_day_max = 0")).await;
        let form = doors.get("/subscribe?publication=evening").send().await.unwrap().text().await.unwrap();
        assert!(!form.contains("name=\"breaking\""));
        let refused = subscribers::sign_up(&t.app, SignUp { breaking: true, ..SignUp::by_form("cleo@readers.example") }).await;
        assert!(refused.is_err());
    }

    async fn by_the_api_with_a_key_for_each_request(t: Harness) {
        let mut t = t;
        newsroom(&t, &[]).await;
        let id = push(&t, article("Harbour opens")).await;
        let token = format!("Bearer {}", tokens::create(&t.app, Actor::Console, "desk", &[Scope::Send]).await.unwrap());
        let doors = Doors::open(&mut t).await;
        let ask = |key: &'static str, body: Value| {
            let request = doors.post("/api/v1/editions/breaking").header("authorization", &token).json(&body);
            let request = if key.is_empty() { request } else { request.header("idempotency-key", key) };
            async move {
                let answer = request.send().await.unwrap();
                (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
            }
        };
        let (status, answer) = ask("", json!({ "article": id, "now": true })).await;
        assert_eq!((status, &answer["code"]), (400, &json!("idempotency_key_required")));
        let by_address = json!({ "article": "https://gazette.example/harbour-opens/?utm_source=desk", "now": true });
        let (status, answer) = ask("one", by_address.clone()).await;
        assert_eq!((status, &answer["prepared"]), (202, &json!(1)), "{answer}");
        assert_eq!(ask("one", by_address.clone()).await, (202, answer));
        let (status, answer) = ask("two", by_address).await;
        assert_eq!((status, &answer["code"]), (409, &json!("told_before")));
        let (status, _) = ask("three", json!({ "article": 424242 })).await;
        assert_eq!(status, 404);
        turn(&t).await;
        assert_eq!(subjects(&t, "ada"), ["Breaking: Harbour opens"]);
    }
}
