//! Local formats into Parquet: readers, schema, text-column detection.
//!
//! Everything outside Parquet is converted once, by [`convert`]: the bytes of a file are decompressed and cut into
//! blocks at record edges by one thread, blocks become rows and encoded row groups on two others, and the caller's
//! thread appends those in order. Arrow files bring their rows in batches, which take the same way. Members of ZIP
//! archives are read where they are. Memory is a handful of blocks, whatever the size of the data. Parquet itself is
//! used as it is.
//!
//! What must hold: one schema for all files of a dataset, exact over every row and not just over a sample; a row
//! that cannot be read is never dropped unless the caller asked for it, and then it is counted; nothing is left
//! behind by a conversion that failed or was cancelled. This room never changes a source file, never reads the
//! network, and never decides which file belongs to which split.

mod archive;
mod bad_rows;
mod blocks;
mod conversation;
mod convert;
mod csv;
mod error;
mod format;
mod gather;
mod ipc;
mod json;
mod leftovers;
mod local;
mod outputs;
mod parquet_file;
mod pipeline;
mod preview;
mod raw;
mod rows;
mod schema;
mod source;
mod store;
mod text;
mod text_column;
mod writer;

pub use archive::{ArchiveFile, Member, extract, list_archive};
pub use bad_rows::{BadRow, BadRowPolicy, BadRows};
pub use conversation::conversation_text;
pub(crate) use conversation::{conversation_texts, is_conversation};
pub use convert::{ConvertOptions, Converted, SourceFile, SourceRows, convert};
pub use csv::{CsvDialect, CsvOptions, QuoteChoice};
pub use error::{IngestError, Remedy};
pub use format::{Compression, Format};
pub(crate) use gather::Gather;
pub(crate) use ipc::{Batches as ArrowBatches, Target as StorableColumns, conform};
pub use leftovers::clear_leftovers;
pub use local::{LocalFile, list_local};
pub use outputs::ConvertedFile;
pub use parquet_file::{ParquetInfo, Placed, Placement, check_same_columns, inspect_parquet, place_parquet};
pub(crate) use pipeline::workers;
pub use preview::{Preview, preview};
pub(crate) use raw::open_raw;
pub use schema::{ColumnInfo, columns, type_label};
pub use source::Encoding;
pub use store::store_rows;
pub use text::TextUnit;
pub use text_column::{ConversationStyle, TextColumn, detect_text_column};
pub(crate) use writer::Encoder;
