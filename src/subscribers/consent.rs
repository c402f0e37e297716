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
        2-en: Send me X by e-mail. Every edition holds a link by which to leave, and my address serves for nothing else.
        2-de: Schicken Sie mir X per E-Mail. In jeder Ausgabe steht ein Link zur Abmeldung, und meine Adresse dient zu nichts anderem.
        2-fr: Envoyez-moi X par courriel. Chaque édition contient un lien pour se désabonner, et mon adresse ne sert à rien d’autre.
        2-es: Envíenme X por correo electrónico. Cada edición lleva un enlace para darse de baja y mi dirección no sirve para nada más.
        2-ru: Присылайте мне X по электронной почте. В каждом выпуске есть ссылка для отписки, и мой адрес не служит ничему другому.
        ");
        assert_eq!((version("de-AT"), version("ja")), ("2-de".to_owned(), "2-en".to_owned()));
    }
}
