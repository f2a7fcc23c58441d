//! What there is to ask: schemas, tables with their columns, and functions, each with a line on what it holds.

use std::path::Path;

use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use super::docs;
use super::identifier;
use crate::catalog::{DatasetEntry, STATISTICS, Snapshot, Tokenization};
use crate::ingest::type_label;
use crate::units::{count, counted};
use crate::workspace::Layout;

/// Everything that a query can ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct SchemaTree {
    /// The tables and views, schema by schema in the order they are shown.
    pub tables: Vec<TableNode>,
    /// The workspace's own functions.
    pub functions: Vec<FunctionNode>,
    /// The tokenizers that those can be called with.
    pub tokenizers: Vec<String>,
}

/// A table or view.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TableNode {
    /// `main` for the catalog's tables, else `stats`, `samples` or `tokens`.
    pub schema: &'static str,
    /// Its name.
    pub name: String,
    /// What a query calls it, quoted where that must be.
    pub insert: String,
    /// What it holds, in one line.
    pub about: String,
    /// Its columns.
    pub columns: Vec<ColumnNode>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ColumnNode {
    /// Its name.
    pub name: String,
    /// What a query calls it, quoted where that must be.
    pub insert: String,
    /// Its type: DuckDB's name, or the one that the dataset shows.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it holds, in one line; empty where the data does not say.
    pub about: &'static str,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FunctionNode {
    /// Its name.
    pub name: &'static str,
    /// How it is called and what it gives.
    pub signature: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
}

impl ColumnNode {
    pub(super) fn new(name: &str, kind: &str, about: &'static str) -> Self {
        Self { name: name.to_owned(), insert: identifier(name), kind: kind.to_owned(), about }
    }
}

impl SchemaTree {
    /// What there is in the workspace at this moment. Reads the footer of one file for each tokenization.
    pub fn of(layout: &Layout, snapshot: &Snapshot) -> Self {
        let mut tables: Vec<TableNode> = docs::CATALOG.iter().map(docs::Table::node).collect();
        for kind in STATISTICS {
            let name = kind.name;
            let mut nodes = vec![
                ColumnNode::new("dataset_id", "VARCHAR", "The dataset's id."),
                ColumnNode::new("dataset", "VARCHAR", "The dataset's name."),
                ColumnNode::new("tokenization", "VARCHAR", "The tokenization's id; null for the text itself."),
            ];
            nodes.extend(
                kind.columns.iter().map(|(column, kind)| ColumnNode::new(column, kind, docs::statistic(name, column))),
            );
            let insert = format!("stats.{}", identifier(name));
            let about = docs::statistics(name).to_owned();
            tables.push(TableNode { schema: "stats", name: name.to_owned(), insert, about, columns: nodes });
        }
        tables.extend(snapshot.datasets.iter().filter(|entry| !entry.files.is_empty()).map(|entry| samples(entry)));
        for entry in &snapshot.datasets {
            tables.extend(entry.tokenizations.iter().map(|tokenization| tokens(layout, entry, tokenization)));
        }
        let tokenizers = snapshot.tokenizers.iter().map(|record| record.name.clone()).collect();
        Self { tables, functions: docs::FUNCTIONS.to_vec(), tokenizers }
    }
}

fn samples(entry: &DatasetEntry) -> TableNode {
    let is_taken = entry.columns.iter().any(|column| column.name.eq_ignore_ascii_case("split"));
    let own = if is_taken { "_split" } else { "split" };
    let mut columns = vec![ColumnNode::new(own, "string", "The split that the row is of.")];
    let text = entry.record.text_column.as_deref();
    columns.extend(entry.columns.iter().map(|column| {
        let about = if Some(column.name.as_str()) == text { "The dataset's text." } else { "" };
        ColumnNode::new(&column.name, &column.kind, about)
    }));
    let rows: u64 = entry.splits.iter().map(|split| split.num_samples).sum();
    TableNode {
        schema: "samples",
        name: entry.record.name.clone(),
        insert: format!("samples.{}", identifier(&entry.record.name)),
        about: format!("{} of {}.", counted(rows, "row"), entry.record.name),
        columns,
    }
}

fn tokens(layout: &Layout, entry: &DatasetEntry, tokenization: &Tokenization) -> TableNode {
    let columns = first_parquet(&layout.absolute(&tokenization.path));
    TableNode {
        schema: "tokens",
        name: tokenization.id.clone(),
        insert: format!("tokens.{}", identifier(&tokenization.id)),
        about: format!(
            "{} with {} tokens of {}, made with {}.",
            counted(tokenization.rows, "row"),
            count(tokenization.tokens),
            entry.record.name,
            tokenization.tokenizer
        ),
        columns: columns.unwrap_or_default(),
    }
}

/// The columns of the first Parquet file in a folder; nothing where there is none that can be read, which the query
/// itself will say.
fn first_parquet(folder: &Path) -> Option<Vec<ColumnNode>> {
    let paths = std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let path = paths.filter(|path| path.extension().is_some_and(|ending| ending == "parquet")).min()?;
    let file = std::fs::File::open(path).ok()?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).ok()?;
    let fields = metadata.schema().fields();
    Some(fields.iter().map(|field| ColumnNode::new(field.name(), &type_label(field.data_type()), "")).collect())
}
