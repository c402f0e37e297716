//! Several publications in one newsroom: the same sources, and to each its own pool of claims.

use crate::harness::{Doors, Harness, Newspaper, both_engines};
use lamplighter::base::Span;
use lamplighter::editions::{EditionKind, EditionState as S};
use std::collections::BTreeMap;

const SLUGS: [&str; 3] = ["morning", "evening", "weekly"];

/// A brief in the morning, a digest in the evening, the week on Friday; the latter two have sections, not quite the same.
fn newsroom(feed: &str) -> String {
    let source = format!("[[publication.source]]\nurl = \"{feed}\"\n");
    let sections = |names: &[&str]| {
        names.iter().map(|it| format!("[[publication.section]]\nname = \"{it}\"\n")).collect::<String>()
    };
    let slot = |cutoff: &str, send: &str, days: &str| {
        format!("[[publication.slot]]\nweekdays = [{days}]\ncutoff = \"{cutoff}\"\nsend = \"{send}\"\n")
    };
    let every = "\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"";
    let publication = |slug: &str, name: &str| {
        format!("[[publication]]\nslug = \"{slug}\"\nname = \"{name}\"\ntime_zone = \"UTC\"\n")
    };
    [
        publication("morning", "The Morning Brief"),
        slot("06:30", "07:00", every),
        source.clone(),
        publication("evening", "The Evening Digest"),
        slot("18:00", "18:30", every),
        sections(&["World", "Local"]),
        source.clone(),
        publication("weekly", "The Week"),
        slot("12:00", "12:30", "\"fri\""),
        sections(&["Local", "Sport"]),
        source,
    ]
    .concat()
}

/// Seven days from a Monday, with a story before noon and one after dark; everything that is due at its time.
async fn a_week(t: &Harness, paper: &Newspaper) {
    for day in 23..30 {
        let minute = |at: &str| format!("2026-11-{day} {at}");
        for at in [
            "06:29", "06:30", "06:50", "07:00", "10:00", "11:59", "12:00", "12:20", "12:30", "17:59", "18:00", "18:20",
            "18:30", "21:00",
        ] {
            t.go_to(&minute(at)).await;
            match at {
                "10:00" => paper.publish_in("Local", &format!("Council meets on {day}")),
                "21:00" => paper.publish_in("World", &format!("Summit goes on after {day}")),
                _ => {}
            }
            t.tick().await;
            t.run_until_idle().await;
            for slug in SLUGS {
                t.assert_conserved(slug).await;
            }
        }
    }
}

both_engines! {
    async fn a_week_of_three_publications_on_the_same_sources(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        t.set_up(newsroom(&paper.feed())).await;
        t.go_to("2026-11-23 06:00").await;
        for slug in SLUGS {
            t.subscribe_to(slug, "ada@readers.example", &[]).await;
        }
        t.subscribe_to("evening", "local@readers.example", &["local"]).await;
        a_week(&t, &paper).await;

        let mut told: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
        for slug in SLUGS {
            for edition in t.editions_of(slug).await.iter().filter(|it| it.sealed_at.is_some()) {
                assert_eq!((edition.state, edition.kind, edition.late), (S::Sent, EditionKind::Regular, false), "{slug} {}", edition.label);
                for title in t.headlines_in(edition).await {
                    *told.entry(slug).or_default().entry(title).or_default() += 1;
                }
            }
        }
        let stories = |slug: &str| told[slug].len();
        // Until Sunday evening: seven of the days, six of the nights; the morning is a day behind; the week ends on Friday.
        assert_eq!((stories("morning"), stories("evening"), stories("weekly")), (12, 13, 9), "{told:#?}");
        for (slug, titles) in &told {
            assert!(titles.values().all(|count| *count == 1), "{slug} told one twice: {titles:?}");
        }
        let from = |name: &str| {
            let mails = t.editions_for("ada@readers.example");
            mails.iter().filter(|mail| mail.header("List-Id").is_some_and(|it| it.contains(name))).cloned().collect::<Vec<_>>()
        };
        assert_eq!((from("morning.").len(), from("evening.").len(), from("weekly.").len()), (6, 7, 1));
        let week = &from("weekly.")[0];
        assert_eq!(week.received_at.rfc3339(), "2026-11-27T12:30:00Z");
        for day in 23..=27 {
            assert!(week.text.contains(&format!("Council meets on {day}")), "the week lacks {day}:\n{}", week.text);
        }
        assert_eq!(t.editions_for("local@readers.example").len(), 7);
        t.assert_nobody_was_mailed_twice();

        // The archive of each is its own.
        let doors = Doors::open(&mut t).await;
        for (slug, editions, label) in [("morning", 6, "2026-11-24"), ("evening", 7, "2026-11-24"), ("weekly", 1, "2026-11-27")] {
            let index = doors.get(&format!("/archive/{slug}")).send().await.unwrap().text().await.unwrap();
            let links = index.matches(&format!("/archive/{slug}/2026-11-")).count();
            assert!(links >= editions, "{slug}: {links} links\n{index}");
            for other in SLUGS.iter().filter(|other| **other != slug) {
                assert!(!index.contains(&format!("/archive/{other}/2026-")), "{slug} shows editions of {other}");
            }
            let page = doors.get(&format!("/archive/{slug}/{label}")).send().await.unwrap();
            assert_eq!(page.status(), 200, "{slug} {label}");
        }
    }

    async fn a_reader_leaves_one_and_keeps_the_others_and_a_pool_waits_for_its_own_edition(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(newsroom(&paper.feed())).await;
        t.go_to("2026-11-23 09:00").await;
        for slug in SLUGS {
            t.subscribe_to(slug, "ada@readers.example", &[]).await;
        }
        paper.publish_in("Local", "Harbour opens");
        t.gather().await;
        // Cancelled in one publication, it is still news in the two others.
        t.evening("2026-11-23").await;
        let mail = t.editions_for("ada@readers.example")[0].clone();
        let leave = mail.links.iter().find(|it| it.contains("/unsubscribe/")).unwrap().clone();
        t.click(&leave).await;
        paper.publish_in("Local", "Ferry sails");
        t.advance(Span::minutes(1));
        t.gather().await;
        for (slug, pool) in [("morning", 2), ("evening", 1), ("weekly", 2)] {
            assert_eq!(t.candidates_of(slug).await.get("pool").copied().unwrap_or(0), pool, "{slug}");
        }
        t.go_to("2026-11-24 06:25").await;
        t.live_until("2026-11-24 07:10").await;
        t.evening("2026-11-24").await;
        let lists: Vec<String> = t.editions_for("ada@readers.example").iter().map(|it| it.header("List-Id").unwrap_or_default().to_owned()).collect();
        assert_eq!(lists.len(), 2, "{lists:?}");
        assert!(lists[1].contains("morning."), "{lists:?}");
        assert_eq!(t.edition("2026-11-24").await.state, S::Drafted, "nobody reads the evening any more: it waits for an editor");
        for slug in SLUGS {
            t.assert_conserved(slug).await;
        }
    }
}
