//! Signatures of sets, and the parts of them that make candidates.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{NearSettings, Shingles};

/// How often a pair right at the threshold must become a candidate.
const RECALL: f64 = 0.99;

/// The hash functions, and how a signature is cut into bands.
pub(super) struct MinHash {
    /// Each function: a number to combine with and an odd one to multiply with.
    functions: Vec<(u32, u32)>,
    bands: usize,
    band_rows: usize,
    shingles: Shingles,
}

/// Makes signatures; each thread has its own.
pub(super) struct Signer<'m> {
    minhash: &'m MinHash,
    hashes: Vec<u64>,
    signature: Vec<u32>,
}

impl MinHash {
    pub(super) fn new(settings: NearSettings) -> Self {
        let (bands, band_rows) = cut(settings.permutations, settings.threshold);
        let mut random = fastrand::Rng::with_seed(settings.seed);
        let functions = (0..bands * band_rows).map(|_| (random.u32(..), random.u32(..) | 1)).collect();
        Self { functions, bands, band_rows, shingles: settings.shingles }
    }

    pub(super) fn bands(&self) -> usize {
        self.bands
    }

    pub(super) fn band_rows(&self) -> usize {
        self.band_rows
    }

    pub(super) fn signer(&self) -> Signer<'_> {
        Signer { minhash: self, hashes: Vec::new(), signature: vec![0; self.functions.len()] }
    }
}

impl Signer<'_> {
    /// Makes the signature of a text; false where it has no shingle.
    pub(super) fn sign(&mut self, text: &str) -> bool {
        self.minhash.shingles.of(text, &mut self.hashes);
        self.signature.fill(u32::MAX);
        for hash in &self.hashes {
            let hash = (hash ^ (hash >> 32)) as u32;
            for (least, (with, times)) in self.signature.iter_mut().zip(&self.minhash.functions) {
                *least = (*least).min((hash ^ with).wrapping_mul(*times));
            }
        }
        !self.hashes.is_empty()
    }

    /// A key for each band of the signature.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        self.signature.chunks_exact(self.minhash.band_rows).enumerate().map(|(band, part)| {
            let bytes: Vec<u8> = part.iter().flat_map(|least| least.to_le_bytes()).collect();
            xxh3_64_with_seed(&bytes, band as u64)
        })
    }
}

/// The longest bands, and as many as there can be, that still find a pair at the threshold often enough. Long bands make
/// few candidates that are none.
fn cut(permutations: usize, threshold: f64) -> (usize, usize) {
    let finds = |rows: &usize| {
        let missed = 1.0 - threshold.powi(*rows as i32);
        1.0 - missed.powi((permutations / rows) as i32) >= RECALL
    };
    let rows = (1..=permutations).rev().find(finds).unwrap_or(1);
    (permutations / rows, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::near::shingles::jaccard;

    #[test]
    fn bands_are_as_long_as_the_threshold_allows() {
        assert_eq!(cut(128, 0.8), (21, 6));
        assert_eq!(cut(128, 1.0), (1, 128));
        assert_eq!(cut(128, 0.1), (128, 1));
        assert_eq!(cut(1, 0.5), (1, 1));
    }

    #[test]
    fn signatures_agree_as_often_as_sets_do() {
        let settings = NearSettings { permutations: 4000, shingles: Shingles::Words(1), ..NearSettings::default() };
        let minhash = MinHash::new(settings);
        let text = |range: std::ops::Range<u32>| range.map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
        for other in [0..100, 10..110, 40..140, 80..180, 100..200] {
            let sign = |range: std::ops::Range<u32>| {
                let mut signer = minhash.signer();
                assert!(signer.sign(&text(range)));
                (signer.signature, signer.hashes)
            };
            let ((one, one_set), (two, two_set)) = (sign(0..100), sign(other));
            let equal = one.iter().zip(&two).filter(|(one, two)| one == two).count();
            let estimate = equal as f64 / one.len() as f64;
            assert!((estimate - jaccard(&one_set, &two_set)).abs() < 0.03, "{estimate}");
        }
    }
}
