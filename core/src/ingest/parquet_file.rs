//! Parquet files that are used as they are: checked by their footer, then linked, copied or left where they are.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use super::error::IngestError;
use super::leftovers::{PREFIX, SUFFIX};
use crate::jobs::{Control, Unit};

/// What the footer of a Parquet file says.
#[derive(Debug, Clone, PartialEq)]
pub struct ParquetInfo {
    /// Rows in the file.
    pub rows: u64,
    /// Row groups in the file.
    pub row_groups: usize,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its columns.
    pub schema: SchemaRef,
}

/// Where a Parquet file is to be used from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// From the workspace: hard-linked where the file system allows, else copied.
    #[default]
    Workspace,
    /// From where it is; the workspace then needs that place too.
    Reference,
}

/// How a Parquet file came to be where it is used from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// Another name for the same bytes: no disk space was used.
    Linked,
    /// A copy of its own.
    Copied,
    /// Left in place.
    Referenced,
}

/// Reads the footer of a Parquet file, which messages call `name`, and checks that the rows it promises are inside.
pub fn inspect_parquet(path: &Path, name: &str) -> Result<ParquetInfo, IngestError> {
    let reading = |source| IngestError::reading(path, source);
    let damaged = |reason: String| IngestError::DamagedParquet { name: name.to_owned(), reason };
    let mut file = File::open(path).map_err(reading)?;
    let bytes = file.metadata().map_err(reading)?.len();
    if bytes == 0 {
        return Err(IngestError::Empty { name: name.to_owned() });
    }
    let mut magic = Vec::with_capacity(4);
    Read::by_ref(&mut file).take(4).read_to_end(&mut magic).map_err(reading)?;
    if magic != *b"PAR1" {
        return Err(damaged("it does not begin as a Parquet file does".to_owned()));
    }
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new());
    let metadata = metadata.map_err(|error| damaged(format!("its footer cannot be read ({error})")))?;
    let parquet = metadata.metadata();
    let mut rows = 0;
    for group in parquet.row_groups() {
        rows +=
            u64::try_from(group.num_rows()).map_err(|_| damaged("a row group has fewer than no rows".to_owned()))?;
        for column in group.columns() {
            let (start, length) = column.byte_range();
            if start.saturating_add(length) > bytes {
                return Err(damaged("its footer promises more data than the file holds".to_owned()));
            }
        }
    }
    Ok(ParquetInfo { rows, row_groups: parquet.num_row_groups(), bytes, schema: metadata.schema().clone() })
}

/// Checks that a file has the columns of the first one: the same names and types, in any order.
pub fn check_same_columns(first: (&str, &SchemaRef), other: (&str, &SchemaRef)) -> Result<(), IngestError> {
    let differs = |detail: String| {
        Err(IngestError::SchemaDiffers { name: other.0.to_owned(), first: first.0.to_owned(), detail })
    };
    for field in first.1.fields() {
        match other.1.field_with_name(field.name()) {
            Err(_) => return differs(format!("it has no column {:?}", field.name())),
            Ok(found) if found.data_type() != field.data_type() => {
                let (is, expected) =
                    (super::schema::type_label(found.data_type()), super::schema::type_label(field.data_type()));
                return differs(format!("its column {:?} is {is}, not {expected}", field.name()));
            }
            Ok(_) => {}
        }
    }
    match other.1.fields().iter().find(|field| first.1.field_with_name(field.name()).is_err()) {
        Some(more) => differs(format!("it has a column {:?} more", more.name())),
        None => Ok(()),
    }
}

/// Brings a Parquet file to `dest`, or leaves it. What exists at `dest` is replaced only when the new file is
/// complete. Progress is in bytes; a stop leaves nothing behind.
pub fn place_parquet(path: &Path, dest: &Path, placement: Placement, control: &Control) -> Result<Placed, IngestError> {
    if placement == Placement::Reference {
        return Ok(Placed::Referenced);
    }
    let folder = dest.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    fs::create_dir_all(&folder).map_err(|source| IngestError::writing(&folder, source))?;
    let total = fs::metadata(path).map_err(|source| IngestError::reading(path, source))?.len();
    control.phase("Copying", Unit::Bytes, Some(total));
    control.check()?;
    // A link to a link would break with it, so what the name stands for is linked.
    let real = fs::canonicalize(path).map_err(|source| IngestError::reading(path, source))?;
    if !dest.exists() && fs::hard_link(&real, dest).is_ok() {
        control.set_done(total);
        return Ok(Placed::Linked);
    }
    copy(&real, dest, &folder, control)?;
    Ok(Placed::Copied)
}

