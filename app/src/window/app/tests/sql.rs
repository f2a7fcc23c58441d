//! The SQL tab in the whole window, over a real workspace.

use egui::{Key, Modifiers};
use mistudio_tests::program::{contents, example_workspace};

use super::*;
use crate::window::model::{CopyForm, SqlCommand, SqlState};

fn opened(folder: &std::path::Path) -> Window {
    let mut window = Window::on(Studio::open(folder).unwrap());
    window.wait_for("SQL");
    window.press_button("SQL");
    window.wait_for("Tables");
    window.draw_until("the tables", |window| window.state().open.as_ref().unwrap().sql.data.tree.answer.is_some());
    window
}

impl Window {
    /// Writes into the editor in place of what is there.
    fn write(&mut self, query: &str) {
        self.fill("SQL query", query);
    }

    fn run_query(&mut self) {
        self.0.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
        self.0.run_steps(2);
    }

    fn state(&self) -> SqlState {
        let answer = self.0.state().open.as_ref().and_then(|open| open.sql.data.answer.as_ref());
        answer.map_or(SqlState::Stopped, |answer| answer.state.clone())
    }

    fn until_over(&mut self) {
        self.draw_until("the end of the query", |window| {
            let answer = window.state().open.as_ref().and_then(|open| open.sql.data.answer.as_ref());
            answer.is_some_and(|answer| answer.state != SqlState::Running)
        });
    }
}

#[test]
fn a_query_gives_its_rows_and_an_error_is_marked_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    window.write("SELECT split, count(*) AS n FROM samples.\"little-stories\" GROUP BY split ORDER BY n DESC");
    window.run_query();
    window.wait_for("3 rows •");
    window.wait_for("train");

    window.write("SELECT nope FROM datasets");
    window.run_query();
    window.wait_for("Line 1, column 8");
    let SqlState::Failed { place: Some((range, _)), .. } = window.state() else { panic!("{:?}", window.state()) };
    assert_eq!(range, 7..11);

    window.write("COPY datasets TO '/tmp/stolen.csv'");
    window.run_query();
    window.wait_for("A query cannot write files.");
    // Both are in the history, for the next time.
    window.draw_until("the history", |window| {
        let data = &window.state().open.as_ref().unwrap().sql.data;
        data.history.answer.as_ref().is_some_and(|history| history.len() == 3)
    });
}

#[test]
fn a_million_rows_are_paged_and_an_endless_query_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    window.write("SELECT i, 'row ' || i AS words FROM range(1000000) r(i)");
    window.run_query();
    window.wait_for("1,000,000 rows •");
    window.draw_until("the first page", |window| {
        let answer = window.state().open.as_ref().unwrap().sql.data.answer.clone().unwrap();
        answer.page.is_some_and(|page| page.rows.get(3).is_some_and(|row| row[1].text() == "row 3"))
    });
    let known = |window: &Harness<'static, App>| {
        let answer = window.state().open.as_ref().unwrap().sql.data.answer.clone().unwrap();
        answer.page.unwrap().rows.len()
    };
    assert!(known(&window.0) <= 200, "no more than a page is in memory");

    window.write("SELECT count(*) FROM range(10000000000) a, range(10000000000) b");
    window.run_query();
    // That it runs is told however much of it has come.
    window.wait_for("0 rows so far");
    let began = Instant::now();
    window.press_button("Cancel");
    assert_eq!(window.state(), SqlState::Stopped);
    // The session is free again for the next one.
    window.write("SELECT 'free again' AS words");
    window.run_query();
    window.wait_for("1 row •");
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_query_that_was_stopped_is_in_the_history_once_it_is_over() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    window.write("SELECT i FROM range(1000000000000) r(i)");
    window.run_query();
    window.draw_until("its first rows", |window| {
        window.state().open.as_ref().unwrap().sql.data.answer.as_ref().is_some_and(|answer| answer.rows > 0)
    });
    window.press_button("Cancel");
    window.draw_until("the history", |window| {
        let history = &window.state().open.as_ref().unwrap().sql.data.history;
        history.answer.as_ref().is_some_and(|history| history.iter().any(|past| past.text.contains("1000000000000")))
    });
}

