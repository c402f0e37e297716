//! Replies as providers write them, and what they are about.

use super::verdict::Verdict::{self, Ordinary, PolicyBlock, RelayThrottled, Throttled};
use super::verdict::{Reading, read, verdict};
use crate::delivery::{Failure, FailureClass, Finality, Outcome};

/// `(group, code, text, verdict)`; the enhanced code is what the text begins with.
const REPLIES: &[(&str, u16, &str, Verdict)] = &[
    // Gmail
    (
        "gmail",
        421,
        "4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.",
        Throttled,
    ),
    ("gmail", 421, "4.7.0 Our system has detected an unusual rate of mail; try again later.", Throttled),
    (
        "gmail",
        450,
        "4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend later.",
        Ordinary,
    ),
    (
        "gmail",
        450,
        "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages.",
        Ordinary,
    ),
    ("gmail", 452, "4.2.2 The recipient's inbox is out of storage space.", Ordinary),
    ("gmail", 550, "5.1.1 The email account that you tried to reach does not exist.", Ordinary),
    ("gmail", 550, "5.2.1 The email account that you tried to reach is inactive.", Ordinary),
    ("gmail", 550, "5.7.26 This mail has been blocked because the sender is unauthenticated.", PolicyBlock),
    ("gmail", 421, "4.7.26 This mail is unauthenticated, which poses a security risk.", PolicyBlock),
    (
        "gmail",
        550,
        "5.7.1 This message is likely unsolicited mail. To reduce the amount of spam, it has been blocked.",
        PolicyBlock,
    ),
    ("gmail", 550, "5.7.25 The sending IP does not have a PTR record set up.", PolicyBlock),
    ("gmail", 421, "4.3.0 Temporary System Problem. Try again later.", Ordinary),
    // Outlook
    ("outlook", 451, "4.7.500 Server busy. Please try again later from [192.0.2.1].", Throttled),
    (
        "outlook",
        451,
        "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation.",
        Throttled,
    ),
    (
        "outlook",
        421,
        "RP-001 The mail server IP connecting to this server has exceeded the rate limit allowed.",
        Throttled,
    ),
    (
        "outlook",
        550,
        "5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent; part of their network is on our block list (S3140).",
        PolicyBlock,
    ),
    ("outlook", 550, "5.7.1 Messages from [192.0.2.1] weren't sent (S3150).", PolicyBlock),
    ("outlook", 550, "5.7.511 Access denied, banned sender[192.0.2.1].", PolicyBlock),
    ("outlook", 550, "5.7.606 Access denied, banned sending IP [192.0.2.1].", PolicyBlock),
    (
        "outlook",
        550,
        "5.7.515 Access denied, sending domain does not meet the required authentication level.",
        PolicyBlock,
    ),
    ("outlook", 550, "5.5.0 Requested action not taken: mailbox unavailable (S2017062302).", Ordinary),
    ("outlook", 550, "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", Ordinary),
    ("outlook", 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup", Ordinary),
    ("outlook", 554, "5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException", Ordinary),
    // Yahoo
    (
        "yahoo",
        421,
        "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
        Throttled,
    ),
    ("yahoo", 421, "4.7.0 [TS01] Messages temporarily deferred due to excessive user complaints", Throttled),
    (
        "yahoo",
        421,
        "4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred; retrying will NOT succeed.",
        PolicyBlock,
    ),
    ("yahoo", 451, "4.3.2 Internal error reading data", Ordinary),
    (
        "yahoo",
        553,
        "5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in a list of Spamhaus",
        PolicyBlock,
    ),
    ("yahoo", 554, "5.7.9 Message not accepted for policy reasons.", PolicyBlock),
    ("yahoo", 552, "1 Requested mail action aborted, mailbox not found", Ordinary),
    (
        "yahoo",
        554,
        "30 Sorry, your message to <address> cannot be delivered. This mailbox is disabled (554.30).",
        Ordinary,
    ),
    ("yahoo", 553, "5.3.0 DNSBL:RBL 521< 192.0.2.1 >_is_blocked. For assistance forward this error", PolicyBlock),
    // iCloud
    ("icloud", 450, "4.7.0 Too many messages from 192.0.2.1; slow down", Throttled),
    ("icloud", 554, "5.7.1 [CS01] Message rejected due to local policy.", PolicyBlock),
    ("icloud", 550, "5.7.1 [HM08] Message rejected due to DMARC.", PolicyBlock),
    ("icloud", 554, "Blocked - see https://proofpoint.example/dnsbl-lookup.cgi?ip=192.0.2.1", PolicyBlock),
    ("icloud", 550, "5.1.1 <address>: user does not exist", Ordinary),
    ("icloud", 552, "5.2.2 <address>: user is over quota", Ordinary),
    // GMX, T-Online, freenet
    ("gmx", 421, "Nemesis ESMTP Service not available; too many concurrent connections", Throttled),
    ("gmx", 450, "Requested mail action not taken: mailbox unavailable; IP rate exceeded", Throttled),
    ("gmx", 554, "Transaction failed. Reject due to policy restrictions; IP is blacklisted", PolicyBlock),
    ("gmx", 550, "Requested action not taken: mailbox unavailable", Ordinary),
    ("tonline", 554, "IP=192.0.2.1 - A problem occurred. Bad reputation; ask your postmaster for help", PolicyBlock),
    ("tonline", 550, "5.1.1 unbekannter Empfaenger / unknown user", Ordinary),
    // France
    ("orange", 421, "ME Trop de connexions, veuillez verifier votre configuration. OFR004_104 [104]", Throttled),
    ("orange", 550, "5.7.1 Service refuse. Veuillez essayer plus tard. OFR006_102 [102]", PolicyBlock),
    ("orange", 550, "5.1.1 Adresse d au moins un destinataire invalide. OFR_416 [416]", Ordinary),
    ("free", 421, "Too many spams from your IP, please visit the postmaster's page", PolicyBlock),
    ("laposte", 550, "5.1.1 Boite inconnue. LPN105_1", Ordinary),
    // Russia and China
    ("mailru", 451, "Try again later", Throttled),
    ("mailru", 550, "spam message rejected. Please visit the help page or report details to abuse", PolicyBlock),
    (
        "mailru",
        550,
        "Message was not accepted -- invalid mailbox. Local mailbox is unavailable: account is disabled",
        Ordinary,
    ),
    ("yandex", 554, "5.7.1 Message rejected under suspicion of SPAM", PolicyBlock),
    ("yandex", 550, "5.7.1 No such user!", Ordinary),
    ("qq", 550, "Ip frequency limited", Throttled),
    ("qq", 550, "Mail content denied", PolicyBlock),
    ("netease", 421, "HL:MEP too much mail from this address", Throttled),
    ("netease", 554, "DT:SPM the message was found to be unwanted", PolicyBlock),
    // Comcast, Proton
    ("comcast", 421, "4.1.0 192.0.2.1 Throttled - see the postmaster's page RL000003", Throttled),
    ("comcast", 554, "5.7.1 comcast BL000010 192.0.2.1 is on a blocklist", PolicyBlock),
    ("proton", 451, "4.7.1 Recipient address rejected: Greylisted, see the help", Ordinary),
    // Relays of all kinds
    ("other", 454, "Throttling failure: Maximum sending rate exceeded.", RelayThrottled),
    ("gmail", 550, "5.4.5 Daily user sending quota exceeded.", RelayThrottled),
    ("other", 454, "4.7.0 TLS not available due to local problem", Ordinary),
    ("other", 454, "4.7.0 Temporary authentication failure", Ordinary),
    ("other", 454, "4.7.1 please wait", Throttled),
    ("other", 450, "4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]", PolicyBlock),
    ("other", 450, "4.2.0 Greylisted, please try again in 300 seconds", Ordinary),
    ("other", 451, "4.7.1 Please try again later", Ordinary),
    ("gmx", 450, "Requested mail action not taken: mailbox unavailable", Ordinary),
    ("gmail", 451, "4.2.0 Try again later", Ordinary),
    ("other", 451, "4.7.1 Too many messages in too short a time", Throttled),
    ("other", 452, "4.3.1 Insufficient system storage", Ordinary),
    ("other", 550, "5.7.1 Service unavailable; client host [192.0.2.1] blocked using an RBL", PolicyBlock),
    ("other", 554, "5.7.1 Relay access denied", PolicyBlock),
    ("other", 550, "5.7.1 SPF check failed for the sender", PolicyBlock),
    ("other", 550, "5.7.1 You are not authorized to send to this list", Ordinary),
    ("other", 550, "5.1.1 <address>: Recipient address rejected: User unknown in virtual mailbox table", Ordinary),
    ("other", 550, "account has been blocked by its owner", Ordinary),
    ("other", 550, "5.1.8 Bad outbound sender", PolicyBlock),
    ("other", 550, "we serve marble and purblind people", Ordinary),
    ("other", 250, "2.0.0 ok, spam too many", Ordinary),
];

fn enhanced(text: &str) -> Option<&str> {
    text.split(' ').next().filter(|word| word.split('.').count() == 3 && word.starts_with(['4', '5']))
}

#[test]
fn real_replies_are_read_as_what_they_are_about() {
    let mut wrong = Vec::new();
    for (group, code, text, expected) in REPLIES {
        let found = verdict(*code, enhanced(text), text, group);
        if found != *expected {
            wrong.push(format!("{group} {code} {text}: {found:?}, not {expected:?}"));
        }
    }
    assert!(REPLIES.len() >= 60 && wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn rejected(code: u16, text: &str) -> Outcome {
    let finality = if code < 500 { Finality::Transient } else { Finality::Permanent };
    Outcome::Rejected { code, enhanced: enhanced(text).map(str::to_owned), reply: text.to_owned(), finality }
}

fn busy(text: &str) -> Outcome {
    let failure = Failure::new(FailureClass::Busy, "mx.example:25", format_args!("421 {text}"));
    Outcome::NotSent(Failure { code: Some(421), ..failure })
}

#[test]
fn a_refusal_that_is_ours_is_not_the_readers() {
    let cases = [
        (rejected(550, "5.1.1 no such user"), Reading::Hard, false),
        (rejected(452, "4.2.2 mailbox full"), Reading::Soft, false),
        (rejected(550, "5.7.1 blocked, see the list of Spamhaus"), Reading::PolicyBlock, true),
        (rejected(451, "4.7.0 too many messages"), Reading::Throttled, true),
        (Outcome::Accepted { code: 250, reply: "queued".to_owned() }, Reading::Accepted, false),
        (Outcome::Uncertain { why: "gone".to_owned() }, Reading::Unclear, false),
        (Outcome::NotSent(Failure::new(FailureClass::Login, "mx.example:25", "no")), Reading::Relay, true),
    ];
    for (outcome, reading, ours) in cases {
        let found = read(&outcome, "gmail");
        assert_eq!((found, found.is_ours()), (reading, ours), "{outcome:?}");
    }
}

#[test]
fn an_unknown_reader_is_lost_for_good_at_every_provider() {
    let replies = [
        (550, "5.1.1 <address>: Recipient address rejected: User unknown in virtual mailbox table"),
        (550, "5.7.1 No such user!"),
        (550, "No such user here"),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup"),
        (550, "Requested action not taken: mailbox unavailable"),
        (550, "unbekannter Empfaenger"),
        (552, "1 Requested mail action aborted, mailbox not found"),
        (553, "5.1.3 Bad address syntax"),
        (556, "5.1.10 the domain takes no mail"),
    ];
    for (code, text) in replies {
        for group in ["gmail", "outlook", "other"] {
            assert_eq!(read(&rejected(code, text), group), Reading::Hard, "{group} {code} {text}");
        }
    }
}

#[test]
fn a_421_is_the_relays_unless_a_provider_speaks_through_it() {
    let gmail = busy("4.7.28 unusual rate of unsolicited mail from your network");
    assert_eq!(read(&gmail, "gmail"), Reading::Throttled);
    assert_eq!(read(&gmail, "other"), Reading::Relay);
    assert_eq!(read(&busy("4.3.2 closing down for the night"), "gmail"), Reading::Relay);
    // The words of our own next step are no reply.
    assert_eq!(read(&busy("mx.example closing"), "gmail"), Reading::Relay);
}
