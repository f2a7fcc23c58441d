//! What is wrong with settings, all of it at once.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation;

use super::filter::{MOST_CUSTOM_CHARACTERS, MOST_STOP_WORDS};
use super::{Conversation, Layout, MAX_LENGTH, PackingMode, Padding, Settings, Share, StopWords, Truncation};
use crate::data::DatasetFiles;
use crate::tokenize::packing::Packing;
use crate::tokenize::source::Columns;
use crate::tokenizer::Tokenizer;
use crate::units::{count, counted};

/// One thing that is wrong with the settings, as a sentence, and the setting it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The setting's name as in [`Settings`] or [`PackingSettings`](super::PackingSettings).
    pub setting: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Settings {
    /// Everything that is wrong with these settings for this tokenizer and, where given, these files. What has no
    /// meaning in their layout is not looked at.
    pub fn problems(&self, tokenizer: &Tokenizer, files: Option<&DatasetFiles>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !(1..=MAX_LENGTH).contains(&self.max_length) {
            problems.push(about("max_length", format!("max_length must be 1 to {}", count(MAX_LENGTH as u64))));
        }
        match self.layout {
            Layout::RowPerSample => {
                self.row_problems(tokenizer, &mut problems);
                if self.truncation == Truncation::OnlySecond && self.second_text_column.is_none() {
                    let message = "only_second cuts the second text of a pair, and there is one text column; choose longest_first or only_first, or a second text column";
                    problems.push(about("truncation", message));
                }
            }
            Layout::Windows => {
                self.row_problems(tokenizer, &mut problems);
                self.stride_problems(tokenizer, &mut problems);
            }
            Layout::Packed => self.packing_problems(tokenizer, &mut problems),
        }
        self.source_problems(tokenizer, &mut problems);
        if self.text_column.is_empty() {
            problems.push(about("text_column", "choose the column that holds the texts"));
        } else if let Some(files) = files {
            self.file_problems(files, &mut problems);
        }
        for (place, split) in self.splits.iter().enumerate() {
            if self.splits[..place].contains(split) {
                problems.push(about("splits", format!("the split \"{split}\" is chosen twice")));
            } else if files.is_some_and(|files| files.split(split).is_none()) {
                problems.push(about("splits", format!("the dataset has no split \"{split}\"")));
            }
        }
        self.filter_problems(&mut problems);
        self.column_problems(&mut problems);
        problems
    }

    /// What is wrong with the columns in the files; one file of each split is enough to see it.
    fn file_problems(&self, files: &DatasetFiles, problems: &mut Vec<Problem>) {
        // Where no split is left of those that are named, which is said besides, all splits tell about the columns.
        let is_any = files.splits.iter().any(|split| self.wants(&split.name));
        let wanted = files.splits.iter().filter(|split| self.wants(&split.name) || !is_any);
        let faults = wanted.filter_map(|split| split.files.first()).flat_map(|file| Columns::of(self).faults(file));
        for (setting, message) in faults {
            let problem = about(setting, message);
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }

    fn filter_problems(&self, problems: &mut Vec<Problem>) {
        let filter = &self.filter;
        let mut is_share = |setting: &'static str, share: Option<Share>| {
            if let Some(share) = share.filter(|share| !share.is_valid()) {
                let message = format!("{setting} is a share from 0 to 1; it is {share}");
                problems.push(about(setting, message));
            }
        };
        if filter.finds_junk() {
            is_share("threshold", Some(filter.threshold));
        }
        let StopWords { min_share, max_share, words } = &filter.stop_words;
        is_share("min_share", *min_share);
        is_share("max_share", *max_share);
        let characters = filter.custom_characters.chars().count();
        if characters > MOST_CUSTOM_CHARACTERS {
            let (most, given) = (count(MOST_CUSTOM_CHARACTERS as u64), count(characters as u64));
            let message = format!("custom_characters holds at most {most} characters; there are {given}");
            problems.push(about("custom_characters", message));
        }
        if !filter.stop_words.is_on() {
            return;
        }
        if let (Some(least), Some(most)) = (min_share, max_share)
            && least.value() > most.value()
        {
            let message = format!("min_share, {least}, is above max_share, {most}: no sample would be left");
            problems.push(about("min_share", message));
        }
        if words.is_empty() {
            problems.push(about("stop_words", "give at least one stop word, or no share of them"));
        }
        if words.len() > MOST_STOP_WORDS {
            let (most, given) = (count(MOST_STOP_WORDS as u64), count(words.len() as u64));
            problems.push(about("stop_words", format!("there are at most {most} stop words; the list has {given}")));
        }
        // One is enough to see what is wrong with a list.
        if let Some(word) = words.iter().find(|word| !word.unicode_words().eq([word.as_str()])) {
            let message = format!("the stop word {word:?} is not one word, so that no text would have it; correct it");
            problems.push(about("stop_words", message));
        }
    }

    fn column_problems(&self, problems: &mut Vec<Problem>) {
        let name = &self.ids_column;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if name.is_empty() || name.len() > 100 || !name.bytes().all(is_plain) {
            let message =
                "ids_column is a name of 1 to 100 letters, digits and underscores, such as input_ids or tokens";
            problems.push(about("ids_column", message));
        } else if ["attention_mask", "sample_id", "num_tokens"].contains(&name.as_str())
            || (self.return_token_type_ids && name == "token_type_ids")
        {
            problems.push(about(
                "ids_column",
                format!("there is a column {name} already; call the column of ids otherwise"),
            ));
        }
    }

    /// What is wrong with where the texts come from.
    fn source_problems(&self, tokenizer: &Tokenizer, problems: &mut Vec<Problem>) {
        if self.conversation == Conversation::ChatTemplate {
            match tokenizer.chat_template() {
                None => {
                    let message = "this tokenizer has no chat template; choose conversation = flatten or a tokenizer that has one";
                    problems.push(about("conversation", message));
                }
                Some(Err(why)) => {
                    let message = format!("the chat template of this tokenizer cannot be used: {why}");
                    problems.push(about("conversation", message));
                }
                Some(Ok(_)) => {}
            }
        }
        if self.conversation == Conversation::ChatTemplate && !self.cleaning.is_off() {
            let message = "cleaning would also change what the chat template writes; choose conversation = flatten or no cleaning";
            problems.push(about("cleaning", message));
        }
        let types = self.return_token_type_ids && self.layout != Layout::Packed;
        if types && self.second_text_column.is_none() {
            let message = "token types tell the two texts of a pair apart; choose a second text column, or switch return_token_type_ids off";
            problems.push(about("return_token_type_ids", message));
        }
        let Some(second) = &self.second_text_column else { return };
        let mut problem = |setting, message: &str| problems.push(about(setting, message));
        if second.is_empty() {
            problem("second_text_column", "choose the column that holds the second texts, or none");
        }
        if self.layout == Layout::Packed {
            let message = "packed rows hold one text after the other and know no pairs; choose another layout or no second text column";
            problem("second_text_column", message);
        }
        if self.conversation == Conversation::ChatTemplate {
            let message = "a chat template makes one text of a conversation, which is no pair; choose conversation = flatten or no second text column";
            problem("second_text_column", message);
        }
        if self.frames() && tokenizer.pair_frame().is_none() {
            let message = "this tokenizer does more to a pair than put special tokens around its texts, which miStudio does not support; switch add_special_tokens off or choose no second text column";
            problem("second_text_column", message);
        }
        // Where it has no frame for pairs, that is said already.
        let known = tokenizer.pair_frame().map(|frame| frame.types(self.frames()).is_some());
        let found = tokenizer.pair_frame().and_then(|frame| frame.types(self.frames()));
        if types && self.layout == Layout::Windows && found.is_some_and(|types| !types.tells_apart()) {
            let message = "this tokenizer numbers both texts of a pair alike, and only in the first window of a text; choose one row per sample, or switch return_token_type_ids off";
            problem("return_token_type_ids", message);
        }
        if types && !known.unwrap_or(self.frames()) {
            let message =
                "this tokenizer does not number the two texts of a pair in one way; switch return_token_type_ids off";
            problem("return_token_type_ids", message);
        }
        if self.layout == Layout::Windows && !matches!(self.truncation, Truncation::OnlyFirst | Truncation::OnlySecond)
        {
            let message = "windows of a pair are made of one of its texts, each with the whole of the other; choose only_first or only_second";
            problem("truncation", message);
        }
    }

    /// What is wrong where each text is framed by special tokens and filled up.
    fn row_problems(&self, tokenizer: &Tokenizer, problems: &mut Vec<Problem>) {
        let special = self.special_len(tokenizer);
        if (1..=MAX_LENGTH).contains(&self.max_length) && self.max_length <= special {
            let least = count(special as u64 + 1);
            let adds = counted(special as u64, "special token");
            let message = format!("max_length must be at least {least}: this tokenizer adds {adds} to each text");
            problems.push(about("max_length", message));
        }
        if self.padding != Padding::DoNotPad && tokenizer.pad().is_none() {
            let message = "this tokenizer has neither a pad token nor an end-of-sequence token to fill rows up with; choose do_not_pad";
            problems.push(about("padding", message));
        }
    }

    fn stride_problems(&self, tokenizer: &Tokenizer, problems: &mut Vec<Problem>) {
        let room = self.max_length.saturating_sub(self.special_len(tokenizer));
        if room > 0 && self.stride >= room {
            let (stride, room) = (count(self.stride as u64), counted(room as u64, "token"));
            let message = format!("stride must be less than the {room} of a text that a window holds; it is {stride}");
            problems.push(about("stride", message));
        }
    }

    fn packing_problems(&self, tokenizer: &Tokenizer, problems: &mut Vec<Problem>) {
        let packing = self.packing.normalized();
        for (setting, token) in packing.tokens() {
            let Some(token) = token else { continue };
            let words = token.words();
            match token.id(tokenizer) {
                Some(id) if id >= tokenizer.id_limit() => {
                    let most = count(u64::from(tokenizer.id_limit().saturating_sub(1)));
                    let message = format!("this tokenizer has no {words} for {setting}: its ids end at {most}");
                    problems.push(about(setting, message));
                }
                None if packing.mode != PackingMode::SaeLens => {
                    let message =
                        format!("this tokenizer has no {words} for {setting}; choose another token, an id, or none");
                    problems.push(about(setting, message));
                }
                _ => {}
            }
        }
        if packing.mode == PackingMode::Sparsify {
            let separator = packing.sequence_separator_token.map(|token| token.id(tokenizer));
            let is_whole = |id: u32| id >= tokenizer.id_limit() || tokenizer.is_special(id);
            if separator.is_none_or(|id| id.is_some_and(|id| !is_whole(id))) {
                let message = "sparsify joins texts before it encodes them; sequence_separator_token must be a special token, such as eos";
                problems.push(about("sequence_separator_token", message));
            }
        }
        let least = Packing::new(self, tokenizer).least_context();
        if self.max_length > 0 && self.max_length < least {
            let (least, prefixes) = (count(least as u64), counted(least as u64 - 1, "token"));
            let message = format!(
                "the context size, max_length, must be at least {least}: up to {prefixes} that packing adds stand before a sample's first"
            );
            problems.push(about("max_length", message));
        }
    }
}

