//! What `datasets.load_from_disk` opens: a folder for each split with Arrow streams and the records that name them.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::destination::Destination;
use super::error::ExportError;
use super::out::{Out, put_json};
use super::read::{batches, name_of};
use super::run::{ExportedSplit, Input};
use crate::data::{FilledRow, SplitFiles};
use crate::jobs::Control;

/// Bytes of one file: what `save_to_disk` itself makes them.
const FILE_BYTES: u64 = 500 << 20;

pub(super) fn write(
    input: &Input<'_>,
    split: &SplitFiles,
    destination: &Destination,
    control: &Control,
) -> Result<ExportedSplit, ExportError> {
    write_in_files(input, split, destination, control, FILE_BYTES)
}

/// The same with another size for files.
pub(super) fn write_in_files(
    input: &Input<'_>,
    split: &SplitFiles,
    destination: &Destination,
    control: &Control,
    file_bytes: u64,
) -> Result<ExportedSplit, ExportError> {
    let folder = destination.subfolder(&split.name)?;
    let mut exported = ExportedSplit { split: split.name.clone(), id_type: "int32".into(), ..ExportedSplit::default() };
    // How many files there will be is part of their names, and not known yet.
    let unnamed = |number: usize| folder.join(format!("data-{number:05}.arrow"));
    let mut files: usize = 0;
    let mut stream: Option<StreamWriter<Out>> = None;
    let (mut bytes, mut features) = (0, Value::Null);
    // File, row in it, tokens.
    let mut filled: Vec<(usize, u64, u64)> = Vec::new();
    let mut rows_in_file = 0;
    batches(split, control, |path, first_row, batch| -> Result<(), ExportError> {
        let schema = plain_schema(batch.schema_ref()).ok_or_else(|| unknown(path))?;
        features = features_of(&schema);
        let batch = plain(batch, &schema).map_err(|error| ExportError::reading(path, &error))?;
        let told = |row: u64| input.filled.tokens(name_of(path), first_row + row).map(|tokens| (row, tokens));
        let rows = if input.filled.is_empty() { 0 } else { batch.num_rows() as u64 };
        let known: Vec<(u64, u64)> = (0..rows).filter_map(told).collect();
        count(&batch, input.ids_column, &known, &mut exported);
        if stream.as_ref().is_some_and(|stream| stream.get_ref().written >= file_bytes)
            && let Some(full) = stream.take()
        {
            bytes += close(full)?;
            rows_in_file = 0;
        }
        let open = match &mut stream {
            Some(open) => open,
            closed => {
                let out = Out::create(unnamed(files))?;
                files += 1;
                closed.insert(StreamWriter::try_new(out, &schema).map_err(encoding(&unnamed(files - 1)))?)
            }
        };
        filled.extend(known.into_iter().map(|(row, tokens)| (files - 1, rows_in_file + row, tokens)));
        rows_in_file += batch.num_rows() as u64;
        open.write(&batch).map_err(encoding(&unnamed(files - 1)))
    })?;
    if stream.is_none() {
        // A split without rows has one file without rows, so that it can be loaded like any other.
        let first = split.files.first().map(|file| file.path.as_path());
        let schema = first.and_then(|path| crate::ingest::inspect_parquet(path, &split.name).ok());
        let schema = schema.and_then(|about| plain_schema(&about.schema)).ok_or_else(|| unknown(&folder))?;
        features = features_of(&schema);
        files = 1;
        stream = Some(StreamWriter::try_new(Out::create(unnamed(0))?, &schema).map_err(encoding(&unnamed(0)))?);
    }
    if let Some(last) = stream {
        bytes += close(last)?;
    }
    let mut names = Vec::with_capacity(files);
    for number in 0..files {
        let name = format!("data-{number:05}-of-{files:05}.arrow");
        let place = folder.join(&name);
        std::fs::rename(unnamed(number), &place).map_err(ExportError::writing(&place))?;
        names.push(name);
    }
    let listed: Vec<Value> = names.iter().map(|name| json!({ "filename": name })).collect();
    let state = json!({
        "_data_files": listed,
        "_fingerprint": fingerprint(input.name, &split.name),
        "_format_columns": null,
        "_format_kwargs": {},
        "_format_type": null,
        "_output_all_columns": false,
        "_split": split.name,
    });
    put_json(folder.join("state.json"), &state)?;
    let about = json!({ "name": split.name, "num_bytes": bytes, "num_examples": exported.rows });
    let info = json!({
        "citation": "",
        "description": format!("The tokenization {} with the tokenizer {}.", input.name, input.tokenizer),
        "features": features,
        "homepage": "",
        "license": "",
        "splits": { split.name.as_str(): about },
    });
    put_json(folder.join("dataset_info.json"), &info)?;
    exported.files = names.into_iter().map(|name| format!("{}/{name}", split.name)).collect();
    let filled = filled.into_iter();
    let filled = filled.map(|(file, row, tokens)| FilledRow { file: exported.files[file].clone(), row, tokens });
    exported.filled_rows = filled.collect();
    Ok(exported)
}

