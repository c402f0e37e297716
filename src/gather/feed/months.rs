//! Names of months in the languages that feeds are written in: English, German, French, Spanish, Italian, Portuguese,
//! Catalan, Romanian, Dutch, Swedish, Danish, Norwegian, Finnish, Polish, Czech, Russian, Ukrainian, Hungarian, Turkish,
//! Greek, Indonesian. By the letters that tell them apart, so that any ending will do; it knows no days of the week. Held
//! to it by the table in `dates.rs`.

const MONTHS: [&str; 12] = [
    "jan ene gen j\u{e4}n ian \u{44f}\u{43d}\u{432} \u{441}\u{456}\u{447} yan sty led oca tam \
     \u{3b9}\u{3b1}\u{3bd}",
    "feb f\u{e9}v fev f\u{e9}vr lut \u{fa}no uno \u{15f}ub sub hel \u{3c6}\u{3b5}\u{3b2} \
     \u{444}\u{435}\u{432} \u{43b}\u{44e}\u{442}",
    "mar m\u{e4}r mrt maar m\u{e1}r b\u{159}e bre maalis \u{3bc}\u{3ac}\u{3c1} \u{3bc}\u{3b1}\u{3c1} \
     \u{431}\u{435}\u{440}",
    "apr avr abr \u{e1}pr kwi dub nis huh \u{3b1}\u{3c0}\u{3c1} \u{430}\u{43f}\u{440} \
     \u{43a}\u{432}\u{456}",
    "may mai mei mag maj m\u{e1}j kv\u{11b} kve tou \u{3bc}\u{3ac}\u{3b9} \u{3bc}\u{3b1}\u{390} \
     \u{3bc}\u{3b1}\u{3b9} \u{43c}\u{430}\u{44f} \u{43c}\u{430}\u{439} \u{442}\u{440}\u{430}",
    "jun juin giu j\u{fa}n iun cze \u{10d}ervn cervn haz kes \u{3b9}\u{3bf}\u{3cd}\u{3bd} \
     \u{3b9}\u{3bf}\u{3c5}\u{3bd} \u{438}\u{44e}\u{43d} \u{447}\u{435}\u{440}",
    "jul juil lug j\u{fa}l iul lip \u{10d}ervenec \u{10d}ervence cervenec cervence tem hei \
     \u{3b9}\u{3bf}\u{3cd}\u{3bb} \u{3b9}\u{3bf}\u{3c5}\u{3bb} \u{438}\u{44e}\u{43b} \
     \u{43b}\u{438}\u{43f}",
    "aug ago ao\u{fb} aou agu sie srp a\u{11f}u elo \u{3b1}\u{3cd}\u{3b3} \u{3b1}\u{3c5}\u{3b3} \
     \u{430}\u{432}\u{433} \u{441}\u{435}\u{440}\u{43f}",
    "sep set szept wrz z\u{e1}\u{159} zar eyl syy \u{3c3}\u{3b5}\u{3c0} \u{441}\u{435}\u{43d} \
     \u{432}\u{435}\u{440}",
    "oct okt ott out pa\u{17a} pazd \u{159}\u{ed}j rij eki lok \u{3bf}\u{3ba}\u{3c4} \
     \u{43e}\u{43a}\u{442} \u{436}\u{43e}\u{432}",
    "nov noi lis kas marras \u{3bd}\u{3bf}\u{3ad} \u{3bd}\u{3bf}\u{3b5} \u{43d}\u{43e}\u{44f} \
     \u{43b}\u{438}\u{441}",
    "dec dez dic d\u{e9}c des gru pro ara jou \u{3b4}\u{3b5}\u{3ba} \u{434}\u{435}\u{43a} \
     \u{433}\u{440}\u{443}",
];

/// The number of the month. The longest beginning decides: Finnish `marraskuu` is no March.
pub(super) fn number(word: &str) -> Option<u32> {
    let word = word.to_lowercase();
    let named = (1..).zip(MONTHS).flat_map(|(number, names)| names.split(' ').map(move |name| (number, name)));
    let fitting = named.filter(|(_, name)| word.starts_with(*name));
    fitting.max_by_key(|(_, name)| name.len()).map(|(number, _)| number)
}
