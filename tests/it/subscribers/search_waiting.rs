//! Finding sign-ups that wait, by the questions that readers are found by; and places that are gone.

use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::subscribers::{
    self, ConsentSource, FoundPage, ReaderState, SearchError, SearchFilter, Total, Trouble,
};

fn waiting(change: impl FnOnce(&mut SearchFilter)) -> SearchFilter {
    let mut filter = SearchFilter { state: Some(ReaderState::Pending), ..SearchFilter::default() };
    change(&mut filter);
    filter
}

async fn page(t: &Harness, filter: &SearchFilter, after: Option<i64>, limit: usize) -> Result<FoundPage, SearchError> {
    subscribers::search(&t.app, Actor::Console, filter, after, limit).await
}

/// Page after page, to the end.
async fn all(t: &Harness, filter: &SearchFilter, limit: usize) -> Vec<String> {
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = page(t, filter, after, limit).await.unwrap();
        assert!(page.readers.is_empty() && page.waiting.len() <= limit);
        found.extend(page.waiting.iter().map(|it| it.email.split('@').next().unwrap().to_owned()));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

both_engines! {
    async fn a_question_that_never_arrived_is_told_apart_from_one_that_waits_for_its_answer(t: Harness) {
        const FAIL: Sql = Sql::both("UPDATE outbox SET state = 'failed' WHERE recipient_key = $1 AND kind = 'confirm'");
        t.set_up(Newsroom::empty()).await;
        t.sign_up("evening", "ada@readers.example", &[]).await;
        t.sign_up("evening", "ben@readers.example", &[]).await;
        let mut tx = t.db().begin().await.unwrap();
        assert_eq!(tx.execute(FAIL, vec!["ben@readers.example".into()]).await.unwrap(), 1);
        tx.commit().await.unwrap();
        for filter in [waiting(|_| ()), SearchFilter { text: Some("ben".to_owned()), ..SearchFilter::default() }] {
            let found = page(&t, &filter, None, 10).await.unwrap();
            let of_ben = found.waiting.iter().find(|it| it.email.starts_with("ben")).unwrap().id;
            assert_eq!(found.undelivered.into_iter().collect::<Vec<_>>(), [of_ben]);
        }
    }

    async fn every_filter_holds_for_those_who_wait(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.sign_up("evening", "ada@readers.example", &["world"]).await;
        t.advance(Span::hours(2));
        t.sign_up("evening", "ben@other.example", &["sport"]).await;
        t.sign_up("evening", "cleo@readers.example", &[]).await;
        let mail = EmailAddr::parse("dan@readers.example").unwrap();
        subscribers::ask_to_confirm(&t.app, Actor::Console, "evening", &mail, &[]).await.unwrap();

        assert_eq!(all(&t, &waiting(|_| ()), 50).await, ["dan", "cleo", "ben", "ada"], "the newest first");
        let at = |text: &str| waiting(|it| it.text = Some(text.to_owned()));
        assert_eq!(all(&t, &at("@readers.example"), 50).await, ["dan", "cleo", "ada"]);
        assert_eq!(all(&t, &at("@other.example"), 50).await, ["ben"]);
        assert_eq!(all(&t, &at("cle"), 50).await, ["cleo"]);
        assert_eq!(all(&t, &waiting(|it| it.section = Some("sport".to_owned())), 50).await, ["dan", "cleo", "ben"]);
        let hour_ago = t.now() - Span::hours(1);
        assert_eq!(all(&t, &waiting(|it| it.joined_from = Some(hour_ago)), 50).await, ["dan", "cleo", "ben"]);
        assert_eq!(all(&t, &waiting(|it| it.joined_until = Some(hour_ago)), 50).await, ["ada"]);
        assert_eq!(all(&t, &waiting(|it| it.consent = Some(ConsentSource::Import)), 50).await, ["dan"]);
        let mixed = waiting(|it| (it.text, it.joined_from) = (Some("@readers.example".to_owned()), Some(hour_ago)));
        assert_eq!(all(&t, &mixed, 1).await, ["dan", "cleo"]);
        let refused = page(&t, &waiting(|it| it.trouble = Some(Trouble::Bounced)), None, 9).await;
        assert!(matches!(refused, Err(SearchError::TroubleOfWaiting)));
        // Beside readers, too.
        let beside = SearchFilter { text: Some("ada".to_owned()), joined_from: Some(hour_ago), ..SearchFilter::default() };
        assert!(page(&t, &beside, None, 9).await.unwrap().waiting.is_empty());
    }

    async fn those_whose_address_begins_alike_have_a_next_page(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        for n in 0..7 {
            t.sign_up("evening", &format!("reader{n}@readers.example"), &[]).await;
        }
        let filter = waiting(|it| it.text = Some("reader".to_owned()));
        let first = page(&t, &filter, None, 3).await.unwrap();
        assert_eq!((first.waiting.len(), first.next.is_some(), first.total), (3, true, Total::AtLeast(3)));
        assert_eq!(all(&t, &filter, 3).await, (0..7).map(|n| format!("reader{n}")).collect::<Vec<_>>());
        assert_eq!(all(&t, &waiting(|_| ()), 3).await.len(), 7);
    }

    async fn a_page_after_somebody_who_was_erased_says_so_and_does_not_begin_again(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        for name in ["anna", "annie", "anouk"] {
            t.subscribe(&format!("{name}@readers.example")).await;
        }
        let filter = SearchFilter { text: Some("an".to_owned()), ..SearchFilter::default() };
        let first = page(&t, &filter, None, 1).await.unwrap();
        assert_eq!(first.readers[0].email, "anna@readers.example");
        subscribers::erase(&t.app, Actor::Console, &EmailAddr::parse("anna@readers.example").unwrap()).await.unwrap();
        assert!(matches!(page(&t, &filter, first.next, 1).await, Err(SearchError::PlaceGone)));
    }
}
