//! The settings of token rows, as flags give them.

use anyhow::Result;
use mistudio_core::catalog::TokenizerRecord;
use mistudio_core::studio::Studio;
use mistudio_core::tokenize::{Layout, PackingMode, PackingSettings, Padding, Settings, Side, Truncation};

use super::setting_args::{LayoutArg, PackingArg, Preset, SettingArgs};

/// Why these flags do not go together, as a sentence.
pub(super) fn conflict(args: &SettingArgs, pairs: bool) -> Option<String> {
    let layout = layout(args);
    if args.preset.is_some() && layout != Layout::Packed {
        return Some("--preset saelens makes packed rows; leave out --layout, or say --layout packed.".to_owned());
    }
    let (rows, windows, packed) = (Layout::RowPerSample, Layout::Windows, Layout::Packed);
    let flags: [(&str, bool, &[Layout]); 10] = [
        ("--stride", args.stride.is_some(), &[windows]),
        ("--padding", args.padding.is_some(), &[rows, windows]),
        ("--padding-side", args.padding_side.is_some(), &[rows, windows]),
        // Of a pair, it says which text is made windows of.
        ("--truncation", args.truncation.is_some(), if pairs { &[rows, windows] } else { &[rows] }),
        ("--no-attention-mask", args.no_attention_mask, &[rows, windows]),
        ("--packing", args.packing.is_some(), &[packed]),
        ("--begin-batch-token", args.begin_batch_token.is_some(), &[packed]),
        ("--begin-sequence-token", args.begin_sequence_token.is_some(), &[packed]),
        ("--separator-token", args.separator_token.is_some(), &[packed]),
        ("--one-document-per-row", args.one_document_per_row, &[packed]),
    ];
    let misplaced: Vec<&str> = flags
        .iter()
        .filter(|(_, given, layouts)| *given && !layouts.contains(&layout))
        .map(|(flag, ..)| *flag)
        .collect();
    if misplaced.is_empty() {
        return (args.one_document_per_row && args.separator_token.is_some()).then(|| {
            "With --one-document-per-row there is nothing to separate; leave out --separator-token.".to_owned()
        });
    }
    let (flags, word) = (misplaced.join(", "), word_of(layout));
    let why = match layout {
        Layout::RowPerSample => "is one row a sample",
        Layout::Windows => "cuts nothing off and packs nothing",
        Layout::Packed => "has rows of one length, without filling or cutting",
    };
    let verb = if misplaced.len() == 1 { "has" } else { "have" };
    Some(format!("{flags} {verb} no meaning with --layout {word}, which {why}."))
}

/// The tokenizer's own settings, changed by what was given on the command line; without a text column.
pub(super) fn settings(studio: &Studio, record: &TokenizerRecord, args: &SettingArgs) -> Result<Settings> {
    let tokenizer = studio.open_tokenizer(record)?;
    let mut settings = match args.preset {
        Some(Preset::Saelens) => Settings::saelens(""),
        None => Settings::suggested(&tokenizer, ""),
    };
    settings.layout = layout(args);
    if let Some(length) = args.max_length {
        settings.max_length = length as usize;
    }
    settings.stride = args.stride.unwrap_or(0) as usize;
    settings.padding = args.padding.as_deref().map(word::<Padding>).transpose()?.unwrap_or_default();
    settings.truncation = args.truncation.as_deref().map(word::<Truncation>).transpose()?.unwrap_or_default();
    if let Some(side) = &args.padding_side {
        settings.padding_side = word::<Side>(side)?;
    }
    settings.add_special_tokens = !args.no_special_tokens;
    settings.return_attention_mask = !args.no_attention_mask;
    pack(&mut settings.packing, args);
    // Not normalized yet: what has a meaning depends on where the texts come from, too.
    Ok(settings)
}

fn pack(packing: &mut PackingSettings, args: &SettingArgs) {
    if let Some(mode) = args.packing {
        packing.mode = match mode {
            PackingArg::Exact => PackingMode::Exact,
            PackingArg::Saelens => PackingMode::SaeLens,
        };
    }
    let given = [
        (&mut packing.begin_batch_token, args.begin_batch_token),
        (&mut packing.begin_sequence_token, args.begin_sequence_token),
        (&mut packing.sequence_separator_token, args.separator_token),
    ];
    for (setting, given) in given {
        if let Some(token) = given {
            *setting = token.0;
        }
    }
    packing.disable_concat_sequences |= args.one_document_per_row;
}

/// The layout asked for; that of the preset where none is named.
fn layout(args: &SettingArgs) -> Layout {
    match (args.layout, args.preset) {
        (Some(LayoutArg::Rows), _) | (None, None) => Layout::RowPerSample,
        (Some(LayoutArg::Windows), _) => Layout::Windows,
        (Some(LayoutArg::Packed), _) | (None, Some(Preset::Saelens)) => Layout::Packed,
    }
}

fn word_of(layout: Layout) -> &'static str {
    match layout {
        Layout::RowPerSample => "rows",
        Layout::Windows => "windows",
        Layout::Packed => "packed",
    }
}

/// One of the words by which settings are stored; clap has checked that it is one.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    Ok(serde_json::from_value(serde_json::Value::String(text.to_owned()))?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::{Cli, Command};

    fn args(flags: &str) -> SettingArgs {
        let words = ["mistudio", "preview", "--tokenizer", "t", "text"].into_iter().chain(flags.split_whitespace());
        match Cli::try_parse_from(words).unwrap().command {
            Some(Command::Preview(args)) => args.settings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flag_of_another_layout_is_refused_with_a_sentence() {
        let said = |flags: &str| conflict(&args(flags), false);
        assert_eq!(said("--padding longest --truncation only_first"), None);
        assert_eq!(said("--layout windows --stride 3 --padding-side left"), None);
        assert_eq!(said("--preset saelens --context-size 64 --separator-token none"), None);
        let expected = "--stride, --packing have no meaning with --layout rows, which is one row a sample.";
        assert_eq!(said("--stride 3 --packing exact").unwrap(), expected);
        let expected = "--truncation has no meaning with --layout windows, which cuts nothing off and packs nothing.";
        assert_eq!(said("--layout windows --truncation only_first").unwrap(), expected);
        assert_eq!(conflict(&args("--layout windows --truncation only_first"), true), None);
        assert!(
            said("--preset saelens --no-attention-mask").unwrap().starts_with("--no-attention-mask has no meaning")
        );
        assert!(said("--preset saelens --layout rows").unwrap().starts_with("--preset saelens makes packed rows"));
        assert!(said("--layout packed --one-document-per-row --separator-token eos").is_some());
    }

    #[test]
    fn tokens_are_roles_ids_or_none() {
        let mut packing = PackingSettings::default();
        let flags = "--layout packed --begin-batch-token none --begin-sequence-token 7 --separator-token eos";
        pack(&mut packing, &args(flags));
        let json = serde_json::to_value(&packing).unwrap();
        assert_eq!(json["begin_batch_token"], serde_json::Value::Null);
        assert_eq!((&json["begin_sequence_token"], &json["sequence_separator_token"]), (&7.into(), &"eos".into()));
        assert!(
            Cli::try_parse_from(["mistudio", "preview", "--tokenizer", "t", "x", "--separator-token", "cls"]).is_err()
        );
    }
}
