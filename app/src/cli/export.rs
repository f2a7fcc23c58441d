//! export.

use anyhow::Result;
use mistudio_core::export::Exported;
use mistudio_core::studio::{ExportRequest, Studio};
use mistudio_core::units;
use serde_json::json;

use super::Outcome;
use super::output::{Output, one_line};
use super::progress::work;
use super::token_args::ExportArgs;

pub(super) fn export(studio: &Studio, args: &ExportArgs, output: Output) -> Result<Outcome> {
    let request = ExportRequest {
        named: args.what.clone(),
        tokenization: args.tokenization.clone(),
        format: args.format,
        to: args.to.clone(),
        split: args.split.clone(),
        overwrite: args.overwrite,
    };
    let Some(exported) = work(|control| studio.export(&request, control))? else {
        eprintln!("Interrupted. Nothing was exported.");
        return Ok(Outcome::Interrupted);
    };
    let mut document = serde_json::to_value(&exported)?;
    document["folder"] = json!(exported.folder);
    output.print(&document, || describe(&exported))?;
    Ok(Outcome::Done)
}

fn describe(exported: &Exported) {
    println!("Exported to {}", exported.folder.display());
    for split in &exported.splits {
        let (rows, tokens) = (units::counted(split.rows, "row"), units::counted(split.tokens, "token"));
        let (documents, files) =
            (units::counted(split.documents, "document"), units::counted(split.files.len() as u64, "file"));
        println!("  {:<12} {rows}, {documents}, {tokens} as {}, {files}", one_line(&split.split), split.id_type);
    }
    for note in &exported.notes {
        println!("  {}", one_line(note));
    }
}
