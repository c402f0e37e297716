//! `dkim`: from no key to a record in DNS.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test]
async fn a_key_is_made_once_kept_secret_and_its_record_is_shown_again() {
    let place = fresh(nowhere());
    let made = place.run(&["dkim", "key", "--selector", "lamp2026"]).await.ok();
    assert!(made.out.starts_with("lamp2026._domainkey.news.example. IN TXT ( \"v=DKIM1; k=rsa; p="), "{made}");
    assert!(made.err.contains("[[mail.dkim]]") && made.err.contains("key_file = \"dkim-lamp2026.pem\""), "{made}");
    assert!(!made.out.contains("PRIVATE") && !made.err.contains("PRIVATE"));
    let mode = std::fs::metadata(place.path("dkim-lamp2026.pem")).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let key = place.read("dkim-lamp2026.pem");
    place.run(&["dkim", "key", "--selector", "lamp2026"]).await.with_code(1).tells(&["never overwritten"]);
    assert_eq!(place.read("dkim-lamp2026.pem"), key);

    let second = ["dkim", "key", "--selector", "lamp-ed", "--algorithm", "ed25519", "--domain", "mail.news.example"];
    let second = place.run(&second).await.ok();
    assert!(second.out.starts_with("lamp-ed._domainkey.mail.news.example. IN TXT ( \"v=DKIM1; k=ed25519; p="));

    place.run(&["dkim", "record"]).await.with_code(1).tells(&["[[mail.dkim]]", "lamplighter dkim key"]);
    let keys = "[[mail.dkim]]\nselector = 'lamp2026'\nkey_file = 'dkim-lamp2026.pem'\n\
        [[mail.dkim]]\nselector = 'lamp-ed'\nkey_file = 'dkim-lamp-ed.pem'\ndomain = 'mail.news.example'";
    place.configure("sqlite:lamplighter.db", nowhere(), keys);
    let shown = place.run(&["dkim", "record"]).await.ok();
    assert_eq!(shown.out, format!("{}{}", made.out, second.out));
    let records = place.run(&["dkim", "record", "--selector", "lamp2026", "--json"]).await.ok().json();
    assert_eq!(records.as_array().map(Vec::len), Some(1));
    let strings = records[0]["strings"].as_array().expect("strings").clone();
    assert!(strings.len() == 2 && strings.iter().all(|it| it.as_str().is_some_and(|it| it.len() <= 255)));
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_told_with_its_file_and_the_next_step() {
    let place = fresh(nowhere());
    let keys = "[[mail.dkim]]\nselector = 'lamp2026'\nkey_file = 'dkim.pem'";
    place.configure("sqlite:lamplighter.db", nowhere(), keys);
    let missing = ["mail.dkim.key_file", "dkim.pem", "lamplighter dkim key --selector lamp2026"];
    place.run(&["dkim", "record"]).await.with_code(2).tells(&missing);
    place.write("dkim.pem", "not a key");
    place.run(&["dkim", "record"]).await.with_code(1).tells(&["dkim.pem", "openssl genrsa"]);
    place.run(&["dkim", "key", "--selector", "a_b"]).await.with_code(2).tells(&["lamp2026"]);
}

#[tokio::test]
async fn a_key_made_elsewhere_serves_too() {
    let place = fresh(nowhere());
    let keys = "[[mail.dkim]]\nselector = 'lamp2026'\nkey_file = 'dkim.pem'";
    place.configure("sqlite:lamplighter.db", nowhere(), keys);
    for arguments in ["genrsa -traditional", "genrsa", "genpkey -algorithm ed25519"] {
        let size = if arguments.starts_with("genrsa") { "2048" } else { "" };
        let made = place.shell(&format!("openssl {arguments} {size} > dkim.pem")).await;
        if made.code != Some(0) {
            eprintln!("SKIPPED: no openssl, or one that cannot `{arguments}`");
            continue;
        }
        let said = place.run(&["dkim", "record"]).await.ok();
        assert!(said.out.starts_with("lamp2026._domainkey.news.example. IN TXT ( \"v=DKIM1; k="), "{said}");
    }
}
