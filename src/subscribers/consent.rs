//! The words a reader agrees to, and their version. A form shows them, the consent record keeps them, so that years later
//! both can be laid side by side (GDPR 7(1)).

use crate::publications::Publication;
use crate::words::{Language, Words};

/// Raised whenever the text of [`text`] changes in any language.
const VERSION: &str = "2";

/// What stands beside the button of every sign-up form. `language` is a BCP 47 tag; one that we do not speak is English.
pub fn text(publication: &Publication, language: &str) -> String {
    Words(spoken(language)).of("consent-text", &publication.name).into_owned()
}

/// `2-de`: the version and the language in which the words were shown.
pub fn version(language: &str) -> String {
    format!("{VERSION}-{}", spoken(language).code())
}

fn spoken(language: &str) -> Language {
    Language::of_tag(language).unwrap_or(Language::En)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes a text raises the version, and only then this.
    #[test]
    fn the_words_are_those_of_their_version() {
        let said = |it: Language| format!("{}: {}", version(it.code()), Words(it).of("consent-text", "X"));
        insta::assert_snapshot!(Language::ALL.map(said).join("\n"), @r"
        2-en: Send me X by e-mail. Every mail holds a link by which to leave, and nobody else gets my address.
        2-de: Schicken Sie mir X per E-Mail. In jeder Mail steht ein Link zur Abmeldung, und niemand sonst bekommt meine Adresse.
        2-fr: Envoyez-moi X par courriel. Chaque message contient un lien pour se désabonner, et personne d’autre ne reçoit mon adresse.
        2-es: Envíenme X por correo electrónico. Cada mensaje lleva un enlace para darse de baja y nadie más recibe mi dirección.
        2-ru: Присылайте мне X по электронной почте. В каждом письме есть ссылка для отписки, и никто другой моего адреса не получит.
        ");
        assert_eq!((version("de-AT"), version("ja")), ("2-de".to_owned(), "2-en".to_owned()));
    }
}
