//! The tokenization that workspace.toml asks for, for a dataset that is about to be ready.

use serde_json::Value;

use super::{Context, Spec, Tokenize};
use crate::catalog::{File, Job, data_identity};
use crate::data::DatasetFiles;
use crate::tokenize::Settings;

/// A dataset whose files are finished and whose records are not in the catalog yet.
pub(super) struct NewDataset<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) files: &'a DatasetFiles,
    pub(super) records: &'a [File],
    pub(super) text_column: &'a str,
}

/// The job that tokenizes the dataset as workspace.toml says; `None` where it says nothing, or where that is done
/// already. The error is a sentence for the user.
pub(super) fn job(context: &Context, dataset: &NewDataset<'_>) -> Result<Option<Job>, String> {
    let Some(wanted) = &context.settings.default_tokenization else { return Ok(None) };
    let snapshot = context.catalog.snapshot();
    let record = snapshot.tokenizer(&wanted.tokenizer).map_err(|error| error.to_string())?;
    let opened = context.opened.get_unchanged(&record.sha256, &context.layout.absolute(&record.path));
    let tokenizer = opened.map_err(|error| error.to_string())?;
    let settings = overlaid(Settings::suggested(&tokenizer, dataset.text_column), &wanted.settings)?.normalized();
    let problems = settings.problems(&tokenizer, Some(dataset.files));
    if !problems.is_empty() {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        return Err(format!("[default_tokenization] in workspace.toml: {}.", problems.join("; ")));
    }
    let dataset_revision = data_identity(dataset.records);
    let settings_hash = settings.hash(&dataset_revision, &settings.tokenizer_identity(&tokenizer));
    let entry = snapshot.dataset(dataset.id).map_err(|error| error.to_string())?;
    if entry.tokenizations.iter().any(|found| found.settings_hash == settings_hash) {
        return Ok(None);
    }
    let tokenizer = record.name.clone();
    let title = format!("Tokenize {} with {tokenizer}", dataset.name);
    let dataset_id = dataset.id.to_owned();
    Ok(Some(Spec::Tokenize(Tokenize::new(dataset_id, tokenizer, settings, settings_hash, dataset_revision)).job(title)))
}

/// The suggested settings with those that are named in their place.
fn overlaid(suggested: Settings, named: &toml::Table) -> Result<Settings, String> {
    let wrong = |error: serde_json::Error| format!("[default_tokenization] in workspace.toml: {error}.");
    let mut settings = serde_json::to_value(suggested).map_err(wrong)?;
    if let Value::Object(known) = &mut settings {
        for (name, value) in named {
            known.insert(name.clone(), serde_json::to_value(value).map_err(wrong)?);
        }
    }
    serde_json::from_value(settings).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_settings_replace_the_suggested_and_unknown_ones_are_refused() {
        let named: toml::Table = toml::from_str("max_length = 64\npadding = 'do_not_pad'\n").unwrap();
        let settings = overlaid(Settings::default(), &named).unwrap();
        assert_eq!(settings.max_length, 64);
        assert!(settings.add_special_tokens);
        let error = overlaid(Settings::default(), &toml::from_str("max_lenght = 64").unwrap()).unwrap_err();
        assert!(error.starts_with("[default_tokenization] in workspace.toml: unknown field `max_lenght`"), "{error}");
    }
}
