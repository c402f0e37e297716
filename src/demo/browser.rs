//! A visitor's browser, as far as the story needs one: open a page, fill in its form, press its button. It knows the
//! form only from the page, so that the story fails where a reader would.

use anyhow::{Context as _, bail};
use dom_query::Document;
use url::Url;

pub(super) struct Browser {
    client: reqwest::Client,
}

/// What came back.
pub(super) struct Page {
    pub url: Url,
    pub status: u16,
    pub html: String,
}

impl Browser {
    pub fn open() -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(std::time::Duration::from_secs(20))
            .build()
            .context("the visitor's browser could not be started")?;
        Ok(Self { client })
    }

    pub async fn get(&self, url: &str) -> anyhow::Result<Page> {
        let answer = self.client.get(url).header("accept", "text/html").send().await.context("a page did not open")?;
        page(answer).await
    }

    /// Fills in the page's first form that posts, and sends it.
    pub async fn submit(&self, page: &Page, filled: &[(&str, &str)]) -> anyhow::Result<Page> {
        let (action, fields) = form(page, filled)?;
        let answer = self
            .client
            .post(action)
            .header("accept", "text/html")
            .header("origin", page.url.origin().ascii_serialization())
            .form(&fields)
            .send()
            .await
            .context("a form was not answered")?;
        self::page(answer).await
    }

    pub async fn post_json(&self, url: &str, body: &serde_json::Value) -> anyhow::Result<Page> {
        page(self.client.post(url).json(body).send().await.context("the API did not answer")?).await
    }

    /// What a mailbox provider sends for its unsubscribe button (RFC 8058).
    pub async fn one_click(&self, url: &str) -> anyhow::Result<Page> {
        let request = self.client.post(url).form(&[("List-Unsubscribe", "One-Click")]);
        page(request.send().await.context("the one-click unsubscribe was not answered")?).await
    }
}

async fn page(answer: reqwest::Response) -> anyhow::Result<Page> {
    let (url, status) = (answer.url().clone(), answer.status().as_u16());
    Ok(Page { url, status, html: answer.text().await.context("a page broke off")? })
}

fn form(page: &Page, filled: &[(&str, &str)]) -> anyhow::Result<(Url, Vec<(String, String)>)> {
    let document = Document::from(page.html.as_str());
    let forms = document.select("form");
    let form = forms
        .iter()
        .find(|form| form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")))
        .with_context(|| format!("{} holds no form that posts", page.url.path()))?;
    let action = page.url.join(&form.attr("action").unwrap_or_default()).context("the form's address is broken")?;
    let mut fields: Vec<(String, String)> = Vec::new();
    for input in form.select("input, button").iter() {
        let Some(name) = input.attr("name") else { continue };
        let kind = input.attr("type").unwrap_or_default().to_ascii_lowercase();
        let is_choice = matches!(kind.as_str(), "checkbox" | "radio");
        if is_choice && input.attr("checked").is_none() {
            continue;
        }
        fields.push((name.to_string(), input.attr("value").unwrap_or_default().to_string()));
    }
    for (name, value) in filled {
        let Some(field) = fields.iter_mut().find(|(other, _)| other == name) else {
            bail!("the form at {} has no field {name:?}", page.url.path());
        };
        field.1 = (*value).to_owned();
    }
    Ok((action, fields))
}
