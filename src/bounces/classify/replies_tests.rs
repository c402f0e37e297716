//! Replies as servers write them, and what they are about.

use super::classify;
use crate::bounces::reason::Class::{self, Block, Hard, Policy, Soft};
use crate::bounces::reason::Reason::{self, *};
use crate::bounces::report::Action;

pub(super) fn enhanced(text: &str) -> Option<&str> {
    text.split(' ').next().filter(|word| word.split('.').count() == 3 && word.starts_with(['4', '5']))
}

/// `(code, text, class, reason)`; the enhanced code is what the text begins with.
const RULINGS: &[(u16, &str, Class, Reason)] = &[
    // Dead mailboxes, in many servers' words.
    (550, "5.1.1 <address>: Recipient address rejected: User unknown in local recipient table", Hard, UserUnknown),
    (550, "5.7.1 <address>... User unknown", Hard, UserUnknown),
    (550, "No such user here", Hard, UserUnknown),
    (550, "Invalid recipient address", Hard, UserUnknown),
    (550, "sorry, no mailbox here by that name. (#5.7.17)", Hard, UserUnknown),
    (554, "delivery error: dd This user doesn't have an account here [0]", Hard, UserUnknown),
    (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)", Hard, UserUnknown),
    (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", Hard, UserUnknown),
    (511, "sorry, no mailbox here by that name (#5.1.1 - chkuser)", Hard, UserUnknown),
    (550, "Mailbox not found", Hard, UserUnknown),
    (550, "Address unknown", Hard, UserUnknown),
    (550, "5.2.0 no such mailbox here", Hard, UserUnknown),
    (550, "5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient.", Hard, UserUnknown),
    (
        550,
        "5.5.0 \u{43f}\u{43e}\u{43b}\u{44c}\u{437}\u{43e}\u{432}\u{430}\u{442}\u{435}\u{43b}\u{44c} \u{43d}\u{435} \u{43d}\u{430}\u{439}\u{434}\u{435}\u{43d}",
        Hard,
        UserUnknown,
    ),
    (550, "5.1.6 recipient no longer on server; the new address is <address>", Hard, Moved),
    (550, "5.1.2 unknown domain", Hard, HostUnknown),
    (550, "Unrouteable mail domain", Hard, HostUnknown),
    (556, "5.1.10 domain accepts no mail (null MX)", Hard, HostUnknown),
    (
        550,
        "5.4.4 Host or domain name not found. Name service error for name=x type=AAAA: Host not found",
        Hard,
        HostUnknown,
    ),
    (550, "5.2.1 The email account that you tried to reach is disabled", Hard, MailboxInactive),
    (550, "5.7.17 Mailbox owner has changed", Hard, OwnerChanged),
    (525, "5.7.13 user disabled", Hard, MailboxInactive),
    // Living ones.
    (450, "4.1.1 <address>: Recipient address rejected: User unknown", Soft, UserUnknown),
    (552, "5.2.2 Over quota", Soft, MailboxFull),
    (550, "The mailbox is full and can't accept messages", Soft, MailboxFull),
    (452, "4.2.2 The email account that you tried to reach is over quota.", Soft, MailboxFull),
    (550, "5.2.1 mailbox suspended for non-payment", Soft, Suspended),
    (550, "5.7.1 You are not allowed to post to this mailing list", Soft, RecipientRestricted),
    (451, "4.7.1 Greylisting in action, please come back in 00:04:59", Soft, Greylisted),
    (451, "4.4.2 Timeout - closing connection", Soft, Network),
    (550, "4.4.7 Message expired: unable to deliver in 840 minutes", Soft, Expired),
    (554, "5.4.6 Too many hops", Soft, Network),
    (554, "5.3.0 unknown mailer error 1", Soft, SystemError),
    (450, "4.3.2 Service currently unavailable", Soft, SystemError),
    (550, "", Soft, Undetermined),
    // Ours to mend, whatever the code says.
    (550, "5.1.1 <address>: rejected: blocked using zen.spamhaus.org", Block, BlockedIp),
    (554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using b.barracudacentral.org", Block, BlockedIp),
    (550, "5.7.1 Email rejected per DMARC policy", Block, AuthenticationFailed),
    (550, "5.7.23 The message was rejected because of Sender Policy Framework violation", Block, AuthenticationFailed),
    (550, "5.7.25 no PTR record", Block, MissingPtr),
    (450, "4.1.8 <address>: Sender address rejected: Domain not found", Block, RejectedSender),
    (553, "5.1.8 <address>... Domain of sender address does not exist", Block, RejectedSender),
    (550, "Sender verify failed", Block, RejectedSender),
    (554, "5.7.1 Message blocked due to spam content in the message.", Block, SpamContent),
    (554, "5.7.1 <address>: Relay access denied", Block, RelayDenied),
    (553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Block, RelayDenied),
    (421, "4.7.0 Too many concurrent SMTP connections; please try again later.", Block, RateLimited),
    (530, "5.7.0 Must issue a STARTTLS command first", Block, SecurityRequired),
    (550, "5.7.1 rejected", Block, PolicyRefused),
    // This one message.
    (552, "5.3.4 Message size exceeds fixed limit", Policy, MessageTooBig),
    (550, "5.2.3 message length exceeds administrative limit", Policy, MessageTooBig),
    (
        550,
        "5.7.1 Messages missing a valid address in From: header, or having no From: header, are not RFC 5322 compliant",
        Policy,
        MalformedMessage,
    ),
    (554, "5.6.1 8bit data not allowed", Policy, MalformedMessage),
    (554, "5.7.1 The message contains a virus", Policy, Virus),
    (552, "5.7.0 Our system detected an illegal attachment on your message", Policy, ContentRefused),
];

#[test]
fn v7_rulings_are_as_people_would_give_them() {
    let mut wrong = Vec::new();
    for (code, text, class, reason) in RULINGS {
        let found = classify(Some(*code), enhanced(text), text, Action::Failed);
        if (found.class, found.reason) != (*class, *reason) {
            wrong.push(format!("{code} {text}: {:?} {:?}, not {class:?} {reason:?}", found.class, found.reason));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Refusals that sound like a dead mailbox and are none.
const NOT_DEAD: &[(u16, &str)] = &[
    (500, "Command not recognized"),
    (550, "5.7.1 Sender IP is not in our allowed list"),
    (550, "sender is not listed in the allowed senders"),
    (550, "Your account has been disabled, please contact the provider"),
    (550, "5.7.1 The domain of your HELO does not exist"),
    (553, "mail from domain must exist"),
    (550, "Callout verification failed: 550 no such user"),
    (550, "5.7.1 <address>: Client host rejected: host not found"),
    (554, "5.7.1 relaying denied: domain not hosted here"),
    (550, "5.7.750 Service unavailable. Client blocked from sending from unregistered domains"),
    (503, "no recipients have been specified"),
    (550, "blacklisted recipient"),
    (550, "5.1.1 too many spam from your network"),
    (552, "the recipient's mailbox is full, the user does not exist for now"),
    (450, "5.1.1 user unknown"),
    (454, "4.7.0 unknown user: temporary authentication failure"),
    (550, "4.4.1 mailbox host does not answer"),
    (554, "5.3.0 database not found"),
    (550, "the destination computer was not reachable; it may be turned off"),
];

#[test]
fn what_sounds_dead_may_live() {
    for (code, text) in NOT_DEAD {
        let found = classify(Some(*code), enhanced(text), text, Action::Failed);
        assert_ne!(found.class, Hard, "{code} {text}: {:?}", found.reason);
    }
}

#[test]
fn what_went_on_is_no_failure_and_a_delay_is_never_hard() {
    for action in [Action::Delivered, Action::Relayed, Action::Expanded] {
        assert_eq!(classify(Some(550), Some("5.1.1"), "user unknown", action).class, Class::Unknown);
    }
    let delayed = classify(Some(550), Some("5.1.1"), "user unknown", Action::Delayed);
    assert_eq!((delayed.class, delayed.reason), (Soft, UserUnknown));
}
