use std::collections::BTreeMap;

use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use mistudio_core::samples::{Condition, Literal};
use mistudio_core::stats::{
    Bins, Characters, Cluster, ColumnStats, ColumnType, Comparison, Cut, Duplicates, Frequencies, Leak, LeakedRow,
    LengthTable, LongSample, NamedToken, NearDuplicates, NearSettings, NumberHistogram, Numbers, RankPoint, SharedRow,
    SharedSamples, SharedToken, SplitCharacters, Stats, TextLengths, TextQuality, TextStats, TokenLengths, TokenReport,
    TokenStats, TopValue, VocabularyOverlap, compare_lengths,
};

use super::*;
use crate::window::asked::Asked;
use crate::window::command::SampleKey;
use crate::window::model::{CompareRequest, Compared, JobId, NearSample, OtherSide, RunningWork, TokensOf};
use crate::window::testing;

struct Screen {
    tab: StatisticsTab,
    statistics: Statistics,
    commands: Commands,
}

fn dataset() -> DatasetId {
    DatasetId(Arc::from("ds_1"))
}

fn key(split: &str, row: u64) -> SampleKey {
    SampleKey { split: split.to_owned(), row }
}

fn stats() -> Stats {
    let chars: LengthTable = [(0, 1), (40, 100), (150, 300), (700, 20), (2048, 1)].into_iter().collect();
    let words: LengthTable = [(0, 1), (8, 400), (300, 21)].into_iter().collect();
    let tokens: LengthTable = [(10, 99), (50, 51), (487, 272)].into_iter().collect();
    let text = TextLengths { rows: 423, nulls: 1, empty: 1, blank: 3, chars, words };
    let mut frequencies = Frequencies::default();
    for (id, count) in [(5, 900), (7, 80), (9, 1)] {
        frequencies.add_many(id, count);
    }
    let quality = TextQuality {
        splits: vec![SplitCharacters { name: "train".to_owned(), characters: characters() }],
        longest: vec![LongSample { split: "train".to_owned(), row: 41, chars: 2048 }],
        duplicates: Duplicates {
            different: 400,
            texts: 6,
            rows: 14,
            repeated: 8,
            splits: Vec::new(),
            leaks: vec![Leak {
                from: "train".to_owned(),
                to: "test".to_owned(),
                texts: 2,
                from_rows: 2,
                to_rows: 3,
                first: vec![LeakedRow { to_row: 4, from_row: 9 }],
            }],
        },
    };
    Stats {
        text_column: Some("text".to_owned()),
        rows: Vec::new(),
        text: Some(TextStats { splits: Vec::new(), overall: text }),
        tokens: Some(TokenStats {
            splits: Vec::new(),
            overall: TokenLengths { rows: 422, nulls: 0, pads: 10, tokens },
            frequencies,
        }),
        quality: Some(quality),
        columns: vec![number_column(), label_column()],
    }
}

fn characters() -> Characters {
    Characters {
        scripts: BTreeMap::from([("Latin".to_owned(), 900), ("Cyrillic".to_owned(), 100)]),
        controls: BTreeMap::from([("U+0000".to_owned(), 3)]),
        texts_with_controls: 2,
        replacements: 1,
        texts_with_replacements: 1,
    }
}

fn number_column() -> ColumnStats {
    let bars = |edges: [f64; 3]| Some(NumberHistogram { edges: edges.to_vec(), counts: vec![300, 100] });
    ColumnStats {
        name: "stars".to_owned(),
        kind: ColumnType::Int,
        sql_type: "BIGINT".to_owned(),
        rows: 423,
        nulls: 23,
        not_finite: 0,
        distinct: Some(5),
        distinct_approximate: Some(5),
        numbers: Some(Numbers { min: 0.0, max: 9.0, mean: 3.25, percentiles_exact: true, ..Numbers::default() }),
        histogram: bars([0.0, 5.0, 9.0]),
        log_histogram: bars([0.0, 2.0, 9.0]),
        top: vec![TopValue { value: "4".to_owned(), count: 120 }],
        range: None,
        exact_range: None,
        note: None,
    }
}

