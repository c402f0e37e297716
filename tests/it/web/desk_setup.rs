//! Setting up at the desk, over HTTP: forms, mistakes, conflicts, roles, and what strangers' words may not do.

use super::at_desk::AtDesk;
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::gather::sources::{self, NewSource};
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::operators::{Actor, Role};
use lamplighter::publications::{Pages, SourceKind};

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

/// What a form of the general page holds.
fn general<'a>(seen: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("seen", seen),
        ("name", name),
        ("description", ""),
        ("language", "en"),
        ("time_zone", "Europe/Berlin"),
        ("site_name", "The Lamp"),
        ("site_url", "https://news.example/"),
        ("from_mailbox", ""),
        ("reply_to", ""),
        ("approval", "manual"),
        ("uncertain_policy", "hold"),
        ("min_items", "1"),
        ("full_items_max", "10"),
        ("headline_items_max", "25"),
        ("late_send_limit_minutes", "180"),
        ("breaking_per_day_max", "3"),
    ]
}

both_engines! {
    async fn a_newsletter_is_named_fed_and_timed_by_forms_alone(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        paper.publish("Harbour opens");
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        desk.get("/desk/publications").await.says(200, &["First steps", "Name your newsletter", "/desk/new-publication"]);
        let form = [("name", "Evening"), ("time_zone", "berlin"), ("language", "German"), ("site_url", "news.example/city")];
        let page = desk.press("/desk/new-publication", &form).await;
        page.says(200, &["It is named.", "The next ten editions", "18:30 CET"]);
        page.says(200, &["/desk/add-source?publication=evening"]);
        let named = t.publication("evening").await;
        assert_eq!((named.time_zone.as_str(), named.language.as_str()), ("Europe/Berlin", "de"));
        assert_eq!(named.site_url, "https://news.example/city");
        // A second time of day.
        let form = [
            ("name", "noon"),
            ("weekdays", "mon"),
            ("weekdays", "tue"),
            ("cutoff", "11:45"),
            ("send", "12:00"),
            ("latest_send", ""),
            ("time_zone", "Europe/Berlin"),
            ("holidays", "2026-12-25\n2027-01-01"),
        ];
        desk.press("/desk/publications/evening/times", &form).await.says(200, &["Added.", "Monday, Tuesday", "12:00 CET"]);
        // What the site offers is found, and one of it is taken.
        let find = [("site", paper.feed()), ("publication", "evening".to_owned()), ("section", String::new())];
        let find: Vec<(&str, &str)> = find.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let page = desk.press("/desk/add-source/find", &find).await;
        page.says(200, &["recommended", &paper.feed()]);
        let (kind, url) = (page.hidden("kind"), page.hidden("url"));
        let form = [("found", "yes"), ("publication", "evening"), ("section", ""), ("kind", &kind), ("url", &url), ("name", "Paper")];
        let added = desk.press("/desk/add-source", &form).await;
        added.says(200, &["Paper is added.", "It has not been asked yet", "Read it now"]);
        assert!(!added.text.contains("All is well"), "nothing is known of it yet");
        // Found once more, it is not offered again; a page that still offers it does nothing.
        let again = desk.press("/desk/add-source/find", &find).await;
        again.says(200, &["read already, as <a href=\"/desk/sources/"]);
        assert!(!again.text.contains("recommended</span>"), "{}", again.text);
        desk.press("/desk/add-source", &form).await.says(200, &["Nothing was added: this is read already, as Paper.", "<h1"]);
        desk.get("/desk/sources").await.says(200, &["It has not been asked yet", &format!("data-label=\"For\">{}<", t.publication("evening").await.name)]);
        let sources = lamplighter::gather::sources::list(&t.app, lamplighter::operators::Actor::Console).await.unwrap();
        let id = sources[0].health.id;
        desk.press(&format!("/desk/sources/{id}/test"), &[]).await.says(200, &["What would come in", "Harbour opens", "Nothing was kept."]);
        assert_eq!(sources[0].health.articles, 0);
        desk.press(&format!("/desk/sources/{id}/gather"), &[]).await.says(200, &["Read. 1 new article."]);
        desk.press(&format!("/desk/sources/{id}/pause"), &[]).await.says(200, &["Paused.", "Resume"]);
        desk.press(&format!("/desk/sources/{id}/resume"), &[]).await.says(200, &["Resumed."]);
        desk.press(&format!("/desk/sources/{id}/remove"), &[("publication", "evening")]).await.says(200, &["is removed."]);
    }

    async fn the_first_steps_lead_on_to_the_last_and_end_with_the_first_edition(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        let page = desk.get("/desk").await;
        page.says(
            200,
            &[
                "First steps",
                "3 of 9 are done",
                "Draft it now",
                "Say who it comes from",
                "a sample address, from which nothing arrives",
                "/desk/relays",
                "[[relay]]",
                "restarts the service",
                "/desk/doctor",
                "/desk/subscribers/add",
                "/desk/backups",
                "/desk/help",
            ],
        );
        desk.press("/desk/backups/note", &[]).await.says(200, &[]);
        t.subscribe("ada@readers.example").await;
        desk.get("/desk").await.says(200, &["5 of 9 are done"]);
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        assert!(!desk.get("/desk").await.text.contains("First steps"), "an edition has gone out");
        desk.get("/desk/help").await.says(200, &["How an evening goes", "Uncertain", "Who may do what"]);
    }

    async fn what_was_sent_or_skipped_is_not_what_goes_out_next(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        t.go_to("2026-11-23 12:00").await;
        t.tick().await;
        const TIMES: &str = "/desk/publications/evening/times";
        desk.get("/desk/publications").await.says(200, &["Mon 23 Nov, 18:30 UTC"]);
        desk.get(TIMES).await.says(200, &["Monday 23 November 2026", "Wednesday 2 December 2026"]);
        let tuesday = t.edition("2026-11-24").await;
        lamplighter::editions::skip(&t.app, lamplighter::operators::Actor::Console, tuesday.id, "", None).await.unwrap();
        let times = desk.get(TIMES).await;
        times.says(200, &["Monday 23 November 2026", "Thursday 3 December 2026"]);
        assert!(!times.text.contains("Tuesday 24 November 2026"), "{}", times.text);
        // A draft that waits for its hour is still to go out, and so it is told.
        paper.publish("Harbour opens");
        t.go_to("2026-11-23 17:58").await;
        t.tick().await;
        t.go_to("2026-11-23 18:10").await;
        t.tick().await;
        desk.get("/desk/publications").await.says(200, &["Mon 23 Nov, 18:30 UTC"]);
        t.live_until("2026-11-23 18:40").await;
        desk.get("/desk/publications").await.says(200, &["Wed 25 Nov, 18:30 UTC"]);
        let times = desk.get(TIMES).await;
        times.says(200, &["Wednesday 25 November 2026", "Friday 4 December 2026"]);
        assert!(!times.text.contains("Monday 23 November 2026"), "it is sent: {}", times.text);
    }

    async fn mistakes_are_told_at_their_fields_and_what_was_typed_stays(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        let seen = desk.get("/desk/publications/evening").await.hidden("seen");
        let mut form = general(&seen, HOSTILE);
        form.retain(|(name, _)| !matches!(*name, "time_zone" | "site_url" | "full_items_max"));
        form.extend([("time_zone", "Europe/Berln"), ("site_url", "javascript:alert(1)"), ("full_items_max", "many")]);
        let page = desk.press("/desk/publications/evening", &form).await;
        page.says(422, &["href=\"#time_zone\"", "did you mean", "Europe/Berlin", "href=\"#site_url\"", "href=\"#full_items_max\""]);
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img src=x"), "{}", page.text);
        assert!(page.text.contains("value=\"Europe/Berln\""), "what was typed stays");
        desk.press("/desk/new-publication", &[("name", ""), ("time_zone", "UTC")]).await.says(422, &["Name is empty."]);
        let huge = "x".repeat(20_000);
        desk.press("/desk/publications/evening/sections", &[("name", &huge)]).await.says(422, &["longer than 120 letters"]);
    }

    async fn hostile_names_are_text_everywhere(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        let seen = desk.get("/desk/publications/evening").await.hidden("seen");
        desk.press("/desk/publications/evening", &general(&seen, HOSTILE)).await.says(200, &["Saved."]);
        desk.press("/desk/publications/evening/sections", &[("name", HOSTILE), ("aliases", HOSTILE)]).await.says(200, &["Added."]);
        let form = [("publication", "evening"), ("kind", "push"), ("url", ""), ("name", HOSTILE)];
        desk.press("/desk/add-source", &form).await.says(200, &["Added. Make an API key"]);
        for path in [
            "/desk",
            "/desk/publications",
            "/desk/publications/evening",
            "/desk/publications/evening/sections",
            "/desk/publications/evening/times",
            "/desk/publications/evening/look",
            "/desk/publications/evening/look/sample",
            "/desk/sources",
            "/desk/add-source",
        ] {
            let page = desk.get(path).await;
            page.says(200, &[]);
            assert!(!page.text.contains("<script>alert") && !page.text.contains("<img src=x"), "{path}: {}", page.text);
        }
    }

    async fn the_second_of_two_sees_what_the_first_saved_before_anything_is_overwritten(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        let seen = desk.get("/desk/publications/evening").await.hidden("seen");
        desk.press("/desk/publications/evening", &general(&seen, "First")).await.says(200, &["Saved."]);
        let page = desk.press("/desk/publications/evening", &general(&seen, "Second")).await;
        page.says(409, &["Somebody changed this", "It is now: First", "value=\"Second\""]);
        assert_eq!(t.publication("evening").await.name, "First");
        let seen = page.hidden("seen");
        desk.press("/desk/publications/evening", &general(&seen, "Second")).await.says(200, &["Saved."]);
        assert_eq!(t.publication("evening").await.name, "Second");
    }

    async fn sections_are_moved_renamed_and_archived_without_a_script(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        let page = desk.get("/desk/publications/evening/sections").await;
        let form = [("seen", page.hidden("seen")), ("order", page.hidden("order"))];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let moved = desk.press("/desk/publications/evening/sections/order", &form).await;
        moved.says(200, &["Moved."]);
        assert!(moved.text.find("Local") < moved.text.find("World"), "the first button moves the first one down");
        desk.press("/desk/publications/evening/sections/order", &form).await.says(200, &["Somebody changed the sections"]);
        let id = lamplighter::publications::list_sections(&mut t.db().read().await.unwrap(), t.publication("evening").await.id)
            .await.unwrap()[0].id;
        let path = format!("/desk/publications/evening/sections/{id}");
        let seen = desk.get(&path).await.hidden("seen");
        desk.press(&path, &[("seen", &seen), ("name", "Town"), ("aliases", "City, Metro"), ("weight_percent", "150")]).await
            .says(200, &["Saved.", "Town", "City, Metro", "150 %"]);
        desk.press(&format!("{path}/archive"), &[("seen", &seen)]).await.says(200, &["was not archived"]);
        let seen = desk.get(&path).await.hidden("seen");
        desk.press(&format!("{path}/archive"), &[("seen", &seen)]).await.says(200, &["Archived."]);
        desk.get(&path).await.says(404, &["There is no such section"]);
    }

    async fn who_may_not_set_up_sees_and_changes_nothing(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Editor).await;
        let page = desk.get("/desk/publications/evening").await;
        page.says(200, &["Only an administrator changes this."]);
        let seen = page.hidden("seen");
        desk.press("/desk/publications/evening", &general(&seen, "Mine")).await.says(403, &[]);
        desk.press("/desk/new-publication", &[("name", "Mine")]).await.says(403, &[]);
        desk.get("/desk/new-publication").await.says(403, &[]);
        desk.press("/desk/add-source/find", &[("site", "https://news.example")]).await.says(403, &[]);
        desk.upload("/desk/publications/evening/look", &[("do", "save")], ("logo_file", "a.png", b"x")).await.says(403, &[]);
        assert_ne!(t.publication("evening").await.name, "Mine");
        let strangers = desk.doors.get("/desk/publications").send().await.unwrap();
        assert_eq!(strangers.status().as_u16(), 303);
    }

    async fn an_address_inside_the_house_is_refused_with_the_reason(t: Harness) {
        let t = t.restart_with(|config| config.limits.private_networks.clear()).await;
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        for site in ["http://127.0.0.1:1/feed", "http://169.254.169.254/latest/meta-data", "http://[::1]/"] {
            let page = desk.press("/desk/add-source/find", &[("site", site), ("publication", "evening")]).await;
            page.says(422, &["is a private address", "private_networks"]);
        }
        for site in ["javascript:alert(1)", "file:///etc/passwd", "", "nowhere"] {
            let form = [("url", site), ("publication", "evening"), ("kind", "feed")];
            desk.press("/desk/add-source", &form).await.says(422, &["error-summary"]);
        }
    }

    async fn a_password_in_an_address_is_for_those_who_could_change_it(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let new = NewSource {
            publication: "evening".to_owned(),
            section: None,
            name: Some("Agency".to_owned()),
            kind: SourceKind::Feed,
            url: Some("http://us:hidden-word@wire.example/feed.xml".to_owned()),
            standby: false,
            pages: Pages::Auto,
        };
        let source = sources::add(&t.app, Actor::Console, &new).await.unwrap().id;
        let admin = AtDesk::with(&mut t, Role::Admin).await;
        let path = format!("/desk/sources/{source}");
        admin.get(&path).await.says(200, &["us:hidden-word@wire.example"]);
        drop(admin);
        let viewer = AtDesk::with(&mut t, Role::Viewer).await;
        let page = viewer.get(&path).await;
        page.says(200, &["us:***@wire.example/feed.xml"]);
        assert!(!page.text.contains("hidden-word"), "{}", page.text);
        for (name, scopes, is_shown) in [("reads", &[Scope::Read][..], false), ("all", Scope::ALL, true)] {
            let key = tokens::create(&t.app, Actor::Console, name, scopes).await.unwrap();
            for path in ["sources".to_owned(), format!("sources/{source}"), format!("sources/{source}/settings")] {
                let asked = viewer.doors.get(&format!("/api/v1/{path}")).header("authorization", format!("Bearer {key}"));
                let text = asked.send().await.unwrap().text().await.unwrap();
                assert!(text.contains("wire.example"), "{path}: {text}");
                assert_eq!(text.contains("hidden-word"), is_shown, "{path}: {text}");
            }
        }
    }
}
