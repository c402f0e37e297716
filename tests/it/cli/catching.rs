//! `lamplighter sink` as a trial's other end: it counts, keeps a file, and tells both.

use super::*;

#[tokio::test]
async fn what_a_sink_took_is_counted_and_on_file() {
    let place = fresh(nowhere());
    let script = r#"
        $lamplighter sink --listen 127.0.0.1:0 --count-only --ledger taken.tsv --delay-ms 2 --json 2>err >out &
        until grep -q smtp:// err; do sleep 0.02; done
        exec 3<>/dev/tcp/127.0.0.1/$(sed -n 's/.*smtp:.*:\([0-9]*\)$/\1/p' err)
        printf 'EHLO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\nMessage-ID: <1@x.example>\r\n\r\nx\r\n.\r\n' >&3
        printf 'MAIL FROM:<a@x.example>\r\nRCPT TO:<policy@x.example>\r\nDATA\r\nQUIT\r\n' >&3
        cat <&3 >heard
        kill $!
        wait $! && cat out
    "#;
    let counts = place.shell(script).await.ok().json();
    assert_eq!((&counts["accepted"], &counts["mailed"], &counts["repeated"]), (&1.into(), &1.into(), &0.into()));
    assert_eq!(counts["commands"]["RCPT"], 2);
    assert!(place.read("taken.tsv").ends_with("Z\tb@x.example\t1@x.example\n"), "{}", place.read("taken.tsv"));
    assert!(place.read("heard").contains("550 5.7.1"));
}

#[tokio::test]
async fn a_sink_that_cannot_do_as_it_is_told_says_so() {
    let place = fresh(nowhere());
    let sink = ["sink", "--listen", "127.0.0.1:0"];
    let with = |more: &[&'static str]| [&sink[..], more].concat();
    place.run(&with(&["--manners", "noon-421"])).await.with_code(2).tells(&["banner-421"]);
    place.run(&with(&["--ledger", "nowhere/taken.tsv"])).await.with_code(1).tells(&["nowhere/taken.tsv", "--ledger"]);
}
