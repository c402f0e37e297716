//! The fixed words of a mail, in the language of its publication: a table, with plurals and dates.
//!
//! What is not in the table is English. A word that a reader may take for the newsroom's own (a headline, a note) is
//! never here.

use chrono::{Datelike as _, NaiveDate};

/// One language. `{}` stands for the one value of a phrase.
pub struct Phrases {
    /// The fonts of running text. An unquoted name may hold spaces.
    pub serif: &'static str,
    /// Before the headlines of the preheader.
    also: &'static str,
    pub also_today: &'static str,
    pub missed: &'static str,
    pub corrections: &'static str,
    pub was: &'static str,
    pub should_read: &'static str,
    pub related: &'static str,
    pub from_the_editor: &'static str,
    by: &'static str,
    photo: &'static str,
    pub picture: &'static str,
    pub view: &'static str,
    pub preferences: &'static str,
    pub unsubscribe: &'static str,
    pub privacy: &'static str,
    pub forwarded: &'static str,
    subscribe: &'static str,
    /// `{n}` and `{site}`.
    more: [&'static str; 3],
    edition: &'static str,
    why: &'static str,
    /// Between the last two names of a list.
    and: &'static str,
    /// Between the other names, and between counts.
    pub comma: &'static str,
    minutes: &'static str,
    stories: [&'static str; 3],
    plural: fn(usize) -> usize,
    /// `{weekday}`, `{day}`, `{month}`, `{year}`.
    date: &'static str,
    day: &'static str,
    weekdays: [&'static str; 7],
    months: [&'static str; 12],
}

impl Phrases {
    /// By the primary subtag of a BCP 47 tag.
    pub fn of(language: &str) -> &'static Self {
        let primary = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "de" => &GERMAN,
            "fr" => &FRENCH,
            "es" => &SPANISH,
            "ru" => &RUSSIAN,
            "ja" => &JAPANESE,
            "ar" => &ARABIC,
            _ => &ENGLISH,
        }
    }

    /// `Also, the bridge closes`
    pub fn also(&self, headlines: &str) -> String {
        self.also.replacen("{}", headlines, 1)
    }

    /// `8 stories`
    pub fn stories(&self, count: usize) -> String {
        self.form(&self.stories, count).replacen("{}", &count.to_string(), 1)
    }

    /// `6 min`
    pub fn minutes(&self, count: usize) -> String {
        self.minutes.replacen("{}", &count.to_string(), 1)
    }

    /// `and 12 more on The Gazette`
    pub fn more(&self, count: usize, site: &str) -> String {
        self.form(&self.more, count).replacen("{n}", &count.to_string(), 1).replacen("{site}", site, 1)
    }

    /// `By A and B`; a byline that already says so is left alone.
    pub fn by(&self, names: &str) -> String {
        let names = names.trim();
        let lower = names.to_lowercase();
        let begins = |phrase: &str| lower.starts_with(&phrase.replacen("{}", "", 1).to_lowercase());
        if names.is_empty() || begins(self.by) || begins(ENGLISH.by) {
            return names.to_owned();
        }
        self.by.replacen("{}", names, 1)
    }

    pub fn photo(&self, credit: &str) -> String {
        self.photo.replacen("{}", credit, 1)
    }

    pub fn subscribe(&self, publication: &str) -> String {
        self.subscribe.replacen("{}", publication, 1)
    }

    pub fn edition(&self, label: &str) -> String {
        self.edition.replacen("{}", label, 1)
    }

    pub fn why(&self, publication: &str) -> String {
        self.why.replacen("{}", publication, 1)
    }

    /// `A, B and C`
    pub fn names(&self, names: &[String]) -> String {
        match names {
            [] => String::new(),
            [one] => one.clone(),
            [init @ .., last] => format!("{}{}{last}", init.join(self.comma), self.and),
        }
    }

    /// `Monday, 23 November 2026`
    pub fn long_date(&self, date: NaiveDate) -> String {
        let weekday = self.weekdays.get(date.weekday().num_days_from_monday() as usize).copied().unwrap_or_default();
        let rest = self.date.replacen("{weekday}", weekday, 1).replacen("{year}", &date.year().to_string(), 1);
        self.with_day(&rest, date)
    }

    /// `23 November`
    pub fn short_date(&self, date: NaiveDate) -> String {
        self.with_day(self.day, date)
    }

    fn with_day(&self, phrase: &str, date: NaiveDate) -> String {
        let month = self.months.get(date.month0() as usize).copied().unwrap_or_default();
        phrase.replacen("{day}", &date.day().to_string(), 1).replacen("{month}", month, 1)
    }

    fn form(&self, forms: &[&'static str; 3], count: usize) -> &'static str {
        forms.get((self.plural)(count)).or(forms.last()).copied().unwrap_or_default()
    }
}

fn germanic(count: usize) -> usize {
    usize::from(count != 1)
}

fn french(count: usize) -> usize {
    usize::from(count > 1)
}

fn russian(count: usize) -> usize {
    match (count % 10, count % 100) {
        (1, tens) if tens != 11 => 0,
        (2..=4, tens) if !(12..=14).contains(&tens) => 1,
        _ => 2,
    }
}

const fn none(_: usize) -> usize {
    0
}

static ENGLISH: Phrases = Phrases {
    serif: "Georgia,serif",
    also: "Also, {}",
    also_today: "Also today",
    missed: "In case you missed it",
    corrections: "Corrections",
    was: "We wrote:",
    should_read: "It should read:",
    related: "Related reading",
    from_the_editor: "From the editor:",
    by: "By {}",
    photo: "Photo: {}",
    picture: "Picture:",
    view: "View in your browser",
    preferences: "Change what you get",
    unsubscribe: "Unsubscribe",
    privacy: "Privacy",
    forwarded: "Was this forwarded to you?",
    subscribe: "Subscribe to {}",
    more: ["and {n} more on {site}"; 3],
    edition: "Edition {}",
    why: "You receive {} because you signed up for it and confirmed your address.",
    and: " and ",
    comma: ", ",
    minutes: "{} min",
    stories: ["{} story", "{} stories", "{} stories"],
    plural: germanic,
    date: "{weekday}, {day} {month} {year}",
    day: "{day} {month}",
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

static GERMAN: Phrases = Phrases {
    serif: "Georgia,serif",
    also: "Au\u{df}erdem: {}",
    also_today: "Au\u{df}erdem heute",
    missed: "Falls Sie es verpasst haben",
    corrections: "Korrekturen",
    was: "Wir schrieben:",
    should_read: "Richtig ist:",
    related: "Zum Weiterlesen",
    from_the_editor: "Aus der Redaktion:",
    by: "Von {}",
    photo: "Foto: {}",
    picture: "Bild:",
    view: "Im Browser ansehen",
    preferences: "Einstellungen \u{e4}ndern",
    unsubscribe: "Abbestellen",
    privacy: "Datenschutz",
    forwarded: "Wurde Ihnen diese Mail weitergeleitet?",
    subscribe: "{} abonnieren",
    more: ["und {n} weiterer auf {site}", "und {n} weitere auf {site}", "und {n} weitere auf {site}"],
    edition: "Ausgabe {}",
    why: "Sie erhalten {}, weil Sie sich daf\u{fc}r angemeldet und Ihre Adresse best\u{e4}tigt haben.",
    and: " und ",
    comma: ", ",
    minutes: "{} Min.",
    stories: ["{} Artikel"; 3],
    plural: germanic,
    date: "{weekday}, {day}. {month} {year}",
    day: "{day}. {month}",
    weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    months: [
        "Januar",
        "Februar",
        "M\u{e4}rz",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
};

static FRENCH: Phrases = Phrases {
    serif: "Georgia,serif",
    also: "\u{c0} lire aussi\u{a0}: {}",
    also_today: "Aussi aujourd\u{2019}hui",
    missed: "Si cela vous a \u{e9}chapp\u{e9}",
    corrections: "Rectificatifs",
    was: "Nous avions \u{e9}crit\u{a0}:",
    should_read: "Il faut lire\u{a0}:",
    related: "Sur le m\u{ea}me sujet",
    from_the_editor: "Le mot de la r\u{e9}daction\u{a0}:",
    by: "Par {}",
    photo: "Photo\u{a0}: {}",
    picture: "Image\u{a0}:",
    view: "Lire dans le navigateur",
    preferences: "Modifier vos choix",
    unsubscribe: "Se d\u{e9}sabonner",
    privacy: "Confidentialit\u{e9}",
    forwarded: "On vous a transf\u{e9}r\u{e9} ce message\u{a0}?",
    subscribe: "S\u{2019}abonner \u{e0} {}",
    more: ["et {n} autre sur {site}", "et {n} autres sur {site}", "et {n} autres sur {site}"],
    edition: "\u{c9}dition {}",
    why: "Vous recevez {} car vous en avez demand\u{e9} l\u{2019}envoi et confirm\u{e9} votre adresse.",
    and: " et ",
    comma: ", ",
    minutes: "{} min",
    stories: ["{} article", "{} articles", "{} articles"],
    plural: french,
    date: "{weekday} {day} {month} {year}",
    day: "{day} {month}",
    weekdays: ["Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche"],
    months: [
        "janvier",
        "f\u{e9}vrier",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "ao\u{fb}t",
        "septembre",
        "octobre",
        "novembre",
        "d\u{e9}cembre",
    ],
};

static SPANISH: Phrases = Phrases {
    serif: "Georgia,serif",
    also: "Tambi\u{e9}n: {}",
    also_today: "Tambi\u{e9}n hoy",
    missed: "Por si se lo perdi\u{f3}",
    corrections: "Correcciones",
    was: "Escribimos:",
    should_read: "Debe decir:",
    related: "Lecturas relacionadas",
    from_the_editor: "De la redacci\u{f3}n:",
    by: "Por {}",
    photo: "Foto: {}",
    picture: "Imagen:",
    view: "Ver en el navegador",
    preferences: "Cambiar lo que recibe",
    unsubscribe: "Darse de baja",
    privacy: "Privacidad",
    forwarded: "\u{bf}Le han reenviado este mensaje?",
    subscribe: "Suscribirse a {}",
    more: ["y {n} m\u{e1}s en {site}"; 3],
    edition: "Edici\u{f3}n {}",
    why: "Recibe {} porque se suscribi\u{f3} y confirm\u{f3} su direcci\u{f3}n.",
    and: " y ",
    comma: ", ",
    minutes: "{} min",
    stories: ["{} noticia", "{} noticias", "{} noticias"],
    plural: germanic,
    date: "{weekday}, {day} de {month} de {year}",
    day: "{day} de {month}",
    weekdays: ["Lunes", "Martes", "Mi\u{e9}rcoles", "Jueves", "Viernes", "S\u{e1}bado", "Domingo"],
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
};

static RUSSIAN: Phrases = Phrases {
    serif: "Georgia,PT Serif,serif",
    also: "Также: {}",
    also_today: "Также сегодня",
    missed: "Если вы пропустили",
    corrections: "Исправления",
    was: "Мы написали:",
    should_read: "Правильно:",
    related: "Читайте также",
    from_the_editor: "От редакции:",
    by: "Текст: {}",
    photo: "Фото: {}",
    picture: "Изображение:",
    view: "Открыть в браузере",
    preferences: "Изменить подписку",
    unsubscribe: "Отписаться",
    privacy: "Конфиденциальность",
    forwarded: "Вам переслали это письмо?",
    subscribe: "Подписаться на «{}»",
    more: ["и ещё {n} на сайте {site}"; 3],
    edition: "Выпуск {}",
    why: "Вы получаете «{}», потому что подписались и подтвердили свой адрес.",
    and: " и ",
    comma: ", ",
    minutes: "{} мин",
    stories: ["{} материал", "{} материала", "{} материалов"],
    plural: russian,
    date: "{weekday}, {day} {month} {year} г.",
    day: "{day} {month}",
    weekdays: ["Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье"],
    months: [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ],
};

static JAPANESE: Phrases = Phrases {
    serif: "Hiragino Mincho ProN,Yu Mincho,serif",
    also: "ほかに、{}",
    also_today: "きょうのほかのニュース",
    missed: "見逃した方へ",
    corrections: "訂正",
    was: "誤：",
    should_read: "正：",
    related: "関連記事",
    from_the_editor: "編集部から：",
    by: "文：{}",
    photo: "写真：{}",
    picture: "画像：",
    view: "ブラウザで見る",
    preferences: "受け取る内容を変える",
    unsubscribe: "配信を止める",
    privacy: "プライバシー",
    forwarded: "転送で届いた方へ：",
    subscribe: "{}を購読する",
    more: ["ほか{n}本は{site}で"; 3],
    edition: "{}号",
    why: "{}に登録し、アドレスを確認した方にお送りしています。",
    and: "、",
    comma: "、",
    minutes: "約{}分",
    stories: ["記事{}本"; 3],
    plural: none,
    date: "{year}年{month}{day}日 {weekday}",
    day: "{month}{day}日",
    weekdays: ["月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"],
    months: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
};

/// The count stands behind a colon, so that it needs none of the six plurals.
static ARABIC: Phrases = Phrases {
    serif: "Geeza Pro,Noto Naskh Arabic,serif",
    also: "وأيضًا: {}",
    also_today: "أيضًا اليوم",
    missed: "إن فاتكم",
    corrections: "تصويبات",
    was: "كتبنا:",
    should_read: "والصواب:",
    related: "اقرأ أيضًا",
    from_the_editor: "من التحرير:",
    by: "بقلم {}",
    photo: "الصورة: {}",
    picture: "صورة:",
    view: "عرض في المتصفح",
    preferences: "تعديل ما يصلك",
    unsubscribe: "إلغاء الاشتراك",
    privacy: "الخصوصية",
    forwarded: "هل أعيد توجيه هذه الرسالة إليك؟",
    subscribe: "اشترك في {}",
    more: ["المزيد على {site}: {n}"; 3],
    edition: "العدد {}",
    why: "تصلك {} لأنك اشتركت فيها وأكدت عنوانك.",
    and: " و",
    comma: "، ",
    minutes: "{} د",
    stories: ["عدد الأخبار: {}"; 3],
    plural: none,
    date: "{weekday}، {day} {month} {year}",
    day: "{day} {month}",
    weekdays: ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"],
    months: [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_counts_as_its_readers_do() {
        let count = |language, n| Phrases::of(language).stories(n);
        assert_eq!([count("en", 1), count("en-GB", 2), count("xx", 0)], ["1 story", "2 stories", "0 stories"]);
        assert_eq!([count("fr", 0), count("fr", 1), count("fr-CA", 2)], ["0 article", "1 article", "2 articles"]);
        for (n, word) in [
            (1, "материал"),
            (2, "материала"),
            (5, "материалов"),
            (11, "материалов"),
            (12, "материалов"),
            (21, "материал"),
            (22, "материала"),
            (111, "материалов"),
            (114, "материалов"),
        ] {
            assert_eq!(count("ru", n), format!("{n} {word}"));
        }
        assert_eq!(Phrases::of("de").more(3, "Die {n} {site}"), "und 3 weitere auf Die {n} {site}");
    }

    #[test]
    fn a_date_reads_as_in_a_newspaper() {
        let date = "2026-11-03".parse().unwrap();
        for (language, expected) in [
            ("en", "Tuesday, 3 November 2026"),
            ("de-AT", "Dienstag, 3. November 2026"),
            ("fr", "Mardi 3 novembre 2026"),
            ("es", "Martes, 3 de noviembre de 2026"),
            ("ru", "Вторник, 3 ноября 2026 г."),
            ("ja", "2026年11月3日 火曜日"),
        ] {
            assert_eq!(Phrases::of(language).long_date(date), expected);
        }
        assert_eq!(Phrases::of("de").short_date(date), "3. November");
    }

    #[test]
    fn names_and_bylines_read_well() {
        let names = ["A".to_owned(), "B".to_owned(), "C".to_owned()];
        assert_eq!(Phrases::of("en").by(&Phrases::of("en").names(&names)), "By A, B and C");
        assert_eq!(Phrases::of("de").names(&names[..2]), "A und B");
        assert_eq!(
            (Phrases::of("de").by("von Ada"), Phrases::of("fr").by("By Ada")),
            ("von Ada".into(), "By Ada".into())
        );
        assert_eq!(Phrases::of("en").by(" "), "");
    }

    #[test]
    fn no_phrase_has_lost_its_value() {
        for it in [&ENGLISH, &GERMAN, &FRENCH, &SPANISH, &RUSSIAN, &JAPANESE, &ARABIC] {
            for phrase in [it.also, it.by, it.photo, it.subscribe, it.edition, it.why, it.minutes] {
                assert_eq!(phrase.matches("{}").count(), 1, "{phrase}");
            }
            assert!(it.stories.iter().all(|form| form.contains("{}")));
            assert!(it.more.iter().all(|form| form.contains("{n}") && form.contains("{site}")));
            assert!(["{weekday}", "{day}", "{month}", "{year}"].iter().all(|part| it.date.contains(part)));
        }
    }
}
