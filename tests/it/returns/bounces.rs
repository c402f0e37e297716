//! Section 9: bounces that come by mail.

use super::{
    ADA, BEN, edition_of, effect, evening, mailbox_full, newsroom, notice, redacted_head, report, unknown_user,
};
use crate::harness::{Harness, both_engines};
use lamplighter::delivery::returns::{Effect, Ingested, Proof, Recorded};
use lamplighter::subscribers::SuppressionReason;

both_engines! {
    async fn v1_every_mail_has_an_envelope_sender_of_its_own(t: Harness) {
        let paper = newsroom(&t, &[ADA, BEN]).await;
        evening(&t, &paper, "2026-11-23").await;
        let senders = [ADA, BEN].map(|reader| edition_of(&t, reader).envelope_from.clone());
        assert_ne!(senders[0], senders[1]);
        for sender in &senders {
            let local = sender.strip_suffix("@bounces.news.example").expect("our own subdomain");
            assert!(local.len() <= 64 && local.starts_with("b-"), "{sender}");
            assert!(local.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{sender}");
        }
        // Some hosts fold case.
        let done = t.comes_back(&unknown_user(ADA), &senders[0].to_uppercase()).await;
        assert_eq!(effect(&done), Effect::Suppressed);
        // Single mails too: the confirmation's.
        let confirmation = t.sink.mails_to(BEN).into_iter().find(|mail| mail.header("List-Id").is_none()).unwrap();
        assert!(confirmation.envelope_from.starts_with("b-") && confirmation.envelope_from.ends_with("@bounces.news.example"));
    }

    async fn v4_the_token_says_whose_it_was_wherever_the_mail_went_on_to(t: Harness) {
        let paper = newsroom(&t, &[ADA, BEN]).await;
        evening(&t, &paper, "2026-11-23").await;
        // Ada's mail is passed on to a mailbox that is gone; the notice names that one.
        assert_eq!(t.bounces(ADA, &unknown_user("elsewhere@other.example")).await, Effect::Suppressed);
        assert_eq!(t.suppressed(ADA).await, Some(SuppressionReason::HardBounce));
        assert!(!t.is_active(ADA).await && t.is_active(BEN).await);
        // Without an envelope, the Message-ID of what was returned tells.
        let returned = redacted_head(&edition_of(&t, BEN));
        let done = t.comes_back(&notice(BEN, "failed", "5.1.1", "550 5.1.1 User unknown", &returned), "postmaster@news.example").await;
        assert_eq!((report(&done).1, effect(&done)), (Proof::MessageId, Effect::Suppressed));
    }

    async fn v5_only_what_failed_counts_and_a_delay_never(t: Harness) {
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        let sender = edition_of(&t, ADA).envelope_from.clone();
        let delayed = t.comes_back(&notice(ADA, "delayed", "4.4.1", "connection timed out", "Subject: x"), &sender).await;
        assert_eq!(effect(&delayed), Effect::Noted);
        let delivered = t.comes_back(&notice(ADA, "delivered", "2.1.5", "250 2.1.5 ok", "Subject: x"), &sender).await;
        assert!(matches!(delivered, Ingested::NothingFailed { .. }), "{delivered:?}");
        assert!(t.is_active(ADA).await);
        assert_eq!(t.comes_back_effect(&unknown_user(ADA), &sender).await, Effect::Suppressed, "a delay stands in the way of nothing");
    }

    async fn v8_a_dead_address_is_suppressed_at_once_and_gets_nothing_more(t: Harness) {
        let paper = newsroom(&t, &[ADA, BEN]).await;
        evening(&t, &paper, "2026-11-23").await;
        assert_eq!(t.bounces(ADA, &unknown_user(ADA)).await, Effect::Suppressed);
        evening(&t, &paper, "2026-11-24").await;
        let count = |reader: &str| t.editions_mailed().iter().filter(|mail| mail.envelope_to == [reader]).count();
        assert_eq!((count(ADA), count(BEN)), (1, 2));
    }

    async fn what_is_told_twice_is_done_once(t: Harness) {
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        let sender = edition_of(&t, ADA).envelope_from.clone();
        assert_eq!(t.comes_back_effect(&mailbox_full(ADA), &sender).await, Effect::Counted);
        // The same server says it in other words.
        let again = t.comes_back(&notice(ADA, "failed", "5.2.2", "552 over quota", "Subject: y"), &sender).await;
        assert!(matches!(again, Ingested::Returned { recorded: Recorded::Again, .. }), "{again:?}");
        assert_eq!(t.came_back().await.len(), 1);
    }

    async fn whoever_confirmed_anew_since_that_mail_is_left_alone(t: Harness) {
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        let sender = edition_of(&t, ADA).envelope_from.clone();
        assert_eq!(t.comes_back_effect(&unknown_user(ADA), &sender).await, Effect::Suppressed);
        t.go_to("2026-11-25 09:00").await;
        t.subscribe(ADA).await;
        assert!(t.is_active(ADA).await, "the reader's own new sign-up lifts it");
        // Five days late, another server of theirs gives up.
        let late = t.comes_back(&mailbox_full(ADA), &sender).await;
        assert_eq!(effect(&late), Effect::Outdated);
        assert!(t.is_active(ADA).await);
    }

    async fn a_bounce_of_a_single_mail_is_the_readers_unless_they_have_confirmed_since(t: Harness) {
        newsroom(&t, &[]).await;
        t.sign_up("evening", ADA, &[]).await;
        t.run_until_idle().await;
        t.advance(lamplighter::base::Span::minutes(1));
        t.click(&t.confirmation_link(ADA)).await;
        let confirmation = t.sink.mails_to(ADA).into_iter().find(|mail| mail.header("List-Id").is_none()).unwrap();
        let late = t.comes_back(&unknown_user(ADA), &confirmation.envelope_from).await;
        assert_eq!((effect(&late), t.is_active(ADA).await), (Effect::Outdated, true), "its link was pressed");
        let again = t.comes_back(&unknown_user(ADA), &confirmation.envelope_from).await;
        assert!(matches!(again, Ingested::Returned { recorded: Recorded::Again, .. }), "{again:?}");
    }

    async fn a_bounce_that_shows_no_more_than_a_link_to_leave_ends_nothing(t: Harness) {
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        let link = edition_of(&t, ADA).header("List-Unsubscribe").unwrap().to_owned();
        let mail = notice(ADA, "failed", "5.1.1", "550 5.1.1 User unknown", &format!("List-Unsubscribe: {link}"));
        for day in 0..2 {
            let done = t.comes_back(&mail, "bounces@bounces.news.example").await;
            assert_eq!(report(&done).1, Proof::ListUnsubscribe);
            let is_new = matches!(done, Ingested::Returned { recorded: Recorded::New(Effect::Noted), .. });
            assert_eq!((is_new, t.is_active(ADA).await), (day == 0, true), "{done:?}");
            t.advance(lamplighter::base::Span::days(1));
        }
    }

    async fn a_mail_to_several_of_us_is_about_each(t: Harness) {
        let paper = newsroom(&t, &[ADA, BEN]).await;
        evening(&t, &paper, "2026-11-23").await;
        let senders = [ADA, BEN].map(|reader| edition_of(&t, reader).envelope_from.clone());
        let to: Vec<&str> = senders.iter().map(String::as_str).collect();
        let envelope = lamplighter::subscribers::MailEnvelope { from: Some(""), to: &to };
        let mail = notice("list@other.example", "failed", "5.1.1", "550 5.1.1 User unknown", "Subject: x");
        let via = lamplighter::delivery::returns::Via::Lmtp;
        lamplighter::delivery::returns::ingest(&t.app, via, mail.as_bytes(), envelope).await.unwrap();
        assert!(!t.is_active(ADA).await && !t.is_active(BEN).await);
    }

    async fn neither_an_address_nor_a_token_is_kept(t: Harness) {
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        let sender = edition_of(&t, ADA).envelope_from.clone();
        let token = sender.strip_prefix("b-").and_then(|it| it.split('@').next()).unwrap().to_owned();
        let said = format!("550 5.7.1 b-{token} at bounces.news.example; {token}; ada%40readers.example; victim%40x.example refused");
        t.comes_back(&notice(ADA, "failed", "5.7.1", &said, "Subject: x"), &sender).await;
        let kept = t.came_back().await;
        let text = format!("{} {:?} {}", kept[0].reply, kept[0].enhanced, kept[0].domain);
        assert!(text.contains("refused") && !text.contains(&token) && !text.contains("ada") && !text.contains("victim"), "{text}");
    }

    async fn v11_a_living_mailbox_that_answers_is_no_bounce(t: Harness) {
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        let sender = edition_of(&t, ADA).envelope_from.clone();
        let away = format!("From: {ADA}\r\nTo: {sender}\r\nSubject: Out of office: Evening\r\nAuto-Submitted: auto-replied\r\n\r\nI am away until Monday.\r\n");
        assert_eq!(t.comes_back_effect(&away, &sender).await, Effect::Noted);
        assert!(t.is_active(ADA).await);
        assert_eq!(t.came_back().await[0].class, "autoreply");
    }

    async fn v12_what_nobody_here_knows_is_dropped_and_never_answered(t: Harness) {
        newsroom(&t, &[ADA]).await;
        let before = t.sink.mails().len();
        let letter = "From: stranger@x.example\r\nTo: bounces@news.example\r\nSubject: hello\r\n\r\nBuy this.\r\n";
        assert_eq!(t.comes_back(letter, "b-nobody@bounces.news.example").await, Ingested::NotForUs);
        t.comes_back(&unknown_user("x@y.example"), "b-nobody@bounces.news.example").await;
        t.run_until_idle().await;
        assert_eq!(t.sink.mails().len(), before, "nothing goes out");
    }
}

impl Harness {
    async fn comes_back_effect(&self, mail: &str, to: &str) -> Effect {
        effect(&self.comes_back(mail, to).await)
    }
}
