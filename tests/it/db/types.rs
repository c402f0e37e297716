//! What is written is what is read, on both engines alike.

use crate::harness::{TestDatabase, both_engines};
use lamplighter::base::Timestamp;
use lamplighter::db::{Db, Sql, StoreError, Value};
use std::sync::Arc;

const CREATE: Sql = Sql::pair(
    "CREATE TABLE scratch (number INTEGER, word TEXT, truth INTEGER) STRICT",
    "CREATE TABLE scratch (number BIGINT, word TEXT, truth BOOLEAN)",
);
const INSERT: Sql = Sql::both("INSERT INTO scratch (number, word, truth) VALUES ($1, $2, $3)");
const NUMBER: Sql = Sql::both("SELECT number AS value FROM scratch");
const WORD: Sql = Sql::both("SELECT word AS value FROM scratch");
const TRUTH: Sql = Sql::both("SELECT truth AS value FROM scratch");
const CLEAR: Sql = Sql::both("DELETE FROM scratch");

type Three = (Option<i64>, Option<String>, Option<bool>);

async fn scratch(database: &TestDatabase) -> Db {
    let db = database.connect().await;
    let mut tx = db.begin().await.unwrap();
    tx.execute(CREATE, vec![]).await.unwrap();
    tx.commit().await.unwrap();
    db
}

async fn there_and_back(db: &Db, (number, word, truth): Three) -> Three {
    let mut tx = db.begin().await.unwrap();
    tx.execute(CLEAR, vec![]).await.unwrap();
    tx.execute(INSERT, vec![number.into(), word.into(), truth.into()]).await.unwrap();
    let read = (
        tx.fetch_value(NUMBER, vec![]).await.unwrap(),
        tx.fetch_value(WORD, vec![]).await.unwrap(),
        tx.fetch_value(TRUTH, vec![]).await.unwrap(),
    );
    tx.commit().await.unwrap();
    read
}

both_engines! {
    async fn values_come_back_as_they_were(database: Arc<TestDatabase>) {
        let db = scratch(&database).await;
        let words = [
            "", " ", "word", "it's \"quoted\" \\ $1 ? %", "line\r\nline", "\u{1f3ee} \u{e9}\u{301} \u{5d0}\u{202e}",
            "\u{fffd}\u{feff}\u{10ffff}", "NULL",
        ];
        for word in words {
            let three = (Some(1), Some(word.to_owned()), Some(true));
            assert_eq!(there_and_back(&db, three.clone()).await, three);
        }
        for number in [i64::MIN, -1, 0, 1, 1 << 53, (1 << 53) + 1, i64::MAX] {
            let three = (Some(number), Some("number".to_owned()), Some(false));
            assert_eq!(there_and_back(&db, three.clone()).await, three);
        }
        let long = (None, Some("\u{1f3ee}".repeat(300_000)), None);
        assert!(there_and_back(&db, long.clone()).await == long, "a text of 1.2 MB did not come back");
    }

    async fn nothing_comes_back_as_nothing(database: Arc<TestDatabase>) {
        let db = scratch(&database).await;
        let three: Three = (None, None, None);
        assert_eq!(there_and_back(&db, three.clone()).await, three);
        let mut tx = db.read().await.unwrap();
        let number: Result<i64, _> = tx.fetch_value(NUMBER, vec![]).await;
        assert!(matches!(number, Err(StoreError::Corrupt(_))), "NULL read as a number: {number:?}");
        let word: Result<String, _> = tx.fetch_value(WORD, vec![]).await;
        assert!(matches!(word, Err(StoreError::Corrupt(_))), "NULL read as a text: {word:?}");
    }

    async fn a_nul_character_is_left_out_of_a_text(database: Arc<TestDatabase>) {
        let db = scratch(&database).await;
        let (_, word, _) = there_and_back(&db, (None, Some("a\0b\0".to_owned()), None)).await;
        assert_eq!(word.as_deref(), Some("ab"));
    }

    async fn a_value_of_the_wrong_type_is_refused(database: Arc<TestDatabase>) {
        let db = scratch(&database).await;
        let mut tx = db.begin().await.unwrap();
        let refused = tx.execute(INSERT, vec![Value::Text(Some("one".to_owned())), "word".into(), true.into()]).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }

    async fn a_column_that_is_not_there_or_of_another_type_is_told_as_corrupt(database: Arc<TestDatabase>) {
        let db = scratch(&database).await;
        there_and_back(&db, (Some(1), Some("word".to_owned()), Some(true))).await;
        let mut tx = db.read().await.unwrap();
        let unnamed: Result<i64, _> = tx.fetch_value(Sql::both("SELECT number FROM scratch"), vec![]).await;
        assert!(matches!(unnamed, Err(StoreError::Corrupt(_))), "{unnamed:?}");
        let mistaken: Result<i64, _> = tx.fetch_value(WORD, vec![]).await;
        assert!(matches!(mistaken, Err(StoreError::Corrupt(_))), "{mistaken:?}");
    }

    async fn instants_keep_their_microseconds(database: Arc<TestDatabase>) {
        let db = scratch(&database).await;
        for at in [Timestamp::EPOCH, Timestamp::from_micros(-1), Timestamp::from_micros(1_795_458_600_123_456)] {
            let mut tx = db.begin().await.unwrap();
            tx.execute(CLEAR, vec![]).await.unwrap();
            tx.execute(INSERT, vec![at.into(), Value::Text(None), Value::Bool(None)]).await.unwrap();
            assert_eq!(tx.fetch_value::<Timestamp>(NUMBER, vec![]).await.unwrap(), at);
            tx.commit().await.unwrap();
        }
    }
}
