//! The client against a server with faults.

use super::*;
use crate::doctor::scripted::Server;
use crate::doctor::testing::{PATIENCE, name};

const ZONE: &str = "
news.example TXT one
news.example TXT two | parts
news.example A 192.0.2.1
mail.news.example A 192.0.2.2
mail.news.example AAAA 2001:db8::2
ns.news.example NS ns1.example
news.example MX 20 b.example
news.example MX 10 a.example
soa.example SOA ns1.example
null.example MX 0 .
www.example CNAME hop.example
hop.example CNAME news.example
dead.example CNAME nowhere.invalid
circle.example CNAME round.example
round.example CNAME circle.example
self.example CNAME self.example
servfail.example TXT !servfail
refused.example TXT !refused
silent.example TXT !drop
wrong.example TXT !wrongid
garbage.example TXT !garbage
foreign.example TXT !foreign
cut.example TXT !cut
old.example TXT !nosizes
old.example TXT plain
binary.example TXT v=\\xff\\x00x
";

async fn with_zone(zone: &str) -> (Server, Dns) {
    let server = Server::start(zone).await;
    let dns = Dns::new(vec![server.address]).with_time_max(PATIENCE);
    (server, dns)
}

#[tokio::test]
async fn records_of_every_kind_arrive() {
    let (_server, dns) = with_zone(ZONE).await;
    let texts = dns.lookup(&name("News.Example"), Kind::Txt).await.unwrap();
    assert_eq!(texts.joined_texts().collect::<Vec<_>>(), ["one", "twoparts"]);
    assert_eq!(texts.texts().nth(1), Some([b"two".to_vec(), b"parts".to_vec()].as_slice()));
    let exchanges = dns.lookup(&name("news.example"), Kind::Mx).await.unwrap();
    assert_eq!(exchanges.exchanges(), [(10, &name("a.example")), (20, &name("b.example"))]);
    let null = dns.lookup(&name("null.example"), Kind::Mx).await.unwrap();
    assert_eq!(null.exchanges(), [(0, &Name::root())]);
    let addresses = dns.addresses(&name("mail.news.example")).await.unwrap();
    assert_eq!(addresses, ["192.0.2.2".parse::<IpAddr>().unwrap(), "2001:db8::2".parse().unwrap()]);
    let servers = dns.lookup(&name("ns.news.example"), Kind::Ns).await.unwrap();
    assert_eq!(servers.names().collect::<Vec<_>>(), [&name("ns1.example")]);
    let soa = dns.lookup(&name("soa.example"), Kind::Soa).await.unwrap();
    assert_eq!(soa.records, [Data::Soa(name("ns1.example"))]);
    let binary = dns.lookup(&name("binary.example"), Kind::Txt).await.unwrap();
    assert_eq!(binary.joined_texts().collect::<Vec<_>>(), ["v=\u{fffd}\0x"]);
}

#[tokio::test]
async fn no_such_name_and_no_such_record_are_two_things() {
    let (_server, dns) = with_zone(ZONE).await;
    let none = dns.lookup(&name("nowhere.example"), Kind::Txt).await.unwrap();
    assert!(!none.exists && none.records.is_empty());
    let no_data = dns.lookup(&name("mail.news.example"), Kind::Txt).await.unwrap();
    assert!(no_data.exists && no_data.records.is_empty());
}

#[tokio::test]
async fn records_of_other_names_are_not_taken() {
    let (_server, dns) = with_zone(ZONE).await;
    let answer = dns.lookup(&name("foreign.example"), Kind::Txt).await.unwrap();
    assert_eq!(answer, Answer { exists: true, ..Answer::default() });
}

#[tokio::test]
async fn every_fault_has_its_name() {
    let (_server, dns) = with_zone(ZONE).await;
    for (domain, fault) in [
        ("servfail.example", Fault::ServerFailed),
        ("refused.example", Fault::Refused),
        ("silent.example", Fault::Timeout),
        ("wrong.example", Fault::Timeout),
        ("garbage.example", Fault::Malformed),
        ("cut.example", Fault::Unreachable),
        ("circle.example", Fault::AliasLoop),
        ("self.example", Fault::AliasLoop),
    ] {
        assert_eq!(dns.lookup(&name(domain), Kind::Txt).await, Err(fault), "{domain}");
    }
}

