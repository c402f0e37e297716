//! Whether a sign-up's address may have a mail now. Pure.
//!
//! It promises: at most one mail goes to an address within the window and `confirmations_per_address_day` within a day,
//! whoever types it how often and for which publications; who was barred by an operator or said "this was not me" gets
//! none; what a limit puts off is not lost ([`Verdict::Later`]) but mailed when the limit lets it. Held to it by the tests
//! here and by `tests/it/subscribers/bombing.rs`.

use crate::base::{Span, Timestamp};
use crate::subscribers::model::{SubscriptionId, SuppressionReason};

/// The limits of `[limits]` that stand at this gate.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Between two mails to an address.
    pub window: Span,
    pub per_address_day: i64,
    pub per_domain_hour: i64,
    pub per_hour: i64,
}

/// Mails that sign-ups have caused to an address.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Mailed {
    /// [`Timestamp::EPOCH`] for never.
    pub last_at: Timestamp,
    /// When the day began that is counted.
    pub day_began_at: Timestamp,
    pub mails: i64,
}

impl Mailed {
    /// With one more mail at `now`.
    pub fn and_now(self, now: Timestamp) -> Self {
        if now.since(self.day_began_at) >= Span::days(1) {
            Self { last_at: now, day_began_at: now, mails: 1 }
        } else {
            Self { last_at: now, mails: self.mails + 1, ..self }
        }
    }

    fn allows(self, now: Timestamp, limits: Limits) -> bool {
        let is_new_day = now.since(self.day_began_at) >= Span::days(1);
        now.since(self.last_at) >= limits.window && (is_new_day || self.mails < limits.per_address_day)
    }
}

/// What is known of an address and its publication.
#[derive(Clone, Copy, Default, Debug)]
pub struct Facts {
    pub suppressed: Option<SuppressionReason>,
    /// The active subscription to this publication.
    pub active: Option<SubscriptionId>,
    /// When the person last confirmed anything: proof that mails reach somebody who wants them.
    pub confirmed_at: Option<Timestamp>,
    pub mailed: Mailed,
    /// Mails to this domain, and to all, within the hour.
    pub of_domain: i64,
    pub of_all: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Confirmation,
    /// To an active reader: the way to the preferences.
    AlreadySubscribed(SubscriptionId),
    /// Keep the sign-up: its mail goes when the limits let it.
    Later,
    Nothing,
}

/// Judges one sign-up.
pub fn judge(now: Timestamp, limits: Limits, facts: &Facts) -> Verdict {
    if facts.suppressed.is_some_and(|reason| !reason.yields_to_double_opt_in()) {
        return Verdict::Nothing;
    }
    // Whoever has confirmed since the last mail is there and reads: a second publication within the hour is no bombing.
    let has_answered = facts.confirmed_at.is_some_and(|at| at >= facts.mailed.last_at);
    let counted = Mailed { last_at: Timestamp::EPOCH, ..facts.mailed };
    let of_address = if has_answered && facts.active.is_none() { counted } else { facts.mailed };
    let fits =
        of_address.allows(now, limits) && facts.of_domain < limits.per_domain_hour && facts.of_all < limits.per_hour;
    match (facts.active, fits) {
        (Some(subscription), true) => Verdict::AlreadySubscribed(subscription),
        (Some(_), false) => Verdict::Nothing,
        (None, true) => Verdict::Confirmation,
        (None, false) => Verdict::Later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { window: Span::minutes(60), per_address_day: 3, per_domain_hour: 50, per_hour: 100 };
    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn mailed(minutes_ago: i64, mails: i64) -> Mailed {
        let last_at = NOW - Span::minutes(minutes_ago);
        Mailed { last_at, day_began_at: last_at, mails }
    }

    #[test]
    fn each_fact_speaks_for_itself() {
        use SuppressionReason as S;
        let it = Facts::default();
        let active = Some(SubscriptionId(7));
        let judged = |facts: Facts| judge(NOW, LIMITS, &facts);
        assert_eq!(judged(it), Verdict::Confirmation);
        assert_eq!(judged(Facts { active, ..it }), Verdict::AlreadySubscribed(SubscriptionId(7)));
        for (reason, verdict) in [
            (S::Operator, Verdict::Nothing),
            (S::NotMe, Verdict::Nothing),
            (S::HardBounce, Verdict::Confirmation),
            (S::Complaint, Verdict::Confirmation),
            (S::Erased, Verdict::Confirmation),
            (S::Left, Verdict::Confirmation),
        ] {
            assert_eq!(judged(Facts { suppressed: Some(reason), ..it }), verdict, "{reason:?}");
        }
        assert_eq!(judged(Facts { mailed: mailed(59, 1), ..it }), Verdict::Later);
        assert_eq!(judged(Facts { mailed: mailed(60, 1), ..it }), Verdict::Confirmation);
        assert_eq!(judged(Facts { mailed: mailed(61, 3), ..it }), Verdict::Later, "the day's share is used up");
        assert_eq!(judged(Facts { mailed: mailed(24 * 60, 3), ..it }), Verdict::Confirmation);
        assert_eq!(judged(Facts { mailed: mailed(5, 1), active, ..it }), Verdict::Nothing);
        assert_eq!(judged(Facts { of_domain: 50, ..it }), Verdict::Later);
        assert_eq!(judged(Facts { of_all: 100, ..it }), Verdict::Later);
        assert_eq!(judged(Facts { of_all: 100, active, ..it }), Verdict::Nothing);
    }

    #[test]
    fn who_confirmed_since_the_last_mail_need_not_wait_for_the_window_but_for_the_day() {
        let it = Facts { mailed: mailed(5, 1), confirmed_at: Some(NOW - Span::minutes(4)), ..Facts::default() };
        assert_eq!(judge(NOW, LIMITS, &it), Verdict::Confirmation);
        let earlier = Facts { confirmed_at: Some(NOW - Span::minutes(6)), ..it };
        assert_eq!(judge(NOW, LIMITS, &earlier), Verdict::Later);
        let often = Facts { mailed: mailed(5, 3), ..it };
        assert_eq!(judge(NOW, LIMITS, &often), Verdict::Later);
    }

    proptest! {
        /// Whatever is typed when: within any window one mail, within any day of the count no more than its share.
        #[test]
        fn an_address_that_never_confirms_gets_one_mail_a_window(gaps in prop::collection::vec(0i64..7_200, 1..200)) {
            let mut now = NOW;
            let mut mailed = Mailed::default();
            let mut mails: Vec<Timestamp> = Vec::new();
            for gap in gaps {
                now = now + Span::seconds(gap);
                if judge(now, LIMITS, &Facts { mailed, ..Facts::default() }) == Verdict::Confirmation {
                    mailed = mailed.and_now(now);
                    mails.push(now);
                }
            }
            for pair in mails.windows(2) {
                prop_assert!(pair[1].since(pair[0]) >= LIMITS.window);
            }
            for few in mails.windows(7) {
                prop_assert!(few[6].since(few[0]) >= Span::days(1), "six mails at most within any day: two shares");
            }
        }
    }
}
