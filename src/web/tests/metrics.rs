//! `/metrics`, read as strictly as Prometheus reads it, against the rows that it counts; and who may read it.

use super::*;
use crate::base::Span;
use crate::operators::Actor;
use crate::operators::tokens::{self, Scope};
use std::collections::{BTreeMap, BTreeSet};

const RULES: &str = include_str!("../../../docs/alerts/lamplighter.rules.yml");

/// As a scraper on `peer` asks.
async fn scrape_from(house: &TestHouse, peer: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri("/metrics");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(
        format!("{}:5000", if peer.contains(':') { format!("[{peer}]") } else { peer.to_owned() })
            .parse::<SocketAddr>()
            .unwrap(),
    ));
    let (parts, body) = router(house.app.clone()).oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, 4 << 20).await.unwrap();
    Answer { status: parts.status.as_u16(), headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

/// Series by name and labels as they stand, and the names of the families; panics at what the format does not allow.
fn parsed(text: &str) -> (BTreeMap<String, f64>, BTreeSet<String>) {
    let (mut series, mut families) = (BTreeMap::new(), BTreeSet::new());
    let (mut open, mut is_typed) = (String::new(), false);
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty() && families.insert(name.to_owned()), "{name} twice");
            (open, is_typed) = (name.to_owned(), false);
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert!(name == open && !is_typed && ["gauge", "counter"].contains(&kind), "{line}");
            is_typed = true;
            continue;
        }
        let (key, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) =
            key.split_once('{').map_or((key, ""), |(name, rest)| (name, rest.strip_suffix('}').unwrap()));
        assert!(name == open && is_typed, "{line} stands in {open}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        check_labels(labels);
        assert!(series.insert(key.to_owned(), value.parse().unwrap()).is_none(), "{key} twice");
    }
    (series, families)
}