#[test]
fn names_are_completed_while_one_types() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    window.write("SELECT * FROM tokeniza");
    window.wait_for("tokenizations");
    window.press(Key::Enter);
    let open = window.0.state().open.as_ref().unwrap();
    assert_eq!(open.sql.tab.query(), "SELECT * FROM tokenizations");
    window.run_query();
    window.wait_for("2 rows •");
}

#[test]
fn a_query_is_kept_and_comes_back_and_its_rows_become_a_dataset() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    window.write("SELECT 'one' AS text UNION ALL SELECT 'two'");
    window.press_button("Saved Queries");
    window.fill("Name of the Query", "two words");
    window.press_button("Save Query");
    window.draw_until("the file", |_| folder.path().join("queries/two words.sql").exists());
    window.write("SELECT 'one' AS text UNION ALL SELECT 'two'");
    window.run_query();
    window.wait_for("2 rows •");
    window.press_button("Save as Dataset");
    window.fill("Name of the New Dataset", "words");
    window.press_button("Make Dataset");
    window.draw_until("the dataset", |window| {
        let cards = &window.state().open.as_ref().unwrap().cards;
        cards.iter().any(|card| card.name == "words" && card.status == Status::Ready)
    });
    drop(window);
    let mut again = opened(folder.path());
    again.draw_until("the kept query", |window| {
        let saved = window.state().open.as_ref().unwrap().sql.data.saved.answer.clone();
        saved.is_some_and(|saved| saved.iter().any(|query| query.name == "two words"))
    });
}

#[test]
fn nothing_that_is_asked_changes_a_file_of_the_data() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let data = || {
        let files = contents(folder.path()).unwrap();
        files
            .into_iter()
            .filter(|(path, _)| path.extension().is_some_and(|end| end == "parquet" || end == "json"))
            .collect::<Vec<_>>()
    };
    let before = data();
    let mut window = opened(folder.path());
    for query in
        ["DROP VIEW samples.\"little-stories\"", "DELETE FROM datasets", "SELECT * FROM read_text('/etc/passwd')"]
    {
        window.write(query);
        window.run_query();
        window.until_over();
        assert!(matches!(window.state(), SqlState::Failed { .. }), "{query}: {:?}", window.state());
    }
    assert_eq!(data(), before);
}

fn sql(window: &Window) -> &crate::window::model::Sql {
    &window.0.state().open.as_ref().unwrap().sql.data
}

#[test]
fn an_export_is_of_the_rows_it_was_pressed_for_and_goes_on_whatever_else_is_done() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    window.write("SELECT 'first' AS words FROM range(2)");
    window.run_query();
    window.wait_for("2 rows •");
    let export = |window: &Window| {
        let open = window.0.state().open.as_ref().unwrap();
        open.sql.rows_to_export(mistudio_core::subset::RowFormat::Csv).unwrap()
    };
    let pressed = export(&window);
    // While the system's dialog is open, another query is run; then a place is chosen.
    window.write("SELECT 'second' AS words");
    window.run_query();
    window.wait_for("1 row •");
    let also = export(&window);
    let (one, two) = (folder.path().join("one.csv"), folder.path().join("two.csv"));
    {
        let open = window.0.state_mut().open.as_mut().unwrap();
        open.sql.export(&open.studio, pressed, one.clone());
        open.sql.export(&open.studio, also, two.clone());
        // Nothing of this takes the place of an export that is not done yet.
        let (name, text) = ("kept".to_owned(), "SELECT 1".to_owned());
        open.sql.carry_out(SqlCommand::SaveQuery { name, text, overwrite: false }, &open.studio);
        open.sql.carry_out(SqlCommand::SaveDataset("made of it".to_owned()), &open.studio);
        open.sql.carry_out(SqlCommand::CopyValue(0, 0), &open.studio);
    }
    window.wait_until("all of it", |window| {
        let is_made = window.datasets().iter().any(|card| card.name == "made of it" && card.status == Status::Ready);
        sql(window).writing.is_empty() && !sql(window).keeping.is_waiting() && is_made
    });
    assert_eq!(std::fs::read_to_string(one).unwrap(), "words\nfirst\nfirst\n");
    assert_eq!(std::fs::read_to_string(two).unwrap(), "words\nsecond\n");
    assert!(folder.path().join("queries/kept.sql").exists());
}

