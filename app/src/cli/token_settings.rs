//! The settings of token rows, as flags give them.

use anyhow::{Result, anyhow};
use mistudio_core::studio::{Studio, StudioError};
use mistudio_core::tokenize::{
    Cleaning, Layout, PackingMode, PackingSettings, Padding, Problem, SampleFilter, Settings, Share, Side, StopWords,
    TokenizeError, Truncation,
};
use mistudio_core::tokenizer::Tokenizer;

use super::Outcome;
use super::setting_args::{CleanArg, LayoutArg, PackingArg, SettingArgs};
use super::tokens::usage;

/// What flags came to.
pub(super) struct Given {
    /// These settings, not normalized yet: what has a meaning depends on where the texts come from, too.
    pub(super) settings: Settings,
    /// How flags do not go together, each as a sentence that begins with one.
    pub(super) conflicts: Vec<String>,
}

/// The settings of the preset, or the tokenizer's own, changed by what was given on the command line; without a text
/// column.
pub(super) fn settings(studio: &Studio, tokenizer: &Tokenizer, args: &SettingArgs, pairs: bool) -> Result<Given> {
    let begin = match &args.preset {
        Some(name) => studio.preset(name, tokenizer, "")?,
        None => Settings::suggested(tokenizer, ""),
    };
    let pairs = pairs || begin.second_text_column.is_some();
    let mut conflicts = conflicts(args, begin.layout, pairs);
    let settings = changed(begin, args, &mut conflicts)?;
    conflicts.extend(unused(args, &settings));
    Ok(Given { settings, conflicts })
}

impl Given {
    /// Everything that is wrong, said at once: how flags do not go together, and with them what the core finds wrong.
    /// Nothing where nothing is.
    pub(super) fn refusal(conflicts: &[String], problems: &[Problem]) -> Result<Option<Outcome>> {
        if conflicts.is_empty() {
            return if problems.is_empty() { Ok(None) } else { Err(anyhow!(listed(&by_flag(problems)))) };
        }
        let lines = [conflicts, &by_flag(problems)].concat();
        Ok(Some(usage(&if let [only] = &lines[..] { only.clone() } else { listed(&lines) })))
    }
}

fn listed(lines: &[String]) -> String {
    format!("These settings cannot be used:\n{}", lines.join("\n"))
}

/// Settings that cannot be used, one on a line, each by the flag that gives it.
pub(super) fn by_flags(error: StudioError) -> anyhow::Error {
    let StudioError::Tokenize(TokenizeError::Settings(problems)) = &error else { return error.into() };
    anyhow!(listed(&by_flag(problems)))
}

fn by_flag(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| format!("{}: {problem}", flag_of(problem.setting))).collect()
}

/// The flag that gives a setting of the core.
fn flag_of(setting: &str) -> String {
    let flag = match setting {
        "cleaning" => "clean",
        "custom_characters" => "filter-characters",
        "threshold" => "filter-threshold",
        "min_share" => "min-stop-words",
        "max_share" => "max-stop-words",
        "sequence_separator_token" => "separator-token",
        "return_token_type_ids" => "token-type-ids",
        "splits" => "split",
        "disable_concat_sequences" => "one-document-per-row",
        same => return format!("--{}", same.replace('_', "-")),
    };
    format!("--{flag}")
}

