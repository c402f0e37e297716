//! Somebody has the service write to strangers: as many sign-ups as they like, and hardly a mail.

use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::subscribers::{self, SignUp};
use std::net::{IpAddr, Ipv4Addr};
use tokio::task::JoinSet;

const SIGN_UPS: usize = 10_000;
const VICTIMS: usize = 100;
const ATTACKERS: usize = 64;

fn victim(number: usize) -> String {
    // Each is written in several ways that are one mailbox.
    let name = format!("victim-{}", number % VICTIMS);
    let name = if number % 3 == 0 { name.to_uppercase() } else { name };
    format!("{name}@{}.example", if number.is_multiple_of(2) { "Readers" } else { "readers" })
}

/// From as many networks as they like, for every publication, many at once.
async fn bomb(t: &Harness) {
    let mut attackers = JoinSet::new();
    for attacker in 0..ATTACKERS {
        let app = t.app.clone();
        attackers.spawn(async move {
            for number in (attacker..SIGN_UPS).step_by(ATTACKERS) {
                let network = u32::try_from(number).unwrap() << 8;
                let asked = SignUp {
                    publication: Some(if number % 5 == 0 { "weekend" } else { "evening" }.to_owned()),
                    ip: Some(IpAddr::V4(Ipv4Addr::from_bits(0x0b00_0000 + network))),
                    ..SignUp::by_form(&victim(number))
                };
                subscribers::sign_up(&app, asked).await.expect("it is answered like any other");
            }
        });
    }
    while let Some(done) = attackers.join_next().await {
        done.unwrap();
    }
}

/// The most that any one mailbox has got.
fn worst_mailbox(t: &Harness) -> usize {
    let mails = t.sink.mails();
    let count = |number: usize| {
        let victim = victim(number).to_lowercase();
        mails.iter().filter(|mail| mail.envelope_to.iter().any(|it| it.to_lowercase() == victim)).count()
    };
    (0..VICTIMS).map(count).max().unwrap()
}

both_engines! {
    async fn ten_thousand_sign_ups_for_a_hundred_victims_are_one_mail_a_victim_and_window(t: Harness) {
        t.set_up(format!("{}{}", Newsroom::empty(), Newsroom::empty().called("weekend"))).await;
        bomb(&t).await;
        t.run_until_idle().await;
        assert_eq!((t.sink.mails().len(), worst_mailbox(&t)), (VICTIMS, 1));
        // Nor by waiting: until the window is over nothing more goes out, and then one for the other publication.
        t.advance(Span::minutes(59));
        subscribers::mail_waiting(&t.app).await.unwrap();
        t.run_until_idle().await;
        assert_eq!(worst_mailbox(&t), 1);
        t.advance(Span::minutes(1));
        subscribers::mail_waiting(&t.app).await.unwrap();
        bomb(&t).await;
        t.run_until_idle().await;
        assert_eq!(worst_mailbox(&t), 2);
        // A day of it, every hour: three mails, the share of a day.
        for _ in 0..4 {
            t.advance(Span::minutes(60));
            subscribers::mail_waiting(&t.app).await.unwrap();
            for number in 0..VICTIMS {
                subscribers::sign_up(&t.app, SignUp::by_form(&victim(number))).await.unwrap();
            }
        }
        t.run_until_idle().await;
        assert_eq!(worst_mailbox(&t), 3);
    }

    async fn two_processes_give_an_address_one_mail_between_them(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let other = t.another_process().await;
        let apps = [t.app.clone(), other];
        let mut visits = JoinSet::new();
        for number in 0..200 {
            let app = apps[number % 2].clone();
            visits.spawn(async move {
                let asked = SignUp::by_form(&format!("reader-{}@readers.example", number / 20));
                subscribers::sign_up(&app, asked).await.expect("it is answered")
            });
        }
        visits.join_all().await;
        t.run_until_idle().await;
        assert_eq!(t.sink.mails().len(), 10);
    }
}
