//! The words of a client's commands, and the paths behind them. Pure.

/// What a client may ask for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Command {
    Ehlo,
    Helo,
    Auth,
    Mail,
    Rcpt,
    Data,
    Rset,
    Noop,
    Vrfy,
    Quit,
    StartTls,
    Unknown,
}

impl Command {
    pub const ALL: [Self; 12] = [
        Self::Ehlo,
        Self::Helo,
        Self::Auth,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::Rset,
        Self::Noop,
        Self::Vrfy,
        Self::Quit,
        Self::StartTls,
        Self::Unknown,
    ];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Ehlo => "EHLO",
            Self::Helo => "HELO",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Rset => "RSET",
            Self::Noop => "NOOP",
            Self::Vrfy => "VRFY",
            Self::Quit => "QUIT",
            Self::StartTls => "STARTTLS",
            Self::Unknown => "?",
        }
    }

    pub fn of(word: &str) -> Self {
        let known = Self::ALL.into_iter().find(|command| command.word().eq_ignore_ascii_case(word));
        known.unwrap_or(Self::Unknown)
    }

    /// In [`Command::ALL`].
    pub fn index(self) -> usize {
        usize::from(self as u8)
    }
}

/// `FROM:<a@b> SIZE=1` gives the address and what follows it.
pub(super) fn path<'a>(argument: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let head = argument.get(..keyword.len())?;
    let rest = head.eq_ignore_ascii_case(keyword).then(|| argument.get(keyword.len()..)).flatten()?;
    rest.trim_start().strip_prefix('<')?.split_once('>')
}

/// The addresses of the RCPT commands at the head of `ahead`: of a group that was sent together.
pub(super) fn recipients_ahead(ahead: &[u8]) -> impl Iterator<Item = &str> {
    let lines = ahead.split_inclusive(|byte| *byte == b'\n').map_while(|line| line.strip_suffix(b"\n"));
    lines.map_while(|line| {
        let (word, argument) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        let address = path(argument.trim(), "TO:").map(|(address, _)| address);
        address.filter(|_| Command::of(word) == Command::Rcpt)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_counted_where_they_stand_in_the_list() {
        for (index, command) in Command::ALL.into_iter().enumerate() {
            assert_eq!((command.index(), Command::of(&command.word().to_ascii_lowercase())), (index, command));
        }
        assert_eq!(Command::of("HELP"), Command::Unknown);
    }

    #[test]
    fn a_group_names_its_recipients_ahead() {
        let group = b"RCPT TO:<a@x.example>\r\nrcpt to: <b@x.example> X=1\r\nDATA\r\nRCPT TO:<c@x.example>\r\n";
        assert_eq!(recipients_ahead(group).collect::<Vec<_>>(), ["a@x.example", "b@x.example"]);
        assert_eq!(recipients_ahead(b"RCPT TO:<a@x.example>").count(), 0, "half a line");
        assert_eq!(recipients_ahead(b"").count(), 0);
    }
}
