//! Queries to begin with, written for the workspace at hand.

use super::identifier;
use super::sandbox::text;
use crate::catalog::{DatasetEntry, Snapshot, Status};

/// A query to begin with.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExampleQuery {
    /// What it answers, in a few words.
    pub title: &'static str,
    /// Its text, ready to run.
    pub text: String,
}

/// What an example needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// A dataset that is ready.
    Dataset,
    /// One with a text column.
    Text,
    /// That, and a tokenizer.
    Tokenizer,
    /// A tokenization, its statistics and its tokenizer.
    Tokens,
}

/// The titles, what they need, and the texts: `{samples}`, `{tokens}`, `{text}` and `{split}` stand for names, `'{…}'`
/// for texts.
const EXAMPLES: &[(&str, Needs, &str)] = &[
    (
        "What is in the workspace",
        Needs::Nothing,
        "SELECT name, source, status, num_samples, num_tokens, size_bytes, created_at\nFROM datasets\nORDER BY created_at DESC",
    ),
    (
        "Samples and share of each split",
        Needs::Nothing,
        "SELECT d.name AS dataset, s.name AS split, s.num_samples,\n       round(100.0 * s.num_samples / sum(s.num_samples) OVER (PARTITION BY d.id), 1) AS percent\nFROM splits s\nJOIN datasets d ON d.id = s.dataset_id\nORDER BY dataset, s.position",
    ),
    (
        "How each tokenization was made",
        Needs::Nothing,
        "SELECT t.id, d.name AS dataset, t.tokenizer, t.rows, t.tokens, t.pad_tokens,\n       round(100.0 * t.pad_tokens / (t.tokens + t.pad_tokens), 1) AS padding_percent,\n       t.settings->>'max_length' AS max_length\nFROM tokenizations t\nJOIN datasets d ON d.id = t.dataset_id\nORDER BY t.created_at DESC",
    ),
    (
        "The slowest jobs",
        Needs::Nothing,
        "SELECT title, kind, state, attempt, finished_at - started_at AS took\nFROM jobs\nWHERE finished_at IS NOT NULL\nORDER BY took DESC\nLIMIT 20",
    ),
    ("The first rows", Needs::Dataset, "SELECT *\nFROM samples.{samples}\nLIMIT 50"),
    (
        "The longest texts",
        Needs::Text,
        "SELECT {split}, length({text}) AS characters, left({text}, 200) AS beginning\nFROM samples.{samples}\nORDER BY characters DESC\nLIMIT 20",
    ),
    (
        "Texts that occur more than once, and in which splits",
        Needs::Text,
        "-- The same text in train and test is leakage.\nSELECT count(*) AS times, list(DISTINCT {split}) AS splits, left(any_value({text}), 120) AS beginning\nFROM samples.{samples}\nGROUP BY md5({text})\nORDER BY times DESC, beginning\nLIMIT 50",
    ),
    (
        "The most frequent words",
        Needs::Text,
        "SELECT word, count(*) AS times\nFROM (\n    SELECT unnest(regexp_extract_all(lower({text}), '[\\pL\\pN]+')) AS word\n    FROM samples.{samples}\n)\nGROUP BY word\nORDER BY times DESC, word\nLIMIT 100",
    ),
    (
        "Texts by their length in tokens",
        Needs::Tokenizer,
        "SELECT token_count('{tokenizer}', {text}) AS tokens, left({text}, 120) AS beginning\nFROM samples.{samples}\nORDER BY tokens DESC\nLIMIT 20",
    ),
    (
        "Characters per token of each split",
        Needs::Tokenizer,
        "SELECT {split}, sum(length({text})) / sum(token_count('{tokenizer}', {text})) AS characters_per_token\nFROM samples.{samples}\nGROUP BY {split}\nORDER BY {split}",
    ),
    (
        "One text, token by token",
        Needs::Tokenizer,
        "SELECT row_number() OVER () AS place, id, token_text('{tokenizer}', id) AS token\nFROM (\n    SELECT unnest(tokenize('{tokenizer}', {text})) AS id\n    FROM (SELECT {text} FROM samples.{samples} WHERE {text} <> '' LIMIT 1)\n)",
    ),
    (
        "Lengths in tokens, as a histogram",
        Needs::Tokens,
        "SELECT length - length % 10 AS from_tokens, sum(count)::BIGINT AS samples\nFROM stats.lengths\nWHERE tokenization = '{tokens}' AND unit = 'tokens'\nGROUP BY from_tokens\nORDER BY from_tokens",
    ),
    (
        "The most frequent tokens",
        Needs::Tokens,
        "SELECT id, token_text('{tokenizer}', id) AS token, count,\n       round(100.0 * count / sum(count) OVER (), 2) AS percent\nFROM stats.token_frequencies\nWHERE tokenization = '{tokens}'\nORDER BY count DESC\nLIMIT 50",
    ),
    (
        "What max_length would cut off",
        Needs::Tokens,
        "SELECT m AS max_length,\n       round(100.0 * sum(greatest(length - m, 0) * count) / sum(length * count), 2) AS percent_of_tokens_lost\nFROM stats.lengths, (VALUES (32), (64), (128), (256), (512), (1024), (2048)) AS limits(m)\nWHERE tokenization = '{tokens}' AND unit = 'tokens'\nGROUP BY m\nORDER BY m",
    ),
    (
        "Stored token rows as text again",
        Needs::Tokens,
        "SELECT detokenize('{tokenizer}', {ids}) AS text, len({ids}) AS ids\nFROM tokens.{token_rows}\nLIMIT 20",
    ),
    (
        "Each column's share of nulls",
        Needs::Dataset,
        "SELECT DISTINCT dataset, name, type, rows, nulls, round(100.0 * nulls / greatest(rows, 1), 2) AS percent_null\nFROM stats.columns\nWHERE dataset = '{dataset}'\nORDER BY name",
    ),
];

