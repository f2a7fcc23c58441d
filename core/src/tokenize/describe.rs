//! The files that stand beside the rows and say what they are.
//!
//! - `audit.json` and `settings.json`, for everyone,
//! - `README.md`, whose head tells `datasets.load_dataset` which files are which split,
//! - `sae_lens.json` beside packed rows: what SAELens' own `PretokenizeRunner` leaves there.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::audit::Audit;
use super::error::TokenizeError;
use super::packing::SAELENS_VERSION;
use super::pipeline::Input;
use super::plan::Plan;
use super::settings::{Conversation, Layout, Settings};
use super::working::{AUDIT, Working};
use crate::tokenizer::Tokenizer;
use crate::units::counted;

/// What a dataset and a tokenizer are called where they come from. It says nothing about the rows, and is no part of a
/// run's identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The dataset's repository, or its name where there is none.
    pub dataset: String,
    /// Its config.
    pub dataset_config: Option<String>,
    /// The commit it was downloaded at.
    pub dataset_commit: Option<String>,
    /// The tokenizer's repository, where there is one.
    pub tokenizer: Option<String>,
    /// The commit it was downloaded at.
    pub tokenizer_commit: Option<String>,
}

/// A finished run, to be described.
pub(super) struct Described<'a> {
    pub input: Input<'a>,
    pub tokenizer: &'a Tokenizer,
    pub settings: &'a Settings,
    pub plan: &'a Plan,
    pub audit: &'a Audit,
}

impl Described<'_> {
    pub(super) fn write(&self, working: &Working) -> Result<(), TokenizeError> {
        working.describe(AUDIT, self.audit)?;
        working.describe("settings.json", &self.settings_json())?;
        working.describe_in_words("README.md", &self.readme())?;
        if self.settings.layout == Layout::Packed {
            working.describe("sae_lens.json", &self.sae_lens_json())?;
        }
        Ok(())
    }

    fn settings_json(&self) -> Value {
        let (settings, tokenizer) = (self.settings, self.tokenizer);
        json!({
            "run": self.plan.identity,
            "dataset_revision": self.input.dataset_revision,
            "tokenizer": {
                "name": tokenizer.name(),
                "sha256": tokenizer.sha256(),
                "frame": tokenizer.frame(),
                "pair_frame": settings.second_text_column.as_ref().and_then(|_| tokenizer.pair_frame()),
                "chat_template_sha256": self.chat_template_sha256(),
                "pad": tokenizer.pad(),
            },
            "settings": settings,
        })
    }

    fn chat_template_sha256(&self) -> Option<&str> {
        let template = self.tokenizer.chat_template()?.ok()?;
        (self.settings.conversation == Conversation::ChatTemplate).then(|| template.sha256())
    }

    /// Without its head, `load_dataset` would guess splits from file names, and take any that it knows no word for as
    /// `train`.
    fn readme(&self) -> String {
        let mut text = "---\nconfigs:\n- config_name: default\n  data_files:\n".to_owned();
        let mut names: Vec<String> = Vec::new();
        for split in &self.plan.splits {
            let mut name = loadable(&split.name);
            while names.contains(&name) {
                name.push('_');
            }
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  - split: {}\n    path: {}", json!(name), json!(split.file_pattern()));
            names.push(name);
        }
        let counts = &self.audit.total;
        let (rows, tokens) = (counted(counts.rows, "row"), counted(counts.tokens, "token"));
        let tokenizer = self.tokenizer.name();
        let _ =
            writeln!(text, "---\n\n{rows} with {tokens} of the tokenizer {tokenizer}, made by miStudio {}.", version());
        text.push_str("`settings.json` says how, `audit.json` what is in them.\n");
        text
    }

    fn sae_lens_json(&self) -> Value {
        let unknown = Origin::default();
        let origin = self.input.origin.unwrap_or(&unknown);
        let (settings, tokenizer) = (self.settings, self.tokenizer);
        let packing = &settings.packing;
        let split = match &self.plan.splits[..] {
            [only] => Some(only.name.as_str()),
            _ => None,
        };
        json!({
            "sae_lens_version": SAELENS_VERSION,
            "tokenizer_name": origin.tokenizer.as_deref().unwrap_or(tokenizer.name()),
            "original_dataset": origin.dataset,
            "original_dataset_name": origin.dataset_config,
            "original_split": split,
            "original_data_files": null,
            "original_column_name": settings.text_column,
            "context_size": settings.max_length,
            "shuffled": settings.shuffle_seed.is_some(),
            "seed": settings.shuffle_seed,
            "begin_batch_token": packing.begin_batch_token,
            "begin_sequence_token": packing.begin_sequence_token,
            "sequence_separator_token": packing.sequence_separator_token,
            "disable_concat_sequences": packing.disable_concat_sequences,
            "use_chat_formatting": settings.conversation == Conversation::ChatTemplate,
            "mistudio": {
                "version": version(),
                "run": self.plan.identity,
                "packing": packing.mode,
                "add_special_tokens": settings.add_special_tokens,
                "dataset_revision": self.input.dataset_revision,
                "dataset_commit": origin.dataset_commit,
                "tokenizer_sha256": tokenizer.sha256(),
                "tokenizer_commit": origin.tokenizer_commit,
                "samples": self.audit.total.samples,
                "rows": self.audit.total.rows,
                "tokens": self.audit.total.tokens,
                "skipped": self.audit.total.skipped,
                "packed": self.audit.total.packing,
                "notes": self.audit.notes,
            },
        })
    }
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The name under which `load_dataset` takes a split: letters, digits, `_`, and single dots between them.
fn loadable(split: &str) -> String {
    let word = |character: char| if character.is_alphanumeric() { character } else { '_' };
    let words = split.split('.').map(|part| part.chars().map(word).collect::<String>());
    words.map(|part| if part.is_empty() { "_".to_owned() } else { part }).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_keeps_its_name_where_python_takes_it() {
        let names = ["train", "train_sft.v2", "für", "a-b", "a..b", "dev."];
        assert_eq!(names.map(loadable), ["train", "train_sft.v2", "für", "a_b", "a._.b", "dev._"]);
    }
}
