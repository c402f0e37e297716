//! Section 10: complaints.

use super::{ADA, BEN, complaint, edition_of, effect, evening, newsroom, redacted_head, report};
use crate::harness::{Harness, both_engines};
use lamplighter::delivery::returns::{Effect, Proof};
use lamplighter::subscribers::SuppressionReason;

both_engines! {
    async fn f1_whoever_complains_gets_nothing_more(t: Harness) {
        let paper = newsroom(&t, &[ADA, BEN]).await;
        evening(&t, &paper, "2026-11-23").await;
        let before = t.sink.mails().len();
        let about = |reader: &str| redacted_head(&edition_of(&t, reader));
        let done = t.comes_back(&complaint("abuse", &about(ADA)), "fbl@news.example").await;
        assert_eq!(effect(&done), Effect::Suppressed);
        assert_eq!(t.suppressed(ADA).await, Some(SuppressionReason::Complaint));
        assert!(!t.is_active(ADA).await);
        t.run_until_idle().await;
        assert_eq!(t.sink.mails().len(), before, "and no mail goes back");
        for kind in ["not-spam", "virus", "auth-failure"] {
            let done = t.comes_back(&complaint(kind, &about(BEN)), "fbl@news.example").await;
            assert!(!matches!(done, lamplighter::delivery::returns::Ingested::Returned { recorded: lamplighter::delivery::returns::Recorded::New(Effect::Suppressed), .. }), "{kind}");
        }
        assert!(t.is_active(BEN).await);
    }

    async fn f2_a_complaint_without_the_readers_address_finds_the_reader(t: Harness) {
        let paper = newsroom(&t, &[ADA, BEN]).await;
        evening(&t, &paper, "2026-11-23").await;
        let head = redacted_head(&edition_of(&t, ADA));
        assert!(!head.contains(ADA), "{head}");
        let done = t.comes_back(&complaint("abuse", &head), "fbl@news.example").await;
        assert_eq!(report(&done).1, Proof::MessageId);
        assert_eq!(t.suppressed(ADA).await, Some(SuppressionReason::Complaint));
        // Without a Message-ID, too: by the link to leave.
        let head = redacted_head(&edition_of(&t, BEN));
        let bare: String = head.split_inclusive("\r\n").filter(|line| !line.to_lowercase().starts_with("message-id")).collect();
        let done = t.comes_back(&complaint("abuse", &bare), "fbl@news.example").await;
        assert_eq!((report(&done).1, t.suppressed(BEN).await), (Proof::ListUnsubscribe, Some(SuppressionReason::Complaint)));
    }

    async fn a_reader_who_complained_comes_back_by_their_own_sign_up_alone(t: Harness) {
        let paper = newsroom(&t, &[ADA]).await;
        evening(&t, &paper, "2026-11-23").await;
        let head = redacted_head(&edition_of(&t, ADA));
        t.comes_back(&complaint("abuse", &head), "fbl@news.example").await;
        t.advance(lamplighter::base::Span::days(1));
        t.subscribe(ADA).await;
        assert!(t.is_active(ADA).await && t.suppressed(ADA).await.is_none());
    }
}
