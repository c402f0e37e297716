//! A DNS server for tests: a zone written as a table, and faults by name. Loopback only.
//!
//! Promises: answers by UDP and TCP on one port; a name of the table has exactly the records written there, names
//! above them exist without any, all others do not exist; `*.` at the front stands for any one or more labels. Its
//! encoding shares no code with the client, so that a mistake in one is not hidden by the other.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

/// What is served for a name and type; type `*` in the table stands for all types.
#[derive(Clone, Debug)]
pub enum Served {
    /// RDATA.
    Record(Vec<u8>),
    /// SERVFAIL.
    ServFail,
    Refused,
    /// Nothing at all is answered.
    Drop,
    /// Two answers with a wrong id and a wrong question come first, then nothing.
    WrongId,
    /// Right id and question, then octets that are no records.
    Garbage,
    /// A record of another name than the one asked for.
    Foreign,
    /// UDP is cut and TCP closes.
    CutEverywhere,
    /// The OPT record is refused (FORMERR).
    NoSizes,
}

type Table = HashMap<(String, u16), Vec<Served>>;

pub struct Server {
    pub address: SocketAddr,
    /// Each question as `name TYPE` or `name TYPE tcp`.
    pub asked: Arc<Mutex<Vec<String>>>,
}

pub const TYPES: [(&str, u16); 10] = [
    ("A", 1),
    ("NS", 2),
    ("CNAME", 5),
    ("SOA", 6),
    ("PTR", 12),
    ("MX", 15),
    ("TXT", 16),
    ("AAAA", 28),
    ("SPF", 99),
    ("*", 0),
];

/// Reads a table: one record a line, `name TYPE data`. TXT data is one string, cut every 255 octets; strings that are
/// to stay apart are divided by ` | `; `\xNN` is an octet. A data of `!servfail`, `!refused`, `!drop`, `!wrongid`,
/// `!garbage`, `!foreign`, `!cut` or `!nosizes` is a fault.
pub fn table(zone: &str) -> Table {
    let mut table = Table::new();
    for line in zone.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.splitn(3, ' ');
        let (name, kind, data) =
            (words.next().unwrap(), words.next().expect(line), words.next().unwrap_or_default().trim());
        let code = TYPES.iter().find(|(word, _)| *word == kind).expect(line).1;
        let served = match data {
            "!servfail" => Served::ServFail,
            "!refused" => Served::Refused,
            "!drop" => Served::Drop,
            "!wrongid" => Served::WrongId,
            "!garbage" => Served::Garbage,
            "!foreign" => Served::Foreign,
            "!cut" => Served::CutEverywhere,
            "!nosizes" => Served::NoSizes,
            _ => Served::Record(rdata(kind, data)),
        };
        table.entry((name.to_lowercase(), code)).or_default().push(served);
    }
    table
}

fn rdata(kind: &str, data: &str) -> Vec<u8> {
    match kind {
        "A" | "AAAA" => match data.parse::<IpAddr>().expect(data) {
            IpAddr::V4(ip) => ip.octets().to_vec(),
            IpAddr::V6(ip) => ip.octets().to_vec(),
        },
        "MX" => {
            let (preference, exchange) = data.split_once(' ').expect(data);
            [&preference.parse::<u16>().unwrap().to_be_bytes(), encoded(exchange).as_slice()].concat()
        }
        "TXT" | "SPF" => data.split(" | ").flat_map(|text| strings(&unescaped(text))).collect(),
        "SOA" => [encoded(data), encoded(data), vec![0; 20]].concat(),
        _ => encoded(data),
    }
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    bytes
}

fn strings(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_empty() {
        return vec![0];
    }
    bytes.chunks(255).flat_map(|chunk| [&[chunk.len() as u8], chunk].concat()).collect()
}

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(label.len() as u8);
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes
}

impl Server {
    /// Serves until the runtime ends.
    pub async fn start(zone: &str) -> Self {
        Self::serve(table(zone)).await
    }

