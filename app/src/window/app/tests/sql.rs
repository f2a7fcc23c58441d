//! The SQL tab in the whole window, over a real workspace.

use egui::{Key, Modifiers};
use mistudio_tests::program::{contents, example_workspace};

use super::*;
use crate::window::model::SqlState;

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
    window.wait_for("3 rows");
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
    window.wait_for("1,000,000 rows");
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
    window.wait_for("The query runs...");
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
    window.wait_for("2 rows");
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
    window.wait_for("2 rows");
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
