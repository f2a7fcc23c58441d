//! What the view promises, as a user meets it.

use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};

use super::*;
use crate::window::model::{ChosenConfig, ConfigChoice, SplitChoice};
use crate::window::testing;

const DOWNLOAD: &str = "Download Dataset from HuggingFace";

struct Screen {
    modal: InspectModal,
    answer: Asked<Inspected>,
    submission: AskedState,
    commands: Commands,
}

fn draw(ui: &mut Ui, state: &mut Screen) {
    let Screen { modal, answer, submission, commands } = state;
    let view = InspectView {
        repository: "me/words",
        answer,
        note: None,
        page: Some("https://huggingface.co/datasets/me/words"),
        submission,
        writable: true,
    };
    modal.ui(ui, view, commands);
}

fn screen(answer: Asked<Inspected>) -> Harness<'static, Screen> {
    let state = Screen {
        modal: InspectModal::default(),
        answer,
        submission: AskedState::NotAsked,
        commands: Commands::default(),
    };
    let mut harness = testing::harness(draw, state);
    harness.run_steps(4);
    harness
}

fn split(name: &str, bytes: u64, partial: bool) -> SplitChoice {
    SplitChoice { name: name.to_owned(), files: 1, bytes, partial }
}

fn config(name: &str, splits: Vec<SplitChoice>) -> ConfigChoice {
    ConfigChoice { name: name.to_owned(), format: "JSON".to_owned(), converts: true, splits, ..ConfigChoice::default() }
}

fn words() -> Inspected {
    let mut english = config("en", vec![split("train", 1 << 30, true), split("test", 1 << 20, false)]);
    english.default = true;
    let mut broken = config("broken", vec![split("train", 1, false)]);
    broken.problem = Some("line 4 of README.md: there is no data file 'x'".to_owned());
    Inspected {
        id: "me/words".to_owned(),
        page: "https://huggingface.co/datasets/me/words".to_owned(),
        revision: "main".to_owned(),
        commit: "1a2b3c4d5e6f".to_owned(),
        revisions: vec![
            ("main".to_owned(), "main".to_owned()),
            ("Converted Parquet (refs/convert/parquet)".to_owned(), "refs/convert/parquet".to_owned()),
        ],
        facts: vec![("Licence".to_owned(), "mit".to_owned())],
        description: "# Words\n\nA list of words.".to_owned(),
        configs: vec![english, config("fr", vec![split("train", 10, false)]), broken],
        left_out: vec![("picture.png".to_owned(), "in another format than the rest")],
        free_bytes: 10 << 30,
        ..Inspected::default()
    }
}

fn given(harness: &mut Harness<'_, Screen>) -> Vec<Command> {
    harness.state_mut().commands.take()
}

#[test]
fn the_default_config_is_taken_whole_unless_something_is_unticked() {
    let mut harness = screen(Asked::done(words()));
    harness.get_by_label("Commit 1a2b3c4");
    harness.get_by_label("1.0 GB in 2 files");
    harness.get_by_label_contains("Processing adds up to 1.0 GB • 10.0 GB free");
    harness.get_by_label("train, partial, 1 file • 1.0 GB").click();
    harness.run_steps(3);
    harness.get_by_label("1.0 MB in 1 file");
    harness.get_by_label(DOWNLOAD).click();
    harness.run_steps(2);
    let chosen = ChosenConfig { config: "en".to_owned(), splits: vec!["test".to_owned()] };
    assert_eq!(given(&mut harness), [Command::DownloadChosen(vec![chosen])]);
}

#[test]
fn several_configs_are_several_datasets_and_one_with_a_problem_says_why_it_cannot_be_taken() {
    let mut harness = screen(Asked::done(words()));
    harness.get_by_label("fr, JSON • 1 split • 10 B").click();
    harness.run_steps(3);
    harness.get_by_label("broken, Cannot be chosen").click();
    harness.run_steps(3);
    harness.get_by_label("line 4 of README.md: there is no data file 'x'");
    harness.get_by_label("Download 2 Datasets from HuggingFace").click();
    harness.run_steps(2);
    let [Command::DownloadChosen(chosen)] = &given(&mut harness)[..] else { panic!("one download") };
    assert_eq!(chosen.iter().map(|chosen| chosen.config.as_str()).collect::<Vec<_>>(), ["en", "fr"]);
}

