//! stats, compare.

use std::path::Path;

use anyhow::{Result, bail};
use mistudio_core::plot::{Colours, Plot, SIZE, png};
use mistudio_core::stats::{
    ComparedSide, Comparison, ExportFormat, FullDocument, LengthUnit, NamedToken, NearSettings, Stats, Summary,
    TokenReport,
};
use mistudio_core::studio::{Studio, StudioError};
use mistudio_core::units;
use mistudio_core::workspace::write_atomic;
use serde_json::Value;

use super::output::{Output, one_line, table};
use super::progress;
use super::stats_args::{CompareArgs, StatsArgs};
use super::{Outcome, interrupt};
use crate::fonts;

/// Tokens and rows of each kind that a terminal shows.
const SHOWN: usize = 10;

/// A line of a comparison: what it says, and how a summary says it.
type Figure = (&'static str, fn(&Summary) -> String);

impl StatsArgs {
    /// Whether the workspace is written to.
    pub(super) fn writes(&self) -> bool {
        self.recompute || self.text_column.is_some() || self.near_duplicates
    }
}

pub(super) fn stats(studio: &Studio, args: &StatsArgs, output: Output) -> Result<Outcome> {
    // What would be found out only after all the work is said first.
    let format = match &args.export {
        Some(path) => Some(ExportFormat::of(path).ok_or_else(|| {
            anyhow::anyhow!("'{}' names no format. Let it end in .json, .csv or .parquet.", path.display())
        })?),
        None => None,
    };
    let picture = args.out.as_deref().map(Picture::of).transpose()?;
    for place in [&args.export, &args.out].into_iter().flatten() {
        studio.check_place(place, args.overwrite)?;
    }
    let id = studio.snapshot().dataset(&args.dataset)?.record.id.clone();
    if args.recompute || args.text_column.is_some() {
        interrupt::begin()?;
        let job = studio.recompute_stats(&id, args.text_column.clone())?;
        let outcome = progress::wait_for_job(studio, &id, &job)?;
        if outcome != Outcome::Done {
            progress::say_paused(&args.dataset);
            return Ok(outcome);
        }
    }
    if args.near_duplicates {
        let settings = NearSettings {
            shingles: args.shingles,
            threshold: args.threshold,
            seed: args.seed,
            ..NearSettings::default()
        };
        interrupt::begin()?;
        let job = studio.find_near_duplicates(&id, settings)?;
        let outcome = progress::wait_for_job(studio, &id, &job)?;
        if outcome != Outcome::Done {
            progress::say_paused(&args.dataset);
            return Ok(outcome);
        }
    }
    let stats = studio.stats(&id, args.tokenization.as_deref())?;
    let report = match &stats.tokens {
        Some(_) => Some(studio.token_report(&id, args.tokenization.as_deref())?),
        None => None,
    };
    if let (Some(what), Some(path), Some(picture)) = (&args.plot, &args.out, picture) {
        let plot = plot(&stats, report.as_ref(), args, what)?;
        studio.check_place(path, args.overwrite)?;
        draw(&plot, path, picture)?;
    }
    let near = studio.near_duplicates(&id)?;
    if let (Some(path), Some(format)) = (&args.export, format) {
        studio.check_place(path, args.overwrite)?;
        stats.export(&args.bins, report.clone(), near.clone(), format, path)?;
    }
    let document = stats.full_document(&args.bins, report, near);
    output.print(&document, || {
        describe(&document);
        for path in [&args.export, &args.out].into_iter().flatten() {
            println!("Written: {}", path.display());
        }
    })?;
    Ok(Outcome::Done)
}

pub(super) fn compare(studio: &Studio, args: &CompareArgs, output: Output) -> Result<Outcome> {
    let compared =
        progress::work(|control| -> Result<Comparison, StudioError> { studio.compare(&args.a, &args.b, control) })?;
    let Some(compared) = compared else { return Ok(Outcome::Interrupted) };
    output.print(&compared, || describe_comparison(&compared))?;
    Ok(Outcome::Done)
}

/// The two kinds of pictures.
#[derive(Debug, Clone, Copy)]
enum Picture {
    Png,
    Svg,
}

impl Picture {
    fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("png") => Ok(Self::Png),
            Some("svg") => Ok(Self::Svg),
            _ => bail!("'{}' is neither a .png nor a .svg file.", path.display()),
        }
    }
}

