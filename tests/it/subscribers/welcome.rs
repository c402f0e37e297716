//! What a reader finds in the mailbox after the confirmation.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::subscribers::{self, SignUp};

const ADA: &str = "ada@readers.example";

both_engines! {
    async fn the_welcome_tells_of_the_latest_edition_and_comes_once(t: Harness) {
        let t = t.restart_with(|config| config.sign_up.welcome = true).await;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe("bea@readers.example").await;
        t.run_until_idle().await;
        let first = t.sink.mails_to("bea@readers.example").last().cloned().unwrap();
        assert_eq!(first.header("Subject").unwrap(), "Welcome to The Lamp");
        assert!(!first.links.iter().any(|it| it.contains("/archive/")), "there is no edition yet");
        paper.publish("Harbour opens");
        paper.publish("Bridge closes");
        t.evening("2026-11-23").await;

        t.subscribe(ADA).await;
        t.click(&t.confirmation_link(ADA)).await;
        t.run_until_idle().await;
        let mails = t.sink.mails_to(ADA);
        assert_eq!(mails.len(), 2, "a confirmation and a welcome");
        let welcome = &mails[1];
        for story in ["Harbour opens", "Bridge closes"] {
            assert!(welcome.text.contains(story) && welcome.html.contains(story), "{}", welcome.text);
        }
        for link in ["https://news.example/archive/evening/2026-11-23", "/preferences/", "/unsubscribe/"] {
            assert!(welcome.links.iter().any(|it| it.contains(link)), "{link}: {:?}", welcome.links);
        }
    }

    async fn a_reminder_is_sent_once_and_not_within_the_window_of_another_mail(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.sign_up("evening", ADA, &[]).await;
        for hours in [23, 1, 1, 20] {
            t.advance(Span::hours(hours));
            subscribers::mail_waiting(&t.app).await.unwrap();
            subscribers::mail_waiting(&t.app).await.unwrap();
            t.run_until_idle().await;
        }
        let mails = t.sink.mails_to(ADA);
        assert_eq!(mails.len(), 2);
        assert!(mails[1].text.contains("This is our only reminder"), "{}", mails[1].text);
        // Typed once more a minute before the day is over: that mail is reminder enough.
        subscribers::sign_up(&t.app, SignUp::by_form("bea@readers.example")).await.unwrap();
        t.advance(Span::minutes(24 * 60 - 1));
        subscribers::sign_up(&t.app, SignUp::by_form("bea@readers.example")).await.unwrap();
        t.advance(Span::minutes(1));
        subscribers::mail_waiting(&t.app).await.unwrap();
        t.run_until_idle().await;
        let kinds: Vec<bool> =
            t.sink.mails_to("bea@readers.example").iter().map(|it| it.text.contains("only reminder")).collect();
        assert_eq!(kinds, [false, false]);
    }
}
