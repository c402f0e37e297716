//! Answers that nobody wrote: absence notes (RFC 3834) and challenges.

use crate::bounces::mail::{Fields, is_daemon};

/// Whether a machine asks for proof that a person wrote.
pub fn is_challenge(root: &Fields, subject: &str, text: &str) -> bool {
    let subject = subject.to_lowercase();
    let text = text.to_lowercase();
    let by_field = root.iter().any(|(name, value)| {
        name.starts_with("x-tmda")
            || name.starts_with("x-challenge")
            || name.starts_with("x-boxtrapper")
            || name.starts_with("x-spamarrest")
            || (name == "x-mailer" && value.to_ascii_lowercase().contains("spam arrest"))
    });
    by_field
        || [
            "spam arrest",
            "boxtrapper",
            "choicemail",
            "please confirm your message",
            "confirm your e-mail to",
            "message requires verification",
            "sender verification",
            "verify your e-mail",
            "confirmation request for your message",
            "your message to * awaits",
            "mailblocks",
        ]
        .iter()
        .any(|words| subject.contains(words))
        || [
            "confirm that you sent",
            "confirm that you are human",
            "confirm you are human",
            "prove that you are",
            "prove you are human",
            "prove you're human",
            "suspect email blocking",
            "spam arrest",
            "boxtrapper",
            "challenge-response",
            "challenge/response",
            "tmda",
            "not on my approved",
            "senders i have approved",
            "approved beforehand",
            "add you to my whitelist",
            "add yourself to my",
            "on my allowed sender list",
            "click the link below to verify that",
            "complete the verification",
            "complete this verification",
            "one-time confirmation",
            "one time confirmation",
            "click the link below to be added",
            "spam filter requires",
            "awaiting your confirmation",
            "release your message",
            "confirm the delivery of your message",
            "held until you confirm",
            "message will not be delivered until you",
        ]
        .iter()
        .any(|words| text.contains(words))
}

/// Subjects of absence notes in several languages; small letters.
const SUBJECTS: &[&str] = &[
    "out of office",
    "out of the office",
    "out-of-office",
    "automatic reply",
    "automatic response",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto-response",
    "autoresponse",
    "autoresponder",
    "auto respond",
    "automated reply",
    "automated response",
    "away from my mail",
    "away from the office",
    "i am away",
    "abwesen",
    "automatische antwort",
    "automatische rückantwort",
    "nicht im büro",
    "im urlaub",
    "außer haus",
    "réponse automatique",
    "reponse automatique",
    "absence du bureau",
    "absent du bureau",
    "message d'absence",
    "en congé",
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "vacaciones",
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "resposta automática",
    "resposta automatica",
    "fora do escritório",
    "ausência",
    "automatisch antwoord",
    "afwezig",
    "niet aanwezig",
    "autosvar",
    "frånvaro",
    "automaattinen vastaus",
    "automatyczna odpowied",
    "odpowiedź automatyczna",
    "poza biurem",
    "nieobecno",
    "автоответ",
    "автоматический ответ",
    "вне офиса",
    "в отпуске",
    "automatiska atbilde",
    "automātiska atbilde",
    "automatisk svar",
    "automatické odpov",
    "automatinis atsakymas",
    "otomatik yanıt",
    "自動応答",
    "自動返信",
    "不在",
    "自动回复",
    "自動回覆",
    "自动答复",
    "不在办公室",
];

/// Words that are telling at the start of a subject alone.
const SUBJECT_STARTS: &[&str] =
    &["auto:", "vacation", "on holiday", "on leave", "ausente", "assenza", "away:", "ooo:", "absent"];

/// Whether a mailbox answered by itself. What says so in a field is believed; a subject alone is, unless a server
/// wrote it.
pub fn is_autoreply(root: &Fields, subject: &str) -> bool {
    let keyword = root.get("auto-submitted").unwrap_or_default().to_ascii_lowercase();
    let precedence =
        root.get("precedence").or_else(|| root.get("x-precedence")).unwrap_or_default().to_ascii_lowercase();
    let by_field = keyword.starts_with("auto-replied")
        || matches!(precedence.as_str(), "auto_reply" | "auto-reply" | "autoreply")
        || [
            "x-autoreply",
            "x-autorespond",
            "x-autoresponder",
            "x-autoreply-from",
            "x-mail-autoreply",
            "x-auto-reply",
            "x-vacation",
            "x-ms-exchange-inbox-rules-loop",
        ]
        .iter()
        .any(|name| root.has(name))
        || root.get("x-autogenerated").is_some_and(|value| value.eq_ignore_ascii_case("reply"))
        || root.get("x-auto-response-suppress").is_some()
            && keyword.starts_with("auto-generated")
            && root.has("in-reply-to")
        || root.get("delivered-to").is_some_and(|value| value.eq_ignore_ascii_case("autoresponder"))
        || root.get("user-agent").is_some_and(|value| value.to_ascii_lowercase().contains("vacation"))
        || root.get("x-mailer").is_some_and(|value| value.to_ascii_lowercase().contains("autorespond"));
    let subject = subject.to_lowercase();
    let is_mailing = root.has("list-id") || root.has("list-unsubscribe");
    by_field || !is_mailing && !from_daemon(root) && is_titled(&subject)
}

fn is_titled(subject: &str) -> bool {
    SUBJECTS.iter().any(|words| subject.contains(words))
        || SUBJECT_STARTS.iter().any(|words| subject.starts_with(words))
}

/// Whether a mail system is the author.
pub fn from_daemon(root: &Fields) -> bool {
    let from = root.text("from");
    let name = from.to_lowercase();
    crate::bounces::mail::find(&from).iter().any(|found| is_daemon(&found.address))
        || [
            "mailer-daemon",
            "mail delivery",
            "postmaster",
            "mail system",
            "delivery subsystem",
            "mail deliver",
            "maildelivery",
            "system administrator",
            "mail administrator",
            "mdaemon",
            "mail router",
            "internet mail",
            "delivery service",
            "mailadmin",
            "mail gateway",
            "systemadministrator",
            "daemon",
        ]
        .iter()
        .any(|words| name.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounces::mail::fields;

    #[test]
    fn absence_notes_are_known_by_field_or_by_subject() {
        let none = Fields::default();
        for subject in ["Out of Office: x", "Abwesenheitsnotiz", "Réponse automatique : x", "Автоответ", "自動応答"]
        {
            assert!(is_autoreply(&none, subject), "{subject}");
        }
        assert!(!is_autoreply(&none, "Evening edition"));
        for line in ["Auto-Submitted: auto-replied (vacation)", "X-Autoreply: yes", "Precedence: auto_reply"] {
            assert!(is_autoreply(&fields([line].into_iter()), "x"), "{line}");
        }
        assert!(!is_autoreply(&fields(["Auto-Submitted: no"].into_iter()), "x"));
    }

    #[test]
    fn challenges_are_known_by_what_they_ask() {
        assert!(is_challenge(&Fields::default(), "Re: x", "Please confirm that you sent this by following the link"));
        assert!(!is_challenge(&Fields::default(), "Re: x", "Thank you, I will read it"));
    }
}
