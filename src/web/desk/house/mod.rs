//! The house itself: what stands in the way of mail, the relays and their limits, what runs, the backups.
//!
//! Pages show what rooms keep and know; buttons call their verbs. Held to it by `tests/it/web/desk_house.rs`.

mod backups;
mod doctor;
mod jobs;
mod relays;

use super::doors::{Doors, Needs};
use crate::operators::Permission;

pub(super) fn doors() -> Doors {
    const VIEW: Needs = Needs::Role(Permission::View);
    const SET_UP: Needs = Needs::Role(Permission::Configure);
    const APPROVE: Needs = Needs::Role(Permission::Approve);
    Doors::new()
        .page("/desk/doctor", VIEW, doctor::get_doctor)
        .deed("/desk/doctor", SET_UP, doctor::post_doctor)
        .page("/desk/relays", VIEW, relays::get_relays)
        .deed("/desk/relays/limits", SET_UP, relays::post_limits)
        .deed("/desk/relays/clear", SET_UP, relays::post_clear)
        .deed("/desk/relays/pause", APPROVE, relays::post_pause)
        .deed("/desk/relays/resume", APPROVE, relays::post_resume)
        .page("/desk/jobs", VIEW, jobs::get_jobs)
        .page("/desk/backups", VIEW, backups::get_backups)
        .deed("/desk/backups", SET_UP, backups::post_backup)
        .deed("/desk/backups/note", SET_UP, backups::post_note)
}
