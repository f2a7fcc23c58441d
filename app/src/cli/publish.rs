//! publish.

use anyhow::{Context as _, Result, bail};
use mistudio_core::jobs::control;
use mistudio_core::studio::{PublishPlan, PublishRequest, Published, Studio};
use mistudio_core::units;
use serde_json::json;

use super::output::{Output, confirm, one_line};
use super::progress;
use super::publish_args::PublishArgs;
use super::{Outcome, interrupt};

/// The most file names that are listed.
const LISTED: usize = 20;

pub(super) fn publish(studio: &Studio, args: &PublishArgs, output: Output) -> Result<Outcome> {
    let description = match &args.description {
        Some(file) => Some(
            std::fs::read_to_string(file)
                .with_context(|| format!("The description cannot be read: {}", file.display()))?,
        ),
        None => None,
    };
    let request = PublishRequest {
        dataset: args.dataset.clone(),
        tokenization: args.tokenization.clone(),
        repo: args.repo.clone(),
        config: args.config.clone(),
        public: args.public,
        licence: args.licence.clone(),
        description,
        branch: args.revision.clone(),
        pull_request: args.create_pr,
        replace: args.replace,
        replaces: Vec::new(),
        dry_run: args.dry_run,
    };
    let (control, _handle) = control();
    let plan = studio.publish_plan(&request, None, &control)?;
    if args.dry_run {
        output.print(&plan, || {
            describe(&plan);
            println!("\nREADME.md\n\n{}", lines(&plan.card));
        })?;
        return Ok(Outcome::Done);
    }
    if !args.yes {
        say(&plan);
        match confirm()? {
            None => bail!("Nothing was published. Add --yes to publish without being asked."),
            Some(false) => bail!("Nothing was published."),
            Some(true) => {}
        }
    }
    let request = PublishRequest { replaces: plan.replaces, ..request };
    interrupt::begin()?;
    let begun = studio.publish(&request, None)?;
    let outcome = progress::wait_for_job(studio, &begun.target, &begun.job_id)?;
    if outcome == Outcome::Interrupted {
        eprintln!("Paused. Continue with: mistudio resume {}", args.dataset);
        let document = json!({ "repo": plan.repo, "url": plan.url, "state": "paused", "job": begun.job_id });
        output.print(&document, || {})?;
        return Ok(outcome);
    }
    match studio.published(&args.dataset, args.tokenization.as_deref())? {
        Some(made) => output.print(&made, || tell(&made))?,
        None => bail!("The publication was cancelled."),
    }
    Ok(outcome)
}

/// Says what was published.
pub(super) fn tell(made: &Published) {
    println!("Published: {}", made.url);
    let (sent, there) = (units::size(made.uploaded_bytes), units::size(made.skipped_bytes));
    println!("  {sent} sent, {there} there already, commit {}", made.revision);
}

fn describe(plan: &PublishPlan) {
    for line in summary(plan) {
        println!("{line}");
    }
}

fn say(plan: &PublishPlan) {
    for line in summary(plan) {
        eprintln!("{line}");
    }
}

/// What would be published, line by line.
fn summary(plan: &PublishPlan) -> Vec<String> {
    let seen = if plan.private { "private" } else { "public: everyone can read it" };
    let state = if plan.exists { "there already" } else { "new" };
    let files = units::counted(plan.files.len() as u64, "file");
    let mut lines = vec![
        format!("{} ({state}, {seen})", one_line(&plan.url)),
        format!("  branch {}, config {}: {files}, {}", plan.branch, plan.config, units::size(plan.size_bytes)),
    ];
    lines.extend(plan.splits.iter().map(|split| {
        let (rows, files) = (units::counted(split.rows, "row"), units::counted(split.files, "file"));
        format!("  {:<12} {rows} in {files}, {}", split.name, units::size(split.size_bytes))
    }));
    if !plan.replaces.is_empty() {
        lines.push("Replaces".to_owned());
        lines.extend(plan.replaces.iter().take(LISTED).map(|path| format!("  {}", one_line(path))));
        if let Some(more) = plan.replaces.len().checked_sub(LISTED).filter(|more| *more > 0) {
            lines.push(format!("  and {more} more"));
        }
    }
    lines
}

/// Text of several lines for a terminal.
fn lines(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}
