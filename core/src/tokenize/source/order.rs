//! The order of a seed: each row has a number that depends on the seed, the split and the row alone, and the smallest
//! comes first. The numbers are SHA-256 digests, so that the order is the same on every machine and in every version.

use sha2::{Digest, Sha256};

/// The order of one split.
#[derive(Debug, Clone)]
pub(super) struct Order(Sha256);

impl Order {
    pub(super) fn new(seed: u64, split: &str) -> Self {
        let mut digest = Sha256::new();
        digest.update(b"mistudio order 1\n");
        digest.update(seed.to_le_bytes());
        // Length-prefixed, so that no two splits run together with row numbers to the same bytes.
        digest.update((split.len() as u64).to_le_bytes());
        digest.update(split);
        Self(digest)
    }

    /// The number of a row. Where two were the same, the row that comes first in the split would come first.
    pub(super) fn key(&self, row: u64) -> u64 {
        let digest = self.0.clone().chain_update(row.to_le_bytes()).finalize();
        digest.iter().take(8).fold(0, |key, &byte| (key << 8) | u64::from(byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(seed: u64, split: &str) -> Vec<u64> {
        let order = Order::new(seed, split);
        let mut rows: Vec<u64> = (0..10).collect();
        rows.sort_by_key(|&row| order.key(row));
        rows
    }

    #[test]
    fn the_order_of_a_seed_never_changes() {
        // As Python's hashlib gives it.
        assert_eq!(order(0, "train"), [3, 0, 7, 4, 5, 6, 2, 8, 1, 9]);
        assert_ne!(order(1, "train"), order(0, "train"));
        assert_ne!(order(0, "test"), order(0, "train"));
    }
}