#[test]
fn what_does_not_fit_on_the_disk_says_so_and_cannot_be_begun() {
    let mut harness = screen(Asked::done(Inspected { free_bytes: 1 << 30, ..words() }));
    harness.get_by_label(
        "Insufficient storage: Dataset requires 2.0 GB but only 1.0 GB available. \
         Please free up space or delete unused datasets.",
    );
    assert!(harness.get_by_label(DOWNLOAD).accesskit_node().is_disabled());
    harness.get_by_label("train, partial, 1 file • 1.0 GB").click();
    harness.run_steps(3);
    assert!(!harness.get_by_label(DOWNLOAD).accesskit_node().is_disabled());
}

#[test]
fn nothing_ticked_is_nothing_to_download() {
    let mut harness = screen(Asked::done(words()));
    harness.get_by_label("en, default, JSON • 2 splits • 1.0 GB").click();
    harness.run_steps(3);
    harness.get_by_label("Tick the configs to download");
    assert!(harness.get_by_label(DOWNLOAD).accesskit_node().is_disabled());
}

#[test]
fn the_wait_can_be_cancelled_and_a_failure_tried_again() {
    let mut harness = screen(Asked { answer: None, state: AskedState::Waiting });
    harness.get_by_label("Looking at what the repository holds…");
    harness.get_by_label("Cancel").click();
    harness.run_steps(2);
    assert_eq!(given(&mut harness), [Command::CloseInspect]);
    harness.state_mut().answer.settle(Err("Repository 'me/words' requires authentication.".to_owned()));
    harness.run_steps(2);
    harness.get_by_label("Repository 'me/words' requires authentication.");
    harness.get_by_label("Open Its Page").click();
    harness.run_steps(2);
    harness.get_by_label("Retry").click();
    harness.run_steps(2);
    let page = Command::OpenPage("https://huggingface.co/datasets/me/words".to_owned());
    assert_eq!(given(&mut harness), [page, Command::InspectAgain(None)]);
}

#[test]
fn another_revision_is_chosen_or_typed() {
    let mut harness = screen(Asked::done(words()));
    let open = |harness: &mut Harness<'_, Screen>| {
        harness.get(By::new().label("Revision").role(egui::Role::ComboBox)).click();
        harness.run_steps(4);
    };
    open(&mut harness);
    harness.get_by_label("Converted Parquet (refs/convert/parquet)").click();
    harness.run_steps(4);
    assert_eq!(given(&mut harness), [Command::InspectAgain(Some("refs/convert/parquet".to_owned()))]);
    open(&mut harness);
    harness.get_by_label("Another branch, tag or commit…").click();
    harness.run_steps(4);
    harness.get(By::new().label("Branch, tag or commit").role(egui::Role::TextInput)).focus();
    harness.run_steps(2);
    harness.event(egui::Event::Text(" v1.0 ".to_owned()));
    harness.run_steps(2);
    harness.get_by_label("Show").click();
    harness.run_steps(2);
    assert_eq!(given(&mut harness), [Command::InspectAgain(Some("v1.0".to_owned()))]);
}

#[test]
fn a_revision_that_cannot_be_shown_leaves_the_one_before_on_screen() {
    let mut harness = screen(Asked::done(words()));
    harness.get(By::new().label("Revision").role(egui::Role::ComboBox)).click();
    harness.run_steps(4);
    harness.get_by_label("Converted Parquet (refs/convert/parquet)").click();
    harness.run_steps(4);
    harness.state_mut().answer.wait();
    harness.run_steps(4);
    harness.get_by_label("Looking at this revision…");
    assert!(harness.get_by_label(DOWNLOAD).accesskit_node().is_disabled(), "not while another is looked at");
    harness.state_mut().answer.settle(Err("Network error: no data for 30 s.".to_owned()));
    harness.run_steps(4);
    harness.get_by_label("Network error: no data for 30 s.");
    let select = harness.get(By::new().label("Revision").role(egui::Role::ComboBox));
    assert_eq!(select.accesskit_node().value().as_deref(), Some("main"));
    assert!(!harness.get_by_label(DOWNLOAD).accesskit_node().is_disabled());
}

