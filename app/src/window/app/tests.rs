//! The whole window over a real workspace and a Hub on the loopback interface, without a screen.

mod palette;
mod sql;
mod statistics;
mod tokenizing;

use std::process::Command as Process;
use std::time::{Duration, Instant};

use egui::Event;
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use mistudio_core::studio::Studio;
use mistudio_tests::hub::{Content, Fault, Gated, LoopbackHub, Repo};

use super::*;
use crate::window::testing;

const FILE: &str = "data/train.parquet";
const TOKEN: &str = "hf_token_of_another";
const MEMBER: &str = "hf_token_of_a_member";

/// The Hub's address is taken from the environment, which a test cannot change for itself: a process of its own can.
#[test]
fn every_refusal_of_the_hub_is_read_in_the_window() {
    let data = |repo: Repo| repo.file(FILE, Content::generated(1, 3 << 20));
    let hub = LoopbackHub::start([
        data(Repo::dataset("me/gated")).gated(Gated::Manual),
        data(Repo::dataset("me/private")).private(),
        Repo::dataset("me/pictures").file("a.png", vec![1]),
        Repo::dataset("me/limited").file("train.txt", "text"),
        Repo::dataset("me/lost").file("valid.txt", "text"),
        Repo::dataset("me/corrupt").file("test.txt", "text"),
        Repo::dataset("me/members").file("all.txt", "text").gated(Gated::Auto).reader("member"),
    ])
    .unwrap();
    hub.add_token(TOKEN, "other");
    hub.add_token(MEMBER, "member");
    for _ in 0..4 {
        hub.fault("all.txt", Fault::unavailable());
    }
    hub.lasting_fault("train.txt", Fault::too_many_requests(3_600));
    hub.lasting_fault("valid.txt", Fault::unavailable());
    hub.lasting_fault("test.txt", Fault::WrongByteAt(1));
    let home = tempfile::tempdir().unwrap();
    let ran = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "window::app::tests::in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env("HF_ENDPOINT", hub.endpoint())
        .env("HF_HOME", home.path())
        .env_remove("HF_TOKEN")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout) + String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
    assert!(!said.contains(TOKEN));
}

#[test]
#[ignore = "the body of the test above"]
fn in_a_process_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::on(Studio::create(folder.path(), "Test").unwrap());
    for (repository, token, text) in [
        (
            "x y",
            "",
            "'x y' is not a Hugging Face repository id. Expected owner/name, for example roneneldan/TinyStories.",
        ),
        (
            "me/none",
            "",
            "Repository 'me/none' not found. Please check the repository name and try again. \
             If it is private, provide an access token.",
        ),
        ("me/private", TOKEN, "Repository 'me/private' not found. Please check the repository name and try again."),
        ("me/gated", "", "Repository 'me/gated' requires authentication. Provide a Hugging Face access token."),
        ("me/gated", TOKEN, "Access denied to 'me/gated'. Request access on its page, then try again."),
    ] {
        window.submit(repository, token);
        window.wait_for(text);
    }
    assert!(window.datasets().is_empty(), "a refusal creates nothing");
    window.submit("me/pictures", "");
    window.wait_for("No supported data files in 'me/pictures'.");
    window.press(egui::Key::Escape);

    for (repository, text) in [
        ("me/limited", "Rate limited by Hugging Face. Retrying in "),
        ("me/lost", "Network error: Hugging Face answered 503. Downloaded 0 of 4 B; Resume continues from there."),
        (
            "me/corrupt",
            "File test.txt is corrupted (git sha1 differs), and was so when downloaded again. \
             Delete and download again.",
        ),
    ] {
        window.submit(repository, "");
        window.wait_for(text);
    }
    assert_eq!(window.datasets().len(), 3);

    // Access that is lost on the way is given again by a token in the form, and Retry on the card.
    window.submit("me/members", MEMBER);
    window.wait_for("Retry members");
    window.press_button("Retry members");
    window.wait_for("Repository 'me/members' requires authentication.");
    window.fill("Access Token (optional, for gated datasets)", MEMBER);
    window.press_button("Retry members");
    window.wait_for("Open members");
}

