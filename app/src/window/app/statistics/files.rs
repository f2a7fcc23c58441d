//! Writing statistics and plots into files that the user names.

use std::path::{Path, PathBuf};

use mistudio_core::plot::{Colours, SIZE, png};
use mistudio_core::stats::ExportFormat;
use mistudio_core::studio::Studio;
use mistudio_core::workspace::write_atomic;

use super::figures;
use crate::fonts;
use crate::window::app::{App, Chosen, OpenWorkspace};
use crate::window::model::{PlotExport, StatisticsExport};

impl App {
    /// Asks for the file that statistics go to.
    pub(in crate::window::app) fn choose_statistics_file(&mut self, export: StatisticsExport) {
        let file = rfd::AsyncFileDialog::new()
            .set_title("Export statistics")
            .set_file_name(format!("{}-statistics.json", file_name(&export.name)))
            .add_filter("JSON", &["json"])
            .add_filter("CSV", &["csv"])
            .add_filter("Parquet", &["parquet"])
            .save_file();
        self.choose(async { file.await.map(|file| Chosen::Statistics(export, file.path().into())) });
    }

    /// Asks for the file that a plot goes to.
    pub(in crate::window::app) fn choose_plot_file(&mut self, export: PlotExport) {
        let file = rfd::AsyncFileDialog::new()
            .set_title("Save a plot")
            .set_file_name(format!("{}.png", file_name(&export.name)))
            .add_filter("PNG", &["png"])
            .add_filter("SVG", &["svg"])
            .save_file();
        self.choose(async { file.await.map(|file| Chosen::Plot(export, file.path().into())) });
    }
}

impl OpenWorkspace {
    /// Writes statistics into a file. The dialog has asked already whether one that is there is to be replaced.
    pub(in crate::window::app) fn export_statistics(&mut self, export: StatisticsExport, to: PathBuf) {
        self.deeds.push(self.studio.ask_long(move |studio, _| {
            write_statistics(studio, &export, &to)?;
            Ok(Some(format!("The statistics of “{}” were written to {}.", export.name, to.display())))
        }));
    }

    /// Draws a plot into a file.
    pub(in crate::window::app) fn export_plot(&mut self, export: PlotExport, to: PathBuf) {
        self.deeds.push(self.studio.ask_long(move |studio, _| {
            studio.check_place(&to, true).map_err(|error| error.to_string())?;
            write_plot(&export, &to)?;
            Ok(Some(format!("The plot was written to {}.", to.display())))
        }));
    }
}

/// Writes everything that the tab shows, in the format that the file's ending names, in place of a file that is there.
pub(in crate::window::app) fn write_statistics(
    studio: &Studio,
    export: &StatisticsExport,
    to: &Path,
) -> Result<(), String> {
    let format = ExportFormat::of(to).ok_or_else(|| {
        format!("Nothing was written. Let the name end in .json, .csv or .parquet. ({})", to.display())
    })?;
    studio.check_place(to, true).map_err(|error| error.to_string())?;
    let found = figures::figures(studio, &export.dataset.0, &export.of).map_err(|error| error.to_string())?;
    let found = found.ok_or_else(|| format!("Nothing was written: “{}” has no statistics yet.", export.name))?;
    // A part that cannot be read must not be missing without a word.
    let (report, near) = (found.report.transpose()?, found.near.transpose()?);
    found.stats.export(&export.bins, report, near, format, to).map_err(|error| error.to_string())
}

/// Draws a plot as SVG or PNG, as the file's ending says.
pub(in crate::window::app) fn write_plot(export: &PlotExport, to: &Path) -> Result<(), String> {
    let svg = export.plot.svg(SIZE, &Colours::DARK);
    let ending = to.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let bytes = match ending.as_deref() {
        Some("svg") => svg.into_bytes(),
        Some("png") => png(&svg, &[fonts::INTER]).map_err(|error| error.to_string())?,
        _ => return Err(format!("Nothing was written. Let the name end in .png or .svg. ({})", to.display())),
    };
    write_atomic(to, &bytes).map_err(|error| format!("The plot cannot be written: {error} ({})", to.display()))
}

/// A name that every file system takes.
fn file_name(name: &str) -> String {
    let safe = |character: char| if character.is_alphanumeric() || "-_.".contains(character) { character } else { '_' };
    let name: String = name.chars().take(80).map(safe).collect();
    if name.trim_matches(['.', '_']).is_empty() { "dataset".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mistudio_core::plot::{Marks, Plot};

    use super::*;

    #[test]
    fn a_plot_becomes_the_picture_that_its_name_says_and_another_name_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let marks = Marks::Bars(vec![("0-100".to_owned(), 3)]);
        let plot = Plot { title: "Lengths".into(), note: String::new(), x: String::new(), y: String::new(), marks };
        let export = PlotExport { name: "lengths".to_owned(), plot: Arc::new(plot) };
        let written = |name: &str| {
            let path = folder.path().join(name);
            write_plot(&export, &path).map(|()| std::fs::read(&path).unwrap())
        };
        assert!(written("a.PNG").unwrap().starts_with(b"\x89PNG"));
        assert!(written("a.svg").unwrap().starts_with(b"<svg"));
        assert!(written("a.gif").unwrap_err().contains("Let the name end in .png or .svg."));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_dataset_of_any_name_has_a_file_name() {
        assert_eq!(file_name("a/b: c"), "a_b__c");
        assert_eq!(file_name("../.."), "dataset");
    }
}
