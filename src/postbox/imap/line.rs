//! The open line to a server: a command out, its answer in, nothing without a bound.

use super::error::{ImapError, quoted};
use super::reply::{Reply, Status, Token};
use crate::base::Span;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};

/// Bytes of one line; a search's answer is the longest, some 100,000 numbers.
const LINE_BYTES_MAX: u64 = 1024 * 1024;
/// Responses of one command, and the bytes of all of them.
const REPLIES_MAX: usize = 10_000;
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How a server's answer to a command ended, and what came before that.
#[derive(Debug, Default)]
pub struct Answer {
    pub replies: Vec<Reply>,
    pub is_ok: bool,
    /// The words of the end.
    pub said: String,
}

impl Answer {
    /// # Errors
    /// [`ImapError::Refused`] for any end but OK.
    pub fn expect_ok(self, command: &'static str) -> Result<Self, ImapError> {
        if self.is_ok { Ok(self) } else { Err(ImapError::Refused { command, said: quoted(&self.said) }) }
    }

    pub fn words_of(&self, name: &str) -> Vec<&str> {
        self.replies.iter().filter_map(|reply| reply.words_of(name)).flatten().collect()
    }
}

pub struct Line<S> {
    stream: BufReader<S>,
    commands: u32,
    limit: Span,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    /// `limit` is for one command with its answer.
    pub fn new(stream: S, limit: Span) -> Self {
        Self { stream: BufReader::new(stream), commands: 0, limit }
    }

    /// The stream, unless the server said something that nobody asked for: it would be read as if it had come through
    /// TLS.
    pub fn into_stream(self) -> Option<S> {
        self.stream.buffer().is_empty().then(|| self.stream.into_inner())
    }

    pub async fn greeting(&mut self) -> Result<(Status, String), ImapError> {
        let reply = bounded(self.limit, read_reply(&mut self.stream, 0)).await?;
        let Some((status, said)) = reply.status().filter(|_| reply.tag == "*") else {
            return Err(ImapError::Strange { why: "it does not greet as IMAP servers do" });
        };
        Ok((status, quoted(said)))
    }

    pub async fn command(&mut self, command: &str, literal_max: usize) -> Result<Answer, ImapError> {
        self.converse(&[command.as_bytes()], literal_max).await
    }

    /// Says the first part as a command, and each further part when the server asks to go on.
    pub async fn converse(&mut self, parts: &[&[u8]], literal_max: usize) -> Result<Answer, ImapError> {
        self.commands += 1;
        let tag = format!("L{}", self.commands);
        bounded(self.limit, exchange(&mut self.stream, &tag, parts, literal_max)).await
    }
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    tag: &str,
    parts: &[&[u8]],
    literal_max: usize,
) -> Result<Answer, ImapError> {
    let mut parts = parts.iter();
    say(stream, &[tag.as_bytes(), b" ", parts.next().copied().unwrap_or_default(), b"\r\n"]).await?;
    let mut answer = Answer::default();
    let mut bytes = 0;
    loop {
        let reply = read_reply(stream, literal_max).await?;
        if reply.tag == "+" {
            let next = parts.next().ok_or(ImapError::Strange { why: "it asks to go on when all is said" })?;
            say(stream, &[next, b"\r\n"]).await?;
            continue;
        }
        match reply.status() {
            Some((status, said)) if reply.tag == tag => {
                answer.is_ok = status == Status::Ok;
                said.clone_into(&mut answer.said);
                return Ok(answer);
            }
            Some((Status::Bye, said)) => return Err(ImapError::lost(&format!("it said farewell ({said})"))),
            _ if reply.tag != "*" => return Err(ImapError::Strange { why: "it answers what was not asked" }),
            _ => {}
        }
        bytes += reply.text.len() + reply.tokens.iter().map(weight).sum::<usize>();
        if answer.replies.len() >= REPLIES_MAX || bytes > ANSWER_BYTES_MAX + literal_max {
            return Err(ImapError::Strange { why: "it answers without an end" });
        }
        answer.replies.push(reply);
    }
}

const fn weight(token: &Token) -> usize {
    match token {
        Token::Bytes(bytes) => bytes.len(),
        Token::Word(word) => word.len(),
        Token::Open | Token::Close => 1,
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, parts: &[&[u8]]) -> Result<(), ImapError> {
    stream.write_all(&parts.concat()).await.map_err(|error| ImapError::lost(&error))?;
    stream.flush().await.map_err(|error| ImapError::lost(&error))
}

async fn read_reply<S: AsyncRead + Unpin>(stream: &mut BufReader<S>, literal_max: usize) -> Result<Reply, ImapError> {
    let mut reply = Reply::default();
    let mut room = literal_max;
    let mut lines = 0;
    loop {
        let mut line = Vec::new();
        let read = (&mut *stream).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await;
        read.map_err(|error| ImapError::lost(&error))?;
        if line.pop() != Some(b'\n') {
            let is_long = line.len() as u64 + 1 >= LINE_BYTES_MAX;
            let strange = ImapError::Strange { why: "a line of its answer is longer than 1 MB" };
            return Err(if is_long { strange } else { ImapError::lost(&"the server hung up") });
        }
        line.pop_if(|byte| *byte == b'\r');
        let Some(length) = reply.take_line(&line) else { return Ok(reply) };
        lines += 1;
        if length > room || lines > 100 {
            return Err(ImapError::Strange { why: "it sends more than it was asked for" });
        }
        room -= length;
        let mut literal = Vec::with_capacity(length);
        let read = (&mut *stream).take(length as u64).read_to_end(&mut literal).await;
        read.map_err(|error| ImapError::lost(&error))?;
        if literal.len() < length {
            return Err(ImapError::lost(&"the server hung up within a mail"));
        }
        reply.tokens.push(Token::Bytes(literal));
    }
}

async fn bounded<T>(limit: Span, step: impl Future<Output = Result<T, ImapError>>) -> Result<T, ImapError> {
    let late = || ImapError::lost(&format!("no answer within {} ms", limit.as_millis()));
    tokio::time::timeout(limit.to_std(), step).await.unwrap_or_else(|_| Err(late()))
}
