//! The likelihoods of Unigram's pieces, as they are in Python to the last digit.
//!
//! Unigram adds them up, and where two ways to cut a word are equally good but for rounding, the last digit decides; runs of
//! one character have many such ways. Python reads them in two ways. Its `tokenizers` reads `tokenizer.json` quickly, by one
//! division, which misses about one in four by its last digit. A class that is built anew gets them from Python's own
//! `json`, which reads exactly. Here files are read exactly, so what the quick way makes of a number is made of it
//! again; and the fast engine, which only knows the quick way, gets the numbers themselves.

use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;
use tokenizers::models::unigram::Unigram;
use tokenizers::pipeline::{PipelineModel, PipelineNormalizer, PipelinePostProcessor, PipelineTokenizer};

#[derive(Deserialize)]
struct File<'f> {
    #[serde(borrow)]
    model: Model<'f>,
}

#[derive(Deserialize)]
struct Model<'f> {
    #[serde(borrow)]
    vocab: Vec<(IgnoredAny, &'f RawValue)>,
}

fn pieces(tokenizer: &Value) -> Option<&Vec<Value>> {
    tokenizer.get("model")?.get("vocab")?.as_array()
}

/// Puts what Python's `tokenizers` reads in place of the likelihoods of `tokenizer`, which was parsed from `bytes`. Returns
/// whether there are any.
pub(super) fn read_quickly(tokenizer: &mut Value, bytes: &[u8]) -> Result<bool, serde_json::Error> {
    if pieces(tokenizer).is_none() {
        return Ok(false);
    }
    let file: File<'_> = serde_json::from_slice(bytes)?;
    let pieces = tokenizer["model"]["vocab"].as_array_mut().into_iter().flatten();
    for (piece, (_, literal)) in pieces.zip(file.model.vocab) {
        // What is no number is refused by the library, in its words.
        if let Some(score) = quick(literal.get()) {
            piece[1] = score.into();
        }
    }
    Ok(true)
}

/// What `serde_json` reads without its feature `float_roundtrip`.
fn quick(literal: &str) -> Option<f64> {
    /// All powers of ten there are.
    static POWERS: LazyLock<Vec<f64>> =
        LazyLock::new(|| (0..=308).filter_map(|power| format!("1e{power}").parse().ok()).collect());
    let (sign, digits) = literal.strip_prefix('-').map_or((1.0, literal), |digits| (-1.0, digits));
    let (digits, given) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut exponent = 0_i32;
    let mut significand = 0_u64;
    let with =
        |significand: u64, digit: u8| significand.checked_mul(10)?.checked_add(char::from(digit).to_digit(10)?.into());
    // Digits for which there is no room are left out.
    for digit in whole.bytes() {
        match with(significand, digit).filter(|_| exponent == 0) {
            Some(more) => significand = more,
            None => exponent += 1,
        }
    }
    for digit in fraction.bytes() {
        let Some(more) = with(significand, digit) else { break };
        significand = more;
        exponent -= 1;
    }
    exponent = exponent.checked_add(given.parse().ok()?)?;
    let mut score = significand as f64;
    while score != 0.0 {
        match POWERS.get(exponent.unsigned_abs() as usize) {
            Some(power) if exponent >= 0 => {
                score *= power;
                break;
            }
            Some(power) => {
                score /= power;
                break;
            }
            None if exponent >= 0 => return None,
            None => {
                score /= 1e308;
                exponent += 308;
            }
        }
    }
    score.is_finite().then_some(sign * score)
}

/// The likelihoods in the order of the pieces; nothing where there are none.
pub(super) fn of(tokenizer: &Value) -> Option<Vec<f64>> {
    pieces(tokenizer)?.iter().map(|piece| piece.get(1)?.as_f64()).collect()
}

/// The fast engine with these likelihoods, where it runs on such.
pub(super) fn give(fast: PipelineTokenizer, scores: Option<Vec<f64>>) -> Result<PipelineTokenizer, String> {
    let PipelineModel::Unigram(model) = fast.get_model() else { return Ok(fast) };
    let texts = model.vocab().iter().map(|(text, _)| text.clone());
    let scores =
        scores.filter(|scores| scores.len() == texts.len()).ok_or("its pieces are listed in a way of its own")?;
    let vocab = texts.zip(scores).collect();
    let model = Unigram::from(vocab, model.unk_id(), model.byte_fallback()).map_err(|error| error.to_string())?;
    Ok(PipelineTokenizer::from_parts(
        fast.get_added_vocabulary().clone(),
        fast.get_normalizers().iter().map(again).collect(),
        fast.get_pre_tokenizer().clone(),
        PipelineModel::Unigram(model),
        // The fast engine puts nothing around a text.
        PipelinePostProcessor::default(),
        fast.get_decoder().cloned(),
        fast.get_role_to_token().clone(),
        fast.get_padding().cloned(),
        fast.get_truncation().cloned(),
    ))
}

