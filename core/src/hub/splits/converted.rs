//! The branch `refs/convert/parquet`, on which the Hub keeps its own Parquet of a repository.

use std::collections::BTreeMap;

use super::card::Card;
use super::error::LayoutError;
use super::format::Format;
use super::layout::{self, Config, Ignored, Layout, Reason, Split};
use super::{RepoFile, rules};

/// What stands before the name of a split of which only the beginning is converted.
pub(super) const PARTIAL: &str = "partial-";

/// Tells the layout of the converted branch, whose paths are `config/split/0000.parquet`.
///
/// Configurations come by name, `default` first; one is the default if it is the only one or is named so.
pub fn infer_converted(files: &[RepoFile]) -> Result<Layout, LayoutError> {
    let mut configs: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    let mut ignored = Vec::new();
    for file in files {
        match file.path.split('/').collect::<Vec<_>>().as_slice() {
            [config, split, name] if !name.starts_with('.') && name.ends_with(".parquet") => {
                configs.entry(config).or_default().entry(split).or_default().push(&file.path);
            }
            [.., name] if name.starts_with('.') => {
                ignored.push(Ignored { path: file.path.clone(), reason: Reason::Hidden });
            }
            _ => ignored.push(Ignored { path: file.path.clone(), reason: Reason::InNoSplit }),
        }
    }
    if configs.is_empty() {
        return Err(LayoutError::NoSupportedFiles { found: layout::formats_of(files) });
    }
    let only = configs.len() == 1;
    let mut configs: Vec<Config> = configs
        .into_iter()
        .map(|(name, splits)| Config {
            name: name.to_owned(),
            default: only || name == "default",
            format: Format::Parquet,
            splits: splits.into_iter().map(|(folder, files)| split(folder, files)).collect(),
            problem: None,
        })
        .collect();
    for config in &mut configs {
        config
            .splits
            .sort_by(|one, other| (rules::rank(&one.name), &one.name).cmp(&(rules::rank(&other.name), &other.name)));
    }
    configs.sort_by_key(|config| config.name != "default");
    Ok(Layout { configs, ignored, card: Card::default(), formats: layout::formats_of(files), notes: Vec::new() })
}

fn split(folder: &str, mut files: Vec<&str>) -> Split {
    files.sort_unstable();
    let whole = folder.strip_prefix(PARTIAL);
    Split {
        name: whole.unwrap_or(folder).to_owned(),
        files: files.into_iter().map(str::to_owned).collect(),
        partial: whole.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_converted_branch_has_a_folder_for_each_configuration_and_split() {
        let paths = [
            ".gitattributes",
            "en/partial-train/0001.parquet",
            "en/partial-train/0000.parquet",
            "default/validation/0000.parquet",
            "default/extra/0000.parquet",
            "default/test/0000.parquet",
        ];
        let files: Vec<RepoFile> = paths.iter().map(|path| RepoFile { path: (*path).to_owned(), size: 1 }).collect();
        let layout = infer_converted(&files).unwrap();
        assert_eq!(layout.default_config().unwrap().name, "default");
        let names = |config: &Config| config.splits.iter().map(|split| split.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&layout.configs[0]), ["validation", "test", "extra"]);
        let train = layout.config("en").unwrap().split("train").unwrap();
        assert!(train.partial);
        assert_eq!(train.files, ["en/partial-train/0000.parquet", "en/partial-train/0001.parquet"]);
        assert_eq!(layout.ignored.len(), 1);
        assert!(infer_converted(&files[..1]).is_err());
    }
}
