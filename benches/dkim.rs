//! What a DKIM signature costs beyond the bare signature: `cargo bench --bench dkim`.
//!
//! Prints, for RSA-2048 and Ed25519 and for mails of 4 KB and 30 KB, how many a second all processors sign: the library
//! alone over as many bytes as `b=` covers; `Signer::sign` (canonical forms, digest of the body, signature, header); and
//! `Pool::sign_all` with one mail and with sixteen, as delivery calls it. Each
//! arm keeps one thread for each processor busy, and the arms alternate. Beside the rates stand the microseconds of the
//! processor for each mail, which other programs on the machine do not disturb; the ratios are theirs. All are medians.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use lamplighter::base::{Clock, SystemClock, Timestamp};
use lamplighter::mail::dkim::{Algorithm, Identity, Key, Pool, Scratch, Signer};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use std::hint::black_box;

const ROUNDS: usize = 9;
const SAMPLE_MICROS: i64 = 400_000;
/// Headers and the signature's own, in relaxed form.
const COVERED_BYTES: usize = 1_400;

/// As the stencil makes it: headers, text and HTML in quoted-printable, indented as templates are.
fn mail(bytes: usize) -> Vec<u8> {
    let mut mail = String::from(
        "Date: Mon, 23 Nov 2026 18:30:00 +0000\r\nFrom: The Lamp <lamp@news.example>\r\nTo: anna@x.example\r\n\
         Subject: Harbour opens, and four more stories\r\nMessage-ID: <aeaqaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@news.example>\r\n\
         Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: OOF, AutoReply\r\nList-Id: \"Evening\"\r\n <evening.news.example>\r\n\
         List-Unsubscribe: <https://news.example/unsubscribe/aeaqaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa>,\r\n \
         <mailto:unsubscribe+aeaqaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bounces.news.example>\r\n\
         List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Archive: <https://news.example/archive/evening>\r\n\
         List-Post: NO\r\nFeedback-ID: 20261123:evening:edition:newsexample\r\nPrecedence: bulk\r\nContent-Language: en\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"=_0123456789abcdef0123456789abcdef\"\r\n\r\n\
         --=_0123456789abcdef0123456789abcdef\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
    );
    while mail.len() < bytes {
        mail.push_str(
            "  <tr>\r\n    <td style=3D\"padding: 8px 0\">\r\n      <a href=3D\"https://news.example/2026/11/harbour/\"=\r\n\
             >The harbour of the old town opens again this evening, the mayor said</a>\r\n    </td>\r\n  </tr>\r\n",
        );
    }
    mail.into_bytes()
}

enum Bare {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Bare {
    fn of(pem: &str) -> anyhow::Result<Self> {
        let PrivateKeyDer::Pkcs8(der) = PrivateKeyDer::from_pem_slice(pem.as_bytes())? else {
            anyhow::bail!("no PKCS#8");
        };
        let der = der.secret_pkcs8_der();
        Ok(match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            Ok(pair) => Self::Ed25519(pair),
            Err(_) => Self::Rsa(RsaKeyPair::from_pkcs8(der)?),
        })
    }

    fn sign(&self, data: &[u8], room: &mut [u8]) -> bool {
        match self {
            Self::Rsa(pair) => pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, room).is_ok(),
            Self::Ed25519(pair) => pair.try_sign(data.get(..32).unwrap_or_default()).is_ok(),
        }
    }
}

/// Signatures a second, and the processor's microseconds for one.
#[derive(Clone, Copy, Default)]
struct Sample {
    rate: f64,
    micros: f64,
}

/// The processor's time of this process so far, in seconds, as Linux says it in steps of 10 ms; elsewhere it is the time
/// of the clock.
fn time_used(clock: &dyn Clock) -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return clock.now().as_micros() as f64 / 1e6 };
    let numbers = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    numbers.skip(11).take(2).filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// What these calls took.
