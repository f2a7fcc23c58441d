//! The functions on tokens that a query can call.
//!
//! | function | gives |
//! | --- | --- |
//! | `token_count(tokenizer, text)` | how many tokens the text has: `BIGINT` |
//! | `tokenize(tokenizer, text)` | their ids: `INTEGER[]` |
//! | `detokenize(tokenizer, ids)` | the text of ids, special tokens included: `VARCHAR` |
//! | `token_text(tokenizer, id)` | the token of an id as it stands in the vocabulary: `VARCHAR`, null where there is none |
//!
//! A text's ids are those of [`Encoder::encode_into`](crate::tokenizer::Encoder::encode_into): without the special tokens
//! that stand around a row. Where an argument is null, so is the answer. DuckDB hands over some thousand rows at a time,
//! on all of its threads at once.

use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    Array, ArrayRef, AsArray, Int32Builder, Int64Builder, ListArray, ListBuilder, RecordBatch, StringArray,
    StringBuilder,
};
use arrow::datatypes::{DataType, Field, Int64Type};
use duckdb::Connection;
use duckdb::vscalar::{ArrowFunctionSignature, VArrowScalar};

use crate::catalog::TokenizerRecord;
use crate::tokenizer::Tokenizer;
use crate::workspace::Layout;

/// Why a function failed; DuckDB shows it as it is.
type Failed = Box<dyn Error>;

/// What the functions of one session share.
#[derive(Clone, Default)]
pub(super) struct Tokenizers(Arc<Shared>);

#[derive(Default)]
struct Shared {
    layout: Option<Layout>,
    records: Mutex<Vec<TokenizerRecord>>,
    /// Those that a query has asked for, by name.
    opened: Mutex<HashMap<String, (String, Tokenizer)>>,
    stop: AtomicBool,
}

impl Tokenizers {
    pub(super) fn of(layout: &Layout) -> Self {
        Self(Arc::new(Shared { layout: Some(layout.clone()), ..Shared::default() }))
    }

    /// Which tokenizers there are from now on.
    pub(super) fn set(&self, records: &[TokenizerRecord]) {
        records.clone_into(&mut lock(&self.0.records));
    }

    /// Whether calls that run are to end as soon as they can.
    pub(super) fn stop(&self, stop: bool) {
        self.0.stop.store(stop, Ordering::Relaxed);
    }

    /// The tokenizer of that name or repository; opened once.
    fn find(&self, wanted: &str) -> Result<Tokenizer, Failed> {
        let record = {
            let records = lock(&self.0.records);
            let named = records.iter().find(|record| record.name == wanted);
            let found = named.or_else(|| records.iter().find(|record| record.hf_repo_id.as_deref() == Some(wanted)));
            found.cloned().ok_or_else(|| unknown(wanted, &records))?
        };
        // Opening under the lock: the other threads want the same one.
        let mut opened = lock(&self.0.opened);
        if let Some((sha256, tokenizer)) = opened.get(&record.name)
            && *sha256 == record.sha256
        {
            return Ok(tokenizer.clone());
        }
        let layout = self.0.layout.as_ref().ok_or("there is no workspace")?;
        let tokenizer = Tokenizer::open(&layout.absolute(&record.path))?;
        opened.insert(record.name, (record.sha256, tokenizer.clone()));
        Ok(tokenizer)
    }

