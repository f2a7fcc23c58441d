//! The files in archives: what is data among them, and whether their paths tell splits.

use super::format::Format;
use super::layout::{Config, Layout, formats_of};
use super::{Card, LayoutError, RepoFile, Split, Tree, ignored, lookup_error, one_format};

/// Everything in archives as one split, as the Python library takes it: the format is that of most files, and the
/// split is told by the archive's own path, which is not looked at here.
pub fn infer_archives(files: &[RepoFile]) -> Result<Layout, LayoutError> {
    let tree = Tree::new(files);
    let found = tree.find_data("", "**").map_err(|error| lookup_error(error, "**", 0))?;
    let found = found.into_iter().map(str::to_owned).collect();
    let mut splits = vec![Split { name: "train".to_owned(), files: found, partial: false }];
    let format = one_format(&splits, files)?;
    for split in &mut splits {
        split.files.retain(|path| format.keeps(path) && Format::of_path(path) != Some(Format::Zip));
    }
    let configs = vec![Config { name: "default".to_owned(), default: true, format, splits, problem: None }];
    Ok(Layout {
        ignored: ignored(&tree, &configs),
        configs,
        card: Card::default(),
        formats: formats_of(files),
        notes: Vec::new(),
    })
}

/// Whether a layout's splits were told by paths, rather than being the one that holds what no path tells.
pub fn tells_splits(layout: &Layout) -> bool {
    layout.configs.iter().any(|config| !matches!(config.splits.as_slice(), [only] if only.name == "train"))
}
