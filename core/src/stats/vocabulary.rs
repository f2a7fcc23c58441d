//! Tokens against the vocabulary they come from: what is used, how often, and what a limit on the length would cost.

use std::collections::BTreeSet;

use serde::Serialize;

use super::frequencies::Frequencies;
use super::lengths::LengthTable;
use super::tokens::{TokenLengths, TokenStats};
use crate::tokenizer::Tokenizer;

/// How many of the most and of the least frequent tokens are named, and of those that are never used.
const NAMED: usize = 100;
/// Ranks that are all on the curve; after them, ever fewer.
const EVERY_RANK: u64 = 50;
/// Each further point of a curve is at least this many times as far as the one before.
const STEP: f64 = 1.04;

/// Tokens of a tokenization, told with the words of its tokenizer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TokenReport {
    /// How many tokens the vocabulary has, added ones included; none where the tokenizer is not at hand.
    pub vocabulary: Option<u64>,
    /// How many different ids occur.
    pub used: u64,
    /// How many of the vocabulary's tokens occur, as a share of it, 0 to 1.
    pub used_share: Option<f64>,
    /// How many different ids occur that the vocabulary does not have.
    pub unknown_ids: Option<u64>,
    /// All tokens, without pads.
    pub total: u64,
    /// Token rows.
    pub rows: u64,
    /// Ids that are pads.
    pub pads: u64,
    /// Pads as a share of all ids, 0 to 1.
    pub padding_share: f64,
    /// Tokens as a share of all ids, 0 to 1: how well the rows are filled.
    pub packing_efficiency: f64,
    /// The most frequent tokens, the most frequent first, of equals the smaller id first.
    pub most_frequent: Vec<NamedToken>,
    /// The least frequent tokens that occur, the rarest first, of equals the larger id first.
    pub least_frequent: Vec<NamedToken>,
    /// How many of the vocabulary's tokens never occur.
    pub never_used: Option<u64>,
    /// The first of them, by id.
    pub never_used_first: Vec<NamedToken>,
    /// Every special token of the vocabulary, by id, with how often it occurs.
    pub special: Vec<NamedToken>,
    /// Frequency by rank: every rank at the beginning, ever fewer after it, and the last.
    pub ranks: Vec<RankPoint>,
    /// What any limit on the length would cost: the curve of [`cut_at`].
    pub cuts: Vec<Cut>,
}

/// A token, and how often it occurs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedToken {
    /// Its id.
    pub id: u32,
    /// The token as it stands in the vocabulary; none where the vocabulary does not have it.
    pub text: Option<String>,
    /// As people read it.
    #[serde(skip)]
    pub words: Option<String>,
    /// How often it occurs.
    pub count: u64,
    /// Its share of all tokens, 0 to 1.
    pub share: f64,
}

/// A point of the curve of frequency by rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RankPoint {
    /// The rank, from 1.
    pub rank: u64,
    /// How often the token of that rank occurs.
    pub count: u64,
    /// Its id.
    pub id: u32,
}

/// What becomes of the rows if none may be longer than a limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cut {
    /// The limit.
    pub max_length: u64,
    /// Tokens that lie beyond it, as a share of all, 0 to 1.
    pub tokens_cut: f64,
    /// Rows that are longer, as a share of all, 0 to 1.
    pub rows_cut: f64,
    /// Pads as a share of all ids, 0 to 1, if every row is cut or filled up to the limit.
    pub padding: f64,
}

impl Cut {
    /// The cost of a limit.
    pub fn at(lengths: &LengthTable, max_length: u64) -> Self {
        let (mut rows, mut longer, mut tokens, mut kept) = (0_u64, 0_u64, 0_u128, 0_u128);
        for (length, times) in lengths.iter() {
            rows += times;
            longer += if length > max_length { times } else { 0 };
            tokens += u128::from(length) * u128::from(times);
            kept += u128::from(length.min(max_length)) * u128::from(times);
        }
        let share = |part: u128, of: u128| if of == 0 { 0.0 } else { part as f64 / of as f64 };
        let places = u128::from(rows) * u128::from(max_length);
        Self {
            max_length,
            tokens_cut: share(tokens - kept, tokens),
            rows_cut: share(u128::from(longer), u128::from(rows)),
            padding: share(places - kept, places),
        }
    }

    /// The cost of every limit that makes a difference to see: from 1 to the longest row, with the powers of two.
    pub fn curve(lengths: &LengthTable) -> Vec<Self> {
        let longest = lengths.iter().last().map_or(0, |(length, _)| length);
        let mut limits: BTreeSet<u64> = spread(longest);
        limits.extend((0..64).map(|power| 1_u64 << power).take_while(|limit| *limit <= longest));
        limits.into_iter().map(|limit| Self::at(lengths, limit)).collect()
    }
}

