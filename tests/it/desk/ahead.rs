//! What is said of an edition whose day or hour is yet to come, and of one that went out ahead of its day.

use super::{MONDAY, at_desk, drafted, said};
use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::delivery::returns::figures;
use lamplighter::editions::{self, EditionState as S};
use lamplighter::operators::{Actor, Role};

both_engines! {
    async fn the_edition_of_a_later_day_is_not_sent_today_by_one_word(mut t: Harness) {
        let paper = drafted(&t, "approval = \"manual\"", &["Harbour opens", "Ferry sails", "Mayor speaks"]).await;
        t.live_until("2026-11-23 22:00").await;
        paper.publish("Storm warning");
        t.gather().await;
        t.tick().await;
        let tomorrow = t.edition("2026-11-24").await;
        editions::claim(&t.app, Actor::Console, tomorrow.id, editions::Cutoff::Now { late: false }).await.unwrap();
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let page = edda.get("/desk").await;
        assert!(page.text.contains("name=\"early\"") && page.text.contains("Sent now, it goes out today"), "{}", page.text);
        let revision = page.hidden("revision");
        let path = format!("/desk/editions/{}/send", tomorrow.id);
        let page = edda.press(&path, &[("revision", &revision), ("sure", "yes")]).await;
        assert!(said(&page).0 == "bad" && said(&page).1.contains("Tuesday 24 November 2026"), "{:?}", said(&page));
        assert_eq!(t.edition("2026-11-24").await.state, S::Drafted);
        let page = edda.press(&path, &[("revision", &revision), ("sure", "yes"), ("early", "yes")]).await;
        assert_eq!(said(&page), ("good", "Sending has begun, to 1 reader.".to_owned()));

        // It went out today, whatever day it is of: the desk shows it until the day is over, and counts its mails today.
        t.run_until_idle().await;
        t.tick().await;
        let page = edda.get("/desk").await;
        let told = "The edition of Tuesday 24 November 2026: Sent Mon 23 Nov, 22:00 UTC to 1 reader.";
        assert!(page.text.contains(told), "{}", page.text);
        let figures = figures(&t.app, Actor::Console, 30).await.unwrap();
        let days: Vec<(&str, i64)> = figures.days.iter().map(|it| (it.day.as_str(), it.accepted)).collect();
        assert_eq!(days, [(MONDAY, 1)]);
        // The archive calls it what the mail calls it.
        let issues = doors.get("/archive/evening").send().await.unwrap().text().await.unwrap();
        assert!(issues.contains("<time datetime=\"2026-11-24\">Tuesday, 24 November 2026</time>"), "{issues}");
        let report = edda.get(&format!("/desk/editions/{}/report", tomorrow.id)).await;
        assert!(report.text.contains(" of 95 KiB</dd>"), "as beside the draft: {}", report.text);
    }

    async fn a_planned_edition_says_for_whom_it_will_wait(mut t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        t.go_to("2026-11-23 12:00").await;
        t.tick().await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        for (approval, words) in [
            ("auto", "It is drafted at 18:00 (UTC) and goes out at 18:30 (UTC), if its checks are green by then."),
            ("manual", "and waits for a person then. Once somebody approves it, it goes out at 18:30 (UTC)."),
            ("four_eyes", "and waits for two persons then: one marks it as read, another one approves it."),
        ] {
            t.set_up(Newsroom::of(&paper).with(&format!("approval = \"{approval}\""))).await;
            let page = edda.get("/desk").await;
            assert!(page.text.contains(words), "{approval}: {}", page.text);
        }
    }
}
