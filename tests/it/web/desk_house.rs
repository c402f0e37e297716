//! The house at the desk, over HTTP: relays, checks, jobs, backups.

use super::at_desk::AtDesk;
use crate::harness::{Harness, Newsroom, both_engines, until};
use lamplighter::db::Engine;
use lamplighter::operators::{Actor, Role};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

both_engines! {
    async fn limits_are_set_taken_back_and_paused(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        let page = desk.get("/desk/relays").await;
        page.says(200, &["Relays", "gmail"]);
        let form = [("scope", "group:gmail"), ("connections", "2"), ("rate", "0"), ("per_hour", "500"), ("per_day", "0")];
        desk.press("/desk/relays/limits", &form).await.says(200, &["Set.", "0 of 500", "Set here, above lamplighter.toml."]);
        let wrong = [("scope", "group:gmail"), ("connections", "<b>"), ("rate", "-4"), ("per_hour", ""), ("per_day", "")];
        desk.press("/desk/relays/limits", &wrong).await.says(422, &["whole number", "&#60;b&#62;"]);
        let pause = [("scope", "group:gmail"), ("minutes", "30"), ("reason", "<i>they moved</i>")];
        let page = desk.press("/desk/relays/pause", &pause).await;
        page.says(200, &["Paused for 30 minutes.", "they moved"]);
        assert!(!page.text.contains("<i>they"));
        desk.press("/desk/relays/resume", &[("scope", "group:gmail")]).await.says(200, &["Resumed."]);
        desk.press("/desk/relays/clear", &[("scope", "group:gmail")]).await.says(200, &["Taken back."]);
        desk.press("/desk/relays/clear", &[("scope", "group:nobody")]).await.says(404, &[]);
    }

    async fn a_viewer_looks_at_the_house_and_turns_nothing(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Viewer).await;
        for path in ["/desk/relays", "/desk/doctor", "/desk/jobs", "/desk/backups"] {
            let page = desk.get(path).await;
            page.says(200, &[]);
            assert!(!page.text.contains("action=\"/desk/relays"), "{path}");
        }
        for path in ["/desk/doctor", "/desk/backups", "/desk/backups/note"] {
            desk.press(path, &[]).await.says(403, &[]);
        }
        for path in ["/desk/relays/limits", "/desk/relays/pause", "/desk/relays/resume", "/desk/relays/clear"] {
            desk.press(path, &[("scope", "group:gmail"), ("rate", "1")]).await.says(403, &[]);
        }
    }

    async fn a_backup_is_made_at_the_desk_where_that_is_possible(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let engine = t.db().engine();
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        desk.get("/desk/backups").await.says(200, &["There is no backup yet"]);
        if engine == Engine::Postgres {
            desk.press("/desk/backups", &[]).await.says(200, &["pg_dump"]);
            desk.press("/desk/backups/note", &[]).await.says(200, &["Noted.", "made elsewhere"]);
            return;
        }
        let folder = lamplighter::service::look_at_backup(&t.app, Actor::Console).await.unwrap().folder.unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        let left = ["desk-2026-11-01T120000.db.0123456789.part", "desk-2026-11-01T120000.db.0123456789.part-journal", "own.part"];
        for name in left {
            let file = std::fs::File::create(folder.join(name)).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
        desk.press("/desk/backups", &[]).await.says(200, &["A copy is being made."]);
        until("the copy", PATIENCE, async || {
            let look = lamplighter::service::look_at_backup(&t.app, Actor::Console).await.unwrap();
            assert_eq!(look.run.error, None);
            !look.run.is_running && look.files.len() == 1
        })
        .await;
        assert_eq!(left.map(|name| folder.join(name).exists()), [false, false, true], "what a copy left that was killed");
        desk.get("/desk/backups").await.says(200, &["The last one is of", "desk-", ".db", "None was tried out yet."]);
        let look = lamplighter::service::look_at_backup(&t.app, Actor::Console).await.unwrap();
        let copy = look.folder.unwrap().join(&look.files[0].name);
        lamplighter::service::rehearse(&t.app, Actor::Console, &copy).await.unwrap();
        desk.get("/desk/backups").await.says(200, &["One was last tried out <time", "and it would serve."]);
    }

    async fn a_rehearsal_that_failed_is_told_until_another_one_goes_well(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Viewer).await;
        let missing = std::path::Path::new("/nowhere/of-monday.db");
        assert!(!desk.get("/desk/backups").await.text.contains("could not be used"));
        lamplighter::service::rehearse(&t.app, Actor::Console, missing).await.unwrap_err();
        let told = ["of-monday.db</code> was tried out <time", "the file cannot be read.", "`lamplighter restore --rehearse FILE` on the server again."];
        let page = desk.get("/desk/backups").await;
        page.says(200, &told);
        assert!(!page.text.contains("/nowhere") && !page.text.contains("None was tried out"), "{}", page.text);
        desk.get("/desk/trail").await.says(200, &["rehearsed a restore that failed", "problem: the file cannot be read"]);
        let look = lamplighter::service::look_at_rehearsals(&t.app, Actor::Console).await.unwrap();
        assert_eq!((look.served_at, look.failed.map(|it| it.at)), (None, Some(t.now())));
        lamplighter::service::look_at_rehearsals(&t.app, Actor::Visitor).await.unwrap_err();
        if t.db().engine() == Engine::Postgres {
            return;
        }
        t.advance(lamplighter::base::Span::hours(1));
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("new.db");
        lamplighter::service::back_up(&t.app, Actor::Console, &copy).await.unwrap();
        lamplighter::service::rehearse(&t.app, Actor::Console, &copy).await.unwrap();
        let page = desk.get("/desk/backups").await;
        page.says(200, &["One was last tried out <time"]);
        assert!(!page.text.contains("of-monday.db"), "{}", page.text);
    }

    async fn jobs_tell_what_nobody_does(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Viewer).await;
        desk.get("/desk/jobs").await.says(200, &["Nobody is the scheduler", "No worker is alive", "never done yet"]);
    }

    async fn the_checks_run_in_the_background_once_at_a_time_and_are_kept(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        let desk = AtDesk::with(&mut t, Role::Admin).await;
        desk.get("/desk/doctor").await.says(200, &["They never ran from here."]);
        desk.press("/desk/doctor", &[]).await.says(200, &["The checks are running."]);
        until("the result", PATIENCE, async || {
            let visit = lamplighter::doctor::find_last_visit(&t.app, Actor::Console).await.unwrap().unwrap();
            !visit.is_running && visit.ended_at.is_some()
        })
        .await;
        let page = desk.get("/desk/doctor").await;
        page.says(200, &["Result of"]);
        assert!(page.text.contains("to mend") || page.text.contains("no result"), "{}", page.text);
    }
}
