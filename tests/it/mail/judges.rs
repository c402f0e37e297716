//! Verifiers of DKIM that share no code with us or with each other: Python's dkimpy, Perl's Mail::DKIM, and mailauth for
//! Node.
//!
//! None asks a DNS: the records are handed to them. Where one is not installed, that is said loudly and the others
//! judge alone; with `CI=true` its absence is a failure. A Mail::DKIM from before 2023 does not know Ed25519
//! and says so ([`Verdict::Unknown`]).

use crate::harness::missing;
use data_encoding::BASE64;
use lamplighter::mail::dkim::{Signer, txt_strings};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Once;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Passes,
    Fails,
    /// The judge does not know the algorithm.
    Unknown,
}

/// What stands in the DNS: the text of each TXT record by its name.
pub type Records = BTreeMap<String, String>;

/// What one judge says of each signature of each mail, in the order of the head.
pub struct Judgement {
    pub judge: &'static str,
    pub mails: Vec<Vec<Verdict>>,
}

pub fn records_of(signer: &Signer) -> Records {
    signer.identities().iter().map(|it| (it.record_name(), it.key.record().expect("a record"))).collect()
}

/// Of every judge that is installed.
pub fn judge(records: &Records, mails: &[Vec<u8>]) -> Vec<Judgement> {
    [dkimpy(records, mails), mail_dkim(records, mails), mailauth(records, mails)].into_iter().flatten().collect()
}

/// Every judge who knows the algorithm passes every signature, and each mail has so many.
///
/// # Panics
/// If one does not.
pub fn assert_pass(records: &Records, mails: &[Vec<u8>], signatures: usize) {
    for Judgement { judge, mails: judged } in judge(records, mails) {
        assert_eq!(judged.len(), mails.len());
        for (mail, verdicts) in mails.iter().zip(judged) {
            let is_sound = verdicts.len() == signatures && verdicts.contains(&Verdict::Passes);
            let shown = String::from_utf8_lossy(mail);
            assert!(is_sound && !verdicts.contains(&Verdict::Fails), "{judge}: {verdicts:?} of\n{shown}");
        }
    }
}

/// No judge passes any signature.
///
/// # Panics
/// If one does.
pub fn assert_fail(records: &Records, mails: &[Vec<u8>]) {
    for Judgement { judge, mails: judged } in judge(records, mails) {
        for (mail, verdicts) in mails.iter().zip(judged) {
            let is_refused = !verdicts.is_empty() && !verdicts.contains(&Verdict::Passes);
            assert!(is_refused, "{judge}: {verdicts:?} of\n{}", String::from_utf8_lossy(mail));
        }
    }
}

const PYTHON: &str = "import base64, dkim, json, nacl, sys
job = json.load(sys.stdin)
def dns(name, timeout=5):
    name = (name if isinstance(name, str) else name.decode()).rstrip('.')
    return ''.join(job['records'].get(name, [])).encode()
def passes(mail, index):
    try:
        return bool(dkim.DKIM(mail).verify(idx=index, dnsfunc=dns))
    except dkim.DKIMException:
        return False
def judged(mail):
    signatures = [name for name, _ in dkim.DKIM(mail).headers if name.lower() == b'dkim-signature']
    return [{'result': 'pass' if passes(mail, index) else 'fail'} for index in range(len(signatures))]
print(json.dumps([judged(base64.b64decode(mail)) for mail in job['mails']]))
";

fn dkimpy(records: &Records, mails: &[Vec<u8>]) -> Option<Judgement> {
    let asked = ["python3", "/usr/bin/python3"].iter().find_map(|it| ask(it, &["-c", PYTHON], records, mails));
    if asked.is_none() {
        static TOLD: Once = Once::new();
        let remedy = "On Debian: apt-get install python3-dkim python3-nacl.";
        TOLD.call_once(|| missing::tell("dkimpy", "one verifier of DKIM less judged our signatures", remedy));
    }
    Some(Judgement { judge: "dkimpy", mails: asked? })
}

fn mail_dkim(records: &Records, mails: &[Vec<u8>]) -> Option<Judgement> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/mail_dkim_judge.pl");
    let asked = ["perl", "/usr/bin/perl"].iter().find_map(|it| ask(it, &[script], records, mails));
    if asked.is_none() {
        static TOLD: Once = Once::new();
        let remedy = "On Debian: apt-get install libmail-dkim-perl.";
        TOLD.call_once(|| missing::tell("Mail::DKIM", "one verifier of DKIM less judged our signatures", remedy));
    }
    let asked = asked?;
    if asked.iter().flatten().any(|verdict| *verdict == Verdict::Unknown) {
        static TOLD: Once = Once::new();
        let message =
            "this Mail::DKIM is from before 2023 and does not know Ed25519: the others judged those signatures";
        TOLD.call_once(|| missing::announce(message));
    }
    Some(Judgement { judge: "Mail::DKIM", mails: asked })
}

fn mailauth(records: &Records, mails: &[Vec<u8>]) -> Option<Judgement> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/judges/mailauth_judge.cjs");
    // As `.ci/run` installs it, outside of the repository; found by the same names here.
    let asked = std::env::var_os("LAMPLIGHTER_MAILAUTH").and_then(|_| ask("node", &[script], records, mails));
    if asked.is_none() {
        static TOLD: Once = Once::new();
        let remedy = "npm install --prefix FOLDER mailauth, then LAMPLIGHTER_MAILAUTH=FOLDER; it wants Node 20.";
        TOLD.call_once(|| missing::tell("mailauth", "one verifier of DKIM less judged our signatures", remedy));
    }
    Some(Judgement { judge: "mailauth", mails: asked? })
}

/// `None` where the program or its library is not there.
fn ask(program: &str, arguments: &[&str], records: &Records, mails: &[Vec<u8>]) -> Option<Vec<Vec<Verdict>>> {
    let strings: BTreeMap<&String, Vec<String>> = records.iter().map(|(name, it)| (name, txt_strings(it))).collect();
    let mails: Vec<String> = mails.iter().map(|mail| BASE64.encode(mail)).collect();
    let job = json!({ "records": strings, "mails": mails }).to_string();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    // Without its library it reads nothing and closes the pipe: no failure of ours.
    let _ = child.stdin.take()?.write_all(job.as_bytes());
    let output = child.wait_with_output().ok()?;
    let judged: Vec<Vec<Value>> = serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success())?;
    let verdict = |it: &Value| match it["result"].as_str() {
        Some("pass") => Verdict::Passes,
        Some("unknown") => Verdict::Unknown,
        _ => Verdict::Fails,
    };
    Some(judged.iter().map(|signatures| signatures.iter().map(verdict).collect()).collect())
}