    pub async fn serve(table: Table) -> Self {
        // A port that is free for both protocols.
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let table = Arc::new(table);
        let (udp_table, udp_asked) = (table.clone(), asked.clone());
        tokio::spawn(async move {
            let mut buffer = vec![0; 65_535];
            while let Ok((count, from)) = udp.recv_from(&mut buffer).await {
                for answer in answers(&udp_table, &buffer[..count], false, &udp_asked) {
                    let _ = udp.send_to(&answer, from).await;
                }
            }
        });
        let tcp_asked = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let Ok(length) = stream.read_u16().await else { continue };
                let mut query = vec![0; usize::from(length)];
                if stream.read_exact(&mut query).await.is_err() {
                    continue;
                }
                for answer in answers(&table, &query, true, &tcp_asked) {
                    let _ = stream.write_all(&(answer.len() as u16).to_be_bytes()).await;
                    let _ = stream.write_all(&answer).await;
                }
            }
        });
        Self { address, asked }
    }

    pub fn questions(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The name asked for in lower case, the type, and where the question ends.
fn question(query: &[u8]) -> (String, u16, usize) {
    let (mut at, mut labels) = (12, Vec::new());
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    (labels.join("."), u16::from_be_bytes([query[at + 1], query[at + 2]]), at + 5)
}

fn served(table: &Table, name: &str, kind: u16) -> Option<Vec<Served>> {
    let at = |name: &str, kind: u16| table.get(&(name.to_owned(), kind)).cloned();
    if let Some(found) = at(name, kind).or_else(|| at(name, 5)).or_else(|| at(name, 0)) {
        return Some(found);
    }
    let exists = table.keys().any(|(it, _)| it == name || it.ends_with(&format!(".{name}")));
    if exists || name.is_empty() {
        return None;
    }
    let mut rest = name;
    while let Some((_, parent)) = rest.split_once('.') {
        if let Some(found) = at(&format!("*.{parent}"), kind) {
            return Some(found);
        }
        rest = parent;
    }
    None
}

fn answers(table: &Table, query: &[u8], is_tcp: bool, asked: &Mutex<Vec<String>>) -> Vec<Vec<u8>> {
    let (name, kind, end) = question(query);
    let word = TYPES.iter().find(|(_, code)| *code == kind).map_or("?", |(word, _)| word);
    asked.lock().unwrap().push(format!("{name} {word}{}", if is_tcp { " tcp" } else { "" }));
    let found = served(table, &name, kind);
    let mut head = query[..end].to_vec();
    (head[2], head[3]) = (0x81, 0x80);
    head[6..12].fill(0);
    let with_code = |code: u8| {
        let mut head = head.clone();
        head[3] |= code;
        vec![head]
    };
    let has_opt = query[11] == 1;
    let mut records = Vec::new();
    match found.as_deref() {
        Some([Served::ServFail, ..]) => return with_code(2),
        Some([Served::Refused, ..]) => return with_code(5),
        Some([Served::Drop, ..]) => return Vec::new(),
        Some([Served::NoSizes, ..]) if has_opt => return with_code(1),
        Some([Served::WrongId, ..]) => {
            let (mut other_id, mut other_name) = (head.clone(), head.clone());
            other_id[1] ^= 1;
            other_name[13] ^= 1;
            return vec![other_id, other_name, vec![0; 3], vec![]];
        }
        Some([Served::Garbage, ..]) => {
            head[7] = 9;
            head.extend([0xc0; 40]);
            return vec![head];
        }
        Some([Served::Foreign, ..]) => {
            head[7] = 1;
            head.extend(encoded("stranger.example"));
            head.extend(kind.to_be_bytes());
            head.extend([0, 1, 0, 0, 0, 60, 0, 2, 1, b'x']);
            return vec![head];
        }
        Some([Served::CutEverywhere, ..]) => {
            head[2] |= 2;
            return if is_tcp { Vec::new() } else { vec![head] };
        }
        Some(found) => records.extend(found.iter().filter_map(|it| match it {
            Served::Record(data) => Some(data.clone()),
            _ => None,
        })),
        None => {
            let exists =
                name.is_empty() || table.keys().any(|(it, _)| *it == name || it.ends_with(&format!(".{name}")));
            return with_code(if exists { 0 } else { 3 });
        }
    }
    let is_alias = kind != 5 && !table.contains_key(&(name.clone(), kind)) && table.contains_key(&(name.clone(), 5));
    head[6..8].copy_from_slice(&(records.len() as u16).to_be_bytes());
    for data in records {
        head.extend([0xc0, 12]);
        head.extend((if is_alias { 5 } else { kind }).to_be_bytes());
        head.extend([0, 1, 0, 0, 0, 60]);
        head.extend((data.len() as u16).to_be_bytes());
        head.extend(data);
    }
    if !is_tcp && head.len() > if has_opt { 1232 } else { 512 } {
        head.truncate(500);
        head[2] |= 2;
    }
    vec![head]
}
