//! `init` and `apply`.

use super::*;

#[tokio::test]
async fn init_writes_what_the_next_commands_need_and_keeps_what_is_there() {
    let place = Place::empty();
    let said = place.run(&["init", "room", "--name", "The Quay Post", "--operator", "editor@quay.example"]).await.ok();
    for word in
        ["wrote", "choose the password here", "/desk/welcome/", "cd room", "lamplighter apply", "lamplighter serve"]
    {
        assert!(said.out.contains(word), "{word}\n{said}");
    }
    let file = place.read("room/lamplighter.toml");
    for line in [
        "name = \"The Quay Post\"",
        "from = \"The Quay Post <evening@news.example>\"",
        "postal_address = \"The Quay Post, 1 Harbour Street, Exampleton\"",
    ] {
        assert!(file.contains(line), "{line} is not in {file}");
    }
    assert!(!said.out.contains("LAMPLIGHTER_DATABASE__URL"), "the file names the database: {said}");
    place.write("room/newsroom.toml", "# mine\n");
    let again = place.run(&["init", "room"]).await.ok();
    assert!(again.out.contains("kept") && !again.out.contains("wrote"), "{again}");
    assert!(again.out.contains("/desk/welcome/"), "nobody has chosen a password yet: {again}");
    assert!(place.read("room/lamplighter.toml").contains("The Quay Post"));
    assert_eq!(place.read("room/newsroom.toml"), "# mine\n");
    let elsewhere = place.shell("LAMPLIGHTER_DATABASE__URL=sqlite:other.db \"$lamplighter\" init hall").await.ok();
    assert!(elsewhere.out.contains("note  this is the database of LAMPLIGHTER_DATABASE__URL"), "{elsewhere}");
    place.run(&["init", "room", "--operator", "nobody"]).await.with_code(2).tells(&["--operator"]);
}

#[tokio::test]
async fn what_init_writes_applies_as_it_is() {
    let place = Place::empty();
    place.run(&["init"]).await.ok();
    place.run(&["apply"]).await.ok();
    place.run(&["edition", "list"]).await.ok();
    let gathered = place.run(&["gather"]).await.ok();
    assert!(gathered.out.contains("there is no source yet"), "an invented source would fail for ever: {gathered}");
    let said = place.run(&["operator", "list"]).await.ok();
    assert!(said.out.contains("editor@newsroom.example"), "{said}");
}

#[tokio::test]
async fn applying_twice_is_applying_once_and_a_dry_run_changes_nothing() {
    let place = fresh(nowhere());
    place.write(
        "newsroom.toml",
        "[[publication]]\nslug = 'evening'\nname = 'Evening'\n[[publication.slot]]\n[[publication.section]]\nname = 'Harbour'\n[[publication.source]]\nurl = 'https://news.example/feed'\n",
    );
    let dry = place.run(&["apply", "--dry-run", "--json"]).await.ok().json();
    assert_eq!(dry.as_array().map(Vec::len), Some(4), "{dry}");
    assert_eq!(place.run(&["edition", "list", "--json"]).await.ok().json().as_array().map(Vec::len), Some(0));
    let first = place.run(&["apply", "newsroom.toml", "--json"]).await.ok().json();
    assert_eq!(first, dry, "a dry run tells what would be done");
    let second = place.run(&["apply", "newsroom.toml"]).await.ok();
    assert!(second.out.contains("nothing to change"), "{second}");
    assert_eq!(place.run(&["apply", "--json"]).await.ok().json().as_array().map(Vec::len), Some(0));
}
