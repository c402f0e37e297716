//! What was wrong is told once to everybody who should know, and what was sealed stays as it was.

use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::text::collapse_spaces;
use lamplighter::editions::corrections::{self, CorrectionError};
use lamplighter::editions::{self, Edition, EditionState as S};
use lamplighter::gather::ArticleId;
use lamplighter::operators::Actor;

const NOTICE: &str = "Correction: an earlier version of this article said Monday; the harbour opens on Tuesday.";

/// The newsroom adds a notice of its own to a story.
pub fn correct_in_the_feed(paper: &Newspaper, title: &str) {
    paper.edit(title, |it| {
        it.text = format!("&lt;p&gt;{}&lt;/p&gt;&lt;p&gt;{NOTICE}&lt;/p&gt;", it.text);
    });
}

/// Monday's edition was sent with one story.
async fn monday(t: &Harness, paper: &Newspaper) -> Edition {
    t.set_up(Newsroom::of(paper)).await;
    t.subscribe("ada@readers.example").await;
    paper.publish("Harbour opens");
    t.evening("2026-11-23").await;
    assert_eq!(t.state_of("2026-11-23").await, S::Sent);
    t.edition("2026-11-23").await
}

async fn article_of(t: &Harness, edition: &Edition) -> ArticleId {
    let mut tx = t.db().read().await.unwrap();
    editions::list_items(&mut tx, edition.id).await.unwrap()[0].article_id
}

/// Its text without its line ends.
fn last_mail(t: &Harness) -> String {
    collapse_spaces(&t.editions_for("ada@readers.example").last().unwrap().text)
}