fn sample(clock: &dyn Clock, calls: impl FnOnce(Timestamp) -> usize) -> Sample {
    let (start, used) = (clock.now(), time_used(clock));
    let calls = calls(start) as f64;
    let passed = clock.now().since(start).as_micros() as f64 / 1e6;
    Sample { rate: calls / passed, micros: (time_used(clock) - used) * 1e6 / calls }
}

/// On every processor at the same time.
fn busy(clock: &(dyn Clock + Sync), threads: usize, call: impl Fn() -> bool + Sync) -> Sample {
    sample(clock, |start| {
        std::thread::scope(|scope| {
            let work = || {
                let mut calls = 0;
                while clock.now().since(start).as_micros() < SAMPLE_MICROS {
                    for _ in 0..4 {
                        assert!(call(), "it signs");
                        calls += 1;
                    }
                }
                calls
            };
            let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            all.into_iter().filter_map(|it| it.join().ok()).sum()
        })
    })
}

/// The same through the pool, with more callers than threads.
fn pooled(
    clock: &(dyn Clock + Sync),
    runtime: &tokio::runtime::Runtime,
    pool: &Pool,
    mail: &[u8],
    batch: usize,
) -> Sample {
    sample(clock, |start| {
        let caller = || async {
            let mut calls = 0;
            while clock.now().since(start).as_micros() < SAMPLE_MICROS {
                let mails = vec![mail.to_vec(); batch];
                calls += black_box(pool.sign_all(mails).await).map_or(0, |signed| signed.len());
            }
            calls
        };
        let callers = (0..8).map(|_| caller());
        runtime.block_on(futures_util::future::join_all(callers)).into_iter().sum()
    })
}

fn median(samples: &[Sample]) -> Sample {
    let of = |value: fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Sample { rate: of(|it| it.rate), micros: of(|it| it.micros) }
}

fn main() -> anyhow::Result<()> {
    let clock = SystemClock;
    let threads = std::thread::available_parallelism()?.get();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).build()?;
    println!("signatures a second on {threads} processors, and microseconds of a processor for each");
    println!(
        "{:<8} {:>6} {:>16} {:>16} {:>16} {:>16} {:>13} {:>11}",
        "key", "bytes", "bare", "Signer", "Pool x1", "Pool x16", "bare/Signer", "bare/Pool"
    );
    for algorithm in [Algorithm::Rsa, Algorithm::Ed25519] {
        let (key, pem) = Key::generate(algorithm)?;
        let bare = Bare::of(&pem)?;
        let identity = Identity { selector: "lamp2026".to_owned(), domain: "news.example".to_owned(), key };
        let signer = Signer::new(vec![identity]).ok_or_else(|| anyhow::anyhow!("no key"))?;
        let pool = Pool::new(signer.clone());
        for bytes in [4 * 1024, 30 * 1024] {
            let mail = mail(bytes);
            let data = vec![b'a'; COVERED_BYTES];
            let mut samples: [Vec<Sample>; 4] = Default::default();
            for _ in 0..ROUNDS {
                let [alone, whole, singly, batched] = &mut samples;
                alone.push(busy(&clock, threads, || bare.sign(&data, &mut [0; 256])));
                thread_local!(static SCRATCH: std::cell::RefCell<Scratch> = std::cell::RefCell::default());
                whole.push(busy(&clock, threads, || {
                    SCRATCH.with_borrow_mut(|scratch| black_box(signer.sign(black_box(&mail), scratch)).is_ok())
                }));
                singly.push(pooled(&clock, &runtime, &pool, &mail, 1));
                batched.push(pooled(&clock, &runtime, &pool, &mail, 16));
            }
            let arms = samples.map(|samples| median(&samples));
            let cells = arms.map(|arm| format!("{:>8.0} {:>7.1}", arm.rate, arm.micros));
            let [alone, whole, singly, batched] = arms;
            println!(
                "{:<8} {:>6} {} {:>13.2} {:>11.2}",
                format!("{algorithm:?}"),
                mail.len(),
                cells.join(" "),
                alone.micros / whole.micros,
                alone.micros / singly.micros.min(batched.micros),
            );
        }
    }
    Ok(())
}