/// `a="..",b=".."`, each value escaped, no name twice.
fn check_labels(labels: &str) {
    let (mut rest, mut names) = (labels, BTreeSet::new());
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap();
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && names.insert(name), "{labels}");
        let mut is_escaped = false;
        let end = after.char_indices().find(|(_, letter)| {
            let is_end = !is_escaped && *letter == '"';
            assert!(!is_escaped || ['"', '\\', 'n'].contains(letter), "{labels}");
            is_escaped = !is_escaped && *letter == '\\';
            is_end
        });
        rest = &after[end.unwrap().0 + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

async fn house_with_deliveries() -> TestHouse {
    let house = TestHouse::open_with("[[relay]]\nurl = 'smtp://127.0.0.1:9'\nper_hour = 40\n").await;
    let now = house.app.now();
    let yesterday = now - Span::hours(30);
    house.insert("editions", &format!("(id, publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, created_at, sealed_at, finished_at) VALUES (1, 1, '2026-11-23', 'e\"1\\x', 0, 0, 0, 'sending', 1, '', 'Secret', '', '', 0, 5, NULL), (2, 1, '2026-11-22', '2026-11-22', 0, 0, 0, 'sent', 1, '', 'Old', '', '', 0, 5, {}), (3, 1, '2026-11-24', '2026-11-24', 0, {}, 0, 'drafted', 1, '', '', '', '', 0, NULL, NULL)", yesterday.as_micros(), (now - Span::minutes(7)).as_micros())).await;
    house.insert("delivery_waves", "(edition_id, number, mail_group, rank, not_before, expires_at, first_id, last_id, next_id, readers) VALUES (1, 1, 'gmail', 2, 0, 9000000000000000, 1, 6, 7, 6), (1, 2, 'other', 2, 0, 9000000000000000, 7, 9, 9, 3), (2, 1, 'other', 2, 0, 9000000000000000, 10, 10, 11, 1)").await;
    let states = [
        (1, "accepted"),
        (1, "accepted"),
        (1, "failed"),
        (1, "deferred"),
        (1, "uncertain"),
        (1, "suppressed"),
        (2, "accepted"),
        (2, "expired"),
        (2, "queued"),
    ];
    for (id, (wave, state)) in states.iter().enumerate() {
        house.insert("deliveries", &format!("(id, edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at, wave) VALUES ({0}, 1, {0}, {0}, 'all', '{state}', 'anna@readers.example said no', 0, 9000000000000000, {wave})", id + 1)).await;
    }
    house.insert("outbox", "(kind, recipient, subject, body_text, body_html, headers, state, next_attempt_at, expires_at, created_at) VALUES ('confirm', 'ben@readers.example', '', '', '', '', 'deferred', 0, 0, 0), ('confirm', 'ben@readers.example', '', '', '', '', 'accepted', 0, 0, 0)").await;
    house.insert("leases", "(name, owner, until_at) VALUES ('worker:a', 'a', 9000000000000000), ('worker:b', 'b', 1), ('scheduler', 'a', 9000000000000000)").await;
    house
}

#[tokio::test]
async fn every_number_is_that_of_the_rows_and_no_reader_is_in_it() {
    let house = house_with_deliveries().await;
    let answer = scrape_from(&house, "127.0.0.1", &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
    let (series, _) = parsed(&answer.text);
    let one = |name: &str| series.get(name).copied().unwrap_or_else(|| panic!("{name} is missing:\n{}", answer.text));
    let edition = r#"edition="e\"1\\x",publication="evening""#;
    let mut sum = 0.0;
    for (state, count) in [
        ("accepted", 3.0),
        ("suppressed", 1.0),
        ("failed", 1.0),
        ("expired", 1.0),
        ("waiting", 2.0),
        ("uncertain", 1.0),
    ] {
        let told = one(&format!("lamplighter_deliveries{{{edition},state=\"{state}\"}}"));
        assert_eq!(told, count, "{state}");
        sum += told;
    }
    assert_eq!(one(&format!("lamplighter_audience{{{edition}}}")), sum);
    for (name, value) in [
        ("lamplighter_queue_waiting", 2.0),
        ("lamplighter_deliveries_deferred", 1.0),
        ("lamplighter_uncertain_total", 1.0),
        ("lamplighter_outbox{state=\"deferred\"}", 1.0),
        ("lamplighter_outbox{state=\"queued\"}", 0.0),
        ("lamplighter_workers_alive", 1.0),
        ("lamplighter_scheduler_leader", 1.0),
        ("lamplighter_edition_late_seconds{publication=\"evening\"}", 420.0),
        ("lamplighter_relay_paused{relay=\"127.0.0.1:9\"}", 0.0),
        ("lamplighter_group_paused{group=\"gmail\"}", 0.0),
        ("lamplighter_limit_used{scope=\"relay:127.0.0.1:9\",window=\"hour\"}", 0.0),
        ("lamplighter_limit_max{scope=\"relay:127.0.0.1:9\",window=\"hour\"}", 40.0),
    ] {
        assert_eq!(one(name), value, "{name}");
    }
    assert!(one("lamplighter_oldest_due_seconds") > 0.0);
    assert!(!answer.text.contains('@') && !answer.text.contains("readers.example") && !answer.text.contains("Secret"));
    assert!(!answer.text.contains("2026-11-22"), "it ended more than a day ago");
    if cfg!(target_os = "linux") {
        assert!(one("process_resident_memory_bytes") > 1e6 && one("process_cpu_seconds_total") >= 0.0);
    }
}

#[tokio::test]
async fn a_provider_that_an_edition_holds_back_is_paused_until_it_goes_on_or_ends() {
    let house = house_with_deliveries().await;
    let told = async |name: &str| parsed(&scrape_from(&house, "127.0.0.1", &[]).await.text).0[name];
    let (gmail, other) = ("lamplighter_group_paused{group=\"gmail\"}", "lamplighter_group_paused{group=\"other\"}");
    house.change("delivery_waves", "paused_at = 7 WHERE mail_group = 'gmail'").await;
    assert_eq!((told(gmail).await, told(other).await), (1.0, 0.0));
    house.change("delivery_waves", "paused_at = expires_at WHERE mail_group = 'gmail'").await;
    assert_eq!(told(gmail).await, 0.0, "it was ended");
    house.change("delivery_waves", "paused_at = 7 WHERE mail_group = 'gmail'").await;
    house.change("editions", "state = 'sent' WHERE id = 1").await;
    assert_eq!(told(gmail).await, 0.0, "the edition was sent");
}

#[tokio::test]
async fn what_was_given_back_and_nobody_takes_is_overdue() {
    let house = house_with_deliveries().await;
    let overdue =
        async || parsed(&scrape_from(&house, "127.0.0.1", &[]).await.text).0["lamplighter_oldest_due_seconds"];
    house.change("delivery_waves", "next_id = last_id + 1").await;
    house.change("deliveries", "state = 'accepted' WHERE state = 'deferred'").await;
    assert_eq!(overdue().await, 0.0);
    house
        .insert("delivery_leases", "(edition_id, wave, first_id, last_id, owner) VALUES (1, 2, 9, 9, 'somebody')")
        .await;
    assert_eq!(overdue().await, 0.0, "it is in somebody's hands");
    house.change("delivery_leases", "owner = NULL").await;
    assert!(overdue().await > 0.0);
}

#[tokio::test]
async fn every_name_in_the_alert_rules_is_a_metric_and_each_rule_says_what_to_do() {
    let house = house_with_deliveries().await;
    let (_, families) = parsed(&scrape_from(&house, "127.0.0.1", &[]).await.text);
    let expressions: Vec<&str> = RULES.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).collect();
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let words = expressions.iter().flat_map(|line| line.split(|letter| !is_letter(letter)));
    let named: BTreeSet<&str> =
        words.filter(|it| it.starts_with("lamplighter_") || it.starts_with("process_")).collect();
    assert!(named.len() >= 14, "{named:?}");
    for name in named.iter().filter(|name| !name.starts_with("process_") || cfg!(target_os = "linux")) {
        assert!(families.contains(*name), "{name} is in no answer");
    }
    for part in ["summary: ", "action: "] {
        assert_eq!(RULES.lines().filter(|line| line.trim().starts_with(part)).count(), expressions.len(), "{part}");
    }
}

#[tokio::test]
async fn strangers_find_no_such_page_and_a_key_or_the_own_network_does() {
    let house = TestHouse::open().await;
    for (peer, status) in
        [("127.0.0.1", 200), ("10.1.2.3", 200), ("192.168.7.7", 200), ("192.0.2.1", 404), ("8.8.8.8", 404)]
    {
        assert_eq!(scrape_from(&house, peer, &[]).await.status, status, "{peer}");
    }
    for header in [("x-forwarded-for", "10.0.0.1"), ("forwarded", "for=127.0.0.1"), ("via", "1.1 proxy")] {
        let passed_on = scrape_from(&house, "127.0.0.1", &[header]).await;
        assert_eq!(passed_on.status, 404, "a proxy that is not trusted: {header:?}");
    }
    let key = async |name: &str, scope: Scope| {
        format!("Bearer {}", tokens::create(&house.app, Actor::Console, name, &[scope]).await.unwrap())
    };
    let (reads, writes) = (key("reads", Scope::Read).await, key("writes", Scope::Write).await);
    assert_eq!(scrape_from(&house, "192.0.2.1", &[("authorization", &reads)]).await.status, 200);
    assert_eq!(scrape_from(&house, "192.0.2.1", &[("authorization", &writes)]).await.status, 403);
    assert_eq!(scrape_from(&house, "192.0.2.1", &[("authorization", "Bearer lamp_guess")]).await.status, 401);
}

#[tokio::test]
async fn a_house_where_nothing_happened_has_numbers_all_the_same() {
    let house = TestHouse::open().await;
    let (series, _) = parsed(&scrape_from(&house, "::1", &[]).await.text);
    assert_eq!(series["lamplighter_queue_waiting"], 0.0);
    assert_eq!(series["lamplighter_edition_late_seconds{publication=\"evening\"}"], 0.0);
    assert_eq!(series["lamplighter_workers_alive"], 0.0);
}
