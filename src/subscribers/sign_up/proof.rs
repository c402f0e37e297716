//! A puzzle that costs a browser a second and a flood of sign-ups a fortune: ALTCHA's proof of work, without its service.
//!
//! The challenge is the digest of a salt and a secret number; who finds the number has computed half of
//! `proof_difficulty` digests on average. Nothing is kept of a challenge that was given out: its parameters are signed, and
//! its time is in the salt. A solved one serves once (its digest is counted like any other hit). The format is ALTCHA's
//! (altcha.org/docs, "Proof-of-Work"), so that its widget works as well as our own script. What it does not promise: to
//! tell people from programs. It only prices them.

use crate::app::App;
use crate::base::hash::{equal_in_constant_time, from_hex, hex, hmac_sha256, sha256_hex};
use crate::base::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a challenge may be solved and brought back.
const PROOF_LIFE: Span = Span::minutes(30);
const ALGORITHM: &str = "SHA-256";
/// A solution is a short JSON object in base64.
const SOLUTION_BYTES_MAX: usize = 2_048;

/// What a browser is given, as ALTCHA names it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Challenge {
    pub algorithm: &'static str,
    /// SHA-256 of the salt and the number in decimal, in hexadecimal.
    pub challenge: String,
    pub maxnumber: u32,
    /// Chance, and until when it may be brought back: `...?expires=1795456800`.
    pub salt: String,
    /// Keyed digest of `challenge`.
    pub signature: String,
}

#[derive(Deserialize)]
struct Solution {
    algorithm: String,
    challenge: String,
    number: u64,
    salt: String,
    signature: String,
}

/// A new challenge.
pub fn issue_challenge(app: &App) -> Challenge {
    let difficulty = app.config.sign_up.proof_difficulty;
    let expires = (app.now() + PROOF_LIFE).as_seconds();
    let salt = format!("{}?expires={expires}", hex(&app.context.random.bytes::<12>()));
    let number = app.context.random.below(u64::from(difficulty) + 1);
    let challenge = sha256_hex(format!("{salt}{number}").as_bytes());
    let signature = signature(app, &challenge);
    Challenge { algorithm: ALGORITHM, challenge, maxnumber: difficulty, salt, signature }
}

fn signature(app: &App, challenge: &str) -> String {
    // The ring's own key never leaves it: a keyed digest of a fixed text is the key of this purpose.
    let key = app.keys.fingerprint("proof of work");
    hex(&hmac_sha256(key.as_bytes(), challenge.as_bytes()))
}

/// A challenge that was solved in time. It serves once: whoever takes it counts it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Solved {
    pub challenge: String,
    pub expires_at: Timestamp,
}

/// `None` for anything but a solution in time.
pub(super) fn solved(app: &App, now: Timestamp, payload: &str) -> Option<Solved> {
    if payload.len() > SOLUTION_BYTES_MAX {
        return None;
    }
    let json = data_encoding::BASE64.decode(payload.trim().as_bytes()).ok()?;
    let it: Solution = serde_json::from_slice(&json).ok()?;
    let signed = from_hex(&it.signature)?;
    if it.algorithm != ALGORITHM || !equal_in_constant_time(&signed, &from_hex(&signature(app, &it.challenge))?) {
        return None;
    }
    let expires: i64 = it.salt.rsplit_once("?expires=")?.1.parse().ok()?;
    let is_right = sha256_hex(format!("{}{}", it.salt, it.number).as_bytes()) == it.challenge;
    let is_in_time = now.as_seconds() <= expires && expires <= (now + PROOF_LIFE).as_seconds();
    let expires_at = Timestamp::from_seconds(expires.max(0));
    (is_right && is_in_time).then_some(Solved { challenge: it.challenge, expires_at })
}

#[cfg(test)]
pub(in crate::subscribers) mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;

    /// What a browser does.
    pub fn solve(it: &Challenge) -> String {
        let number = (0..=u64::from(it.maxnumber))
            .find(|number| sha256_hex(format!("{}{number}", it.salt).as_bytes()) == it.challenge)
            .unwrap();
        payload(it, &it.salt, number)
    }

    fn payload(it: &Challenge, salt: &str, number: u64) -> String {
        let json = serde_json::json!({ "algorithm": it.algorithm, "challenge": it.challenge, "number": number, "salt": salt, "signature": it.signature });
        data_encoding::BASE64.encode(json.to_string().as_bytes())
    }

    #[tokio::test]
    async fn a_solution_counts_while_it_is_fresh_and_nothing_else_does() {
        let house = TestHouse::open_with("[signup]\nproof_of_work = true\nproof_difficulty = 1000\n").await;
        let app = &house.app;
        let it = issue_challenge(app);
        let good = solve(&it);
        assert_eq!(solved(app, app.now(), &good).unwrap().challenge, it.challenge);
        let other = issue_challenge(app);
        let of_another = payload(&Challenge { signature: it.signature.clone(), ..other.clone() }, &other.salt, 1);
        let longer = it.salt.replace("?expires=", "?expires=9");
        for wrong in ["", "garbage", &of_another, &payload(&it, &longer, 1), &payload(&it, &it.salt, 1001)] {
            assert_eq!(solved(app, app.now(), wrong), None, "{wrong}");
        }
        house.advance(PROOF_LIFE + Span::seconds(1));
        assert_eq!(solved(app, app.now(), &good), None);
    }
}
