//! Folders in a temporary place, and takers that fail first.

use super::*;
use crate::postbox::Round;
use crate::postbox::takers::Notebook;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

struct Box(TempDir);

impl Box {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["new", "cur", "tmp"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn look(&self) -> Look {
        Look::new(Maildir::open(self.0.path()).unwrap())
    }
}

async fn once(look: &mut Look, taker: &Notebook) -> Round {
    look.once(taker, &CancellationToken::new()).await.unwrap()
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).unwrap().next().is_none()
}

#[tokio::test]
async fn mails_are_taken_in_order_and_removed() {
    let (mailbox, taker) = (Box::new(), Notebook::default());
    mailbox.put("new/2.b.host", "second");
    mailbox.put("new/1.a.host", "first");
    mailbox.put("cur/3.c.host:2,S", "nonsense");
    mailbox.put("tmp/4.d.host", "not yet");
    mailbox.put("new/.hidden", "no mail");
    let round = once(&mut mailbox.look(), &taker).await;
    assert_eq!(round, Round { done: 2, refused: 1, ..Round::default() });
    assert_eq!(taker.bodies(), ["first", "second", "nonsense"]);
    assert!((taker.given()[0].from.is_none()) && taker.given()[0].to.is_empty());
    assert!(
        is_empty(&mailbox.path("cur")) && mailbox.path("tmp/4.d.host").exists() && mailbox.path("new/.hidden").exists()
    );
}

#[tokio::test]
async fn what_cannot_be_taken_now_stays_and_is_taken_later() {
    let (mailbox, taker) = (Box::new(), Notebook::failing(4));
    (1..=5).for_each(|number| mailbox.put(&format!("new/{number}.host"), &number.to_string()));
    let mut look = mailbox.look();
    // The rest is not tried: the database is away.
    assert_eq!(once(&mut look, &taker).await, Round { kept: 3, ..Round::default() });
    assert_eq!(fs::read_dir(mailbox.path("new")).unwrap().count(), 5);
    // One that fails does not stand before the others.
    assert_eq!(once(&mut look, &taker).await, Round { kept: 1, done: 4, ..Round::default() });
    assert_eq!(once(&mut look, &taker).await, Round { done: 1, ..Round::default() });
    assert_eq!(taker.bodies(), ["2", "3", "4", "5", "1"]);
}

#[tokio::test]
async fn a_mail_too_large_is_put_aside() {
    let (mailbox, taker) = (Box::new(), Notebook::default());
    mailbox.put("new/1.host", "12345");
    mailbox.put("new/2.host", "123456");
    let mut look = mailbox.look().with_mail_bytes_max(5);
    assert_eq!(once(&mut look, &taker).await, Round { done: 1, too_big: 1, ..Round::default() });
    assert_eq!(fs::read_to_string(mailbox.path(".too-big/cur/2.host")).unwrap(), "123456");
    assert!(is_empty(&mailbox.path("new")));
    // Another one of the same name does not replace it.
    mailbox.put("new/2.host", "abcdef");
    assert_eq!(once(&mut look, &taker).await, Round { skipped: 1, ..Round::default() });
    assert_eq!(fs::read_to_string(mailbox.path(".too-big/cur/2.host")).unwrap(), "123456");
    assert_eq!(fs::read_to_string(mailbox.path("new/2.host")).unwrap(), "abcdef");
}

#[tokio::test]
async fn links_folders_and_the_like_are_no_mails() {
    let (mailbox, taker) = (Box::new(), Notebook::default());
    mailbox.put("secret", "not a mail");
    std::os::unix::fs::symlink(mailbox.path("secret"), mailbox.path("new/1.host")).unwrap();
    fs::create_dir(mailbox.path("new/2.host")).unwrap();
    assert_eq!(once(&mut mailbox.look(), &taker).await, Round::default());
    assert!(mailbox.path("secret").exists());
}

#[tokio::test]
async fn two_processes_do_each_other_no_harm() {
    let (mailbox, taker) = (Box::new(), Arc::new(Notebook::gated()));
    mailbox.put("new/1.host", "x");
    let (mut first, theirs) = (mailbox.look(), Arc::clone(&taker));
    let looking = tokio::spawn(async move { once(&mut first, &theirs).await });
    taker.begun.notified().await;
    // The first one is in the midst of it.
    assert_eq!(once(&mut mailbox.look(), &taker).await, Round::default());
    taker.gate.add_permits(1);
    assert_eq!(looking.await.unwrap(), Round { done: 1, ..Round::default() });
    assert_eq!(once(&mut mailbox.look(), &taker).await, Round::default());
    assert_eq!(taker.bodies(), ["x"]);
}

#[tokio::test]
async fn a_mail_that_somebody_else_removes_meanwhile_is_no_trouble() {
    let (mailbox, taker) = (Box::new(), Arc::new(Notebook::gated()));
    mailbox.put("new/1.host", "x");
    mailbox.put("new/2.host", "y");
    let (mut look, theirs) = (mailbox.look(), Arc::clone(&taker));
    let looking = tokio::spawn(async move { (once(&mut look, &theirs).await, look) });
    taker.begun.notified().await;
    fs::remove_file(mailbox.path("new/1.host")).unwrap();
    fs::remove_file(mailbox.path("new/2.host")).unwrap();
    taker.gate.add_permits(1);
    let (round, _) = looking.await.unwrap();
    assert_eq!(round, Round { done: 1, skipped: 1, ..Round::default() });
}

#[tokio::test]
async fn a_mail_that_cannot_be_removed_is_not_taken_twice() {
    let (mailbox, taker) = (Box::new(), Arc::new(Notebook::gated()));
    mailbox.put("new/1.host", "x");
    let (mut look, theirs) = (mailbox.look(), Arc::clone(&taker));
    let looking = tokio::spawn(async move { (once(&mut look, &theirs).await, look) });
    taker.begun.notified().await;
    // A folder in its place is what nobody can remove like a file, whatever their rights.
    fs::remove_file(mailbox.path("new/1.host")).unwrap();
    fs::create_dir(mailbox.path("new/1.host")).unwrap();
    // One more than is needed: to take it twice would fail, not hang.
    taker.gate.add_permits(2);
    let (round, mut look) = looking.await.unwrap();
    assert_eq!(round, Round { done: 1, skipped: 1, ..Round::default() });
    fs::remove_dir(mailbox.path("new/1.host")).unwrap();
    mailbox.put("new/1.host", "x");
    assert_eq!(once(&mut look, &taker).await, Round::default());
    assert!(is_empty(&mailbox.path("new")));
    assert_eq!(taker.bodies(), ["x"]);
}

#[test]
fn a_path_without_a_maildir_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Maildir::open(folder.path()).unwrap_err().contains("maildirmake"));
    assert!(Maildir::open("/nowhere/at/all").is_err());
}