#[test]
fn why_a_query_was_not_kept_stands_among_the_queries() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    window.write("SELECT 1");
    window.press_button("Saved Queries");
    window.fill("Name of the Query", "a/b");
    window.press_button("Save Query");
    window.wait_for("cannot be the name of a query");
    window.fill("Name of the Query", "a b");
    window.press_button("Save Query");
    window.wait_for_none("cannot be the name of a query");
    window.wait_for("The query a b is kept.");
}

#[test]
fn what_is_temporary_outlives_the_first_query_though_that_one_failed() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    window.write("CREATE TEMP TABLE mine AS SELECT 5 AS five; SELECT nope");
    window.run_query();
    window.until_over();
    assert!(matches!(window.state(), SqlState::Failed { .. }), "{:?}", window.state());
    window.write("SELECT five FROM mine");
    window.run_query();
    window.until_over();
    assert_eq!(window.state(), SqlState::Done);
}

#[test]
fn an_error_in_a_selection_is_marked_where_it_stands_in_the_whole_text() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    let text = "SELECT 1;\nSELECT 2; SELECT nope FROM datasets;";
    window.write(text);
    let part = text.find("SELECT nope").unwrap()..text.len();
    window.give(Command::Sql(SqlCommand::Run { text: text.to_owned(), part }));
    window.wait_for("Line 2, column 18");
    let SqlState::Failed { place: Some((range, place)), .. } = window.state() else { panic!("{:?}", window.state()) };
    assert_eq!((&text[range], place), ("nope", (2, 18)));
}

#[test]
fn it_is_told_how_many_of_the_rows_were_copied() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    window.write("FROM range(100001)");
    window.run_query();
    window.wait_for("100,001 rows •");
    window.give(Command::Sql(SqlCommand::CopyRows(CopyForm::Tsv)));
    window.wait_for("Copied 100,000 rows of 100,001");
}

#[test]
fn a_history_that_cannot_be_read_leaves_the_tables_and_the_kept_queries() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    std::fs::create_dir_all(folder.path().join("queries/history.jsonl")).unwrap();
    std::fs::write(folder.path().join("queries/mine.sql"), "SELECT 1").unwrap();
    let mut window = opened(folder.path());
    assert_eq!(sql(&window).saved.answer.as_ref().unwrap().len(), 1);
    window.press_button("History");
    window.wait_for("The history of queries cannot be read");
}

#[test]
fn the_last_of_five_million_rows_is_one_number_away() {
    let folder = tempfile::tempdir().unwrap();
    example_workspace(folder.path()).unwrap();
    let mut window = opened(folder.path());
    // Tall enough for the whole table: what is not in sight is not drawn.
    window.0.set_size(egui::vec2(1280.0, 1600.0));
    window.write("SELECT 'row ' || i AS words FROM range(1, 5000001) r(i)");
    window.run_query();
    window.wait_for("5,000,000 rows •");
    window.fill("Go to row", "4,999,999");
    window.press(Key::Enter);
    window.wait_for("row 4999999");
    window.wait_for("row 5000000");
    window.wait_for("Rows 4,900,001 to 5,000,000");
    window.press_button("Earlier Rows");
    window.wait_for("row 4900000");
}
