//! Through every page that readers see, and the desk's page of forms, in each state that a page can be in.

use super::visit::Visit;
use crate::harness::{Newspaper, Newsroom};
use lamplighter::operators::{Actor, Role, create};
use lamplighter::words::Language;

const PASSWORD: &str = "correct horse battery";

impl Visit {
    /// A newsroom with an edition in its archive and an account at the desk.
    pub(super) async fn at_a_newsroom() -> Option<Self> {
        let paper = Newspaper::open().await;
        let newsroom = Newsroom::of(&paper).with("description = \"What the harbour did today, and why.\"");
        let visit = Self::at(&newsroom).await?;
        visit.t.subscribe("first@readers.example").await;
        paper.publish("Harbour opens");
        paper.publish("Bridge closes");
        visit.t.evening("2026-11-23").await;
        create(&visit.t.app, Actor::Console, "ed@news.example", "Ed", Role::Editor, PASSWORD).await.unwrap();
        Some(visit)
    }

    async fn post(&self, button: &str, until: &str) {
        self.browser.click(button).await;
        self.holds(until).await;
    }

    /// Shows every state of every page in a language, and calls `look` at each.
    pub(super) async fn tour(&self, language: Language, look: &mut impl AsyncFnMut(&Self, &str)) {
        let code = language.code();
        let in_language = |link: &str| format!("{link}{}language={code}", if link.contains('?') { '&' } else { '?' });
        for page in [
            "/",
            "/subscribe?publication=evening",
            "/embed/evening",
            "/embed/evening?theme=dark",
            "/privacy",
            "/archive",
            "/archive/evening",
            "/archive/evening/2026-11-23",
            "/nowhere",
        ] {
            self.open(&in_language(page)).await;
            look(self, page).await;
        }
        for form in ["/subscribe?publication=evening", "/embed/evening"] {
            self.open(&in_language(form)).await;
            self.browser.fill("input[name=email]", "ada@readers").await;
            self.post("form.sign-up button", "document.querySelector('.error-summary') != null").await;
            look(self, &format!("{form} with a mistake")).await;
            self.open(&in_language(form)).await;
            self.browser.fill("input[name=email]", &format!("ada-{code}@{}", "gmial.com")).await;
            self.post("form.sign-up button", "document.querySelector('.hint-box') != null").await;
            look(self, &format!("{form} sent")).await;
            self.post(".note button", "document.querySelector('.saved') != null").await;
            look(self, &format!("{form} sent again")).await;
        }
        let (reader, stranger) = (format!("ada.{code}@readers.example"), format!("ben.{code}@readers.example"));
        for address in [&reader, &stranger] {
            self.t.sign_up("evening", address, &[]).await;
        }
        self.open(&in_language(&self.t.confirmation_link(&reader))).await;
        look(self, "confirm").await;
        self.post("button.large", "document.querySelector('button.large') == null").await;
        look(self, "confirmed").await;
        self.open(&in_language(&self.t.confirmation_link(&stranger))).await;
        self.post("form.aside button", "document.querySelector('button.large') == null").await;
        look(self, "not me").await;
        let id = self.subscription_of(&reader).await;
        self.open(&in_language(&lamplighter::subscribers::preferences_link(&self.t.app, id))).await;
        look(self, "preferences").await;
        self.open(&in_language(&self.unsubscribe_link(&reader).await)).await;
        look(self, "unsubscribe").await;
        self.post("button.large", "document.querySelector('button.large') == null").await;
        look(self, "unsubscribed").await;
        self.log_in().await;
        self.open(&format!("/desk/forms?publication=evening&form_language={code}")).await;
        look(self, "/desk/forms").await;
    }

    pub(super) async fn log_in(&self) {
        self.open("/desk/login").await;
        self.browser.fill("#email", "ed@news.example").await;
        self.browser.fill("#password", PASSWORD).await;
        self.post("main button", "document.querySelector('.desk') != null").await;
    }
}
