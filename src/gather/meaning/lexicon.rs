//! Words whose meaning the comparisons must know: fillers of many languages (from the `stop-words` lists), and in the
//! languages most read here the numbers, days, months, negations and he-or-she words that turn a sentence into another.

use rust_stemmers::{Algorithm, Stemmer};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The primary tag of a BCP 47 name in lower case: `de` of `de-AT`.
pub(super) fn primary(language: &str) -> String {
    language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

/// Words that say nothing by themselves; empty for a language without a list. An unknown language is not guessed.
pub(super) fn fillers(language: &str) -> &'static HashSet<&'static str> {
    let language = match primary(language).as_str() {
        // Written Norwegian is tagged in three ways.
        "nb" | "nn" => "no".to_owned(),
        other => other.to_owned(),
    };
    FILLERS.get(language.as_str()).unwrap_or(&NO_FILLERS)
}

static NO_FILLERS: LazyLock<HashSet<&'static str>> = LazyLock::new(HashSet::new);
static FILLERS: LazyLock<HashMap<&'static str, HashSet<&'static str>>> = LazyLock::new(|| {
    let words = |language: &str| stop_words::lookup(language).unwrap_or_default().iter().copied().collect();
    stop_words::available_languages().iter().map(|language| (*language, words(language))).collect()
});

/// The Snowball stemmer of a language, if it has one.
pub(super) fn stemmer(language: &str) -> Option<Stemmer> {
    let algorithm = match primary(language).as_str() {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "nl" => Algorithm::Dutch,
        "en" => Algorithm::English,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "es" => Algorithm::Spanish,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    };
    Some(Stemmer::create(algorithm))
}

/// Whether a text that differs in this word says something else: a figure, a number, a day, a month, a negation, a sex,
/// a direction. In lower case.
pub(super) fn is_telling(word: &str) -> bool {
    word.chars().any(char::is_numeric) || TELLING.contains(word)
}

/// Whether this word turns a sentence into its opposite. In lower case.
pub(super) fn is_negation(word: &str) -> bool {
    NEGATING.contains(word)
}

static NEGATING: LazyLock<HashSet<&'static str>> = LazyLock::new(|| NEGATIONS.split(' ').collect());

const NEGATIONS: &str = "no not never none nobody nothing neither nor without cannot cant dont doesnt didnt isnt arent \
    wasnt werent wont wouldnt couldnt shouldnt hasnt havent hadnt nicht kein keine keinen keinem keiner nie niemals ne pas \
    jamais aucun aucune nunca jam\u{e1}s ning\u{fa}n ninguna non mai nessun nessuna n\u{e3}o nenhum nenhuma niet geen \
    \u{43d}\u{435} \u{43d}\u{438}\u{43a}\u{43e}\u{433}\u{434}\u{430}";

static TELLING: LazyLock<HashSet<&'static str>> = LazyLock::new(|| WORDS.iter().flat_map(|it| it.split(' ')).collect());

const WORDS: &[&str] = &[
    // English
    "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen \
     eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion \
     dozen half third quarter second fourth fifth sixth seventh eighth ninth tenth twice double triple",
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august september \
     october november december",
    "no not never none nobody nothing neither nor without cannot cant dont doesnt didnt isnt arent wasnt werent wont \
     wouldnt couldnt shouldnt hasnt havent hadnt",
    "he she him her his hers man woman men women boy girl male female husband wife son daughter father mother brother \
     sister north south east west northern southern eastern western won lost win loss up down rose fell rise fall more \
     less higher lower before after guilty innocent alive dead killed injured",
    // German
    "null zwei drei vier f\u{fc}nf sechs sieben acht neun zehn elf zw\u{f6}lf hundert tausend million millionen \
     milliarde milliarden dutzend montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag januar februar \
     m\u{e4}rz april mai juni juli oktober dezember nicht kein keine keinen keinem keiner nie niemals niemand nichts \
     ohne weder er sie mann frau junge m\u{e4}dchen",
    // French
    "z\u{e9}ro deux trois quatre cinq sept huit neuf dix onze douze cent mille milliard milliards lundi mardi mercredi \
     jeudi vendredi samedi dimanche janvier f\u{e9}vrier mars avril juin juillet ao\u{fb}t septembre octobre novembre \
     d\u{e9}cembre ne pas jamais aucun aucune rien personne sans ni il elle homme femme",
    // Spanish
    "cero dos tres cuatro cinco seis siete ocho nueve diez once doce cien ciento mil mill\u{f3}n millones lunes martes \
     mi\u{e9}rcoles jueves viernes s\u{e1}bado domingo enero febrero marzo abril mayo junio julio agosto septiembre \
     octubre noviembre diciembre nunca jam\u{e1}s ning\u{fa}n ninguna nada nadie sin \u{e9}l ella hombre mujer",
    // Italian
    "due tre quattro cinque sei sette otto nove dieci undici dodici cento mila milione milioni miliardo miliardi \
     luned\u{ec} marted\u{ec} mercoled\u{ec} gioved\u{ec} venerd\u{ec} sabato domenica gennaio febbraio aprile maggio \
     giugno luglio settembre ottobre dicembre non mai nessun nessuno nessuna niente nulla senza lui lei uomo donna",
    // Portuguese
    "dois duas tr\u{ea}s quatro sete oito nove dez doze cem milh\u{e3}o milh\u{f5}es segunda ter\u{e7}a quarta quinta \
     sexta janeiro fevereiro mar\u{e7}o maio junho julho setembro outubro novembro dezembro n\u{e3}o nunca nenhum \
     nenhuma sem ele ela homem mulher",
    // Russian
    "\u{43d}\u{43e}\u{43b}\u{44c} \u{434}\u{432}\u{430} \u{434}\u{432}\u{435} \u{442}\u{440}\u{438} \
     \u{447}\u{435}\u{442}\u{44b}\u{440}\u{435} \u{43f}\u{44f}\u{442}\u{44c} \u{448}\u{435}\u{441}\u{442}\u{44c} \
     \u{441}\u{435}\u{43c}\u{44c} \u{432}\u{43e}\u{441}\u{435}\u{43c}\u{44c} \u{434}\u{435}\u{432}\u{44f}\u{442}\u{44c} \
     \u{434}\u{435}\u{441}\u{44f}\u{442}\u{44c} \u{43d}\u{435} \u{43d}\u{438} \u{43d}\u{435}\u{442} \u{431}\u{435}\u{437} \
     \u{43d}\u{438}\u{43a}\u{43e}\u{433}\u{434}\u{430} \u{43d}\u{438}\u{43a}\u{442}\u{43e} \u{43d}\u{438}\u{447}\u{435}\u{433}\u{43e} \
     \u{43e}\u{43d} \u{43e}\u{43d}\u{430} \u{43c}\u{443}\u{436}\u{447}\u{438}\u{43d}\u{430} \
     \u{436}\u{435}\u{43d}\u{449}\u{438}\u{43d}\u{430}",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_goes_by_its_primary_tag() {
        assert_eq!(primary("de-AT"), "de");
        assert!(fillers("en-GB").contains("the") && fillers("nb").contains("og"));
        assert!(fillers("").is_empty() && fillers("tlh").is_empty());
        assert!(stemmer("en_US").is_some() && stemmer("zh").is_none());
    }

    #[test]
    fn figures_and_negations_tell() {
        for word in ["12", "2026", "not", "nicht", "mardi", "\u{43d}\u{435}"] {
            assert!(is_telling(word), "{word}");
        }
        assert!(!is_telling("harbour"));
    }
}
