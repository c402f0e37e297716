//! Chance: the operating system's in service, a seeded stream in tests.

use super::hash::sha256;
use std::sync::Mutex;
use std::sync::PoisonError;

/// A source of unguessable (or, seeded, of repeatable) bytes.
pub struct Random(Source);

enum Source {
    System,
    Seeded(Mutex<(u64, u64)>),
}

impl Random {
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The same seed gives the same bytes. For tests and simulations only.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Mutex::new((seed, 0))))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        match &self.0 {
            Source::System => {
                // aws-lc aborts the process itself when the operating system has no randomness to give.
                let filled = aws_lc_rs::rand::fill(&mut out);
                assert!(filled.is_ok(), "the operating system gave no random bytes");
            }
            Source::Seeded(state) => {
                for chunk in out.chunks_mut(32) {
                    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                    let block = sha256(&[state.0.to_be_bytes(), state.1.to_be_bytes()].concat());
                    state.1 += 1;
                    chunk.copy_from_slice(&block[..chunk.len()]);
                }
            }
        }
        out
    }

    /// `N` random bytes as lower-case base32: survives mail programs that fold case.
    pub fn token<const N: usize>(&self) -> String {
        super::hash::base32(&self.bytes::<N>())
    }

    /// A number below `bound` (0 gives 0); the bias of the modulus is below 2^-32 for bounds of 32 bits.
    pub fn below(&self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { u64::from_be_bytes(self.bytes()) % bound }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_itself_and_two_seeds_differ() {
        let (one, same, other) = (Random::seeded(7), Random::seeded(7), Random::seeded(8));
        let first: String = one.token::<40>();
        assert_eq!(first, same.token::<40>());
        assert_ne!(first, other.token::<40>());
        assert_ne!(first, one.token::<40>());
    }
}
