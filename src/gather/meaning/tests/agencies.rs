//! Attribution of agencies on labelled snippets: invented texts, the shapes of real ones.

use super::super::agency::{agency_of, without_dateline};

/// The bar for showing an attribution at all.
const PRECISION_MIN: f64 = 0.95;

/// Bylines, separated by `;`, then the text, then the agency.
const FROM_AGENCIES: &[(&str, &str, &str)] = &[
    ("Reuters", "The bridge opened on Monday.", "Reuters"),
    ("REUTERS", "The bridge opened on Monday.", "Reuters"),
    ("By Reuters", "The bridge opened on Monday.", "Reuters"),
    ("Jane Roe, Reuters", "The bridge opened on Monday.", "Reuters"),
    ("REUTERS/Jane Roe", "The bridge opened on Monday.", "Reuters"),
    ("Jane Roe (Reuters)", "The bridge opened on Monday.", "Reuters"),
    ("", "NORRHOLM, Nov 24 (Reuters) - The bridge opened on Monday.", "Reuters"),
    ("", "(Reuters) - The bridge opened on Monday.", "Reuters"),
    ("Staff", "LONDON (Reuters) \u{2013} The bridge opened on Monday.", "Reuters"),
    ("", "The bridge opened on Monday.\n\n\u{2014} Reuters", "Reuters"),
    ("", "The bridge opened on Monday.\n\n(Reuters)", "Reuters"),
    ("", "The bridge opened on Monday.\nSource: Reuters", "Reuters"),
    ("The Associated Press", "The bridge opened on Monday.", "AP"),
    ("Associated Press", "The bridge opened on Monday.", "AP"),
    ("By JANE ROE, Associated Press", "The bridge opened on Monday.", "AP"),
    ("Jane Roe, The Associated Press", "The bridge opened on Monday.", "AP"),
    ("AP", "The bridge opened on Monday.", "AP"),
    ("", "NORRHOLM (AP) \u{2014} The bridge opened on Monday.", "AP"),
    ("Jane Roe", "NORRHOLM, Norrland (AP) \u{2014} The bridge opened on Monday.", "AP"),
    ("", "ST. ALDERN, Hovden (AP) - The bridge opened on Monday.", "AP"),
    ("", "The bridge opened on Monday. (AP)", "AP"),
    ("AFP", "The bridge opened on Monday.", "AFP"),
    ("Agence France-Presse", "The bridge opened on Monday.", "AFP"),
    ("Jane Roe / AFP", "The bridge opened on Monday.", "AFP"),
    ("", "Norrholm (AFP) \u{2013} The bridge opened on Monday.", "AFP"),
    ("", "The bridge opened on Monday.\n\n/AFP", "AFP"),
    ("", "The bridge opened on Monday. /AFP", "AFP"),
    ("", "Le pont a ouvert lundi.\n\nAFP", "AFP"),
    ("", "Paris, 24 nov 2026 (AFP) - Le pont a ouvert lundi.", "AFP"),
    ("dpa", "Die Br\u{fc}cke ist offen.", "dpa"),
    ("Von dpa", "Die Br\u{fc}cke ist offen.", "dpa"),
    ("", "Berlin (dpa) - Die Br\u{fc}cke ist offen.", "dpa"),
    ("", "Norrholm/Berlin (dpa) \u{2013} Die Br\u{fc}cke ist offen.", "dpa"),
    ("", "Die Br\u{fc}cke ist offen.\n\nQuelle: dpa", "dpa"),
    ("", "Die Br\u{fc}cke ist offen.\n\n(dpa)", "dpa"),
    ("TASS", "The bridge opened on Monday.", "TASS"),
    ("", "MOSCOW, November 24. /TASS/. The bridge opened on Monday.", "TASS"),
    ("", "The bridge opened on Monday.\nSource: TASS", "TASS"),
    (
        "\u{422}\u{410}\u{421}\u{421}",
        "\u{41c}\u{43e}\u{441}\u{442} \u{43e}\u{442}\u{43a}\u{440}\u{44b}\u{442}.",
        "TASS",
    ),
    ("Interfax", "The bridge opened on Monday.", "Interfax"),
    ("", "NORRHOLM. Nov 24 (Interfax) - The bridge opened on Monday.", "Interfax"),
    ("Xinhua", "The bridge opened on Monday.", "Xinhua"),
    ("", "NORRHOLM, Nov. 24 (Xinhua) -- The bridge opened on Monday.", "Xinhua"),
    ("EFE", "El puente abri\u{f3} el lunes.", "EFE"),
    ("", "Madrid, 24 nov (EFE).- El puente abri\u{f3} el lunes.", "EFE"),
    ("", "El puente abri\u{f3} el lunes.\n\nFuente: EFE", "EFE"),
    ("", "(ANSA) - ROMA, 24 NOV - Il ponte ha aperto.", "ANSA"),
    ("Redazione ANSA", "Il ponte ha aperto.", "ANSA"),
    ("PA Media", "The bridge opened on Monday.", "PA Media"),
    ("Jane Roe, PA", "The bridge opened on Monday.", "PA Media"),
    ("", "NORRHOLM, Nov. 24 (UPI) -- The bridge opened on Monday.", "UPI"),
    ("Bloomberg News", "The bridge opened on Monday.", "Bloomberg"),
    ("", "(Bloomberg) -- The bridge opened on Monday.", "Bloomberg"),
    ("Jane Roe | Bloomberg", "The bridge opened on Monday.", "Bloomberg"),
    ("RFE/RL", "The bridge opened on Monday.", "RFE/RL"),
    ("RFE/RL's Kazakh Service", "The bridge opened on Monday.", "RFE/RL"),
    ("Jane Roe, RFE/RL", "The bridge opened on Monday.", "RFE/RL"),
    ("Yonhap News Agency", "The bridge opened on Monday.", "Yonhap"),
    ("", "SEOUL, Nov. 24 (Yonhap) -- The bridge opened on Monday.", "Yonhap"),
    ("Kyodo News", "The bridge opened on Monday.", "Kyodo News"),
    ("PTI", "The bridge opened on Monday.", "PTI"),
    ("", "New Delhi, Nov 24 (PTI) The bridge opened on Monday.", "PTI"),
    ("Jane Roe, Associated Press Writer", "The bridge opened on Monday.", "AP"),
];

