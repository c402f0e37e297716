//! Finding readers, page by page, and what that costs the database.

use super::{is_scan, plan, planning, plans_of};
use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::{Actor, OperatorId, Role};
use lamplighter::subscribers::{
    self, ConsentSource, FoundPage, ReaderState, SearchError, SearchFilter, SuppressionReason, Total, Trouble,
};

const WHO: Actor = Actor::Console;

fn email(text: &str) -> EmailAddr {
    EmailAddr::parse(text).unwrap()
}

async fn find(t: &Harness, filter: &SearchFilter) -> FoundPage {
    subscribers::search(&t.app, WHO, filter, None, 50).await.unwrap()
}

fn addresses(page: &FoundPage) -> Vec<&str> {
    page.readers.iter().map(|it| it.email.split('@').next().unwrap()).collect()
}

fn text(text: &str) -> SearchFilter {
    SearchFilter { text: Some(text.to_owned()), ..SearchFilter::default() }
}

const BOUNCE: Sql = Sql::both(
    "INSERT INTO returns (event_key, at, via, kind, class, reason, proof, effect, subscriber_id, mail_group, domain, reply) SELECT 'k' || CAST(id AS TEXT), 1, 'smtp', 'bounce', 'soft', 'full', 'smtp', 'counted', id, 'other', 'readers.example', '' FROM subscribers WHERE LOWER(email) LIKE 'cleo%'",
);

