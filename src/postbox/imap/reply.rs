//! One response of a server, taken apart (RFC 9051 7 and 9): a tag and tokens. Pure, for any bytes.

/// A piece of a response. Brackets that are part of a word, as in `BODY[]<0>`, stay in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Token {
    Word(String),
    /// Between quotes, or a literal.
    Bytes(Vec<u8>),
    Open,
    Close,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reply {
    /// `*`, `+`, or the tag of a command.
    pub tag: String,
    /// What follows the tag on the first line.
    pub text: String,
    pub tokens: Vec<Token>,
}

impl Reply {
    /// Takes a line without its line end in, the first or one behind a literal; the literal's length where one follows.
    pub fn take_line(&mut self, line: &[u8]) -> Option<usize> {
        let line = String::from_utf8_lossy(line);
        let mut rest = &*line;
        if self.tag.is_empty() {
            let (tag, text) = line.split_once(' ').unwrap_or((&line, ""));
            self.tag = tag.to_owned();
            self.text = text.to_owned();
            rest = text;
            // Words for people may hold anything, braces at their end too.
            if self.tag != "*" || self.status().is_some() {
                return None;
            }
        }
        let (rest, literal) = match trailing_length(rest) {
            Some((rest, length)) => (rest, Some(length)),
            None => (rest, None),
        };
        tokenize(rest, &mut self.tokens);
        literal
    }

    /// `OK`, `NO`, `BAD`, `BYE` or `PREAUTH`, with the words behind it.
    pub fn status(&self) -> Option<(Status, &str)> {
        let (word, text) = self.text.split_once(' ').unwrap_or((&self.text, ""));
        let status = match word.to_ascii_uppercase().as_str() {
            "OK" => Status::Ok,
            "NO" => Status::No,
            "BAD" => Status::Bad,
            "BYE" => Status::Bye,
            "PREAUTH" => Status::PreAuth,
            _ => return None,
        };
        Some((status, text))
    }

    /// The values of `* NAME value value`.
    pub fn words_of(&self, name: &str) -> Option<impl Iterator<Item = &str>> {
        let (first, rest) = self.tokens.split_first()?;
        let is_named = matches!(first, Token::Word(word) if word.eq_ignore_ascii_case(name));
        is_named.then(|| {
            rest.iter().filter_map(|token| match token {
                Token::Word(word) => Some(word.as_str()),
                _ => None,
            })
        })
    }