#[test]
fn the_samples_of_a_real_dataset_are_searched_filtered_ordered_and_shown_with_their_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let example = mistudio_tests::program::repository().join("workspace-example");
    for (path, bytes) in mistudio_tests::program::contents(&example).unwrap() {
        let target = folder.path().join(path.strip_prefix(&example).unwrap());
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
    let mut window = Window::on(Studio::open(folder.path()).unwrap());
    let id = window.datasets()[0].id.clone();
    let is_short = mistudio_core::samples::Condition::Sql("length(text) < 1000".to_owned());
    window.give(Command::ShowSamples(id.clone(), is_short));
    window.wait_for("Remove length(text) < 1000");
    window.wait_for("Sample #1 • train");
    window.wait_for(" tokens • Source: ");

    // A condition that DuckDB refuses says so in the form; a good one narrows the rows down.
    window.press_button("Add filter");
    window.choose("Condition", "SQL condition");
    window.fill("Condition in SQL", "lenth(text) > 3");
    window.press_button("Add");
    window.wait_for("lenth");
    window.wait_for("the filter cannot be applied");
    window.fill("Condition in SQL", "split = 'test' AND language = 'ja' AND row < 100");
    window.press_button("Add");
    window.wait_for("Remove split = 'test'");
    window.wait_for_none("Sample #1 • train");
    window.wait_for(" • test");
    window.press_button("Remove length(text) < 1000");
    window.press_button("Remove split = 'test' AND language = 'ja' AND row < 100");
    window.wait_for("Showing 1-50 of 4,000");

    // An order, in the table.
    window.press_button("Show as table");
    window.press_button("Sort by grade");
    window.wait_for("Sort by grade, now rising");
    window.press_button("Sort by grade, now rising");
    window.wait_for("Remove Sorted by grade, falling");
    window.press_button("Remove Sorted by grade, falling");
    window.press_button("Show as tiles");

    // A search: an expression that is none leaves the rows in sight, a good one finds.
    window.press_button("Regex");
    window.fill("Search in samples", "rabbit(");
    window.wait_for("The regular expression is not valid at character 7: unclosed group.");
    window.fill("Search in samples", "rabb.t");
    window.wait_for_none("The regular expression is not valid");
    window.wait_for(" samples found");
    window.fill("Search in samples", "nothing has this in it");
    window.wait_for("Nothing found.");
    window.fill("Search in samples", "");
    window.wait_for("Showing 1-50 of 4,000");

    // All there is of a sample, and its tokens.
    window.press_button("Show tokens");
    window.press_button("Expand Sample #1 • train");
    window.wait_for("repository");
    let marks = |window: &Window| {
        let open = window.0.state().open.as_ref().unwrap();
        let tokens = &open.detail.as_ref().unwrap().data.samples.tokens;
        let key = crate::window::command::SampleKey { split: "train".to_owned(), row: 0 };
        (
            tokens.counts.get(&key).copied().flatten(),
            tokens.marks.get(&key).map(|marks| marks.found.as_ref().unwrap().len()),
        )
    };
    window.wait_until("tokens of the first sample", |window| marks(window) == (Some(29), Some(29)));

    // Picked samples become a dataset of their own.
    window.press_button("Pick Sample #2 • train");
    window.press_button("Pick Sample #3 • train");
    window.wait_for("2 samples picked");
    window.press_button("Save as dataset…");
    window.fill("Name of the new dataset", "two of them");
    window.press_button("Save");
    window.wait_for("“two of them” is being made; it is among the datasets.");
    let ready = |window: &Window| {
        let made = window.datasets().iter().find(|card| card.name == "two of them");
        made.is_some_and(|card| card.status == crate::window::widgets::Status::Ready)
    };
    window.wait_until("a dataset of two samples", ready);
}

struct Window(Harness<'static, App>);

impl Window {
    fn on(studio: Studio) -> Self {
        let app = App {
            context: egui::Context::default(),
            recent: Recent::default(),
            opening: None,
            refused: None,
            open: Some(OpenWorkspace::new(studio)),
            chosen: None,
            commands: Commands::default(),
            toasts: Toasts::default(),
        };
        let draw = |ui: &mut Ui, app: &mut App| {
            app.step(&ui.ctx().clone());
            app.draw(ui);
        };
        Self(testing::harness(draw, app))
    }

    /// Types into the form and presses its button, as a user does.
    fn submit(&mut self, repository: &str, token: &str) {
        self.fill("Dataset Repository", repository);
        self.fill("Access Token (optional, for gated datasets)", token);
        self.press_button("Download Dataset from HuggingFace");
    }

    /// Types into a field, in place of what is there.
    fn fill(&mut self, field: &str, typed: &str) {
        let is_field = |node: &egui_kittest::Node<'_>| node.accesskit_node().role() != egui::Role::Label;
        self.0.get_all_by_label(field).find(is_field).unwrap().focus();
        self.0.run_steps(2);
        for key in [egui::Key::A, egui::Key::Delete] {
            let modifiers = if key == egui::Key::A { egui::Modifiers::COMMAND } else { egui::Modifiers::NONE };
            self.0.key_press_modifiers(modifiers, key);
            self.0.run_steps(2);
        }
        self.0.event(Event::Text(typed.to_owned()));
        self.0.run_steps(2);
    }

    fn press_button(&mut self, label: &str) {
        self.0.get_by_label(label).scroll_to_me();
        self.0.run_steps(4);
        // As a screen reader does it: a toast may lie over the button.
        self.0.get_by_label(label).click_accesskit();
        self.0.run_steps(2);
    }

    /// Draws until something on screen says this.
    fn wait_for(&mut self, text: &str) {
        self.draw_until(text, |window| window.query_all(By::new().label_contains(text)).next().is_some());
    }

    fn draw_until(&mut self, what: &str, is_so: impl Fn(&Harness<'static, App>) -> bool) {
        let began = Instant::now();
        while !is_so(&self.0) {
            let cards = self.datasets();
            assert!(began.elapsed() < Duration::from_mins(1), "not on screen: {what}\n{cards:#?}");
            std::thread::sleep(Duration::from_millis(10));
            self.0.run_steps(1);
        }
    }

    /// Chooses from a list.
    fn choose(&mut self, list: &str, option: &str) {
        self.0.get(By::new().label(list).role(egui::Role::ComboBox)).click_accesskit();
        self.0.run_steps(4);
        self.0.get(By::new().label(option).role(egui::Role::ListBoxOption)).click_accesskit();
        self.0.run_steps(4);
    }

    /// Gives a command as a screen would.
    fn give(&mut self, command: Command) {
        self.0.state_mut().commands.push(command);
        self.0.run_steps(2);
    }

    /// Draws until nothing on screen says this.
    fn wait_for_none(&mut self, text: &str) {
        let says = |window: &Self| window.0.query_all(By::new().label_contains(text)).next().is_none();
        self.wait_until(&format!("the end of: {text}"), says);
    }

    fn wait_until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < Duration::from_mins(1), "it never came: {what}");
            std::thread::sleep(Duration::from_millis(10));
            self.0.run_steps(1);
        }
    }

    fn press(&mut self, key: egui::Key) {
        self.0.key_press(key);
        self.0.run_steps(4);
    }

    fn datasets(&self) -> &[DatasetCard] {
        self.0.state().open.as_ref().map_or(&[], |open| open.cards.as_slice())
    }
}
