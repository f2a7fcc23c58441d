//! A forward proxy on the loopback interface, to see who goes through it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A proxy for plain HTTP; it lives as long as the process.
#[derive(Debug)]
pub struct Proxy {
    endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Listens on any free port.
    #[expect(clippy::disallowed_methods, reason = "it is no work of the program, and lives as long as the tests do")]
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let asked = Arc::default();
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                // A connection that breaks is the caller's to notice.
                thread::spawn(move || drop(forward(caller, &seen)));
            }
        });
        Ok(Self { endpoint, asked })
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The addresses it was asked for, without their queries.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Passes one request on and its answer back; then both connections are closed.
fn forward(caller: TcpStream, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut reader = BufReader::new(caller.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let wrong = || io::Error::other(format!("not a request to a proxy: {first}"));
    let mut words = first.split_whitespace();
    let (method, url) = (words.next().ok_or_else(wrong)?, words.next().ok_or_else(wrong)?);
    let rest = url.strip_prefix("http://").ok_or_else(wrong)?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(url.split('?').next().unwrap_or_default().to_owned());
    let mut host = TcpStream::connect(host)?;
    write!(host, "{method} /{path} HTTP/1.1\r\nConnection: close\r\n")?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if !matches!(name.as_str(), "connection" | "proxy-connection") {
            host.write_all(line.as_bytes())?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut buffer = vec![0; 64 * 1024];
    let mut caller = caller;
    loop {
        match host.read(&mut buffer)? {
            0 => break,
            count => caller.write_all(&buffer[..count])?,
        }
    }
    caller.shutdown(Shutdown::Both)
}