/// Which flags do not go together, where the settings to begin with have that layout.
fn conflicts(args: &SettingArgs, begin: Layout, pairs: bool) -> Vec<String> {
    let asked = args.layout.map_or(begin, LayoutArg::layout);
    let mut conflicts = Vec::new();
    if let Some(name) = args.preset.as_ref().filter(|_| asked != begin) {
        let word = word_of(begin);
        conflicts.push(format!(
            "--layout: the preset {name} has --layout {word}; leave out --layout, or say --layout {word}."
        ));
    }
    // With another layout than its own, a preset is what the other flags are held against.
    let layout = if conflicts.is_empty() { asked } else { begin };
    let (rows, windows, packed) = (Layout::RowPerSample, Layout::Windows, Layout::Packed);
    let flags: [(&str, bool, &[Layout]); 14] = [
        ("--stride", args.stride.is_some(), &[windows]),
        ("--padding", args.padding.is_some(), &[rows, windows]),
        ("--padding-side", args.padding_side.is_some(), &[rows, windows]),
        // Of a pair, it says which text is made windows of.
        ("--truncation", args.truncation.is_some(), if pairs { &[rows, windows] } else { &[rows] }),
        ("--truncation-side", args.truncation_side.is_some(), &[rows]),
        ("--no-attention-mask", args.no_attention_mask, &[rows, windows]),
        ("--attention-mask", args.attention_mask, &[rows, windows]),
        ("--token-type-ids", args.token_type_ids, &[rows, windows]),
        ("--no-token-type-ids", args.no_token_type_ids, &[rows, windows]),
        ("--packing", args.packing.is_some(), &[packed]),
        ("--begin-batch-token", args.begin_batch_token.is_some(), &[packed]),
        ("--begin-sequence-token", args.begin_sequence_token.is_some(), &[packed]),
        ("--separator-token", args.separator_token.is_some(), &[packed]),
        ("--one-document-per-row", args.one_document_per_row, &[packed]),
    ];
    let (word, why) = (word_of(layout), why_not(layout));
    let misplaced = flags.iter().filter(|(_, given, layouts)| *given && !layouts.contains(&layout));
    conflicts.extend(misplaced.map(|(flag, ..)| format!("{flag} has no meaning with --layout {word}, which {why}.")));
    if layout == packed && args.one_document_per_row && args.separator_token.is_some() {
        let why = "--separator-token has no meaning with --one-document-per-row: there is nothing to separate.";
        conflicts.push(why.to_owned());
    }
    conflicts
}

/// What a layout does that leaves the flags of the others without a meaning.
fn why_not(layout: Layout) -> &'static str {
    match layout {
        Layout::RowPerSample => "is one row a sample",
        Layout::Windows => "cuts nothing off and packs nothing",
        Layout::Packed => "has rows of one length, without filling or cutting",
    }
}

/// Which flags say nothing with these settings.
fn unused(args: &SettingArgs, settings: &Settings) -> Vec<String> {
    let mut unused = Vec::new();
    if args.filter_threshold.is_some() && !settings.filter.finds_junk() {
        let rules = "--filter, --filter-punctuation or --filter-characters";
        unused.push(format!("--filter-threshold has no meaning where no token is junk; add {rules}."));
    }
    if !args.stop_words.is_empty() && !settings.filter.stop_words.is_on() {
        unused.push("--stop-words has no meaning alone; add --min-stop-words or --max-stop-words.".to_owned());
    }
    let (mode, packs) = (settings.packing.mode, settings.layout == Layout::Packed);
    let no_begin = packs && matches!(mode, PackingMode::TransformerLens | PackingMode::Sparsify);
    let flags = [
        ("--begin-batch-token", packs && mode == PackingMode::Sparsify && args.begin_batch_token.is_some()),
        ("--begin-sequence-token", no_begin && args.begin_sequence_token.is_some()),
        ("--one-document-per-row", no_begin && args.one_document_per_row),
        ("--special-tokens", packs && mode == PackingMode::TransformerLens && args.special_tokens),
    ];
    let name = if mode == PackingMode::Sparsify { "sparsify" } else { "transformerlens" };
    unused.extend(
        flags.into_iter().filter(|(_, is_unused)| *is_unused).map(|(flag, _)| {
            format!("{flag} has no meaning with --packing {name}, which joins samples in its own way.")
        }),
    );
    unused
}

