//! `apply` after changes at the desk: nothing is undone in silence.

use crate::harness::{Harness, Newsroom, both_engines};
use lamplighter::operators::Actor;
use lamplighter::publications::apply::{self, ApplyError, Change, How};
use lamplighter::publications::{
    PublicationPatch, PublicationValues, SectionPatch, SectionValues, SlotPatch, SlotValues, Version, add_section,
    add_slot, archive_section, change_publication, change_section, change_slot, list_sections, list_slots,
};

async fn apply(t: &Harness, newsroom: &Newsroom, over_desk: bool) -> Result<Vec<Change>, ApplyError> {
    let how = How { dry_run: false, over_desk };
    apply::apply_how(&t.app, Actor::Console, &newsroom.to_string(), how).await
}

/// `changed section world`, one a line.
fn told(changes: &[Change]) -> Vec<String> {
    changes.iter().map(|it| format!("{} {}", it.deed, it.what)).collect()
}

async fn rename(t: &Harness, name: &str) {
    let it = t.publication("evening").await;
    let patch = PublicationPatch { name: Some(name.to_owned()), ..PublicationPatch::default() };
    let seen = Version::of(&PublicationValues::of(&it));
    change_publication(&t.app, Actor::Console, it.id, &seen, patch).await.unwrap();
}

both_engines! {
    async fn what_the_desk_changed_stays_and_is_told(t: Harness) {
        let newsroom = Newsroom::empty();
        t.set_up(&newsroom).await;
        rename(&t, "The Late Lamp").await;
        let changes = apply(&t, &newsroom, false).await.unwrap();
        assert_eq!(told(&changes), ["kept publication evening: name as changed at the desk"]);
        assert_eq!(t.publication("evening").await.name, "The Late Lamp");
        // The file says something new elsewhere: that holds, and the name still stays.
        let changes = apply(&t, &newsroom.clone().with("min_items = 3"), false).await.unwrap();
        assert_eq!(changes[0].deed, "changed");
        let it = t.publication("evening").await;
        assert_eq!((it.name.as_str(), it.min_items), ("The Late Lamp", 3));
    }

    async fn where_both_changed_the_same_nothing_is_written_and_both_are_shown(t: Harness) {
        t.set_up(Newsroom::empty().with("description = \"One\"")).await;
        let it = t.publication("evening").await;
        let patch = PublicationPatch { description: Some("Desk".to_owned()), ..PublicationPatch::default() };
        let seen = Version::of(&PublicationValues::of(&it));
        change_publication(&t.app, Actor::Console, it.id, &seen, patch).await.unwrap();
        let file = Newsroom::empty().with("description = \"File\"").with("min_items = 4");
        let error = apply(&t, &file, false).await.unwrap_err().to_string();
        assert!(error.contains("\"Desk\"") && error.contains("\"File\"") && error.contains("--over-desk"), "{error}");
        let it = t.publication("evening").await;
        assert_eq!((it.description.as_str(), it.min_items), ("Desk", 1));
        apply(&t, &file, true).await.unwrap();
        let it = t.publication("evening").await;
        assert_eq!((it.description.as_str(), it.min_items), ("File", 4));
        assert_eq!(told(&apply(&t, &file, false).await.unwrap()), Vec::<String>::new());
    }

    async fn sections_and_slots_of_the_desk_are_left_alone(t: Harness) {
        let newsroom = Newsroom::empty();
        t.set_up(&newsroom).await;
        let id = t.publication("evening").await.id;
        add_section(&t.app, Actor::Console, id, "Harbour", None, SectionPatch::default()).await.unwrap();
        add_slot(&t.app, Actor::Console, id, "noon", SlotPatch::default()).await.unwrap();
        let mut tx = t.db().read().await.unwrap();
        let world = list_sections(&mut tx, id).await.unwrap().remove(0);
        let slot = list_slots(&mut tx, id).await.unwrap().into_iter().find(|it| it.name == "evening").unwrap();
        drop(tx);
        let seen = Version::of(&SectionValues::of(&world));
        archive_section(&t.app, Actor::Console, id, world.id, &seen).await.unwrap();
        let patch = SlotPatch { cutoff: Some("17:00".to_owned()), ..SlotPatch::default() };
        change_slot(&t.app, Actor::Console, id, slot.id, &Version::of(&SlotValues::of(&slot)), patch).await.unwrap();
        let changes = apply(&t, &newsroom, false).await.unwrap();
        assert_eq!(
            told(&changes),
            ["kept section world: archived at the desk", "kept slot evening: cutoff_minute as changed at the desk"]
        );
        let mut tx = t.db().read().await.unwrap();
        let sections: Vec<_> = list_sections(&mut tx, id).await.unwrap().into_iter().map(|it| it.slug).collect();
        assert_eq!(sections, ["local", "sport", "harbour"]);
        assert_eq!(list_slots(&mut tx, id).await.unwrap().len(), 2);
        drop(tx);
        apply(&t, &newsroom, true).await.unwrap();
        let mut tx = t.db().read().await.unwrap();
        assert_eq!(list_sections(&mut tx, id).await.unwrap().len(), 4, "the file's word brings it back");
    }

    async fn a_section_that_the_file_drops_is_archived_and_may_come_back(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let bare = Newsroom::empty().without_sections();
        assert_eq!(told(&apply(&t, &bare, false).await.unwrap()).len(), 3);
        let back = apply(&t, &Newsroom::empty(), false).await.unwrap();
        assert_eq!(told(&back), ["added section world", "added section local", "added section sport"]);
    }

    async fn a_renamed_section_keeps_its_name_from_the_desk(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        let id = t.publication("evening").await.id;
        let mut tx = t.db().read().await.unwrap();
        let world = list_sections(&mut tx, id).await.unwrap().remove(0);
        drop(tx);
        let seen = Version::of(&SectionValues::of(&world));
        let patch = SectionPatch { name: Some("Abroad".to_owned()), ..SectionPatch::default() };
        change_section(&t.app, Actor::Console, id, world.id, &seen, patch).await.unwrap();
        let changes = apply(&t, &Newsroom::empty(), false).await.unwrap();
        assert_eq!(told(&changes), ["kept section world: name as changed at the desk"]);
    }
}
