//! Editions past and planned.

use super::{MONDAY, at_desk, said};
use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines};
use lamplighter::db::Sql;
use lamplighter::operators::Role;

const MANY: Sql = Sql::both(
    "INSERT INTO editions (publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, created_at) SELECT publication_id, '2025-01-01', '2025-' || $1, $1, $1, $1, 'sent', 1, '', 'Evening ' || $2 || '.', '', '', 0 FROM editions ORDER BY id LIMIT 1",
);

async fn sent(t: &Harness) -> Newspaper {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    t.subscribe("ada@readers.example").await;
    paper.publish("Harbour opens");
    t.evening(MONDAY).await;
    paper
}

both_engines! {
    async fn the_list_is_filtered_and_turned_page_by_page_and_no_edition_is_missed(mut t: Harness) {
        let _paper = sent(&t).await;
        let mut tx = t.db().begin().await.unwrap();
        for number in 1..=70_i64 {
            tx.execute(MANY, vec![number.into(), number.to_string().into()]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let doors = Doors::open(&mut t).await;
        let mut vera = at_desk(&t, &doors, "Vera", Role::Viewer).await;
        let mut path = "/desk/editions?state=sent".to_owned();
        let mut seen = Vec::new();
        for _ in 0..4 {
            let page = vera.get(&path).await;
            assert_eq!(page.status, 200);
            seen.extend(page.text.split("<span class=\"subject\">").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()));
            match page.text.split("rel=\"next\" href=\"").nth(1) {
                Some(next) => path = next.split('"').next().unwrap().replace("&#38;", "&"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 71, "{seen:?}");
        let mut once = seen.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 71);
        let none = vera.get("/desk/editions?from=2031-01-01").await;
        assert!(none.text.contains("No edition is like that"));
        let wrong = vera.get("/desk/editions?from=yesterday&state=%3Cscript%3E&cursor=x").await;
        assert!(wrong.status == 200 && wrong.text.contains("is no date") && !wrong.text.contains("<script>"));
    }

    async fn the_calendar_shows_what_went_out_what_is_due_and_what_is_a_holiday(mut t: Harness) {
        let _paper = sent(&t).await;
        let doors = Doors::open(&mut t).await;
        let mut vera = at_desk(&t, &doors, "Vera", Role::Viewer).await;
        let page = vera.get("/desk/calendar").await;
        for words in ["November 2026", "Monday 23 November 2026, sent", "due", "Dates in UTC", "month=2026-10", "month=2026-12"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        for month in ["2026-13", "nonsense", "9999-12", "1000000-01", "%00"] {
            assert_eq!(vera.get(&format!("/desk/calendar?month={month}")).await.status, 200, "{month}");
        }
    }

    async fn a_day_off_is_named_beside_the_calendar_and_taken_back_there(mut t: Harness) {
        let _paper = sent(&t).await;
        let doors = Doors::open(&mut t).await;
        let mut vera = at_desk(&t, &doors, "Vera", Role::Viewer).await;
        assert!(!vera.get("/desk/calendar").await.text.contains("No edition on this day"), "she could not");
        let mut ada = at_desk(&t, &doors, "Ada", Role::Admin).await;
        let page = ada.get("/desk/calendar?month=2026-12").await;
        let slot = page.text.split("name=\"slot\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let of = |day: &'static str, action: &'static str| {
            [("publication", "evening"), ("slot", slot.as_str()), ("day", day), ("action", action)]
        };
        let page = ada.press("/desk/calendar/days-off", &of("2026-12-24", "off")).await;
        assert_eq!(said(&page), ("good", "Thursday 24 December 2026 is a day without an edition. What comes in waits for the next one. The calendar follows within half a minute.".to_owned()));
        assert!(page.text.contains("December 2026</h1>") && page.text.contains(">holiday</span>"), "{}", page.text);
        assert_eq!(said(&ada.press("/desk/calendar/days-off", &of("2026-12-24", "off")).await).0, "bad", "it is one");
        assert_eq!(said(&ada.press("/desk/calendar/days-off", &of("Christmas", "off")).await).0, "bad", "no day");
        // An edition that was planned for the day is dropped, and planned anew when the day is taken back.
        let page = ada.press("/desk/calendar/days-off", &of("2026-11-24", "off")).await;
        assert_eq!(said(&page).0, "good");
        t.tick().await;
        let skipped = t.edition("2026-11-24").await;
        assert_eq!(skipped.state.as_str(), "skipped");
        let page = ada.get(&format!("/desk/editions/{}", skipped.id)).await;
        assert!(page.text.contains("Not sent") && page.text.contains("Skipped: a day off: its times have no edition on it."), "{}", page.text);
        assert!(!page.text.contains("0 of 0") && !page.text.contains("By provider"), "{}", page.text);
        let list = ada.get("/desk/editions?state=skipped").await;
        assert!(list.text.contains(">not sent<") && list.text.contains("Draft an edition by hand") && !list.text.contains("holiday:"), "{}", list.text);
        let page = ada.press("/desk/calendar/days-off", &of("2026-12-24", "on")).await;
        assert!(said(&page).1.starts_with("Thursday 24 December 2026 has an edition again"), "{:?}", said(&page));
        assert!(!ada.get("/desk/calendar?month=2026-12").await.text.contains(">holiday</span>"));
    }

    async fn a_correction_is_noted_listed_and_drafted_as_a_mail(mut t: Harness) {
        let _paper = sent(&t).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        assert!(edda.get("/desk/corrections").await.text.contains("None yet"));
        assert!(!edda.get("/desk/editions").await.text.contains(">Corrected<"), "nothing was wrong yet");
        let article = t.article("Harbour opens").await.to_string();
        let page = edda.press(&format!("{base}/corrections"), &[("article", &article), ("was", "the old words"), ("is", "")]).await;
        assert_eq!((page.status, said(&page).0), (422, "bad"));
        assert!(page.text.contains("the old words"), "what was typed is still there");
        let right = [("article", article.as_str()), ("was", "eleven"), ("is", "<i>twelve</i>")];
        let page = edda.press(&format!("{base}/corrections"), &right).await;
        assert_eq!(said(&page).0, "good");
        let page = edda.get("/desk/corrections").await;
        assert!(page.text.contains("&#60;i&#62;twelve") && page.text.contains("by Edda"), "{}", page.text);
        let page = edda.get("/desk/editions").await;
        assert!(page.text.contains(&format!("{base}/corrections\" aria-label=\"Corrected: ")), "{}", page.text);
        assert_eq!(page.text.matches(">Corrected<").count(), 1, "{}", page.text);
        let page = edda.get(&format!("{base}/corrections")).await;
        for words in ["1 reader has it.", "still subscribed: <strong>1 reader</strong>", "Draft a mail to 1 reader"] {
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        let page = edda.press(&format!("{base}/correction-mail"), &[]).await;
        assert!(said(&page).1.starts_with("Drafted: a mail to those alone who got what was wrong, 1 reader by now"), "{:?}", said(&page));
        assert!(page.text.contains("It is for those alone who got what was wrong: 1 reader by now."), "{}", page.text);
        let page = edda.get(&format!("{base}/corrections")).await;
        assert!(page.text.contains("has a mail of its own already") && !page.text.contains("Draft a mail"), "{}", page.text);
        assert_eq!(edda.get("/desk/editions?state=drafted").await.text.matches(">correction</span>").count(), 1);
    }
}
