//! The connections themselves, so that they can break where no HTTP server would break them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const UNBROKEN: u64 = u64::MAX;

/// What happens to the connection that carries an answer; travels with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// Nothing is ever sent.
    Silent,
    /// It is reset after so many bytes.
    After(u64),
}

/// A port that is listened on.
#[derive(Debug)]
pub(crate) struct Door(TcpListener);

impl Door {
    /// Opens a port of 127.0.0.1; 0 for any that is free.
    pub(crate) fn open(port: u16, send_buffer: Option<u32>) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if port != 0 {
            socket.set_reuseaddr(true)?;
        }
        if let Some(bytes) = send_buffer {
            socket.set_send_buffer_size(bytes)?;
        }
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        Ok(Self(socket.listen(1024)?))
    }

    pub(crate) fn endpoint(&self) -> io::Result<String> {
        Ok(format!("http://{}", self.0.local_addr()?))
    }
}

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        (
            Wire { stream, line: Line(Arc::new(Ends { left: AtomicU64::new(UNBROKEN), sent: Mutex::default() })) },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection seen from outside: where it can be broken, and where its bytes are counted.
#[derive(Debug, Clone)]
pub(crate) struct Line(Arc<Ends>);

#[derive(Debug)]
struct Ends {
    /// Bytes it may still carry.
    left: AtomicU64,
    /// Bytes it has carried since the last request came.
    sent: Mutex<Arc<AtomicU64>>,
}

impl Line {
    /// Resets the connection once so many further bytes have been sent.
    pub(crate) fn break_after(&self, bytes: u64) {
        self.0.left.store(bytes, Ordering::SeqCst);
    }

    /// Begins to count anew: the bytes of the answer that follows, its headers included.
    pub(crate) fn count(&self) -> Arc<AtomicU64> {
        let counter = Arc::default();
        *self.0.sent.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&counter);
        counter
    }
}

impl Connected<IncomingStream<'_, Door>> for Line {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().line.clone()
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    line: Line,
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.line.0.left.load(Ordering::SeqCst);
        if left == 0 {
            self.stream.set_zero_linger()?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let part = &bytes[..bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, part))?;
        if left != UNBROKEN {
            self.line.0.left.store(left - written as u64, Ordering::SeqCst);
        }
        let sent = self.line.0.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.fetch_add(written as u64, Ordering::SeqCst);
        drop(sent);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
