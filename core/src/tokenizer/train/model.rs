//! From counted words to a model, by the library's trainers, with every freedom they take taken away.
//!
//! The trainers walk through hash maps in an order that differs from run to run, which shows where two things are
//! equally good. Here each such choice is made by the text itself, and the result is one that the library could have
//! given as well.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use serde_json::Value;
use tokenizers_stable::AddedToken;
use tokenizers_stable::models::bpe::{BPE, BpeTrainer};
use tokenizers_stable::models::unigram::{Unigram, UnigramTrainer};
use tokenizers_stable::models::wordpiece::WordPiece;
use tokenizers_stable::pre_tokenizers::byte_level::ByteLevel;
use tokenizers_stable::utils::parallelism::set_parallelism;

use super::settings::{TrainKind, TrainSettings};
use super::words::WordCounts;
use crate::tokenizer::TokenizerError;
use crate::units::count;

/// Characters a WordPiece vocabulary knows at most, the most frequent ones; usual for BERT.
const ALPHABET: usize = 1_000;

/// How much less likely each further character is for which Unigram found no likelihood; the library's own number.
const PENALTY: f64 = 0.0001;

/// The model section of `tokenizer.json`.
///
/// Sums of likelihoods depend on their order, so this runs on one thread, wherever that has a say.
pub(super) fn train(settings: &TrainSettings, words: WordCounts) -> Result<Value, TokenizerError> {
    set_parallelism(false);
    if words.is_empty() {
        return Err(failed("there is no text in what was read"));
    }
    match settings.kind {
        TrainKind::Bpe => bpe(settings, words),
        TrainKind::WordPiece => word_piece(settings, words),
        TrainKind::Unigram => unigram(settings, words),
    }
}

fn failed(reason: impl Display) -> TokenizerError {
    TokenizerError::Train { reason: reason.to_string() }
}

fn specials<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<AddedToken> {
    texts.map(|text| AddedToken::from(text, true)).collect()
}

fn to_json(model: &impl serde::Serialize) -> Result<Value, TokenizerError> {
    serde_json::to_value(model).map_err(failed)
}

fn bpe(settings: &TrainSettings, words: WordCounts) -> Result<Value, TokenizerError> {
    check_counts(&words)?;
    let trainer = BpeTrainer::builder()
        .show_progress(false)
        .vocab_size(settings.vocab_size)
        .min_frequency(settings.min_frequency.unwrap_or(0))
        .special_tokens(specials(settings.all_special_tokens()))
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let mut model = BPE::default();
    let words = words.into_iter().map(|(word, count)| (word.into(), count)).collect();
    trainer.do_train(&words, &mut model).map_err(failed)?;
    to_json(&model)
}

fn word_piece(settings: &TrainSettings, words: WordCounts) -> Result<Value, TokenizerError> {
    check_counts(&words)?;
    // The library gives the pieces for single characters their ids in the order in which its hash map holds the words.
    // Named beforehand, like special tokens, they have the order of their characters.
    let alphabet = alphabet(&words);
    let kept: HashSet<char> = alphabet.iter().copied().collect();
    let inside: HashSet<char> = words.iter().flat_map(|(word, _)| word.chars().skip(1)).collect();
    let singles = alphabet.iter().map(char::to_string);
    let continued =
        alphabet.iter().filter(|character| inside.contains(character)).map(|character| format!("##{character}"));
    let first: Vec<String> = settings.all_special_tokens().map(str::to_owned).chain(singles).chain(continued).collect();
    if first.len() > settings.vocab_size {
        return Err(too_small(settings, first.len()));
    }
    let trainer = BpeTrainer::builder()
        .show_progress(false)
        .continuing_subword_prefix("##".to_owned())
        .vocab_size(settings.vocab_size)
        .min_frequency(settings.min_frequency.unwrap_or(0))
        .limit_alphabet(kept.len())
        .initial_alphabet(kept)
        .special_tokens(specials(first.iter().map(String::as_str)))
        .build();
    let mut model = BPE::default();
    let words = words.into_iter().map(|(word, count)| (word.into(), count)).collect();
    trainer.do_train(&words, &mut model).map_err(failed)?;
    to_json(&WordPiece::from_bpe(&model))
}

