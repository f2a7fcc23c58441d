//! The flags of preset.

use clap::{Args, Subcommand};

use super::setting_args::SettingArgs;

#[derive(Debug, Args)]
pub(super) struct PresetArgs {
    #[command(subcommand)]
    pub(super) action: PresetAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum PresetAction {
    /// List the presets, built in and saved.
    List,
    /// Print the settings of one.
    Show(PresetShowArgs),
    /// Save settings under a name.
    Save(Box<PresetSaveArgs>),
    /// Remove a saved one.
    Rm(PresetRmArgs),
}

#[derive(Debug, Args)]
pub(super) struct PresetShowArgs {
    /// Its name.
    pub(super) name: String,
    /// The tokenizer to show a built-in one for.
    #[arg(long)]
    pub(super) tokenizer: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct PresetSaveArgs {
    /// What to call it.
    pub(super) name: String,
    /// The tokenizer whose own settings stand where nothing is given.
    #[arg(long)]
    pub(super) tokenizer: String,
    #[command(flatten)]
    pub(super) settings: SettingArgs,
    /// Replace the one of that name.
    #[arg(long)]
    pub(super) overwrite: bool,
}

#[derive(Debug, Args)]
pub(super) struct PresetRmArgs {
    /// Its name.
    pub(super) name: String,
}
