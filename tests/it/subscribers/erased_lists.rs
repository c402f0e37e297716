//! People who are erased while a list that names them waits at the desk, and what the API had answered about them.

use super::*;
use crate::harness::{Newsroom, both_engines};
use data_encoding::BASE64;
use lamplighter::operators::idempotency::{self, Begun, IdempotencyKey};
use lamplighter::operators::tokens::{self, Scope};
use lamplighter::subscribers::{ImportJobError, ImportJobId, JobChoice, JobState};

const PIECES: Sql = Sql::both("SELECT data AS value FROM import_chunks ORDER BY job_id, number");
const ZOE: &str = "zoe.quill@readers.example";

async fn waiting(t: &Harness) -> String {
    let pieces: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(PIECES, vec![]).await.unwrap();
    pieces.iter().map(|(piece,)| String::from_utf8(BASE64.decode(piece.as_bytes()).unwrap()).unwrap()).collect()
}

async fn upload(t: &Harness, list: &str) -> ImportJobId {
    let mut upload = subscribers::begin_upload(&t.app, Actor::Console, "spring.csv").await.unwrap();
    upload.take(list.as_bytes()).await.unwrap();
    upload.finish().await.unwrap()
}

both_engines! {
    async fn who_is_erased_stands_in_no_list_that_waits_and_the_rest_of_it_is_imported(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        // Of more than one piece; Zoe stands on both sides of where the second begins.
        let filling: String = (0..20_000).map(|n| format!("reader{n}@readers.example,\n")).collect();
        let at = filling[..384 * 1024 - 20].rfind('\n').unwrap() + 1;
        let list = format!("email,name\n{}Zoe.Quill@Readers.example,Zoe Quill\n{}{ZOE},Z\n", &filling[..at], &filling[at..]);
        let id = upload(&t, &list).await;
        let other = upload(&t, "email,name\nada@readers.example,Ada\n").await;
        let before = waiting(&t).await;
        subscribers::erase(&t.app, Actor::Console, &EmailAddr::parse(ZOE).unwrap()).await.unwrap();
        let after = waiting(&t).await;
        assert!(before.contains("Quill") && !after.to_lowercase().contains("quill"));
        assert_eq!((before.len(), after.matches("@readers.example").count()), (after.len(), 20_001));

        let choice = JobChoice { publication: Some("evening".to_owned()), is_confirmed: true, consent: "the fair".to_owned() };
        subscribers::try_import(&t.app, Actor::Console, id, &choice).await.unwrap();
        subscribers::work_once(&t.app, "one").await.unwrap();
        let tried = subscribers::import_job(&t.app, Actor::Console, id).await.unwrap().checked.unwrap();
        assert_eq!((tried.totals.rows, tried.totals.imported), (20_000, 20_000));
        assert_eq!(subscribers::import_job(&t.app, Actor::Console, other).await.unwrap().job.state, JobState::Uploaded);
    }

    async fn two_who_are_erased_from_one_list_at_the_same_moment_are_both_gone(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        upload(&t, &format!("email,name\n{ZOE},Zoe\nada@readers.example,Ada\nben@readers.example,Ben\n")).await;
        let (zoe, ada) = (EmailAddr::parse(ZOE).unwrap(), EmailAddr::parse("ada@readers.example").unwrap());
        let other = t.another_process().await;
        let both = tokio::join!(subscribers::erase(&t.app, Actor::Console, &zoe), subscribers::erase(&other, Actor::Console, &ada));
        both.0.unwrap();
        both.1.unwrap();
        let after = waiting(&t).await;
        assert!(!after.contains("zoe") && !after.contains("ada@") && after.contains("ben@"), "{after}");
    }

    async fn a_list_that_is_only_just_coming_in_is_given_up(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let mut coming = subscribers::begin_upload(&t.app, Actor::Console, "spring.csv").await.unwrap();
        coming.take(format!("email\n{ZOE}\n{}", "x".repeat(400_000)).as_bytes()).await.unwrap();
        // Nothing of a small list is written down before it is whole.
        let mut small = subscribers::begin_upload(&t.app, Actor::Console, "small.csv").await.unwrap();
        small.take(format!("email\n{ZOE}\n").as_bytes()).await.unwrap();
        subscribers::erase(&t.app, Actor::Console, &EmailAddr::parse(ZOE).unwrap()).await.unwrap();
        assert_eq!(waiting(&t).await, "");
        for list in [coming, small] {
            assert!(matches!(list.finish().await, Err(ImportJobError::MovedOn)));
        }
        assert_eq!(waiting(&t).await, "", "and nothing of it is kept by its end");
        upload(&t, "email\nada@readers.example\n").await;
    }

    async fn an_answer_that_named_them_is_forgotten_and_the_request_is_not_carried_out_again(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let text = tokens::create(&t.app, Actor::Console, "crm", &[Scope::Write]).await.unwrap();
        let token = tokens::verify(&t.app, &text).await.unwrap().unwrap().id;
        let mut keys = Vec::new();
        for (name, answer) in [("a", "{\"email\":\"Zoe.Quill@readers.example\"}"), ("b", "{\"email\":\"ada@readers.example\"}"), ("c", "{\"email\":\"j.zoe.quill@readers.example\"}")] {
            let key = IdempotencyKey::parse(name).unwrap();
            assert_eq!(idempotency::begin(&t.app, token, &key, "hash").await.unwrap(), Begun::Ours);
            idempotency::keep(&t.app, token, &key, 201, answer).await.unwrap();
            keys.push((key, answer));
        }
        subscribers::erase(&t.app, Actor::Console, &EmailAddr::parse(ZOE).unwrap()).await.unwrap();
        let kept = |http_status, answer: &str| Begun::Answered { http_status, answer: answer.to_owned() };
        assert_eq!(idempotency::begin(&t.app, token, &keys[0].0, "hash").await.unwrap(), kept(idempotency::FORGOTTEN, ""));
        for (key, answer) in &keys[1..] {
            assert_eq!(idempotency::begin(&t.app, token, key, "hash").await.unwrap(), kept(201, answer), "of somebody else");
        }
    }
}
