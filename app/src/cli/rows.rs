//! subset, export-rows.

use anyhow::Result;
use mistudio_core::studio::{RowExport, Studio, SubsetRequest};
use mistudio_core::units;

use super::Outcome;
use super::get::finish;
use super::output::{Output, one_line};
use super::progress::work;
use super::row_args::{ExportRowsArgs, SubsetArgs};

pub(super) fn subset(studio: &Studio, args: &SubsetArgs, output: Output) -> Result<Outcome> {
    let choice = args.rows.choice(studio, &args.dataset)?;
    let request = SubsetRequest { dataset: args.dataset.clone(), choice, name: args.name.clone() };
    let Some(id) = work(|control| studio.subset(&request, control))? else {
        eprintln!("Interrupted. Nothing was made.");
        return Ok(Outcome::Interrupted);
    };
    finish(studio, &id, output)
}

pub(super) fn export(studio: &Studio, args: &ExportRowsArgs, output: Output) -> Result<Outcome> {
    let request = RowExport {
        dataset: args.dataset.clone(),
        choice: args.rows.choice(studio, &args.dataset)?,
        to: args.file.clone(),
        format: args.format,
        overwrite: args.overwrite,
    };
    let Some(written) = work(|control| studio.export_rows(&request, control))? else {
        eprintln!("Interrupted. Nothing was written.");
        return Ok(Outcome::Interrupted);
    };
    output.print(&written, || {
        let rows = units::counted(written.rows, "row");
        println!("Wrote {rows} ({}) to {}", units::size(written.bytes), written.path.display());
        for note in &written.notes {
            println!("  {}", one_line(note));
        }
    })?;
    Ok(Outcome::Done)
}
