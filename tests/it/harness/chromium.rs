//! A headless Chromium, driven over WebDriver (a W3C recommendation: JSON over HTTP), as a reader or an editor would
//! use the pages.
//!
//! The client is ours: the handful of commands that stories need is shorter than what a crate for all of them brings
//! along. A command that fails ends the test with the browser's own words.

use super::leash::Leash;
use super::missing;
use reqwest::Method;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The key of an element's reference in an answer (WebDriver, section 12.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A page that makes room for the next one so often is in a loop.
const PAGES_BETWEEN_MAX: usize = 20;

/// How often the driver looks for an element, `implicit` long each time.
const LOOKS_MAX: usize = 4;

/// A browser that does not start so often is broken, not busy.
const STARTS_MAX: usize = 3;

/// Arguments: the driver, a folder for everything it writes. Chromium ends when the driver's end of its pipe closes.
const KEEPER: &str = r#"
driver=$1 folder=$2
TMPDIR=$folder HOME=$folder "$driver" --port=0 2>&1 &
pid=$!
read -r _
kill -9 $pid
tries=0
while ! rm -rf "$folder" 2>/dev/null && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
"#;

const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--remote-debugging-pipe",
];

/// How the reader's device looks at pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    Light,
    Dark,
}

pub struct Browser {
    http: reqwest::Client,
    session: String,
    _leash: Leash,
}

impl Browser {
    /// A fresh browser without history; `None` where Chromium or its driver is not installed.
    ///
    /// # Panics
    /// If it is installed and does not start, or is absent and `CI=true`.
    pub async fn open() -> Option<Self> {
        let (Some(driver), Some(chromium)) =
            (find_program(&["chromedriver"]), find_program(&["chromium", "chromium-browser", "google-chrome"]))
        else {
            static TOLD: std::sync::Once = std::sync::Once::new();
            let remedy = "On Debian: apt-get install chromium chromium-driver.";
            TOLD.call_once_force(|_| missing::tell("Chromium with its driver", "no test ran in a browser", remedy));
            return None;
        };
        for _ in 1..STARTS_MAX {
            if let Ok(browser) = Self::start(&driver, &chromium).await {
                return Some(browser);
            }
        }
        Some(Self::start(&driver, &chromium).await.unwrap_or_else(|said| panic!("Chromium did not start: {said}")))
    }

    /// On a machine that is busy with something else, it may take longer than the driver waits: its words then.
    async fn start(driver: &Path, chromium: &Path) -> Result<Self, Value> {
        let folder = tempfile::Builder::new().prefix("lamplighter-chromium-").tempdir().expect("a temporary folder");
        let mut keeper = Command::new("sh");
        keeper.args([OsStr::new("-c"), OsStr::new(KEEPER), OsStr::new("sh"), driver.as_os_str()]).arg(folder.path());
        let (leash, port) = Leash::start(keeper, started_on_port)
            .unwrap_or_else(|said| panic!("{} did not start: {said}", driver.display()));
        let folder = folder.keep();
        // A connection of its own for each command: one that is kept may be closed by the driver while it is asked.
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build();
        let http = http.expect("a plain HTTP client");
        let mut browser = Self { http, session: format!("http://127.0.0.1:{port}/session"), _leash: leash };
        let capabilities = capabilities(chromium, &folder.join("profile"));
        let answer = browser.ask(Method::POST, "", Some(&json!({ "capabilities": capabilities }))).await;
        let Some(id) = answer["sessionId"].as_str() else { return Err(answer) };
        browser.session = format!("{}/{id}", browser.session);
        Ok(browser)
    }

    pub async fn goto(&self, url: &str) {
        self.post("/url", json!({ "url": url })).await;
    }

    pub async fn url(&self) -> String {
        text_of(&self.get("/url").await)
    }

    pub async fn title(&self) -> String {
        text_of(&self.get("/title").await)
    }

    /// What a person reads in the first element that a CSS selector finds.
    pub async fn text(&self, selector: &str) -> String {
        text_of(&self.of_element(selector, Method::GET, "text", None).await)
    }

