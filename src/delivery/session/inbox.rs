//! Replies out of the bytes that arrived: one at a time, in the order they came.
//!
//! Promises: a reply of one line, which nearly every reply is, costs no allocation until somebody wants its text; what
//! does not fit (many lines, lines without an end, no code) takes the slow road through [`ReplyReader`] and reads the
//! same. Memory is bounded whatever the relay sends. Bytes behind a reply stay where they are: whoever asks whether
//! the relay has said more than it was asked, sees them.

use super::reply::{self, Reply, ReplyReader};
use super::transport::Transport;
use std::io;
use std::ops::Range;
use std::task::{Context, Poll, ready};

/// Replies to four commands fit many times over.
const BUFFER_BYTES: usize = 4096;

pub(super) struct Inbox {
    buffer: Vec<u8>,
    /// What was not read out yet.
    unread: Range<usize>,
    reader: ReplyReader,
    last: Last,
}

/// The reply that was read last.
enum Last {
    Nothing,
    /// Still in the buffer, and not worth more until somebody asks.
    Line(u16, Range<usize>),
    Whole(Reply),
}

impl Inbox {
    pub fn new() -> Self {
        Self { buffer: vec![0; BUFFER_BYTES], unread: 0..0, reader: ReplyReader::default(), last: Last::Nothing }
    }

    /// Reads what has arrived; the number of bytes, 0 at the end of the stream. For when [`Self::next`] has no more.
    pub fn poll_fill(&mut self, cx: &mut Context<'_>, transport: &mut Transport) -> Poll<io::Result<usize>> {
        self.make_room();
        let room = self.buffer.get_mut(self.unread.end..).unwrap_or_default();
        let count = ready!(transport.poll_read(cx, room))?;
        self.unread.end += count;
        Poll::Ready(Ok(count))
    }

    /// As if these bytes had arrived: how many of them there was room for.
    pub fn put(&mut self, bytes: &[u8]) -> usize {
        self.make_room();
        let room = self.buffer.get_mut(self.unread.end..).unwrap_or_default();
        let count = room.len().min(bytes.len());
        if let (Some(to), Some(from)) = (room.get_mut(..count), bytes.get(..count)) {
            to.copy_from_slice(from);
            self.unread.end += count;
        }
        count
    }

    /// Nothing lies here that was not read out, not even a part of a reply.
    pub fn is_empty(&self) -> bool {
        self.unread.is_empty() && !self.reader.is_midway()
    }

    /// The code of the next reply, once it is whole; 0 where there is none. [`Self::last`] has the rest of it.
    pub fn next(&mut self) -> Option<u16> {
        let bytes = self.buffer.get(self.unread.clone()).unwrap_or_default();
        if !self.reader.is_midway() {
            let end = bytes.iter().position(|byte| *byte == b'\n')?;
            let line = bytes.get(..end).unwrap_or_default();
            if let Some(code) = reply::code_of_single_line(line) {
                let start = self.unread.start;
                self.unread.start += end + 1;
                self.last = Last::Line(code, start..start + end);
                return Some(code);
            }
        }
        let (count, reply) = self.reader.feed(bytes);
        self.unread.start += count;
        let reply = reply?;
        let code = reply.code;
        self.last = Last::Whole(reply);
        Some(code)
    }

    /// The reply whose code was given last; no more bytes may have been taken in since.
    pub fn last(&self) -> Reply {
        match &self.last {
            Last::Nothing => Reply { code: 0, lines: Vec::new() },
            Last::Line(code, line) => Reply::of_line(*code, self.buffer.get(line.clone()).unwrap_or_default()),
            Last::Whole(reply) => reply.clone(),
        }
    }

    fn make_room(&mut self) {
        if self.unread.end < self.buffer.len() && !self.unread.is_empty() {
            return;
        }
        if let Last::Line(..) = self.last {
            self.last = Last::Nothing;
        }
        let count = self.unread.len();
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..count;
        if count == self.buffer.len() {
            self.spill();
            self.unread = 0..0;
        }
    }

    /// A line that fills the buffer: the reader keeps of it what is bounded. There is no whole reply in it, for those
    /// were read out before more was taken in.
    fn spill(&mut self) {
        let bytes = self.buffer.get(self.unread.clone()).unwrap_or_default();
        self.reader.feed(bytes);
    }
}
