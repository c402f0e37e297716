//! "Why is (or isn't) my story in tonight's mail?" has an answer for every article, and the books add up.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::delivery::{RunReport, run_report};
use lamplighter::editions::report::{CandidateLine, Verdict, Why, why};
use lamplighter::editions::{self, EditionState as S, corrections};
use lamplighter::operators::Actor;

async fn report_of(t: &Harness, label: &str) -> RunReport {
    let edition = t.edition(label).await;
    run_report(&t.app, &mut t.db().read().await.unwrap(), edition.id).await.unwrap()
}

async fn why_of(t: &Harness, label: &str, wanted: &str) -> Why {
    let edition = t.edition(label).await;
    why(&mut t.db().read().await.unwrap(), edition.id, wanted).await.unwrap()
}

fn line<'a>(report: &'a RunReport, title: &str) -> &'a CandidateLine {
    let found = report.report.candidates.iter().find(|it| it.title == title);
    found.unwrap_or_else(|| panic!("{title} is not explained: {:#?}", report.report.candidates))
}

both_engines! {
    async fn every_candidate_has_its_place_or_its_reason(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("full_items_max = 2\nheadline_items_max = 1")).await;
        t.subscribe("ada@readers.example").await;
        for title in ["Harbour opens", "Bridge closes", "Market stays", "Choir sings", "Tram runs"] {
            paper.publish(title);
        }
        t.gather().await;
        paper.publish_dated("Old tale", t.now() - Span::days(30));
        t.go_to("2026-11-23 17:50").await;
        t.live_until("2026-11-23 18:02").await;
        paper.publish("Ferry sails");
        t.gather().await;
        t.live_until("2026-11-23 18:40").await;
        assert_eq!(t.state_of("2026-11-23").await, S::Sent);

        let report = report_of(&t, "2026-11-23").await;
        let mut verdicts: Vec<Verdict> = report.report.candidates.iter().map(|it| it.verdict).collect();
        verdicts.sort();
        let expected = [Verdict::Top, Verdict::Full, Verdict::Headline, Verdict::Overflow, Verdict::Overflow, Verdict::Late, Verdict::Held];
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(verdicts, expected, "{:#?}", report.report.candidates);
        assert!(report.report.candidates.iter().all(|it| !it.why.is_empty()));
        let ferry = line(&report, "Ferry sails");
        assert!(ferry.why.contains("came at 18:02") && ferry.why.contains("cutoff at 18:00"), "{}", ferry.why);
        let old = line(&report, "Old tale");
        assert!(!old.in_mail && old.why.contains("waits for an editor"), "{}", old.why);
        let top = report.report.candidates.iter().find(|it| it.verdict == Verdict::Top).unwrap();
        assert!(top.in_mail && top.position == Some(1));
        let sum: i64 = top.score_parts.as_ref().unwrap().0.values().sum();
        assert_eq!(Some(sum), top.score_millis, "the addends are the score");

        // All that led to it, and what became of it.
        let [source] = report.report.sources.as_slice() else { panic!("{:?}", report.report.sources) };
        assert!(source.is_in_order() && source.outcome == "fetched", "{source:?}");
        assert!(report.report.size.bytes > 1000 && report.report.size.words > 20 && report.report.size.stories == 3);
        assert_eq!((report.audience.candidates, report.audience.prepared, report.deliveries.accepted), (Some(1), Some(1), 1));
        assert_eq!(report.report.approvals.iter().map(|it| it.actor.as_str()).collect::<Vec<_>>(), ["system"]);
        assert_eq!(report.report.next.as_ref().unwrap().label, "2026-11-24");
        let counted: i64 = report.report.conservation.iter().map(|it| it.hits).sum();
        assert_eq!(counted, 7);
        assert!(serde_json::to_value(&report).unwrap()["candidates"].is_array());
    }

    async fn a_story_is_explained_by_number_and_by_address_before_and_after(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.tick().await;
        let url = "https://gazette.example/harbour-opens";
        let before = why_of(&t, "2026-11-23", url).await;
        assert!(before.answer.contains("the claim at 18:00 takes it"), "{}", before.answer);
        t.evening("2026-11-23").await;
        // The address as somebody copied it.
        let after = why_of(&t, "2026-11-23", "http://gazette.example/harbour-opens/?utm_source=mail#top").await;
        assert!(after.line.as_ref().is_some_and(|it| it.in_mail && it.verdict == Verdict::Top), "{after:?}");
        let number = after.article.unwrap().id.to_string();
        assert_eq!(why_of(&t, "2026-11-23", &number).await.answer, after.answer);
        let next = why_of(&t, "2026-11-24", &number).await;
        assert!(next.answer.contains("it is in edition 2026-11-23"), "{}", next.answer);
        assert_eq!(next.elsewhere.len(), 1);
        let unknown = why_of(&t, "2026-11-23", "https://gazette.example/nobody-wrote-this").await;
        assert!(unknown.article.is_none() && unknown.answer.contains("no source has shown it"), "{}", unknown.answer);
    }

    async fn a_story_of_an_edition_that_was_not_sent_says_so_in_both(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.go_to("2026-11-23 17:50").await;
        t.live_until("2026-11-23 18:10").await;
        let draft = t.edition("2026-11-23").await;
        editions::cancel(&t.app, Actor::Console, draft.id, "the desk is on strike").await.unwrap();
        let given_up = report_of(&t, "2026-11-23").await;
        let harbour = line(&given_up, "Harbour opens");
        assert_eq!(harbour.verdict, Verdict::Unsent);
        assert!(!harbour.in_mail && harbour.why.contains("cancelled: the desk is on strike"), "{}", harbour.why);
        t.evening("2026-11-24").await;
        let next = report_of(&t, "2026-11-24").await;
        assert_eq!(line(&next, "Harbour opens").verdict, Verdict::Top);
    }

    async fn a_source_that_was_away_at_the_cutoff_is_named_for_ever(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.gather().await;
        paper.answer_with(500);
        t.evening("2026-11-23").await;
        paper.recover();
        t.evening("2026-11-24").await;
        let report = report_of(&t, "2026-11-23").await;
        let [source] = report.report.sources.as_slice() else { panic!("{:?}", report.report.sources) };
        assert!(source.outcome == "failed" && source.trouble.contains("500"), "{source:?}");
        assert!(report_of(&t, "2026-11-24").await.report.sources[0].is_in_order());
    }

    async fn corrections_stand_in_both_reports(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        let first = report_of(&t, "2026-11-23").await;
        let article = first.report.candidates[0].article_id;
        corrections::correct(&t.app, Actor::Console, first.report.edition.id, article, "on Monday", "on Tuesday").await.unwrap();
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert_eq!(report_of(&t, "2026-11-23").await.report.corrections_since.len(), 1);
        let second = report_of(&t, "2026-11-24").await;
        assert_eq!(second.report.corrections_shown[0].now_reads, "on Tuesday");
        assert!(second.report.corrections_since.is_empty());
    }
}
