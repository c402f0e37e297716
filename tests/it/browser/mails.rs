//! Editions as mail programs show them: whole at every width, readable in light and dark, with pictures and without.

use crate::harness::{Browser, Look};
use lamplighter::editions::view::{EditionView, HeadlineView, ImageView, SectionView, StoryView};
use std::path::{Path, PathBuf};

/// A script, and words in it.
struct Script {
    language: &'static str,
    dir: &'static str,
    paper: &'static str,
    site: &'static str,
    date: &'static str,
    sections: [&'static str; 3],
    headlines: [&'static str; 4],
    excerpt: &'static str,
    author: &'static str,
}

const SCRIPTS: [Script; 4] = [
    Script {
        language: "en",
        dir: "ltr",
        paper: "The Evening Lamp",
        site: "The Saltmere Gazette",
        date: "Monday, 23 November 2026",
        sections: ["City", "Harbour & Trade", "Science"],
        headlines: [
            "Old ferry pier to stay open through the winter",
            "Night market returns to Rope Street after three years of empty pavements",
            "Tram line 2 will run every eight minutes",
            "Observatory finds its missing comet, a month late and a hand\u{2019}s breadth from where it was expected",
        ],
        excerpt: "The council has found the money to keep the old ferry pier open until spring, four days before it was to close. Repairs will be done at night, so that the morning boats can sail as they always have.",
        author: "Maren Tolliver",
    },
    Script {
        language: "ru",
        dir: "ltr",
        paper: "Вечерняя лампа",
        site: "Портовая газета",
        date: "Понедельник, 23 ноября 2026 г.",
        sections: ["Город", "Порт и торговля", "Наука"],
        headlines: [
            "Старый паромный причал останется открытым всю зиму",
            "Ночной рынок возвращается на Канатную улицу после трёхлетнего перерыва",
            "Трамвай будет ходить каждые восемь минут",
            "Обсерватория нашла свою пропавшую комету с опозданием на месяц",
        ],
        excerpt: "Совет нашёл деньги, чтобы старый паромный причал работал до весны, за четыре дня до закрытия. Ремонт будут вести ночью, чтобы утренние катера ходили по расписанию.",
        author: "Мария Толмачёва",
    },
    Script {
        language: "ar",
        dir: "rtl",
        paper: "مصباح المساء",
        site: "جريدة الميناء",
        date: "الاثنين، 23 نوفمبر 2026",
        sections: ["المدينة", "الميناء والتجارة", "علوم"],
        headlines: [
            "رصيف العبّارات القديم يبقى مفتوحًا طوال الشتاء",
            "سوق الليل يعود إلى شارع الحبال بعد ثلاث سنوات",
            "الترام كل ثماني دقائق ابتداءً من كانون الثاني",
            "المرصد يعثر على مذنّبه الضائع متأخرًا شهرًا",
        ],
        excerpt: "وجد المجلس المال اللازم لإبقاء الرصيف القديم مفتوحًا حتى الربيع، قبل أربعة أيام من موعد إغلاقه. ستجري الإصلاحات ليلًا كي تبحر قوارب الصباح كما كانت دائمًا.",
        author: "مريم الطويل",
    },
    Script {
        language: "ja",
        dir: "ltr",
        paper: "夕べのともしび",
        site: "港新聞",
        date: "2026年11月23日 月曜日",
        sections: ["市内", "港と商い", "科学"],
        headlines: [
            "古い渡し船の桟橋、冬のあいだも存続へ",
            "縄通りの夜市、三年ぶりに復活",
            "市電二号線、一月から八分間隔に",
            "天文台、見失った彗星を一か月遅れで発見",
        ],
        excerpt: "市議会は、閉鎖の四日前になって、古い桟橋を春まで開けておくための費用を見つけた。修理は夜間に行われ、朝の船はこれまで通り出航する。",
        author: "港 まり",
    },
];

/// What a feed should not hold, and does.
const HOSTILE: [&str; 5] = [
    "<script>alert(1)</script><img src=x onerror=alert(1)> \u{202e}reversed\u{2066}",
    "Donaudampfschifffahrtselektrizit\u{e4}tenhauptbetriebswerkbauunterbeamtengesellschaftDonaudampfschifffahrtselektrizit\u{e4}tenhauptbetriebswerkbauunterbeamtengesellschaftDonaudampfschifffahrtselektrizit\u{e4}tenhauptbetriebswerkbauunterbeamtengesellschaftDonaudampfschifffahrts",
    "\u{1f3ee}\u{1f469}\u{200d}\u{1f692}\u{1f3ee} Breaking!!! \u{1f3ee}\u{1f3ee}\u{1f3ee}",
    "line\r\nBcc: a@b.example",
    "https://gazette.example/a/very/long/address/that/stands/where/a/title/should/stand/and/has/no/space/in/it/at/all",
];

fn story(script: &Script, number: usize, picture: Option<&str>) -> StoryView {
    StoryView {
        headline: script.headlines[number % 4].into(),
        url: format!("https://gazette.example/{number}"),
        section: script.sections[number % 3].into(),
        byline: script.author.into(),
        excerpt: script.excerpt.into(),
        image: picture.map(|url| ImageView {
            url: url.into(),
            alt: script.headlines[(number + 1) % 4].into(),
            caption: script.headlines[(number + 2) % 4].into(),
            credit: script.author.into(),
        }),
        minutes: 2 + number % 4,
        language: script.language.into(),
        dir: script.dir,
        ..StoryView::default()
    }
}

fn headline(script: &Script, number: usize) -> HeadlineView {
    HeadlineView {
        headline: script.headlines[number % 4].into(),
        url: format!("https://gazette.example/{number}"),
        section: script.sections[number % 3].into(),
        byline: if number.is_multiple_of(2) { script.author.into() } else { String::new() },
        language: script.language.into(),
        dir: script.dir,
    }
}

/// As many articles as that, as the composer would place them.
fn edition(script: &Script, count: usize, picture: Option<&str>) -> EditionView {
    let full = count.saturating_sub(1).min(9);
    let headlines = count.saturating_sub(10).min(25);
    let section = |at: usize| SectionView {
        name: script.sections[at].into(),
        stories: (1..=full).filter(|n| n % 3 == at).map(|n| story(script, n, picture.filter(|_| n % 2 == 0))).collect(),
    };
    EditionView {
        language: script.language.into(),
        dir: script.dir,
        publication_name: script.paper.into(),
        site_name: script.site.into(),
        date_long: script.date.into(),
        why: script.excerpt.into(),
        subject: format!("{}: {}", script.paper, script.headlines[0]),
        preheader: script.headlines[1].into(),
        stories: count.min(35),
        minutes: count.min(35) * 2,
        note: String::new(),
        top: (count > 0).then(|| story(script, 0, picture)),
        sections: (0..3).map(section).filter(|it| !it.stories.is_empty()).collect(),
        headlines: (0..headlines).map(|n| headline(script, n)).collect(),
        missed: if count >= 30 { (0..3).map(|n| headline(script, n + 1)).collect() } else { vec![] },
        corrections: vec![],
        more: count.saturating_sub(35),
        ..EditionView::sample()
    }
}

fn hostile() -> EditionView {
    let mut view = edition(&SCRIPTS[0], 30, None);
    let mut next = HOSTILE.iter().cycle().map(|title| (*title).to_owned());
    let mut title = || next.next().unwrap();
    view.publication_name = HOSTILE[1].chars().take(60).collect();
    view.preheader = HOSTILE[1].into();
    view.note = HOSTILE.join("\n\n");
    for story in view.top.iter_mut().chain(view.sections.iter_mut().flat_map(|it| &mut it.stories)) {
        (story.headline, story.excerpt, story.byline, story.note) = (title(), title(), title(), title());
    }
    for item in view.headlines.iter_mut().chain(&mut view.missed) {
        (item.headline, item.section, item.byline) = (title(), title(), title());
    }
    view
}

/// Every edition by its name. The pictures' addresses lead nowhere: as in a program that blocks pictures.
fn editions() -> Vec<(String, EditionView)> {
    let mut all = vec![("sample".to_owned(), EditionView::sample()), ("hostile".to_owned(), hostile())];
    for script in &SCRIPTS {
        for count in [0, 1, 5, 30, 500] {
            let picture = (count == 5).then_some("https://pictures.invalid/pier.jpg");
            all.push((format!("{}-{count}", script.language), edition(script, count, picture)));
        }
    }
    all
}

fn write(folder: &Path, name: &str, html: &str) -> PathBuf {
    let path = folder.join(format!("{name}.html"));
    std::fs::write(&path, html).unwrap();
    path
}

async fn show(browser: &Browser, page: &Path) {
    browser.goto(&format!("file://{}", page.canonicalize().unwrap().display())).await;
}

/// Texts that are too small or set too tight, and links outside a sentence that are too low for a finger.
const SMALL: &str = r#"
const small = [];
for (const e of document.querySelectorAll('body *')) {
  const own = [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim() && n.data.trim() != '\u00a0');
  if (!own) continue;
  const style = getComputedStyle(e), size = parseFloat(style.fontSize), line = parseFloat(style.lineHeight);
  if (size == 0) continue;
  const least = size >= 24 ? 1.1 : 1.25;
  if (size < 14 || line / size < least) small.push(size + '/' + line + ': ' + e.textContent.trim().slice(0, 40));
}
for (const a of document.querySelectorAll('a[href]')) {
  const inSentence = [...a.parentElement.childNodes].some(n => n.nodeType == 3 && n.data.trim().length > 1);
  const line = parseFloat(getComputedStyle(a).lineHeight);
  if (!inSentence && !a.querySelector('img') && line < 24) small.push('low: ' + line + ' ' + a.textContent.slice(0, 40));
}
return small.join('\n');
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_edition_is_whole_and_readable_on_every_screen_in_light_and_dark() {
    let Some(browser) = Browser::open().await else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, view) in editions() {
        let page = write(folder.path(), &name, &view.html().unwrap());
        for (width, look) in [(320, Look::Light), (375, Look::Dark), (700, Look::Light)] {
            browser.look(width, 800, look).await;
            show(&browser, &page).await;
            let overflow = browser.run("return document.documentElement.scrollWidth - innerWidth").await;
            assert!(overflow.as_i64().is_some_and(|it| it <= 0), "{name} at {width} is {overflow} too wide");
            assert_eq!(browser.run(super::readers::FAINT).await, "", "{name} {look:?} at {width}");
            assert_eq!(browser.run(SMALL).await, "", "{name} at {width}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_style_sheet_a_mail_is_whole_and_readable_too() {
    let Some(browser) = Browser::open().await else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, view) in editions().into_iter().filter(|(name, _)| !name.ends_with("-0")) {
        let html = view.html().unwrap();
        let (before, after) =
            (html.split_once("<style>\n").unwrap().0, html.split_once("</style>\n</head>").unwrap().1);
        let page = write(folder.path(), &name, &format!("{before}</head>{after}"));
        for look in [Look::Light, Look::Dark] {
            browser.look(375, 800, look).await;
            show(&browser, &page).await;
            let overflow = browser.run("return document.documentElement.scrollWidth - innerWidth").await;
            assert!(overflow.as_i64().is_some_and(|it| it <= 0), "{name} is {overflow} too wide");
            assert_eq!(browser.run(super::readers::FAINT).await, "", "{name} {look:?}");
        }
    }
}

/// Pictures of every edition for whoever changes the look: `just mail-screenshots` writes them into
/// `target/screenshots/`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes pictures into target/screenshots"]
async fn screenshots_of_mails() {
    let Some(browser) = Browser::open().await else { return };
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&target).unwrap();
    for (name, view) in editions() {
        let page = write(&target, &format!("mail-{name}"), &view.html().unwrap());
        for (width, look) in [(320, Look::Light), (375, Look::Dark), (700, Look::Light), (700, Look::Dark)] {
            browser.look(width, 900, look).await;
            show(&browser, &page).await;
            let file = format!("mail-{name}-{width}-{}.png", if look == Look::Dark { "dark" } else { "light" });
            std::fs::write(target.join(file), browser.picture().await).unwrap();
        }
    }
}
