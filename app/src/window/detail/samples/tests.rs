use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use mistudio_core::samples::SortBy;
use mistudio_core::search::Mode;
use mistudio_core::studio::TokenLens;
use serde_json::{Map, Value, json};

use super::*;
use crate::window::asked::Asked;
use crate::window::command::CopyForm;
use crate::window::model::{ColumnFact, LensTokens, PartMarks, Sample, TokenMark, WholeSample};

fn sample(row: u64, text: &str) -> Sample {
    let values = json!({ "text": text, "web_source": "crawl", "n": row, "meta": { "tags": ["a"] } });
    let Value::Object(values) = values else { unreachable!("an object") };
    Sample {
        key: key(row),
        text: text.to_owned(),
        whole: true,
        complete: true,
        chars: text.chars().count() as u64,
        lines: Sample::lines_of(&values),
        values,
        start: 0,
        hits: vec![],
    }
}

fn key(row: u64) -> SampleKey {
    SampleKey { split: "train".to_owned(), row }
}

fn dataset() -> DatasetId {
    DatasetId(Arc::from("ds_1"))
}

struct Screen {
    tab: SamplesTab,
    samples: Samples,
    commands: Commands,
}

fn screen(rows: Vec<Sample>, offset: u64, total: u64) -> Harness<'static, Screen> {
    let page = SamplePage { offset, rows, total, counted: true, note: None };
    let column = |name: &str, kind: &str| ColumnFact { name: name.to_owned(), kind: kind.to_owned() };
    let samples = Samples {
        splits: vec!["train".to_owned(), "test".to_owned()],
        columns: vec![column("text", "string"), column("web_source", "string"), column("n", "int64")],
        text_column: Some("text".to_owned()),
        lenses: vec![Lens {
            label: "gpt2 tokenized".to_owned(),
            lens: TokenLens::Tokenization("tok_1".to_owned()),
            filters: true,
        }],
        page: Asked::done(page),
        ..Samples::default()
    };
    let tab = SamplesTab::new(dataset());
    Harness::builder()
        .with_size(egui::vec2(1104.0, 4_000.0))
        .with_context_setup(crate::window::theme::install)
        .allow_missing_glyphs()
        .build_ui_state(
            |ui, state: &mut Screen| state.tab.ui(ui, &state.samples, &mut state.commands),
            Screen { tab, samples, commands: Commands::default() },
        )
}

fn asked(harness: &mut Harness<'_, Screen>) -> Vec<SamplesRequest> {
    let given = harness.state_mut().commands.take();
    given
        .into_iter()
        .filter_map(|command| if let Command::AskSamples(request) = command { Some(request) } else { None })
        .collect()
}

fn press(harness: &mut Harness<'_, Screen>, label: &str) {
    harness.get_by_label(label).click();
    harness.run();
}

fn choose(harness: &mut Harness<'_, Screen>, label: &str, option: &str) {
    harness.get(By::new().label(label).role(egui::Role::ComboBox)).click();
    harness.run();
    harness.get(By::new().label(option).role(egui::Role::ListBoxOption)).click();
    harness.run();
}

fn type_into(harness: &mut Harness<'_, Screen>, label: &str, typed: &str) {
    harness.get(By::new().label(label).role(egui::Role::TextInput)).focus();
    harness.run();
    harness.event(egui::Event::Text(typed.to_owned()));
    harness.run();
}

#[test]
fn a_page_is_asked_for_once_and_again_only_when_the_question_changes() {
    let mut harness = screen((0..5).map(|row| sample(row, "text")).collect(), 0, 2_119_719);
    harness.run();
    assert_eq!(asked(&mut harness).len(), 1);
    harness.get_by_label("Showing 1-5 of 2,119,719");
    press(&mut harness, "Next");
    let requests = asked(&mut harness);
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].offset, requests[0].limit), (50, 50));
}

#[test]
fn typing_and_choosing_a_split_start_at_the_first_page() {
    let mut harness = screen(vec![sample(100, "text")], 100, 200);
    press(&mut harness, "Next");
    asked(&mut harness);
    type_into(&mut harness, "Search in samples", "日本");
    let requests = asked(&mut harness);
    assert_eq!((requests[0].offset, requests[0].search.text.as_str()), (0, "日本"));
    choose(&mut harness, "Split", "test");
    assert_eq!(asked(&mut harness)[0].split.as_deref(), Some("test"));
}

