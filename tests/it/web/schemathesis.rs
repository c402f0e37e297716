//! A stranger's judge of the API: schemathesis (PyPI) makes requests from the description, right ones and wrong ones, and
//! finds no 500 and no answer that is not as described. `.ci/run` fetches it into a cache folder.

use crate::harness::{Doors, Harness, Newspaper, Newsroom, both_engines, missing};
use lamplighter::operators::Actor;
use lamplighter::operators::tokens::{self, Scope};
use std::path::PathBuf;
use std::process::Stdio;

/// As in `.ci/run`.
const VERSION: &str = "4.32.5";

/// What it judges. Not here: that every request that fits is accepted, for an edition is sent once.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,unsupported_method,ignored_auth";

/// It looks where `LAMPLIGHTER_SCHEMATHESIS` says, or into the cache that `.ci/run` fills.
fn find() -> Option<PathBuf> {
    let own = std::env::var_os("LAMPLIGHTER_SCHEMATHESIS").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|it| !it.is_empty()).map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let cached =
        cache.map(|it| it.join("lamplighter").join(format!("schemathesis-{VERSION}")).join("bin/schemathesis"));
    let found = own.into_iter().chain(cached).find(|it| it.is_file());
    if found.is_none() {
        static TOLD: std::sync::Once = std::sync::Once::new();
        let remedy =
            "Run .ci/run once, or set LAMPLIGHTER_SCHEMATHESIS to the program of the PyPI package schemathesis.";
        TOLD.call_once_force(|_| missing::tell("schemathesis", "no stranger judged the API", remedy));
    }
    found
}

both_engines! {
    async fn a_stranger_finds_no_500_and_nothing_that_is_not_described(t: Harness) {
        let Some(program) = find() else { return };
        let mut t = t;
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper).push_source("Desk")).await;
        for reader in ["anna@readers.example", "ben@readers.example"] {
            t.subscribe(reader).await;
        }
        for title in ["Harbour opens", "Ferry sails", "Mayor speaks"] {
            paper.publish(title);
        }
        t.evening("2026-11-23").await;
        paper.publish("Bridge closes");
        t.gather().await;
        let doors = Doors::open(&mut t).await;
        let key = tokens::create(&t.app, Actor::Console, "judge", Scope::ALL).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (place, address) = (folder.path().to_path_buf(), doors.address.clone());
        let run = move || {
            std::process::Command::new(program)
                .current_dir(place)
                .args(["run", &format!("{address}/api/openapi.json"), "--url", &address])
                .args(["--header", &format!("Authorization: Bearer {key}"), "--checks", CHECKS])
                .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "4", "--seed", "7"])
                // Python's parser is not safe for several threads (SystemError: AST constructor recursion depth mismatch),
                // and one at a time is as fast: they share one lock.
                .args(["--workers", "1"])
                .args(["--generation-database", "none", "--request-timeout", "20", "--max-failures", "20", "--no-color"])
                // It asks the name servers of this machine.
                .args(["--exclude-operation-id", "runChecks"])
                .stdin(Stdio::null())
                .output()
        };
        let judged = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
        let told = String::from_utf8_lossy(&judged.stdout).into_owned();
        assert!(judged.status.success(), "{told}\n{}", String::from_utf8_lossy(&judged.stderr));
        let passed = told.contains(" generated, ") && told.contains(" passed") && !told.contains(" failed");
        assert!(passed, "{told}");
        // It was no walk around the house.
        assert!(lamplighter::editions::list_recent(&mut t.db().read().await.unwrap(), None, 10).await.unwrap().len() > 1);
    }
}