/// The most frequent characters, in the order of their code points.
fn alphabet(words: &[(String, u64)]) -> Vec<char> {
    let mut counts: HashMap<char, u64> = HashMap::new();
    for (word, count) in words {
        for character in word.chars() {
            *counts.entry(character).or_default() += count;
        }
    }
    let mut counts: Vec<(char, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, most), (b, least)| least.cmp(most).then(a.cmp(b)));
    counts.truncate(ALPHABET);
    let mut alphabet: Vec<char> = counts.into_iter().map(|(character, _)| character).collect();
    alphabet.sort_unstable();
    alphabet
}

fn too_small(settings: &TrainSettings, needed: usize) -> TokenizerError {
    failed(format!(
        "special tokens and single characters need {} ids, and vocab_size is {}; choose a larger one",
        count(needed as u64),
        count(settings.vocab_size as u64)
    ))
}

/// The library counts neighbours in 32 bits, and would go on with wrong numbers without a word.
fn check_counts(words: &[(String, u64)]) -> Result<(), TokenizerError> {
    let mut pairs: HashMap<(char, char), u64> = HashMap::new();
    for (word, count) in words {
        let characters: Vec<char> = word.chars().collect();
        for pair in characters.windows(2) {
            *pairs.entry((pair[0], pair[1])).or_default() += count;
        }
    }
    match pairs.into_iter().max_by_key(|&(_, count)| count) {
        Some(((a, b), times)) if times > i32::MAX as u64 => Err(failed(format!(
            "\"{a}{b}\" occurs {} times, more than the trainer can count; give a limit with max_bytes",
            count(times)
        ))),
        _ => Ok(()),
    }
}

fn unigram(settings: &TrainSettings, words: WordCounts) -> Result<Value, TokenizerError> {
    let total: u64 = words.iter().map(|(_, count)| count).sum();
    let wide = || {
        failed(format!(
            "there are {} words, more than the trainer can count; give a limit with max_bytes",
            count(total)
        ))
    };
    u32::try_from(total).map_err(|_| wide())?;
    let words: Vec<(String, u32)> = words.into_iter().map(|(word, count)| (word, count as u32)).collect();
    let special: Vec<&str> = settings.all_special_tokens().collect();
    let characters: HashSet<char> = words.iter().flat_map(|(word, _)| word.chars()).collect();
    if characters.len() + special.len() > settings.vocab_size {
        return Err(too_small(settings, characters.len() + special.len()));
    }
    let trainer = UnigramTrainer::builder()
        .show_progress(false)
        .vocab_size(settings.vocab_size as u32)
        .special_tokens(specials(special.iter().copied()))
        .unk_token(Some("<unk>".to_owned()))
        .build()
        .map_err(failed)?;
    let mut model = Unigram::default();
    trainer.do_train(words, &mut model).map_err(failed)?;
    let mut model = to_json(&model)?;
    if let Some(pieces) = model["vocab"].as_array_mut() {
        settle_ties(&mut pieces[special.len()..], &characters);
    }
    Ok(model)
}