impl TokenReport {
    /// What is known of tokens, with their texts where the tokenizer is at hand.
    pub fn new(tokens: &TokenStats, tokenizer: Option<&Tokenizer>) -> Self {
        let ranked = tokens.frequencies.ranked();
        let TokenLengths { rows, pads, .. } = tokens.overall;
        let total = tokens.overall.total();
        let named = |id: u32, count: u64| NamedToken {
            id,
            text: tokenizer.and_then(|tokenizer| tokenizer.token_text(id)),
            words: tokenizer.and_then(|tokenizer| tokenizer.token_words(id)),
            count,
            share: if total == 0 { 0.0 } else { count as f64 / total as f64 },
        };
        let vocabulary = tokenizer.map(|tokenizer| Known::of(tokenizer, &tokens.frequencies));
        let size = tokenizer.map(|tokenizer| tokenizer.vocab_size() as u64);
        let known = vocabulary.as_ref().map(|known| known.used);
        let special = vocabulary.iter().flat_map(|known| &known.special);
        let never = vocabulary.iter().flat_map(|known| &known.never_first);
        Self {
            vocabulary: size,
            used: ranked.len() as u64,
            used_share: known.zip(size).map(|(used, size)| if size == 0 { 0.0 } else { used as f64 / size as f64 }),
            unknown_ids: known.map(|known| ranked.len() as u64 - known),
            total,
            rows,
            pads,
            padding_share: tokens.overall.padding_share(),
            packing_efficiency: if total + pads == 0 { 0.0 } else { 1.0 - tokens.overall.padding_share() },
            most_frequent: ranked.iter().take(NAMED).map(|(id, count)| named(*id, *count)).collect(),
            least_frequent: ranked.iter().rev().take(NAMED).map(|(id, count)| named(*id, *count)).collect(),
            never_used: vocabulary.as_ref().map(|known| known.never),
            never_used_first: never.map(|id| named(*id, 0)).collect(),
            special: special.map(|id| named(*id, tokens.frequencies.count(*id))).collect(),
            ranks: rank_points(&ranked),
            cuts: Cut::curve(&tokens.overall.tokens),
        }
    }
}

/// What a walk over the whole vocabulary finds.
#[derive(Default)]
struct Known {
    used: u64,
    never: u64,
    never_first: Vec<u32>,
    special: Vec<u32>,
}

impl Known {
    fn of(tokenizer: &Tokenizer, frequencies: &Frequencies) -> Self {
        let mut known = Self::default();
        for id in (0..tokenizer.id_limit()).filter(|id| tokenizer.token_text(*id).is_some()) {
            if tokenizer.is_special(id) {
                known.special.push(id);
            }
            if frequencies.count(id) > 0 {
                known.used += 1;
                continue;
            }
            known.never += 1;
            if known.never_first.len() < NAMED {
                known.never_first.push(id);
            }
        }
        known
    }
}

fn rank_points(ranked: &[(u32, u64)]) -> Vec<RankPoint> {
    let point = |rank: u64| {
        let (id, count) = *ranked.get(rank as usize - 1)?;
        Some(RankPoint { rank, count, id })
    };
    spread(ranked.len() as u64).into_iter().filter_map(point).collect()
}

/// Numbers from 1 to the last: each of the first, then ever fewer, and the last.
fn spread(last: u64) -> BTreeSet<u64> {
    let mut places: BTreeSet<u64> = (1..=EVERY_RANK.min(last)).collect();
    let mut next = EVERY_RANK;
    while next < last {
        places.insert(next);
        next = (next as f64 * STEP).ceil() as u64;
    }
    if last > 0 {
        places.insert(last);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(of: &[u64]) -> LengthTable {
        of.iter().map(|length| (*length, 1)).collect()
    }

    #[test]
    fn the_cost_of_any_limit_is_exact() {
        let table = lengths(&[10, 30, 60]);
        let cut = Cut::at(&table, 20);
        assert_eq!(cut, Cut { max_length: 20, tokens_cut: 0.5, rows_cut: 2.0 / 3.0, padding: 10.0 / 60.0 });
        assert!(Cut::at(&table, 60).tokens_cut.abs() < 1e-12);
        let curve = Cut::curve(&table);
        assert!(curve.windows(2).all(|pair| pair[0].max_length < pair[1].max_length));
        assert!(curve.windows(2).all(|pair| pair[0].tokens_cut >= pair[1].tokens_cut));
        assert_eq!(curve.iter().map(|cut| cut.max_length).collect::<Vec<_>>().last(), Some(&60));
        assert!([1, 2, 4, 8, 16, 32].iter().all(|limit| curve.iter().any(|cut| cut.max_length == *limit)));
        assert!(Cut::curve(&lengths(&[])).is_empty());
    }

    #[test]
    fn the_curve_of_ranks_has_every_rank_first_and_stays_small() {
        let ranked: Vec<(u32, u64)> = (0..250_000).map(|id| (id, 1_000_000 / (u64::from(id) + 1))).collect();
        let points = rank_points(&ranked);
        assert!(points[..50].iter().map(|point| point.rank).eq(1..=50));
        assert_eq!(points.last().map(|point| point.rank), Some(250_000));
        assert!(points.len() < 400, "{}", points.len());
        assert!(rank_points(&[]).is_empty());
    }
}