fn label_column() -> ColumnStats {
    ColumnStats {
        name: "source".to_owned(),
        kind: ColumnType::StringLabel,
        sql_type: "VARCHAR".to_owned(),
        nulls: 0,
        numbers: None,
        histogram: None,
        log_histogram: None,
        top: vec![TopValue { value: "books".to_owned(), count: 400 }],
        ..number_column()
    }
}

fn report(stats: &Stats) -> TokenReport {
    let tokens = stats.tokens.as_ref().unwrap();
    let named = |id, text: &str, count| NamedToken { id, text: Some(text.to_owned()), count, share: 0.5 };
    TokenReport {
        vocabulary: Some(100),
        used: 3,
        used_share: Some(0.03),
        unknown_ids: Some(0),
        never_used: Some(97),
        never_used_first: vec![named(1, "zebra", 0)],
        special: vec![named(99, "<|end|>", 0)],
        most_frequent: vec![named(5, "the", 900)],
        least_frequent: vec![named(9, "quokka", 1)],
        ranks: vec![RankPoint { rank: 1, count: 900, id: 5 }, RankPoint { rank: 3, count: 1, id: 9 }],
        cuts: Cut::curve(&tokens.overall.tokens),
        ..TokenReport::new(tokens, None)
    }
}

fn figures() -> Figures {
    let stats = stats();
    let mut figures = Figures {
        name: "stories".to_owned(),
        samples: 10_000,
        splits: [("train", 8_000), ("validation", 1_500), ("test", 500)]
            .map(|(name, rows)| SplitShare { name: name.to_owned(), num_samples: rows, share: rows as f64 / 10_000.0 })
            .to_vec(),
        text_column: Some("text".to_owned()),
        tokenization: Some(TokensOf { id: "tok_1".to_owned(), label: "gpt2 • max 512".to_owned() }),
        row_is_sample: true,
        report: Some(Ok(report(&stats))),
        characters: Some(characters()),
        stats,
        ..Figures::default()
    };
    figures.lengths = [LengthUnit::Tokens, LengthUnit::Chars, LengthUnit::Words]
        .map(|unit| (unit, figures.table(unit).unwrap().summary().unwrap()))
        .to_vec();
    figures
}

fn statistics(figures: Figures) -> Statistics {
    Statistics {
        tokenizations: figures.tokenization.iter().cloned().collect(),
        figures: Asked::done(figures),
        writable: true,
        ..Statistics::default()
    }
}

/// A window so high that all of the tab is in it.
fn screen(statistics: Statistics) -> Harness<'static, Screen> {
    let state = Screen { tab: StatisticsTab::new(dataset()), statistics, commands: Commands::default() };
    let mut harness = testing::harness(
        |ui, screen: &mut Screen| {
            egui::ScrollArea::vertical().show(ui, |ui| screen.tab.ui(ui, &screen.statistics, &mut screen.commands));
        },
        state,
    );
    harness.set_size(egui::vec2(1152.0, 5_000.0));
    harness.run_steps(4);
    harness
}

fn press(harness: &mut Harness<'_, Screen>, label: &str) -> Vec<Command> {
    harness.get_by_label(label).click_accesskit();
    harness.run_steps(3);
    harness.state_mut().commands.take()
}

/// Chooses an option of a select with the pointer, which closes the list too.
fn choose(harness: &mut Harness<'_, Screen>, select: &str, option: &str) -> Vec<Command> {
    harness.get(By::new().label(select).role(egui::Role::ComboBox)).click();
    harness.run_steps(4);
    harness.get(By::new().label(option).role(egui::Role::ListBoxOption)).click();
    harness.run_steps(4);
    harness.state_mut().commands.take()
}

fn shows(condition: Condition) -> Vec<Command> {
    vec![Command::ShowSamples(dataset(), condition)]
}

#[test]
fn the_tiles_and_bars_of_the_mock_can_be_read() {
    let harness = screen(statistics(figures()));
    for label in [
        "Total Samples: 10,000",
        "Total Tokens: 136,004",
        "Avg Tokens/Sample: 322.3",
        "Unique Tokens: 3",
        "0-100: 150",
        "400-600: 272",
        "Min: 10 • Median: 487 • Max: 487 tokens",
        "25%: 50",
        "Std. deviation: 222.4",
        "Train: 8,000 80% of total",
        "Test: 500 5% of total",
        "Histogram: Samples by length in tokens",
    ] {
        harness.get_by_label(label);
    }
}

