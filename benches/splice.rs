//! One person's copy of an edition: composed by the MIME builder, spliced into a stencil, and merely copied.
//!
//! `cargo bench --bench splice` prints, for mails of 4 KB and 30 KB, in Latin letters (quoted-printable) and in Cyrillic
//! ones (base64), the medians of a mail in microseconds: `compose::edition` with the links filled in, `Stencil::write`,
//! `Stencil::write_stuffed`, a copy of as many bytes into the same buffer, and dot-stuffing a finished mail; then what
//! splicing costs beyond the copy, how many times cheaper than composing it is, and what cutting the stencil took. The
//! arms alternate.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

use lamplighter::base::{Clock, SystemClock, Timestamp};
use lamplighter::mail::EmailAddr;
use lamplighter::mail::compose::{self, EditionMail};
use lamplighter::mail::stencil::{EditionStencil, Person, PersonalLink, Stencil, Token, stuff};
use lettre::message::Mailbox;
use std::hint::black_box;

const ROUNDS: usize = 301;
/// Short, so that most samples are not interrupted by another program, and the median is of those.
const SAMPLE_MICROS: i64 = 300;
const UNSUBSCRIBE: PersonalLink<'_> =
    PersonalLink { mark: "https://unsubscribe.invalid/", url: "https://news.example/unsubscribe/{token}" };
const PREFERENCES: PersonalLink<'_> =
    PersonalLink { mark: "https://preferences.invalid/", url: "https://news.example/preferences/{token}" };
const MAILTO: &str = "mailto:unsubscribe+{token}@bounces.news.example";

struct Content {
    text: String,
    html: String,
}

/// Text and HTML that make a mail of about so many bytes.
fn content(kilobytes: usize, sentence: &str, bytes_per_story: usize) -> Content {
    let stories = (kilobytes * 1024 - 1_700) / bytes_per_story;
    let (mut text, mut html) = (String::new(), String::from("<html><body>\n"));
    for n in 0..stories {
        text.push_str(&format!("{sentence} {n}\nhttps://news.example/2026/11/story-{n}/\n\n"));
        html.push_str(&format!(
            "  <tr>\n    <td style=\"padding: 8px 0\">\n      <a href=\"https://news.example/2026/11/story-{n}/\">{sentence} {n}</a>\n    </td>\n  </tr>\n"
        ));
    }
    for link in [UNSUBSCRIBE.mark, PREFERENCES.mark] {
        text.push_str(&format!("Your link:\n{link}\n"));
        html.push_str(&format!("<p><a href=\"{link}\">Your link</a></p>\n"));
    }
    html.push_str("</body></html>\n");
    Content { text, html }
}

