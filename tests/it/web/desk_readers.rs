//! The desk's pages of readers over real HTTP: found, helped, suppressed, erased, brought in, taken out, counted; and
//! whatever a stranger may have written into a name, an address or a list.

use super::at_desk::AtDesk;
use super::{active, everything};
use crate::harness::{Answer, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::{Actor, Role};
use lamplighter::service;
use lamplighter::subscribers::{self, SuppressionReason};

const WHO: Actor = Actor::Console;
const ADA: &str = "ada@readers.example";

/// The list is brought to the desk, as a browser sends a file without a script.
async fn bring(ed: &AtDesk, name: &str, bytes: &[u8]) -> Answer {
    ed.upload("/desk/subscribers/imports", &[], ("file", name, bytes)).await
}

async fn id_of(t: &Harness, address: &str) -> i64 {
    const FIND: Sql = Sql::both("SELECT id AS value FROM subscribers WHERE email_key = $1");
    t.db().read().await.unwrap().fetch_value(FIND, vec![address.into()]).await.unwrap()
}

both_engines! {
    async fn a_reader_is_found_helped_suppressed_lifted_and_erased(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let ed = AtDesk::named(&mut t, Role::Editor, "Ed").await;
        let found = ed.shows("/desk/subscribers?q=ADA").await;
        let id = id_of(&t, ADA).await;
        let page = format!("/desk/subscribers/{id}");
        assert!(found.contains(&format!("href=\"{page}\"")) && found.contains(">1 reader<"), "{found}");
        assert!(ed.shows("/desk/subscribers?q=zoe").await.contains("Nobody fits."));
        let person = ed.shows(&page).await;
        assert!(person.contains("Confirmed The Lamp by the link in their mail") && person.contains("Send me The Lamp by e-mail"));
        let subscription = person.split("name=\"subscription\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();

        let choices = [("subscription", subscription.as_str()), ("sections", "sport"), ("hour", "7"), ("time_zone", "UTC")];
        let missing = ed.post(&format!("{page}/choices"), &choices).await;
        assert_eq!(missing.status, 422);
        assert!(missing.text.contains(&format!("href=\"#because-choices-{subscription}\"")) && missing.text.contains("error-summary"));
        missing.says(422, &["<details open>\n      <summary>Change what is delivered", "<option value=\"7\" selected>"]);
        let until = (t.now() + Span::days(9)).in_zone(chrono_tz::Tz::UTC).format("%Y-%m-%d").to_string();
        let because = "asked by ada@readers.example";
        let pause = [("subscription", subscription.as_str()), ("until", &until), ("action", "pause"), ("because", because)];
        let refused = ed.post(&format!("{page}/pause"), &pause).await;
        refused.says(422, &[&format!("value=\"{until}\""), &format!("value=\"{because}\""), "<details open>\n      <summary>Pause"]);
        assert_eq!(refused.text.matches("<details open>").count(), 1, "the others stay as they were");
        let with_reason: Vec<_> = choices.into_iter().chain([("because", "called <b>today</b>")]).collect();
        assert_eq!(ed.post(&format!("{page}/choices"), &with_reason).await.header("location"), page);
        let person = ed.shows(&page).await;
        assert!(person.contains("Gets Sport; at 07:00") && person.contains("Changed what is delivered, by Ed"), "{person}");
        assert!(person.contains("called &#60;b&#62;today") && !person.contains("<b>today"));

        assert_eq!(ed.post(&format!("{page}/suppress"), &[("until", "2020-01-01")]).await.status, 422);
        let without = ed.post(&format!("{page}/suppress"), &[("until", ""), ("why", ""), ("because", " ")]).await;
        assert!(without.status == 422 && without.text.contains("Say in a few words why"), "{}", without.text);
        let abuse = [("until", "2020-01-01"), ("why", "A legal demand"), ("because", "by letter")];
        let kept = ed.post(&format!("{page}/suppress"), &abuse).await;
        kept.says(422, &["value=\"by letter\"", "value=\"2020-01-01\"", "<option value=\"A legal demand\" selected>"]);
        let why = [("until", ""), ("why", "They asked for it"), ("because", "by telephone")];
        assert_eq!(ed.post(&format!("{page}/suppress"), &why).await.status, 303);
        assert!(ed.shows(&page).await.contains("Address was suppressed, by Ed: They asked for it: by telephone"));
        assert_eq!(active(&t).await, 0);
        let person = ed.shows(&page).await;
        assert!(person.contains("must not be mailed: suppressed by the newsroom"));
        let hash = person.split("name=\"hash\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let listed = ed.shows("/desk/suppressions").await;
        assert!(listed.contains(ADA) && listed.contains(&hash));
        assert_eq!(ed.post(&format!("{page}/lift"), &[("hash", hash.as_str())]).await.status, 303);
        assert!(!ed.shows(&page).await.contains("must not be mailed"));
        // What the reader's own mailbox said is not the newsroom's to lift.
        let email = EmailAddr::parse(ADA).unwrap();
        subscribers::suppress(&t.app, WHO, &email, SuppressionReason::HardBounce).await.unwrap();
        let refused = ed.post("/desk/suppressions/lift", &[("hash", hash.as_str())]).await;
        assert_eq!((refused.status, refused.header("location")), (303, "/desk/suppressions"));
        assert!(ed.shows("/desk/suppressions").await.contains("only by their own new sign-up"));

        let mistyped = ed.post(&format!("{page}/erase"), &[("address", "ada")]).await;
        assert!(mistyped.status == 422 && mistyped.text.contains("nothing was erased"));
        assert_eq!(ed.post(&format!("{page}/erase"), &[("address", "ADA@readers.example")]).await.header("location"), "/desk/subscribers");
        assert_eq!(ed.get(&page).await.status, 404);
        for gone in ["choices", "pause", "leave", "suppress", "erase"] {
            assert_eq!(ed.post(&format!("{page}/{gone}"), &[("because", "x")]).await.status, 404, "{gone}");
        }
    }

    async fn a_viewer_and_an_approver_see_numbers_and_no_address(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let id = id_of(&t, ADA).await;
        service::sweep(&t.app).await.unwrap();
        for role in [Role::Viewer, Role::Approver] {
            let visitor = AtDesk::named(&mut t, role, "Val").await;
            for page in ["/desk/subscribers?q=ada", "/desk/suppressions", "/desk/growth"] {
                let text = visitor.shows(page).await;
                assert!(!text.contains("ada@"), "{page}");
            }
            assert!(visitor.shows("/desk/subscribers").await.contains("Addresses are personal"));
            for page in [format!("/desk/subscribers/{id}"), "/desk/subscribers/add".to_owned(), "/desk/subscribers/imports".to_owned()] {
                assert_eq!(visitor.get(&page).await.status, 403, "{page}");
            }
            for deed in ["add", "export", &format!("{id}/suppress"), &format!("{id}/erase"), "imports/1/start"] {
                assert_eq!(visitor.post(&format!("/desk/subscribers/{deed}"), &[("address", ADA), ("email", ADA), ("publication", "evening"), ("because", "x")]).await.status, 403, "{deed}");
            }
            assert_eq!(bring(&visitor, "x.csv", b"email\n").await.status, 403);
        }
        assert_eq!(active(&t).await, 1);
    }

    async fn a_list_is_brought_in_step_by_step_without_a_script(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let ed = AtDesk::named(&mut t, Role::Editor, "Ed").await;
        assert!(ed.shows("/desk/subscribers").await.contains("Nobody reads yet."));
        for (bytes, said) in [(&b""[..], "is empty"), (b"PK\x03\x04", "save it as CSV"), (b"\xff\xfee\0", "save it as CSV")] {
            let refused = bring(&ed, "x.csv", bytes).await;
            assert!(refused.status == 422 && refused.text.contains(said), "{}", refused.text);
        }
        let list = "email,name,subscribed_at\nada@readers.example,Ada,2023-05-04\n\"=2+5@readers.example\",Eve,\nnobody,<script>alert(1)</script>,\nben@readers,Ben,\n";
        let brought = bring(&ed, "<img src=x onerror=alert(1)>.csv", list.as_bytes()).await;
        assert_eq!(brought.status, 303);
        let page = brought.header("location").to_owned();
        let shown = ed.shows(&page).await;
        assert!(!shown.contains("<img src=x") && shown.contains("For whom, and on what ground?"));
        // What a file is called may be somebody's address, and the trail is for viewers too.
        let trail = ed.shows("/desk/trail").await;
        let number = page.rsplit('/').next().unwrap();
        assert!(!trail.contains("onerror") && trail.contains(&format!("import {number}")), "{trail}");
        let refused = ed.post(&format!("{page}/try"), &[("publication", "evening"), ("way", "agreed"), ("consent", " ")]).await;
        assert!(refused.status == 422 && refused.text.contains("href=\"#consent\""));
        let choice = [("publication", "evening"), ("way", "agreed"), ("consent", "Spring fair <b>2026</b>")];
        assert_eq!(ed.post(&format!("{page}/try"), &choice).await.status, 303);
        let busy = ed.shows(&page).await;
        assert!(busy.contains("The list is being tried") && busy.contains("Look again") && busy.contains("<progress"));
        subscribers::work_once(&t.app, "one").await.unwrap();
        let tried = ed.shows(&page).await;
        assert!(tried.contains("What would become of it") && tried.contains("Import it like this") && !tried.contains("<script>alert"), "{tried}");
        for words in ["How the columns were read", "<dt>email</dt><dd>the address</dd>", "<dt>name</dt><dd>not read</dd>", "Refused: there is no @ in the address", "Refused: the part after the @ must be a full domain", "The day in the column \u{201c}subscribed_at\u{201d}", "as was stated: \u{201c}Spring fair &#60;b&#62;2026&#60;/b&#62;\u{201d}"] {
            assert!(tried.contains(words), "{words}: {tried}");
        }
        assert_eq!(active(&t).await, 0);
        // A page that showed another trial has no say.
        assert_eq!(ed.post(&format!("{page}/start"), &[("seen", "1")]).await.status, 303);
        assert!(!subscribers::work_once(&t.app, "one").await.unwrap());
        let seen = tried.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(ed.post(&format!("{page}/start"), &[("seen", seen)]).await.status, 303);
        subscribers::work_once(&t.app, "one").await.unwrap();
        assert!(ed.shows(&page).await.contains("What became of it"));
        assert_eq!(active(&t).await, 2);
        let person = ed.shows(&format!("/desk/subscribers/{}", id_of(&t, ADA).await)).await;
        assert!(person.contains("Spring fair &#60;b&#62;2026") && !person.contains("<b>2026"));
        let agreed = person.split("Agreed last").nth(1).unwrap().split("</dd>").next().unwrap();
        assert!(agreed.contains("4 May 2023") || agreed.contains("2023-05-04"), "as the list states it: {agreed}");

        let csv = ed.post("/desk/subscribers/export", &[("publication", "evening")]).await;
        assert_eq!((csv.status, csv.text.lines().count()), (200, 3));
        assert!(csv.text.contains("\n'=2+5@readers.example,"), "{}", csv.text);
        assert_eq!(ed.post("/desk/subscribers/export", &[("publication", "nope")]).await.status, 422);
        assert!(ed.post("/desk/suppressions/export", &[]).await.text.starts_with("hash,reason"));
    }

    async fn a_reader_is_added_by_asking_or_with_a_proof(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let ed = AtDesk::named(&mut t, Role::Editor, "Ed").await;
        let add = async |fields: &[(&str, &str)]| {
            let all: Vec<(&str, &str)> = [("publication", "evening")].into_iter().chain(fields.iter().copied()).collect();
            ed.post("/desk/subscribers/add", &all).await
        };
        let wrong = add(&[("email", "ada@"), ("way", "ask")]).await;
        assert!(wrong.status == 422 && wrong.text.contains("value=\"ada@\"") && wrong.text.contains("href=\"#email\""));
        let wrong = add(&[("email", ADA), ("way", "agreed")]).await;
        assert!(wrong.status == 422 && wrong.text.contains("href=\"#consent\""));
        assert_eq!(add(&[("email", "ben@readers.example"), ("way", "ask")]).await.header("location"), "/desk/subscribers?state=pending");
        ed.press("/desk/subscribers/add", &[("email", "ben@readers.example"), ("publication", "evening"), ("way", "ask")])
            .await
            .says(200, &["at most every 60 minutes, and at most 3 in a day", "goes by itself when it may"]);
        let waiting = ed.shows("/desk/subscribers?state=pending").await;
        assert!(waiting.contains("ben@readers.example") && waiting.contains("Send the link again"));
        assert_eq!(add(&[("email", ADA), ("way", "agreed"), ("consent", "by letter, 3 May")]).await.status, 303);
        assert_eq!(active(&t).await, 1);
        t.run_until_idle().await;
        assert_eq!((t.sink.mails_to("ben@readers.example").len(), t.sink.mails_to(ADA).len()), (1, 0));
    }

    async fn an_erasure_before_the_first_count_of_a_day_is_no_count(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        for reader in ["ada", "ben", "cleo"] {
            t.subscribe(&format!("{reader}@readers.example")).await;
        }
        let ed = AtDesk::named(&mut t, Role::Editor, "Ed").await;
        subscribers::erase(&t.app, WHO, &EmailAddr::parse(ADA).unwrap()).await.unwrap();
        let page = ed.shows("/desk/growth").await;
        assert!(page.contains("<dt>Readers now</dt><dd>2</dd>") && page.contains("The course of days begins"), "{page}");
        assert!(!page.contains("last at") && !page.contains("<dd></dd>"), "{page}");
        // The next day it is the count before it that is told, with its hour.
        service::sweep(&t.app).await.unwrap();
        let counted = ed.shows("/desk/growth").await.split("last at <time datetime=\"").nth(1).unwrap()[..16].to_owned();
        t.advance(lamplighter::base::Span::days(1));
        subscribers::erase(&t.app, WHO, &EmailAddr::parse("ben@readers.example").unwrap()).await.unwrap();
        let ed = AtDesk::named(&mut t, Role::Viewer, "Vera").await;
        let page = ed.shows("/desk/growth").await;
        assert!(page.contains(&format!("last at <time datetime=\"{counted}")) && page.contains("<dt>Gone</dt><dd>2</dd>"), "{page}");
        assert!(page.contains("<dt>Readers now</dt><dd>2</dd>"), "{page}");
    }

    async fn growth_is_drawn_with_its_numbers_and_looking_writes_nothing(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        for reader in ["ada", "ben", "cleo"] {
            t.subscribe_to("evening", &format!("{reader}@readers.example"), &["world"]).await;
        }
        let ed = AtDesk::named(&mut t, Role::Editor, "Ed").await;
        assert!(ed.shows("/desk/growth").await.contains("Nothing is counted yet."));
        paper.publish_in("World", "Harbour opens");
        t.evening("2026-11-23").await;
        service::sweep(&t.app).await.unwrap();
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(Sql::both("UPDATE sections SET name = '<script>x</script>' WHERE slug = 'world'"), vec![]).await.unwrap();
        tx.commit().await.unwrap();
        let before = everything(&t).await;
        for days in ["30", "90", "366", "nonsense"] {
            let page = ed.shows(&format!("/desk/growth?days={days}")).await;
            assert!(page.matches("<svg role=\"img\"").count() >= 4, "{page}");
            assert_eq!(page.matches("<figure class=\"plot\">").count(), page.matches("The same numbers as a table").count());
            assert!(page.contains("&#60;script&#62;x") && !page.contains("<script>x") && !page.contains("style="));
            assert!(!page.contains("NaN") && page.contains("<dd>3</dd>"), "{page}");
        }
        let id = id_of(&t, ADA).await;
        for page in ["/desk/subscribers", "/desk/subscribers?state=pending&q=x&from=nonsense", "/desk/subscribers/add", "/desk/subscribers/imports", "/desk/suppressions?before=1.a", &format!("/desk/subscribers/{id}?before=1")] {
            let answer = ed.get(page).await;
            assert!(matches!(answer.status, 200 | 422), "{page}: {}", answer.status);
        }
        assert_eq!(everything(&t).await, before);
    }
}
