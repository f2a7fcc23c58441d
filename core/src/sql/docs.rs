//! One line on each table, column and function, as the side tree shows it.

use super::tree::{ColumnNode, FunctionNode, TableNode};

/// A table of the catalog.
pub(super) struct Table {
    name: &'static str,
    about: &'static str,
    /// Name, type, what it holds.
    columns: &'static [(&'static str, &'static str, &'static str)],
}

impl Table {
    pub(super) fn node(&self) -> TableNode {
        let columns = self.columns.iter().map(|(name, kind, about)| ColumnNode::new(name, kind, about)).collect();
        let insert = super::identifier(self.name);
        TableNode { schema: "main", name: self.name.to_owned(), insert, about: self.about.to_owned(), columns }
    }
}

/// The catalog's tables that are shown, in the order of the tree.
pub(super) const CATALOG: &[Table] = &[
    Table {
        name: "datasets",
        about: "One row for each dataset.",
        columns: &[
            ("id", "VARCHAR", "ds_ and 12 hex digits."),
            ("name", "VARCHAR", "What it is called."),
            ("source", "VARCHAR", "HuggingFace or Local."),
            ("hf_repo_id", "VARCHAR", "Its repository on the Hub."),
            ("config", "VARCHAR", "The config of the repository."),
            ("selected_splits", "JSON", "The splits that were chosen, as a list."),
            ("revision", "VARCHAR", "The commit it is pinned to."),
            ("format", "VARCHAR", "The format of its source files."),
            ("text_column", "VARCHAR", "The column that holds its text."),
            ("status", "VARCHAR", "For example ready, downloading or error."),
            ("progress", "DOUBLE", "How far the work on it is, 0 to 100."),
            ("error_message", "VARCHAR", "Why the last work failed."),
            ("raw_path", "VARCHAR", "Its folder, relative to the workspace."),
            ("tokenized_path", "VARCHAR", "The folder of its newest tokenization."),
            ("num_samples", "UBIGINT", "Its rows in all splits."),
            ("num_tokens", "UBIGINT", "Tokens of its newest tokenization, without pads."),
            ("avg_seq_length", "DOUBLE", "Mean tokens of a row of its newest tokenization."),
            ("vocab_size", "UBIGINT", "Different tokens of its newest tokenization."),
            ("size_bytes", "UBIGINT", "Bytes of its files."),
            ("metadata", "JSON", "What else is known of it."),
            ("created_at", "TIMESTAMP", "When it was added, in UTC."),
            ("updated_at", "TIMESTAMP", "When it last changed, in UTC."),
        ],
    },
    Table {
        name: "splits",
        about: "One row for each split of a dataset.",
        columns: &[
            ("dataset_id", "VARCHAR", "The dataset."),
            ("position", "UINTEGER", "Its place among the splits, from 0."),
            ("name", "VARCHAR", "For example train."),
            ("num_samples", "UBIGINT", "Its rows."),
            ("size_bytes", "UBIGINT", "Bytes of its files."),
        ],
    },
    Table {
        name: "columns",
        about: "One row for each column of a dataset.",
        columns: &[
            ("dataset_id", "VARCHAR", "The dataset."),
            ("position", "UINTEGER", "Its place, from 0."),
            ("name", "VARCHAR", "Its name."),
            ("type", "VARCHAR", "Its type, for example string or list<int64>."),
        ],
    },
    Table {
        name: "tokenizations",
        about: "One row for each set of token rows.",
        columns: &[
            ("id", "VARCHAR", "tok_ and 12 hex digits."),
            ("dataset_id", "VARCHAR", "The dataset whose text it holds."),
            ("tokenizer", "VARCHAR", "The tokenizer's name."),
            ("tokenizer_sha256", "VARCHAR", "What tells the tokenizer's files from any others."),
            ("settings", "JSON", "Every setting it was made with."),
            ("settings_hash", "VARCHAR", "What tells data, tokenizer and settings from any others."),
            ("path", "VARCHAR", "Its folder, relative to the workspace."),
            ("rows", "UBIGINT", "Its token rows."),
            ("tokens", "UBIGINT", "Its tokens, without pads."),
            ("pad_tokens", "UBIGINT", "Its pads."),
            ("unique_tokens", "UBIGINT", "How many different tokens occur."),
            ("avg_length", "DOUBLE", "Mean tokens of a row."),
            ("size_bytes", "UBIGINT", "Bytes of its files."),
            ("audit", "JSON", "What the check of its rows found."),
            ("created_at", "TIMESTAMP", "When it was finished, in UTC."),
        ],
    },
    Table {
        name: "jobs",
        about: "One row for each job: the newest 500, and all that datasets still hang on.",
        columns: &[
            ("id", "VARCHAR", "job_ and 12 hex digits."),
            ("kind", "VARCHAR", "For example download or tokenize."),
            ("target", "VARCHAR", "The id of what it works on."),
            ("title", "VARCHAR", "What the list of jobs shows."),
            ("state", "VARCHAR", "For example running, done or failed."),
            ("spec", "JSON", "What it takes to do it again."),
            ("done", "UBIGINT", "Units finished."),
            ("total", "UBIGINT", "Units in all."),
            ("unit", "VARCHAR", "bytes or rows."),
            ("rate", "DOUBLE", "Units a second at the end."),
            ("attempt", "UINTEGER", "How often it was started."),
            ("error", "VARCHAR", "Why it failed."),
            ("created_at", "TIMESTAMP", "When it was asked for, in UTC."),
            ("started_at", "TIMESTAMP", "When it last began, in UTC."),
            ("finished_at", "TIMESTAMP", "When it ended, in UTC."),
        ],
    },
    Table {
        name: "tokenizers",
        about: "One row for each tokenizer.",
        columns: &[
            ("name", "VARCHAR", "Its name, as the functions take it."),
            ("path", "VARCHAR", "Its folder, relative to the workspace."),
            ("kind", "VARCHAR", "Its algorithm, for example BPE."),
            ("vocab_size", "UBIGINT", "How many tokens it knows."),
            ("sha256", "VARCHAR", "What tells its files from any others."),
            ("engine", "VARCHAR", "What encodes with it."),
            ("model_max_length", "UBIGINT", "The longest input its model takes."),
            ("hf_repo_id", "VARCHAR", "Its repository on the Hub."),
            ("revision", "VARCHAR", "The commit it is pinned to."),
            ("created_at", "TIMESTAMP", "When it was added, in UTC."),
        ],
    },
    Table {
        name: "files",
        about: "One row for each Parquet file of a dataset.",
        columns: &[
            ("dataset_id", "VARCHAR", "The dataset."),
            ("split", "VARCHAR", "The split whose rows it holds."),
            ("position", "UINTEGER", "Its place in the split, from 0."),
            ("path", "VARCHAR", "Where it is, relative to the workspace."),
            ("rows", "UBIGINT", "Its rows."),
            ("size_bytes", "UBIGINT", "Its bytes."),
            ("sha256", "VARCHAR", "Its checksum."),
            ("external", "BOOLEAN", "Whether it lies outside the workspace."),
            ("origin", "VARCHAR", "The file it was made from."),
            ("origin_size", "UBIGINT", "That file's bytes."),
            ("origin_hash", "VARCHAR", "That file's checksum, as the Hub says."),
        ],
    },
    Table {
        name: "references",
        about: "One row for each thing that refers to a dataset, such as a training.",
        columns: &[
            ("id", "VARCHAR", "Its id."),
            ("dataset_id", "VARCHAR", "The dataset."),
            ("kind", "VARCHAR", "What kind of thing it is."),
            ("name", "VARCHAR", "What it is called."),
            ("note", "VARCHAR", "What was noted about it."),
            ("state", "VARCHAR", "Whether it still needs the dataset."),
            ("created_at", "TIMESTAMP", "When it was noted, in UTC."),
        ],
    },
    Table {
        name: "events",
        about: "One row for each thing that happened: the newest 500.",
        columns: &[
            ("id", "VARCHAR", "Its id."),
            ("happened_at", "TIMESTAMP", "When, in UTC."),
            ("kind", "VARCHAR", "For example added, deleted or published."),
            ("subject", "VARCHAR", "What it happened to."),
            ("message", "VARCHAR", "What happened, as a sentence."),
        ],
    },
];

