//! What each piece of text encodes to, by its bytes and not by a hash of them.

use std::collections::HashMap;
use std::hint::black_box;

/// Pieces up to this many bytes are compared in one step.
pub(super) const SHORT: usize = 15;

/// Pieces longer than this are too rarely seen again to be kept, in bytes.
pub(super) const LONGEST: usize = 48;

/// Ids that lie beside their piece; more of them lie together elsewhere.
const BESIDE: usize = 3;

const FEWEST_SLOTS: usize = 1 << 12;

/// 16 MB, for each thread that encodes.
const MOST_SLOTS: usize = 1 << 19;

/// Ids that lie elsewhere: 4 MB at most.
const MOST_ELSEWHERE: usize = 1 << 20;

/// Longer pieces: about 10 MB at most.
const MOST_LONG: usize = 1 << 16;

/// A short piece in one number: its bytes, the first one lowest, and its length in the highest byte. No two pieces have
/// the same, and none has zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(u128);

impl Key {
    /// The first `length` bytes, at most [`SHORT`] and at least one, of those in `loaded`.
    #[inline]
    pub(super) fn of_first(loaded: u128, length: usize) -> Self {
        let bits = 8 * length as u32;
        Self(loaded & ((1 << bits) - 1) | (length as u128) << 120)
    }

    #[inline]
    fn hash(self) -> u64 {
        const LOW: u64 = 0x9e37_79b9_7f4a_7c15;
        const HIGH: u64 = 0xd6e8_feb8_6659_fd93;
        let mixed = u128::from(self.0 as u64 ^ LOW) * u128::from((self.0 >> 64) as u64 ^ HIGH);
        mixed as u64 ^ (mixed >> 64) as u64
    }
}

/// 32 bytes; two of them in a line of the processor's cache.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// [`EMPTY`] where there is nothing.
    key: u128,
    /// The ids, or where they begin elsewhere.
    ids: [u32; BESIDE],
    count: u32,
}

const EMPTY: Slot = Slot { key: 0, ids: [0; BESIDE], count: 0 };

/// The ids of one text. Its memory is never given back, so that a few ids are written in one step, whatever their number.
#[derive(Debug)]
pub(super) struct Output {
    ids: Vec<u32>,
    length: usize,
}