/// Characters without a likelihood of their own get the least one and a little more each, in the order of a hash map,
/// and pieces as likely as each other stand in such an order too. Both become the order of the texts.
#[expect(clippy::float_cmp, reason = "the library's own sums, made the same way: equal to the last digit or not meant")]
fn settle_ties(pieces: &mut [Value], characters: &HashSet<char>) {
    let score = |piece: &Value| piece[1].as_f64().unwrap_or_default();
    let is_character = |piece: &Value| {
        let mut text = piece[0].as_str().unwrap_or_default().chars();
        text.next().is_some_and(|character| characters.contains(&character)) && text.next().is_none()
    };
    let least = pieces.iter().map(score).fold(f64::INFINITY, f64::min);
    let mut found = Vec::new();
    let mut penalty = 0.0;
    loop {
        let at_this = pieces.iter().position(|piece| is_character(piece) && score(piece) == least + penalty);
        let Some(place) = at_this else { break };
        found.push(place);
        penalty += PENALTY;
    }
    let mut texts: Vec<Value> = found.iter().map(|&place| pieces[place][0].clone()).collect();
    texts.sort_unstable_by(|a, b| a.as_str().cmp(&b.as_str()));
    for (place, text) in found.into_iter().zip(texts) {
        pieces[place][0] = text;
    }
    pieces.sort_by(|a, b| score(b).total_cmp(&score(a)).then_with(|| a[0].as_str().cmp(&b[0].as_str())));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use serde::Deserialize;

    use super::super::words::WordCounter;
    use super::*;

    const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden");

    /// Likelihoods are sums, and Python sums in the order of a hash map.
    const ABOUT: f64 = 1e-9;

    #[derive(Deserialize)]
    struct Trained {
        kind: TrainKind,
        vocab_size: usize,
        min_frequency: Option<u64>,
        special_tokens: Vec<String>,
        lowercase: bool,
        #[serde(default)]
        tokens: Vec<String>,
        #[serde(default)]
        merges: Vec<String>,
        #[serde(default)]
        pieces: Vec<(String, f64)>,
    }

    fn read(name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(Path::new(GOLDEN).join(name)).unwrap()).unwrap()
    }

    fn texts() -> Vec<String> {
        serde_json::from_value(read("tokenizers.json")["texts"].take()).unwrap()
    }

    fn trained(settings: &TrainSettings, texts: &[String]) -> Value {
        let mut counter = WordCounter::new(settings).unwrap();
        for text in texts {
            counter.add(text).unwrap();
        }
        train(settings, WordCounter::together(vec![counter])).unwrap()
    }

    #[test]
    fn the_same_texts_and_settings_give_pythons_vocabulary() {
        let texts = texts();
        let golden: Vec<Trained> = serde_json::from_value(read("training.json")["trained"].take()).unwrap();
        for expected in golden {
            let settings = TrainSettings {
                vocab_size: expected.vocab_size,
                min_frequency: expected.min_frequency,
                special_tokens: expected.special_tokens,
                lowercase: expected.lowercase,
                ..TrainSettings::defaults(expected.kind)
            };
            let model = trained(&settings, &texts);
            if expected.kind == TrainKind::Unigram {
                let pieces: Vec<(String, f64)> = serde_json::from_value(model["vocab"].clone()).unwrap();
                let scores = |pieces: &[(String, f64)]| pieces.iter().cloned().collect::<BTreeMap<_, _>>();
                let (found, wanted) = (scores(&pieces), scores(&expected.pieces));
                assert!(found.keys().eq(wanted.keys()), "{settings:?}");
                // Which of the characters without a likelihood gets which penalty is chance in Python.
                let mut sorted = [found, wanted].map(|scores| scores.into_values().collect::<Vec<f64>>());
                for scores in &mut sorted {
                    scores.sort_unstable_by(f64::total_cmp);
                }
                let [found, wanted] = sorted;
                assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < ABOUT), "{settings:?}");
                assert_eq!(
                    pieces[..3].iter().map(|piece| piece.0.as_str()).collect::<Vec<_>>(),
                    ["<pad>", "</s>", "<unk>"]
                );
                continue;
            }
            let vocab: BTreeMap<String, usize> = serde_json::from_value(model["vocab"].clone()).unwrap();
            let mut tokens = vec![String::new(); vocab.len()];
            for (token, id) in vocab {
                tokens[id] = token;
            }
            assert_eq!(tokens, expected.tokens, "{settings:?}");
            let merges: Vec<(String, String)> =
                serde_json::from_value(model.get("merges").cloned().unwrap_or_else(|| Value::Array(Vec::new())))
                    .unwrap();
            let merges: Vec<String> = merges.into_iter().map(|(a, b)| format!("{a} {b}")).collect();
            assert_eq!(merges, expected.merges, "{settings:?}");
        }
    }

    #[test]
    fn training_again_gives_the_same_bytes() {
        let texts = texts();
        for kind in TrainKind::ALL {
            let settings = TrainSettings { vocab_size: 2_000, ..TrainSettings::defaults(kind) };
            let first = trained(&settings, &texts).to_string();
            for _ in 0..3 {
                assert_eq!(trained(&settings, &texts).to_string(), first, "{kind}");
            }
        }
    }

    #[test]
    fn what_cannot_be_trained_is_refused_with_a_sentence() {
        let refusal = |settings: &TrainSettings, words: WordCounts| train(settings, words).unwrap_err().to_string();
        let bpe = TrainSettings::defaults(TrainKind::Bpe);
        assert!(refusal(&bpe, Vec::new()).contains("no text"));
        let many = vec![("ab".to_owned(), 3_000_000_000)];
        assert!(refusal(&bpe, many.clone()).contains("\"ab\" occurs 3,000,000,000 times"));
        let unigram = TrainSettings { vocab_size: 4, ..TrainSettings::defaults(TrainKind::Unigram) };
        assert!(refusal(&unigram, vec![("ab".to_owned(), 5_000_000_000)]).contains("more than the trainer can count"));
        assert!(refusal(&unigram, vec![("ab".to_owned(), 2)]).contains("need 5 ids, and vocab_size is 4"));
    }
}
