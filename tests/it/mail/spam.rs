//! What a spam filter says of editions of 1, 5 and 30 stories: SpamAssassin, without asking the network.

use crate::harness::missing;
use crate::harness::{Harness, Newspaper, Newsroom, Stage, TestDatabase};
use lamplighter::db::Engine;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// SpamAssassin itself calls 5.0 spam.
const SCORE_MAX: f64 = 2.0;
const TITLES: [&str; 6] = [
    "Old ferry pier to stay open through the winter",
    "Night market returns to Rope Street after three years",
    "Council votes on the school budget tonight",
    "Rowers win the autumn regatta in strong wind",
    "New tram line will run every eight minutes",
    "Library opens on Sundays from December",
];

/// The edition of an evening with so many stories, as the relay took it.
async fn edition_of(stories: usize) -> Vec<u8> {
    let database = TestDatabase::migrated(Engine::Sqlite).await.expect("SQLite is always there");
    let t = <Harness as Stage>::set(Arc::new(database)).await;
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    t.subscribe("ada@readers.example").await;
    for number in 0..stories {
        let title = format!(
            "{}{}",
            TITLES[number % TITLES.len()],
            if number < TITLES.len() { String::new() } else { format!(" ({number})") }
        );
        paper.publish_in(["World", "Local", "Sport"][number % 3], &title);
    }
    t.evening("2026-11-23").await;
    t.editions_mailed().last().expect("it was mailed").raw.clone()
}

/// The score of a mail, and the rules that made it.
fn judged(mail: &[u8]) -> Option<(f64, String)> {
    let program = Command::new("spamassassin")
        .args(["--local", "--test-mode", "--nocreate-prefs"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut program = program.ok()?;
    program.stdin.take().expect("a pipe").write_all(mail).expect("it reads the mail");
    let said = program.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&said.stdout).replace("\n\t", " ");
    let status = text.lines().find(|line| line.starts_with("X-Spam-Status:")).expect("a verdict").to_owned();
    let score = status.split("score=").nth(1).and_then(|it| it.split(' ').next()).expect("a score");
    Some((score.parse().expect("a number"), status))
}

#[tokio::test]
async fn c11_no_edition_looks_like_spam_to_a_filter() {
    let spam = b"Subject: Cheap pills!!! 100% free money, act now\r\n\r\nViagra, click http://192.0.2.1/x now! XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n";
    let Some((worst, _)) = judged(spam) else {
        return missing::tell(
            "spamassassin",
            "no mail was judged by a spam filter",
            "On Debian: apt-get install spamassassin",
        );
    };
    assert!(worst > 100.0, "the filter filters: {worst}");
    for stories in [1, 5, 30] {
        let mail = edition_of(stories).await;
        // As it arrives: from outside, signed or not makes no difference without the network.
        let (score, rules) = judged(&mail).expect("it was there a moment ago");
        assert!(score < SCORE_MAX, "{stories} stories: {rules}");
    }
}
