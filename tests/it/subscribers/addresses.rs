//! Addresses as people and their forgers write them: what is accepted can be mailed, what cannot be mailed is refused in words.
//!
//! The vectors are our own, one for each clause of RFC 5321 section 4.1.2, RFC 5322 section 3.4.1, RFC 6531 and of what
//! forms are fed in practice.

use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::mail::EmailAddr;
use lamplighter::subscribers::{self, SignUp, SignUpError};

/// As typed, and as it is mailed.
fn accepted() -> Vec<(String, String)> {
    let local_64 = "l".repeat(64);
    let label_63 = "d".repeat(63);
    // 254 octets in all: RFC 5321 section 4.5.3.1.3 less the angle brackets.
    let longest = format!("{local_64}@{label_63}.{label_63}.{}.example", "e".repeat(53));
    assert_eq!(longest.len(), 254);
    let same = [
        "simple@example.com",
        "very.common@example.com",
        "disposable.style.email.with+symbol@example.com",
        "other.email-with-hyphen@example.com",
        "x@example.com",
        "1234567890@example.com",
        "user.name+tag+sorting@example.com",
        "example-indeed@strange-mail.example",
        "mailhost!username@example.org",
        "user%example.com@example.org",
        "o'neil@mail.ie.example",
        "_______@example.com",
        "customer/department=shipping@example.com",
        "$A12345@example.com",
        "!def!xyz%abc@example.com",
        "a#$%&'*+-/=?^_`{|}~b@example.com",
        "user@sub.domain.example",
        "a@b-c.example",
        "a@xn--bcher-kva.example",
        "a@1st.example",
        "postmaster.x@example.com",
        "\u{6d4b}\u{8bd5}@example.com",
        "\u{43f}\u{43e}\u{447}\u{442}\u{430}@example.com",
        "jos\u{e9}@example.com",
    ];
    let mut all: Vec<(String, String)> = same.iter().map(|it| ((*it).to_owned(), (*it).to_owned())).collect();
    all.push((longest.clone(), longest));
    for (typed, mailed) in [
        ("  padded@example.com\t", "padded@example.com"),
        ("MixedCase@EXAMPLE.Com", "MixedCase@example.com"),
        ("umlaut@B\u{fc}cher.example", "umlaut@xn--bcher-kva.example"),
        ("eszett@stra\u{df}e.example", "eszett@xn--strae-oqa.example"),
        ("fullwidth@\u{ff45}xample.com", "fullwidth@example.com"),
        ("ideographic@example\u{3002}com", "ideographic@example.com"),
        (
            "greek@\u{3c0}\u{3b1}\u{3c1}\u{3ac}\u{3b4}\u{3b5}\u{3b9}\u{3b3}\u{3bc}\u{3b1}.example",
            "greek@xn--hxajbheg2az3al.example",
        ),
    ] {
        all.push((typed.to_owned(), mailed.to_owned()));
    }
    all
}

fn refused() -> Vec<String> {
    let mut all: Vec<String> = [
        "",
        " ",
        "@",
        "plain",
        "@example.com",
        "user@",
        "user@@example.com",
        "a@b@c@example.com",
        "user@example",
        "user@localhost",
        "user@.mail.example",
        "user@mail..example",
        "user@example.com.",
        "user@-mail.example",
        "user@mail-.example",
        "user@exa_mple.com",
        "user@example.c",
        "user@example.123",
        "user@127.0.0.1",
        "user@[127.0.0.1]",
        "user@[IPv6:2001:db8::1]",
        ".user@example.com",
        "user.@example.com",
        "us..er@example.com",
        "us er@example.com",
        "user@exam ple.com",
        "\"quoted\"@example.com",
        "\"much.more unusual\"@example.com",
        "user(comment)@example.com",
        "(comment)user@example.com",
        "user@example.com(comment)",
        "<user@example.com>",
        "User <user@example.com>",
        "user@example.com,other@example.com",
        "user@example.com;other@example.com",
        "user\\@example.com",
        "us\\er@example.com",
        "us:er@example.com",
        "us[er@example.com",
        "user@example.com\r\nBcc: x@example.com",
        "user\r\n@example.com",
        "user@example.com%0d%0aBcc:x@example.com",
        "us\0er@example.com",
        "us\u{7f}er@example.com",
        "us\u{a0}er@example.com",
        "us\u{2028}er@example.com",
        "user@ex\u{200b}ample.com\u{0}",
        "user@xn--.example",
        "user@xn--a.example",
        "mailto:user@example.com",
        "http://example.com/user",
        "abuse@example.com",
        "POSTMASTER@example.com",
        "noreply@example.com",
        "no-reply@example.com",
        "mailer-daemon@example.com",
        // Our own.
        "evening@news.example",
        "b-anything@bounces.news.example",
    ]
    .iter()
    .map(|it| (*it).to_owned())
    .collect();
    all.push(format!("{}@example.com", "l".repeat(65)));
    all.push(format!("a@{}.example", "d".repeat(64)));
    all.push(format!("{}@{}.{}.{}.example", "l".repeat(64), "d".repeat(63), "d".repeat(63), "e".repeat(54)));
    all.push(format!("a@{}", "b.".repeat(200)));
    all.push("a".repeat(100_000));
    all
}

both_engines! {
    async fn whatever_is_accepted_reaches_its_mailbox_as_it_should_be_written(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        for (typed, mailed) in accepted() {
            let done = subscribers::sign_up(&t.app, SignUp::by_form(&typed)).await;
            assert!(done.is_ok(), "{typed:?}: {done:?}");
            t.run_until_idle().await;
            assert_eq!(t.sink.mails_to(&mailed).len(), 1, "{typed:?} as {mailed:?}");
        }
        assert_eq!(t.sink.mails().len(), accepted().len());
    }

    async fn whatever_is_refused_is_refused_in_words_and_leaves_nothing(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        for typed in refused() {
            let done = subscribers::sign_up(&t.app, SignUp::by_form(&typed)).await;
            let Err(SignUpError::Address(reason)) = done else { panic!("{typed:?}: {done:?}") };
            let words = reason.to_string();
            assert!(words.len() > 20 && !words.contains(typed.trim()) || typed.trim().len() < 3, "{typed:?}: {words}");
        }
        t.run_until_idle().await;
        assert_eq!(t.sink.mails().len(), 0);
    }
}

#[test]
fn an_address_shows_itself_neither_in_debug_nor_in_errors() {
    for (typed, _) in accepted() {
        let it = EmailAddr::parse(&typed).unwrap();
        let local = typed.trim().split('@').next().unwrap();
        let shown = format!("{it:?} {}", it.masked());
        assert!(local.chars().count() < 3 || !shown.contains(local), "{shown}");
    }
}
