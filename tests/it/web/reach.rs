//! Everything that the desk can do, a program can do: each deed and each page of the desk names the operations of the API
//! that are the same, or why there is none. Both lists come from the code, so that neither grows without the other.

use crate::harness::{Doors, Harness, OpenApi, Stage, TestDatabase};
use lamplighter::db::Engine;
use lamplighter::web::list_doors;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What stands beside a door of the desk.
enum Beside {
    /// The operations that do the same.
    Api(&'static [&'static str]),
    /// Why a program has none.
    None(&'static str),
}
use Beside::{Api, None as No};

/// A key is no person: it has neither a password nor a browser, and makes no keys and no accounts.
const PERSON: &str = "somebody's own account";
const ACCOUNTS: &str = "no key makes keys or accounts, so that one that leaks ends with itself";
const FORM: &str = "the form of a deed that is listed by itself";

const ALL: &[(&str, &str, Beside)] = &[
    // Tonight.
    ("GET", "/desk", Api(&["listEditions", "getReport"])),
    ("GET", "/desk/editions/{id}", Api(&["getEdition", "listItems", "getReport", "listDeliveries"])),
    ("GET", "/desk/editions/{id}/preview", Api(&["previewEdition"])),
    (
        "POST",
        "/desk/editions/{id}/decide",
        Api(&[
            "approveEdition",
            "reviewEdition",
            "reopenEdition",
            "holdEdition",
            "releaseEdition",
            "skipEdition",
            "cancelEdition",
            "bringBackEdition",
        ]),
    ),
    ("POST", "/desk/editions/{id}/send", Api(&["sendEdition"])),
    ("POST", "/desk/editions/{id}/test-send", Api(&["testSend"])),
    ("POST", "/desk/editions/{id}/draft", Api(&["draftEdition"])),
    ("POST", "/desk/editions/{id}/draft-again", Api(&["draftAgain"])),
    ("POST", "/desk/editions/{id}/take-in", Api(&["takeIn"])),
    ("POST", "/desk/editions/extra", Api(&["draftEdition"])),
    ("POST", "/desk/editions/{id}/order", Api(&["orderItems", "changeItem"])),
    ("POST", "/desk/editions/{id}/rerank", Api(&["rerank"])),
    ("POST", "/desk/editions/{id}/words", Api(&["changeEdition"])),
    ("POST", "/desk/editions/{id}/items", Api(&["addItem"])),
    ("POST", "/desk/editions/{id}/items/{article}", Api(&["changeItem"])),
    ("POST", "/desk/editions/{id}/items/{article}/remove", Api(&["removeItem"])),
    ("POST", "/desk/editions/{id}/items/{article}/refresh", Api(&["refreshItem"])),
    ("POST", "/desk/editions/{id}/pool/{article}", Api(&["moveArticle"])),
    ("POST", "/desk/editions/{id}/wishes/{article}", Api(&["setIntent", "clearIntent"])),
    ("GET", "/desk/live", Api(&["listEvents"])),
    // On its way, and afterwards.
    ("POST", "/desk/editions/{id}/steer", Api(&["pauseEdition", "resumeEdition", "abortEdition"])),
    ("POST", "/desk/editions/{id}/resend", Api(&["resendUncertain"])),
    ("GET", "/desk/editions/{id}/report", Api(&["getReport", "getWhy"])),
    ("GET", "/desk/editions", Api(&["listEditions"])),
    ("GET", "/desk/calendar", Api(&["listEditions", "getCalendar"])),
    ("POST", "/desk/calendar/days-off", Api(&["changeSlot"])),
    ("GET", "/desk/corrections", Api(&["listAllCorrections"])),
    ("GET", "/desk/editions/{id}/corrections", Api(&["listCorrections"])),
    ("POST", "/desk/editions/{id}/corrections", Api(&["correctEdition"])),
    ("POST", "/desk/editions/{id}/correction-mail", Api(&["draftCorrectionMail"])),
    // Readers.
    ("GET", "/desk/subscribers", Api(&["searchSubscribers", "listSubscribers", "listSignUps"])),
    ("GET", "/desk/subscribers/add", No(FORM)),
    ("POST", "/desk/subscribers/add", Api(&["addSubscriber", "askToConfirm"])),
    ("POST", "/desk/subscribers/export", Api(&["exportSubscribers"])),
    ("POST", "/desk/subscribers/waiting/{id}/ask", Api(&["askAgain"])),
    ("GET", "/desk/subscribers/imports", Api(&["listImports"])),
    ("POST", "/desk/subscribers/imports", Api(&["uploadList"])),
    ("GET", "/desk/subscribers/imports/{id}", Api(&["getImport"])),
    ("POST", "/desk/subscribers/imports/{id}/try", Api(&["tryImport"])),
    ("POST", "/desk/subscribers/imports/{id}/start", Api(&["startImport"])),
    ("POST", "/desk/subscribers/imports/{id}/cancel", Api(&["cancelImport"])),
    ("GET", "/desk/subscribers/{id}", Api(&["getSubscriber", "findSubscriber"])),
    ("POST", "/desk/subscribers/{id}/choices", Api(&["chooseFor"])),
    ("POST", "/desk/subscribers/{id}/pause", Api(&["pauseFor"])),
    ("POST", "/desk/subscribers/{id}/leave", Api(&["leaveFor"])),
    ("POST", "/desk/subscribers/{id}/suppress", Api(&["suppress"])),
    ("POST", "/desk/subscribers/{id}/lift", Api(&["liftSuppression"])),
    ("POST", "/desk/subscribers/{id}/erase", Api(&["eraseSubscriber"])),
    ("GET", "/desk/suppressions", Api(&["listSuppressions"])),
    ("POST", "/desk/suppressions", Api(&["suppress"])),
    ("POST", "/desk/suppressions/lift", Api(&["liftSuppression"])),
    ("POST", "/desk/suppressions/export", Api(&["exportSuppressions"])),
    ("GET", "/desk/growth", Api(&["getGrowth", "getInterest", "getReturnFigures"])),
    // Set-up.
    ("GET", "/desk/publications", Api(&["listPublications"])),
    ("GET", "/desk/new-publication", No(FORM)),
    ("POST", "/desk/new-publication", Api(&["createPublication"])),
    ("GET", "/desk/publications/{slug}", Api(&["getPublication"])),
    ("POST", "/desk/publications/{slug}", Api(&["changePublication"])),
    ("GET", "/desk/publications/{slug}/sections", Api(&["getPublication"])),
    ("POST", "/desk/publications/{slug}/sections", Api(&["addSection"])),
    ("POST", "/desk/publications/{slug}/sections/order", Api(&["orderSections"])),
    ("GET", "/desk/publications/{slug}/sections/{id}", Api(&["getPublication"])),
    ("POST", "/desk/publications/{slug}/sections/{id}", Api(&["changeSection"])),
    ("POST", "/desk/publications/{slug}/sections/{id}/archive", Api(&["archiveSection"])),
    ("GET", "/desk/publications/{slug}/times", Api(&["getPublication", "getCalendar"])),
    ("POST", "/desk/publications/{slug}/times", Api(&["addSlot"])),
    ("GET", "/desk/publications/{slug}/times/{id}", Api(&["getPublication"])),
    ("POST", "/desk/publications/{slug}/times/{id}", Api(&["changeSlot"])),
    ("POST", "/desk/publications/{slug}/times/{id}/archive", Api(&["archiveSlot"])),
    ("GET", "/desk/publications/{slug}/look", Api(&["getLook"])),
    ("POST", "/desk/publications/{slug}/look", Api(&["changeLook", "setLogo", "removeLogo", "sampleLook"])),
    ("GET", "/desk/publications/{slug}/look/sample", Api(&["sampleLook"])),
    ("GET", "/desk/forms", Api(&["getSignUpForm"])),
    ("GET", "/desk/forms/plain", Api(&["getSignUpForm"])),
    ("GET", "/desk/sources", Api(&["listSources"])),
    ("GET", "/desk/add-source", No(FORM)),
    ("POST", "/desk/add-source", Api(&["addSource"])),
    ("POST", "/desk/add-source/find", Api(&["findSources"])),
    ("GET", "/desk/sources/{id}", Api(&["getSource", "getSourceSettings"])),
    ("POST", "/desk/sources/{id}", Api(&["changeSource"])),
    ("POST", "/desk/sources/{id}/pause", Api(&["pauseSource"])),
    ("POST", "/desk/sources/{id}/resume", Api(&["resumeSource"])),
    ("POST", "/desk/sources/{id}/release", Api(&["releaseSource"])),
    ("POST", "/desk/sources/{id}/remove", Api(&["removeSource"])),
    ("POST", "/desk/sources/{id}/gather", Api(&["gatherSource"])),
    ("POST", "/desk/sources/{id}/test", Api(&["testSource"])),
    // The house.
    ("GET", "/desk/doctor", Api(&["getChecks"])),
    ("POST", "/desk/doctor", Api(&["runChecks"])),
    ("GET", "/desk/relays", Api(&["listLimits"])),
    ("POST", "/desk/relays/limits", Api(&["setLimit"])),
    ("POST", "/desk/relays/clear", Api(&["clearLimit"])),
    ("POST", "/desk/relays/pause", Api(&["pauseLimit"])),
    ("POST", "/desk/relays/resume", Api(&["resumeLimit"])),
    ("GET", "/desk/jobs", Api(&["listJobs"])),
    ("GET", "/desk/backups", Api(&["listBackups"])),
    ("POST", "/desk/backups", Api(&["makeBackup"])),
    ("POST", "/desk/backups/note", Api(&["noteBackup"])),
    ("GET", "/desk/webhooks", Api(&["listWebhooks"])),
    ("POST", "/desk/webhooks", Api(&["addWebhook"])),
    ("GET", "/desk/webhooks/{id}", Api(&["getWebhook", "listWebhookDeliveries", "listWebhookAttempts"])),
    ("POST", "/desk/webhooks/{id}/change", Api(&["changeWebhook"])),
    ("POST", "/desk/webhooks/{id}/test", Api(&["testWebhook"])),
    ("POST", "/desk/webhooks/{id}/replay", Api(&["replayWebhook"])),
    ("POST", "/desk/webhooks/{id}/rotate", Api(&["rotateWebhookSecret"])),
    ("POST", "/desk/webhooks/{id}/remove", Api(&["removeWebhook"])),
    ("GET", "/desk/trail", Api(&["listEvents"])),
    ("GET", "/desk/help", No("it explains the words of these pages; those of the API stand at /api/docs")),
    // People.
    ("GET", "/desk/login", No(PERSON)),
    ("POST", "/desk/login", No(PERSON)),
    ("GET", "/desk/login/code", No(PERSON)),
    ("POST", "/desk/login/code", No(PERSON)),
    ("GET", "/desk/login/set-up", No(PERSON)),
    ("POST", "/desk/login/set-up", No(PERSON)),
    ("POST", "/desk/logout", No(PERSON)),
    ("GET", "/desk/welcome/{token}", No(PERSON)),
    ("POST", "/desk/welcome/{token}", No(PERSON)),
    ("GET", "/desk/account", No(PERSON)),
    ("POST", "/desk/account/name", No(PERSON)),
    ("POST", "/desk/account/password", No(PERSON)),
    ("POST", "/desk/account/sessions/{id}/end", No(PERSON)),
    ("POST", "/desk/account/sessions/end-others", No(PERSON)),
    ("GET", "/desk/account/second-step", No(PERSON)),
    ("POST", "/desk/account/second-step/offer", No(PERSON)),
    ("POST", "/desk/account/second-step/confirm", No(PERSON)),
    ("POST", "/desk/account/second-step/renew", No(PERSON)),
    ("POST", "/desk/account/second-step/turn-off", No(PERSON)),
    ("GET", "/desk/keys", No(ACCOUNTS)),
    ("POST", "/desk/keys", No(ACCOUNTS)),
    ("POST", "/desk/keys/{id}/revoke", No(ACCOUNTS)),
    ("GET", "/desk/people", No(ACCOUNTS)),
    ("POST", "/desk/people", No(ACCOUNTS)),
    ("GET", "/desk/people/{id}", No(ACCOUNTS)),
    ("POST", "/desk/people/{id}/role", No(ACCOUNTS)),
    ("POST", "/desk/people/{id}/disable", No(ACCOUNTS)),
    ("POST", "/desk/people/{id}/enable", No(ACCOUNTS)),
    ("POST", "/desk/people/{id}/link", No(ACCOUNTS)),
    ("POST", "/desk/people/{id}/reset-second-step", No(ACCOUNTS)),
    ("POST", "/desk/people/{id}/sessions/end", No(ACCOUNTS)),
    ("POST", "/desk/people/{id}/sessions/{session}/end", No(ACCOUNTS)),
];

