//! How samples become rows, as the form has it.

use crate::window::widgets::Choice;

/// How samples become rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RowLayout {
    /// One row a sample.
    #[default]
    PerSample,
    /// A long sample becomes several rows.
    Windows,
    /// Samples one after the other in rows of one length.
    Packed,
}

impl Choice for RowLayout {
    const ALL: &'static [Self] = &[Self::PerSample, Self::Windows, Self::Packed];

    fn label(self) -> &'static str {
        match self {
            Self::PerSample => "One Row per Sample",
            Self::Windows => "Split Long Samples (windows with stride)",
            Self::Packed => "Packed Contexts (fixed length)",
        }
    }
}

/// Whose packed rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PackingMode {
    /// Without losses.
    #[default]
    Exact,
    /// As SAELens makes them.
    SaeLens,
}

impl Choice for PackingMode {
    const ALL: &'static [Self] = &[Self::Exact, Self::SaeLens];

    fn label(self) -> &'static str {
        match self {
            Self::Exact => "Exact (only a split's last row is dropped)",
            Self::SaeLens => "SAELens (as its PretokenizeRunner)",
        }
    }
}

/// A token that packing adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AddedToken {
    /// None.
    #[default]
    None,
    /// The beginning-of-sequence token.
    Bos,
    /// The end-of-sequence token.
    Eos,
    /// The separator.
    Sep,
}

impl Choice for AddedToken {
    const ALL: &'static [Self] = &[Self::None, Self::Bos, Self::Eos, Self::Sep];

    fn label(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bos => "Beginning of Sequence (bos)",
            Self::Eos => "End of Sequence (eos)",
            Self::Sep => "Separator (sep)",
        }
    }
}

/// How samples are put together into packed rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Packing {
    /// Whose rows.
    pub mode: PackingMode,
    /// Begins every row.
    pub begin_row: AddedToken,
    /// Stands before every sample.
    pub begin_sample: AddedToken,
    /// Stands between samples.
    pub separator: AddedToken,
    /// Whether each row is one sample's beginning.
    pub one_sample_a_row: bool,
}

impl Default for Packing {
    fn default() -> Self {
        Self {
            mode: PackingMode::default(),
            begin_row: AddedToken::Bos,
            begin_sample: AddedToken::None,
            separator: AddedToken::Bos,
            one_sample_a_row: false,
        }
    }
}