#[test]
fn before_a_tokenization_lengths_are_characters_and_words_and_say_so() {
    let mut figures = figures();
    (figures.tokenization, figures.stats.tokens, figures.report) = (None, None, None);
    figures.lengths.remove(0);
    let mut harness = screen(statistics(figures));
    harness.get_by_label("Total Characters: 65,048");
    harness.get_by_label("Total Words: 9,500");
    harness.get_by_label("Sequence Length Distribution (characters)");
    harness.get_by_label("Min: 0 • Median: 150 • Max: 2,048 characters");
    choose(&mut harness, "Lengths in", "words");
    harness.get_by_label("Sequence Length Distribution (words)");
    harness.get_by_label("Min: 0 • Median: 8 • Max: 300 words");
}

#[test]
fn a_bar_shows_the_samples_that_it_counts() {
    let mut harness = screen(statistics(figures()));
    let tokens = |min, max| Condition::Tokens { tokenization: "tok_1".to_owned(), min: Some(min), max };
    assert_eq!(press(&mut harness, "400-600: 272"), shows(tokens(400, Some(599))));
    choose(&mut harness, "Lengths in", "characters");
    let last = Condition::Chars { column: "text".to_owned(), min: Some(1000), max: None };
    assert_eq!(press(&mut harness, "1000+: 1"), shows(last));
    choose(&mut harness, "Lengths in", "words");
    let words = Condition::Words { column: "text".to_owned(), min: Some(0), max: Some(99) };
    assert_eq!(press(&mut harness, "0-100: 401"), shows(words));

    // Rows of packed tokens are no samples.
    let packed = Figures { row_is_sample: false, ..figures() };
    let harness = screen(statistics(packed));
    assert_eq!(harness.get_by_label("400-600: 272").accesskit_node().role(), egui::Role::Label);
    harness.get_by_label("Avg Tokens/Row: 322.3");
}

#[test]
fn bins_can_be_chosen_and_typed_and_a_mistake_leaves_the_last_ones() {
    let mut harness = screen(statistics(figures()));
    choose(&mut harness, "Bins", "20 equal bins");
    harness.get_by_label("10-34: 99");
    choose(&mut harness, "Bins", "Custom edges");
    harness.state_mut().tab.lengths.type_edges("20, 300");
    harness.run_steps(3);
    harness.get_by_label("0-20: 99");
    harness.get_by_label("300+: 272");
    harness.state_mut().tab.lengths.type_edges("20, many");
    harness.run_steps(3);
    harness.get_by_label("“many” is not a whole number.");
    harness.get_by_label("300+: 272");
    let given = press(&mut harness, "Export…");
    let export = StatisticsExport {
        dataset: dataset(),
        name: "stories".to_owned(),
        of: StatisticsOf::Newest,
        bins: Bins::Custom(vec![20, 300]),
    };
    assert_eq!(given, [Command::ExportStatistics(export)]);
}

#[test]
fn another_tokenization_or_none_can_be_chosen() {
    let mut data = statistics(figures());
    data.tokenizations.push(TokensOf { id: "tok_2".to_owned(), label: "llama • packed 1024".to_owned() });
    let mut harness = screen(data);
    let given = choose(&mut harness, "Tokens of", "llama • packed 1024");
    assert_eq!(given, [Command::AskStatistics(dataset(), StatisticsOf::Tokenization("tok_2".to_owned()))]);
    let given = choose(&mut harness, "Tokens of", TEXT);
    assert_eq!(given, [Command::AskStatistics(dataset(), StatisticsOf::Text)]);
}