/// The plot that was asked for. A column that has the name of a plot can be drawn as `column:NAME`.
fn plot(stats: &Stats, report: Option<&TokenReport>, args: &StatsArgs, what: &str) -> Result<Plot> {
    let name = one_line(&args.dataset);
    let tokens = || report.ok_or_else(|| anyhow::anyhow!("'{name}' has no tokenization, and so no tokens to draw."));
    let plot = match what {
        "lengths" => {
            let lengths = match (&stats.tokens, &stats.text) {
                (Some(tokens), _) => Some((LengthUnit::Tokens, &tokens.overall.tokens)),
                (None, Some(text)) => Some((LengthUnit::Chars, &text.overall.chars)),
                (None, None) => None,
            };
            let Some((unit, lengths)) = lengths else { bail!("No lengths of '{name}' are known.") };
            lengths.histogram(&args.bins).plot(unit, &name)
        }
        "rank" => tokens()?.plot_ranks(&name),
        "curve" => tokens()?.plot_cuts(&name),
        column => {
            let column = column.strip_prefix("column:").unwrap_or(column);
            let names = || stats.columns.iter().map(|column| one_line(&column.name)).collect::<Vec<_>>().join(", ");
            let Some(found) = stats.columns.iter().find(|known| known.name == column) else {
                let column = one_line(column);
                bail!("There is no plot '{column}'. There are lengths, rank, curve, and the columns {}.", names());
            };
            let nothing = || anyhow::anyhow!("There is nothing to draw of the column '{}'.", one_line(column));
            found.plot().ok_or_else(nothing)?
        }
    };
    Ok(plot)
}

fn draw(plot: &Plot, path: &Path, picture: Picture) -> Result<()> {
    let svg = plot.svg(SIZE, &Colours::DARK);
    let bytes = match picture {
        Picture::Svg => svg.into_bytes(),
        Picture::Png => png(&svg, &[fonts::INTER])?,
    };
    write_atomic(path, &bytes).map_err(|error| anyhow::anyhow!("'{}' cannot be written: {error}", path.display()))
}

fn describe(full: &FullDocument) {
    let document = &full.document;
    for split in &document.splits {
        println!(
            "{:<12} {} ({:.1}%)",
            one_line(&split.name),
            units::counted(split.num_samples, "sample"),
            split.share * 100.0
        );
    }
    for lengths in &document.units {
        println!("Length in {}: {}", lengths.unit, of_summary(&lengths.summary));
        let bars = &lengths.histogram;
        let most = bars.counts.iter().max().copied().unwrap_or(0).max(1);
        for (bar, count) in bars.counts.iter().enumerate() {
            let mark = "█".repeat((count * 40).div_ceil(most) as usize);
            println!("  {:>15} {:>12} {mark}", bars.label(bar), units::count(*count));
        }
    }
    if let Some(report) = &full.token_report {
        describe_tokens(report);
    }
    if let Some(quality) = &document.quality {
        println!(
            "Quality: {} without a text, {} empty, {} blank",
            units::count(quality.nulls),
            units::count(quality.empty),
            units::count(quality.blank)
        );
        match &quality.duplicates {
            None => println!("  Duplicates and characters are not known yet: use --recompute."),
            Some(found) => {
                let (repeated, texts) = (units::counted(found.repeated, "row"), units::counted(found.texts, "text"));
                println!("  Exact duplicates: {repeated} too many, of {texts}");
                for leak in &found.leaks {
                    let (texts, rows) = (units::counted(leak.texts, "text"), units::counted(leak.to_rows, "row"));
                    let (from, to) = (one_line(&leak.from), one_line(&leak.to));
                    println!("  Leak: {from} and {to} share {texts}, in {rows} of {to}");
                }
            }
        }
        if let Some(characters) = &quality.characters {
            let all: u64 = characters.scripts.values().sum();
            let mut scripts: Vec<(&String, &u64)> = characters.scripts.iter().collect();
            scripts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let share = |count: u64| count as f64 * 100.0 / all.max(1) as f64;
            let told = scripts.iter().take(SHOWN).map(|(name, count)| format!("{name} {:.2}%", share(**count)));
            println!("  Scripts: {}", told.collect::<Vec<_>>().join(", "));
            println!(
                "  Control characters: {} in {}",
                units::count(characters.control_characters()),
                units::counted(characters.texts_with_controls, "text")
            );
        }
        if let Some(longest) = quality.longest.first() {
            let chars = units::counted(longest.chars, "character");
            println!("  Longest: {chars}, row {} of {}", units::count(longest.row), one_line(&longest.split));
        }
    }
    if let Some(near) = &full.near_duplicates {
        println!(
            "Near-duplicates ({}, similarity {} and above): {} in {}, {} across splits",
            near.settings.shingles,
            near.settings.threshold,
            units::counted(near.rows, "row"),
            units::counted(near.clusters, "cluster"),
            units::count(near.across_splits)
        );
    }
    for (name, column) in &document.columns {
        println!("Column {}: {}", one_line(name), of_column(column));
    }
}

