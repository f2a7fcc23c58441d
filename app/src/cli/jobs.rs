//! jobs, verify.

use anyhow::Result;
use indicatif::HumanDuration;
use mistudio_core::audit::StoredAudit;
use mistudio_core::catalog::{Job, JobState, Snapshot};
use mistudio_core::studio::{Studio, Verification};
use serde_json::json;

use super::Outcome;
use super::args::VerifyArgs;
use super::output::{Output, table};
use super::progress;

pub(super) fn jobs(studio: &Studio, output: Output) -> Result<Outcome> {
    let snapshot = studio.snapshot();
    output.print(&json!({ "jobs": snapshot.jobs }), || {
        if snapshot.jobs.is_empty() {
            println!("No jobs yet.");
            return;
        }
        let mut rows = vec![["ID", "STATE", "JOB", "TOOK", "RESULT"].map(str::to_owned).to_vec()];
        for job in &snapshot.jobs {
            let took = job.started_at.zip(job.finished_at).and_then(|(from, to)| (to - from).to_std().ok());
            rows.push(vec![
                job.id.clone(),
                job.state.to_string(),
                job.title.clone(),
                took.map_or_else(|| "-".to_owned(), |took| HumanDuration(took).to_string()),
                job.error.clone().or_else(|| counted(&snapshot, job)).unwrap_or_default(),
            ]);
        }
        table(&rows);
    })?;
    Ok(Outcome::Done)
}

/// What the audit of a finished tokenization counted, errors first.
fn counted(snapshot: &Snapshot, job: &Job) -> Option<String> {
    let all = snapshot.datasets.iter().flat_map(|entry| &entry.tokenizations);
    let made =
        all.into_iter().find(|made| job.state == JobState::Done && job.kind == "tokenize" && made.id == job.target)?;
    let StoredAudit { line, errors, .. } = StoredAudit::of(made);
    let errors = errors.into_iter().map(|error| format!("ERROR: {error}; "));
    Some(errors.chain([line]).collect())
}

pub(super) fn verify(studio: &Studio, args: &VerifyArgs, output: Output) -> Result<Outcome> {
    let verify = |repair| progress::work(|control| studio.verify(repair, control));
    let Some(mut found) = verify(args.repair)? else { return Ok(stopped()) };
    if args.repair {
        for entry in &studio.snapshot().datasets {
            if progress::wait(studio, &entry.record.id)? == Outcome::Interrupted {
                progress::say_paused(&entry.record.name);
                return Ok(Outcome::Interrupted);
            }
        }
        // What could not be repaired is still there.
        let repairs = std::mem::take(&mut found.repairs);
        let Some(again) = verify(false)? else { return Ok(stopped()) };
        found = Verification { repairs, ..again };
    }
    output.print(&found, || {
        if found.ok {
            println!("Everything is as the catalog says.");
        }
        for (word, problems) in [("Missing", &found.missing), ("Changed", &found.changed)] {
            for problem in problems {
                println!("{word}: {} of '{}': {}", problem.path, problem.owner, problem.problem);
            }
        }
        for orphan in &found.orphaned {
            println!("Orphaned: {orphan}");
        }
        for repair in &found.repairs {
            println!("{repair}");
        }
    })?;
    Ok(if found.ok { Outcome::Done } else { Outcome::Failed })
}

/// Says that not everything was looked at.
fn stopped() -> Outcome {
    eprintln!("Stopped before everything was looked at.");
    Outcome::Interrupted
}