both_engines! {
    async fn what_the_newsroom_corrects_stands_in_the_next_edition_and_on_the_page_of_the_last(t: Harness) {
        let mut t = t;
        let paper = Newspaper::open().await;
        let sent = monday(&t, &paper).await;
        correct_in_the_feed(&paper, "Harbour opens");
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        let mail = last_mail(&t);
        assert!(mail.contains("CORRECTIONS") && mail.contains(NOTICE), "{mail}");
        assert!(!mail.contains("It should read"), "the newsroom's own words say both: {mail}");
        // Once, and never again.
        paper.publish("Market stays");
        t.evening("2026-11-25").await;
        assert!(!last_mail(&t).contains("CORRECTIONS"));
        assert_eq!(t.edition("2026-11-23").await.content_hash, sent.content_hash);
        t.assert_conserved("evening").await;

        let doors = Doors::open(&mut t).await;
        let page = doors.get("/archive/evening/2026-11-23").send().await.unwrap().text().await.unwrap();
        assert!(page.contains("<h2 id=\"corrections\">Corrections</h2>") && page.contains(NOTICE), "{page}");
        assert!(page.contains("Tuesday, 24 November 2026, ") && page.contains("UTC (UTC)"), "{page}");
        let other = doors.get("/archive/evening/2026-11-24").send().await.unwrap().text().await.unwrap();
        assert!(!other.contains("id=\"corrections\""), "{other}");
        // The stored bytes are as they were sealed.
        let mut tx = t.db().read().await.unwrap();
        let kept = editions::find_variant(&mut tx, sent.id, "web").await.unwrap().unwrap();
        assert!(!kept.html.contains(NOTICE));
    }

    async fn what_was_right_when_it_was_claimed_is_no_correction(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.gather().await;
        correct_in_the_feed(&paper, "Harbour opens");
        t.evening("2026-11-23").await;
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert!(!last_mail(&t).contains("CORRECTIONS"), "{}", last_mail(&t));
    }

    async fn a_correction_between_the_claim_and_the_seal_is_one(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("ada@readers.example").await;
        paper.publish("Harbour opens");
        t.go_to("2026-11-23 17:50").await;
        t.live_until("2026-11-23 18:10").await;
        correct_in_the_feed(&paper, "Harbour opens");
        t.gather().await;
        t.live_until("2026-11-23 18:40").await;
        assert!(!last_mail(&t).contains(NOTICE), "the draft keeps its words");
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert!(last_mail(&t).contains(NOTICE), "{}", last_mail(&t));
    }

    async fn a_correction_alone_makes_no_edition_and_waits(t: Harness) {
        let paper = Newspaper::open().await;
        let sent = monday(&t, &paper).await;
        let article = article_of(&t, &sent).await;
        corrections::correct(&t.app, Actor::Console, sent.id, article, "on Monday", "on Tuesday").await.unwrap();
        t.evening("2026-11-24").await;
        assert_eq!(t.state_of("2026-11-24").await, S::Skipped);
        assert_eq!(t.editions_for("ada@readers.example").len(), 1);
        paper.publish("Ferry sails");
        t.evening("2026-11-25").await;
        let mail = last_mail(&t);
        assert!(mail.contains("We wrote: on Monday It should read: on Tuesday"), "{mail}");
        t.assert_conserved("evening").await;
    }

    async fn an_edition_that_ends_unsent_gives_its_corrections_back(t: Harness) {
        let paper = Newspaper::open().await;
        let sent = monday(&t, &paper).await;
        let article = article_of(&t, &sent).await;
        corrections::correct(&t.app, Actor::Console, sent.id, article, "", "The harbour opens on Tuesday.").await.unwrap();
        paper.publish("Ferry sails");
        t.go_to("2026-11-24 17:50").await;
        t.live_until("2026-11-24 18:10").await;
        let draft = t.edition("2026-11-24").await;
        let mut tx = t.db().read().await.unwrap();
        let preview = editions::preview(&t.app, lamplighter::operators::Actor::Console, &mut tx, &draft).await.unwrap().unwrap();
        drop(tx);
        assert!(preview.text.contains("The harbour opens on Tuesday."), "{}", preview.text);
        editions::cancel(&t.app, Actor::Console, draft.id, "the desk is on strike").await.unwrap();
        t.live_until("2026-11-24 18:40").await;
        t.evening("2026-11-25").await;
        assert!(last_mail(&t).contains("The harbour opens on Tuesday."));
        paper.publish("Market stays");
        t.evening("2026-11-26").await;
        assert!(!last_mail(&t).contains("The harbour opens on Tuesday."));
        t.assert_conserved("evening").await;
    }

    async fn an_editors_note_takes_the_place_of_the_sources_and_the_same_note_twice_is_one(t: Harness) {
        let paper = Newspaper::open().await;
        let sent = monday(&t, &paper).await;
        let article = article_of(&t, &sent).await;
        correct_in_the_feed(&paper, "Harbour opens");
        t.gather().await;
        t.tick().await;
        let note = || corrections::correct(&t.app, Actor::Console, sent.id, article, "on Monday", "on Tuesday");
        let first = note().await.unwrap();
        assert_eq!(first.noted_by, "console");
        assert_eq!(note().await.unwrap().id, first.id);
        t.tick().await;
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        let mail = last_mail(&t);
        assert!(mail.contains("We wrote: on Monday") && !mail.contains(NOTICE), "{mail}");
        assert_eq!(mail.matches("It should read").count(), 1, "{mail}");
    }

    async fn what_the_editor_has_noted_is_not_noted_again_when_the_source_says_it(t: Harness) {
        let paper = Newspaper::open().await;
        let sent = monday(&t, &paper).await;
        let article = article_of(&t, &sent).await;
        corrections::correct(&t.app, Actor::Console, sent.id, article, "on Monday", "on Tuesday").await.unwrap();
        correct_in_the_feed(&paper, "Harbour opens");
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        let mail = last_mail(&t);
        assert!(mail.contains("We wrote: on Monday") && !mail.contains(NOTICE), "{mail}");
    }

    async fn what_cannot_be_corrected_is_refused_with_the_reason(t: Harness) {
        let paper = Newspaper::open().await;
        let sent = monday(&t, &paper).await;
        let article = article_of(&t, &sent).await;
        let correct = |edition, article, is: &'static str| {
            corrections::correct(&t.app, Actor::Console, edition, article, "", is)
        };
        assert!(matches!(correct(sent.id, article, " \n").await, Err(CorrectionError::NoWords)));
        assert!(matches!(correct(sent.id, ArticleId(1), "x").await, Err(CorrectionError::NotShown { .. })));
        let planned = t.edition("2026-11-24").await;
        assert!(matches!(correct(planned.id, article, "x").await, Err(CorrectionError::NotSent { .. })));
        let forbidden = corrections::correct(&t.app, Actor::Visitor, sent.id, article, "", "x").await;
        assert!(matches!(forbidden, Err(CorrectionError::Edition(_))));
        let mail = corrections::draft_correction_mail(&t.app, Actor::Console, sent.id, &[]).await;
        assert!(matches!(mail, Err(CorrectionError::NothingToMail { .. })));
    }
    async fn a_mail_tells_those_alone_who_got_what_was_wrong_and_each_once(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("approval = \"auto\"")).await;
        for (reader, sections) in [("ada", &[][..]), ("cora", &[]), ("dan", &["sport"]), ("eve", &["world"])] {
            t.subscribe_to("evening", &format!("{reader}@readers.example"), sections).await;
        }
        paper.publish_in("Local", "Harbour opens");
        paper.publish_in("World", "Treaty signed");
        paper.publish_in("Sport", "Regatta won");
        t.evening("2026-11-23").await;
        let sent = t.edition("2026-11-23").await;
        // The top story goes to all; the last of the three went to those who chose its section, and to those who chose none.
        let items = editions::list_items(&mut t.db().read().await.unwrap(), sent.id).await.unwrap();
        let last = items.last().unwrap();
        let wrong = last.article_id;
        let (title, url) = (last.story.title.clone(), last.story.url.clone());
        let got_it = |reader: &str| t.editions_for(reader).iter().any(|mail| mail.text.contains(&url));
        let readers = ["ada@readers.example", "cora@readers.example", "dan@readers.example", "eve@readers.example"];
        let mut expected: Vec<&str> = readers.into_iter().filter(|reader| got_it(reader)).collect();
        assert!((2..4).contains(&expected.len()), "{expected:?}");
        // One joins later, one leaves.
        t.subscribe("ben@readers.example").await;
        let links = t.editions_for("cora@readers.example")[0].links.clone();
        t.click(links.iter().find(|it| it.contains("/unsubscribe/")).unwrap()).await;
        expected.retain(|reader| *reader != "cora@readers.example");

        corrections::correct(&t.app, Actor::Console, sent.id, wrong, "by nine", "by ten").await.unwrap();
        let mail = corrections::draft_correction_mail(&t.app, Actor::Console, sent.id, &[]).await.unwrap();
        let again = corrections::draft_correction_mail(&t.app, Actor::Console, sent.id, &[]).await;
        assert!(matches!(again, Err(CorrectionError::NothingToMail { .. })), "{again:?}");
        // No clock sends it: a person does.
        t.advance(lamplighter::base::Span::hours(2));
        t.tick().await;
        t.run_until_idle().await;
        assert_eq!(t.edition(&mail.label).await.state, S::Drafted);
        editions::approve(&t.app, Actor::Console, mail.id).await.unwrap();
        t.tick().await;
        t.run_until_idle().await;
        let mail = t.edition(&mail.label).await;
        assert_eq!(mail.state, S::Sent);
        assert_eq!(t.counts(&mail).await.accepted, i64::try_from(expected.len()).unwrap());
        let mut told: Vec<String> = Vec::new();
        for caught in t.editions_mailed().iter().filter(|it| it.subject.starts_with("Correction: ")) {
            let text = collapse_spaces(&caught.text);
            assert!(text.contains("We wrote: by nine It should read: by ten"), "{text}");
            assert!(text.contains(&title) && text.contains("nsubscribe"), "{text}");
            told.extend(caught.envelope_to.iter().map(ToString::to_string));
        }
        told.sort();
        assert_eq!(told, expected);
        t.assert_nobody_was_mailed_twice();
        t.assert_conserved("evening").await;
    }

    async fn a_correction_mail_that_is_given_up_can_be_drafted_anew(t: Harness) {
        let paper = Newspaper::open().await;
        let sent = monday(&t, &paper).await;
        let article = article_of(&t, &sent).await;
        let noted = corrections::correct(&t.app, Actor::Console, sent.id, article, "", "It opens on Tuesday.").await.unwrap();
        let mail = corrections::draft_correction_mail(&t.app, Actor::Console, sent.id, &[noted.id]).await.unwrap();
        let other = corrections::draft_correction_mail(&t.app, Actor::Console, sent.id, &[noted.id]).await;
        assert!(matches!(other, Err(CorrectionError::InAnotherMail(_))), "{other:?}");
        editions::cancel(&t.app, Actor::Console, mail.id, "not so bad").await.unwrap();
        let mail = corrections::draft_correction_mail(&t.app, Actor::Console, sent.id, &[]).await.unwrap();
        assert_eq!((mail.state, mail.corrects_id), (S::Drafted, Some(sent.id)));
        // Neither of the two took tonight's place, nor its stories.
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert_eq!(t.headlines("2026-11-24").await, ["Ferry sails"]);
        t.assert_conserved("evening").await;
    }
}