fn about(setting: &'static str, message: impl Into<String>) -> Problem {
    Problem { setting, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::settings::{JunkMode, PackingSettings, SampleFilter, TokenChoice};
    use crate::tokenize::testing::tokenizer;

    fn settings_named(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|problem| problem.setting).collect()
    }

    #[test]
    fn every_problem_is_listed_at_once() {
        let settings = Settings {
            max_length: 2,
            truncation: Truncation::OnlySecond,
            text_column: String::new(),
            splits: vec!["train".into(), "dev".into(), "train".into()],
            ..Settings::default()
        };
        let files = DatasetFiles::default();
        let problems = settings.problems(&tokenizer("wordpiece"), Some(&files));
        let expected = ["max_length", "truncation", "text_column", "splits", "splits", "splits"];
        assert_eq!(settings_named(&problems), expected);
        assert_eq!(
            problems[0].to_string(),
            "max_length must be at least 3: this tokenizer adds 2 special tokens to each text"
        );
    }

    #[test]
    fn filter_and_column_are_looked_at_with_all_the_rest() {
        let filter = SampleFilter {
            mode: JunkMode::Strict,
            threshold: Share::new(f64::NAN),
            custom_characters: "x".repeat(256),
            stop_words: StopWords {
                min_share: Some(Share::new(0.5)),
                max_share: Some(Share::new(-0.1)),
                words: vec!["the".into(), "of the".into()],
            },
            ..SampleFilter::default()
        };
        let settings = Settings { max_length: 0, filter, ids_column: "num_tokens".into(), ..Settings::default() };
        let problems = settings.problems(&tokenizer("wordpiece"), None);
        let expected =
            ["max_length", "threshold", "max_share", "custom_characters", "min_share", "stop_words", "ids_column"];
        assert_eq!(settings_named(&problems), expected);
        assert_eq!(problems[1].to_string(), "threshold is a share from 0 to 1; it is NaN");
        let none = SampleFilter {
            threshold: Share::new(7.0),
            stop_words: StopWords { words: Vec::new(), ..StopWords::default() },
            ..SampleFilter::default()
        };
        let unused = Settings { filter: none, ids_column: "tokens".into(), ..Settings::default() };
        assert!(unused.problems(&tokenizer("wordpiece"), None).is_empty(), "what is off cannot be wrong");
    }

    #[test]
    fn a_stride_that_would_never_get_on_is_refused_and_the_longest_that_does_is_not() {
        let windows = Settings { layout: Layout::Windows, max_length: 8, stride: 6, ..Settings::default() };
        let problems = windows.problems(&tokenizer("wordpiece"), None);
        assert_eq!(settings_named(&problems), ["stride"]);
        let expected = "stride must be less than the 6 tokens of a text that a window holds; it is 6";
        assert_eq!(problems[0].to_string(), expected);
        assert!(Settings { stride: 5, ..windows }.problems(&tokenizer("wordpiece"), None).is_empty());
    }

    #[test]
    fn packing_names_every_token_that_is_missing_and_a_context_that_is_too_small() {
        let packing = PackingSettings {
            begin_sequence_token: Some(TokenChoice::Id(1_000_000)),
            sequence_separator_token: Some(TokenChoice::Sep),
            ..PackingSettings::default()
        };
        let settings = Settings {
            layout: Layout::Packed,
            max_length: 2,
            // None of these is looked at in packed rows.
            truncation: Truncation::OnlySecond,
            stride: 9,
            packing,
            ..Settings::default()
        };
        let problems = settings.problems(&tokenizer("wordpiece"), None);
        assert_eq!(settings_named(&problems), ["begin_batch_token", "begin_sequence_token", "max_length"]);
        let expected = "this tokenizer has no beginning-of-sequence token for begin_batch_token; choose another token, an id, or none";
        assert_eq!(problems[0].to_string(), expected);
        let expected = "the context size, max_length, must be at least 3: up to 2 tokens that packing adds stand before a sample's first";
        assert_eq!(problems[2].to_string(), expected);
    }

    #[test]
    fn saelens_goes_without_a_token_that_the_tokenizer_lacks() {
        let packing = PackingSettings { mode: PackingMode::SaeLens, ..PackingSettings::default() };
        let settings = Settings { layout: Layout::Packed, packing, ..Settings::default() };
        assert!(settings.problems(&tokenizer("wordpiece"), None).is_empty());
    }
}
