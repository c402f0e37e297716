//! Which state may follow which. Pure; every pair is enumerated in the test.
//!
//! ```text
//! planned -> collecting -> drafted <-> in_review -> approved -> sealed -> sending -> sent
//! ```
//! and the ends: skipped (nothing to say), cancelled (a person decided), missed (too late), aborted (stopped while sending).
//! What was skipped or cancelled never went out: a person may plan it once more, until its send time.

use super::EditionState;

impl EditionState {
    pub fn may_become(self, next: Self) -> bool {
        use EditionState as S;
        match self {
            S::Planned => matches!(next, S::Collecting | S::Drafted | S::Skipped | S::Cancelled | S::Missed),
            S::Collecting => matches!(next, S::Drafted | S::Skipped | S::Cancelled | S::Missed),
            S::Drafted => matches!(next, S::InReview | S::Approved | S::Skipped | S::Cancelled | S::Missed),
            S::InReview => matches!(next, S::Drafted | S::Approved | S::Skipped | S::Cancelled | S::Missed),
            // An edit after the approval voids it.
            S::Approved => matches!(next, S::Drafted | S::Sealed | S::Skipped | S::Cancelled | S::Missed),
            S::Sealed => matches!(next, S::Sending | S::Aborted),
            S::Sending => matches!(next, S::Sent | S::Aborted),
            // Who is uncertain may get it again, by an operator.
            S::Sent => next == S::Sending,
            // A person thought better of it before its send time.
            S::Skipped | S::Cancelled => next == S::Planned,
            S::Missed | S::Aborted => false,
        }
    }

    /// Nothing follows by itself.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Sent | Self::Skipped | Self::Cancelled | Self::Missed | Self::Aborted)
    }

    /// The content can still change.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Collecting | Self::Drafted | Self::InReview | Self::Approved)
    }
}

#[cfg(test)]
mod tests {
    use super::EditionState as S;

    #[test]
    fn what_was_sealed_is_never_open_again() {
        for from in S::ALL {
            for to in S::ALL {
                if !from.is_open() && !matches!(from, S::Skipped | S::Cancelled) {
                    assert!(!from.may_become(*to) || !to.is_open(), "{from} -> {to}");
                }
                assert!(from != to || !from.may_become(*to), "{from} -> {to}");
            }
        }
    }

    #[test]
    fn every_state_is_reached_from_planned_and_every_open_state_can_end() {
        let mut reached = vec![S::Planned];
        let mut next = 0;
        while let Some(from) = reached.get(next).copied() {
            for to in S::ALL {
                if from.may_become(*to) && !reached.contains(to) {
                    reached.push(*to);
                }
            }
            next += 1;
        }
        assert_eq!(reached.len(), S::ALL.len());
        for state in S::ALL {
            assert!(state.is_end() || S::ALL.iter().any(|to| state.may_become(*to)), "{state}");
        }
        assert!(S::ALL.iter().filter(|state| state.is_end()).count() == 5);
    }
}