#[test]
fn columns_are_described_and_their_bars_values_and_nulls_filter() {
    let mut harness = screen(statistics(figures()));
    for label in ["Type: BIGINT", "Nulls: 23", "Distinct: 5", "Distinct, approx.: 5", "Mean: 3.25"] {
        harness.get_by_label(label);
    }
    let range = |from, to, to_included| {
        let (from, to) = (Some(Literal::Int(from)), Some(Literal::Int(to)));
        Condition::Range { column: "stars".to_owned(), from, to, to_included }
    };
    assert_eq!(press(&mut harness, "0-4: 300"), shows(range(0, 5, false)));
    press(&mut harness, "Log bins");
    assert_eq!(press(&mut harness, "2-9: 100"), shows(range(2, 9, true)));
    let four = Condition::Equals { column: "stars".to_owned(), value: Literal::Int(4) };
    assert_eq!(press(&mut harness, "4: 120"), shows(four));
    let none = Condition::IsNull { column: "stars".to_owned() };
    assert_eq!(press(&mut harness, "Show Rows without a Value"), shows(none));
    press(&mut harness, "source");
    let books = Condition::Equals { column: "source".to_owned(), value: Literal::Text("books".to_owned()) };
    assert_eq!(press(&mut harness, "books: 400"), shows(books));
}

#[test]
fn tokens_are_listed_and_any_limit_has_its_price() {
    let mut harness = screen(statistics(figures()));
    for label in [
        "Unique Tokens Used: 3 3% of 100",
        "Never Used: 97 tokens of the vocabulary",
        "Padding: < 0.01% 10 pads",
        "Plot: Frequency by rank",
        "Plot: What a maximum length costs",
        "the",
    ] {
        harness.get_by_label(label);
    }
    harness.get_by_label_contains("At 512: 0% of all tokens cut • 0% of samples cut");
    press(&mut harness, "Least Frequent");
    harness.get_by_label("quokka");
    press(&mut harness, "Never Used");
    harness.get_by_label("97 tokens never occur; the first by id:");
    press(&mut harness, "Special Tokens");
    harness.get_by_label("<|end|>");
    let given = press(&mut harness, "Save the frequency by rank as PNG or SVG");
    assert!(matches!(&given[..], [Command::ExportPlot(plot)] if plot.name == "stories-tokens-by-rank"));
}

#[test]
fn what_is_wrong_with_texts_is_told_and_can_be_looked_at() {
    let mut harness = screen(statistics(figures()));
    for label in [
        "Empty Samples: 1 2 only white space, 1 null",
        "Exact Duplicates: 8 too many, of 6 texts",
        "Leaked Across Splits: 3 1 pair of splits",
        "Control Characters: 3 in 2 samples",
        "train and test share 2 texts, in 3 samples of test.",
        "Latin 90%: 900",
        "U+0000: 3",
    ] {
        harness.get_by_label(label);
    }
    let leaked = press(&mut harness, "Sample #5 • test the same as Sample #10 • train");
    assert_eq!(leaked, [Command::ShowSample(dataset(), key("test", 4))]);
    let longest = press(&mut harness, "Sample #42 • train 2,048 characters");
    assert_eq!(longest, [Command::ShowSample(dataset(), key("train", 41))]);
    let again = Condition::Duplicates { column: "text".to_owned() };
    assert_eq!(press(&mut harness, "Show Exact Duplicates"), shows(again));
}

#[test]
fn statistics_of_an_older_version_say_what_they_lack_and_offer_to_recompute() {
    let mut figures = figures();
    (figures.stats.quality, figures.characters) = (None, None);
    let mut harness = screen(statistics(figures));
    harness.get_by_label_contains("An earlier version stored these statistics");
    assert_eq!(press(&mut harness, "Recompute Statistics"), [Command::RecomputeStatistics(dataset())]);
}

