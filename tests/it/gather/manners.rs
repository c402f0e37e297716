//! How a site is treated that asks for patience, fails, moves or changes as a whole.

use crate::harness::{Harness, Manner, Newsroom, Site, both_engines};
use lamplighter::base::Span;
use lamplighter::gather::{FetchOutcome, SourceHealth, SourceStatus, list_source_health};

async fn health(t: &Harness) -> Vec<SourceHealth> {
    list_source_health(&mut t.db().read().await.unwrap()).await.unwrap()
}

async fn chief(t: &Harness) {
    use lamplighter::operators::{Actor, Role, create};
    create(&t.app, Actor::Console, "chief@news.example", "Chief", Role::Admin, "a long enough password").await.unwrap();
}

async fn subjects(t: &Harness) -> Vec<String> {
    t.run_until_idle().await;
    t.sink.mails_to("chief@news.example").iter().map(|it| it.subject.clone()).collect()
}

both_engines! {
    async fn a_host_that_asks_for_patience_is_left_alone_by_all_its_sources_and_none_of_them_fails(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.url("/feed/?a"), "").source(&site.url("/feed/?b"), "")).await;
        site.publish("Harbour opens", t.now());
        site.change(|it| {
            it.refuses = Some(("/feed/", 429));
            it.retry_after = Some("7200".to_owned());
        });
        t.gather().await;
        let asked = site.asked().len();
        for _ in 0..5 {
            t.advance(Span::minutes(20));
            let report = t.gather().await;
            assert_eq!(report.failed, 2, "no news and could not ask are different");
        }
        assert_eq!(site.asked().len(), asked, "nobody asks before the time is over");
        // Another process of the installation keeps to it as well.
        let t = t.restart().await;
        t.gather().await;
        assert_eq!(site.asked().len(), asked);
        assert!(health(&t).await.iter().all(|it| (it.failures, it.status) == (0, SourceStatus::New)));
        site.change(|it| it.refuses = None);
        t.advance(Span::minutes(21));
        assert_eq!(t.gather().await.failed, 0);
    }

    async fn a_standby_is_asked_only_while_the_source_before_it_cannot_be_read(t: Harness) {
        let (site, other) = (Site::open().await, Site::open().await);
        t.set_up(Newsroom::empty().source(&site.feed(), "").source(&other.feed(), "standby = true")).await;
        site.publish("Harbour opens", t.now());
        other.publish("Old news", t.now());
        t.gather().await;
        assert_eq!(other.asked().len(), 0);
        t.advance(Span::minutes(30));
        other.publish("Ferry sails", t.now());
        site.change(|it| it.refuses = Some(("/feed/", 500)));
        let report = t.gather().await;
        assert_eq!((report.sources.len(), report.failed), (2, 1));
        assert_eq!(other.asked_for("/feed/"), 1, "in the same gather");
        assert_eq!(t.candidates().await["pool"], 3, "a standby's first answer is news");
        site.change(|it| it.refuses = None);
        t.advance(Span::minutes(30));
        t.gather().await;
        let asked = other.asked().len();
        t.advance(Span::minutes(30));
        assert!(t.gather().await.is_complete());
        assert_eq!(other.asked().len(), asked);
        t.assert_conserved("evening").await;
    }

    async fn a_failing_source_is_told_once_and_so_is_its_return(t: Harness) {
        chief(&t).await;
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "name = \"Front page\"")).await;
        site.change(|it| it.refuses = Some(("/feed/", 500)));
        for _ in 0..5 {
            t.gather().await;
            t.advance(Span::minutes(10));
        }
        assert_eq!(subjects(&t).await, ["Front page cannot be read"]);
        site.change(|it| it.refuses = None);
        t.gather().await;
        t.gather().await;
        assert_eq!(subjects(&t).await, ["Front page cannot be read", "Front page can be read again"]);
    }

    async fn a_site_that_is_rewritten_as_a_whole_is_put_in_quarantine_until_it_reads_as_before(t: Harness) {
        chief(&t).await;
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "name = \"Front page\"\npages = \"never\"")).await;
        site.publish_many("Morning", 10, t.now());
        t.gather().await;
        t.advance(Span::minutes(10));
        site.change(|it| it.suffix = "You have read three of three free articles.");
        site.publish("Ferry sails", t.now());
        let report = t.gather().await;
        assert_eq!((report.articles_new, report.articles_revised), (1, 0));
        assert!(health(&t).await[0].quarantined_at.is_some());
        assert_eq!(subjects(&t).await, ["Front page changed too much at once"]);
        t.advance(Span::minutes(10));
        assert_eq!(t.gather().await.articles_revised, 0);
        assert_eq!(subjects(&t).await.len(), 1, "told once");
        site.change(|it| it.suffix = "");
        t.advance(Span::minutes(10));
        t.gather().await;
        assert_eq!(health(&t).await[0].quarantined_at, None);
        t.assert_conserved("evening").await;
    }

    async fn a_flood_of_new_articles_is_held(t: Harness) {
        let site = Site::offering(Manner { feed_size: 200, ..Manner::default() }).await;
        t.set_up(Newsroom::empty().source(&site.feed(), "pages = \"never\"")).await;
        site.publish_many("Morning", 5, t.now());
        t.gather().await;
        t.advance(Span::minutes(10));
        site.publish_many("Spam", 120, t.now());
        assert_eq!(t.gather().await.articles_new, 120);
        let candidates = t.candidates().await;
        assert_eq!((candidates["pool"], candidates["held"]), (5, 120));
        t.assert_conserved("evening").await;
    }

    async fn a_move_to_another_system_makes_no_article_new(t: Harness) {
        let site = Site::open().await;
        t.set_up(Newsroom::empty().source(&site.feed(), "pages = \"never\"")).await;
        site.publish_many("Morning", 10, t.now());
        t.gather().await;
        t.advance(Span::minutes(10));
        site.change(|it| it.system = "b");
        let report = t.gather().await;
        assert_eq!((report.articles_new, report.articles_revised), (0, 0));
        assert_eq!(t.candidates().await["pool"], 10);
        site.publish("Ferry sails", t.now());
        t.advance(Span::minutes(10));
        assert_eq!(t.gather().await.articles_new, 1);
    }

    async fn one_slow_source_costs_the_others_nothing(t: Harness) {
        let (site, dead) = (Site::open().await, tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap());
        // It takes the connection and never answers.
        let dead = format!("http://{}/feed", dead.local_addr().unwrap());
        t.set_up(Newsroom::empty().source(&dead, "").source(&site.feed(), "")).await;
        site.publish("Harbour opens", t.now());
        let report = t.gather().await;
        assert_eq!(report.articles_new, 1);
        assert_eq!(report.sources.iter().map(|it| it.outcome).collect::<Vec<_>>(), [FetchOutcome::Failed, FetchOutcome::Fetched]);
    }
}
