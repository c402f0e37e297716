//! A newsroom set up by a program: a publication, its sections, slots and look; sources.

use super::Client;
use serde_json::{Value, json};

const PIER: &[u8] = include_bytes!("../../../../web_templates/demo/images/pier.jpg");

pub(super) async fn set_up(api: &Client) {
    let of = |body: &Value, key: &str| body[key].as_str().unwrap().to_owned();
    let (status, made) = api.ask("POST", "/api/v1/publications", json!({ "name": "The Morning" })).await;
    assert_eq!(status, 201, "{made}");
    let path = format!("/api/v1/publications/{}", of(&made, "slug"));
    let change = json!({ "version": made["version"], "change": { "description": "Early" } });
    let (status, changed) = api.ask("PATCH", &path, change.clone()).await;
    assert_eq!((status, &changed["description"]), (200, &json!("Early")));
    assert_eq!(api.ask("PATCH", &path, change).await.0, 409, "from a version that is gone");
    let wrong = json!({ "version": changed["version"], "change": { "time_zone": "Atlantis" } });
    let (status, refused) = api.ask("PATCH", &path, wrong).await;
    assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("time_zone")));
    let (status, with) = api.ask("POST", &format!("{path}/sections"), json!({ "name": "Sport" })).await;
    assert_eq!(status, 201, "{with}");
    let section = &with["sections"][0];
    let one = format!("{path}/sections/{}", section["id"]);
    let change = json!({ "version": section["version"], "change": { "name": "Sports" } });
    let (status, with) = api.ask("PATCH", &one, change).await;
    assert_eq!((status, &with["sections"][0]["name"]), (200, &json!("Sports")));
    // Another, which goes before it.
    let sections = format!("{path}/sections");
    let (status, both) = api
        .ask("POST", &sections, json!({ "name": "World", "change": { "aliases": ["Abroad"], "weight_percent": 150 } }))
        .await;
    assert_eq!(status, 201, "{both}");
    let told = &both["sections"][1];
    assert_eq!((&told["aliases"], &told["weight_percent"]), (&json!(["Abroad"]), &json!(150)));
    let ids = json!([told["id"], both["sections"][0]["id"]]);
    let order = json!({ "version": both["sections_version"], "sections": ids });
    let (status, turned) = api.ask("PUT", &sections, order.clone()).await;
    assert_eq!((status, &turned["sections"][0]["name"]), (200, &json!("World")), "{turned}");
    assert_eq!(api.ask("PUT", &sections, order).await.0, 409, "from an order that is gone");
    let one_alone = json!({ "version": turned["sections_version"], "sections": [ids[0]] });
    assert_eq!(api.ask("PUT", &sections, one_alone).await.0, 409, "not all of them");
    let with = json!({ "sections": [turned["sections"][1]] });
    assert_eq!(
        api.ask("DELETE", &format!("{one}?version={}", of(&with["sections"][0], "version")), Value::Null).await.0,
        200
    );
    look(api, &path).await;
    let (status, with) = api
        .ask(
            "POST",
            &format!("{path}/slots"),
            json!({ "name": "noon", "change": { "cutoff": "11:30", "send": "12:00" } }),
        )
        .await;
    assert_eq!(status, 201, "{with}");
    let slot = with["slots"].as_array().unwrap().iter().find(|it| it["name"] == "noon").unwrap().clone();
    let one = format!("{path}/slots/{}", slot["id"]);
    let change = json!({ "send": "12:15", "holidays": ["2026-12-25"] });
    let (status, with) = api.ask("PATCH", &one, json!({ "version": slot["version"], "change": change })).await;
    assert_eq!(status, 200, "{with}");
    let slot = with["slots"].as_array().unwrap().iter().find(|it| it["name"] == "noon").unwrap().clone();
    assert_eq!(slot["send"], "12:15");
    let calendar = api.get(&format!("{path}/calendar?from=2026-12-24&days=2")).await;
    let names = |day: usize| -> Vec<&str> {
        calendar["days"][day]["due"].as_array().unwrap().iter().map(|it| it["slot"].as_str().unwrap()).collect()
    };
    assert_eq!((&calendar["days"][0]["date"], names(0).contains(&"noon")), (&json!("2026-12-24"), true), "{calendar}");
    assert_eq!((&calendar["days"][1]["is_holiday"], names(1).contains(&"noon")), (&json!(true), false), "{calendar}");
    assert_eq!(api.get(&format!("{path}/calendar")).await["days"].as_array().unwrap().len(), 31);
    for wrong in ["days=93", "from=9999-12-31", "from=1969-12-31"] {
        assert_eq!(api.ask("GET", &format!("{path}/calendar?{wrong}"), Value::Null).await.0, 400, "{wrong}");
    }
    let end = api.get(&format!("{path}/calendar?from=2999-12-31&days=92")).await;
    assert_eq!(end["days"].as_array().unwrap().len(), 1, "no day of five digits, nor any that cannot be asked for");
    assert_eq!(api.ask("DELETE", &format!("{one}?version={}", of(&slot, "version")), Value::Null).await.0, 200);
}

