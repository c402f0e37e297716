//! Addresses as they stand in From and To (RFC 5322 3.4): names and addresses told apart, nothing forgiven.
//!
//! Groups count as no address; comments are left out. Linear, any text.

/// One entry of a list of addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Mailbox {
    /// As it is written, quotes and encoded words included.
    pub name: String,
    pub address: String,
}

impl Mailbox {
    /// In lower case, if the address is one: `local@domain` without what may not stand there.
    pub fn domain(&self) -> Option<String> {
        let (local, domain) = self.address.rsplit_once('@')?;
        let is_local = !local.is_empty()
            && local.len() <= 64
            && local.split('.').all(|label| !label.is_empty() && !label.contains(|c: char| is_special(c)));
        let is_label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_domain = domain.len() <= 255 && domain.contains('.') && domain.split('.').all(is_label);
        (is_local && is_domain).then(|| domain.to_ascii_lowercase())
    }
}

fn is_special(c: char) -> bool {
    c.is_whitespace() || c.is_control() || "()<>[]:;@\\,\"".contains(c)
}

/// The entries between commas; an empty one is one, too, since it may not be there.
pub(super) fn mailboxes(value: &str) -> Vec<Mailbox> {
    let mut all = Vec::new();
    let mut entry = Entry::default();
    let (mut is_quoted, mut is_escaped, mut comments) = (false, false, 0_usize);
    for c in value.chars() {
        if is_escaped {
            is_escaped = false;
            entry.push(c, comments);
            continue;
        }
        match c {
            '\\' if is_quoted || comments > 0 => {
                is_escaped = true;
                entry.push(c, comments);
            }
            '"' if comments == 0 => {
                is_quoted = !is_quoted;
                entry.push(c, comments);
            }
            _ if is_quoted => entry.push(c, comments),
            '(' => comments += 1,
            ')' => comments = comments.saturating_sub(1),
            '<' if comments == 0 => entry.angle = Some(String::new()),
            '>' if comments == 0 => entry.is_closed = true,
            ',' if comments == 0 => all.push(std::mem::take(&mut entry).finished()),
            c => entry.push(c, comments),
        }
    }
    all.push(entry.finished());
    all
}

#[derive(Default)]
struct Entry {
    words: String,
    angle: Option<String>,
    is_closed: bool,
}

impl Entry {
    fn push(&mut self, c: char, comments: usize) {
        match &mut self.angle {
            _ if comments > 0 => {}
            Some(angle) if !self.is_closed => angle.push(c),
            _ => self.words.push(c),
        }
    }

    fn finished(self) -> Mailbox {
        let words = self.words.trim().to_owned();
        match self.angle {
            Some(angle) if self.is_closed => Mailbox { name: words, address: angle.trim().to_owned() },
            Some(_) => Mailbox { name: words, address: String::new() },
            None => Mailbox { name: String::new(), address: words },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_apart() {
        let read = |value: &str| -> Vec<(String, String)> {
            mailboxes(value).into_iter().map(|it| (it.name, it.address)).collect()
        };
        let pair = |name: &str, address: &str| (name.to_owned(), address.to_owned());
        assert_eq!(read(" a@b.example"), [pair("", "a@b.example")]);
        assert_eq!(read("\"A, B\" <a@b.example>"), [pair("\"A, B\"", "a@b.example")]);
        assert_eq!(read("A (, <x>) <a@b.example>,c@d.example").len(), 2);
        assert_eq!(read("<a@b.example"), [pair("", "")]);
        assert_eq!(read(""), [pair("", "")]);
    }

    #[test]
    fn only_an_address_has_a_domain() {
        let domain = |value: &str| mailboxes(value).first().and_then(Mailbox::domain);
        assert_eq!(domain("A <a.b@News.Example>"), Some("news.example".to_owned()));
        for no_address in ["a", "a@b", "a..b@c.example", "a b@c.example", "a@-c.example", "@c.example", "a@c..example"]
        {
            assert_eq!(domain(no_address), None, "{no_address}");
        }
    }
}
