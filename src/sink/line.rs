//! Lines from a client, each bounded, up to and with their LF.

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _};

pub(super) enum Line {
    /// With its line end.
    Whole(Vec<u8>),
    /// Longer than allowed: the head alone; the rest was read and let go.
    TooLong(Vec<u8>),
    /// The client hung up.
    End,
}

/// # Errors
/// As the socket says.
pub(super) async fn read_line(from: &mut (impl AsyncBufRead + Unpin), bytes_max: usize) -> std::io::Result<Line> {
    let mut line = Vec::new();
    let mut is_too_long = false;
    loop {
        let available = from.fill_buf().await?;
        if available.is_empty() {
            return Ok(Line::End);
        }
        let end = available.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let taken = end.unwrap_or(available.len());
        let room = bytes_max.saturating_sub(line.len());
        line.extend(available.iter().take(taken.min(room)));
        is_too_long |= taken > room;
        from.consume(taken);
        if end.is_some() {
            return Ok(if is_too_long { Line::TooLong(line) } else { Line::Whole(line) });
        }
    }
}