#[test]
fn how_a_search_is_understood_is_chosen_above_the_rows_and_what_is_wrong_stands_under_the_field() {
    let mut harness = screen(vec![sample(0, "text")], 0, 1);
    type_into(&mut harness, "Search in samples", "a(");
    asked(&mut harness);
    for label in ["Regex", "Match case", "Whole word"] {
        press(&mut harness, label);
    }
    let last = asked(&mut harness).pop().unwrap().search;
    let expected = SampleSearch { text: "a(".to_owned(), mode: Mode::Regex, match_case: true, whole_word: true };
    assert_eq!(last, expected);
    harness.state_mut().samples.search_problem = Some("The expression has an unclosed group.".to_owned());
    harness.run();
    harness.get_by_label("The expression has an unclosed group.");
    harness.get_by_label("Expand Sample #1 • train");
}

#[test]
fn copying_gives_the_whole_text_as_it_is_or_the_row_as_json() {
    let mut harness = screen(vec![sample(0, "a\0b\u{202e}c")], 0, 1);
    press(&mut harness, "Copy Sample #1 • train");
    assert!(harness.state_mut().commands.take().contains(&Command::Copy("a\0b\u{202e}c".to_owned())));
    press(&mut harness, "Copy as JSON Sample #1 • train");
    let given = harness.state_mut().commands.take();
    let Some(Command::Copy(json)) = given.iter().find(|command| matches!(command, Command::Copy(_))) else {
        panic!("{given:?}")
    };
    assert_eq!(serde_json::from_str::<Value>(json).unwrap()["meta"]["tags"][0], "a");
}

#[test]
fn what_came_in_part_is_read_before_it_is_copied() {
    let mut cut = sample(7, "beginning");
    (cut.whole, cut.complete) = (false, false);
    let mut harness = screen(vec![cut], 0, 1);
    for (label, form) in
        [("Copy Sample #8 • train", CopyForm::Text), ("Copy as JSON Sample #8 • train", CopyForm::Json)]
    {
        press(&mut harness, label);
        let given = harness.state_mut().commands.take();
        assert!(given.contains(&Command::CopySample(dataset(), key(7), form)), "{given:?}");
    }
}

#[test]
fn a_sample_of_megabytes_is_shown_in_parts() {
    let mut harness = screen(vec![sample(0, &"日本語 text\u{0}\u{202e} ".repeat(100_000))], 0, 1);
    press(&mut harness, "Expand Sample #1 • train");
    harness.get_by_label_contains("Part 1 of ");
    press(&mut harness, "Later");
    harness.get_by_label_contains("Part 2 of ");
}

#[test]
fn a_sample_that_came_in_part_is_fetched_when_it_is_opened() {
    let mut cut = sample(7, "beginning");
    cut.whole = false;
    let mut harness = screen(vec![cut], 0, 1);
    harness.get_by_label("Expand Sample #8 • train").click();
    harness.run_steps(3);
    assert!(harness.state_mut().commands.take().contains(&Command::AskSample(dataset(), key(7))));
    harness.get_by_label("Reading the whole sample…");
}

#[test]
fn an_opened_conversation_is_shown_turn_by_turn_with_its_other_columns_as_a_tree() {
    let mut harness = screen(vec![sample(0, "user: Hi\n\nassistant: Yes.")], 0, 1);
    let turns = vec![("user".to_owned(), "Hi".to_owned()), ("assistant".to_owned(), "Yes.".to_owned())];
    let mut values = Map::new();
    values.insert("text".to_owned(), json!([]));
    values.insert("meta".to_owned(), json!({ "tags": ["a"] }));
    let whole = WholeSample { text: "user: Hi".to_owned(), turns: Some(turns), values };
    harness.state_mut().samples.whole.insert(key(0), Asked::done(whole));
    press(&mut harness, "Expand Sample #1 • train");
    for label in ["user", "Hi", "assistant", "Yes.", "meta, 1 field"] {
        harness.get_by_label(label);
    }
}

