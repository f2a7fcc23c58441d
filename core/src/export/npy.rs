//! NumPy arrays.
//!
//! Rows that are all of one length become one array of two dimensions, filling included; where there is a mask, it is a
//! second array of the same shape. Rows of different lengths become one array of all their real tokens, and one of
//! offsets, of which there is one more than rows: row `i` is `tokens[offsets[i]:offsets[i + 1]]`.

use super::destination::Destination;
use super::error::ExportError;
use super::ids::IdType;
use super::out::Out;
use super::read::{TokenRow, rows};
use super::run::{ExportedSplit, Input, NARROW};
use crate::data::{FilledRow, SplitFiles};
use crate::jobs::{Control, Unit};

/// What comes before the numbers, header included. Large enough for any shape, and aligned as the format wants it.
const HEAD: usize = 128;

const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";

/// The type of an array's numbers, as the format names it.
type Descr = &'static str;

/// An array being written, whose shape is known when it is finished.
struct NpyOut {
    out: Out,
    descr: Descr,
}

impl NpyOut {
    fn create(path: std::path::PathBuf, descr: Descr) -> Result<Self, ExportError> {
        let mut out = Out::create(path)?;
        out.write(&[0; HEAD])?;
        Ok(Self { out, descr })
    }

    fn finish(mut self, shape: &[u64]) -> Result<(), ExportError> {
        let shape = match shape {
            [one] => format!("({one},)"),
            several => format!("({})", several.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
        };
        let said = format!("{{'descr': '{}', 'fortran_order': False, 'shape': {shape}, }}", self.descr);
        let mut head = MAGIC.to_vec();
        head.extend(((HEAD - MAGIC.len() - 2) as u16).to_le_bytes());
        head.extend(said.as_bytes());
        head.resize(HEAD - 1, b' ');
        head.push(b'\n');
        self.out.rewrite_head(&head)?;
        self.out.finish()
    }
}

/// Why the rows make no array of two dimensions.
enum Uneven {
    /// They are of different lengths.
    Lengths,
    Failed(ExportError),
}

impl From<ExportError> for Uneven {
    fn from(error: ExportError) -> Self {
        Self::Failed(error)
    }
}

pub(super) fn write(
    input: &Input<'_>,
    split: &SplitFiles,
    destination: &Destination,
    control: &Control,
    notes: &mut Vec<String>,
) -> Result<ExportedSplit, ExportError> {
    let ids = Ids { id_type: IdType::for_vocabulary(input, NARROW, IdType::U32), input, split: &split.name };
    match ids.even(split, destination, control) {
        Ok(exported) => {
            notes.push(format!("{}: every row as it is, filling included.", split.name));
            Ok(exported)
        }
        Err(Uneven::Failed(error)) => Err(error),
        Err(Uneven::Lengths) => {
            // Rows are counted from the beginning again.
            control.phase("Exporting", Unit::Rows, Some(split.rows()));
            notes.push(format!(
                "{}: rows are of different lengths. Their real tokens stand one after the other, filling is left out, and \
                 {}.offsets.npy says where each begins.",
                split.name, split.name
            ));
            ids.uneven(split, destination, control)
        }
    }
}

struct Ids<'a> {
    id_type: IdType,
    input: &'a Input<'a>,
    split: &'a str,
}

impl Ids<'_> {
    fn descr(&self) -> Descr {
        if self.id_type == IdType::U16 { "<u2" } else { "<u4" }
    }

    fn exported(&self) -> ExportedSplit {
        let (split, id_type) = (self.split.to_owned(), self.id_type.name().to_owned());
        ExportedSplit { split, id_type, ..ExportedSplit::default() }
    }

    fn even(&self, split: &SplitFiles, destination: &Destination, control: &Control) -> Result<ExportedSplit, Uneven> {
        let folder = destination.folder();
        let name = |what: &str| format!("{}{what}.npy", self.split);
        let mut tokens = NpyOut::create(folder.join(name("")), self.descr())?;
        let mut mask: Option<NpyOut> = None;
        let mut exported = self.exported();
        let (mut width, mut bytes) = (None, Vec::new());
        let read = rows(self.input, split, control, |row| -> Result<(), Uneven> {
            if *width.get_or_insert(row.ids.len()) != row.ids.len() {
                return Err(Uneven::Lengths);
            }
            self.id_type.bytes(row.ids, &mut bytes, row.number, self.split)?;
            tokens.out.write(&bytes)?;
            if let Some(values) = row.mask {
                let mask = match &mut mask {
                    Some(mask) => mask,
                    none => none.insert(NpyOut::create(folder.join(name(".mask")), "|u1")?),
                };
                bytes.clear();
                bytes.extend(values.iter().map(|&value| value as u8));
                mask.out.write(&bytes)?;
            }
            count(&row, &mut exported);
            exported.pads += (row.ids.len() - row.tokens()) as u64;
            if row.is_filled {
                let (file, tokens) = (name(""), row.tokens() as u64);
                exported.filled_rows.push(FilledRow { file, row: row.number, tokens });
            }
            Ok(())
        });
        if let Err(Uneven::Lengths) = read {
            drop((tokens, mask));
            for path in [folder.join(name("")), folder.join(name(".mask"))].into_iter().filter(|path| path.exists()) {
                std::fs::remove_file(&path).map_err(ExportError::writing(&path))?;
            }
            return Err(Uneven::Lengths);
        }
        read?;
        let shape = [exported.rows, width.unwrap_or(0) as u64];
        tokens.finish(&shape)?;
        exported.files.push(name(""));
        if let Some(mask) = mask {
            mask.finish(&shape)?;
            exported.files.push(name(".mask"));
        }
        Ok(exported)
    }

    fn uneven(
        &self,
        split: &SplitFiles,
        destination: &Destination,
        control: &Control,
    ) -> Result<ExportedSplit, ExportError> {
        let folder = destination.folder();
        let name = |what: &str| format!("{}{what}.npy", self.split);
        let mut tokens = NpyOut::create(folder.join(name("")), self.descr())?;
        let mut offsets = NpyOut::create(folder.join(name(".offsets")), "<u8")?;
        let mut exported = self.exported();
        let (mut ids, mut bytes) = (Vec::new(), Vec::new());
        rows(self.input, split, control, |row| -> Result<(), ExportError> {
            offsets.out.write(&exported.tokens.to_le_bytes())?;
            ids.clear();
            row.real(self.input.pads_left, &mut ids);
            self.id_type.bytes(&ids, &mut bytes, row.number, self.split)?;
            tokens.out.write(&bytes)?;
            count(&row, &mut exported);
            Ok(())
        })?;
        offsets.out.write(&exported.tokens.to_le_bytes())?;
        tokens.finish(&[exported.tokens])?;
        offsets.finish(&[exported.rows + 1])?;
        exported.files = vec![name(""), name(".offsets")];
        Ok(exported)
    }
}

/// Here every row stands for itself.
fn count(row: &TokenRow<'_>, exported: &mut ExportedSplit) {
    exported.rows += 1;
    exported.documents += 1;
    exported.tokens += row.tokens() as u64;
}
