use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};

use super::*;
use crate::window::model::DatasetId;
use crate::window::testing;

fn dataset(number: usize, status: Status) -> DatasetCard {
    DatasetCard {
        id: DatasetId(Arc::from(format!("ds_{number:012x}"))),
        name: format!("Dataset {number}"),
        source: "HuggingFace".to_owned(),
        size: Some(2_469_606_195),
        status,
        progress: status.is_running().then_some(0.42),
        activity: None,
        error: (status == Status::Error).then(|| "Network error: connection reset.".to_owned()),
        remedy: None,
        selection: None,
        external: false,
    }
}

struct Screen {
    panel: DatasetsPanel,
    datasets: Vec<DatasetCard>,
    submission: AskedState,
    search: HubSearch,
    commands: Commands,
}

fn screen(datasets: Vec<DatasetCard>) -> Harness<'static, Screen> {
    let state = Screen {
        panel: DatasetsPanel::default(),
        datasets,
        submission: AskedState::NotAsked,
        search: HubSearch::default(),
        commands: Commands::default(),
    };
    testing::harness(
        |ui, state: &mut Screen| {
            let Screen { panel, datasets, submission, search, commands } = state;
            egui::ScrollArea::vertical().show(ui, |ui| {
                let view = DatasetsView { datasets, state: &AskedState::Done, search, submission, read_only: None };
                panel.ui(ui, view, commands);
            });
        },
        state,
    )
}

const DOWNLOAD: &str = "Download Dataset from HuggingFace";

fn field<'a>(harness: &'a Harness<'_, Screen>, label: &'a str) -> egui_kittest::Node<'a> {
    harness.get(By::new().label(label).predicate(|node| node.role() != egui::Role::Label))
}

#[test]
fn the_button_waits_for_a_repository_and_sends_it_trimmed() {
    let mut harness = screen(vec![]);
    assert!(harness.get_by_label(DOWNLOAD).accesskit_node().is_disabled());
    field(&harness, "Dataset Repository").focus();
    harness.run();
    harness.event(egui::Event::Text(" roneneldan/TinyStories ".to_owned()));
    harness.run();
    harness.get_by_label(DOWNLOAD).click();
    harness.run();
    let given = harness.state_mut().commands.take();
    let Some(Command::Download(request)) = given.last() else { panic!("a download") };
    assert_eq!(request.repository, "roneneldan/TinyStories");
    assert_eq!(request.token, None);
}

#[test]
fn a_repository_can_be_inspected_with_the_token_that_is_typed() {
    for press in [true, false] {
        let mut harness = screen(vec![]);
        assert!(harness.get_by_label("Inspect").accesskit_node().is_disabled());
        harness.state_mut().panel.repository.fill("a/b");
        field(&harness, "Access Token (optional, for gated datasets)").focus();
        harness.run();
        harness.event(egui::Event::Text("hf_x".to_owned()));
        harness.run();
        if press {
            harness.get_by_label("Inspect").click();
        } else {
            harness.key_press(egui::Key::Enter);
        }
        harness.run();
        let request = InspectRequest { repository: "a/b".to_owned(), revision: None, token: Secret::new("hf_x") };
        assert_eq!(harness.state_mut().commands.take(), [Command::Inspect(request)]);
    }
}

#[test]
fn a_cleared_form_remembers_no_token_not_even_to_undo_typing() {
    const TOKEN: &str = "Access Token (optional, for gated datasets)";
    let mut harness = screen(vec![]);
    field(&harness, TOKEN).focus();
    harness.run();
    for letter in ["h", "f", "_", "x"] {
        harness.event(egui::Event::Text(letter.to_owned()));
        harness.run_steps(90);
    }
    harness.state_mut().panel.clear();
    harness.run();
    field(&harness, TOKEN).focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    harness.run();
    assert_eq!(harness.state().panel.token, "");
}

#[test]
fn while_a_request_is_under_way_no_second_one_can_be_sent() {
    let mut harness = screen(vec![]);
    harness.state_mut().panel.repository.fill("a/b");
    harness.state_mut().submission = AskedState::Waiting;
    harness.run_steps(3);
    let button = harness.get_by_label("Downloading...");
    assert!(button.accesskit_node().is_disabled());
}

#[test]
fn a_request_under_way_can_be_given_up() {
    let mut harness = screen(vec![]);
    harness.state_mut().panel.repository.fill("a/b");
    harness.state_mut().submission = AskedState::Waiting;
    harness.run_steps(3);
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    assert_eq!(harness.state_mut().commands.take(), [Command::StopSubmission]);
}

