//! A mail that a command is given: from a file, or from a pipe that is read to its end.

use super::exit::Failure;
use anyhow::Context as _;
use std::fs::File;
use std::io::{self, Read as _};

/// At most `bytes_max` and one more, so that what is longer is seen to be; `-` is standard input, whose rest is thrown
/// away: a pipe that is not read to its end looks broken to whoever writes into it.
pub(super) fn read_mail(source: &str, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut mail = Vec::new();
    if source == "-" {
        let mut input = io::stdin().lock();
        input.by_ref().take(limit).read_to_end(&mut mail).context("standard input cannot be read")?;
        io::copy(&mut input, &mut io::sink()).context("standard input cannot be read")?;
    } else {
        let file = File::open(source).with_context(|| format!("{source} cannot be read"))?;
        file.take(limit).read_to_end(&mut mail).with_context(|| format!("{source} cannot be read"))?;
    }
    Ok(mail)
}