/// What a terminal says of a column: what it holds, the ends of numbers that are rounded elsewhere, why it says no more.
fn of_column(column: &Value) -> String {
    let mut told = column.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some([Value::String(min), Value::String(max)]) =
        column.get("exact_range").and_then(Value::as_array).map(Vec::as_slice)
    {
        told = format!("{told}, {min} to {max}");
    }
    match column.get("note").and_then(Value::as_str) {
        Some(note) => format!("{told}. {}", one_line(note)),
        None => told,
    }
}

fn of_summary(summary: &Summary) -> String {
    format!(
        "min {}, p1 {}, p5 {}, p25 {}, median {}, p75 {}, p95 {}, p99 {}, max {}, mean {:.1}, sd {:.1}",
        summary.min,
        summary.p1,
        summary.p5,
        summary.p25,
        summary.median,
        summary.p75,
        summary.p95,
        summary.p99,
        summary.max,
        summary.mean,
        summary.std
    )
}

fn describe_tokens(report: &TokenReport) {
    println!(
        "Tokens: {} in all, {} distinct, {} pads beside them ({:.2}% of all ids)",
        units::count(report.total),
        units::count(report.used),
        units::count(report.pads),
        report.padding_share * 100.0
    );
    if let (Some(size), Some(share), Some(never)) = (report.vocabulary, report.used_share, report.never_used) {
        let (size, never) = (units::count(size), units::count(never));
        println!("  {:.2}% of the vocabulary of {size} are used; {never} never", share * 100.0);
    }
    println!("  Most frequent: {}", named(&report.most_frequent));
    println!("  Special: {}", named(&report.special));
    let cuts = report.cuts.iter().filter(|cut| cut.max_length >= 64 && cut.max_length.is_power_of_two());
    let told = cuts.map(|cut| format!("{:.2}% at {}", cut.tokens_cut * 100.0, cut.max_length));
    println!("  Lost at a maximum length: {}", told.collect::<Vec<_>>().join(", "));
}

fn named(tokens: &[NamedToken]) -> String {
    let told = tokens.iter().take(SHOWN).map(|token| {
        let text = token.text.as_deref().map_or_else(|| format!("#{}", token.id), one_line);
        format!("{text} {}", units::count(token.count))
    });
    told.collect::<Vec<_>>().join(", ")
}

fn describe_comparison(compared: &Comparison) {
    let side = |side: &ComparedSide| {
        let tokenizer = side.tokenizer.as_ref().map(|tokenizer| format!(" with {tokenizer}")).unwrap_or_default();
        one_line(&format!("{}{tokenizer}", side.dataset))
    };
    let mut rows = vec![vec![String::new(), side(&compared.a), side(&compared.b)]];
    let mut add = |what: String, a: Option<String>, b: Option<String>| {
        rows.push(vec![what, a.unwrap_or_default(), b.unwrap_or_default()]);
    };
    let (a, b) = (&compared.a, &compared.b);
    add("rows".into(), Some(units::count(a.rows)), Some(units::count(b.rows)));
    add("tokens".into(), a.tokens.map(units::count), b.tokens.map(units::count));
    for lengths in &compared.lengths {
        let figures: [Figure; 4] = [
            ("median", |summary| summary.median.to_string()),
            ("mean", |summary| format!("{:.1}", summary.mean)),
            ("p95", |summary| summary.p95.to_string()),
            ("max", |summary| units::count(summary.max)),
        ];
        for (what, figure) in figures {
            let what = format!("{} {what}", lengths.unit.name());
            add(what, lengths.a.as_ref().map(figure), lengths.b.as_ref().map(figure));
        }
    }
    table(&rows);
    if let Some(vocabulary) = &compared.vocabulary {
        println!(
            "Vocabulary: {} tokens used by both, of {} and {} (Jaccard {:.3}); they make {:.2}% and {:.2}% of the text",
            units::count(vocabulary.shared),
            units::count(vocabulary.a),
            units::count(vocabulary.b),
            vocabulary.jaccard,
            vocabulary.a_covered * 100.0,
            vocabulary.b_covered * 100.0
        );
    }
    if let Some(samples) = &compared.samples {
        println!(
            "Samples: {} in both, in {} of the first and {} of the other",
            units::counted(samples.shared_texts, "text"),
            units::counted(samples.a_rows, "row"),
            units::counted(samples.b_rows, "row")
        );
    }
}