#[test]
fn a_condition_is_checked_before_it_becomes_a_pill_that_can_be_taken_away() {
    let mut harness = screen(vec![sample(0, "text")], 0, 1);
    press(&mut harness, "Add filter");
    choose(&mut harness, "Condition", "SQL condition");
    type_into(&mut harness, "Condition in SQL", "length(text) >");
    harness.get_by_label("Add").click();
    harness.run_steps(3);
    let bad = Condition::Sql("length(text) >".to_owned());
    assert!(harness.state_mut().commands.take().contains(&Command::CheckCondition(dataset(), bad.clone())));
    harness.state_mut().samples.checked = Some((bad, Err("the condition is not valid: syntax error".to_owned())));
    harness.run_steps(4);
    harness.get_by_label("the condition is not valid: syntax error");
    type_into(&mut harness, "Condition in SQL", " 3");
    harness.get_by_label("Add").click();
    harness.run_steps(3);
    let good = Condition::Sql("length(text) > 3".to_owned());
    assert!(harness.state_mut().commands.take().contains(&Command::CheckCondition(dataset(), good.clone())));
    harness.state_mut().samples.checked = Some((good.clone(), Ok(())));
    harness.run_steps(4);
    assert_eq!(asked(&mut harness).pop().unwrap().filter, Filter { conditions: vec![good] });
    press(&mut harness, "Remove length(text) > 3");
    assert!(asked(&mut harness).pop().unwrap().filter.is_empty());
}

#[test]
fn lengths_that_are_no_numbers_are_refused_at_once() {
    let mut harness = screen(vec![sample(0, "text")], 0, 1);
    press(&mut harness, "Add filter");
    type_into(&mut harness, "From", "many");
    press(&mut harness, "Add");
    harness.get_by_label("Whole numbers are needed, the first not above the second.");
    choose(&mut harness, "Condition", "Length in tokens");
    type_into(&mut harness, "To", "20");
    harness.state_mut().tab.form = None;
    harness.state_mut().tab.add_condition(Condition::Tokens {
        tokenization: "tok_1".to_owned(),
        min: None,
        max: Some(20),
    });
    harness.run();
    harness.get_by_label("Remove at most 20 tokens in gpt2 tokenized");
}

#[test]
fn the_table_shows_every_column_and_orders_by_the_head_that_is_pressed() {
    let mut harness = screen((0..60).map(|row| sample(row, "text")).collect(), 0, 60);
    press(&mut harness, "Show as table");
    harness.get_by_label("Sort by web_source");
    asked(&mut harness);
    let sort = |descending| Some(Sort { by: SortBy::Column("n".to_owned()), descending });
    for (label, expected) in
        [("Sort by n", sort(false)), ("Sort by n, now rising", sort(true)), ("Sort by n, now falling", None)]
    {
        press(&mut harness, label);
        assert_eq!(asked(&mut harness).pop().unwrap().sort, expected, "{label}");
    }
    press(&mut harness, "Sort by chars");
    let by_length = Some(Sort { by: SortBy::Chars("text".to_owned()), descending: false });
    assert_eq!(asked(&mut harness).pop().unwrap().sort, by_length);
    press(&mut harness, "Remove Sorted by length, rising");
    assert_eq!(asked(&mut harness).pop().unwrap().sort, None);
}

#[test]
fn samples_are_picked_one_by_one_and_let_go_together() {
    let mut harness = screen((0..3).map(|row| sample(row, "text")).collect(), 0, 3);
    press(&mut harness, "Pick Sample #1 • train");
    press(&mut harness, "Pick Sample #3 • train");
    harness.get_by_label("2 samples picked");
    press(&mut harness, "Show as table");
    press(&mut harness, "Unpick Sample #3 • train");
    harness.get_by_label("1 sample picked");
    press(&mut harness, "Clear");
    harness.get_by_label("Pick Sample #1 • train");
}

#[test]
fn picked_samples_or_else_all_that_were_found_become_a_dataset_or_a_file() {
    let mut harness = screen((0..3).map(|row| sample(row, "text")).collect(), 0, 3);
    harness.state_mut().samples.writable = true;
    harness.run();
    assert!(harness.query_by_label("Export…").is_none(), "all of a dataset is the dataset");
    type_into(&mut harness, "Search in samples", "日本");
    harness.state_mut().tab.add_condition(Condition::Sql("n > 1".to_owned()));
    harness.run();
    harness.state_mut().commands.take();
    press(&mut harness, "Export…");
    let given = harness.state_mut().commands.take();
    let Some(Command::ExportSamples(_, choice)) = given.last() else { panic!("{given:?}") };
    assert_eq!(choice.describe(), "where n > 1, search “日本”");
    press(&mut harness, "Pick Sample #1 • train");
    press(&mut harness, "Pick Sample #2 • train");
    press(&mut harness, "Save as dataset…");
    type_into(&mut harness, "Name of the new dataset", "few");
    press(&mut harness, "Save");
    let given = harness.state_mut().commands.take();
    let Some(Command::SaveSamples(_, choice, name)) = given.last() else { panic!("{given:?}") };
    assert_eq!((choice.describe().as_str(), name.as_str()), ("2 rows picked", "few"));
    harness.state_mut().samples.saving.settle(Err("There is a dataset 'few' already.".to_owned()));
    harness.run();
    harness.get_by_label("There is a dataset 'few' already.");
}

