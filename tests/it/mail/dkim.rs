//! Section 6, D1 to D3: signatures that somebody else's verifier accepts. The judge is Python's dkimpy.

use super::Evenings;
use data_encoding::BASE64;
use lamplighter::mail::dkim::{Algorithm, Identity, Key, Scratch, Signer};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

const SCRIPT: &str = "import base64, dkim, json, nacl, sys
job = json.load(sys.stdin)
def dns(name, timeout=5):
    return job['records'].get((name if isinstance(name, str) else name.decode()).rstrip('.'), '').encode()
def passes(mail, index):
    try:
        return bool(dkim.DKIM(mail).verify(idx=index, dnsfunc=dns))
    except dkim.DKIMException:
        return False
def judged(mail):
    signatures = [name for name, _ in dkim.DKIM(mail).headers if name.lower() == b'dkim-signature']
    return [passes(mail, index) for index in range(len(signatures))]
print(json.dumps([judged(base64.b64decode(mail)) for mail in job['mails']]))
";

/// Whether each signature of each mail passes; `None` where dkimpy is not installed.
fn dkimpy(signer: &Signer, mails: &[Vec<u8>]) -> Option<Vec<Vec<bool>>> {
    let records: BTreeMap<String, String> =
        signer.identities().iter().map(|it| (it.record_name(), it.key.record().expect("a record"))).collect();
    let mails: Vec<String> = mails.iter().map(|mail| BASE64.encode(mail)).collect();
    let job = serde_json::json!({ "records": records, "mails": mails }).to_string();
    for python in ["python3", "/usr/bin/python3"] {
        let mut command = Command::new(python);
        command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else { continue };
        // An interpreter without dkimpy reads nothing: no failure of ours.
        let _ = child.stdin.take().expect("a pipe").write_all(job.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        if output.status.success() {
            return Some(serde_json::from_slice(&output.stdout).expect("its JSON"));
        }
    }
    assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "python3-dkim or python3-nacl is missing");
    eprintln!("SKIPPED: python3 with dkim and nacl is missing");
    None
}

fn signer() -> Signer {
    let identity = |selector: &str, algorithm| Identity {
        selector: selector.to_owned(),
        domain: "news.example".to_owned(),
        key: Key::generate(algorithm).expect("a key").0,
    };
    Signer::new(vec![identity("lamp2026", Algorithm::Rsa), identity("lamp2026-ed", Algorithm::Ed25519)]).expect("keys")
}

fn signed(signer: &Signer, mail: &[u8]) -> Vec<u8> {
    [&*signer.sign(mail, &mut Scratch::default()).expect("it signs"), mail].concat()
}

#[tokio::test]
async fn d1_d2_every_signature_passes() {
    let signer = signer();
    let mut mails: Vec<Vec<u8>> = Evenings::lived().await.all().map(|mail| signed(&signer, &mail.raw)).collect();
    for strange in [
        "From: a@news.example\r\n\r\n",
        "From: a@news.example\r\n\r\n\r\n \t\r\n\r\n",
        "From: a@news.example\r\nSubject:  two\r\n\t lines \r\nTo:\r\n b@x.example\r\n\r\n a \t b \r\n\tc\r\n\r\n\r\n",
        "FROM: a@news.example\r\nSubject: \r\nX: y\r\nList-Id: a\r\nList-Id: b\r\n\r\nno end of line",
        "From: a@news.example\r\nTo: \u{f6}@x.example\r\n\r\n..dots\r\n.\r\n",
    ] {
        mails.push(signed(&signer, strange.as_bytes()));
    }
    let Some(judged) = dkimpy(&signer, &mails) else { return };
    for (mail, passes) in mails.iter().zip(&judged) {
        assert_eq!(passes, &[true, true], "{}", String::from_utf8_lossy(mail));
    }
    assert!(judged.len() >= 9);
}

#[tokio::test]
async fn d3_a_change_that_a_reader_would_see_breaks_them() {
    let signer = signer();
    let raw = Evenings::lived().await.all().next().expect("a mail").raw.clone();
    let mail = String::from_utf8(signed(&signer, &raw)).expect("ASCII");
    let changes = [
        ("\r\nFrom: ", "\r\nFrom: m@x.example\r\nFrom: "),
        ("\r\nSubject: ", "\r\nSubject: You have won\r\nSubject: "),
        ("\r\nSubject: ", "\r\nReply-To: m@x.example\r\nSubject: "),
        ("\r\nTo: ", "\r\nTo: m@x.example\r\nTo: "),
        ("\r\nDate: ", "\r\nDate: Mon, 23 Nov 2026 18:30:00 +0000\r\nDate: "),
        ("\r\nList-Unsubscribe: <https://", "\r\nList-Unsubscribe: <https://x."),
        ("\r\nList-Unsubscribe-Post: ", "\r\nX-Was: "),
        ("multipart/alternative", "multipart/mixed"),
        ("\r\nFeedback-ID: ", "\r\nFeedback-ID: x"),
        ("Content-Transfer-Encoding: quoted-printable\r\n\r\n", "Content-Transfer-Encoding: quoted-printable\r\n\r\nx"),
    ];
    let changed: Vec<Vec<u8>> = changes
        .iter()
        .map(|(from, to)| {
            let changed = mail.replacen(from, to, 1);
            assert_ne!(changed, mail, "{from}");
            changed.into_bytes()
        })
        .collect();
    let Some(judged) = dkimpy(&signer, &changed) else { return };
    for (change, passes) in changes.iter().zip(judged) {
        assert_eq!(passes, [false, false], "{change:?}");
    }
}
