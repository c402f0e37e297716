//! A line to a command (RFC 2033, RFC 5321 4.1, RFC 1870, RFC 6152, RFC 6531). Pure, for any bytes.

use crate::bounces::limits::ADDRESS_BYTES_MAX;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    Lhlo,
    /// HELO or EHLO: another protocol.
    Hello,
    /// The sender is empty for `<>`; the size is what the peer announces, in bytes.
    Mail {
        from: String,
        size: Option<u64>,
    },
    Rcpt {
        to: String,
    },
    Data,
    Rset,
    Noop,
    Quit,
    Vrfy,
}

/// Why a line is no command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// 500 5.5.2
    Unknown,
    /// 501 5.5.4
    Arguments,
    /// 501 5.1.7 and 5.1.3
    Address,
    /// 555 5.5.4
    Parameter,
}

pub fn parse(line: &[u8]) -> Result<Command, Wrong> {
    let line = std::str::from_utf8(line).map_err(|_| Wrong::Unknown)?;
    if line.contains(char::is_control) {
        return Err(Wrong::Unknown);
    }
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let alone = |command| if rest.is_empty() { Ok(command) } else { Err(Wrong::Arguments) };
    match verb.to_ascii_uppercase().as_str() {
        "LHLO" if rest.is_empty() => Err(Wrong::Arguments),
        "LHLO" => Ok(Command::Lhlo),
        "HELO" | "EHLO" => Ok(Command::Hello),
        "MAIL" => mail(rest),
        "RCPT" => rcpt(rest),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Rset),
        "QUIT" => alone(Command::Quit),
        "NOOP" => Ok(Command::Noop),
        "VRFY" => Ok(Command::Vrfy),
        _ => Err(Wrong::Unknown),
    }
}

fn mail(rest: &str) -> Result<Command, Wrong> {
    let (from, parameters) = path(after_word(rest, "FROM:")?)?;
    let mut size = None;
    for parameter in parameters {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => size = Some(value.parse().map_err(|_| Wrong::Arguments)?),
            "BODY" if value.eq_ignore_ascii_case("7BIT") || value.eq_ignore_ascii_case("8BITMIME") => {}
            "SMTPUTF8" if value.is_empty() => {}
            _ => return Err(Wrong::Parameter),
        }
    }
    Ok(Command::Mail { from, size })
}

fn rcpt(rest: &str) -> Result<Command, Wrong> {
    let (to, mut parameters) = path(after_word(rest, "TO:")?)?;
    if to.is_empty() {
        return Err(Wrong::Address);
    }
    if parameters.next().is_some() { Err(Wrong::Parameter) } else { Ok(Command::Rcpt { to }) }
}

fn after_word<'a>(rest: &'a str, word: &str) -> Result<&'a str, Wrong> {
    let (head, rest) = rest.split_at_checked(word.len()).ok_or(Wrong::Arguments)?;
    if head.eq_ignore_ascii_case(word) { Ok(rest.trim_start()) } else { Err(Wrong::Arguments) }
}

/// `<address>` and the parameters behind it. A source route is passed over (RFC 5321 appendix C).
fn path(text: &str) -> Result<(String, impl Iterator<Item = &str>), Wrong> {
    let inner = text.strip_prefix('<').ok_or(Wrong::Address)?;
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = inner.find(|c: char| {
        let is_end = c == '>' && !is_quoted;
        if is_escaped {
            is_escaped = false;
        } else {
            match c {
                '\\' if is_quoted => is_escaped = true,
                '"' => is_quoted = !is_quoted,
                _ => {}
            }
        }
        is_end
    });
    let (address, rest) = inner.split_at_checked(end.ok_or(Wrong::Address)?).ok_or(Wrong::Address)?;
    let rest = rest.strip_prefix('>').unwrap_or(rest);
    if !rest.is_empty() && !rest.starts_with(' ') {
        return Err(Wrong::Arguments);
    }
    let address = match address.strip_prefix('@').and_then(|route| route.split_once(':')) {
        Some((_, address)) => address,
        None => address,
    };
    // A space stands in an address only between quotes.
    let is_address = address.len() <= ADDRESS_BYTES_MAX && (address.starts_with('"') || !address.contains([' ', '<']));
    if !is_address {
        return Err(Wrong::Address);
    }
    Ok((address.to_owned(), rest.split_ascii_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(from: &str, size: Option<u64>) -> Result<Command, Wrong> {
        Ok(Command::Mail { from: from.to_owned(), size })
    }

    #[test]
    fn commands_are_read_in_any_case() {
        assert_eq!(parse(b"lhlo mx.example"), Ok(Command::Lhlo));
        assert_eq!(parse(b"EHLO mx.example"), Ok(Command::Hello));
        assert_eq!(parse(b"MAIL FROM:<>"), mail("", None));
        assert_eq!(parse(b"mail from:<a@x.example> size=99 BODY=8bitmime SMTPUTF8"), mail("a@x.example", Some(99)));
        assert_eq!(parse(b"MAIL FROM: <\"a> b\"@x.example>"), mail("\"a> b\"@x.example", None));
        assert_eq!(parse("MAIL FROM:<\u{e4}@x.example>".as_bytes()), mail("\u{e4}@x.example", None));
        assert_eq!(parse(b"RCPT TO:<@r.example:b@y.example>"), Ok(Command::Rcpt { to: "b@y.example".to_owned() }));
        assert_eq!(
            (parse(b"NOOP x"), parse(b"VRFY a"), parse(b"data")),
            (Ok(Command::Noop), Ok(Command::Vrfy), Ok(Command::Data))
        );
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let cases: [(&[u8], Wrong); 14] = [
            (b"", Wrong::Unknown),
            (b"STARTTLS", Wrong::Unknown),
            (b"NO\x00OP", Wrong::Unknown),
            (b"QUIT\xff", Wrong::Unknown),
            (b"LHLO", Wrong::Arguments),
            (b"DATA now", Wrong::Arguments),
            (b"MAIL a@x.example", Wrong::Arguments),
            (b"MAIL FROM:a@x.example", Wrong::Address),
            (b"MAIL FROM:<a@x.example", Wrong::Address),
            (b"MAIL FROM:<a b@x.example>", Wrong::Address),
            (b"MAIL FROM:<>SIZE=1", Wrong::Arguments),
            (b"MAIL FROM:<> SIZE=x", Wrong::Arguments),
            (b"MAIL FROM:<> BODY=BINARYMIME", Wrong::Parameter),
            (b"RCPT TO:<a@x.example> NOTIFY=NEVER", Wrong::Parameter),
        ];
        for (line, wrong) in cases {
            assert_eq!(parse(line), Err(wrong), "{}", String::from_utf8_lossy(line));
        }
        assert_eq!(parse(b"RCPT TO:<>"), Err(Wrong::Address));
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_answered(line: Vec<u8>, tail: String) {
            let _ = parse(&line);
            let _ = parse(format!("MAIL FROM:<{tail}").as_bytes());
            let _ = parse(format!("RCPT TO:{tail}>").as_bytes());
        }
    }
}
