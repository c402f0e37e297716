//! A fresh database for each test, on either engine, copied from a template that is migrated once per run.
//!
//! The ids of different tables start 10,000 apart, so that an id taken for another table's finds nothing.

use super::postgres;
use lamplighter::db::{Db, Engine, Sql};
use sqlx::{Connection as _, Executor as _, PgConnection, SqlSafeStr as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A database that lives as long as its test.
pub struct TestDatabase {
    pub url: String,
    home: Home,
}

enum Home {
    Folder(#[expect(dead_code, reason = "held for its Drop, which removes the file")] TempDir),
    Cluster { name: String },
}

static SQLITE_TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
static POSTGRES_TEMPLATE: OnceCell<()> = OnceCell::const_new();
static COUNT: AtomicUsize = AtomicUsize::new(0);

const TEMPLATE: &str = "lamplighter_template";

impl TestDatabase {
    /// With the schema of today. `None` where the engine is not installed.
    pub async fn migrated(engine: Engine) -> Option<Self> {
        match engine {
            Engine::Sqlite => {
                let template = SQLITE_TEMPLATE.get_or_init(sqlite_template).await;
                Some(Self::in_folder(|file| std::fs::write(file, template).expect("the temporary folder is writable")))
            }
            Engine::Postgres => {
                let cluster = postgres::cluster()?;
                POSTGRES_TEMPLATE.get_or_init(|| postgres_template(cluster)).await;
                Some(Self::in_cluster(cluster, TEMPLATE).await)
            }
        }
    }

    /// As [`Self::migrated`], where no disk is waited for: for those who live through very many days.
    pub async fn in_memory(engine: Engine) -> Option<Self> {
        let memory = Path::new("/dev/shm");
        if engine == Engine::Postgres || !memory.is_dir() {
            return Self::migrated(engine).await;
        }
        let template = SQLITE_TEMPLATE.get_or_init(sqlite_template).await;
        let folder = TempDir::with_prefix_in("lamplighter-it-", memory).ok()?;
        Some(Self::in_this(folder, |file| std::fs::write(file, template).expect("there is memory left")))
    }

    /// Without any table. `None` where the engine is not installed.
    pub async fn empty(engine: Engine) -> Option<Self> {
        match engine {
            Engine::Sqlite => Some(Self::in_folder(|_| ())),
            Engine::Postgres => Some(Self::in_cluster(postgres::cluster()?, "template0").await),
        }
    }

    /// One more process at the same database.
    pub async fn connect(&self) -> Db {
        Db::connect(&self.url).await.expect("the test's own database is there")
    }

    /// Where SQLite keeps it.
    pub fn file(&self) -> Option<PathBuf> {
        self.url.strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// After the last test has let go of it. A failed test leaves this to the end of the run.
    pub async fn remove(self) {
        if let Home::Cluster { name } = self.home
            && let Some(cluster) = postgres::cluster()
        {
            administrate(cluster, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }

    fn in_folder(fill: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::with_prefix("lamplighter-it-").expect("there is room for temporary folders");
        Self::in_this(folder, fill)
    }

    fn in_this(folder: TempDir, fill: impl FnOnce(&Path)) -> Self {
        let file = folder.path().join("lamplighter.db");
        fill(&file);
        Self { url: format!("sqlite:{}", file.display()), home: Home::Folder(folder) }
    }

    async fn in_cluster(cluster: &postgres::Cluster, template: &str) -> Self {
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        administrate(cluster, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { url: cluster.url(&name), home: Home::Cluster { name } }
    }
}

async fn sqlite_template() -> Vec<u8> {
    let database = TestDatabase::in_folder(|_| ());
    let db = database.connect().await;
    db.migrate().await.expect("the migrations run on SQLite");
    spread_ids(&db).await;
    db.close().await;
    std::fs::read(database.url.trim_start_matches("sqlite:")).expect("the template was written")
}

async fn postgres_template(cluster: &postgres::Cluster) {
    administrate(cluster, format!("CREATE DATABASE {TEMPLATE}")).await;
    let db = Db::connect(&cluster.url(TEMPLATE)).await.expect("the suite's own cluster answers");
    db.migrate().await.expect("the migrations run on PostgreSQL");
    spread_ids(&db).await;
    db.close().await;
}

const SQLITE_COUNTED: Sql = Sql::both(
    "SELECT name AS value FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' ORDER BY name",
);
const POSTGRES_COUNTED: Sql = Sql::both(
    "SELECT CAST(table_name AS TEXT) AS value FROM information_schema.columns
     WHERE table_schema = 'public' AND is_identity = 'YES' ORDER BY table_name",
);

async fn spread_ids(db: &Db) {
    let counted = match db.engine() {
        Engine::Sqlite => SQLITE_COUNTED,
        Engine::Postgres => POSTGRES_COUNTED,
    };
    let tables: Vec<(String,)> =
        db.read().await.expect("a connection").fetch_all(counted, vec![]).await.expect("the schema is readable");
    let mut tx = db.begin().await.expect("a connection");
    for (first, (table,)) in (10_000..).step_by(10_000).zip(tables) {
        let sql = match db.engine() {
            Engine::Sqlite => format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {first})"),
            Engine::Postgres => format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH {}", first + 1),
        };
        // Once per run, and few.
        tx.execute(Sql::both(sql.leak()), vec![]).await.expect("ids can be moved");
    }
    tx.commit().await.expect("ids can be moved");
}

/// Runs what cannot run inside a transaction, beside the database in question.
async fn administrate(cluster: &postgres::Cluster, sql: String) {
    let mut connection =
        PgConnection::connect(&cluster.url("postgres")).await.expect("the suite's own cluster answers");
    connection.execute(sqlx::AssertSqlSafe(sql).into_sql_str()).await.expect("the suite owns its cluster");
    connection.close().await.expect("a connection can be closed");
}
