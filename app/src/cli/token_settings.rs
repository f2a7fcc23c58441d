//! The settings of token rows, as flags give them.

use anyhow::{Context as _, Result, anyhow};
use mistudio_core::studio::{Studio, StudioError};
use mistudio_core::tokenize::{
    Cleaning, Layout, PackingMode, PackingSettings, Padding, SampleFilter, Settings, Share, Side, StopWords,
    TokenizeError, Truncation,
};
use mistudio_core::tokenizer::Tokenizer;

use super::setting_args::{CleanArg, LayoutArg, PackingArg, SettingArgs};

/// What flags came to.
pub(super) enum Given {
    /// These settings, not normalized yet: what has a meaning depends on where the texts come from, too.
    Settings(Box<Settings>),
    /// They do not go together, and why, as a sentence.
    Conflict(String),
}

/// The settings of the preset, or the tokenizer's own, changed by what was given on the command line; without a text
/// column.
pub(super) fn settings(studio: &Studio, tokenizer: &Tokenizer, args: &SettingArgs, pairs: bool) -> Result<Given> {
    let begin = match &args.preset {
        Some(name) => studio.preset(name, tokenizer, "")?,
        None => Settings::suggested(tokenizer, ""),
    };
    let pairs = pairs || begin.second_text_column.is_some();
    if let Some(why) = conflict(args, begin.layout, pairs) {
        return Ok(Given::Conflict(why));
    }
    let settings = changed(begin, args)?;
    Ok(match unused(args, &settings) {
        Some(why) => Given::Conflict(why),
        None => Given::Settings(Box::new(settings)),
    })
}

/// Settings that cannot be used, one on a line, each by the flag that gives it.
pub(super) fn by_flags(error: StudioError) -> anyhow::Error {
    let StudioError::Tokenize(TokenizeError::Settings(problems)) = &error else { return error.into() };
    let lines: Vec<String> =
        problems.iter().map(|problem| format!("{}: {problem}", flag_of(problem.setting))).collect();
    anyhow!("These settings cannot be used:\n{}", lines.join("\n"))
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
        "splits" => "split",
        "disable_concat_sequences" => "one-document-per-row",
        same => return format!("--{}", same.replace('_', "-")),
    };
    format!("--{flag}")
}

