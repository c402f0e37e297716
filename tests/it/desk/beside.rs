//! Two editors at the forms of one draft: what one types is saved beside what the other one does.

use super::{MONDAY, at_desk, drafted, said};
use crate::harness::{Answer, Doors, Harness, both_engines};
use lamplighter::editions;
use lamplighter::gather::ArticleId;
use lamplighter::operators::Role;

const THREE: &[&str] = &["Harbour opens", "Ferry sails", "Mayor speaks"];

/// The hidden fields of the page's form of words that is posted there.
fn form(page: &Answer, action: &str) -> Vec<(String, String)> {
    let start = format!("action=\"{action}\">");
    let mut forms = page.text.split(&start).skip(1).map(|it| it.split("</form>").next().unwrap());
    let inside =
        forms.find(|it| it.contains("name=\"words_was\"")).unwrap_or_else(|| panic!("no {action} in {}", page.text));
    let field = |rest: &str| {
        let (name, rest) = rest.split_once("\" value=\"").unwrap();
        (name.to_owned(), rest.split('"').next().unwrap().to_owned())
    };
    inside.split("<input type=\"hidden\" name=\"").skip(1).map(field).collect()
}

/// The form as it was opened, with what was typed since.
fn typed<'a>(opened: &'a [(String, String)], with: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    opened.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(with.iter().copied()).collect()
}

async fn headline(t: &Harness, article: ArticleId) -> String {
    let id = t.edition(MONDAY).await.id;
    let items = editions::list_items(&mut t.db().read().await.unwrap(), id).await.unwrap();
    items.iter().find(|it| it.article_id == article).unwrap().shown_headline().to_owned()
}

both_engines! {
    async fn what_one_types_is_saved_beside_what_the_other_does_and_the_same_words_are_shown_to_both(mut t: Harness) {
        let _paper = drafted(&t, "approval = \"manual\"", THREE).await;
        let doors = Doors::open(&mut t).await;
        let mut edda = at_desk(&t, &doors, "Edda", Role::Editor).await;
        let mut emil = at_desk(&t, &doors, "Emil", Role::Editor).await;
        let base = format!("/desk/editions/{}", t.edition(MONDAY).await.id);
        let (ferry, harbour) = (t.article("Ferry sails").await, t.article("Harbour opens").await);
        let of_ferry = format!("{base}/items/{ferry}");
        let of_harbour = format!("{base}/items/{harbour}");
        let words = format!("{base}/words");

        // Emil opens the page. Edda pins another story, writes it anew and puts a note at the top.
        let page = emil.get(&base).await;
        let (his_story, his_words) = (form(&page, &of_ferry), form(&page, &words));
        let revision = page.hidden("revision");
        assert_eq!(said(&edda.press(&of_harbour, &[("revision", &revision), ("pin", "1")]).await).0, "good");
        let opened = form(&edda.get(&base).await, &of_harbour);
        assert_eq!(said(&edda.press(&of_harbour, &typed(&opened, &[("headline", "Edda's harbour")])).await).0, "good");
        let opened = form(&edda.get(&base).await, &words);
        assert_eq!(said(&edda.press(&words, &typed(&opened, &[("note", "Edda's note")])).await).0, "good");
        let was = t.edition(MONDAY).await;
        assert_eq!(was.subject_by, None, "a note is no word about the subject that stands ticked");

        // What he typed on his old page is saved, of the story and of the edition.
        let page = emil.press(&of_ferry, &typed(&his_story, &[("headline", "Emil's ferry")])).await;
        assert_eq!(said(&page), ("good", "Saved.".to_owned()));
        let page = emil.press(&words, &typed(&his_words, &[("subject", "Emil's subject")])).await;
        assert_eq!(said(&page), ("good", "Saved.".to_owned()));
        let now = t.edition(MONDAY).await;
        assert_eq!((now.subject.as_str(), now.note.as_str()), ("Emil's subject", "Edda's note"));
        assert_eq!([headline(&t, ferry).await, headline(&t, harbour).await], ["Emil's ferry", "Edda's harbour"]);

        // The same story's words: he is shown hers, beside what he typed.
        let his_story = form(&emil.get(&base).await, &of_ferry);
        let opened = form(&edda.get(&base).await, &of_ferry);
        assert_eq!(said(&edda.press(&of_ferry, &typed(&opened, &[("headline", "Edda's ferry")])).await).0, "good");
        let page = emil.press(&of_ferry, &typed(&his_story, &[("headline", "Emil's other ferry")])).await;
        page.says(409, &["Somebody was faster", "Edda&#39;s ferry", "Emil&#39;s other ferry", "Save mine now"]);
        assert!(!page.text.contains("Words was"), "{}", page.text);
        assert_eq!(headline(&t, ferry).await, "Edda's ferry");
        // While he reads that, she writes another story: his is saved over what he was shown, and hers stands.
        let again = form(&page, &of_ferry);
        let opened = form(&edda.get(&base).await, &of_harbour);
        assert_eq!(said(&edda.press(&of_harbour, &typed(&opened, &[("headline", "The harbour at last")])).await).0, "good");
        let page = emil.press(&of_ferry, &typed(&again, &[("headline", "Emil's other ferry")])).await;
        assert_eq!(said(&page), ("good", "Saved.".to_owned()));
        assert_eq!([headline(&t, ferry).await, headline(&t, harbour).await], ["Emil's other ferry", "The harbour at last"]);

        // She approves while he types: saving would take that back, so he hears of it first.
        let his_story = form(&emil.get(&base).await, &of_ferry);
        let revision = edda.get(&base).await.hidden("revision");
        edda.press(&format!("{base}/decide"), &[("revision", &revision), ("action", "approve")]).await;
        let page = emil.press(&of_ferry, &typed(&his_story, &[("headline", "Too late")])).await;
        page.says(409, &["approved", "Too late"]);
        assert_eq!(t.edition(MONDAY).await.state, editions::EditionState::Approved);
    }
}