/// What a view over the statistics holds.
pub(super) fn statistics(view: &str) -> &'static str {
    match view {
        "lengths" => "How many rows of each split have each length, in characters, words or tokens.",
        "histograms" => "The bars of the lengths, for each choice of bins.",
        "token_frequencies" => "How often each token occurs in each tokenization.",
        "quality" => "What is wrong with the texts: a count for each measure.",
        "longest" => "The longest texts.",
        "leaks" => "Texts that are in two splits at once.",
        "duplicates" => "Each row whose text came before, and where it came first.",
        "near_duplicates" => "Rows whose texts are nearly the same, and what they are like.",
        "columns" => "A summary of each column: type, nulls, distinct values, percentiles.",
        "column_values" => "The bars and the most frequent values of each column.",
        _ => "Stored statistics.",
    }
}

/// What a column of a view over the statistics holds.
pub(super) fn statistic(view: &str, column: &str) -> &'static str {
    match (view, column) {
        (_, "split") => "The split; null for all together.",
        (_, "unit") => "chars, words or tokens.",
        (_, "length") => "The length.",
        (_, "row") => "The row, from 0, within its split.",
        ("token_frequencies", "id") => "The token's id.",
        ("token_frequencies", "count") => "How often it occurs.",
        ("histograms", "bins") => "Which bins: standard, equal or log.",
        ("histograms" | "column_values", "low") => "Where the bar begins.",
        ("histograms" | "column_values", "high") => "Where the bar ends.",
        ("quality", "measure") => "What is counted, for example empty or duplicate_rows.",
        ("quality", "item") => "Of what, where a measure has parts: the script, say.",
        ("longest", "chars") => "Its characters.",
        ("leaks", "from_split") => "The one split.",
        ("leaks", "to_split") => "The other split.",
        ("leaks", "texts") => "Different texts that are in both.",
        ("leaks", "from_rows") => "Their rows in the one.",
        ("leaks", "to_rows") => "Their rows in the other.",
        ("duplicates", "first_split") => "The split of the first row with that text.",
        ("duplicates", "first_row") | ("near_duplicates", "cluster_row") => "That row, from 0, within its split.",
        ("near_duplicates", "cluster_split") => "The split of the row that it is like.",
        ("near_duplicates", "similarity") => "How like it is, 0 to 1.",
        ("column_values", "column") | ("columns", "name") => "The column.",
        ("column_values", "part") => "bar, or top for a frequent value.",
        ("column_values", "value") => "The frequent value.",
        ("columns", "type") => "What it holds: int, float, bool, string_label, string_text, list, datetime or other.",
        ("columns", "sql_type") => "Its type in SQL.",
        ("columns", "rows") => "All rows.",
        ("columns", "nulls") => "Rows without a value.",
        ("columns", "not_finite") => "Values that are infinite or no number.",
        ("columns", "distinct") => "How many different values there are.",
        ("columns", "distinct_approximate") => "About how many different values there are.",
        ("columns", "percentiles_exact") => "Whether the percentiles are exact.",
        ("columns", "earliest") => "The earliest time.",
        ("columns", "latest") => "The latest time.",
        ("columns", "exact_min") => "The least number digit by digit, where min is rounded.",
        ("columns", "exact_max") => "The greatest number digit by digit, where max is rounded.",
        ("columns", "note") => "Why the column could not be described.",
        ("columns", "min") => "The least value or length.",
        ("columns", "median") => "The middle value or length.",
        ("columns", "max") => "The greatest value or length.",
        ("columns", "mean") => "The mean of values or lengths.",
        ("columns", "std") => "Their standard deviation.",
        ("columns", _) => "The value or length that so many percent are below.",
        (_, "position") => "Its place, from 0.",
        (_, "count") => "How many rows.",
        _ => "",
    }
}

/// The functions on tokens.
pub(super) const FUNCTIONS: [FunctionNode; 4] = [
    FunctionNode {
        name: "token_count",
        signature: "token_count(tokenizer, text) → BIGINT",
        about: "How many tokens a text has, without special tokens.",
    },
    FunctionNode {
        name: "tokenize",
        signature: "tokenize(tokenizer, text) → INTEGER[]",
        about: "The ids of a text's tokens, without special tokens.",
    },
    FunctionNode {
        name: "detokenize",
        signature: "detokenize(tokenizer, ids) → VARCHAR",
        about: "The text that ids stand for, special tokens included.",
    },
    FunctionNode {
        name: "token_text",
        signature: "token_text(tokenizer, id) → VARCHAR",
        about: "The token of an id as the vocabulary has it.",
    },
];