#[test]
fn near_duplicates_are_looked_for_stopped_and_shown_with_their_samples() {
    let mut harness = screen(statistics(figures()));
    choose(&mut harness, "How Much Is the Same", "90% the same or more");
    let given = press(&mut harness, "Find Near-Duplicates");
    let settings = NearSettings { threshold: 0.9, ..NearSettings::default() };
    assert_eq!(given, [Command::FindNearDuplicates(dataset(), settings)]);

    let job = JobId(Arc::from("job_1"));
    let running = RunningWork { words: "Hashing texts • 10 rows of 20 rows".to_owned(), share: Some(0.5) };
    harness.state_mut().statistics.near_running = Some((job.clone(), running));
    harness.run_steps(3);
    assert_eq!(press(&mut harness, "Stop"), [Command::CancelJob(job)]);

    let near = NearDuplicates {
        column: "text".to_owned(),
        settings,
        bands: 9,
        band_rows: 13,
        compared: 20,
        clusters: 1,
        rows: 3,
        repeated: 2,
        exact_copies: 1,
        across_splits: 1,
        largest: vec![Cluster { split: "train".to_owned(), row: 0, rows: 3 }],
    };
    let data = &mut harness.state_mut().statistics;
    data.near_running = None;
    data.figures = Asked::done(Figures { near: Some(Ok(near)), ..figures() });
    harness.run_steps(3);
    harness.get_by_label("Too Many: 2 if each cluster kept one");
    let first = key("train", 0);
    assert_eq!(press(&mut harness, "Sample #1 • train"), [Command::AskCluster(dataset(), first.clone())]);
    let members = vec![NearSample { key: key("test", 6), similarity: 0.95, text: "nearly\nthe same".to_owned() }];
    harness.state_mut().statistics.clusters.insert(first, Asked::done(members));
    harness.run_steps(3);
    harness.get_by_label_contains("and 2 more samples");
    let opened = press(&mut harness, "Sample #7 • test 95% the same");
    assert_eq!(opened, [Command::ShowSample(dataset(), key("test", 6))]);
}

#[test]
fn two_datasets_stand_side_by_side() {
    let mut data = statistics(figures());
    let other = OtherSide {
        named: "ds_2".to_owned(),
        dataset: DatasetId(Arc::from("ds_2")),
        label: "other-stories".to_owned(),
    };
    data.others = vec![other.clone()];
    let mut harness = screen(data);
    let request = CompareRequest { this: "tok_1".to_owned(), other: other.clone() };
    assert_eq!(press(&mut harness, "Compare"), [Command::Compare(request)]);

    let side = |name: &str| mistudio_core::stats::ComparedSide {
        dataset: name.to_owned(),
        tokenization: None,
        tokenizer: None,
        rows: 10,
        tokens: None,
    };
    let found = Comparison {
        a: side("stories"),
        b: side("other-stories"),
        lengths: compare_lengths(&stats(), &stats()),
        vocabulary: Some(VocabularyOverlap {
            by: "bytes",
            a: 3,
            b: 4,
            shared: 2,
            jaccard: 0.4,
            a_covered: 0.9,
            b_covered: 0.5,
            most_shared: vec![SharedToken { text: " the".to_owned(), a: 900, b: 800 }],
        }),
        samples: Some(SharedSamples {
            a_texts: 9,
            b_texts: 8,
            shared_texts: 1,
            a_rows: 2,
            b_rows: 1,
            first: vec![SharedRow { a_split: "train".to_owned(), a_row: 3, b_split: "all".to_owned(), b_row: 5 }],
        }),
    };
    harness.state_mut().statistics.comparison = Asked::done(Compared { other: other.dataset.clone(), found });
    harness.run_steps(4);
    for label in [
        "Plot: Lengths of both in tokens",
        "Plot: Lengths of both in characters",
        "Overlap: 40% of what either uses",
        "Texts in Both: 1 of 9 and 8",
        "Length in tokens, median",
    ] {
        harness.get_by_label(label);
    }
    assert_eq!(press(&mut harness, "Sample #4 • train"), [Command::ShowSample(dataset(), key("train", 3))]);
    assert_eq!(press(&mut harness, "Sample #6 • all"), [Command::ShowSample(other.dataset, key("all", 5))]);
}

#[test]
fn waiting_failing_and_nothing_have_faces() {
    let mut data = Statistics { writable: true, ..Statistics::default() };
    let mut harness = screen(data.clone());
    assert_eq!(press(&mut harness, "Compute Statistics"), [Command::RecomputeStatistics(dataset())]);
    data.figures.wait();
    let harness = screen(data.clone());
    harness.get_by_label("Loading statistics");
    data.figures.settle(Err("the disk is gone".to_owned()));
    let mut harness = screen(data);
    harness.get_by_label("the disk is gone");
    assert_eq!(press(&mut harness, "Retry"), [Command::RecomputeStatistics(dataset())]);
}
