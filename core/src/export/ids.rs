//! Ids as bytes, in the width that holds their vocabulary.

use super::error::ExportError;
use super::run::Input;

/// How ids are written, always with the lowest byte first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdType {
    U16,
    U32,
    I32,
}

impl IdType {
    /// 16 bits where every id is below `limit`, else `wide`.
    pub(super) fn for_vocabulary(input: &Input<'_>, limit: u64, wide: Self) -> Self {
        if input.id_limit.is_some_and(|ids| ids <= limit) { Self::U16 } else { wide }
    }

    /// As NumPy calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
        }
    }

    /// Bytes of an id.
    pub(super) fn width(self) -> u64 {
        match self {
            Self::U16 => 2,
            Self::U32 | Self::I32 => 4,
        }
    }

    /// Puts the ids of a row of `split` into `into`, which is emptied first.
    pub(super) fn bytes(self, ids: &[i32], into: &mut Vec<u8>, row: u64, split: &str) -> Result<(), ExportError> {
        into.clear();
        let beyond = |id: i32| {
            let reason = format!("id {id} does not fit into {}, which holds the vocabulary", self.name());
            ExportError::Row { split: split.to_owned(), row, reason }
        };
        for &id in ids {
            match self {
                Self::U16 => into.extend(u16::try_from(id).map_err(|_| beyond(id))?.to_le_bytes()),
                Self::U32 => into.extend(u32::try_from(id).map_err(|_| beyond(id))?.to_le_bytes()),
                Self::I32 => into.extend(id.to_le_bytes()),
            }
        }
        Ok(())
    }
}