/// Bylines and text that name an agency, or seem to, and do not come from it.
const FROM_NOBODY: &[(&str, &str)] = &[
    ("Jane Roe", "The minister told Reuters that the bridge was safe."),
    ("Jane Roe", "According to TASS, the bridge is open."),
    ("Jane Roe", "The bridge is open, TASS reports."),
    ("Jane Roe", "Students who take AP classes may leave early."),
    ("Jane Roe", "She passed the exam (AP) in the spring and left."),
    ("Jane Roe", "The TASS building on the boulevard was evacuated."),
    ("Reuters Institute", "Trust in news fell again."),
    ("Jane Roe, Reuters Institute", "Trust in news fell again."),
    ("Jane Roe", "The PA system failed and nobody heard the call."),
    ("Jane Roe", "His PA opened the door."),
    ("Jane Roe", "The Associated Press sued the government over access to the room."),
    ("Jane Roe", "Associated Press v. Norrholm was heard on Monday."),
    ("Jane Roe", "The Palestinian Authority (PA) said the road was closed."),
    ("Jane Roe", "Bloomberg, who was mayor for twelve years, spoke first."),
    ("Michael Bloomberg", "Why I believe in bridges."),
    ("Jane Bloomberg", "The bridge is open."),
    ("Jane Roe", "A Bloomberg terminal costs more than a car."),
    ("Jane Roe", "Reporters Without Borders counted 40 cases."),
    ("Jane Roe", "The bridge is open.\n\nWith reporting by Reuters and AP."),
    ("Jane Roe", "The bridge is open.\n\nWith reporting by AFP"),
    ("Jane Roe", "The bridge is open.\n\nAdditional reporting by Reuters"),
    ("Jane Roe", "The bridge is open.\n\nAP contributed to this report."),
    ("Jane Roe", "The bridge is open.\n\nPhoto: AFP"),
    ("Jane Roe", "The bridge is open.\n\nFoto: dpa"),
    ("Jane Roe", "The bridge is open.\n\nImage credit: Reuters"),
    ("Jane Roe", "The journalist, once of Reuters, was freed on Monday."),
    ("Jane Roe", "A jury in Norrholm found that AFP had to pay."),
    ("Ansa Berg", "The bridge is open."),
    ("Anita Tass", "The bridge is open."),
    ("Lusa Moe", "The bridge is open."),
    ("Jane Roe", "Tass Berg won the race."),
    ("Jane Roe", "EFE, the club of the islands, won again."),
    ("Jane Roe", "The agency (Reuters) was the first to say so."),
    ("Jane Roe", "The strike at AFP \u{2014} the third this year \u{2014} ended."),
    ("Jane Roe", "\u{201c}I read it in Reuters,\u{201d} she said."),
    ("Jane Roe", "He asked who had written it. \u{201c}It was AP.\u{201d}"),
    ("Jane Roe", "The channels of RFE/RL were blocked on Monday."),
    ("Jane Roe", "RFE/RL's Kazakh Service was refused a licence."),
    ("Jane Roe", "The list of plaintiffs ends with the Associated Press."),
    ("Jane Roe", "The bridge is open.\n\nRead more: Reuters"),
    ("Jane Roe", "The bridge is open.\n\nFollow AP on every channel"),
    ("AP; Reuters", "The bridge is open."),
    ("AFP, Reuters", "The bridge is open."),
    ("dpa/AFP", "Die Br\u{fc}cke ist offen."),
    ("Jane Roe", "Die Br\u{fc}cke ist offen, wie die dpa meldet."),
    ("Jane Roe", "MOSCOW (AP) and Paris are twinned, and a delegation came."),
    ("Jane Roe", "The Advanced Placement (AP) \u{2014} a set of courses \u{2014} is taught at noon."),
    ("Jane Roe", "Interfax quoted the minister as saying that the bridge was closed."),
    ("Jane Roe", "Xinhua Street is closed to traffic."),
    ("Jane Roe", "Photo by AP/Jane Doe. The bridge is open."),
    ("Apa Sherpa", "The mountain is open."),
    ("TT Racing Club", "The race is on."),
    ("Norrholm Press Association", "The bridge is open."),
    ("Jane Roe for the Gazette and Reuters Foundation", "The bridge is open."),
    ("Jane Roe", "Reuters reported on Monday that the bridge was open.\n\nThe council would not comment."),
];