/// The same step once more; the library can copy each, but not what holds them.
fn again(step: &PipelineNormalizer) -> PipelineNormalizer {
    use PipelineNormalizer as Step;
    match step {
        Step::Metaspace(step) => Step::Metaspace(step.clone()),
        Step::Replace(step) => Step::Replace(step.clone()),
        Step::Prepend(step) => Step::Prepend(step.clone()),
        Step::Strip(step) => Step::Strip(*step),
        Step::Lowercase(step) => Step::Lowercase(*step),
        Step::ByteLevel(step) => Step::ByteLevel(step.clone()),
        Step::Bert(step) => Step::Bert(*step),
        Step::StripAccents(step) => Step::StripAccents(step.clone()),
        Step::NFC(step) => Step::NFC(*step),
        Step::NFD(step) => Step::NFD(*step),
        Step::NFKC(step) => Step::NFKC(*step),
        Step::NFKD(step) => Step::NFKD(*step),
        Step::Nmt(step) => Step::Nmt(*step),
        Step::Precompiled(step) => Step::Precompiled(step.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::tokenizer::Tokenizer;
    use crate::tokenizer::engine::reference_ids;

    /// What `tests/python/score_goldens.py` wrote.
    #[derive(Deserialize)]
    struct Golden {
        literals: Vec<(String, String)>,
        texts: Vec<String>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        pieces: Vec<(String, f64)>,
        ids: BTreeMap<String, Vec<Vec<u32>>>,
    }

    fn golden() -> Golden {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/scores.json");
        serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
    }

    #[test]
    fn numbers_are_read_as_pythons_tokenizers_reads_them() {
        let golden = golden();
        let mut otherwise = 0;
        for (literal, expected) in &golden.literals {
            let (exact, expected): (f64, f64) = (literal.parse().unwrap(), expected.parse().unwrap());
            let vocab = format!("{{\"model\": {{\"vocab\": [[\"a\", {literal} ]]}}}}");
            let mut tokenizer: Value = serde_json::from_str(&vocab).unwrap();
            assert!(read_quickly(&mut tokenizer, vocab.as_bytes()).unwrap());
            assert_eq!(of(&tokenizer).unwrap()[0].to_bits(), expected.to_bits(), "{literal}");
            otherwise += u32::from(exact.to_bits() != expected.to_bits());
        }
        assert!(otherwise > 40, "{otherwise}");
        let mut merges = json!({ "model": { "vocab": { "a": 0 } } });
        assert!(!read_quickly(&mut merges, b"{}").unwrap());
    }

    #[test]
    fn where_rounding_decides_both_engines_give_pythons_ids_for_every_kind_of_class() {
        let golden = golden();
        for Case { pieces, ids } in &golden.cases {
            for (class, expected) in ids {
                let folder = tempfile::tempdir().unwrap();
                let metaspace =
                    json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true });
                let tokenizer = json!({
                    "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
                    "pre_tokenizer": metaspace, "post_processor": null, "decoder": null,
                    "model": { "type": "Unigram", "unk_id": 2, "vocab": pieces, "byte_fallback": false },
                });
                fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
                let config = json!({
                    "tokenizer_class": class, "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>",
                    "extra_ids": 0,
                });
                fs::write(folder.path().join("tokenizer_config.json"), config.to_string()).unwrap();
                let tokenizer = Tokenizer::open(folder.path()).unwrap();
                assert!(tokenizer.engine().is_fast(), "{}", tokenizer.engine());
                let mut encoder = tokenizer.encoder();
                for (text, expected) in golden.texts.iter().zip(expected) {
                    let mut found = Vec::new();
                    encoder.encode_into(text, &mut found).unwrap();
                    assert_eq!(found, *expected, "{class}: {text}");
                    assert_eq!(
                        reference_ids(tokenizer.reference(), text, false).unwrap(),
                        *expected,
                        "{class}: {text}"
                    );
                }
            }
        }
    }
}