/// Why these flags do not go together, where the settings to begin with have that layout.
fn conflict(args: &SettingArgs, begin: Layout, pairs: bool) -> Option<String> {
    let layout = args.layout.map_or(begin, LayoutArg::layout);
    if let Some(name) = args.preset.as_ref().filter(|_| layout != begin) {
        let word = word_of(begin);
        return Some(format!("The preset {name} has --layout {word}; leave out --layout, or say --layout {word}."));
    }
    let (rows, windows, packed) = (Layout::RowPerSample, Layout::Windows, Layout::Packed);
    let flags: [(&str, bool, &[Layout]); 12] = [
        ("--stride", args.stride.is_some(), &[windows]),
        ("--padding", args.padding.is_some(), &[rows, windows]),
        ("--padding-side", args.padding_side.is_some(), &[rows, windows]),
        // Of a pair, it says which text is made windows of.
        ("--truncation", args.truncation.is_some(), if pairs { &[rows, windows] } else { &[rows] }),
        ("--truncation-side", args.truncation_side.is_some(), &[rows]),
        ("--no-attention-mask", args.no_attention_mask, &[rows, windows]),
        ("--attention-mask", args.attention_mask, &[rows, windows]),
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

/// Which flags say nothing with these settings, where any do.
fn unused(args: &SettingArgs, settings: &Settings) -> Option<String> {
    if args.filter_threshold.is_some() && !settings.filter.finds_junk() {
        let rules = "--filter, --filter-punctuation or --filter-characters";
        return Some(format!("--filter-threshold has no meaning where no token is junk; add {rules}."));
    }
    if !args.stop_words.is_empty() && !settings.filter.stop_words.is_on() {
        return Some("--stop-words has no meaning alone; add --min-stop-words or --max-stop-words.".to_owned());
    }
    let (mode, packs) = (settings.packing.mode, settings.layout == Layout::Packed);
    let no_begin = packs && matches!(mode, PackingMode::TransformerLens | PackingMode::Sparsify);
    let flags = [
        ("--begin-batch-token", packs && mode == PackingMode::Sparsify && args.begin_batch_token.is_some()),
        ("--begin-sequence-token", no_begin && args.begin_sequence_token.is_some()),
        ("--one-document-per-row", no_begin && args.one_document_per_row),
        ("--special-tokens", packs && mode == PackingMode::TransformerLens && args.special_tokens),
    ];
    let (flag, _) = flags.into_iter().find(|(_, is_unused)| *is_unused)?;
    let name = if mode == PackingMode::Sparsify { "sparsify" } else { "transformerlens" };
    Some(format!("{flag} has no meaning with --packing {name}, which joins samples in its own way."))
}

/// Those settings with what was given in their place.
fn changed(mut settings: Settings, args: &SettingArgs) -> Result<Settings> {
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
    if let Some(name) = &args.ids_column {
        settings.ids_column.clone_from(name);
    }
    pack(&mut settings.packing, args);
    clean(&mut settings.cleaning, args);
    filter(&mut settings.filter, args)?;
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

fn filter(filter: &mut SampleFilter, args: &SettingArgs) -> Result<()> {
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
    if !args.stop_words.is_empty() {
        stop_words.words.clear();
    }
    for path in &args.stop_words {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("The file of stop words cannot be read: {}", path.display()))?;
        stop_words.words.extend(StopWords::words_in(&text));
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

    #[test]
    fn a_flag_of_another_layout_is_refused_with_a_sentence() {
        let said = |flags: &str| conflict(&args(flags), Layout::RowPerSample, false);
        assert_eq!(said("--padding longest --truncation only_first"), None);
        assert_eq!(said("--layout windows --stride 3 --padding-side left"), None);
        let expected = "--stride, --packing have no meaning with --layout rows, which is one row a sample.";
        assert_eq!(said("--stride 3 --packing exact").unwrap(), expected);
        let expected = "--truncation has no meaning with --layout windows, which cuts nothing off and packs nothing.";
        assert_eq!(said("--layout windows --truncation only_first").unwrap(), expected);
        assert_eq!(conflict(&args("--layout windows --truncation only_first"), Layout::RowPerSample, true), None);
        assert!(said("--layout packed --one-document-per-row --separator-token eos").is_some());
        let preset = |flags: &str| conflict(&args(flags), Layout::Packed, false);
        assert_eq!(preset("--preset saelens --context-size 64 --separator-token none"), None);
        assert!(
            preset("--preset saelens --no-attention-mask").unwrap().starts_with("--no-attention-mask has no meaning")
        );
        let expected = "The preset saelens has --layout packed; leave out --layout, or say --layout packed.";
        assert_eq!(preset("--preset saelens --layout rows").unwrap(), expected);
    }

    #[test]
    fn flags_that_would_say_nothing_are_named() {
        let said = |flags: &str| unused(&args(flags), &changed(Settings::default(), &args(flags)).unwrap());
        assert!(said("--filter-threshold 0.5").unwrap().starts_with("--filter-threshold has no meaning"));
        assert_eq!(said("--filter-threshold 0.5 --filter-characters x"), None);
        assert!(said("--layout packed --packing sparsify --begin-batch-token bos").is_some());
        assert!(said("--layout packed --packing transformerlens --one-document-per-row").is_some());
        assert_eq!(said("--layout packed --packing transformerlens --begin-batch-token none"), None);
    }

    #[test]
    fn what_is_given_takes_the_place_of_the_preset_and_the_rest_stays() {
        let preset = changed(
            Settings { stride: 7, add_special_tokens: false, return_attention_mask: false, ..Settings::default() },
            &args("--clean all --filter strict --min-tokens 3 --padding longest"),
        );
        let preset = preset.unwrap();
        let flags = "--preset p --clean html,nfkc --filter-threshold 0.5 --special-tokens --ids-column tokens";
        let settings = changed(preset.clone(), &args(flags)).unwrap();
        let expected = Settings {
            cleaning: serde_json::from_str(r#"["html_tags","nfkc"]"#).unwrap(),
            filter: SampleFilter { threshold: Share::new(0.5), ..preset.filter.clone() },
            add_special_tokens: true,
            ids_column: "tokens".into(),
            ..preset.clone()
        };
        assert_eq!(settings, expected);
        assert!(changed(preset, &args("--preset p --clean none")).unwrap().cleaning.is_off());
        assert!(changed(Settings::default(), &args("--stop-words no-such-file")).is_err());
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