fn authors(list: &str) -> Vec<String> {
    list.split(';').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[test]
fn what_is_attributed_is_right() {
    let (mut right, mut wrong, mut missed) = (0, Vec::new(), Vec::new());
    for (by, text, wanted) in FROM_AGENCIES {
        match agency_of(&authors(by), text) {
            Some(found) if found == *wanted => right += 1,
            Some(found) => wrong.push(format!("{found}: {by} | {text}")),
            None => missed.push(format!("{by} | {text}")),
        }
    }
    for (by, text) in FROM_NOBODY {
        wrong.extend(agency_of(&authors(by), text).map(|found| format!("{found}: {by} | {text}")));
    }
    let share =
        |part: usize, whole: usize| f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap());
    let (precision, recall) = (share(right, right + wrong.len()), share(right, FROM_AGENCIES.len()));
    eprintln!("{} snippets: precision {precision:.3}, recall {recall:.3}", FROM_AGENCIES.len() + FROM_NOBODY.len());
    eprintln!("wrong: {wrong:#?}\nmissed: {missed:#?}");
    assert!(precision >= PRECISION_MIN, "{precision}");
    assert!(recall >= 0.9, "{recall}");
}

#[test]
fn the_same_text_with_and_without_a_dateline_is_the_same_text() {
    let text = "The bridge opened on Monday.";
    for head in ["NORRHOLM (AP) \u{2014} ", "Berlin (dpa) - ", "MOSCOW, November 24. /TASS/. ", "(Reuters) - ", ""] {
        assert_eq!(without_dateline(&format!("{head}{text}")), text);
    }
}