both_engines! {
    async fn readers_are_found_by_everything_the_desk_asks_for(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe_to("evening", "ada@readers.example", &["world"]).await;
        t.advance(Span::days(2));
        t.subscribe_to("evening", "ben@readers.example", &["sport"]).await;
        t.subscribe("Cleo@Other.example").await;
        t.sign_up("evening", "dan@readers.example", &[]).await;
        subscribers::add(&t.app, WHO, "evening", email("eve@other.example"), &[], false).await.unwrap();
        subscribers::suppress(&t.app, WHO, &email("eve@other.example"), SuppressionReason::Operator).await.unwrap();
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(BOUNCE, vec![]).await.unwrap();
        tx.commit().await.unwrap();

        let all = find(&t, &SearchFilter::default()).await;
        assert_eq!(addresses(&all), ["eve", "Cleo", "ben", "ada"], "the newest first");
        assert_eq!((all.total, all.next, all.stopped_early), (Total::Exactly(4), None, false));
        assert_eq!(all.readers[0].suppressed, Some(SuppressionReason::Operator));
        assert_eq!(all.readers[1].bounces, 1);

        // By address, whatever its case, and with those who wait; by domain.
        assert_eq!(addresses(&find(&t, &text("B")).await), ["ben"]);
        assert_eq!(addresses(&find(&t, &text("CLEO@other")).await), ["Cleo"]);
        let dan = find(&t, &text("da")).await;
        assert_eq!((dan.readers.len(), dan.waiting.len(), dan.waiting[0].email.as_str()), (0, 1, "dan@readers.example"));
        assert_eq!(addresses(&find(&t, &text("@OTHER.example")).await), ["eve", "Cleo"]);
        // Where a page is not all of it, the total is counted all the same.
        for (typed, readers) in [("@other.example", 2), ("@readers.example", 2), ("c", 1)] {
            let page = subscribers::search(&t.app, WHO, &text(typed), None, 1).await.unwrap();
            assert_eq!((page.readers.len(), page.total), (1, Total::Exactly(readers)), "{typed}");
        }
        for nothing in ["%", "_", "a%", "'; DROP TABLE subscribers", "@nobody.example", "\u{10ffff}", "zz"] {
            assert!(find(&t, &text(nothing)).await.readers.is_empty(), "{nothing}");
        }
        assert_eq!(find(&t, &text("eve@other.example")).await.suppression.map(|it| it.reason), Some(SuppressionReason::Operator));

        // By state, section, day, consent, trouble; and together.
        let of = |state| SearchFilter { state: Some(state), ..SearchFilter::default() };
        assert_eq!(addresses(&find(&t, &of(ReaderState::Active)).await), ["Cleo", "ben", "ada"]);
        assert_eq!(addresses(&find(&t, &of(ReaderState::Left)).await), ["eve"]);
        assert!(find(&t, &of(ReaderState::Paused)).await.readers.is_empty());
        assert_eq!(find(&t, &of(ReaderState::Pending)).await.waiting.len(), 1);
        let sport = SearchFilter { section: Some("sport".to_owned()), ..SearchFilter::default() };
        assert_eq!(addresses(&find(&t, &sport).await), ["eve", "Cleo", "ben"], "who takes all takes sport");
        let early = SearchFilter { joined_until: Some(t.now() - Span::days(1)), ..SearchFilter::default() };
        assert_eq!(addresses(&find(&t, &early).await), ["ada"]);
        let late = SearchFilter { joined_from: Some(t.now() - Span::days(1)), ..sport.clone() };
        assert_eq!(addresses(&find(&t, &late).await), ["eve", "Cleo", "ben"]);
        let by_hand = SearchFilter { consent: Some(ConsentSource::Operator), ..SearchFilter::default() };
        assert_eq!(addresses(&find(&t, &by_hand).await), ["eve"]);
        let trouble = |it| SearchFilter { trouble: Some(it), publication: Some("evening".to_owned()), ..SearchFilter::default() };
        assert_eq!(addresses(&find(&t, &trouble(Trouble::Bounced)).await), ["Cleo"]);
        assert_eq!(addresses(&find(&t, &trouble(Trouble::Suppressed)).await), ["eve"]);
        assert!(find(&t, &trouble(Trouble::Complained)).await.readers.is_empty());
        let unknown = SearchFilter { publication: Some("noon".to_owned()), ..SearchFilter::default() };
        assert!(matches!(subscribers::search(&t.app, WHO, &unknown, None, 9).await, Err(SearchError::UnknownPublication(_))));

        // A viewer sees no addresses.
        let viewer = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        let refused = subscribers::search(&t.app, viewer, &SearchFilter::default(), None, 9).await;
        assert!(matches!(refused, Err(SearchError::Forbidden(_))));
    }

    async fn pages_follow_each_other_without_a_gap_or_a_repeat(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.set_up(Newsroom::empty().called("morning").to_string() + &Newsroom::empty().to_string()).await;
        for n in 0..23 {
            let slug = if n % 3 == 0 { "morning" } else { "evening" };
            let who = email(&format!("r{n:02}@readers{}.example", n % 2));
            subscribers::add(&t.app, WHO, slug, who.clone(), &[], false).await.unwrap();
            if n % 4 == 0 {
                subscribers::add(&t.app, WHO, if n % 3 == 0 { "evening" } else { "morning" }, who, &[], false).await.unwrap();
            }
        }
        let filters = [
            (SearchFilter::default(), 23),
            (SearchFilter { state: Some(ReaderState::Active), ..SearchFilter::default() }, 23),
            (SearchFilter { publication: Some("evening".to_owned()), ..SearchFilter::default() }, 17),
            (text("r1"), 10),
            (text("@readers1.example"), 11),
            (SearchFilter { consent: Some(ConsentSource::Operator), ..SearchFilter::default() }, 23),
        ];
        for (filter, expected) in filters {
            let (mut after, mut seen) = (None, Vec::new());
            loop {
                let page = subscribers::search(&t.app, WHO, &filter, after, 5).await.unwrap();
                assert!(page.readers.len() <= 5);
                seen.extend(page.readers.iter().map(|it| it.email.clone()));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let mut once = seen.clone();
            once.sort();
            once.dedup();
            assert_eq!((seen.len(), once.len()), (expected, expected), "{filter:?}");
        }
    }

    async fn no_page_of_the_desk_reads_a_table_of_readers_from_end_to_end(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe("ada@readers.example").await;
        let mut looked_at = 0;
        for room in ["subscribers::store::search::", "subscribers::store::timeline::", "subscribers::store::tally::", "subscribers::store::import_jobs::"] {
            for (name, plan) in plans_of(&t, room).await {
                looked_at += 1;
                assert!(!is_scan(&plan), "{name}:\n{}", plan.join("\n"));
            }
        }
        assert!(looked_at > 30, "{looked_at}");
        // What would be one is seen, also where its value alone could tell that it is none.
        for text in ["SELECT id AS value FROM subscribers WHERE language = $1", "SELECT id AS value FROM subscribers WHERE CAST($1 AS TEXT) IS NULL OR email_key = $1"] {
            let told = plan(&mut planning(&t).await, Sql::both(text)).await;
            assert!(is_scan(&told), "{text}:\n{}", told.join("\n"));
        }
    }
}
