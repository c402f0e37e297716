//! The page of choices, and what the choices do to the editions that come.

use super::*;
use crate::harness::{Doors, Newspaper, Newsroom, both_engines};
use lamplighter::base::{Span, Timestamp};
use lamplighter::delivery;
use lamplighter::editions::{self, Edition};
use lamplighter::subscribers::{Change, ChoiceError, Choices, PreferencesError};
use lamplighter::words::Language;

const AUDIT: Sql = Sql::both("SELECT detail AS value FROM audit_events WHERE verb = $1 ORDER BY id");
const EXCLUSIONS: Sql = Sql::both(
    "SELECT s.email || ' ' || x.reason AS value FROM audience_exclusions x JOIN subscribers s ON s.id = x.subscriber_id WHERE x.edition_id = $1 ORDER BY 1",
);

async fn trail(t: &Harness, verb: &str) -> Vec<serde_json::Value> {
    let mut tx = t.db().read().await.unwrap();
    let rows: Vec<(String,)> = tx.fetch_all(AUDIT, vec![verb.into()]).await.unwrap();
    rows.into_iter().map(|(detail,)| serde_json::from_str(&detail).unwrap()).collect()
}

/// A draft of three stories, one in each section, sent at once; who was left out and why.
async fn sent(t: &Harness, paper: &Newspaper) -> (Edition, Vec<String>) {
    for (category, title) in [("World", "Summit ends"), ("Local", "Bridge closes"), ("Sport", "Regatta won")] {
        paper.publish_in(category, &format!("{title} at {}", t.now().as_seconds()));
    }
    t.advance(Span::minutes(1));
    t.gather().await;
    t.advance(Span::minutes(1));
    let publication = t.publication("evening").await;
    let edition = editions::draft(&t.app, Actor::Console, &publication, true).await.unwrap();
    let report = delivery::send_now(&t.app, Actor::Console, edition.id).await.unwrap();
    let left_out: i64 = report.excluded.iter().map(|it| it.readers).sum();
    assert_eq!(report.candidates, report.prepared + left_out);
    let mut tx = t.db().read().await.unwrap();
    let rows: Vec<(String,)> = tx.fetch_all(EXCLUSIONS, vec![edition.id.0.into()]).await.unwrap();
    (report.edition, rows.into_iter().map(|(row,)| row).collect())
}

async fn choose(t: &Harness, address: &str, choices: Choices) -> Change {
    let token = preferences_token(t, address).await;
    subscribers::change_preferences(&t.app, &token, None, &choices).await.unwrap()
}

async fn pause(t: &Harness, address: &str, until: &str) -> Change {
    let token = preferences_token(t, address).await;
    subscribers::pause(&t.app, &token, None, until).await.unwrap()
}