fn copy(path: &Path, dest: &Path, folder: &Path, control: &Control) -> Result<(), IngestError> {
    let writing = |source| IngestError::writing(dest, source);
    let mut from = File::open(path).map_err(|source| IngestError::reading(path, source))?;
    let mut to = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(folder).map_err(writing)?;
    let mut piece = vec![0; 1 << 20];
    loop {
        control.check()?;
        let count = from.read(&mut piece).map_err(|source| IngestError::reading(path, source))?;
        if count == 0 {
            break;
        }
        to.write_all(&piece[..count]).map_err(writing)?;
        control.add_done(count as u64);
    }
    let permissions = from.metadata().map_err(|source| IngestError::reading(path, source))?.permissions();
    to.as_file().set_permissions(permissions).map_err(writing)?;
    to.as_file().sync_all().map_err(writing)?;
    to.persist(dest).map_err(|error| writing(error.error))?;
    super::writer::sync_folder(folder)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, RecordBatch, StringArray};
    use arrow::datatypes::DataType::{Int64, Utf8};
    use parquet::arrow::ArrowWriter;

    use super::*;
    use crate::jobs::{Stop, control};

    fn file(folder: &Path) -> PathBuf {
        let path = folder.join("a.parquet");
        let ids = Arc::new(Int64Array::from_iter_values(0..1000)) as _;
        let texts = Arc::new(StringArray::from_iter_values((0..1000).map(|id| format!("text {id}")))) as _;
        let rows = RecordBatch::try_from_iter([("id", ids), ("text", texts)]).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), rows.schema(), None).unwrap();
        writer.write(&rows).unwrap();
        writer.close().unwrap();
        path
    }

    #[test]
    fn the_footer_says_rows_and_columns() {
        let folder = tempfile::tempdir().unwrap();
        let info = inspect_parquet(&file(folder.path()), "a.parquet").unwrap();
        assert_eq!((info.rows, info.row_groups, info.schema.fields().len()), (1000, 1, 2));
    }

    #[test]
    fn a_parquet_file_cut_short_anywhere_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path());
        let whole = fs::read(&path).unwrap();
        for kept in [2, 4, 100, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..kept]).unwrap();
            let error = inspect_parquet(&path, "a.parquet").unwrap_err().to_string();
            assert!(error.starts_with("a.parquet is not a complete Parquet file: "), "{kept}: {error}");
        }
        // The end is there but the middle is missing.
        fs::write(&path, [&whole[..4], &whole[whole.len() / 2..]].concat()).unwrap();
        assert!(matches!(inspect_parquet(&path, "a.parquet"), Err(IngestError::DamagedParquet { .. })));
        fs::write(&path, b"").unwrap();
        assert!(matches!(inspect_parquet(&path, "a.parquet"), Err(IngestError::Empty { .. })));
    }

    #[test]
    fn a_file_is_linked_where_possible_and_else_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path());
        let dest = folder.path().join("data/train.parquet");
        let (control, handle) = control();
        assert_eq!(place_parquet(&path, &dest, Placement::Workspace, &control).unwrap(), Placed::Linked);
        // What is there already cannot be linked over; it is replaced by a copy.
        assert_eq!(place_parquet(&path, &dest, Placement::Workspace, &control).unwrap(), Placed::Copied);
        assert_eq!(handle.report().fraction(), Some(1.0));
        assert_eq!(fs::read(&path).unwrap(), fs::read(&dest).unwrap());
        assert_eq!(place_parquet(&path, &dest, Placement::Reference, &control).unwrap(), Placed::Referenced);
        handle.stop(Stop::Cancel);
        assert!(matches!(place_parquet(&path, &dest, Placement::Workspace, &control), Err(IngestError::Stopped(_))));
        assert_eq!(fs::read_dir(folder.path().join("data")).unwrap().count(), 1);
    }

    #[test]
    fn the_first_difference_between_columns_is_named() {
        let schema = |columns: &[(&str, arrow::datatypes::DataType)]| -> SchemaRef {
            let fields = columns.iter().map(|(name, kind)| arrow::datatypes::Field::new(*name, kind.clone(), true));
            Arc::new(arrow::datatypes::Schema::new(fields.collect::<Vec<_>>()))
        };
        let first = schema(&[("id", Int64), ("text", Utf8)]);
        let other = schema(&[("text", Utf8), ("id", Utf8)]);
        let error = check_same_columns(("a.parquet", &first), ("b.parquet", &other)).unwrap_err().to_string();
        assert!(
            error.starts_with("b.parquet does not fit a.parquet: its column \"id\" is string, not int64."),
            "{error}"
        );
        let swapped = schema(&[("text", Utf8), ("id", Int64)]);
        assert!(check_same_columns(("a", &first), ("b", &swapped)).is_ok());
    }
}