fn unknown(path: &std::path::Path) -> ExportError {
    ExportError::reading(path, "it has a column of a type that is not exported")
}

/// Counts rows and real tokens, with the rows that are `filled` up although no column says so, and their tokens.
fn count(batch: &RecordBatch, ids_column: &str, filled: &[(u64, u64)], exported: &mut ExportedSplit) {
    let ids = batch[ids_column].as_list::<i32>();
    let filling = |&(row, tokens): &(u64, u64)| (ids.value_length(row as usize) as u64).saturating_sub(tokens);
    let all = (ids.value_offsets()[ids.len()] - ids.value_offsets()[0]) as u64;
    let sum = |column: &ArrayRef| {
        let column = column.as_primitive_opt::<arrow::datatypes::Int32Type>()?;
        Some(column.values().iter().map(|&tokens| u64::from(tokens.unsigned_abs())).sum())
    };
    // Packed rows have no such column.
    let told = batch.column_by_name("num_tokens").and_then(sum);
    let tokens = told.unwrap_or_else(|| all - filled.iter().map(filling).sum::<u64>());
    exported.rows += batch.num_rows() as u64;
    exported.documents += batch.num_rows() as u64;
    exported.tokens += tokens;
    exported.pads += all.saturating_sub(tokens);
}

fn close(mut stream: StreamWriter<Out>) -> Result<u64, ExportError> {
    let failed = |error: ArrowError| encoding(std::path::Path::new("the last Arrow file"))(error);
    stream.finish().map_err(failed)?;
    let out = stream.into_inner().map_err(failed)?;
    let bytes = out.written;
    out.finish()?;
    Ok(bytes)
}

/// Arrow wraps what the system says.
fn encoding(path: &std::path::Path) -> impl Fn(ArrowError) -> ExportError + '_ {
    move |error| {
        let source = match error {
            ArrowError::IoError(_, source) => source,
            error => std::io::Error::other(error),
        };
        ExportError::writing(path)(source)
    }
}

/// The types that the library itself gives these columns: lists whose items are called `item`, everything nullable.
fn plain_schema(schema: &SchemaRef) -> Option<SchemaRef> {
    let kind = |kind: &DataType| match kind {
        DataType::List(item) if item.data_type().is_integer() => {
            Some(DataType::List(Arc::new(Field::new("item", item.data_type().clone(), true))))
        }
        kind if kind.is_integer() => Some(kind.clone()),
        _ => None,
    };
    let field = |field: &Arc<Field>| Some(Field::new(field.name(), kind(field.data_type())?, true));
    let fields = schema.fields().iter().map(field).collect::<Option<Fields>>()?;
    let schema = Schema::new(fields);
    let said = json!({ "info": { "features": features_of(&schema) } });
    Some(Arc::new(schema.with_metadata(HashMap::from([("huggingface".to_owned(), said.to_string())]))))
}

/// The columns as the library describes them. Lists go by the name that every release understands.
fn features_of(schema: &Schema) -> Value {
    let value = |kind: &DataType| json!({ "dtype": kind.to_string().to_lowercase(), "_type": "Value" });
    let feature = |field: &Arc<Field>| match field.data_type() {
        DataType::List(item) => json!({ "feature": value(item.data_type()), "_type": "Sequence" }),
        kind => value(kind),
    };
    Value::Object(schema.fields().iter().map(|field| (field.name().clone(), feature(field))).collect::<Map<_, _>>())
}

fn plain(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| match field.data_type() {
        DataType::List(item) => {
            let lists = column.as_list::<i32>();
            let (offsets, values) = (lists.offsets().clone(), lists.values().clone());
            Arc::new(ListArray::new(Arc::clone(item), offsets, values, lists.nulls().cloned())) as ArrayRef
        }
        _ => column.clone(),
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect())
}

/// The same rows have the same one, so that caches of the library are used again.
fn fingerprint(name: &str, split: &str) -> String {
    let digest = Sha256::digest(format!("{name} {split}"));
    crate::checksum::hex(&digest[..8])
}