#[test]
fn a_refusal_is_gone_when_something_else_is_typed() {
    let mut harness = screen(vec![]);
    harness.state_mut().panel.repository.fill("a/c");
    harness.state_mut().panel.submitted = "a/b".to_owned();
    harness.state_mut().submission = AskedState::Failed("Repository 'a/b' not found.".to_owned());
    harness.run();
    assert!(harness.query_by_label("Repository 'a/b' not found.").is_none());
}

#[test]
fn what_cannot_be_read_offers_the_choice_that_lets_it_be_read() {
    let remedy = Some(Remedy::SkipBadRows);
    let mut harness = screen(vec![DatasetCard { remedy, ..dataset(1, Status::Error) }]);
    harness.get_by_label("Skip bad rows of Dataset 1").click();
    harness.run();
    let wanted = Command::AcceptRemedy(dataset(1, Status::Error).id, Remedy::SkipBadRows);
    assert_eq!(harness.state_mut().commands.take(), [wanted]);
}

#[test]
fn a_refusal_stands_under_the_field() {
    let mut harness = screen(vec![]);
    harness.state_mut().panel.repository.fill("a/b");
    harness.state_mut().panel.submitted = "a/b".to_owned();
    harness.state_mut().submission = AskedState::Failed("Repository 'a/b' not found.".to_owned());
    harness.run();
    harness.get_by_label("Repository 'a/b' not found.");
}

#[test]
fn nothing_there_says_what_to_do() {
    screen(vec![]).get_by_label("Download one from HuggingFace, or drop files here.");
}

#[test]
fn only_a_ready_dataset_opens() {
    let mut harness = screen(vec![dataset(1, Status::Ready), dataset(2, Status::Error)]);
    harness.get_by_label("Open Dataset 1").click();
    harness.get_by_label("Dataset 2, Error").click();
    harness.run();
    let id = dataset(1, Status::Ready).id;
    assert_eq!(harness.state_mut().commands.take(), [Command::OpenDataset(id)]);
}

#[test]
fn a_button_on_a_card_does_not_open_the_card() {
    let mut harness = screen(vec![dataset(1, Status::Ready)]);
    harness.get_by_label("Delete Dataset 1").click();
    harness.run();
    let id = dataset(1, Status::Ready).id;
    assert_eq!(harness.state_mut().commands.take(), [Command::AskDelete(id)]);
}

#[test]
fn running_work_shows_its_share_and_can_be_paused() {
    let mut harness = screen(vec![dataset(1, Status::Processing)]);
    harness.run_steps(2);
    harness.get_by_label("Pause Dataset 1").click();
    harness.run_steps(2);
    assert_eq!(harness.state_mut().commands.take(), [Command::PauseDataset(dataset(1, Status::Ready).id)]);
}

#[test]
fn of_a_thousand_datasets_only_the_visible_ones_are_drawn() {
    let harness = screen((0..1_000).map(|number| dataset(number, Status::Ready)).collect());
    let drawn = harness.query_all(By::new().label_contains("Open Dataset")).count();
    assert!((3..20).contains(&drawn), "{drawn} cards drawn");
}

#[test]
fn tab_walks_through_the_cards_and_scrolls_to_them() {
    let mut harness = screen((0..100).map(|number| dataset(number, Status::Ready)).collect());
    for _ in 0..40 {
        harness.key_press(egui::Key::Tab);
        harness.run_steps(6);
    }
    let focused = harness.query_all(By::new().predicate(|node| node.is_focused() && !node.is_hidden())).next();
    let name = focused.and_then(|node| node.accesskit_node().label()).unwrap_or_default();
    assert!(name.contains("Dataset 1"), "the keyboard is at {name:?}");
}

#[test]
fn names_of_any_length_and_script_neither_panic_nor_break_the_card() {
    let mut bad = dataset(1, Status::Error);
    bad.name = "日本語\u{202e}\0\n".repeat(10_000);
    bad.error = Some("x".repeat(1_000_000));
    let mut harness = Harness::builder()
        .with_size(egui::vec2(960.0, 640.0))
        .with_context_setup(crate::window::theme::install)
        .allow_missing_glyphs()
        .build_ui(move |ui| {
            let view = DatasetsView {
                datasets: std::slice::from_ref(&bad),
                state: &AskedState::Done,
                search: &HubSearch::default(),
                submission: &AskedState::NotAsked,
                read_only: None,
            };
            DatasetsPanel::default().ui(ui, view, &mut Commands::default());
            assert!(ui.min_rect().width() <= 960.0);
        });
    harness.run();
}