#[tokio::test]
async fn one_kind_of_address_is_enough_and_none_is_not() {
    let zone = "half.example A 192.0.2.1\nhalf.example AAAA !servfail\nno.example TXT x\nno.example AAAA !servfail";
    let (_server, dns) = with_zone(zone).await;
    assert_eq!(dns.addresses(&name("half.example")).await, Ok(vec!["192.0.2.1".parse().unwrap()]));
    assert_eq!(dns.addresses(&name("no.example")).await, Err(Fault::ServerFailed));
    assert_eq!(dns.addresses(&name("nowhere.example")).await, Ok(Vec::new()));
}

#[tokio::test]
async fn aliases_are_followed_and_told() {
    let (_server, dns) = with_zone(ZONE).await;
    let answer = dns.lookup(&name("www.example"), Kind::A).await.unwrap();
    assert_eq!(answer.aliases, [name("hop.example"), name("news.example")]);
    assert_eq!(answer.addresses().collect::<Vec<_>>(), ["192.0.2.1".parse::<IpAddr>().unwrap()]);
    let dead = dns.lookup(&name("dead.example"), Kind::A).await.unwrap();
    assert!(!dead.exists && dead.aliases == [name("nowhere.invalid")]);
    let alias = dns.lookup(&name("circle.example"), Kind::Cname).await.unwrap();
    assert_eq!(alias.records, [Data::Cname(name("round.example"))]);
}

#[tokio::test]
async fn an_endless_chain_of_aliases_ends() {
    let zone: String = (0..50).map(|at| format!("a{at}.example CNAME a{}.example\n", at + 1)).collect();
    let (server, dns) = with_zone(&zone).await;
    assert_eq!(dns.lookup(&name("a0.example"), Kind::A).await, Err(Fault::AliasLoop));
    assert!(server.questions().len() <= ALIASES_MAX + 1, "{:?}", server.questions());
}

#[tokio::test]
async fn a_cut_answer_is_fetched_by_tcp() {
    let long = "x".repeat(3000);
    let (server, dns) = with_zone(&format!("long.example TXT {long}\n")).await;
    let answer = dns.lookup(&name("long.example"), Kind::Txt).await.unwrap();
    assert_eq!(answer.joined_texts().collect::<Vec<_>>(), [long]);
    assert_eq!(server.questions(), ["long.example TXT", "long.example TXT tcp"]);
}

#[tokio::test]
async fn a_server_that_knows_no_sizes_is_asked_without() {
    let (server, dns) = with_zone(ZONE).await;
    let answer = dns.lookup(&name("old.example"), Kind::Txt).await.unwrap();
    assert_eq!(answer.joined_texts().collect::<Vec<_>>(), ["plain"]);
    assert_eq!(server.questions().len(), 2);
}

#[tokio::test]
async fn the_second_resolver_helps_out_and_a_question_is_asked_once() {
    let silent = Server::start("silent.example * !drop\nnews.example TXT !servfail").await;
    let server = Server::start(ZONE).await;
    let dns = Dns::new(vec![silent.address, server.address]).with_time_max(PATIENCE);
    for _ in 0..3 {
        assert_eq!(dns.lookup(&name("news.example"), Kind::Txt).await.unwrap().records.len(), 2);
    }
    assert_eq!((silent.questions().len(), server.questions().len()), (1, 1));
    // Faults are kept too: a dead resolver costs its time once.
    let dns = Dns::new(vec![silent.address]).with_time_max(Duration::from_millis(50));
    for _ in 0..3 {
        assert_eq!(dns.lookup(&name("silent.example"), Kind::A).await, Err(Fault::Timeout));
    }
    assert_eq!(silent.questions().len(), 1 + ATTEMPTS);
}

#[tokio::test]
async fn a_closed_port_is_unreachable() {
    let port = {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.local_addr().unwrap()
    };
    let dns = Dns::new(vec![port]).with_time_max(Duration::from_millis(300));
    assert_eq!(dns.lookup(&name("news.example"), Kind::A).await, Err(Fault::Unreachable));
}
