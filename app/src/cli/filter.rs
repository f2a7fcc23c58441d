//! The conditions on rows, from the command line.

use anyhow::{Context, Result, anyhow};
use mistudio_core::samples::{Condition, Filter, Literal, parse_range};
use mistudio_core::studio::Studio;

use super::look_args::FilterArgs;

/// The conditions that were given; nothing where none was. `--tokens` speaks of the tokenization that is shown, if one is and
/// no other is named.
pub(super) fn of(studio: &Studio, dataset: &str, args: &FilterArgs, shown: Option<&str>) -> Result<Option<Filter>> {
    let snapshot = studio.snapshot();
    let entry = snapshot.dataset(dataset)?;
    let text = || {
        let column = entry.record.text_column.clone();
        column.ok_or_else(|| anyhow!("'{}' has no text column; choose one first", entry.record.name))
    };
    let range = |flag: &str, given: &str| parse_range(given).map_err(|error| anyhow!("{flag}: {error}"));
    let mut conditions = Vec::new();
    if let Some(given) = &args.chars {
        let (min, max) = range("--chars", given)?;
        conditions.push(Condition::Chars { column: text()?, min, max });
    }
    if let Some(given) = &args.word_count {
        let (min, max) = range("--word-count", given)?;
        conditions.push(Condition::Words { column: text()?, min, max });
    }
    if let Some(given) = &args.tokens {
        let (min, max) = range("--tokens", given)?;
        let tokenization = entry.tokenization(args.tokens_of.as_deref().or(shown))?.id.clone();
        conditions.push(Condition::Tokens { tokenization, min, max });
    }
    for given in &args.column_values {
        let (column, value) =
            given.split_once('=').with_context(|| format!("--column-value {given}: write NAME=VALUE"))?;
        let column = column.to_owned();
        conditions.push(match value {
            "null" => Condition::IsNull { column },
            value => Condition::Equals { column, value: Literal::Text(value.to_owned()) },
        });
    }
    if let Some(sql) = &args.r#where {
        conditions.push(Condition::Sql(sql.clone()));
    }
    if args.duplicates {
        conditions.push(Condition::Duplicates { column: text()? });
    }
    Ok(Some(Filter { conditions }).filter(|filter| !filter.is_empty()))
}
