//! Makes `workspace-example/`: a small, real workspace that the README's first command opens.
//!
//! `cargo run --release -p mistudio-tests --example make_example -- workspace-example`
//!
//! Texts come from a seeded generator, so anyone gets the same rows. The folder must not exist yet.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mistudio_core::jobs::control;
use mistudio_core::studio::{AddRequest, Studio, TokenizeRequest, TokenizerRequest};
use mistudio_core::tokenize::{Padding, Settings};
use mistudio_tests::texts::Texts;
use serde_json::json;
use tokenizers_stable::models::bpe::{BPE, BpeTrainer};
use tokenizers_stable::pre_tokenizers::byte_level::ByteLevel;
use tokenizers_stable::{
    AddedToken, DecoderWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper, TokenizerBuilder,
};

/// Rows of each split.
const SPLITS: [(&str, usize); 3] = [("train", 3200), ("validation", 400), ("test", 400)];
/// Ids of the trained tokenizer.
const VOCABULARY: usize = 2048;

fn main() -> Result<()> {
    let Some(target) = std::env::args_os().nth(1).map(PathBuf::from) else {
        bail!("Name the folder to make: make_example -- workspace-example");
    };
    if target.exists() {
        bail!("{} is there already. Remove it first, or name another folder.", target.display());
    }
    let sources = tempfile::tempdir()?;
    let stories = sources.path().join("little-stories");
    write_rows(&stories)?;
    let tokenizer = sources.path().join("stories-bpe");
    train(&stories, &tokenizer)?;

    let studio = Studio::create(&target, "Example")?;
    let dataset = studio.add(&AddRequest { paths: vec![stories], ..AddRequest::default() })?;
    wait(&studio, &dataset);
    studio.snapshot().dataset(&dataset).context("the example dataset")?;
    let (control, _handle) = control();
    studio.add_tokenizer(&TokenizerRequest::Path(tokenizer), None, &control)?;
    for settings in [
        Settings { max_length: 128, ..Settings::default() },
        Settings { max_length: 1024, padding: Padding::DoNotPad, ..Settings::default() },
    ] {
        let request = TokenizeRequest { dataset: dataset.clone(), tokenizer: "stories-bpe".into(), settings };
        let begun = studio.tokenize(&request)?;
        wait(&studio, &begun.tokenization_id);
    }
    let snapshot = studio.snapshot();
    if let Some(job) = snapshot.jobs.iter().find(|job| job.error.is_some()) {
        bail!("{}: {}", job.title, job.error.as_deref().unwrap_or_default());
    }
    Ok(())
}

fn wait(studio: &Studio, target: &str) {
    studio.block_on(async {
        while studio.is_working_on(target) {
            studio.news().await;
        }
    });
}

/// A folder as people have them: one JSONL file a split, and a card.
fn write_rows(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut texts = Texts::new(1);
    for (split, rows) in SPLITS {
        let mut file = BufWriter::new(File::create(folder.join(format!("{split}.jsonl")))?);
        for row in 0..rows {
            let text = texts.next_text();
            let line = json!({
                "text": text.body,
                "source": text.source,
                "language": text.language,
                "grade": (row * 7 % 40) as f64 / 10.0,
            });
            writeln!(file, "{line}")?;
        }
        file.flush()?;
    }
    let card = "---\nlicense: cc0-1.0\npretty_name: Little Stories\nlanguage:\n- en\n- ru\n- ja\n- ar\n---\n# Little Stories\n\n\
        Four thousand short texts made by a program: stories in English, sentences in Russian, Japanese and Arabic, and \
        small pieces of code. They show what miStudio does without a network.\n";
    std::fs::write(folder.join("README.md"), card)?;
    Ok(())
}

/// A byte-level BPE of the stories, with one token for beginning, end and padding apart.
fn train(stories: &Path, target: &Path) -> Result<()> {
    let mut rows = Vec::new();
    for line in std::fs::read_to_string(stories.join("train.jsonl"))?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        rows.push(row["text"].as_str().context("a text")?.to_owned());
    }
    let special = |text: &str| AddedToken::from(text.to_owned(), true);
    let mut trainer = BpeTrainer::builder()
        .vocab_size(VOCABULARY)
        .show_progress(false)
        .special_tokens(vec![special("<|begin|>"), special("<|end|>"), special("<|pad|>")])
        .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
        .build();
    let mut tokenizer =
        TokenizerBuilder::<BPE, NormalizerWrapper, PreTokenizerWrapper, PostProcessorWrapper, DecoderWrapper>::new()
            .with_model(BPE::default())
            .with_pre_tokenizer(Some(ByteLevel::new(false, true, true).into()))
            .with_decoder(Some(ByteLevel::default().into()))
            .build()
            .map_err(|error| anyhow::anyhow!("{error}"))?;
    tokenizer.train(&mut trainer, rows.into_iter()).map_err(|error| anyhow::anyhow!("{error}"))?;
    std::fs::create_dir_all(target)?;
    tokenizer.save(target.join("tokenizer.json"), false).map_err(|error| anyhow::anyhow!("{error}"))?;
    let config = json!({
        "bos_token": "<|begin|>",
        "eos_token": "<|end|>",
        "pad_token": "<|pad|>",
        "model_max_length": 1024,
        "tokenizer_class": "PreTrainedTokenizerFast",
    });
    std::fs::write(target.join("tokenizer_config.json"), serde_json::to_string_pretty(&config)?)?;
    Ok(())
}