both_engines! {
    async fn every_choice_is_kept_and_told_with_what_it_was_before(t: Harness) {
        t.set_up(Newsroom::empty().with("breaking_per_day_max = 2")).await;
        t.subscribe(ADA).await;
        let wanted = Choices {
            sections: vec!["sport".into()],
            hour: Some(7),
            time_zone: Some("Europe/Paris".into()),
            breaking: true,
            weekday: Some(4),
            stories_min: Some(3),
        };
        let change = choose(&t, ADA, wanted.clone()).await;
        assert_eq!((change.before.weekday, change.before.sections), (None, None));
        let is = subscription(&t, ADA).await;
        assert_eq!((is.weekday, is.stories_min, is.hour, is.breaking), (Some(4), Some(3), Some(7), true));
        assert_eq!((is.sections, is.time_zone), (Some(vec!["sport".to_owned()]), Some("Europe/Paris".to_owned())));
        choose(&t, ADA, wanted.clone()).await;
        let trail = trail(&t, "change_preferences").await;
        assert_eq!(trail.len(), 1, "what was so already is no change");
        assert_eq!(trail[0]["before"]["weekday"], serde_json::Value::Null);
        assert_eq!(trail[0]["after"]["weekday"], 4);
        choose(&t, ADA, Choices { weekday: None, ..wanted }).await;
        let trail = super::preferences::trail(&t, "change_preferences").await;
        assert_eq!(trail[1], serde_json::json!({ "before": { "weekday": 4 }, "after": { "weekday": null } }));
    }

    async fn a_day_without_an_edition_and_a_pause_without_an_end_are_refused(t: Harness) {
        t.set_up(Newsroom::empty().slot("18:00", "18:30").slot_key("weekdays = [\"mon\", \"fri\"]")).await;
        t.subscribe(ADA).await;
        let token = preferences_token(&t, ADA).await;
        for (wanted, why) in [
            (Choices { weekday: Some(6), ..Choices::default() }, ChoiceError::Weekday),
            (Choices { weekday: Some(-1), ..Choices::default() }, ChoiceError::Weekday),
            (Choices { stories_min: Some(100), ..Choices::default() }, ChoiceError::StoriesMin),
            (Choices { breaking: true, sections: vec!["nope".into()], ..Choices::default() }, ChoiceError::UnknownSection("nope".into())),
        ] {
            match subscribers::change_preferences(&t.app, &token, None, &wanted).await {
                Err(PreferencesError::Choice(error)) => assert_eq!(error, why),
                other => panic!("{other:?}"),
            }
        }
        // It is Monday, 23 November 2026.
        for until in ["", "2026-11-23", "2026-11-22", "2027-11-25", "soon", "9999999-01-01"] {
            let refused = subscribers::pause(&t.app, &token, None, until).await;
            assert!(matches!(refused, Err(PreferencesError::Choice(ChoiceError::PauseEnd))), "{until}");
        }
        pause(&t, ADA, "2027-11-24").await;
        assert!(trail(&t, "change_preferences").await.is_empty());
    }

    async fn who_paused_wants_another_day_or_a_longer_edition_is_left_out_with_the_reason(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        for name in ["all", "paused", "monday", "tuesday", "three", "four", "sport-two"] {
            t.subscribe(&format!("{name}@readers.example")).await;
        }
        pause(&t, "paused@readers.example", "2026-11-24").await;
        let wish = |weekday, stories_min| Choices { weekday, stories_min, ..Choices::default() };
        choose(&t, "monday@readers.example", wish(Some(0), None)).await;
        choose(&t, "tuesday@readers.example", wish(Some(1), None)).await;
        choose(&t, "three@readers.example", wish(None, Some(3))).await;
        choose(&t, "four@readers.example", wish(None, Some(4))).await;
        let sport = Choices { sections: vec!["sport".into()], stories_min: Some(4), ..Choices::default() };
        choose(&t, "sport-two@readers.example", sport).await;
        let (_, left_out) = sent(&t, &paper).await;
        assert_eq!(left_out, [
            "four@readers.example too_few_stories",
            "paused@readers.example paused",
            "sport-two@readers.example too_few_stories",
            "tuesday@readers.example other_day",
        ]);
        t.run_until_idle().await;
        for (name, mails) in [("all", 1), ("paused", 0), ("monday", 1), ("tuesday", 0), ("three", 1), ("four", 0)] {
            assert_eq!(t.editions_for(&format!("{name}@readers.example")).len(), mails, "{name}");
        }
        // The next day: the pause has ended by itself, and it is Tuesday.
        t.advance(Span::days(1));
        let (_, left_out) = sent(&t, &paper).await;
        assert_eq!(left_out, [
            "four@readers.example too_few_stories",
            "monday@readers.example other_day",
            "sport-two@readers.example too_few_stories",
        ]);
        t.run_until_idle().await;
        assert_eq!(t.editions_for("paused@readers.example").len(), 1);
    }

    async fn who_pauses_while_the_mail_waits_is_not_mailed_and_a_pause_that_ended_holds_nothing_back(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        t.subscribe("ben@readers.example").await;
        let (edition, left_out) = sent(&t, &paper).await;
        assert!(left_out.is_empty());
        pause(&t, ADA, "2026-11-24").await;
        pause(&t, "ben@readers.example", "2026-11-24").await;
        let token = preferences_token(&t, "ben@readers.example").await;
        subscribers::resume(&t.app, &token, None).await.unwrap();
        t.run_until_idle().await;
        assert_eq!((t.editions_for(ADA).len(), t.editions_for("ben@readers.example").len()), (0, 1));
        let counts = t.counts(&edition).await;
        assert_eq!((counts.suppressed, counts.accepted), (1, 1));
        let mut tx = t.db().read().await.unwrap();
        let reasons = delivery::list_reasons(&mut tx, edition.id).await.unwrap();
        assert!(reasons[0].reason.starts_with("paused"), "{reasons:?}");
        drop(tx);
        assert_eq!(trail(&t, "pause").await.len(), 2);
        assert_eq!(trail(&t, "resume").await.len(), 1);
    }

    async fn breaking_news_come_whatever_the_day_and_size_but_not_in_a_pause(t: Harness) {
        const BREAKING: Sql = Sql::both("UPDATE editions SET kind = 'breaking' WHERE id = $1");
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("breaking_per_day_max = 2")).await;
        for name in ["day", "size", "paused"] {
            let address = format!("{name}@readers.example");
            t.subscribe(&address).await;
            let wish = Choices { breaking: true, weekday: Some(1), stories_min: Some(9), ..Choices::default() };
            choose(&t, &address, wish).await;
        }
        pause(&t, "paused@readers.example", "2026-12-24").await;
        paper.publish("Harbour on fire");
        t.advance(Span::minutes(1));
        t.gather().await;
        let publication = t.publication("evening").await;
        let edition = editions::draft(&t.app, Actor::Console, &publication, true).await.unwrap();
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(BREAKING, vec![edition.id.0.into()]).await.unwrap();
        tx.commit().await.unwrap();
        let report = delivery::send_now(&t.app, Actor::Console, edition.id).await.unwrap();
        assert_eq!((report.candidates, report.prepared), (3, 2));
        assert_eq!((report.excluded[0].reason.as_str(), report.excluded[0].readers), ("paused", 1));
        t.run_until_idle().await;
        assert_eq!(t.editions_mailed().len(), 2);
    }

    async fn one_page_holds_everything_a_reader_gets_and_speaks_their_language(t: Harness) {
        let mut t = t;
        t.set_up(format!("{}{}", Newsroom::empty(), Newsroom::empty().called("morning").without_sections())).await;
        t.subscribe(ADA).await;
        let doors = Doors::open(&mut t).await;
        let page = format!("/preferences/{}", preferences_token(&t, ADA).await);
        let text = async |form: &[(&str, &str)]| doors.post(&page).form(form).send().await.unwrap().text().await.unwrap();
        let shown = doors.get(&page).send().await.unwrap().text().await.unwrap();
        assert!(shown.contains("a***@r***.example") && !shown.contains(ADA));
        assert!(shown.contains("value=\"join\"") && !shown.contains("value=\"leave_all\""));
        let saved = text(&[("publication", "evening"), ("action", "save"), ("weekday", "4"), ("stories_min", "3"), ("sections", "sport")]).await;
        for said in ["Sections: everything → Sport", "How often: every edition → once a week, on Friday", "no edition is too short → at least 3 stories"] {
            assert!(saved.contains(said), "{said}: {saved}");
        }
        let paused = text(&[("action", "pause"), ("until", "2026-12-01")]).await;
        assert!(paused.contains("not paused → until 1 December") && paused.contains("Go on now"), "{paused}");
        assert!(text(&[("action", "resume")]).await.contains("until 1 December → not paused"));
        let german = text(&[("action", "language"), ("language", "de")]).await;
        assert!(german.contains("Sprache: English → Deutsch") && german.contains("<html lang=\"de\">"), "{german}");
        assert_eq!(dossier(&t, ADA).await.unwrap().subscriber.language, Language::De.code());
        assert!(doors.get(&page).send().await.unwrap().text().await.unwrap().contains("Ihre Einstellungen"));
        let wrong = doors.post(&page).form(&[("publication", "evening"), ("weekday", "9")]).send().await.unwrap();
        assert_eq!(wrong.status(), 422);
        assert!(wrong.text().await.unwrap().contains("href=\"#weekday-evening\""));
        let english = doors.get(&format!("{page}?language=en")).send().await.unwrap().text().await.unwrap();
        assert!(english.contains("Your choices") && english.contains("?language=en\""), "a chosen language is carried on");
    }

    async fn a_forwarded_link_signs_nobody_up_but_asks_the_mailbox(t: Harness) {
        t.set_up(format!("{}{}", Newsroom::empty(), Newsroom::empty().called("morning").without_sections())).await;
        t.subscribe(ADA).await;
        t.advance(Span::days(2));
        let token = preferences_token(&t, ADA).await;
        subscribers::join_by_preferences(&t.app, &token, "morning").await.unwrap();
        assert_eq!(dossier(&t, ADA).await.unwrap().subscriptions.len(), 1, "not before the button in the mail");
        t.run_until_idle().await;
        t.click(&t.confirmation_link(ADA)).await;
        assert_eq!(dossier(&t, ADA).await.unwrap().subscriptions.len(), 2);
        let view = subscribers::preferences(&t.app, &token).await.unwrap();
        let slugs: Vec<_> = view.cards.iter().map(|it| it.publication.slug.as_str()).collect();
        assert_eq!((slugs, view.others.len()), (vec!["evening", "morning"], 0));
    }

    async fn the_instants_of_a_pause_are_the_readers_own_midnights(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        choose(&t, ADA, Choices { time_zone: Some("Asia/Tokyo".into()), ..Choices::default() }).await;
        let change = pause(&t, ADA, "2026-12-24").await;
        assert_eq!(change.after.paused_until.map(Timestamp::rfc3339).as_deref(), Some("2026-12-23T15:00:00Z"));
        t.advance(Span::days(31));
        let token = preferences_token(&t, ADA).await;
        assert_eq!(subscribers::preferences(&t.app, &token).await.unwrap().cards[0].paused_until, None);
    }
}
