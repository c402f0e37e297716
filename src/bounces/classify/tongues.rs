//! What replies say in other languages: German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian,
//! Japanese and Chinese. Only what decides about an address; for the rest the codes speak.
//!
//! Phrases are in the form of `plain.rs`: small letters, no accents, no apostrophes.

use super::plain::Plain;
use super::words::{Rule, find};
use crate::bounces::reason::Reason::{self, *};

pub fn plain(plain: &Plain) -> Option<Reason> {
    find(plain, RULES)
}

const RULES: &[Rule] = &[
    (
        RejectedSender,
        "absender*unbekannt|absender*abgelehnt|expediteur*refuse|expediteur*inconnu|remitente*rechazad\
         |remitente*no existe|mittente*rifiutat|mittente*non esiste|remetente*rejeitad|afzender*geweigerd\
         |отправител*не существует|отправител*отклонен|发件人|送信者",
    ),
    (
        MailboxFull,
        "postfach*voll|postfach*uberfullt|postfach*ueberfuellt|speicherplatz*erschopft\
         |speicherplatz*uberschritten|quota*uberschritten|kontingent*uberschritten|boite*pleine|boite*saturee\
         |bal pleine|quota*depasse|espace*insuffisant|espace*depasse|buzon*lleno|casilla*llena|bandeja*llena\
         |cuota*excedida|cuota*superad|excedido*cuota|buzon*excedid|casella*piena|quota*superata|casella*superat\
         |spazio*esaurito|caixa*cheia|cota*excedida|quota*excedida|limite*armazenamento|postvak*vol|mailbox*vol \
         |skrzynka*pelna|skrzynka*przepeln|przekroczono*limit|przekroczon*quot|ящик*переполнен|превышен*квот\
         |ящик*заполнен|превышен*лимит|переполнен|容量|いっぱい|已满|满了|超出*配额|空间不足|信箱已滿|邮箱空间",
    ),
    (
        MailboxInactive,
        "konto*deaktiviert|postfach*deaktiviert|konto*gesperrt|postfach*gesperrt|compte*desactive\
         |boite*desactivee|boite*ferme|compte*ferme|compte*supprime|cuenta*desactivada|cuenta*inactiva\
         |cuenta*cancelada|account*disabilitat|casella*disabilitat|casella*disattiv|utente*disabilitat\
         |conta*desativada|conta*inativa|conta*cancelada|account*uitgeschakeld|konto*nieaktywne|konto*zablokowane\
         |konto*wylaczone|ящик*отключен|ящик*заблокирован|пользователь*заблокирован|аккаунт*заблокирован\
         |учетная запись*отключена|ящик*удален|停用|冻结|禁用|利用停止",
    ),
    (
        HostUnknown,
        "domain*existiert nicht|domain*unbekannt|domane*nicht|rechner*unbekannt|host*unbekannt|domaine*nexiste\
         |domaine*inconnu|domaine*introuvable|dominio*no existe|dominio*desconocido|dominio*no*encontr\
         |dominio*non esiste|dominio*inesistente|dominio*nao existe|dominio*nao*encontrado|dominio*inexistente\
         |domein*bestaat niet|domein*niet gevonden|domena*nie istnieje|nie*znaleziono domeny|домен*не существует\
         |домен*не найден|ドメイン*見つかり|ドメイン*存在し|域名不存在|域名*找不到",
    ),
    (
        UserUnknown,
        "unbekannter empfanger|unbekannter empfaenger|empfanger*unbekannt|empfaenger*unbekannt\
         |unbekannte*adresse|benutzer*unbekannt|unbekannt|existiert nicht|nicht existier|nicht vorhanden\
         |kein solche|keine solche|adresse*nicht gefunden|empfanger*nicht gefunden|postfach*nicht gefunden\
         |nicht gefunden werden|konnte nicht gefunden|ungultige empfanger|adresse*ungultig|inconnu|nexiste pas\
         |nexiste plus|existe pas|destinataire*invalide|adresse*invalide|introuvable|adresse*erronee\
         |aucun utilisateur|na pas ete trouve|aucune boite|no existe|usuario desconocido|destinatario desconocido\
         |desconocid|no se encontro|no encontrad|no se ha encontrado|inexistente|direccion*no*valida\
         |direccion*incorrecta|destinatario*no valido|no se pudo encontrar|sconosciut|non esist|inesistente\
         |non trovat|non e stato trovato|indirizzo*non valido|destinatario non valido|non corretto|nao existe\
         |desconhecid|nao encontrad|nao foi encontrad|usuario invalido|destinatario invalido|endereco*invalido\
         |nao localizado|onbekend|bestaat niet|niet gevonden|bestaat niet meer|ongeldig*adres|kan niet*vinden\
         |nieznan|nie istnieje|nie znalezion|nie ma takiego|brak takiego|nie odnaleziono|nieprawidlowy adres\
         |не существует|не найден|нет такого|неизвестн|несуществующ|адресат*не|неверный адрес|не зарегистрирован\
         |存在しません|存在しない|見つかりません|見つからない|宛先不明|あて先不明|不明なユーザ|宛先が不明|該当するユーザ|ございません|不存在|找不到|没有找到|未找到|查无此|無此|无此|無法找到|不是有效\
         |收件人地址错误",
    ),
    (
        MessageTooBig,
        "nachricht*zu gross|message*trop volumineux|mensaje*demasiado grande|messaggio*troppo grande\
         |mensagem*muito grande|слишком большо|размер*превышает|サイズ*超え|サイズ*制限|邮件过大|太大",
    ),
    (SpamContent, "спам|垃圾|迷惑メール|werbung|publicidad no|nicht erwunscht|indesirable"),
    (
        PolicyRefused,
        "service refuse|mail rejete|abgelehnt|rechazad|rifiutat|rejeitad|geweigerd|odrzucon|отклонен|拒绝|拒否",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_dead_mailboxes() {
        let cases = [
            ("Unbekannter Empfänger", UserUnknown),
            ("Das Postfach ist voll", MailboxFull),
            ("Cette adresse n'existe pas", UserUnknown),
            ("La boîte de ce destinataire est pleine", MailboxFull),
            ("El usuario no existe", UserUnknown),
            ("El buzón está lleno", MailboxFull),
            ("Utente sconosciuto", UserUnknown),
            ("Caixa postal cheia", MailboxFull),
            ("Usuário não encontrado", UserUnknown),
            ("Onbekende gebruiker", UserUnknown),
            ("Użytkownik nie istnieje", UserUnknown),
            ("Пользователь не найден", UserUnknown),
            ("Почтовый ящик переполнен", MailboxFull),
            ("宛先のアドレスが見つかりませんでした", UserUnknown),
            ("收件人不存在", UserUnknown),
            ("Le domaine est inconnu", HostUnknown),
        ];
        for (text, reason) in cases {
            assert_eq!(super::plain(&Plain::of(text)), Some(reason), "{text}");
        }
    }
}
