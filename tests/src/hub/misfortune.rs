//! Downloads that go wrong in many ways at once, drawn from a seed: the same seed, the same misfortune.

use fastrand::Rng;
use mistudio_core::jobs::Stop;

use super::content::Content;
use super::faults::Fault;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// One download, and everything that will go wrong with it.
#[derive(Debug, Clone)]
pub struct Misfortune {
    /// What it is drawn from.
    pub seed: u64,
    /// Its files; their paths begin with the seed, so that many downloads can share a Hub.
    pub files: Vec<Victim>,
    /// How its runs end; after the last of these it is left to finish.
    pub endings: Vec<Ending>,
}

/// One file.
#[derive(Debug, Clone)]
pub struct Victim {
    /// Its path in the repository.
    pub path: String,
    /// What it holds.
    pub content: Content,
    /// Whether it is in Xet storage.
    pub xet: bool,
    /// What goes wrong with its requests, one after another.
    pub faults: Vec<Fault>,
    /// What goes wrong with every request, until it is taken back.
    pub lasting: Option<Fault>,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As it will.
    Left,
    /// It is asked to stop after so many changes of its report.
    Stopped(Stop, u32),
    /// It is thrown away after so many changes of its report.
    Dropped(u32),
    /// Its process is killed once this many thousandths of its bytes are on disk.
    Killed(u64),
}

/// What a crash or a power cut can leave of the files beside a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Litter {
    /// A journal that was being written.
    NewJournal,
    /// The journal of a file that is in place already.
    OldJournal,
    /// A journal cut off in the middle.
    TornJournal,
    /// A line of the list of finished files cut off in the middle.
    TornList,
    /// A part that lost its end.
    ShortPart,
    /// A part whose end is zeros.
    ZeroTail,
}

impl Misfortune {
    /// Draws one.
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut files: Vec<Victim> = (0..rng.u64(1..=12)).map(|number| victim(&mut rng, seed, number)).collect();
        if rng.u8(..100) < 12
            && let Some(unlucky) = rng.choice(&mut files)
        {
            let size = unlucky.content.size();
            unlucky.lasting = Some(lasting(&mut rng, size));
        }
        let endings = (0..rng.usize(0..=4)).map(|_| ending(&mut rng)).collect();
        Self { seed, files, endings }
    }

    /// What the crash that ended a run leaves, if it was one.
    pub fn litter(rng: &mut Rng) -> Option<Litter> {
        const ALL: [Litter; 6] = [
            Litter::NewJournal,
            Litter::OldJournal,
            Litter::TornJournal,
            Litter::TornList,
            Litter::ShortPart,
            Litter::ZeroTail,
        ];
        (rng.u8(..100) < 40).then(|| ALL[rng.usize(..ALL.len())])
    }
}

fn victim(rng: &mut Rng, seed: u64, number: u64) -> Victim {
    let size = match rng.u8(..100) {
        0..=7 => 0,
        8..=15 => 1,
        16..=49 => rng.u64(2..=20 * KIB),
        50..=79 => rng.u64(20 * KIB..=400 * KIB),
        80..=94 => rng.u64(400 * KIB..=2 * MIB),
        _ => rng.u64(2 * MIB..=6 * MIB),
    };
    // In LFS and not: the two are served and verified in different ways.
    let name = *rng.choice(["data/part", "part", "odd name é/#%part"].iter()).unwrap_or(&"part");
    let suffix = *rng.choice(["parquet", "csv", "jsonl.gz", "txt"].iter()).unwrap_or(&"csv");
    let count = if rng.bool() { 0 } else { rng.usize(1..=6) };
    Victim {
        path: format!("{seed}/{name}-{number}.{suffix}"),
        content: Content::generated(seed.wrapping_mul(31).wrapping_add(number), size),
        faults: (0..count).map(|_| fault(rng, size)).collect(),
        xet: size > 0 && rng.u8(..100) < 12,
        lasting: None,
    }
}

fn ending(rng: &mut Rng) -> Ending {
    let stop = *rng.choice([Stop::Pause, Stop::Cancel, Stop::Shutdown].iter()).unwrap_or(&Stop::Pause);
    match rng.u8(..100) {
        0..=24 => Ending::Left,
        25..=64 => Ending::Stopped(stop, rng.u32(0..60)),
        65..=93 => Ending::Dropped(rng.u32(0..60)),
        _ => Ending::Killed(rng.u64(0..1000)),
    }
}

fn fault(rng: &mut Rng, size: u64) -> Fault {
    let within = |rng: &mut Rng| rng.u64(0..=size);
    match rng.u8(..100) {
        0..=17 => Fault::CutAfter(within(rng)),
        18..=24 => Fault::StallAfter(within(rng)),
        25..=29 => Fault::BytesPerSecond(rng.u64(MIB..=16 * MIB)),
        30..=38 => Fault::Status { code: 429, headers: patience(rng) },
        39..=41 => Fault::Status { code: 500, headers: Vec::new() },
        42..=44 => Fault::Status { code: 503, headers: patience(rng) },
        45..=47 => Fault::Status { code: 408, headers: Vec::new() },
        48..=52 => Fault::StorageStatus([403, 500, 503, 400][rng.usize(..4)]),
        53..=56 => Fault::TooLong(rng.u64(1..=100 * KIB)),
        57..=60 => Fault::TooShort(rng.u64(1..=size.max(1))),
        61..=63 => Fault::Chunked,
        64..=67 => Fault::WrongByteAt(rng.u64(0..size.max(1))),
        68..=71 => Fault::Etag(format!("another-{}", rng.u8(..3))),
        72..=76 => Fault::IgnoreRange,
        77..=80 => Fault::RangeOff(rng.u64(1..=1000)),
        81..=85 => Fault::Reset,
        86..=87 => Fault::Silent,
        88..=89 => Fault::RedirectToNobody,
        90..=92 => Fault::RedirectLoop,
        _ => Fault::WireCutAfter(rng.u64(0..=size + 500)),
    }
}

/// How long a Hub that is asked too much wants to be left alone, in each of the ways it says so.
fn patience(rng: &mut Rng) -> Vec<(&'static str, String)> {
    match rng.u8(..8) {
        0 => vec![("Retry-After", "1".to_owned())],
        1 => vec![("RateLimit", "\"resolvers\";r=0;t=1".to_owned())],
        2 => vec![("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT".to_owned())],
        3 => vec![("Retry-After", "soon".to_owned())],
        4 => vec![("Retry-After", "0".to_owned())],
        5 => vec![("RateLimit", "\"resolvers\";r=0;t=0".to_owned())],
        _ => Vec::new(),
    }
}

fn lasting(rng: &mut Rng, size: u64) -> Fault {
    match rng.u8(..9) {
        0 => Fault::WrongByteAt(rng.u64(0..size.max(1))),
        1 => Fault::unavailable(),
        2 => Fault::RedirectLoop,
        3 => Fault::StorageStatus(403),
        4 => Fault::StallAfter(rng.u64(0..=size)),
        5 => Fault::CutAfter(rng.u64(0..=size / 8)),
        6 => Fault::RangeOff(1),
        7 => Fault::IgnoreRange,
        _ => Fault::TooLong(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_misfortune() {
        let told = |seed| format!("{:?}", Misfortune::draw(seed));
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
    }
}
