//! What a sign-up brings along besides the address, and what that is worth.
//!
//! One judgement for every door. By default nothing is refused for it: a sign-up without a good token weighs double.
//! Where the newsroom demands a token or a proof of work, a sign-up without is asked for one more press, never turned
//! away: whoever has no script waits [`PATIENCE`] on the form instead of solving a puzzle.

use super::form_token::FormToken;
use super::proof::{Solved, solved};
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::base::{Span, Timestamp};

/// How long a visitor without a script keeps the form open, where others solve a puzzle.
pub const PATIENCE: Span = Span::seconds(15);

/// Hits against the limit of a network.
const WEIGHT: i64 = 1;
const WEIGHT_OF_DOUBT: i64 = 2;
/// Patience costs a program little.
const WEIGHT_OF_PATIENCE: i64 = 5;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AskAgain {
    /// The form was sent without its token, too fast, or too late.
    Press,
    /// No puzzle was solved: the same, after [`PATIENCE`].
    Wait,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Credentials {
    Taken {
        /// Hits it counts for.
        weight: i64,
        /// A solved puzzle, which serves once.
        proof: Option<Solved>,
    },
    AskAgain(AskAgain),
}

pub(super) fn judge(app: &App, now: Timestamp, token: Option<&str>, proof: Option<&str>) -> Credentials {
    let config = &app.config.sign_up;
    let given = token;
    let token = FormToken::read(app, now, given);
    if config.proof_of_work {
        if let Some(solved) = proof.and_then(|it| solved(app, now, it)) {
            return Credentials::Taken { weight: WEIGHT, proof: Some(solved) };
        }
        return match token {
            // A form that was waited for serves once, like a puzzle.
            FormToken::Good(age) if age >= PATIENCE => {
                let challenge = sha256_hex(given.unwrap_or_default().to_ascii_lowercase().as_bytes());
                let expires_at = now - age + Span::hours(i64::from(config.form_hours_max));
                Credentials::Taken { weight: WEIGHT_OF_PATIENCE, proof: Some(Solved { challenge, expires_at }) }
            }
            _ => Credentials::AskAgain(AskAgain::Wait),
        };
    }
    match token {
        FormToken::Good(_) => Credentials::Taken { weight: WEIGHT, proof: None },
        _ if config.require_form_token => Credentials::AskAgain(AskAgain::Press),
        _ => Credentials::Taken { weight: WEIGHT_OF_DOUBT, proof: None },
    }
}

#[cfg(test)]
mod tests {
    use super::super::form_token::issue_form_token;
    use super::super::proof::{issue_challenge, tests::solve};
    use super::*;
    use crate::app::fixtures::TestHouse;

    #[tokio::test]
    async fn by_default_doubt_weighs_and_nothing_is_refused() {
        let house = TestHouse::open().await;
        let app = &house.app;
        let token = issue_form_token(app);
        let taken = |weight| Credentials::Taken { weight, proof: None };
        assert_eq!(judge(app, app.now(), None, None), taken(2));
        assert_eq!(judge(app, app.now(), Some(&token), None), taken(2));
        house.advance(Span::seconds(2));
        assert_eq!(judge(app, app.now(), Some(&token), None), taken(1));
    }

    #[tokio::test]
    async fn where_a_token_is_demanded_one_more_press_is_the_way() {
        let house = TestHouse::open_with("[signup]\nrequire_form_token = true\n").await;
        let app = &house.app;
        let token = issue_form_token(app);
        let again = Credentials::AskAgain(AskAgain::Press);
        assert_eq!(judge(app, app.now(), None, None), again);
        assert_eq!(judge(app, app.now(), Some(&token), None), again);
        house.advance(Span::seconds(2));
        assert_eq!(judge(app, app.now(), Some(&token), None), Credentials::Taken { weight: 1, proof: None });
    }

    #[tokio::test]
    async fn where_a_puzzle_is_demanded_patience_is_the_other_way() {
        let house = TestHouse::open_with("[signup]\nproof_of_work = true\nproof_difficulty = 1000\n").await;
        let app = &house.app;
        let (token, challenge) = (issue_form_token(app), issue_challenge(app));
        let taken = judge(app, app.now(), None, Some(&solve(&challenge)));
        let Credentials::Taken { weight: 1, proof: Some(solved) } = taken else { panic!("{taken:?}") };
        assert_eq!(solved.challenge, challenge.challenge);
        house.advance(Span::seconds(14));
        assert_eq!(judge(app, app.now(), Some(&token), None), Credentials::AskAgain(AskAgain::Wait));
        house.advance(Span::seconds(1));
        let waited = judge(app, app.now(), Some(&token), None);
        let Credentials::Taken { weight: 5, proof: Some(once) } = &waited else { panic!("{waited:?}") };
        house.advance(Span::hours(3));
        let later = judge(app, app.now(), Some(&token.to_uppercase()), None);
        assert!(
            matches!(&later, Credentials::Taken { proof: Some(it), .. } if it == once),
            "it serves once: {later:?}"
        );
    }
}
