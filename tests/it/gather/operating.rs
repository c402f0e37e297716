//! What operators do with sources.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::gather::sources::{self, AddError, Done, NewSource, SourceError, SourceLine};
use lamplighter::operators::{Actor, OperatorId, Role};
use lamplighter::publications::{Pages, SourceKind};

fn new(url: &str) -> NewSource {
    NewSource {
        publication: "evening".to_owned(),
        section: None,
        name: None,
        kind: SourceKind::Feed,
        url: Some(url.to_owned()),
        standby: false,
        pages: Pages::Never,
    }
}

async fn add(t: &Harness, new: NewSource) -> Result<String, AddError> {
    sources::add(&t.app, Actor::Console, &new).await.map(|added| added.name)
}

async fn lines(t: &Harness) -> Vec<SourceLine> {
    sources::list(&t.app, Actor::Console).await.unwrap()
}

async fn state(t: &Harness) -> &'static str {
    lines(t).await[0].state()
}

both_engines! {
    async fn a_source_added_by_hand_is_read_and_a_file_leaves_it_alone(t: Harness) {
        let (paper, other) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper)).await;
        other.publish("Ferry sails");
        let section = Some("world".to_owned());
        let name = add(&t, NewSource { section, name: Some("Ferries".to_owned()), ..new(&other.feed()) }).await.unwrap();
        assert_eq!(name, "Ferries");
        assert_eq!(t.gather().await.articles_new, 1);
        t.set_up(Newsroom::of(&paper)).await;
        let lines = lines(&t).await;
        assert_eq!(lines.len(), 2);
        let it = lines.iter().find(|it| it.health.name == "Ferries").unwrap();
        assert_eq!((it.uses[0].section.as_deref(), it.uses[0].declared_by.as_str()), (Some("world"), "operator"));
        assert_eq!(it.health.articles, 1);
    }

    async fn what_cannot_be_added_says_why_and_changes_nothing(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).called("morning")).await;
        t.set_up(Newsroom::of(&paper)).await;
        let url = "https://news.example/other";
        let refused = async |new: NewSource| add(&t, new).await.unwrap_err().to_string();
        assert!(refused(new(&paper.feed())).await.contains("already"));
        assert!(refused(NewSource { publication: "evning".to_owned(), ..new(url) }).await.contains("\"evening\""));
        assert!(refused(NewSource { section: Some("sprot".to_owned()), ..new(url) }).await.contains("sport"));
        assert!(refused(new("javascript:x")).await.contains("https://"));
        assert!(refused(new("feed")).await.contains("https://"));
        assert!(refused(NewSource { kind: SourceKind::Push, ..new(url) }).await.contains("--name"));
        let taken = lines(&t).await[0].health.name.clone();
        assert!(refused(NewSource { name: Some(taken.to_uppercase()), ..new(url) }).await.contains("--name"));
        let alone = NewSource { section: Some("world".to_owned()), standby: true, ..new(url) };
        assert!(refused(alone).await.contains("stands by"));
        assert_eq!(lines(&t).await.len(), 1);
        let viewer = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        assert!(matches!(sources::add(&t.app, viewer, &new(url)).await, Err(AddError::Forbidden(_))));
        assert!(matches!(sources::pause(&t.app, viewer, &taken).await, Err(SourceError::Forbidden(_))));
        assert_eq!(add(&t, NewSource { standby: true, ..new(url) }).await.unwrap(), "news.example/other");
        let push = NewSource { kind: SourceKind::Push, url: None, name: Some("Desk".to_owned()), ..new("") };
        assert_eq!(add(&t, push).await.unwrap(), "Desk");
    }

    async fn a_source_added_by_hand_is_removed_and_its_articles_stay(t: Harness) {
        let (paper, other) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper)).await;
        let declared = lines(&t).await[0].health.name.clone();
        let remove = async |name: &str, slug: Option<&str>| sources::remove(&t.app, Actor::Console, name, slug).await;
        let told = remove(&declared, None).await.unwrap_err().to_string();
        assert!(told.contains("declared in newsroom.toml; remove it there"), "{told}");
        other.publish("Ferry sails");
        let section = || Some("world".to_owned());
        let ferries = || NewSource { section: section(), name: Some("Ferries".to_owned()), ..new(&other.feed()) };
        add(&t, ferries()).await.unwrap();
        assert_eq!(t.gather().await.articles_new, 1);
        let told = remove("Ferries", Some("morning")).await.unwrap_err().to_string();
        assert!(told.contains("read by: evening"), "{told}");
        add(&t, NewSource { section: section(), standby: true, ..new("https://news.example/other") }).await.unwrap();
        let told = remove("Ferries", None).await.unwrap_err().to_string();
        assert!(told.contains("\"news.example/other\" stands by"), "{told}");
        remove("news.example/other", None).await.unwrap();
        let viewer = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        assert!(sources::remove(&t.app, viewer, "Ferries", None).await.is_err());
        let removed = remove("ferries", None).await.unwrap();
        assert!(removed.is_archived && removed.publication == "evening" && removed.held == 0, "{removed:?}");
        assert!(remove("Ferries", None).await.unwrap_err().to_string().contains("no source"));
        assert_eq!(lines(&t).await.len(), 1);
        assert_eq!(t.candidates().await.get("pool"), Some(&1));
        let asked = other.asked().len();
        t.advance(Span::hours(2));
        t.gather().await;
        assert_eq!(other.asked().len(), asked, "it is not asked any more");
        add(&t, ferries()).await.unwrap();
        assert_eq!(t.gather().await.articles_new, 0, "what was seen is known still");
    }

    async fn a_source_that_another_publication_reads_stays_there(t: Harness) {
        let (paper, other) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::of(&paper)).await;
        t.set_up(Newsroom::of(&paper).called("morning")).await;
        add(&t, new(&other.feed())).await.unwrap();
        let morning = NewSource { publication: "morning".to_owned(), ..new(&other.feed()) };
        let name = add(&t, morning).await.unwrap();
        let told = sources::remove(&t.app, Actor::Console, &name, None).await.unwrap_err().to_string();
        assert!(told.contains("--publication with one of: evening, morning"), "{told}");
        let removed = sources::remove(&t.app, Actor::Console, &name, Some("morning")).await.unwrap();
        assert!(!removed.is_archived);
        let line = lines(&t).await.into_iter().find(|it| it.health.name == name).unwrap();
        assert_eq!(line.uses.iter().map(|it| it.publication.as_str()).collect::<Vec<_>>(), ["evening"]);
    }

    async fn a_paused_source_is_not_asked_and_stays_in_sight(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        paper.publish("Harbour opens");
        let name = lines(&t).await[0].health.name.clone();
        let (_, done) = sources::pause(&t.app, Actor::Console, &name.to_uppercase()).await.unwrap();
        assert_eq!(done, Done::Changed);
        assert_eq!(sources::pause(&t.app, Actor::Console, &paper.feed()).await.unwrap().1, Done::AsBefore);
        t.gather().await;
        assert!(paper.asked().is_empty());
        assert_eq!(state(&t).await, "paused");
        let line = &lines(&t).await[0];
        assert!(line.next_steps()[0].contains("source resume") && line.next_fetch_at().is_none());
        sources::resume(&t.app, Actor::Console, &name).await.unwrap();
        assert_eq!(t.gather().await.articles_new, 1);
        assert_eq!(state(&t).await, "ok");
        let unknown = sources::pause(&t.app, Actor::Console, &format!("{name}x")).await.unwrap_err().to_string();
        assert!(unknown.contains(&format!("did you mean {name:?}")), "{unknown}");
    }

    async fn what_a_flood_held_goes_out_when_its_source_is_released(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).with("min_items = 1")).await;
        paper.publish("Harbour opens");
        t.gather().await;
        t.advance(Span::minutes(10));
        for n in 0..150 {
            let title = format!("Spam {n} has come");
            paper.publish(&title);
            // No two alike: copies of one text would be folded into one.
            paper.edit(&title, |it| it.text = (0..30).map(|word| format!("word{n}of{word} ")).collect());
        }
        t.gather().await;
        assert_eq!(state(&t).await, "quarantined");
        assert_eq!(t.candidates().await.get("held"), Some(&150), "{:?}", t.candidates().await);
        let name = lines(&t).await[0].health.name.clone();
        let page = sources::show(&t.app, Actor::Console, &name).await.unwrap();
        assert_eq!((page.held, page.fetches.len()), (150, 2));
        assert!(page.line.next_steps().iter().any(|step| step.contains("source release")), "{:?}", page.line.next_steps());
        let (_, done, articles) = sources::release(&t.app, Actor::Console, &name).await.unwrap();
        assert_eq!((done, articles), (Done::Changed, 150));
        assert_eq!(t.candidates().await.get("pool"), Some(&151));
        assert_eq!(state(&t).await, "ok");
        assert_eq!(sources::release(&t.app, Actor::Console, &name).await.unwrap().1, Done::AsBefore);
    }

    async fn an_address_is_proposed_once_the_site_has_named_it_for_a_week(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        let moved = Sql::both("UPDATE sources SET moved_to = 'https://news.example/new', moved_since = $1");
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(moved, vec![t.now().into()]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(lines(&t).await[0].proposed_url(), None);
        t.advance(Span::days(7));
        assert_eq!(lines(&t).await[0].proposed_url(), Some("https://news.example/new"));
    }
}
