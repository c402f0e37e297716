//! The trail: written, read, and never changed.

use super::*;
use crate::harness::{Newsroom, both_engines};
use lamplighter::base::{Span, Timestamp};
use lamplighter::db::{Engine, Sql};
use lamplighter::operators::trail::{TrailFilter, TrailLine, Who, look};
use lamplighter::operators::{accounts, audit, standing};

async fn all(t: &Harness, actor: Actor, filter: TrailFilter) -> Vec<TrailLine> {
    look(&t.app, actor, &filter, 200).await.unwrap().lines
}

async fn change(t: &Harness, sql: &'static str) -> Result<u64, lamplighter::db::StoreError> {
    let mut tx = t.db().begin().await.unwrap();
    let changed = tx.execute(Sql::both(sql), vec![]).await?;
    tx.commit().await?;
    Ok(changed)
}

/// So many events of one deed, a second apart.
async fn events(t: &Harness, actor: Actor, verb: &str, subject: (&str, Option<i64>), count: i64) {
    let mut tx = t.db().begin().await.unwrap();
    for n in 0..count {
        let at = t.now() + Span::seconds(n);
        audit::record(&mut tx, at, actor, verb, subject, serde_json::json!({ "n": n })).await.unwrap();
    }
    tx.commit().await.unwrap();
}

both_engines! {
    async fn the_database_itself_refuses_to_change_the_trail(t: Harness) {
        account(&t, ED, Role::Editor).await;
        let before = all(&t, Actor::Console, TrailFilter::default()).await.len();
        assert_eq!(before, 1);
        for sql in [
            "UPDATE audit_events SET verb = 'nothing'",
            "UPDATE audit_events SET detail = '{}' WHERE id > 0",
            "DELETE FROM audit_events",
        ] {
            let refused = change(&t, sql).await;
            assert!(refused.is_err(), "{sql}");
            let words = refused.unwrap_err().to_string();
            assert!(words.contains("append-only"), "{words}");
        }
        if t.db().engine() == Engine::Postgres {
            change(&t, "TRUNCATE audit_events").await.unwrap_err();
        }
        assert_eq!(all(&t, Actor::Console, TrailFilter::default()).await.len(), before);
        // What rewrites a row in place is a change, too.
        if t.db().engine() == Engine::Sqlite {
            change(&t, "INSERT OR REPLACE INTO audit_events SELECT * FROM audit_events").await.unwrap_err();
        }
    }

    async fn erasing_a_reader_needs_no_change_of_the_trail(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe("ada@readers.example").await;
        let address = lamplighter::mail::EmailAddr::parse("ada@readers.example").unwrap();
        lamplighter::subscribers::erase(&t.app, Actor::Console, &address).await.unwrap();
        t.advance(Span::days(400));
        lamplighter::service::sweep(&t.app).await.unwrap();
        let told = all(&t, Actor::Console, TrailFilter::default()).await;
        let text = serde_json::to_string(&told).unwrap();
        assert!(!told.is_empty() && !text.contains("readers.example") && !text.contains("ada"), "{text}");
    }

    async fn a_change_is_told_with_what_was_before_and_after(t: Harness) {
        let (_, ada) = account(&t, ADA, Role::Admin).await;
        let (id, _) = account(&t, ED, Role::Editor).await;
        standing::change_role(&t.app, ada, id, Role::Approver).await.unwrap();
        accounts::rename(&t.app, ada, id, "Edith").await.unwrap();
        accounts::rename(&t.app, ada, id, "Edith").await.unwrap();
        let told = all(&t, ada, TrailFilter { subject: Some(("operator".into(), Some(id.0))), ..TrailFilter::default() }).await;
        let words: Vec<_> = told.iter().map(|it| (it.who.as_str(), it.verb.as_str(), it.subject.as_str())).collect();
        assert_eq!(
            words,
            [("ada", "rename_operator", "Edith"), ("ada", "set_role", "Edith"), ("the command line", "create_operator", "Edith")]
        );
        assert_eq!(told[1].detail, serde_json::json!({ "before": { "role": "editor" }, "after": { "role": "approver" } }));
    }

    async fn accounts_and_keys_are_the_business_of_those_who_manage_them(t: Harness) {
        let (_, ada) = account(&t, ADA, Role::Admin).await;
        let (_, vera) = account(&t, "vera@news.example", Role::Viewer).await;
        events(&t, ada, "approve", ("edition", Some(7)), 1).await;
        assert_eq!(all(&t, ada, TrailFilter::default()).await.len(), 3);
        let seen = all(&t, vera, TrailFilter::default()).await;
        assert_eq!(seen.iter().map(|it| it.verb.as_str()).collect::<Vec<_>>(), ["approve"]);
        for subject in ["operator", "token", "signing_key"] {
            let filter = TrailFilter { subject: Some((subject.into(), None)), ..TrailFilter::default() };
            assert!(all(&t, vera, filter).await.is_empty(), "{subject}");
        }
        let by_verb = TrailFilter { verb: Some("create_operator".into()), ..TrailFilter::default() };
        assert!(all(&t, vera, by_verb.clone()).await.is_empty() && all(&t, ada, by_verb).await.len() == 2);
        let by_console = TrailFilter { who: Some(Who::Console), ..TrailFilter::default() };
        assert!(all(&t, vera, by_console).await.is_empty());
        assert!(look(&t.app, Actor::Visitor, &TrailFilter::default(), 10).await.is_err());
    }

    async fn each_filter_finds_what_it_says_and_pages_miss_nothing(t: Harness) {
        let (id, ed) = account(&t, ED, Role::Editor).await;
        let began = t.now();
        t.advance(Span::hours(1));
        events(&t, ed, "approve", ("edition", Some(7)), 30).await;
        t.advance(Span::hours(1));
        events(&t, Actor::System, "seal", ("edition", Some(8)), 30).await;
        events(&t, Actor::Subscriber(3), "leave", ("subscription", Some(3)), 5).await;
        let count = async |filter: TrailFilter| all(&t, Actor::Console, filter).await.len();
        let none = TrailFilter::default();
        assert_eq!(count(none.clone()).await, 66);
        assert_eq!(count(TrailFilter { who: Some(Who::Operator(id.0)), ..none.clone() }).await, 30);
        assert_eq!(count(TrailFilter { who: Some(Who::System), ..none.clone() }).await, 30);
        assert_eq!(count(TrailFilter { who: Some(Who::Readers), ..none.clone() }).await, 5);
        assert_eq!(count(TrailFilter { who: Some(Who::Console), ..none.clone() }).await, 1);
        assert_eq!(count(TrailFilter { who: Some(Who::Operator(99)), ..none.clone() }).await, 0);
        assert_eq!(count(TrailFilter { verb: Some("seal".into()), ..none.clone() }).await, 30);
        assert_eq!(count(TrailFilter { subject: Some(("edition".into(), None)), ..none.clone() }).await, 60);
        assert_eq!(count(TrailFilter { subject: Some(("edition".into(), Some(8))), ..none.clone() }).await, 30);
        let both = TrailFilter { who: Some(Who::System), verb: Some("approve".into()), ..none.clone() };
        assert_eq!(count(both).await, 0);
        let both = TrailFilter { subject: Some(("edition".into(), Some(7))), verb: Some("approve".into()), ..none.clone() };
        assert_eq!(count(both).await, 30);
        let window = TrailFilter { from: Some(began + Span::minutes(30)), to: Some(began + Span::minutes(90)), ..none.clone() };
        assert_eq!(count(window).await, 30);

        let mut seen: Vec<(Timestamp, i64)> = Vec::new();
        let mut filter = none;
        loop {
            let page = look(&t.app, Actor::Console, &filter, 7).await.unwrap();
            seen.extend(page.lines.iter().map(|it| (it.at, it.id)));
            // What happens meanwhile is newer than where the reader stands.
            t.advance(Span::hours(1));
            events(&t, Actor::System, "seal", ("edition", Some(8)), 1).await;
            match page.next {
                Some(cursor) => filter.after = Some(cursor),
                None => break,
            }
        }
        assert_eq!(seen.len(), 66);
        assert!(seen.is_sorted_by(|one, other| one > other), "the latest first, none twice");
    }
}