    pub async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let value = self.of_element(selector, Method::GET, &format!("attribute/{name}"), None).await;
        value.as_str().map(str::to_owned)
    }

    /// Types into a field, after what is there.
    pub async fn fill(&self, selector: &str, text: &str) {
        self.of_element(selector, Method::POST, "value", Some(json!({ "text": text }))).await;
    }

    /// Clicks as a person does: the element must be visible and not covered.
    pub async fn click(&self, selector: &str) {
        self.of_element(selector, Method::POST, "click", Some(json!({}))).await;
    }

    /// Presses keys, wherever the focus is. Keys without a letter have code points of their own (WebDriver, 17.4.2):
    /// `\u{e004}` is Tab, `\u{e007}` Enter.
    pub async fn press(&self, keys: &str) {
        let mut actions = Vec::new();
        for key in keys.chars() {
            actions.push(json!({ "type": "keyDown", "value": key }));
            actions.push(json!({ "type": "keyUp", "value": key }));
        }
        self.post("/actions", json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] })).await;
    }

    /// How many elements a CSS selector finds.
    pub async fn count(&self, selector: &str) -> usize {
        let found = self.post("/elements", json!({ "using": "css selector", "value": selector })).await;
        found.as_array().map_or(0, Vec::len)
    }

    /// Evaluates the body of a function and answers what it returns; once more where the page went away under it.
    pub async fn run(&self, script: &str) -> Value {
        let body = json!({ "script": script, "args": [] });
        for _ in 0..PAGES_BETWEEN_MAX {
            let value = self.ask(Method::POST, "/execute/sync", Some(&body)).await;
            if !is_between_pages(&value) {
                return answered("/execute/sync", Some(&body), value);
            }
        }
        panic!("the page never came to rest: {script}")
    }

    /// From here on the device is this wide, in CSS pixels, and looks at pages like this.
    pub async fn look(&self, width: u32, height: u32, look: Look) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.command("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        // A colour on its way to another is neither.
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }, still] });
        self.command("Emulation.setEmulatedMedia", media).await;
    }

    /// Pages run no scripts from here on.
    pub async fn without_javascript(&self) {
        self.command("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Files that a page gives are put into this folder from here on.
    pub async fn download_into(&self, folder: &Path) {
        let parameters = json!({ "behavior": "allow", "downloadPath": folder });
        self.command("Browser.setDownloadBehavior", parameters).await;
    }

    /// The whole page as a PNG, beyond what the window shows.
    pub async fn picture(&self) -> Vec<u8> {
        let options = json!({ "format": "png", "captureBeyondViewport": true });
        let answer = self.command("Page.captureScreenshot", options).await;
        let data = answer["data"].as_str().expect("a picture");
        data_encoding::BASE64.decode(data.as_bytes()).expect("base64")
    }

    /// Chromium's own protocol, for what WebDriver does not know.
    async fn command(&self, name: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": name, "params": parameters })).await
    }

    /// Asks something of the first element that a CSS selector finds; of that of the next page where one page makes room
    /// for another in between.
    async fn of_element(&self, selector: &str, method: Method, question: &str, body: Option<Value>) -> Value {
        let mut patience = 1..LOOKS_MAX;
        for _ in 0..PAGES_BETWEEN_MAX {
            let by = json!({ "using": "css selector", "value": selector });
            let found = self.ask(Method::POST, "/element", Some(&by)).await;
            // The driver looks for it for as long as it was told to; on a busy machine a page may take longer.
            if is_between_pages(&found) || (found["error"] == "no such element" && patience.next().is_some()) {
                continue;
            }
            let found = answered("/element", Some(&by), found);
            let path = format!("/element/{}/{question}", text_of(&found[ELEMENT]));
            let value = self.ask(method.clone(), &path, body.as_ref()).await;
            if has_gone(&value) || (method == Method::GET && is_between_pages(&value)) {
                continue;
            }
            if is_between_pages(&value) {
                // What was pressed has led away before the driver could say so; the page that follows shows whether.
                return Value::Null;
            }
            return answered(&format!("{selector}: {path}"), body.as_ref(), value);
        }
        panic!("the page never came to rest: {selector}")
    }

    async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        answered(path, body.as_ref(), self.ask(method, path, body.as_ref()).await)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let mut request = self.http.request(method, format!("{}{path}", self.session));
        if let Some(body) = body {
            request = request.json(body);
        }
        let mut answer: Value = request.send().await.expect("the driver answers").json().await.expect("in JSON");
        answer["value"].take()
    }
}

fn answered(path: &str, body: Option<&Value>, value: Value) -> Value {
    assert!(value["error"].is_null(), "{path} {body:?}: {}: {}", value["error"], value["message"]);
    value
}

/// The element was one of a page that is no longer there: nothing was done with it (WebDriver, 12.1).
fn has_gone(value: &Value) -> bool {
    let said = value["message"].as_str().unwrap_or_default();
    value["error"] == "stale element reference"
        || (!value["error"].is_null() && said.contains("belong to the document"))
}

/// A script that is asked for while one page makes room for another is lost with the old one (WebDriver, 13.2.2).
fn is_between_pages(value: &Value) -> bool {
    let said = value["message"].as_str().unwrap_or_default();
    !value["error"].is_null()
        && [
            "unloaded",
            "navigation",
            "context",
            "detached",
            "belong to the document",
            "loading status",
            "no such window",
        ]
        .iter()
        .any(|it| said.contains(it))
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn capabilities(chromium: &Path, profile: &Path) -> Value {
    let mut flags: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
    flags.push(format!("--user-data-dir={}", profile.display()));
    // A page that is not there within a minute is a failure, not something to wait five for.
    let timeouts = json!({ "pageLoad": 60_000, "script": 30_000, "implicit": 5_000 });
    json!({ "alwaysMatch": {
        "timeouts": timeouts,
        "goog:chromeOptions": { "binary": chromium, "args": flags },
    } })
}

/// "ChromeDriver was started successfully on port 33915."
fn started_on_port(line: &str) -> Option<u16> {
    line.strip_prefix("ChromeDriver was started successfully on port ")?.trim_end_matches('.').parse().ok()
}

fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file()))
}
