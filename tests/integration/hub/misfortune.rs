//! Thousands of downloads that go wrong in every way at once, and end with the right bytes or the right error.
//!
//! What goes wrong is drawn from a seed, which a failure names; `MISFORTUNE_SEED` and `MISFORTUNE_COUNT` choose others.

mod checks;
mod run;
mod tally;

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt};
use mistudio_core::hub::{HubClient, HubOptions};
use mistudio_tests::hub::misfortune::Misfortune;
use mistudio_tests::hub::{LoopbackHub, Options, Repo};

use self::run::Download;
use self::tally::Tally;

/// Downloads that share a Hub, and how many of them run at a time.
const BATCH: u64 = 50;
const AT_ONCE: usize = 6;

/// A silence that no loopback connection has by itself, even on a busy machine, and short enough to be waited out
/// thousands of times.
const STALL: Duration = Duration::from_millis(400);

fn impatient(endpoint: &str) -> HubClient {
    let options = HubOptions {
        endpoint: Some(endpoint.to_owned()),
        token: None,
        stall: STALL,
        backoff: Duration::from_millis(2),
    };
    HubClient::new(options).unwrap()
}

fn repository(misfortune: &Misfortune) -> Repo {
    let named = Repo::dataset(&format!("unlucky/{}", misfortune.seed));
    misfortune.files.iter().fold(named, |repo, file| {
        let repo = repo.file(&file.path, file.content.clone());
        if file.xet { repo.xet(&file.path) } else { repo }
    })
}

async fn batch(seeds: std::ops::Range<u64>) -> Tally {
    let drawn: Vec<Misfortune> = seeds.map(Misfortune::draw).collect();
    // So slow that what was sent has also arrived, but for little: else what is under way in the system's buffers,
    // megabytes on the loopback interface, would pass for what the program asks for twice.
    let options = Options { send_buffer: Some(64 * 1024), bytes_per_second: Some(2 << 20), ..Options::default() };
    let hub = LoopbackHub::start_with(options, drawn.iter().map(repository)).unwrap();
    let client = impatient(hub.endpoint());
    for file in drawn.iter().flat_map(|misfortune| &misfortune.files) {
        for fault in &file.faults {
            hub.fault(&file.path, fault.clone());
        }
        if let Some(fault) = &file.lasting {
            hub.lasting_fault(&file.path, fault.clone());
        }
    }
    let downloads = drawn.iter().map(async |misfortune| {
        let download = Download::new(&hub, &client, misfortune).through();
        let seed = misfortune.seed;
        AssertUnwindSafe(download).catch_unwind().await.unwrap_or_else(|panic| {
            println!("to see it again: MISFORTUNE_SEED={seed} MISFORTUNE_COUNT=1");
            resume_unwind(panic)
        })
    });
    let all = futures::stream::iter(downloads).buffer_unordered(AT_ONCE);
    all.fold(Tally::default(), async |tally, one| tally.and(one)).await
}

async fn downloads(count: u64, seed: u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (first, count) = (number("MISFORTUNE_SEED").unwrap_or(seed), number("MISFORTUNE_COUNT").unwrap_or(count));
    println!("MISFORTUNE_SEED={first} MISFORTUNE_COUNT={count}");
    let began = Instant::now();
    let mut tally = Tally::default();
    let mut next = first;
    while next < first + count {
        let end = (next + BATCH).min(first + count);
        tally = tally.and(batch(next..end).await);
        next = end;
    }
    println!("{tally}in {:.1?}", began.elapsed());
    assert_eq!(tally.downloads, count);
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_unlucky_downloads_end_with_the_right_bytes_or_the_right_error() {
    downloads(60, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn two_thousand_unlucky_downloads_end_with_the_right_bytes_or_the_right_error() {
    downloads(2_000, 1_000_000).await;
}
