//! The statistics tab in the whole window, over real data.

use mistudio_core::stats::Bins;
use mistudio_tests::program::example_workspace;

use super::*;
use crate::window::app::statistics::write_statistics;
use crate::window::model::{DetailTab, StatisticsExport, StatisticsOf};

fn detail(window: &Window) -> &OpenDetail {
    window.0.state().open.as_ref().unwrap().detail.as_ref().unwrap()
}

fn on_the_tab(folder: &std::path::Path) -> Window {
    example_workspace(folder).unwrap();
    let mut window = Window::on(Studio::open(folder).unwrap());
    window.wait_for("Open little-stories");
    window.press_button("Open little-stories");
    window.wait_for("Statistics");
    window.press_button("Statistics");
    window.wait_for("Total Tokens");
    window
}

#[test]
fn a_bar_leads_to_exactly_the_samples_that_it_counts() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = on_the_tab(folder.path());
    let figures = detail(&window).data.statistics.figures.answer.clone().unwrap();
    let (unit, _) = figures.lengths[0];
    let histogram = figures.table(unit).unwrap().histogram(&Bins::Standard);
    let bar = histogram.counts.iter().position(|count| *count > 0).unwrap();
    let count = histogram.counts[bar];
    window.press_button(&format!("{}: {}", histogram.label(bar), mistudio_core::units::count(count)));
    window.draw_until("the samples of the bar", |window| {
        let detail = window.state().open.as_ref().unwrap().detail.as_ref().unwrap();
        let page = &detail.data.samples.page;
        detail.modal.tab() == DetailTab::Samples
            && !page.is_waiting()
            && page.answer.as_ref().is_some_and(|page| page.counted && page.total == count)
            && !detail.modal.samples().request(None).filter.is_empty()
    });
}

#[test]
fn near_duplicates_are_found_and_two_tokenizations_compared() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = on_the_tab(folder.path());
    window.wait_for("Characters by Script");
    window.press_button("Find Near-Duplicates");
    window.wait_for("Find Again");
    window.wait_for("if each cluster kept one");

    window.press_button("Compare");
    window.wait_for("Used by Both");
    window.wait_for("Plot: Lengths of both in tokens");

    // The longest sample is one press away.
    let figures = detail(&window).data.statistics.figures.answer.clone().unwrap();
    let longest = figures.stats.quality.as_ref().unwrap().longest[0].clone();
    let (number, chars) = (mistudio_core::units::count(longest.row + 1), longest.chars);
    let chars = mistudio_core::units::counted(chars, "character");
    window.press_button(&format!("Sample #{number} • {} {chars}", longest.split));
    window.draw_until("the sample", |window| {
        let detail = window.state().open.as_ref().unwrap().detail.as_ref().unwrap();
        let rows = detail.data.samples.page.answer.as_ref().filter(|_| !detail.data.samples.page.is_waiting());
        let is_it =
            |sample: &crate::window::model::Sample| sample.key.row == longest.row && sample.key.split == longest.split;
        detail.modal.tab() == DetailTab::Samples && rows.is_some_and(|page| page.rows.iter().any(is_it))
    });
}

#[test]
fn statistics_are_shown_without_tokens_when_asked_and_written_as_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = on_the_tab(folder.path());
    let id = detail(&window).modal.dataset().clone();
    window.0.state_mut().commands.push(Command::AskStatistics(id.clone(), StatisticsOf::Text));
    window.wait_for("Total Characters");

    let studio = Studio::open_read_only(folder.path()).unwrap();
    let export = |of| StatisticsExport { dataset: id.clone(), name: "little-stories".into(), of, bins: Bins::Log(20) };
    let written = |of, name: &str| {
        let path = folder.path().join(name);
        write_statistics(&studio, &export(of), &path).map(|()| std::fs::read(&path).unwrap())
    };
    let json = |of| serde_json::from_slice::<serde_json::Value>(&written(of, "a.json").unwrap()).unwrap();
    assert_eq!(json(StatisticsOf::Text)["lengths"]["unit"], "chars");
    assert_eq!(json(StatisticsOf::Newest)["lengths"]["unit"], "tokens");
    assert!(written(StatisticsOf::Newest, "a.csv").unwrap().starts_with(b"section,"));
    assert!(written(StatisticsOf::Newest, "a.parquet").unwrap().starts_with(b"PAR1"));
    assert!(written(StatisticsOf::Newest, "a.txt").unwrap_err().contains("Let the name end in .json"));
}
