//! From the sign-up to the first edition, and out again.

use super::active;
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::{CrashPoint, Span};
use lamplighter::subscribers::{self, SignUp};

const ADA: &str = "ada@readers.example";

both_engines! {
    async fn a_second_click_on_confirm_is_harmless(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let link = t.confirmation_link(ADA);
        t.click(&link).await;
        assert_eq!(active(&t).await, 1);
    }

    async fn a_link_that_was_left_lying_for_three_days_makes_nobody_a_reader(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.sign_up("evening", ADA, &[]).await;
        t.advance(Span::days(3));
        t.click(&t.confirmation_link(ADA)).await;
        assert_eq!(active(&t).await, 0);
        t.subscribe(ADA).await;
        assert_eq!(active(&t).await, 1);
    }

    async fn however_often_an_address_is_typed_it_gets_one_mail_a_day(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        for _ in 0..5 {
            t.sign_up("evening", ADA, &[]).await;
        }
        t.sign_up("evening", "ADA@readers.example", &[]).await;
        assert_eq!(t.sink.mails().len(), 1);
        t.advance(Span::hours(25));
        t.sign_up("evening", ADA, &[]).await;
        assert_eq!(t.sink.mails().len(), 2);
    }

    async fn a_reader_who_left_comes_back_by_their_own_word_alone(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        let links = t.editions_for(ADA)[0].links.clone();
        t.click(links.iter().find(|it| it.contains("/unsubscribe/")).unwrap()).await;
        // The old confirmation link lies in the mailbox still.
        t.click(&t.confirmation_link(ADA)).await;
        paper.publish("Ferry sails");
        t.evening("2026-11-24").await;
        assert_eq!((active(&t).await, t.editions_for(ADA).len()), (0, 1));
        t.subscribe(ADA).await;
        paper.publish("Bridge closes");
        t.evening("2026-11-25").await;
        assert_eq!((active(&t).await, t.editions_for(ADA).len()), (1, 2));
    }

    async fn a_sign_up_survives_a_crash_before_its_answer(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.faults.arm(CrashPoint::AfterSignUpCommit, 1);
        tokio::select! {
            () = t.faults.crashed() => {}
            _ = subscribers::sign_up(&t.app, SignUp::by_form(ADA)) => panic!("the point is not on the way"),
        }
        let t = t.restart().await;
        t.run_until_idle().await;
        t.click(&t.confirmation_link(ADA)).await;
        assert_eq!((active(&t).await, t.sink.mails_to(ADA).len()), (1, 1));
    }
}