    /// The items of `* n FETCH (NAME value NAME (...) ...)`: each name of the outer list with the token behind it.
    pub fn fetched(&self) -> Vec<(&str, &Token)> {
        let [Token::Word(_), Token::Word(fetch), Token::Open, items @ ..] = self.tokens.as_slice() else {
            return Vec::new();
        };
        if !fetch.eq_ignore_ascii_case("FETCH") {
            return Vec::new();
        }
        let (mut found, mut depth, mut name) = (Vec::new(), 0_usize, None);
        for token in items {
            match (token, depth, name) {
                (Token::Open, ..) => depth += 1,
                (Token::Close, 0, _) => break,
                (Token::Close, ..) => {
                    depth -= 1;
                    name = if depth == 0 { None } else { name };
                }
                (Token::Word(word), 0, None) => name = Some(word.as_str()),
                (value, 0, Some(known)) => {
                    found.push((known, value));
                    name = None;
                }
                _ => {}
            }
        }
        found
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

/// `... {12}`, `... ~{12}`, `... {12+}`.
fn trailing_length(line: &str) -> Option<(&str, usize)> {
    let (rest, digits) = line.strip_suffix('}')?.rsplit_once('{')?;
    let length = digits.strip_suffix('+').unwrap_or(digits).parse().ok()?;
    Some((rest.strip_suffix('~').unwrap_or(rest), length))
}

fn tokenize(line: &str, tokens: &mut Vec<Token>) {
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            ' ' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '"' => {
                let mut bytes = String::new();
                while let Some((_, c)) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => bytes.extend(chars.next().map(|(_, escaped)| escaped)),
                        _ => bytes.push(c),
                    }
                }
                tokens.push(Token::Bytes(bytes.into_bytes()));
            }
            _ => {
                let mut brackets = i32::from(c == '[');
                let mut end = at + c.len_utf8();
                while let Some((at, c)) = chars.peek().copied() {
                    let is_end = matches!(c, ' ' | '(' | ')' | '"') && brackets <= 0;
                    if is_end {
                        break;
                    }
                    brackets += i32::from(c == '[') - i32::from(c == ']');
                    end = at + c.len_utf8();
                    chars.next();
                }
                tokens.push(Token::Word(line.get(at..end).unwrap_or_default().to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(line: &str) -> Reply {
        let mut reply = Reply::default();
        assert_eq!(reply.take_line(line.as_bytes()), None, "{line}");
        reply
    }

    fn word(text: &str) -> Token {
        Token::Word(text.to_owned())
    }

    #[test]
    fn a_status_has_words_for_people() {
        let told = reply("A7 NO [ALERT] Mailbox \"x\" is (gone) {12}");
        assert_eq!(
            (told.tag.as_str(), told.status()),
            ("A7", Some((Status::No, "[ALERT] Mailbox \"x\" is (gone) {12}")))
        );
        assert_eq!(reply("* ok").status(), Some((Status::Ok, "")));
        assert_eq!(reply("* SEARCH 1 2").status(), None);
    }

    #[test]
    fn lists_of_words_are_read() {
        let told = reply("* SEARCH 4 7 12");
        assert_eq!(told.words_of("search").map(|words| words.collect::<Vec<_>>()), Some(vec!["4", "7", "12"]));
        assert!(told.words_of("CAPABILITY").is_none());
    }

    #[test]
    fn fetched_items_are_found_in_any_order_and_spelling() {
        let told = reply("* 3 FETCH (FLAGS (\\Seen $X) UID 12 ENVELOPE (\"a\" (NIL NIL \"b\" \"c\")) RFC822.SIZE 99)");
        assert_eq!(told.fetched(), [("UID", &word("12")), ("RFC822.SIZE", &word("99"))]);
        let quoted = reply("* 3 FETCH (BODY[]<0> \"a\\\"b\" UID 12)");
        assert_eq!(quoted.fetched()[0], ("BODY[]<0>", &Token::Bytes(b"a\"b".to_vec())));
        let nil = reply("* 3 FETCH (BODY[HEADER.FIELDS (A B)] NIL UID 1)");
        assert_eq!(nil.fetched(), [("BODY[HEADER.FIELDS (A B)]", &word("NIL")), ("UID", &word("1"))]);
        assert!(reply("* 3 EXISTS").fetched().is_empty() && reply("* 3 FETCH").fetched().is_empty());
    }

    #[test]
    fn a_literal_is_announced_at_the_end_of_a_line() {
        let mut told = Reply::default();
        assert_eq!(told.take_line(b"* 3 FETCH (UID 12 BODY[]<0> {5}"), Some(5));
        told.tokens.push(Token::Bytes(b"hello".to_vec()));
        assert_eq!(told.take_line(b" FLAGS ())"), None);
        assert_eq!(told.fetched(), [("UID", &word("12")), ("BODY[]<0>", &Token::Bytes(b"hello".to_vec()))]);
        assert_eq!(Reply::default().take_line(b"* 1 FETCH (BODY[] {99999999999999999999999}"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_answered(line: Vec<u8>, more: String) {
            let mut reply = Reply::default();
            let _ = reply.take_line(&line);
            let _ = reply.take_line(format!("* 1 FETCH ({more}").as_bytes());
            let _ = (reply.status(), reply.fetched(), reply.words_of("x").map(|words| words.count()));
        }
    }
}