/// Which index finds the lines of which statement.
const TRAIL_PLANS: [(&str, &str); 6] = [
    ("LIST_TRAIL", "audit_events_by_time"),
    ("LIST_TRAIL_OF_ACTOR", "audit_events_by_actor"),
    ("LIST_TRAIL_OF_NOBODY", "audit_events_by_actor"),
    ("LIST_TRAIL_OF_SUBJECT", "audit_events_by_subject"),
    ("LIST_TRAIL_OF_SUBJECT_KIND", "audit_events_by_subject_kind"),
    ("LIST_TRAIL_OF_VERB", "audit_events_by_verb"),
];

both_engines! {
    async fn a_page_of_the_trail_is_found_by_an_index_and_in_its_order(t: Harness) {
        if t.db().engine() != Engine::Sqlite {
            return;
        }
        let statements = lamplighter::statements();
        for (name, index) in TRAIL_PLANS {
            let statement = statements.iter().find(|it| it.name == format!("lamplighter::operators::store::trail::{name}")).unwrap();
            let text = format!("EXPLAIN QUERY PLAN {}", statement.sql.text(Engine::Sqlite));
            let text: &'static str = Box::leak(text.into_boxed_str());
            let values = vec![lamplighter::db::Value::Int(Some(0)); statement.sql.parameters(Engine::Sqlite)];
            let rows: Vec<Step> = t.db().read().await.unwrap().fetch_all(Sql::both(text), values).await.unwrap();
            let plan: Vec<String> = rows.into_iter().map(|it| it.detail).collect();
            let plan = plan.join("; ");
            assert!(plan.contains(&format!("SEARCH audit_events USING INDEX {index} (")), "{name}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{name}: {plan}");
        }
    }
}

struct Step {
    detail: String,
}

impl lamplighter::db::FromRow for Step {
    fn from_row(row: &lamplighter::db::Row) -> Result<Self, lamplighter::db::StoreError> {
        Ok(Self { detail: row.get("detail")? })
    }
}
