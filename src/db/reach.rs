//! A connection of PostgreSQL's pool, or the reason for which there is none.
//!
//! It promises: a server that is away is told as that, with its address and the system's own word (refused, no such
//! socket), never with a name or a password, and within a second or two; a pool that is merely busy is waited for as
//! before. sqlx itself tries a refused connection again until its time is over, and then says that the pool timed out. Held
//! to it by the tests below.

use super::StoreError;
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgPool, Postgres, Transaction};
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};

/// A pool answers sooner, unless it is busy or its server away.
const PATIENCE: Duration = Duration::from_millis(500);
/// A server that does not say yes or no to a bare connection in that time is away as well.
const KNOCK_TIME_MAX: Duration = Duration::from_secs(2);

/// Begins to its end, also when whoever asked is gone meanwhile: else the connection would go back to the pool inside of a
/// transaction that nobody knows of, and the next one would find itself in it.
pub(super) async fn begin_whole(
    pool: &PgPool,
    begin: &'static str,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { or_away(&pool, pool.begin_with(begin)).await }).await;
    begun.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

/// What the pool gives, unless its server turns out to be away before that.
pub(super) async fn or_away<T>(
    pool: &PgPool,
    given: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let mut given = std::pin::pin!(given);
    let options = pool.connect_options();
    let given = match tokio::time::timeout(PATIENCE, &mut given).await {
        Ok(given) => given,
        Err(_) => tokio::select! {
            given = &mut given => given,
            Err(why) = knock(&options) => Err(sqlx::Error::Io(why)),
            else => Err(sqlx::Error::PoolTimedOut),
        },
    };
    match given {
        // What the system says of a socket names no place.
        Err(sqlx::Error::Io(why)) => Err(sqlx::Error::Io(knock(&options).await.err().unwrap_or(why))),
        given => given,
    }
}

/// Connecting for the first time; a server that is just starting is waited for.
pub(super) async fn connected(
    connecting: impl Future<Output = Result<PgPool, sqlx::Error>>,
    options: &PgConnectOptions,
) -> Result<PgPool, StoreError> {
    match connecting.await {
        Err(sqlx::Error::PoolTimedOut) => {
            let why = knock(options).await.err().map_or(sqlx::Error::PoolTimedOut, sqlx::Error::Io);
            Err(StoreError::Unavailable(why))
        }
        connected => connected.map_err(StoreError::Unavailable),
    }
}

/// Whether anybody is there at all.
async fn knock(options: &PgConnectOptions) -> io::Result<()> {
    let (host, port) = (options.get_host(), options.get_port());
    let socket = options.get_socket().cloned().or_else(|| host.starts_with('/').then(|| PathBuf::from(host)));
    let (place, knocked) = match socket {
        Some(folder) => {
            let path = folder.join(format!(".s.PGSQL.{port}"));
            let place = path.display().to_string();
            (place, tokio::time::timeout(KNOCK_TIME_MAX, async { UnixStream::connect(path).await.map(drop) }).await)
        }
        None => {
            let knocking = async { TcpStream::connect((host, port)).await.map(drop) };
            (format!("{host}:{port}"), tokio::time::timeout(KNOCK_TIME_MAX, knocking).await)
        }
    };
    match knocked {
        Ok(Ok(())) => Ok(()),
        Ok(Err(why)) => Err(io::Error::new(io::ErrorKind::NotConnected, format!("nobody answers at {place}: {why}"))),
        Err(_) => Err(io::Error::new(io::ErrorKind::NotConnected, format!("nobody answers at {place}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::postgres::PgPoolOptions;

    fn pool(options: PgConnectOptions) -> PgPool {
        PgPoolOptions::new().acquire_timeout(Duration::from_secs(10)).connect_lazy_with(options)
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_told_soon_with_its_address_and_without_its_password() {
        // Nobody listens at a port that was just given back.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let secret = PgConnectOptions::new_without_pgpass().username("lamp").password("hunter2");
        let folder = tempfile::tempdir().unwrap();
        let by_port = secret.clone().host("127.0.0.1").port(free);
        let by_socket = secret.socket(folder.path());
        for (options, words) in [(by_port, "refused"), (by_socket, ".s.PGSQL.")] {
            let pool = pool(options);
            let begun = tokio::time::timeout(Duration::from_secs(4), begin_whole(&pool, "BEGIN")).await;
            let error = StoreError::from(begun.expect("it is told soon").unwrap_err());
            let told = error.to_string();
            assert!(error.is_away() && told.contains("nobody answers at") && told.contains(words), "{told}");
            assert!(!told.contains("hunter2") && !told.contains("lamp@"), "{told}");
        }
    }
}
