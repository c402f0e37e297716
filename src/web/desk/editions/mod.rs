//! Editions past and planned: the list, the calendar, the corrections.
//!
//! Held to it by `tests/it/desk/editions.rs`.

mod calendar;
mod corrections;
mod days_off;
mod list;

use super::doors::{Doors, Needs};
use crate::operators::Permission;

pub(super) fn doors() -> Doors {
    const VIEW: Needs = Needs::Role(Permission::View);
    const SET_UP: Needs = Needs::Role(Permission::Configure);
    const EDIT: Needs = Needs::Role(Permission::Edit);
    Doors::new()
        .page("/desk/editions", VIEW, list::get_editions)
        .page("/desk/calendar", VIEW, calendar::get_calendar)
        .deed("/desk/calendar/days-off", SET_UP, days_off::post_day_off)
        .page("/desk/corrections", VIEW, corrections::get_corrections)
        .page("/desk/editions/{id}/corrections", VIEW, corrections::get_of_edition)
        .deed("/desk/editions/{id}/corrections", EDIT, corrections::post_correction)
        .deed("/desk/editions/{id}/correction-mail", EDIT, corrections::post_mail)
}
