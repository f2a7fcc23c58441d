//! The fields of the index: two for each column, and what a row holds besides its words and gaps.

use tantivy::Index;
use tantivy::index::IndexSettings;
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::Compressor;
use tantivy::tokenizer::TokenizerManager;

use super::tokens::{GapTokens, WordTokens};

/// In the gaps of a row: it has a space that is a usual gap.
pub(super) const SPACE: &str = "space";
/// In the gaps of a row: it has two words with nothing between them.
pub(super) const TOUCHING: &str = "touching";
/// In the gaps of a row: it has a piece that is kept as a fingerprint alone.
pub(super) const LONG: &str = "long";
/// In the gaps of a row that has a text, at the position behind everything else.
pub(super) const END: &str = "end";

/// The two kinds of pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Words,
    Gaps,
}

/// The field of a part of a column.
pub(super) fn field(column: usize, part: Part) -> Field {
    Field::from_field_id(2 * column as u32 + u32::from(part == Part::Gaps))
}

/// How an index of this many columns is built.
pub(super) fn builder(columns: usize) -> tantivy::IndexBuilder {
    let mut schema = Schema::builder();
    for column in 0..columns {
        for (name, norms) in [("words", true), ("gaps", false)] {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(name)
                .set_fieldnorms(norms)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions);
            schema.add_text_field(&format!("{name}-{column}"), TextOptions::default().set_indexing_options(indexing));
        }
    }
    let tokenizers = TokenizerManager::new();
    tokenizers.register("words", WordTokens::default());
    tokenizers.register("gaps", GapTokens::default());
    // Texts are not stored: they are in the data files.
    let settings = IndexSettings {
        docstore_compression: Compressor::None,
        docstore_compress_dedicated_thread: false,
        ..IndexSettings::default()
    };
    Index::builder().schema(schema.build()).tokenizers(tokenizers).settings(settings)
}