/// Microseconds that one call takes; the clock is asked after so many.
fn sample(clock: &dyn Clock, batch: u32, mut call: impl FnMut()) -> f64 {
    let start = clock.now();
    let mut calls = 0_u32;
    loop {
        for _ in 0..batch {
            call();
        }
        calls += batch;
        let passed = clock.now().since(start).as_micros();
        if passed >= SAMPLE_MICROS {
            return passed as f64 / f64::from(calls);
        }
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

fn measure(clock: &dyn Clock, name: &str, content: &Content) -> anyhow::Result<()> {
    let from: Mailbox = "The Lamp <lamp@news.example>".parse()?;
    let to = EmailAddr::parse("anna.reader@mail.example")?;
    let token = |letter: &str| Token::new(&letter.repeat(44)).ok_or_else(|| anyhow::anyhow!("no token"));
    let date = Timestamp::from_seconds(1_795_458_600);
    let person = Person { to: &to, message_id: token("k")?, unsubscribe: token("m")?, preferences: token("p")?, date };
    let everybody = EditionStencil {
        from: &from,
        reply_to: None,
        subject: "Harbour opens, and four more stories",
        text: &content.text,
        html: &content.html,
        domain: "news.example",
        list_id: "evening.news.example",
        list_name: "Evening",
        unsubscribe: UNSUBSCRIBE,
        preferences: PREFERENCES,
        unsubscribe_mailto: MAILTO,
        archive_url: "https://news.example/archive/evening",
        feedback_id: "20261123:evening:edition:newsexample",
        language: "en",
    };
    let compose_one = || {
        let link = |url: &str, token: &Token| url.replace("{token}", token.as_str());
        let unsubscribe = link(UNSUBSCRIBE.url, &person.unsubscribe);
        let preferences = link(PREFERENCES.url, &person.preferences);
        let personal =
            |text: &str| text.replace(UNSUBSCRIBE.mark, &unsubscribe).replace(PREFERENCES.mark, &preferences);
        compose::edition(&EditionMail {
            from: &from,
            reply_to: None,
            to: &to,
            subject: everybody.subject,
            text: &personal(&content.text),
            html: &personal(&content.html),
            message_id: &format!("<{}@news.example>", person.message_id.as_str()),
            date,
            list_id: everybody.list_id,
            list_name: everybody.list_name,
            unsubscribe_https: &unsubscribe,
            unsubscribe_mailto: &link(MAILTO, &person.unsubscribe),
            archive_url: everybody.archive_url,
            feedback_id: everybody.feedback_id,
            language: everybody.language,
        })
    };
    let stencil = Stencil::edition(&everybody)?;
    let mut mail = Vec::new();
    stencil.write(&person, &mut mail);
    anyhow::ensure!(mail.len() == compose_one()?.len(), "the spliced mail is not the composed one");

    let mut buffer = Vec::with_capacity(mail.len() * 2);
    let mut samples: [Vec<f64>; 6] = Default::default();
    for _ in 0..ROUNDS {
        let [composing, splicing, stuffing, copying, dots, cutting] = &mut samples;
        composing.push(sample(clock, 1, || drop(black_box(compose_one()))));
        splicing.push(sample(clock, 16, || {
            buffer.clear();
            stencil.write(black_box(&person), &mut buffer);
            black_box(&buffer);
        }));
        stuffing.push(sample(clock, 16, || {
            buffer.clear();
            stencil.write_stuffed(black_box(&person), &mut buffer);
            black_box(&buffer);
        }));
        copying.push(sample(clock, 16, || {
            buffer.clear();
            buffer.extend_from_slice(black_box(&mail));
            black_box(&buffer);
        }));
        dots.push(sample(clock, 16, || {
            buffer.clear();
            stuff(black_box(&mail), &mut buffer);
            black_box(&buffer);
        }));
        cutting.push(sample(clock, 1, || drop(black_box(Stencil::edition(&everybody)))));
    }
    let [composing, splicing, stuffing, copying, dots, cutting] = samples.map(median);
    println!(
        "{name:<16} {:>6} {composing:>9.1} {splicing:>8.3} {stuffing:>8.3} {copying:>8.3} {dots:>8.3} {:>8.3} {:>7.0}x {cutting:>9.0}",
        mail.len(),
        splicing - copying,
        composing / splicing,
    );
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let clock = SystemClock;
    println!("microseconds a mail, medians of {ROUNDS} samples");
    println!(
        "{:<16} {:>6} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9}",
        "mail", "bytes", "composed", "spliced", "stuffed", "copied", "dots", "beyond", "ratio", "cut once"
    );
    let latin = "The harbour of the old town opens again this evening, the mayor said.";
    let cyrillic = "\u{413}\u{430}\u{432}\u{430}\u{43d}\u{44c} \u{441}\u{442}\u{430}\u{440}\u{43e}\u{433}\u{43e} \u{433}\u{43e}\u{440}\u{43e}\u{434}\u{430} \u{43e}\u{442}\u{43a}\u{440}\u{44b}\u{432}\u{430}\u{435}\u{442}\u{441}\u{44f} \u{441}\u{435}\u{433}\u{43e}\u{434}\u{43d}\u{44f} \u{432}\u{435}\u{447}\u{435}\u{440}\u{43e}\u{43c}, \u{441}\u{43a}\u{430}\u{437}\u{430}\u{43b} \u{43c}\u{44d}\u{440}.";
    for kilobytes in [4, 30] {
        measure(&clock, &format!("{kilobytes} KB Latin"), &content(kilobytes, latin, 370))?;
        measure(&clock, &format!("{kilobytes} KB Cyrillic"), &content(kilobytes, cyrillic, 630))?;
    }
    Ok(())
}