async fn look(api: &Client, publication: &str) {
    let path = format!("{publication}/look");
    let first = api.get(&path).await;
    assert_eq!((&first["logo"], &first["on_light"]["is_enough"].is_boolean()), (&Value::Null, &true), "{first}");
    let faint = json!({ "change": { "accent_color": "#ffee00", "footer_text": "Printed on recycled electrons." } });
    let (status, sample) = api.ask("POST", &format!("{path}/sample"), faint).await;
    assert!(status == 200 && sample["text"].as_str().unwrap().contains("recycled electrons"), "{sample}");
    assert!(sample["html"].as_str().unwrap().contains("#ffee00"));
    assert_eq!(api.get(&path).await, first, "a sample writes nothing");
    let odd = json!({ "change": { "accent_color": "url(//a)" } });
    assert_eq!(api.ask("POST", &format!("{path}/sample"), odd).await.1["errors"][0]["field"], "accent_color");
    let change =
        json!({ "version": first["version"], "change": { "accent_color": "#ffee00", "accent_dark": "#ffee00" } });
    let (status, changed) = api.ask("PATCH", &path, change.clone()).await;
    assert_eq!((status, &changed["accent_color"]), (200, &json!("#ffee00")), "{changed}");
    assert_eq!((&changed["on_light"]["is_enough"], &changed["on_dark"]["is_enough"]), (&json!(false), &json!(true)));
    assert_eq!(api.ask("PATCH", &path, change).await.0, 409, "from a look that is gone");
    // The logo.
    let logo = format!("{publication}/logo");
    let seen = |look: &Value| look["version"].as_str().unwrap().to_owned();
    let put = async |query: String, kind: &str, bytes: &[u8]| {
        let request = api.doors.request("PUT", &format!("{logo}?{query}")).header("authorization", &api.key);
        let answer = request.header("content-type", kind).body(bytes.to_vec()).send().await.unwrap();
        api.told.judge("PUT", &logo, answer).await
    };
    let query = format!("version={}&alt=The%20Morning", seen(&changed));
    assert_eq!(put(query.clone(), "image/png", b"<svg/>").await.1["errors"][0]["field"], "logo_file");
    assert_eq!(put(query.clone(), "text/html", PIER).await.0, 415);
    assert_eq!(put(query.clone(), "image/jpeg", &vec![0; 300_000]).await.0, 413);
    let without_words = format!("version={}", seen(&changed));
    assert_eq!(put(without_words, "image/jpeg", PIER).await.1["errors"][0]["field"], "logo_alt");
    let (status, with) = put(query.clone(), "image/jpeg", PIER).await;
    assert_eq!((status, &with["logo"]["alt"]), (200, &json!("The Morning")), "{with}");
    assert_eq!(put(query, "image/jpeg", PIER).await.0, 409);
    let served = api.doors.get(with["logo"]["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(served.headers()["content-type"], "image/jpeg");
    let (status, without) = api.ask("DELETE", &format!("{logo}?version={}", seen(&with)), Value::Null).await;
    assert_eq!((status, &without["logo"]), (200, &Value::Null));
}

pub(super) async fn sources(api: &Client, feed: &str) {
    let all = api.get("/api/v1/sources").await;
    let first = format!("/api/v1/sources/{}", all["sources"][0]["id"]);
    api.get(&first).await;
    assert_eq!(api.ask("POST", &format!("{first}/gather"), Value::Null).await.0, 200);
    assert_eq!(api.ask("POST", &format!("{first}/pause"), Value::Null).await.1["changed"], true);
    assert_eq!(api.ask("POST", &format!("{first}/resume"), Value::Null).await.1["changed"], true);
    assert_eq!(api.ask("POST", &format!("{first}/release"), Value::Null).await.1["changed"], false);
    assert_eq!(api.ask("DELETE", &first, Value::Null).await.0, 409, "a file declares it");
    let new = json!({ "publication": "evening", "url": "https://site.example/more", "name": "More" });
    let (status, made) = api.ask("POST", "/api/v1/sources", new).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(api.ask("POST", "/api/v1/sources", json!({ "publication": "evening", "kind": "fed" })).await.0, 422);
    // Changed by whoever saw it as it is, and by nobody else.
    let own = format!("/api/v1/sources/{}", made["id"]);
    let settings = api.get(&format!("{own}/settings")).await;
    let setting = &settings["settings"][0];
    assert_eq!(
        (&setting["name"], &setting["standby"], &setting["pages"]),
        (&json!("More"), &json!(false), &json!("auto"))
    );
    let change = |change: Value| json!({ "publication": "evening", "version": setting["version"], "change": change });
    let (status, wrong) = api.ask("PATCH", &own, change(json!({ "time_zone": "Atlantis" }))).await;
    assert_eq!((status, &wrong["errors"][0]["field"]), (422, &json!("time_zone")));
    let wanted = change(json!({ "name": "Even more", "pages": "never" }));
    let (status, changed) = api.ask("PATCH", &own, wanted.clone()).await;
    assert_eq!((status, &changed["settings"][0]["name"]), (200, &json!("Even more")), "{changed}");
    assert_eq!(changed["settings"][0]["pages"], "never");
    assert_eq!(api.ask("PATCH", &own, wanted).await.0, 409, "from settings that are gone");
    let elsewhere = json!({ "publication": "nowhere", "version": "x", "change": {} });
    assert_eq!(api.ask("PATCH", &own, elsewhere).await.0, 404);
    // Tried and found, and nothing kept of it.
    let before = api.get(&first).await["source"]["articles"].clone();
    let (status, tried) = api.ask("POST", &format!("{first}/test"), Value::Null).await;
    assert_eq!((status, &tried["first"][0]["title"]), (200, &json!("Bridge closes")), "{tried}");
    assert_eq!(api.get(&first).await["source"]["articles"], before);
    let (status, found) = api.ask("POST", "/api/v1/sources/find", json!({ "site": feed })).await;
    assert_eq!((status, &found["offers"][0]["kind"]), (200, &json!("feed")), "{found}");
    let within = json!({ "site": "http://169.254.169.254/latest/meta-data" });
    assert_eq!(api.ask("POST", "/api/v1/sources/find", within).await.1["errors"][0]["field"], "site");
    assert_eq!(api.ask("DELETE", &format!("/api/v1/sources/{}", made["id"]), Value::Null).await.0, 200);
    assert_eq!(api.ask("POST", "/api/v1/sources/999999/pause", Value::Null).await.0, 404);
}