#[test]
fn tokens_are_counted_by_themselves_and_shown_when_asked_for() {
    let mut harness = screen(vec![sample(0, "the 日本")], 0, 1);
    harness.run();
    let request = |parts| TokensRequest {
        dataset: dataset(),
        lens: TokenLens::Tokenization("tok_1".to_owned()),
        text_column: Some("text".to_owned()),
        keys: vec![key(0)],
        parts,
    };
    let given = harness.state_mut().commands.take();
    assert_eq!(given.iter().filter(|command| matches!(command, Command::AskTokens(_))).count(), 1);
    assert!(given.contains(&Command::AskTokens(request(vec![]))));
    press(&mut harness, "Show tokens");
    let part = 0..2048;
    let parts = vec![part.clone()];
    assert!(harness.state_mut().commands.take().contains(&Command::AskTokens(request(parts.clone()))));
    let mark = |span, id| TokenMark { span, id, text: "x".to_owned(), special: false, unknown: false };
    let found = Ok(vec![mark(0..3, 11), mark(3..7, 4_321), mark(7..10, 13)]);
    harness.state_mut().samples.tokens = LensTokens {
        request: Some(request(parts)),
        counts: HashMap::from([(key(0), Some(1_234))]),
        marks: HashMap::from([(key(0), PartMarks { part, found })]),
        failure: None,
    };
    harness.run();
    let meta = harness.get_by_label_contains("Length: 6 chars • 1,234 tokens • Web source: crawl");
    let below = meta.rect().min;
    // The text stands right above its meta line.
    harness.hover_at(below + egui::vec2(34.0, -18.0));
    harness.run();
    harness.get_by_label_contains("id 4321");
    choose(&mut harness, "Tokens of", "No token counts");
    assert!(harness.query(By::new().label_contains("1,234 tokens")).is_none());
}

#[test]
fn a_page_of_a_hundred_long_samples_lays_out_only_those_near_the_ones_in_sight() {
    let rows: Vec<Sample> = (0..100).map(|row| sample(row, &"long text ".repeat(200))).collect();
    let mut harness = screen(rows, 0, 100);
    harness.set_size(egui::vec2(1104.0, 700.0));
    harness.run();
    let drawn = harness.query_all(By::new().label_contains("Expand Sample #")).count();
    assert!((4..15).contains(&drawn), "{drawn} drawn");
    let last = harness.query_all(By::new().label_contains("Showing 1-100 of 100")).count();
    assert_eq!(last, 1, "the rest keeps its room");
    assert!(harness.get_by_label("Go to row").accesskit_node().is_text_input());
}

#[test]
fn a_line_of_the_table_begins_shortly_before_the_first_hit() {
    let mut found = sample(0, &format!("{}найдено here", "far away ".repeat(40)));
    let start = found.text.find("найдено").unwrap();
    found.hits = std::iter::once(start..start + "найдено".len()).collect();
    let mut harness = screen(vec![found], 0, 1);
    press(&mut harness, "Show as table");
    harness.get_by_label("… away far away far away найдено here");
}

#[test]
fn another_text_column_is_read_anew_with_its_tokens() {
    let mut harness = screen(vec![sample(0, "text")], 0, 1);
    harness.run();
    assert_eq!(asked(&mut harness).len(), 1);
    harness.state_mut().samples.text_column = Some("web_source".to_owned());
    harness.run();
    let given = harness.state_mut().commands.take();
    let column = Some("web_source".to_owned());
    assert!(given.iter().any(|given| matches!(given, Command::AskSamples(of) if of.text_column == column)));
    assert!(given.iter().any(|given| matches!(given, Command::AskTokens(of) if of.text_column == column)));
}

#[test]
fn tokens_are_asked_for_of_what_is_shown_only() {
    let long = "word ".repeat(20_000);
    let mut harness = screen(vec![sample(0, &long), sample(1, &long)], 0, 2);
    press(&mut harness, "Show tokens");
    press(&mut harness, "Expand Sample #2 • train");
    press(&mut harness, "Later");
    let given = harness.state_mut().commands.take();
    let last = given.iter().rev().find_map(|given| if let Command::AskTokens(of) = given { Some(of) } else { None });
    assert_eq!(last.unwrap().parts, [0..2048, untrusted::around_window(1)]);
}