#[test]
fn what_cannot_be_read_says_so_and_offers_the_converted_branch() {
    let problem = "No supported data files in 'me/words'. Found: images (2 files).";
    let unreadable = Inspected {
        configs: Vec::new(),
        problem: Some(problem.to_owned()),
        offers_parquet: true,
        gated: true,
        ..words()
    };
    let mut harness = screen(Asked::done(unreadable));
    harness.get_by_label(problem);
    harness.get_by_label_contains("Gated: its terms must be accepted");
    harness.get_by_label("Nothing of this revision can be downloaded");
    harness.get_by_label("Use Converted Parquet").click();
    harness.run_steps(2);
    assert_eq!(given(&mut harness), [Command::InspectAgain(Some("refs/convert/parquet".to_owned()))]);
}

#[test]
fn every_left_out_file_can_be_reached_and_only_those_in_sight_are_laid_out() {
    let left_out: Vec<(String, &'static str)> =
        (0..10_000).map(|place| (format!("folder/file-{place:05}.bin"), "hidden")).collect();
    let mut harness = screen(Asked::done(Inspected { left_out, configs: Vec::new(), ..words() }));
    assert!(harness.query_by_label_contains("file-00000").is_none(), "closed at first");
    harness.get_by_label("10,000 files are left out").click();
    harness.run_steps(4);
    harness.get_by_label("folder/file-00000.bin, hidden");
    let drawn = harness.query_all(By::new().label_contains("folder/file-")).count();
    assert!(drawn < 20, "{drawn} rows drawn");
}

#[test]
fn of_three_hundred_configs_one_is_found_by_its_name() {
    let configs = (0..300).map(|place| config(&format!("lang_{place}"), vec![split("train", 1, false)])).collect();
    let mut harness = screen(Asked::done(Inspected { configs, ..words() }));
    assert!(harness.query_all(By::new().label_contains("lang_")).count() < 20);
    harness.get(By::new().label("Find a config").role(egui::Role::TextInput)).focus();
    harness.run_steps(2);
    harness.event(egui::Event::Text("LANG_299".to_owned()));
    harness.run_steps(3);
    harness.get_by_label("lang_299, JSON • 1 split • 1 B").click();
    harness.run_steps(2);
    harness.get_by_label(DOWNLOAD).click();
    harness.run_steps(2);
    let chosen = ChosenConfig { config: "lang_299".to_owned(), splits: vec!["train".to_owned()] };
    assert_eq!(given(&mut harness), [Command::DownloadChosen(vec![chosen])]);
}

#[test]
fn names_of_any_length_and_script_neither_panic_nor_break_the_view() {
    let bad = "日本語\u{202e}\0\n<b>".repeat(10_000);
    let mut hostile = words();
    hostile.id.clone_from(&bad);
    hostile.about = vec![bad.clone()];
    hostile.description.clone_from(&bad);
    hostile.facts = vec![(bad[..30].to_owned(), bad.clone()); 4];
    hostile.notes = vec![bad.clone()];
    hostile.problem = Some(bad.clone());
    hostile.left_out = vec![(bad.clone(), "hidden")];
    hostile.revisions = vec![(bad.clone(), bad.clone())];
    hostile.configs = vec![config(&bad, vec![split(&bad, u64::MAX, true), split(&bad, u64::MAX, true)])];
    let mut harness = Harness::builder()
        .with_size(egui::vec2(640.0, 480.0))
        .with_context_setup(crate::window::theme::install)
        .allow_missing_glyphs()
        .build_ui_state(
            draw,
            Screen {
                modal: InspectModal::default(),
                answer: Asked::done(hostile),
                submission: AskedState::Failed(bad),
                commands: Commands::default(),
            },
        );
    harness.run_steps(4);
    harness.get_by_label_contains("1 file is left out").click();
    harness.run_steps(4);
}
