//! `PUT /storage/…`: the bytes of an object or of a part of it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Response, header};
use bytes::BytesMut;
use futures::StreamExt;

use super::route::Place;
use super::{ANY_UPLOAD, storage};
use crate::hub::answer::{Refusal, set};
use crate::hub::faults::{Fault, Stage};
use crate::hub::state::State;

pub(super) async fn receive(
    state: &State,
    place: &Place,
    parts: &Parts,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    // The address is signed: like S3, this host takes no other credential beside it.
    if parts.headers.contains_key(header::AUTHORIZATION) {
        return Err(Refusal::two_credentials());
    }
    let Some(upload) = state.storage.upload(place.upload).filter(|upload| upload.oid == place.oid) else {
        return Err(Refusal::denied(403, "Request has expired"));
    };
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let length = length.ok_or_else(|| Refusal::denied(411, "You must provide the Content-Length HTTP header."))?;
    if upload.expected(place.part) != Some(length) {
        return Err(Refusal::bad("The part does not have the size that was announced"));
    }
    let faults: Vec<Fault> = [&place.oid, ANY_UPLOAD].iter().flat_map(|name| state.faults(name, Stage::Body)).collect();
    let counter = state.storage.counter(&place.oid);
    let mut bytes = BytesMut::new();
    let mut frames = body.into_data_stream();
    while let Some(frame) = frames.next().await {
        let frame = frame.map_err(|error| Refusal::failed(&std::io::Error::other(error)))?;
        counter.fetch_add(frame.len() as u64, Ordering::SeqCst);
        bytes.extend_from_slice(&frame);
        for fault in &faults {
            match fault {
                // Unwinds out of the connection, which goes away without an answer, and without a word on stderr.
                Fault::CutAfter(limit) if bytes.len() as u64 >= *limit => std::panic::resume_unwind(Box::new(())),
                Fault::StallAfter(limit) if bytes.len() as u64 >= *limit => std::future::pending::<()>().await,
                Fault::BytesPerSecond(rate) => {
                    tokio::time::sleep(Duration::from_secs_f64(frame.len() as f64 / *rate as f64)).await;
                }
                Fault::WrongByteAt(offset) => {
                    if let Some(byte) = bytes.get_mut(*offset as usize) {
                        *byte ^= 0x55;
                    }
                }
                _ => {}
            }
        }
    }
    let bytes = bytes.freeze();
    let tag = storage::etag(&bytes).map_err(|error| Refusal::failed(&error))?;
    state.storage.keep(place, bytes).map_err(|error| Refusal::failed(&error))?;
    let mut response = Response::new(Body::empty());
    set(&mut response, header::ETAG, &tag);
    Ok(response)
}
