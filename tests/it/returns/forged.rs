//! A stranger's claim changes nothing.

use super::{ADA, BEN, complaint, edition_of, evening, newsroom, notice, report, unknown_user};
use crate::harness::{Harness, both_engines};
use lamplighter::delivery::returns::{Effect, Ingested, Proof, Recorded};

both_engines! {
    async fn v3_a_forged_notice_changes_nothing(t: Harness) {
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        let true_sender = edition_of(&t, ADA).envelope_from.clone();
        // One letter of the token is another.
        let at = 20;
        let other = if true_sender.as_bytes()[at] == b'a' { "b" } else { "a" };
        let mut forged_sender = true_sender.clone();
        forged_sender.replace_range(at..=at, other);
        let forged_id = format!("Message-ID: <{}@news.example>\r\nList-Unsubscribe: <https://news.example/unsubscribe/{}>", "a".repeat(44), "b".repeat(44));
        for (mail, to) in [
            (unknown_user(ADA), "bounces@bounces.news.example"),
            (unknown_user(ADA), forged_sender.as_str()),
            (notice(ADA, "failed", "5.1.1", "550 User unknown", &forged_id), ADA),
            (complaint("abuse", &format!("To: {ADA}\r\nFrom: evening@news.example\r\n{forged_id}")), "fbl@news.example"),
        ] {
            let done = t.comes_back(&mail, to).await;
            assert_eq!(report(&done).1, Proof::None);
            assert!(matches!(done, Ingested::Returned { recorded: Recorded::New(Effect::Unproved) | Recorded::Again, .. }), "{done:?}");
            assert!(t.is_active(ADA).await && t.suppressed(ADA).await.is_none(), "{to}");
        }
        let kept = t.came_back().await;
        assert!(!kept.is_empty() && kept.iter().all(|it| it.subscriber_id.is_none()), "kept as a hint, about nobody: {kept:?}");
    }

    async fn a_token_of_another_purpose_proves_nothing(t: Harness) {
        let paper = newsroom(&t, &[ADA, BEN]).await;
        evening(&t, &paper, "2026-11-23").await;
        let mail = edition_of(&t, ADA);
        let unsubscribe = mail.header("List-Unsubscribe").unwrap();
        let token = unsubscribe.split("/unsubscribe/").nth(1).unwrap().get(..44).unwrap();
        let done = t.comes_back(&unknown_user(ADA), &format!("b-{token}@bounces.news.example")).await;
        assert_eq!(report(&done).1, Proof::None);
        assert!(t.is_active(ADA).await);
    }
}