/// Those settings with what was given in their place. What cannot be read is added to what is wrong.
fn changed(mut settings: Settings, args: &SettingArgs, wrong: &mut Vec<String>) -> Result<Settings> {
    settings.layout = args.layout.map_or(settings.layout, LayoutArg::layout);
    if let Some(length) = args.max_length {
        settings.max_length = length as usize;
    }
    if let Some(stride) = args.stride {
        settings.stride = stride as usize;
    }
    if let Some(padding) = &args.padding {
        settings.padding = word::<Padding>(padding)?;
    } else if args.preset.is_none() {
        settings.padding = Padding::default();
    }
    if let Some(truncation) = &args.truncation {
        settings.truncation = word::<Truncation>(truncation)?;
    }
    if let Some(side) = &args.padding_side {
        settings.padding_side = word::<Side>(side)?;
    }
    if let Some(side) = &args.truncation_side {
        settings.truncation_side = word::<Side>(side)?;
    }
    settings.add_special_tokens = (settings.add_special_tokens || args.special_tokens) && !args.no_special_tokens;
    settings.return_attention_mask = (settings.return_attention_mask || args.attention_mask) && !args.no_attention_mask;
    settings.return_token_type_ids = (settings.return_token_type_ids || args.token_type_ids) && !args.no_token_type_ids;
    if let Some(name) = &args.ids_column {
        settings.ids_column.clone_from(name);
    }
    pack(&mut settings.packing, args);
    clean(&mut settings.cleaning, args);
    filter(&mut settings.filter, args, wrong)?;
    Ok(settings)
}

