//! The dataset card: the front matter of `README.md`, and the prose after it.

use std::rc::Rc;
use std::sync::LazyLock;

use regex::Regex;

use super::yaml::{self, FrontMatterError, Node, expression};

/// What the card says about the dataset, to be shown before anything is downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Card {
    /// The licence's name, several separated by commas.
    pub license: Option<String>,
    /// A name for people.
    pub pretty_name: Option<String>,
    /// Language codes.
    pub languages: Vec<String>,
    /// Classes of size, for example `10K<n<100K`.
    pub size_categories: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The prose after the front matter, in Markdown.
    pub description: String,
}

/// The opening fence, the YAML, and the closing fence. Blank lines may stand before the first.
static FRONT_MATTER: LazyLock<Regex> =
    LazyLock::new(|| expression(r"\A(\s*---(?:\r\n|\r|\n))((?s:.)*?)((?:\r\n|\r|\n)---[ \t]*(?:\r\n|\n|\z))"));
static LINE_END: LazyLock<Regex> = LazyLock::new(|| expression(r"\r\n|\r|\n"));

/// What the card says, even if its front matter cannot be read: then that is said too, and only the prose is there.
pub fn read_card(readme: &str) -> (Card, Option<FrontMatterError>) {
    let (front_matter, description) = split(readme);
    match front_matter {
        Ok(front_matter) => (card(front_matter.as_deref(), description), None),
        Err(error) => (card(None, description), Some(error)),
    }
}

/// The YAML between the fences as it is written, if there is any, and what follows.
pub(in crate::hub) fn parts(readme: &str) -> (Option<&str>, &str) {
    let readme = readme.strip_prefix('\u{feff}').unwrap_or(readme);
    let found = FRONT_MATTER.captures(readme).and_then(|found| Some((found.get(2)?, found.get(3)?)));
    match found {
        Some((text, closing)) => (Some(text.as_str()), readme[closing.end()..].trim()),
        None => (None, readme.trim()),
    }
}

/// The parsed front matter, if there is any, and the prose.
pub(super) fn split(readme: &str) -> (Result<Option<Rc<Node>>, FrontMatterError>, &str) {
    let readme = readme.strip_prefix('\u{feff}').unwrap_or(readme);
    let Some(found) = FRONT_MATTER.captures(readme) else { return (Ok(None), readme.trim()) };
    let (Some(opening), Some(text), Some(closing)) = (found.get(1), found.get(2), found.get(3)) else {
        return (Ok(None), readme.trim());
    };
    let lines_before = LINE_END.find_iter(opening.as_str()).count();
    let front_matter = yaml::parse(text.as_str(), lines_before).and_then(|root| match root {
        Some(root) if root.as_map().is_none() => {
            let message = format!("the front matter must be a mapping of names to values, but is {}", root.describe());
            Err(FrontMatterError { line: root.line, message })
        }
        Some(root) => match root.as_map().unwrap_or_default().iter().find(|(name, _)| name.as_text().is_none()) {
            Some((name, _)) => {
                let message = format!("the names of the front matter must be text, but here is {}", name.describe());
                Err(FrontMatterError { line: name.line, message })
            }
            None => Ok(Some(root)),
        },
        None => Ok(None),
    });
    (front_matter, readme[closing.end()..].trim())
}

/// The part of the front matter that describes the dataset.
pub(super) fn card(front_matter: Option<&Node>, description: &str) -> Card {
    let texts = |keys: &[&str]| {
        let node = keys.iter().find_map(|key| front_matter?.get(key));
        match node {
            Some(node) => match node.as_list() {
                Some(items) => items.iter().filter_map(|item| item.as_written()).map(str::to_owned).collect(),
                None => node.as_written().map(str::to_owned).into_iter().collect(),
            },
            None => Vec::new(),
        }
    };
    let one = |keys: &[&str]| Some(texts(keys).join(", ")).filter(|text| !text.is_empty());
    Card {
        license: one(&["license"]).map(|license| match (license.as_str(), one(&["license_name"])) {
            ("other", Some(name)) => name,
            _ => license,
        }),
        pretty_name: one(&["pretty_name"]),
        languages: texts(&["language", "languages"]),
        size_categories: texts(&["size_categories"]),
        tags: texts(&["tags"]),
        description: description.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_its_front_matter_and_its_prose() {
        let readme = "---\nlicense: mit\nlanguage:\n- en\n- no\nsize_categories: 1K<n<10K\ntags: [a, 2]\n---\n\n# Hi\n";
        let (card, error) = read_card(readme);
        assert_eq!(error, None);
        assert_eq!(card.license.as_deref(), Some("mit"));
        assert_eq!(card.languages, ["en", "no"]);
        assert_eq!(card.size_categories, ["1K<n<10K"]);
        assert_eq!(card.tags, ["a", "2"]);
        assert_eq!(card.description, "# Hi");
    }

    #[test]
    fn a_named_other_licence_is_shown_by_its_name() {
        let (card, _) = read_card("---\nlicense: other\nlicense_name: odc-x\n---\n");
        assert_eq!(card.license.as_deref(), Some("odc-x"));
    }

    #[test]
    fn a_broken_front_matter_keeps_the_prose_and_names_the_line() {
        let (card, error) = read_card("\u{feff}---\r\nlicense: mit\r\ntags: [a\r\nx: y\r\n---\r\nText\r\n");
        assert_eq!(card.description, "Text");
        let line = error.unwrap().line;
        assert!((3..=4).contains(&line), "{line}");
        let (_, error) = read_card("---\n- a\n- b\n---\nText");
        assert_eq!(error.unwrap().line, 2);
    }

    #[test]
    fn without_front_matter_all_is_prose() {
        assert_eq!(read_card("Just text\n").0.description, "Just text");
        assert_eq!(read_card("").0, Card::default());
    }
}