/// The examples that make sense in this workspace, over its newest dataset that has what they need.
pub fn examples(snapshot: &Snapshot) -> Vec<ExampleQuery> {
    let ready =
        || snapshot.datasets.iter().filter(|entry| entry.record.status == Status::Ready && !entry.files.is_empty());
    let with_tokens = ready().find(|entry| !entry.tokenizations.is_empty());
    let with_text = with_tokens.or_else(|| ready().find(|entry| entry.record.text_column.is_some()));
    let chosen = with_text.or_else(|| ready().next());
    let has = |needs| match needs {
        Needs::Nothing => true,
        Needs::Dataset => chosen.is_some(),
        Needs::Text => with_text.is_some_and(|entry| entry.record.text_column.is_some()),
        Needs::Tokenizer => {
            with_text.is_some_and(|entry| entry.record.text_column.is_some()) && !snapshot.tokenizers.is_empty()
        }
        Needs::Tokens => with_tokens.is_some_and(|entry| tokenizer_is_there(entry, snapshot)),
    };
    let write = |(title, needs, text): &(&'static str, Needs, &str)| {
        let text = if *needs == Needs::Nothing { (*text).to_owned() } else { filled(text, chosen?, snapshot) };
        Some(ExampleQuery { title, text })
    };
    EXAMPLES.iter().filter(|(_, needs, _)| has(*needs)).filter_map(write).collect()
}

fn tokenizer_is_there(entry: &DatasetEntry, snapshot: &Snapshot) -> bool {
    entry.tokenizations.first().is_some_and(|made| snapshot.tokenizer(&made.tokenizer).is_ok())
}

fn filled(pattern: &str, entry: &DatasetEntry, snapshot: &Snapshot) -> String {
    let made = entry.tokenizations.first();
    let tokenizer = made.filter(|made| snapshot.tokenizer(&made.tokenizer).is_ok()).map(|made| made.tokenizer.clone());
    let tokenizer = tokenizer.or_else(|| snapshot.tokenizers.first().map(|record| record.name.clone()));
    let split = entry.columns.iter().any(|column| column.name.eq_ignore_ascii_case("split"));
    let ids = made.and_then(|made| made.settings["ids_column"].as_str().map(str::to_owned));
    let id = made.map_or("", |made| made.id.as_str());
    pattern
        .replace("'{tokenizer}'", &text(tokenizer.as_deref().unwrap_or_default()))
        .replace("'{tokens}'", &text(id))
        .replace("'{dataset}'", &text(&entry.record.name))
        .replace("{samples}", &identifier(&entry.record.name))
        .replace("{token_rows}", &identifier(id))
        .replace("{ids}", &identifier(ids.as_deref().unwrap_or("input_ids")))
        .replace("{text}", &identifier(entry.record.text_column.as_deref().unwrap_or_default()))
        .replace("{split}", if split { "_split" } else { "split" })
}
