//! Where a token of ours may stand, collected and bounded; nothing is checked.

use crate::bounces::limits::{ADDRESS_BYTES_MAX, FIELD_BYTES_MAX, HINTS_MAX};
use crate::bounces::mail::{Fields, clean, cut, find};
use crate::bounces::report::Hints;

/// Collects from the mail's own fields, the returned mails' and the groups of a report.
pub fn hints(root: &Fields, returned: &[Fields], groups: &[Fields]) -> Hints {
    let mut hints = Hints::default();
    for name in
        ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-rcpt-to", "to", "cc"]
    {
        for value in root.all(name).take(HINTS_MAX) {
            addresses(&mut hints.delivered_to, value);
        }
    }
    for value in root.all("in-reply-to").chain(root.all("references")).take(HINTS_MAX) {
        ids(&mut hints.message_ids, value);
    }
    for fields in returned.iter().chain(groups) {
        for name in ["message-id", "x-original-message-id", "original-message-id"] {
            fields.all(name).take(HINTS_MAX).for_each(|value| ids(&mut hints.message_ids, value));
        }
        for value in fields.all("list-unsubscribe").take(HINTS_MAX) {
            push(&mut hints.list_unsubscribe, cut(value, FIELD_BYTES_MAX));
        }
        for name in
            ["return-path", "x-return-path", "errors-to", "original-mail-from", "x-envelope-from", "envelope-from"]
        {
            fields.all(name).take(HINTS_MAX).for_each(|value| addresses(&mut hints.returned_senders, value));
        }
        for name in ["original-recipient", "original-rcpt-to", "x-original-recipient", "x-hmxmroriginalrecipient"] {
            let values = fields.all(name).take(HINTS_MAX).filter_map(clean);
            values.for_each(|value| push(&mut hints.original_recipients, &value));
        }
        for value in fields.all("original-envelope-id").take(HINTS_MAX) {
            push(&mut hints.envelope_ids, cut(value, ADDRESS_BYTES_MAX));
        }
    }
    for value in returned.iter().filter_map(|fields| fields.get("to")).take(HINTS_MAX) {
        addresses(&mut hints.returned_to, value);
    }
    hints
}

fn addresses(list: &mut Vec<String>, value: &str) {
    for found in find(cut(value, FIELD_BYTES_MAX)).into_iter().take(HINTS_MAX) {
        push(list, &found.address);
    }
}

fn ids(list: &mut Vec<String>, value: &str) {
    for id in value.split([' ', '\t', '<', '>', ',']).filter(|id| id.contains('@')).take(HINTS_MAX) {
        push(list, cut(id, FIELD_BYTES_MAX));
    }
}

fn push(list: &mut Vec<String>, value: &str) {
    if list.len() < HINTS_MAX && !value.is_empty() && !list.iter().any(|known| known == value) {
        list.push(value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounces::mail::fields;

    #[test]
    fn tokens_may_stand_in_many_places() {
        let root = fields("Delivered-To: b-token@bounce.example\nTo: <B-token@bounce.example>, x@y.example".lines());
        let returned = fields(
            "Message-ID: <1@news.example>\nList-Unsubscribe: <https://news.example/u/1>\nTo: a@x.example".lines(),
        );
        let group = fields("Original-Recipient: rfc822;a@x.example\nOriginal-Envelope-Id: 7".lines());
        let hints = hints(&root, &[returned], &[group]);
        assert_eq!(hints.delivered_to, ["b-token@bounce.example", "B-token@bounce.example", "x@y.example"]);
        assert_eq!(hints.message_ids, ["1@news.example"]);
        assert_eq!(hints.list_unsubscribe, ["<https://news.example/u/1>"]);
        assert_eq!(
            (hints.original_recipients.as_slice(), hints.envelope_ids.as_slice()),
            (&["a@x.example".to_owned()][..], &["7".to_owned()][..])
        );
    }
}
