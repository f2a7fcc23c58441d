//! Sending the bytes of a file: ranges, conditions, and the faults that strike on the way.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Response, StatusCode, header};
use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;

use super::answer::set;
use super::content::{CHUNK, Content};
use super::faults::Fault;
use super::wire::Broken;

/// Answers with a file, or the part of it that was asked for.
pub(crate) fn send(
    method: &Method,
    headers: &HeaderMap,
    content: &Content,
    etag: &str,
    faults: Vec<Fault>,
    served: Arc<AtomicU64>,
) -> Response<Body> {
    let size = content.size();
    let quoted = format!("\"{etag}\"");
    if asks(headers, header::IF_NONE_MATCH, &quoted) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        set(&mut response, header::ETAG, &quoted);
        return response;
    }
    if headers.contains_key(header::IF_MATCH) && !asks(headers, header::IF_MATCH, &quoted) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::PRECONDITION_FAILED;
        return response;
    }
    let fresh = !headers.contains_key(header::IF_RANGE) || asks(headers, header::IF_RANGE, &quoted);
    let wanted = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .filter(|_| fresh && !faults.contains(&Fault::IgnoreRange))
        .and_then(|text| range(text, size));
    let (start, end, status) = match wanted {
        None => (0, size, StatusCode::OK),
        Some(Some((start, end))) => (start, end, StatusCode::PARTIAL_CONTENT),
        Some(None) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
            return response;
        }
    };
    let mut length = Some(end - start);
    let mut first = start;
    let mut cut = None;
    for fault in &faults {
        match fault {
            Fault::TooLong(more) => length = Some(end - start + more),
            Fault::TooShort(fewer) => length = Some((end - start).saturating_sub(*fewer)),
            Fault::Chunked => length = None,
            Fault::RangeOff(further) => first = start + further,
            Fault::WireCutAfter(bytes) => cut = Some(Broken::After(*bytes)),
            _ => {}
        }
    }
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        Body::from_stream(stream(content.clone(), start, end, faults, served))
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if status == StatusCode::PARTIAL_CONTENT {
        set(&mut response, header::CONTENT_RANGE, &format!("bytes {first}-{}/{size}", end - 1));
    }
    if let Some(length) = length {
        set(&mut response, header::CONTENT_LENGTH, &length.to_string());
    }
    if let Some(cut) = cut {
        response.extensions_mut().insert(cut);
    }
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::CONTENT_TYPE, "application/octet-stream");
    set(&mut response, header::ETAG, &quoted);
    response
}

/// Whether a conditional header names this tag.
fn asks(headers: &HeaderMap, name: header::HeaderName, quoted: &str) -> bool {
    headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        value.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == quoted || tag == "*")
    })
}

/// One range of a `Range` header as start and end (exclusive). `None`: not a range this server knows, so all is sent;
/// `Some(None)`: a range outside of the file.
#[expect(clippy::option_option, reason = "the two kinds of none have different answers: 200 and 416")]
fn range(text: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        let length: u64 = last.parse().ok()?;
        let range = (size.saturating_sub(length), size);
        return Some((length > 0 && size > 0).then_some(range));
    }
    let start: u64 = first.parse().ok()?;
    let end = if last.is_empty() { size } else { last.parse::<u64>().ok()?.saturating_add(1).min(size) };
    Some((start < end).then_some((start, end)))
}

fn stream(
    content: Content,
    start: u64,
    end: u64,
    faults: Vec<Fault>,
    served: Arc<AtomicU64>,
) -> impl Stream<Item = io::Result<Bytes>> {
    let mut cut = None;
    let mut stall = None;
    let mut wrong = None;
    let mut rate = None;
    for fault in faults {
        match fault {
            Fault::CutAfter(bytes) => cut = Some(start + bytes),
            Fault::StallAfter(bytes) => stall = Some(start + bytes),
            Fault::WrongByteAt(offset) => wrong = Some(offset),
            Fault::BytesPerSecond(bytes) => rate = Some(bytes.max(1)),
            _ => {}
        }
    }
    let began = tokio::time::Instant::now();
    try_unfold(start, move |offset| {
        let content = content.clone();
        let served = Arc::clone(&served);
        async move {
            if offset == end {
                return Ok(None);
            }
            if cut.is_some_and(|cut| offset >= cut) {
                // Time for what was sent to leave: a broken connection takes unsent bytes with it.
                tokio::time::sleep(Duration::from_millis(50)).await;
                return Err(io::Error::from(io::ErrorKind::ConnectionReset));
            }
            if stall.is_some_and(|stall| offset >= stall) {
                std::future::pending::<()>().await;
            }
            let stop = [cut, stall].into_iter().flatten().fold(end, u64::min);
            let mut limit = stop - offset;
            if let Some(rate) = rate {
                limit = limit.min((rate / 20).max(1)).min(CHUNK);
                // By the clock of the whole body: the waits of a fast line are shorter than a timer can tell.
                let due = Duration::from_secs_f64((offset + limit - start) as f64 / rate as f64);
                tokio::time::sleep_until(began + due).await;
            }
            let mut chunk = content.read(offset, limit)?;
            let next = offset + chunk.len() as u64;
            if let Some(wrong) = wrong.filter(|wrong| (offset..next).contains(wrong)) {
                let mut changed = chunk.to_vec();
                changed[(wrong - offset) as usize] ^= 0x55;
                chunk = changed.into();
            }
            served.fetch_add(chunk.len() as u64, Ordering::SeqCst);
            Ok(Some((chunk, next)))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(range("bytes=0-0", 10), Some(Some((0, 1))));
        assert_eq!(range("bytes=4-", 10), Some(Some((4, 10))));
        assert_eq!(range("bytes=4-99", 10), Some(Some((4, 10))));
        assert_eq!(range("bytes=-3", 10), Some(Some((7, 10))));
        assert_eq!(range("bytes=10-", 10), Some(None));
        assert_eq!(range("lines=1-2", 10), None);
    }
}
