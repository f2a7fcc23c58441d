//! Messages without the places of this machine: what is kept in a workspace travels with it.

use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// An absolute path where a message names one: after the beginning, a space, a quote or a bracket. Addresses of the
/// web have a colon before their slashes and are left alone.
#[expect(clippy::unwrap_used, reason = "a fixed pattern, which a test compiles")]
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(^|[\s'"(])((?:[A-Za-z]:)?(?:[/\\][^\s'"():/\\]+)+)"#).unwrap());

/// The message with paths inside the workspace relative to it, and others reduced to their last part.
pub(super) fn without_places(message: &str, root: &Path) -> String {
    let absolute = std::path::absolute(root).unwrap_or_else(|_| root.to_path_buf());
    let mut message = message.to_owned();
    for root in [root, &absolute].map(|root| root.to_string_lossy().into_owned()).iter().filter(|root| root.len() > 1) {
        message = message.replace(&format!("{root}/"), "").replace(&format!("{root}\\"), "");
    }
    let last_part = |found: &Captures<'_>| {
        let name = found[2].rsplit(['/', '\\']).next().unwrap_or_default();
        format!("{}{name}", &found[1])
    };
    PLACE.replace_all(&message, last_part).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_names_no_place_of_this_machine() {
        let root = Path::new("/home/alice/space");
        let kept = |message| without_places(message, root);
        assert_eq!(kept("No permission to read /home/alice/secret/a.txt."), "No permission to read a.txt.");
        assert_eq!(
            kept("A file cannot be read: gone (os error 2): /home/alice/space/datasets/ds_1/files/a.parquet"),
            "A file cannot be read: gone (os error 2): datasets/ds_1/files/a.parquet"
        );
        assert_eq!(
            kept("Accept its terms at https://huggingface.co/datasets/a/b"),
            "Accept its terms at https://huggingface.co/datasets/a/b"
        );
        assert_eq!(kept("data/train.jsonl line 3: 1/2 is no number"), "data/train.jsonl line 3: 1/2 is no number");
    }
}
