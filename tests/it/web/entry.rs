//! Getting in and out of the desk, as a browser does.

use super::*;
use crate::harness::{Window, both_engines};
use lamplighter::base::Span;
use lamplighter::operators::accounts::{find_by_address, invite};
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::operators::{Actor, OperatorId, Role, create, links, second_step, totp};

const PASSWORD: &str = "correct horse battery";
const ED: &str = "ed@news.example";
const ADA: &str = "ada@news.example";
const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";

async fn account(t: &Harness, email: &str, role: Role) -> OperatorId {
    create(&t.app, Actor::Console, email, email.split('@').next().unwrap(), role, PASSWORD).await.unwrap()
}

/// What stands between two texts of a page.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before:?} in\n{text}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("no {after:?} after {before:?}")).0
}

/// The secret that a page offers.
fn secret_of(page: &str) -> String {
    between(page, "class=\"secret\">", "<").replace(' ', "")
}

both_engines! {
    async fn the_log_in_leads_back_to_the_page_that_was_asked_for(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        account(&t, ED, Role::Editor).await;
        let doors = Doors::open(&mut t).await;
        let mut window = Window::new(&doors);
        let away = window.get("/desk/trail?who=console").await;
        assert_eq!(away.leads(), (303, "/desk/login?next=%2Fdesk%2Ftrail%3Fwho%3Dconsole"));
        let page = window.get(away.header("location")).await;
        assert!(page.text.contains("name=\"next\" value=\"/desk/trail?who=console\""), "{}", page.text);
        let wrong = window.post("/desk/login", &[("email", ED), ("password", "wrong"), ("next", "/desk/trail?who=console")]).await;
        assert!(wrong.status == 422 && wrong.text.contains("value=\"/desk/trail?who=console\""), "kept through a mistake");
        let fields = [("email", ED), ("password", PASSWORD), ("next", "/desk/trail?who=console")];
        assert_eq!(window.post("/desk/login", &fields).await.leads(), (303, "/desk/trail?who=console"));
        assert_eq!(window.get("/desk/trail?who=console").await.status, 200);
        // What was to be done is not done behind somebody's back.
        let mut stranger = Window::new(&doors);
        assert_eq!(stranger.post("/desk/account/name", &[("name", "x")]).await.leads(), (303, "/desk/login"));
    }

    async fn who_saves_after_the_session_has_ended_is_told_so_led_back_and_keeps_the_words(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        account(&t, ED, Role::Editor).await;
        let doors = Doors::open(&mut t).await;
        let mut window = Window::new(&doors);
        window.log_in(ED, PASSWORD).await;
        let session = window.session().unwrap().to_owned();
        lamplighter::operators::log_out(&t.app, &session).await.unwrap();
        // Looked at: to the log-in, which says why, and back.
        let away = window.get("/desk/trail").await;
        assert_eq!(away.leads(), (303, "/desk/login?next=%2Fdesk%2Ftrail&ended=yes"));
        window.get("/desk/login?next=%2Fdesk%2Ftrail&ended=yes").await.says(200, &["not logged in any more"]);
        // Words that were typed.
        let words = [("revision", "3"), ("headline", HOSTILE), ("note", "Hours of work"), ("do", "save")];
        let kept = window.post("/desk/editions/7/items/3", &words).await;
        kept.says(403, &["This was not saved", "Hours of work", "href=\"/desk/login?next=%2Fdesk%2Feditions%2F7\""]);
        assert!(!kept.text.contains("<script>alert") && kept.text.contains("&#60;script&#62;alert"), "{}", kept.text);
        assert!(!kept.text.contains("<form"), "nothing of it is done by itself");
        assert_eq!(kept.header("cache-control"), "no-store");
        // A mere button, and a page that takes passwords.
        let pressed = window.post("/desk/editions/7/decide", &[("do", "approve")]).await;
        assert_eq!(pressed.leads(), (303, "/desk/login?next=%2Fdesk%2Feditions%2F7&ended=unsaved"));
        window.get(pressed.header("location")).await.says(200, &["nothing was done", "value=\"/desk/editions/7\""]);
        let secret = window.post("/desk/account/password", &[("current", "Old Horse"), ("password", "New Horse")]).await;
        assert_eq!(secret.leads(), (303, "/desk/login?next=%2Fdesk%2Faccount&ended=unsaved"));
        let list = vec![b'x'; 12 << 20];
        let sent = window.upload("/desk/subscribers/imports", &[], ("list", "list.csv", &list)).await;
        assert_eq!(sent.leads(), (303, "/desk/login?next=%2Fdesk%2Fsubscribers%2Fimports&ended=unsaved"), "no broken connection");
        for path in ["/desk/editions/%2F%2Fevil.example/words", "/desk/subscribers/..%2f..%2fevil/pause"] {
            let answer = window.post(path, &[("do", "x")]).await;
            assert!(!answer.header("location").contains("evil"), "{path}: {:?}", answer.leads());
        }
    }

    async fn the_log_in_leads_to_no_other_site(t: Harness) {
        let mut t = t;
        account(&t, ED, Role::Editor).await;
        let doors = Doors::open(&mut t).await;
        for next in [
            "//evil.example", "/\\evil.example", "https://evil.example/desk", "https:evil.example", "/desk/../../evil",
            "/desk/%2e%2e/evil", "/%2F/evil.example", "javascript:alert(1)", "\t//evil.example", "/desk\r\nX-Evil: 1", "/archive",
        ] {
            let mut window = Window::new(&doors);
            let answer = window.post("/desk/login", &[("email", ED), ("password", PASSWORD), ("next", next)]).await;
            assert_eq!(answer.leads(), (303, "/desk"), "{next:?}");
            let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let page = Window::new(&doors).get(&format!("/desk/login?next={query}")).await;
            assert!(page.status == 200 && !page.text.contains("evil"), "{next:?}");
        }
    }

    async fn a_planted_session_is_not_taken_over_and_an_old_one_ends(t: Harness) {
        let mut t = t;
        account(&t, ED, Role::Editor).await;
        let doors = Doors::open(&mut t).await;
        let planted = "b".repeat(52);
        let mut window = Window::with_session(&doors, &planted);
        let answer = window.log_in(ED, PASSWORD).await;
        for word in ["__Host-lamplighter=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|it| it.to_str().unwrap()).collect();
            assert!(cookies.iter().any(|it| it.starts_with("__Host-") && it.contains(word)), "{cookies:?}");
        }
        let first = window.session().unwrap().to_owned();
        assert_ne!(first, planted);
        assert_eq!(Window::with_session(&doors, &planted).get("/desk/account").await.status, 303);
        window.log_in(ED, PASSWORD).await;
        assert_eq!(Window::with_session(&doors, &first).get("/desk/account").await.status, 303);
        assert_eq!(window.get("/desk/account").await.status, 200);
        assert_eq!(window.post("/desk/logout", &[]).await.leads(), (303, "/desk/login"));
        assert_eq!(window.session(), None);
    }

    async fn too_many_tries_are_told_in_words_and_do_not_keep_a_known_browser_out(t: Harness) {
        let mut t = t;
        account(&t, ED, Role::Editor).await;
        let doors = Doors::open(&mut t).await;
        let mut known = Window::new(&doors);
        known.log_in(ED, PASSWORD).await;
        known.post("/desk/logout", &[]).await;
        let mut stranger = Window::new(&doors);
        for _ in 0..10 {
            assert_eq!(stranger.log_in(ED, "wrong").await.status, 422);
        }
        let slowed = stranger.log_in(ED, PASSWORD).await;
        assert_eq!(slowed.status, 429);
        assert!(slowed.header("retry-after").parse::<u32>().is_ok_and(|it| it > 0 && it <= 900));
        assert!(slowed.text.contains("try again in") && slowed.text.contains("Too many failed log-ins with this address"));
        assert_eq!(known.log_in(ED, PASSWORD).await.leads(), (303, "/desk"));
    }

    async fn a_one_time_link_welcomes_its_person(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        account(&t, ADA, Role::Admin).await;
        let doors = Doors::open(&mut t).await;
        let mut admin = Window::new(&doors);
        admin.log_in(ADA, PASSWORD).await;
        let wrong = admin.post("/desk/people", &[("name", ""), ("email", ED), ("role", "approver")]).await;
        assert!(wrong.status == 422 && wrong.text.contains("href=\"#name\"") && wrong.text.contains(ED), "{}", wrong.text);
        let made = admin.post("/desk/people", &[("name", "Ed"), ("email", ED), ("role", "approver")]).await;
        assert_eq!((made.status, made.header("cache-control")), (200, "no-store"));
        let link = between(&made.text, "data-copy>", "<").to_owned();
        assert!(link.starts_with("https://news.example/desk/welcome/"), "{link}");
        assert!(!admin.get("/desk/people").await.text.contains(&link[40..]), "shown once");

        let mut window = Window::new(&doors);
        for _ in 0..2 {
            let page = window.get(&link).await;
            assert!(page.status == 200 && page.text.contains(ED), "looking uses nothing up");
        }
        let long = "a long enough password";
        let mismatch = window.post(&link, &[("name", "Ed"), ("password", long), ("again", "other")]).await;
        assert!(mismatch.status == 422 && mismatch.text.contains("id=\"again-error\""));
        let short = window.post(&link, &[("name", "Ed"), ("password", "short"), ("again", "short")]).await;
        assert!(short.status == 422 && short.text.contains("id=\"password-error\""));
        let entered = window.post(&link, &[("name", "Ed Quay"), ("password", long), ("again", long)]).await;
        assert_eq!(entered.leads(), (303, "/desk"));
        assert!(window.get("/desk/account").await.text.contains("Ed Quay"));
        let used = Window::new(&doors).get(&link).await;
        assert!(used.status == 410 && used.text.contains("has been used") && used.text.contains("/desk/login"));
        let unknown = Window::new(&doors).get("/desk/welcome/nonsense").await;
        assert!(unknown.status == 404 && unknown.text.contains("not known"));
    }

    async fn a_second_step_is_set_up_used_and_turned_off_at_the_desk(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        account(&t, ED, Role::Viewer).await;
        let doors = Doors::open(&mut t).await;
        let mut window = Window::new(&doors);
        window.log_in(ED, PASSWORD).await;
        let page = "/desk/account/second-step";
        window.post("/desk/account/second-step/offer", &[]).await;
        let offer = window.get(page).await.text;
        assert!(offer.contains("<svg") && offer.contains("viewBox") && !offer.contains("style="), "{offer}");
        let secret = secret_of(&offer);
        let wrong = window.post("/desk/account/second-step/confirm", &[("code", "12")]).await;
        assert!(wrong.status == 422 && secret_of(&wrong.text) == secret, "the same secret is shown again");
        let code = totp::code_at(&secret, t.now());
        let codes = window.post("/desk/account/second-step/confirm", &[("code", &code)]).await;
        let recovery: Vec<&str> = codes.text.split("<li><code>").skip(1).map(|it| it.split('<').next().unwrap()).collect();
        assert_eq!((codes.status, recovery.len()), (200, 10));
        assert!(!window.get(page).await.text.contains(recovery[0]), "shown once");

        let mut other = Window::new(&doors);
        let half = other.post("/desk/login", &[("email", ED), ("password", PASSWORD), ("next", "/desk/trail")]).await;
        assert_eq!(half.leads(), (303, "/desk/login/code?next=%2Fdesk%2Ftrail"));
        assert_eq!(other.get("/desk/account").await.status, 303, "half a log-in opens nothing");
        assert!(other.get(half.header("location")).await.text.contains("value=\"/desk/trail\""));
        let replayed = other.post("/desk/login/code", &[("code", &code), ("next", "/desk/trail")]).await;
        assert!(replayed.status == 422 && replayed.text.contains("wait for the next one"));
        let first = other.session().unwrap().to_owned();
        t.advance(Span::seconds(30));
        let next = totp::code_at(&secret, t.now());
        let entered = other.post("/desk/login/code", &[("code", &next), ("next", "/desk/trail")]).await;
        assert_eq!(entered.leads(), (303, "/desk/trail"));
        assert_ne!(other.session().unwrap(), first, "a token of its own");
        assert_eq!(other.get("/desk/trail").await.status, 200);

        let mut lost = Window::new(&doors);
        lost.log_in(ED, PASSWORD).await;
        let entered = lost.post("/desk/login/code", &[("code", recovery[0])]).await;
        assert_eq!(entered.leads(), (303, "/desk"));
        assert!(lost.get("/desk/account").await.text.contains("9 are left"), "it is said on the page that follows");
        let off = lost.post("/desk/account/second-step/turn-off", &[("password", "wrong")]).await;
        assert!(off.status == 422 && off.text.contains("href=\"#turn-off\""));
        assert_eq!(lost.post("/desk/account/second-step/turn-off", &[("password", PASSWORD)]).await.leads(), (303, page));
        assert_eq!(Window::new(&doors).log_in(ED, PASSWORD).await.leads(), (303, "/desk"));
    }

    async fn where_a_second_step_is_required_the_log_in_sets_it_up(t: Harness) {
        account(&t, ED, Role::Editor).await;
        let mut t = t.restart_with(|config| config.web.require_second_step = true).await;
        let doors = Doors::open(&mut t).await;
        let mut window = Window::new(&doors);
        assert_eq!(window.log_in(ED, PASSWORD).await.leads(), (303, "/desk/login/set-up"));
        assert_eq!(window.get("/desk/account").await.status, 303);
        let secret = secret_of(&window.get("/desk/login/set-up").await.text);
        assert_eq!(window.post("/desk/login/set-up", &[("code", "1")]).await.status, 422);
        let code = totp::code_at(&secret, t.now());
        let codes = window.post("/desk/login/set-up", &[("code", &code)]).await;
        assert!(codes.status == 200 && codes.text.matches("<li><code>").count() == 10);
        assert_eq!(window.get("/desk/account").await.status, 200);
        assert_eq!(Window::new(&doors).get("/desk/login/set-up").await.leads(), (303, "/desk/login"));
    }

    async fn sessions_are_seen_and_ended_and_a_foreign_one_is_not(t: Harness) {
        let mut t = t;
        account(&t, ED, Role::Viewer).await;
        account(&t, ADA, Role::Admin).await;
        let doors = Doors::open(&mut t).await;
        let (mut here, mut there, mut admin) = (Window::new(&doors), Window::new(&doors), Window::new(&doors));
        for (window, email) in [(&mut here, ED), (&mut there, ED), (&mut admin, ADA)] {
            window.log_in(email, PASSWORD).await;
        }
        let page = here.get("/desk/account").await.text;
        let ends: Vec<&str> = page.split("/desk/account/sessions/").skip(1).map(|it| it.split('/').next().unwrap()).collect();
        assert!(page.contains("this one") && page.contains("127.0.0.0/24"), "{page}");
        assert_eq!(ends.len(), 3, "two, and all others");
        let admins = admin.get("/desk/account").await.text;
        let foreign = between(&admins, "/desk/account/sessions/", "/end");
        here.post(&format!("/desk/account/sessions/{foreign}/end"), &[]).await;
        assert_eq!(admin.get("/desk/account").await.status, 200, "a foreign session goes on");
        assert_eq!(here.post("/desk/account/sessions/end-others", &[]).await.leads(), (303, "/desk/account"));
        assert_eq!((here.get("/desk/account").await.status, there.get("/desk/account").await.status), (200, 303));
        let ed = find_by_address(&t.app, Actor::Console, ED).await.unwrap().id;
        admin.post(&format!("/desk/people/{ed}/sessions/end"), &[]).await;
        assert_eq!(here.get("/desk/account").await.status, 303);
    }

    async fn an_administrator_changes_standings_and_is_told_why_not(t: Harness) {
        let mut t = t;
        let ada = account(&t, ADA, Role::Admin).await;
        let ed = account(&t, ED, Role::Editor).await;
        let doors = Doors::open(&mut t).await;
        let mut admin = Window::new(&doors);
        admin.log_in(ADA, PASSWORD).await;
        admin.post(&format!("/desk/people/{ada}/disable"), &[]).await;
        let told = admin.get("/desk/people").await;
        assert!(told.status == 200 && told.text.contains("last administrator"), "{}", told.text);
        let mut editor = Window::new(&doors);
        editor.log_in(ED, PASSWORD).await;
        admin.post(&format!("/desk/people/{ed}/role"), &[("role", "viewer")]).await;
        assert_eq!(editor.get("/desk/account").await.status, 303);
        assert!(admin.get(&format!("/desk/people/{ed}")).await.text.contains("viewer"));
        admin.post(&format!("/desk/people/{ed}/disable"), &[]).await;
        let refused = editor.log_in(ED, PASSWORD).await;
        assert!(refused.status == 422 && refused.text.contains("wrong"), "told nothing of the account");
        admin.post(&format!("/desk/people/{ed}/enable"), &[]).await;
        assert_eq!(editor.log_in(ED, PASSWORD).await.status, 303);
        let link = admin.post(&format!("/desk/people/{ed}/link"), &[]).await;
        assert!(between(&link.text, "data-copy>", "<").contains("/desk/welcome/"));
        second_step::offer(&t.app, Actor::Operator { id: ed, role: Role::Editor }).await.unwrap();
        assert_eq!(admin.post(&format!("/desk/people/{ed}/reset-second-step"), &[]).await.status, 303);
        assert_eq!(admin.get("/desk/people/999").await.status, 404);
    }

    async fn a_key_is_shown_once_used_and_revoked(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        account(&t, ADA, Role::Admin).await;
        let doors = Doors::open(&mut t).await;
        let mut admin = Window::new(&doors);
        admin.log_in(ADA, PASSWORD).await;
        let none = admin.post("/desk/keys", &[("name", "cms")]).await;
        assert!(none.status == 422 && none.text.contains("id=\"scope-error\"") && none.text.contains("value=\"cms\""));
        let day = admin.post("/desk/keys", &[("name", "cms"), ("scope", "read"), ("until", "soon")]).await;
        assert!(day.status == 422 && day.text.contains("id=\"until-error\""));
        let made = admin.post("/desk/keys", &[("name", "cms"), ("scope", "read"), ("scope", "configure"), ("until", "2026-12-24")]).await;
        let key = between(&made.text, "data-copy>", "<").to_owned();
        assert!(made.status == 200 && key.starts_with("lamp_"), "{key}");
        let page = admin.get("/desk/keys").await.text;
        assert!(!page.contains(&key) && page.contains("read, configure") && page.contains("by ada") && page.contains("never"));
        let publications = async || doors.get("/api/v1/publications").bearer_auth(&key).send().await.unwrap().status().as_u16();
        assert_eq!(publications().await, 200);
        assert!(admin.get("/desk/keys").await.text.contains("in the hour of"));
        let id = between(&page, "/desk/keys/", "/revoke").to_owned();
        assert_eq!(admin.post(&format!("/desk/keys/{id}/revoke"), &[]).await.leads(), (303, "/desk/keys"));
        assert_eq!(publications().await, 401);
        assert!(admin.get("/desk/keys").await.text.contains("revoked"));
    }

    async fn hostile_names_are_text_on_every_page(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        account(&t, ADA, Role::Admin).await;
        let id = create(&t.app, Actor::Console, ED, HOSTILE, Role::Admin, PASSWORD).await.unwrap();
        let invited = invite(&t.app, Actor::Console, "new@news.example", HOSTILE, Role::Editor).await.unwrap();
        tokens::create(&t.app, Actor::Operator { id, role: Role::Admin }, HOSTILE, &[Scope::Read]).await.unwrap();
        let doors = Doors::open(&mut t).await;
        let mut window = Window::new(&doors);
        window.log_in(ED, PASSWORD).await;
        let token = links::make(&t.app, Actor::Console, invited.id).await.unwrap();
        for page in [
            "/desk".to_owned(),
            "/desk/account".to_owned(),
            "/desk/account/second-step".to_owned(),
            "/desk/people".to_owned(),
            format!("/desk/people/{id}"),
            "/desk/keys".to_owned(),
            "/desk/trail".to_owned(),
            format!("/desk/trail?verb={0}&who={0}&from={0}", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"),
            format!("/desk/login?next=/desk/{HOSTILE}"),
            format!("/desk/welcome/{token}"),
        ] {
            let answer = window.get(&page).await;
            assert!(answer.status == 200 || answer.status == 422, "{page}: {}", answer.status);
            for word in [HOSTILE, "<script>alert", "<img src=x"] {
                assert!(!answer.text.contains(word), "{page}: {word}");
            }
            assert!(!page.ends_with("people") || answer.text.contains("&#60;script&#62;"), "{page}");
        }
        let shown = window.post("/desk/login", &[("email", HOSTILE), ("password", "x")]).await;
        assert!(shown.status == 422 && !shown.text.contains("<script>alert"));
        let link = window.post(&format!("/desk/people/{}/link", invited.id), &[]).await;
        assert!(link.status == 200 && !link.text.contains("<script>alert"));
    }

    async fn the_trail_is_read_page_by_page_and_says_what_it_does_not_understand(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let ada = account(&t, ADA, Role::Admin).await;
        let ed = account(&t, ED, Role::Editor).await;
        let actor = Actor::Operator { id: ada, role: Role::Admin };
        for n in 0..60 {
            lamplighter::operators::accounts::rename(&t.app, actor, ed, &format!("Name {n}")).await.unwrap();
            t.advance(Span::seconds(1));
        }
        let doors = Doors::open(&mut t).await;
        let mut window = Window::new(&doors);
        window.log_in(ADA, PASSWORD).await;
        let page = window.get("/desk/trail?verb=rename+operator").await.text;
        assert!(page.contains("name: Name 58 &rarr; Name 59") && !page.contains("Name 3 "), "{page}");
        let older = between(&page, "href=\"/desk/trail?verb", "\"").replace("&#38;", "&");
        let older = window.get(&format!("/desk/trail?verb{older}")).await.text;
        assert!(older.contains("Name 3 &rarr; Name 4") && !older.contains("rel=\"next\""), "{older}");
        let wrong = window.get("/desk/trail?from=yesterday").await;
        assert!(wrong.status == 422 && wrong.text.contains("write a day like"));
        assert!(window.get("/desk/trail?verb=nothing").await.text.contains("Take a filter away"));
    }
}
