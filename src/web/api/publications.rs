//! `GET /api/v1/publications`: what this newsroom sends, and when.

use super::bearer::Bearer;
use crate::app::App;
use crate::operators::tokens::Scope;
use crate::publications::{self, Slot};
use crate::web::error::Error;
use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

pub(super) async fn get_publications(State(app): State<App>, bearer: Bearer) -> Result<Json<Value>, Error> {
    bearer.require(Scope::Read)?;
    let mut tx = app.db.read().await?;
    let mut all = Vec::new();
    for it in publications::list_publications(&mut tx).await? {
        let sections = publications::list_sections(&mut tx, it.id).await?;
        let sections: Vec<Value> =
            sections.iter().map(|section| json!({ "slug": section.slug, "name": section.name })).collect();
        let slots = publications::list_slots(&mut tx, it.id).await?;
        let slots: Vec<Value> = slots.iter().map(slot).collect();
        let link = |file: &str| app.config.site.link(&format!("/archive/{}{file}", it.slug));
        all.push(json!({
            "id": it.id, "slug": it.slug, "name": it.name, "description": it.description, "language": it.language,
            "time_zone": it.time_zone, "site_name": it.site_name, "site_url": it.site_url, "approval": it.approval,
            "sections": sections, "slots": slots,
            "archive_url": link(""), "atom_url": link("/feed.atom"), "json_feed_url": link("/feed.json"),
        }));
    }
    Ok(Json(json!({ "publications": all })))
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn slot(slot: &Slot) -> Value {
    let time = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    let days: Vec<&str> =
        WEEKDAYS.iter().enumerate().filter(|(day, _)| slot.weekdays & (1 << day) != 0).map(|(_, name)| *name).collect();
    json!({
        "name": slot.name, "weekdays": days, "cutoff": time(slot.cutoff_minute), "send": time(slot.send_minute),
        "latest_send": slot.latest_send_minute.map(time), "time_zone": slot.time_zone, "holidays": slot.holidays,
    })
}