    fn check(&self) -> Result<(), Failed> {
        if self.0.stop.load(Ordering::Relaxed) { Err("stopped by request".into()) } else { Ok(()) }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unknown(wanted: &str, records: &[TokenizerRecord]) -> String {
    let names: Vec<&str> = records.iter().map(|record| record.name.as_str()).collect();
    match names.as_slice() {
        [] => format!("There is no tokenizer '{wanted}': the workspace has none yet. Add one first."),
        names => format!("There is no tokenizer '{wanted}'. The workspace has {}.", names.join(", ")),
    }
}

/// Makes the functions known to a connection's database.
pub(super) fn register(connection: &Connection, tokenizers: &Tokenizers) -> duckdb::Result<()> {
    connection.register_scalar_function_with_state::<TokenCount>("token_count", tokenizers)?;
    connection.register_scalar_function_with_state::<Tokenize>("tokenize", tokenizers)?;
    connection.register_scalar_function_with_state::<Detokenize>("detokenize", tokenizers)?;
    connection.register_scalar_function_with_state::<TokenText>("token_text", tokenizers)
}

/// Runs over rows whose neighbours mostly name the same tokenizer: `each` hears of every row where neither argument is
/// null, `null` of the others.
fn rows<B>(tokenizers: &Tokenizers, names: &StringArray, other: &dyn Array, mut begin: B) -> Result<(), Failed>
where
    B: FnMut(std::ops::Range<usize>, Option<&Tokenizer>) -> Result<(), Failed>,
{
    let is_null = |row: usize| names.is_null(row) || other.is_null(row);
    let mut from = 0;
    while from < names.len() {
        let null = is_null(from);
        let same = |row: &usize| is_null(*row) == null && (null || names.value(*row) == names.value(from));
        let to = (from + 1..names.len()).find(|row| !same(row)).unwrap_or(names.len());
        let tokenizer = if null { None } else { Some(tokenizers.find(names.value(from))?) };
        begin(from..to, tokenizer.as_ref())?;
        from = to;
    }
    Ok(())
}

/// Calls `each` with the ids of each text in turn, or nothing where there is none.
fn encode(
    tokenizers: &Tokenizers,
    input: &RecordBatch,
    mut each: impl FnMut(Option<&[u32]>) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let (names, texts) = (input.column(0).as_string::<i32>(), input.column(1).as_string::<i32>());
    let mut ids = Vec::new();
    rows(tokenizers, names, texts, |range, tokenizer| {
        let mut encoder = tokenizer.map(Tokenizer::encoder);
        for row in range {
            tokenizers.check()?;
            match &mut encoder {
                Some(encoder) => {
                    ids.clear();
                    encoder.encode_into(texts.value(row), &mut ids)?;
                    each(Some(&ids))?;
                }
                None => each(None)?,
            }
        }
        Ok(())
    })
}

fn of_text(gives: DataType) -> Vec<ArrowFunctionSignature> {
    vec![ArrowFunctionSignature::exact(vec![DataType::Utf8, DataType::Utf8], gives)]
}

fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

struct TokenCount;

impl VArrowScalar for TokenCount {
    type State = Tokenizers;

    fn invoke(tokenizers: &Tokenizers, input: RecordBatch) -> Result<ArrayRef, Failed> {
        let mut counts = Int64Builder::with_capacity(input.num_rows());
        encode(tokenizers, &input, |ids| {
            counts.append_option(ids.map(|ids| ids.len() as i64));
            Ok(())
        })?;
        Ok(Arc::new(counts.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        of_text(DataType::Int64)
    }
}

struct Tokenize;

impl VArrowScalar for Tokenize {
    type State = Tokenizers;

    fn invoke(tokenizers: &Tokenizers, input: RecordBatch) -> Result<ArrayRef, Failed> {
        let mut lists = ListBuilder::with_capacity(Int32Builder::new(), input.num_rows());
        encode(tokenizers, &input, |ids| {
            for id in ids.into_iter().flatten() {
                lists.values().append_value(i32::try_from(*id)?);
            }
            lists.append(ids.is_some());
            Ok(())
        })?;
        Ok(Arc::new(lists.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        of_text(list_of(DataType::Int32))
    }
}

struct Detokenize;

impl VArrowScalar for Detokenize {
    type State = Tokenizers;

    fn invoke(tokenizers: &Tokenizers, input: RecordBatch) -> Result<ArrayRef, Failed> {
        let names = input.column(0).as_string::<i32>();
        let lists: &ListArray = input.column(1).as_list();
        let mut texts = StringBuilder::new();
        let mut ids = Vec::new();
        rows(tokenizers, names, lists, |range, tokenizer| {
            for row in range {
                tokenizers.check()?;
                let Some(tokenizer) = tokenizer else {
                    texts.append_null();
                    continue;
                };
                let values = lists.value(row);
                ids.clear();
                // An id that is null stands for nothing.
                for id in values.as_primitive::<Int64Type>().iter().flatten() {
                    ids.push(known_id(tokenizer, id)?);
                }
                texts.append_value(tokenizer.decode(&ids, false)?);
            }
            Ok(())
        })?;
        Ok(Arc::new(texts.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        vec![ArrowFunctionSignature::exact(vec![DataType::Utf8, list_of(DataType::Int64)], DataType::Utf8)]
    }
}

fn known_id(tokenizer: &Tokenizer, id: i64) -> Result<u32, Failed> {
    u32::try_from(id).ok().filter(|id| *id < tokenizer.id_limit()).ok_or_else(|| {
        let last = tokenizer.id_limit().saturating_sub(1);
        format!("{id} is no id of the tokenizer '{}': its ids go from 0 to {last}.", tokenizer.name()).into()
    })
}

struct TokenText;

impl VArrowScalar for TokenText {
    type State = Tokenizers;

    fn invoke(tokenizers: &Tokenizers, input: RecordBatch) -> Result<ArrayRef, Failed> {
        let (names, ids) = (input.column(0).as_string::<i32>(), input.column(1).as_primitive::<Int64Type>());
        let mut texts = StringBuilder::new();
        rows(tokenizers, names, ids, |range, tokenizer| {
            for row in range {
                let id = u32::try_from(ids.value(row)).ok();
                texts.append_option(tokenizer.zip(id).and_then(|(tokenizer, id)| tokenizer.token_text(id)));
            }
            Ok(())
        })?;
        Ok(Arc::new(texts.finish()))
    }

    fn signatures() -> Vec<ArrowFunctionSignature> {
        vec![ArrowFunctionSignature::exact(vec![DataType::Utf8, DataType::Int64], DataType::Utf8)]
    }
}