/// What a program does and nobody at the desk: it hands articles in, signs readers up for a form of its own, breaks news.
const OF_PROGRAMS: &[&str] = &[
    "breakNews",
    "checkEdition",
    "getArticle",
    "getChallenge",
    "listArticles",
    "listIntents",
    "listReturns",
    "pushArticles",
    "signUp",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_the_desk_can_do_a_program_can_do_or_it_is_said_why_not() {
    let database = TestDatabase::migrated(Engine::Sqlite).await.unwrap();
    let mut t = <Harness as Stage>::set(Arc::new(database)).await;
    let told = OpenApi::of(&Doors::open(&mut t).await).await;
    let ids = told.operations().into_iter().map(|(_, _, it)| it["operationId"].as_str().unwrap().to_owned());
    let ids: BTreeSet<String> = ids.collect();
    let mut wrong = Vec::new();
    for door in list_doors() {
        if !ALL.iter().any(|(method, path, _)| (*method, *path) == (door.method, door.path)) {
            wrong.push(format!(
                "{} {}: name its operation of the API here, or why a program has none",
                door.method, door.path
            ));
        }
    }
    let mut named = BTreeSet::new();
    for (at, (method, path, beside)) in ALL.iter().enumerate() {
        if !list_doors().iter().any(|door| (door.method, door.path) == (*method, *path)) {
            wrong.push(format!("{method} {path}: the desk has no such door any more"));
        }
        if ALL.iter().take(at).any(|(other, same, _)| (other, same) == (method, path)) {
            wrong.push(format!("{method} {path} stands here twice"));
        }
        match beside {
            Api(operations) => {
                assert!(!operations.is_empty(), "{method} {path}");
                named.extend(operations.iter().map(|it| (*it).to_owned()));
            }
            No(why) => assert!(!why.is_empty(), "{method} {path}"),
        }
    }
    named.extend(OF_PROGRAMS.iter().map(|it| (*it).to_owned()));
    wrong.extend(named.difference(&ids).map(|id| format!("{id}: the API has no such operation")));
    wrong.extend(
        ids.difference(&named)
            .map(|id| format!("{id}: it stands beside no door of the desk, and is not told of as a program's own")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