impl Output {
    pub(super) fn new() -> Self {
        Self { ids: vec![0; 1 << 10], length: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The ids from the one with that number on.
    pub(super) fn since(&self, start: usize) -> &[u32] {
        &self.ids[start..self.length]
    }

    /// The first `count` of these.
    #[inline]
    fn push_some(&mut self, ids: [u32; BESIDE], count: usize) {
        if let Some(room) = self.ids.get_mut(self.length..self.length + BESIDE) {
            room.copy_from_slice(&ids);
            self.length += count;
        } else {
            self.push_all(&ids[..count]);
        }
    }

    pub(super) fn push_all(&mut self, ids: &[u32]) {
        let end = self.length + ids.len();
        if end + BESIDE > self.ids.len() {
            self.ids.resize((end + BESIDE).next_power_of_two(), 0);
        }
        self.ids[self.length..end].copy_from_slice(ids);
        self.length = end;
    }
}

/// The pieces one thread has met. Grows with them up to a bound, then forgets all of them and begins anew.
#[derive(Debug)]
pub(super) struct Table {
    slots: Vec<Slot>,
    used: usize,
    elsewhere: Vec<u32>,
    long: HashMap<Box<[u8]>, Box<[u32]>>,
}

impl Table {
    pub(super) fn new() -> Self {
        Self { slots: vec![EMPTY; FEWEST_SLOTS], used: 0, elsewhere: Vec::new(), long: HashMap::new() }
    }

    /// Reads from every place where one of these may be, one independent of the other, so that they are near by when
    /// they are needed: a large table's memory answers slowly, but to many questions at once.
    #[inline]
    pub(super) fn touch(&self, keys: impl Iterator<Item = Key>) {
        let mask = self.slots.len() - 1;
        black_box(keys.fold(0, |touched, key| touched ^ self.slots[key.hash() as usize & mask].count));
    }

    /// Appends the ids of a short piece, if it is known.
    #[inline]
    pub(super) fn append(&self, key: Key, output: &mut Output) -> bool {
        let mask = self.slots.len() - 1;
        let mut place = key.hash() as usize;
        loop {
            let slot = &self.slots[place & mask];
            if slot.key == key.0 {
                if slot.count as usize <= BESIDE {
                    output.push_some(slot.ids, slot.count as usize);
                } else {
                    self.append_elsewhere(slot, output);
                }
                return true;
            }
            if slot.key == EMPTY.key {
                return false;
            }
            place += 1;
        }
    }

    #[cold]
    fn append_elsewhere(&self, slot: &Slot, output: &mut Output) {
        let start = slot.ids[0] as usize;
        output.push_all(&self.elsewhere[start..start + slot.count as usize]);
    }

    /// Keeps the ids of a short piece that is not known yet.
    pub(super) fn insert(&mut self, key: Key, ids: &[u32]) {
        if self.used >= MOST_SLOTS / 4 * 3 || self.elsewhere.len() + ids.len() > MOST_ELSEWHERE {
            self.forget_short();
        } else if self.slots.len() < MOST_SLOTS && 2 * self.used >= self.slots.len() {
            self.grow();
        }
        let mut slot = Slot { key: key.0, count: ids.len() as u32, ..EMPTY };
        if let Some(beside) = slot.ids.get_mut(..ids.len()) {
            beside.copy_from_slice(ids);
        } else {
            slot.ids[0] = self.elsewhere.len() as u32;
            self.elsewhere.extend_from_slice(ids);
        }
        self.put(slot);
        self.used += 1;
    }

    /// The ids of a longer piece, if it is known.
    pub(super) fn long(&self, piece: &[u8]) -> Option<&[u32]> {
        self.long.get(piece).map(AsRef::as_ref)
    }

    /// Keeps the ids of a longer piece, of at most [`LONGEST`] bytes.
    pub(super) fn insert_long(&mut self, piece: &[u8], ids: &[u32]) {
        if self.long.len() >= MOST_LONG {
            self.long.clear();
        }
        self.long.insert(piece.into(), ids.into());
    }

    fn put(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut place = Key(slot.key).hash() as usize & mask;
        while self.slots[place].key != EMPTY.key {
            place = (place + 1) & mask;
        }
        self.slots[place] = slot;
    }

    fn grow(&mut self) {
        let larger = vec![EMPTY; 2 * self.slots.len()];
        for slot in std::mem::replace(&mut self.slots, larger) {
            if slot.key != EMPTY.key {
                self.put(slot);
            }
        }
    }

    fn forget_short(&mut self) {
        self.slots.fill(EMPTY);
        self.elsewhere.clear();
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(piece: &str) -> Key {
        let mut loaded = [b'?'; 16];
        loaded[..piece.len()].copy_from_slice(piece.as_bytes());
        Key::of_first(u128::from_le_bytes(loaded), piece.len())
    }

    fn found(table: &Table, key: Key) -> Option<Vec<u32>> {
        let mut output = Output::new();
        table.append(key, &mut output).then(|| output.since(0).to_vec())
    }

    #[test]
    fn every_piece_gives_its_own_ids_however_many_there_are() {
        let mut table = Table::new();
        let piece = |number: u32| format!("{number:x}{}", "\0".repeat(number as usize % 4));
        let ids = |number: u32| (0..number % 7).map(|id| number + id).collect::<Vec<_>>();
        for number in 0..40_000 {
            assert_eq!(found(&table, key(&piece(number))), None, "{number}");
            table.insert(key(&piece(number)), &ids(number));
        }
        for number in 0..40_000 {
            assert_eq!(found(&table, key(&piece(number))), Some(ids(number)), "{number}");
        }
    }

    #[test]
    fn output_grows_with_its_ids() {
        let mut output = Output::new();
        for number in 0..5_000 {
            output.push_some([number, number + 1, 7], 2);
        }
        output.push_all(&vec![9; 100_000]);
        assert_eq!(output.len(), 110_000);
        assert_eq!(output.since(9_998)[..4], [4_999, 5_000, 9, 9]);
        output.clear();
        assert!(output.since(0).is_empty());
    }

    #[test]
    fn memory_is_bounded_and_what_comes_last_is_known() {
        let mut table = Table::new();
        for number in 0..1_000_000_u32 {
            let piece = format!(" {number:x}");
            table.insert(key(&piece), &[number; 5]);
            table.insert_long(format!("a longer piece {number}").as_bytes(), &[number]);
        }
        assert!(table.slots.len() <= MOST_SLOTS && table.elsewhere.len() <= MOST_ELSEWHERE);
        assert!(table.long.len() <= MOST_LONG);
        assert_eq!(found(&table, key(&format!(" {:x}", 999_999))), Some(vec![999_999; 5]));
        assert_eq!(table.long(b"a longer piece 999999"), Some([999_999].as_slice()));
    }
}
