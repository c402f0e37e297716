//! The words a reader agrees to, and their version. A form shows them in its language, the consent record keeps them, so
//! that years later both can be laid side by side (GDPR 7(1)). A test holds every language's words to the version.

use crate::publications::Publication;
use crate::words::{Language, Words};

/// Raised whenever a language's [`text`] changes.
const VERSION: u32 = 2;

/// The version of the words in a language: `2-de`.
pub fn version(language: Language) -> String {
    format!("{VERSION}-{}", language.code())
}

/// What stands beside the button of every sign-up form.
pub fn text(publication: &Publication, words: Words) -> String {
    words.of("consent", &publication.name).into_owned()
}

/// The language of the words for somebody who asked for mails in this one (BCP 47): where we do not speak it, English.
pub fn language(tag: &str) -> Language {
    Language::of_tag(tag).unwrap_or(Language::En)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes a text raises the version, and only then this.
    #[test]
    fn the_words_are_those_of_their_version() {
        let all: Vec<String> =
            Language::ALL.into_iter().map(|it| format!("{}: {}", version(it), Words(it).of("consent", "X"))).collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        2-en: Send me X by e-mail. Every mail holds a link by which to leave, and nobody else gets my address.
        2-de: Senden Sie mir X per E-Mail. Jede Mail enthält einen Link zum Abbestellen, und niemand sonst erhält meine Adresse.
        2-fr: Envoyez-moi X par courriel. Chaque message contient un lien pour se désinscrire, et personne d’autre ne reçoit mon adresse.
        2-es: Envíenme X por correo electrónico. Cada mensaje lleva un enlace para darse de baja, y nadie más recibe mi dirección.
        2-ru: Присылайте мне «X» по электронной почте. В каждом письме есть ссылка для отписки, и никто другой не получит мой адрес.
        ");
        assert_eq!((language("de-AT"), language("ja")), (Language::De, Language::En));
    }
}