fn pack(packing: &mut PackingSettings, args: &SettingArgs) {
    if let Some(mode) = args.packing {
        packing.mode = match mode {
            PackingArg::Exact => PackingMode::Exact,
            PackingArg::Saelens => PackingMode::SaeLens,
            PackingArg::Transformerlens => PackingMode::TransformerLens,
            PackingArg::Sparsify => PackingMode::Sparsify,
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

fn clean(cleaning: &mut Cleaning, args: &SettingArgs) {
    if args.clean.is_empty() {
        return;
    }
    *cleaning = Cleaning::default();
    for word in &args.clean {
        match word {
            CleanArg::All => *cleaning = Cleaning::all(),
            CleanArg::None => *cleaning = Cleaning::default(),
            CleanArg::Step(step) => cleaning.set(*step, true),
        }
    }
}

fn filter(filter: &mut SampleFilter, args: &SettingArgs, wrong: &mut Vec<String>) -> Result<()> {
    if let Some(mode) = &args.filter {
        filter.mode = word(mode)?;
    }
    if let Some(threshold) = args.filter_threshold {
        filter.threshold = Share::new(threshold);
    }
    filter.remove_all_punctuation |= args.filter_punctuation;
    if let Some(characters) = &args.filter_characters {
        filter.custom_characters.clone_from(characters);
    }
    if let Some(least) = args.min_tokens {
        filter.min_tokens = least;
    }
    let stop_words = &mut filter.stop_words;
    stop_words.min_share = args.min_stop_words.map(Share::new).or(stop_words.min_share);
    stop_words.max_share = args.max_stop_words.map(Share::new).or(stop_words.max_share);
    let mut words = Vec::new();
    let known = wrong.len();
    for path in &args.stop_words {
        match std::fs::read_to_string(path) {
            Ok(text) => words.extend(StopWords::words_in(&text)),
            Err(error) => wrong.push(format!("--stop-words: the file cannot be read: {error}: {}", path.display())),
        }
    }
    // Of a file that cannot be read it is not known that it has no words.
    if !args.stop_words.is_empty() && wrong.len() == known {
        stop_words.words = words;
    }
    Ok(())
}

impl LayoutArg {
    fn layout(self) -> Layout {
        match self {
            Self::Rows => Layout::RowPerSample,
            Self::Windows => Layout::Windows,
            Self::Packed => Layout::Packed,
        }
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

    fn with(settings: Settings, flags: &str) -> Settings {
        changed(settings, &args(flags), &mut Vec::new()).unwrap()
    }

    #[test]
    fn a_flag_of_another_layout_is_refused_with_a_sentence() {
        let none: [&str; 0] = [];
        let said = |flags: &str| conflicts(&args(flags), Layout::RowPerSample, false);
        assert_eq!(said("--padding longest --truncation only_first"), none);
        assert_eq!(said("--layout windows --stride 3 --padding-side left"), none);
        let expected = [
            "--stride has no meaning with --layout rows, which is one row a sample.",
            "--packing has no meaning with --layout rows, which is one row a sample.",
        ];
        assert_eq!(said("--stride 3 --packing exact"), expected);
        let expected = ["--truncation has no meaning with --layout windows, which cuts nothing off and packs nothing."];
        assert_eq!(said("--layout windows --truncation only_first"), expected);
        assert_eq!(conflicts(&args("--layout windows --truncation only_first"), Layout::RowPerSample, true), none);
        assert_eq!(said("--layout packed --one-document-per-row --separator-token eos").len(), 1);
        let preset = |flags: &str| conflicts(&args(flags), Layout::Packed, false);
        assert_eq!(preset("--preset saelens --context-size 64 --separator-token none"), none);
        assert!(preset("--preset saelens --no-attention-mask")[0].starts_with("--no-attention-mask has no meaning"));
        let said = preset("--preset saelens --layout rows --stride 3");
        let expected = "--layout: the preset saelens has --layout packed; leave out --layout, or say --layout packed.";
        assert_eq!((said.len(), said[0].as_str()), (2, expected));
    }

    #[test]
    fn flags_that_would_say_nothing_are_named() {
        let said = |flags: &str| unused(&args(flags), &with(Settings::default(), flags));
        assert!(said("--filter-threshold 0.5")[0].starts_with("--filter-threshold has no meaning"));
        assert!(said("--filter-threshold 0.5 --filter-characters x").is_empty());
        let packed = "--layout packed --packing sparsify --begin-batch-token bos --filter-threshold 0.5";
        assert_eq!(said(packed).len(), 2, "all at once");
        assert_eq!(said("--layout packed --packing transformerlens --one-document-per-row").len(), 1);
        assert!(said("--layout packed --packing transformerlens --begin-batch-token none").is_empty());
    }

    #[test]
    fn what_is_given_takes_the_place_of_the_preset_and_the_rest_stays() {
        let preset = with(
            Settings { stride: 7, add_special_tokens: false, return_attention_mask: false, ..Settings::default() },
            "--clean all --filter strict --min-tokens 3 --padding longest",
        );
        let flags = "--preset p --clean html,nfkc --filter-threshold 0.5 --special-tokens --ids-column tokens";
        let settings = with(preset.clone(), flags);
        let expected = Settings {
            cleaning: serde_json::from_str(r#"["html_tags","nfkc"]"#).unwrap(),
            filter: SampleFilter { threshold: Share::new(0.5), ..preset.filter.clone() },
            add_special_tokens: true,
            ids_column: "tokens".into(),
            ..preset.clone()
        };
        assert_eq!(settings, expected);
        assert!(with(preset, "--preset p --clean none").cleaning.is_off());
        let mut wrong = Vec::new();
        changed(Settings::default(), &args("--stop-words no-such-file"), &mut wrong).unwrap();
        assert!(wrong[0].starts_with("--stop-words: the file cannot be read"), "{wrong:?}");
    }

    #[test]
    fn tokens_are_roles_ids_or_none() {
        let mut packing = PackingSettings::default();
        let flags = "--layout packed --begin-batch-token none --begin-sequence-token 7 --separator-token eos";
        pack(&mut packing, &args(flags));
        let json = serde_json::to_value(&packing).unwrap();
        assert_eq!(json["begin_batch_token"], serde_json::Value::Null);
        assert_eq!((&json["begin_sequence_token"], &json["sequence_separator_token"]), (&7.into(), &"eos".into()));
        let refused = |flag: &[&str]| {
            Cli::try_parse_from([&["mistudio", "preview", "--tokenizer", "t", "x"], flag].concat()).is_err()
        };
        assert!(refused(&["--separator-token", "cls"]) && refused(&["--clean", "xml"]));
    }
}
