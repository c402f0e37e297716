//! What a dry run would have written: who stood on earlier lines, and what would have become of them.
//!
//! A dry run writes nothing to the database and must nevertheless say of a repeated address what the real run would say.
//! It keeps sixteen bytes a row in a file that has no name from its first moment on, so that memory stays what it is
//! however long the list, and nothing is left behind. What it keeps are keyed digests, no addresses.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};

const SLOT_BYTES: usize = 16;
const DIGEST_BYTES: usize = SLOT_BYTES - 1;

/// What the database would know of somebody after an earlier line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Fate {
    Active = 1,
    Asked = 2,
    Left = 3,
    Bounced = 4,
    Complained = 5,
    KeptAsLeft = 6,
}

impl Fate {
    const ALL: [Self; 6] = [Self::Active, Self::Asked, Self::Left, Self::Bounced, Self::Complained, Self::KeptAsLeft];
}

pub(super) struct Seen {
    file: File,
    slots: u64,
}

impl Seen {
    /// For at most so many rows. `word` makes its name one that nobody else draws.
    pub(super) fn open(rows_max: u64, word: &str) -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("lamplighter-dry-run-{word}"));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        std::fs::remove_file(&path)?;
        let slots = rows_max.saturating_mul(2).max(1024).next_power_of_two();
        file.set_len(slots.saturating_mul(SLOT_BYTES as u64))?;
        Ok(Self { file, slots })
    }

    pub(super) fn find(&self, digest: &[u8; DIGEST_BYTES]) -> io::Result<Option<Fate>> {
        let (_, fate) = self.slot(digest)?;
        Ok(Fate::ALL.into_iter().find(|it| *it as u8 == fate))
    }

    pub(super) fn put(&self, digest: &[u8; DIGEST_BYTES], fate: Fate) -> io::Result<()> {
        let (at, _) = self.slot(digest)?;
        let mut bytes = [0; SLOT_BYTES];
        bytes[..DIGEST_BYTES].copy_from_slice(digest);
        bytes[DIGEST_BYTES] = fate as u8;
        self.file.write_all_at(&bytes, at)
    }

    /// Where this one stands or would stand, and its fate; 0 is none. At least half of the slots are free.
    fn slot(&self, digest: &[u8; DIGEST_BYTES]) -> io::Result<(u64, u8)> {
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        let mut number = u64::from_le_bytes(first) & (self.slots - 1);
        let mut bytes = [0; SLOT_BYTES];
        loop {
            let at = number * SLOT_BYTES as u64;
            self.file.read_exact_at(&mut bytes, at)?;
            if bytes[DIGEST_BYTES] == 0 || bytes[..DIGEST_BYTES] == digest[..] {
                return Ok((at, bytes[DIGEST_BYTES]));
            }
            number = (number + 1) & (self.slots - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicU64, Ordering};

    static NAMES: AtomicU64 = AtomicU64::new(0);

    proptest! {
        #[test]
        fn it_remembers_like_a_map(steps in prop::collection::vec((0u8..40, 0usize..6), 0..200)) {
            let word = format!("test-{}-{}", std::process::id(), NAMES.fetch_add(1, Ordering::SeqCst));
            let seen = Seen::open(10, &word).unwrap();
            let mut map = HashMap::new();
            for (who, fate) in steps {
                // Few first bytes: they all want the same slots.
                let mut digest = [who; DIGEST_BYTES];
                digest[..8].copy_from_slice(&[who % 2, 0, 0, 0, 0, 0, 0, 0]);
                prop_assert_eq!(seen.find(&digest).unwrap(), map.get(&who).copied());
                seen.put(&digest, Fate::ALL[fate]).unwrap();
                map.insert(who, Fate::ALL[fate]);
            }
        }
    }
}
