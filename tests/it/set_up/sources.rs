//! A source changed by hand: by whom, what is refused, what a file says to it afterwards.

use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::gather::sources::{self, ChangeError, NewSource, SourceChange, SourceSettings};
use lamplighter::operators::{Actor, OperatorId, Role};
use lamplighter::publications::apply::{self, How};
use lamplighter::publications::{Pages, SourceId, SourceKind};

const EDITOR: Actor = Actor::Operator { id: OperatorId(1), role: Role::Editor };

async fn settings(t: &Harness, id: SourceId) -> SourceSettings {
    sources::list_settings(&t.app, Actor::Console, id).await.unwrap().remove(0)
}

async fn only(t: &Harness) -> SourceId {
    sources::list(&t.app, Actor::Console).await.unwrap()[0].health.id
}

async fn change(t: &Harness, id: SourceId, wanted: SourceChange) -> Result<(), ChangeError> {
    let seen = settings(t, id).await.version();
    sources::change(&t.app, Actor::Console, id, "evening", &seen, wanted).await.map(drop)
}

fn fields(result: Result<(), ChangeError>) -> Vec<&'static str> {
    match result {
        Err(ChangeError::Invalid(mistakes)) => mistakes.iter().map(|it| it.field).collect(),
        other => panic!("{other:?}"),
    }
}

both_engines! {
    async fn what_the_desk_says_of_a_declared_source_stays_when_the_file_is_applied(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        let id = only(&t).await;
        let wanted = SourceChange {
            name: Some("The paper".to_owned()),
            section: Some("world".to_owned()),
            pages: Some(Pages::Never),
            ..SourceChange::default()
        };
        change(&t, id, wanted).await.unwrap();
        let how = How::default();
        let changes = apply::apply_how(&t.app, Actor::Console, &Newsroom::of(&paper).to_string(), how).await.unwrap();
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert!(changes[0].deed == "kept" && changes[0].what.contains("name, pages, section"), "{changes:?}");
        let now = settings(&t, id).await;
        assert_eq!((now.name.as_str(), now.section.as_deref(), now.pages), ("The paper", Some("world"), Pages::Never));
        let elsewhere = SourceChange { url: Some("https://news.example/new".to_owned()), ..SourceChange::default() };
        assert_eq!(fields(change(&t, id, elsewhere).await), ["url"], "a file knows it by its address");
    }

    async fn a_source_of_the_desk_goes_to_a_new_address_and_begins_anew(t: Harness) {
        let (paper, other) = (Newspaper::open().await, Newspaper::open().await);
        t.set_up(Newsroom::empty()).await;
        let new = NewSource {
            publication: "evening".to_owned(),
            section: None,
            name: Some("Paper".to_owned()),
            kind: SourceKind::Feed,
            url: Some(paper.feed()),
            standby: false,
            pages: Pages::Never,
        };
        let id = sources::add(&t.app, Actor::Console, &new).await.unwrap().id;
        paper.publish("Harbour opens");
        t.gather().await;
        other.publish("Ferry sails");
        change(&t, id, SourceChange { url: Some(other.feed()), ..SourceChange::default() }).await.unwrap();
        let report = sources::gather_now(&t.app, Actor::Console, &other.feed()).await.unwrap();
        assert_eq!((report.articles_new, report.failed), (1, 0));
        let wrong = SourceChange {
            name: Some(String::new()),
            url: Some("javascript:alert(1)".to_owned()),
            standby: Some(true),
            time_zone: Some("Europe/Berln".to_owned()),
            ..SourceChange::default()
        };
        assert_eq!(fields(change(&t, id, wrong).await), ["name", "url", "standby", "time_zone"]);
        let nowhere = SourceChange { section: Some("nowhere".to_owned()), ..SourceChange::default() };
        assert_eq!(fields(change(&t, id, nowhere).await), ["section"]);
    }

    async fn only_who_configures_changes_it_and_a_second_one_is_told(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        let id = only(&t).await;
        let seen = settings(&t, id).await.version();
        let rename = |name: &str| SourceChange { name: Some(name.to_owned()), ..SourceChange::default() };
        let refused = sources::change(&t.app, EDITOR, id, "evening", &seen, rename("x")).await;
        assert!(matches!(refused, Err(ChangeError::Forbidden(_))));
        sources::change(&t.app, Actor::Console, id, "evening", &seen, rename("One")).await.unwrap();
        let late = sources::change(&t.app, Actor::Console, id, "evening", &seen, rename("Two")).await;
        assert!(matches!(late, Err(ChangeError::Conflict)));
        assert_eq!(settings(&t, id).await.name, "One");
        let viewer = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        assert!(sources::gather_now(&t.app, viewer, &paper.feed()).await.is_err());
        assert_eq!(sources::gather_now(&t.app, EDITOR, &paper.feed()).await.unwrap().failed, 0);
    }
}
