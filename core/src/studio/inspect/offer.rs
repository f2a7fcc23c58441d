//! From a layout to what can be chosen.

use std::collections::{HashMap, HashSet};

use super::{ConfigOffer, Inspection, SplitOffer};
use crate::hub::splits::{Config, Format, Layout, RepoFile, Split};

/// What a layout offers. Where it comes from is for the caller to add.
pub(super) fn of_layout(source: String, layout: Layout, files: &[RepoFile]) -> Inspection {
    let sizes: HashMap<&str, u64> = files.iter().map(|file| (file.path.as_str(), file.size)).collect();
    Inspection {
        source,
        revision: None,
        formats: layout.formats.iter().map(ToString::to_string).collect(),
        configs: layout.configs.into_iter().map(|config| offer(config, &sizes)).collect(),
        problem: None,
        ignored: layout.ignored,
        card: layout.card,
        notes: layout.notes,
        total_bytes: files.iter().map(|file| file.size).sum(),
        total_files: files.len() as u64,
        gated: false,
        hub: None,
        files: Vec::new(),
        repo: None,
    }
}

fn offer(config: Config, sizes: &HashMap<&str, u64>) -> ConfigOffer {
    let unreadable = || format!("{} files are not read by this version.", config.format.label());
    ConfigOffer {
        problem: config
            .problem
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| (!config.format.is_supported()).then(unreadable)),
        name: config.name,
        default: config.default,
        format: config.format.label().to_owned(),
        converts: config.format != Format::Parquet,
        splits: config.splits.into_iter().map(|split| offer_split(split, sizes)).collect(),
    }
}

fn offer_split(split: Split, sizes: &HashMap<&str, u64>) -> SplitOffer {
    // A file that two patterns name is fetched once.
    let files: HashSet<&str> = split.files.iter().map(String::as_str).collect();
    SplitOffer {
        size_bytes: files.into_iter().filter_map(|file| sizes.get(file)).sum(),
        name: split.name,
        files: split.files,
        partial: split.partial,
    }
}
