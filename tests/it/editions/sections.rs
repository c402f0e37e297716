//! Who reads one section gets the top story and that section; who would get nothing gets no mail.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::db::Sql;
use lamplighter::delivery;
use lamplighter::editions::EditionState as S;
use lamplighter::operators::Actor;

const HIDE_ALL_BUT: Sql = Sql::both(
    "UPDATE edition_items SET placement = CASE WHEN section_id = (SELECT id FROM sections WHERE slug = $2) THEN 'full' ELSE 'hidden' END WHERE edition_id = $1",
);

async fn with_three_sections(t: &Harness) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    t.subscribe("all@readers.example").await;
    t.subscribe_to("evening", "local@readers.example", &["local"]).await;
    t.subscribe_to("evening", "sport@readers.example", &["sport"]).await;
    t.subscribe_to("evening", "two@readers.example", &["sport", "local"]).await;
    // World is the first section of the editorial order: its story leads.
    for (category, title) in [("World", "Summit ends"), ("Local", "Bridge closes"), ("Sport", "Regatta won")] {
        paper.publish_in(category, title);
    }
    paper
}

both_engines! {
    async fn each_choice_gets_the_top_story_and_its_own_sections(t: Harness) {
        let _paper = with_three_sections(&t).await;
        t.evening("2026-11-23").await;
        for (reader, expected) in [
            ("all", ["Summit ends", "Bridge closes", "Regatta won"].as_slice()),
            ("local", &["Summit ends", "Bridge closes"]),
            ("sport", &["Summit ends", "Regatta won"]),
            ("two", &["Summit ends", "Bridge closes", "Regatta won"]),
        ] {
            let mails = t.editions_for(&format!("{reader}@readers.example"));
            assert_eq!(mails.len(), 1, "{reader}");
            for title in ["Summit ends", "Bridge closes", "Regatta won"] {
                let is_expected = expected.contains(&title);
                assert_eq!(mails[0].text.contains(&format!("{title}: this is")), is_expected, "{reader}: {title}");
                assert_eq!(mails[0].html.contains(&format!("{title}: this is")), is_expected, "{reader}: {title}");
            }
        }
        let edition = t.edition("2026-11-23").await;
        assert_eq!((edition.candidates_count, edition.prepared_count), (Some(4), Some(4)));
    }

    async fn who_would_read_nothing_is_left_out_and_counted(t: Harness) {
        let _paper = with_three_sections(&t).await;
        t.go_to("2026-11-23 17:58").await;
        t.live_until("2026-11-23 18:21").await;
        let edition = t.edition("2026-11-23").await;
        // As if an editor had hidden everything else, the top story too.
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(HIDE_ALL_BUT, vec![edition.id.0.into(), "sport".into()]).await.unwrap();
        tx.commit().await.unwrap();
        let report = delivery::seal(&t.app, Actor::Console, edition.id).await.unwrap();
        assert_eq!((report.candidates, report.prepared), (4, 3));
        let excluded: Vec<_> = report.excluded.iter().map(|it| (it.reason.as_str(), it.readers)).collect();
        assert_eq!(excluded, [("skipped_empty", 1)]);
        t.live_until("2026-11-23 18:40").await;
        assert!(t.editions_for("local@readers.example").is_empty());
        assert_eq!(t.editions_mailed().len(), 3);
        assert_eq!(t.state_of("2026-11-23").await, S::Sent);
    }

    async fn who_is_suppressed_is_left_out_and_counted(t: Harness) {
        let _paper = with_three_sections(&t).await;
        t.go_to("2026-11-23 17:58").await;
        t.live_until("2026-11-23 18:21").await;
        let sql = Sql::both(
            "INSERT INTO suppressions (address_hash, reason, created_at) SELECT address_hash, 'operator', $1 FROM subscribers WHERE email = 'sport@readers.example'",
        );
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(sql, vec![t.now().into()]).await.unwrap();
        tx.commit().await.unwrap();
        t.live_until("2026-11-23 18:40").await;
        let edition = t.edition("2026-11-23").await;
        assert_eq!((edition.candidates_count, edition.prepared_count), (Some(4), Some(3)));
        let excluded = delivery::count_exclusions(&mut t.db().read().await.unwrap(), edition.id).await.unwrap();
        let excluded: Vec<_> = excluded.iter().map(|it| (it.reason.as_str(), it.readers)).collect();
        assert_eq!(excluded, [("suppressed", 1)]);
        assert!(t.editions_for("sport@readers.example").is_empty());
        assert_eq!(t.counts(&edition).await.audience, 3);
    }
}
