//! The YAML of a card, changed key by key: what is not set here stays as it was written, comments included.

use std::fmt::Write;
use std::rc::Rc;

use super::scalars;
use super::{CardFacts, Declared};
use crate::hub::splits::yaml::{Node, parse};

/// The front matter, taken apart into its top-level keys.
pub(super) struct Sheet {
    /// What stands before the first key: comments, mostly.
    head: String,
    entries: Vec<Entry>,
}

struct Entry {
    key: String,
    /// All its lines, with the line ends.
    text: String,
    value: Option<Rc<Node>>,
}

impl Sheet {
    pub(super) fn read(yaml: &str) -> Result<Self, String> {
        let yaml = yaml.replace("\r\n", "\n");
        let root = parse(&yaml, 1).map_err(|error| format!("{error}."))?;
        let Some(root) = root else { return Ok(Self { head: String::new(), entries: Vec::new() }) };
        let Some(map) = root.as_map() else {
            return Err("Its front matter is not a mapping of names to values.".into());
        };
        let lines: Vec<&str> = yaml.split('\n').collect();
        let mut starts: Vec<(usize, String, Rc<Node>)> = Vec::with_capacity(map.len());
        for (name, value) in map {
            let key = name.as_text().ok_or("A name in its front matter is not text.")?;
            // Lines are those of the card, whose first is the fence.
            let line = name.line.saturating_sub(2);
            let is_block =
                lines.get(line).is_some_and(|line| line.starts_with(|c: char| !c.is_whitespace() && c != '{'));
            let is_own = starts.last().is_none_or(|(last, ..)| *last < line);
            if !is_block || !is_own {
                return Err("Its front matter is written in one line.".into());
            }
            starts.push((line, key.to_owned(), Rc::clone(value)));
        }
        let head = starts.first().map_or(0, |(line, ..)| *line);
        let ends = starts.iter().skip(1).map(|(line, ..)| *line).chain([lines.len()]).collect::<Vec<_>>();
        let joined = |lines: &[&str]| lines.iter().fold(String::new(), |text, line| text + line + "\n");
        let entries = starts.into_iter().zip(ends).map(|((start, key, value), end)| Entry {
            key,
            text: joined(&lines[start..end]),
            value: Some(value),
        });
        Ok(Self { head: joined(&lines[..head]), entries: entries.collect() })
    }

    pub(super) fn text(&self) -> String {
        self.entries.iter().fold(self.head.clone(), |text, entry| text + &entry.text)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// Gives a key this text, in its place or at the end. Comments below the old value stay.
    pub(super) fn set(&mut self, key: &str, text: &str) {
        match self.entries.iter_mut().find(|entry| entry.key == key) {
            Some(entry) => {
                entry.text = format!("{text}{}", trailing_comments(&entry.text));
                entry.value = None;
            }
            None => self.entries.push(Entry { key: key.to_owned(), text: text.to_owned(), value: None }),
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.entries.retain(|entry| entry.key != key);
    }

    pub(super) fn move_last(&mut self, key: &str) {
        if let Some(place) = self.entries.iter().position(|entry| entry.key == key) {
            let entry = self.entries.remove(place);
            self.entries.push(entry);
        }
    }

    fn value(&self, key: &str) -> Option<&Rc<Node>> {
        self.entries.iter().find(|entry| entry.key == key)?.value.as_ref()
    }

    /// Makes texts items of a list, after those that are there. What is no list of plain values is refused: it could
    /// not be kept.
    pub(super) fn add_to_list(&mut self, key: &str, added: &[&str]) -> Result<(), String> {
        let value = match self.entries.iter().find(|entry| entry.key == key) {
            Some(Entry { text, value: None, .. }) => {
                parse(text, 1).map_err(|error| format!("{error}."))?.and_then(|root| root.get(key).cloned())
            }
            Some(entry) => entry.value.clone(),
            None => None,
        };
        let known: Vec<Rc<Node>> = match value.filter(|value| !value.is_null()) {
            None => Vec::new(),
            Some(value) => value.as_list().map_or_else(|| vec![Rc::clone(&value)], <[_]>::to_vec),
        };
        if known.iter().any(|item| item.as_written().is_none()) {
            return Err(format!("Its `{key}` are not a list of words."));
        }
        let missing: Vec<&&str> =
            added.iter().filter(|text| !known.iter().any(|item| item.as_written() == Some(text))).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let items = known.iter().map(|item| scalars::node(item, 2));
        let items = items.chain(missing.into_iter().map(|text| scalars::text(text)));
        let lines = items.fold(format!("{key}:\n"), |lines, item| lines + &format!("- {item}\n"));
        self.set(key, &lines);
        Ok(())
    }

    /// Declares the config of `facts` beside those that are declared, in the place of one of the same name; returns
    /// how many others there are.
    pub(super) fn declare(&mut self, facts: &CardFacts, inferred: Option<&Declared>) -> Result<usize, String> {
        let own = Declared {
            name: facts.config.clone(),
            splits: facts.splits.iter().map(|split| (split.name.clone(), split.files.clone())).collect(),
        };
        let known: Vec<Rc<Node>> = match self.value("configs") {
            None => Vec::new(),
            Some(value) => match (value.as_list(), value.as_written()) {
                (Some(items), _) => items.to_vec(),
                (None, None) if value.as_map().is_none() => Vec::new(),
                _ => return Err("Its `configs` are not a list.".into()),
            },
        };
        let mut lines = String::from("configs:\n");
        let name_of = |config: &Node| config.get("config_name").and_then(|name| name.as_text()).map(str::to_owned);
        let mut written = false;
        let mut others = 0;
        if let Some(inferred) = inferred.filter(|inferred| known.is_empty() && inferred.name != own.name) {
            lines += &config(inferred, false);
            others += 1;
        }
        for entry in &known {
            if name_of(entry).as_deref() != Some(own.name.as_str()) {
                // Writing to a string cannot fail.
                let _ = writeln!(lines, "- {}", scalars::node(entry, 2));
                others += 1;
            } else if !written {
                let default = entry.get("default").and_then(|value| value.as_written()) == Some("true");
                lines += &config(&own, default);
                written = true;
            }
        }
        if !written {
            lines += &config(&own, false);
        }
        self.set("configs", &lines);
        self.forget_features(&own.name);
        Ok(others)
    }

    /// Drops what the card says about the columns and rows of a config that is replaced: the Python library would hold
    /// the new files to it.
    fn forget_features(&mut self, config: &str) {
        let Some(info) = self.value("dataset_info").cloned() else { return };
        let is_own =
            |info: &Node| info.get("config_name").and_then(|name| name.as_text()).unwrap_or("default") == config;
        let Some(list) = info.as_list() else {
            if is_own(&info) {
                self.remove("dataset_info");
            }
            return;
        };
        let kept: Vec<&Rc<Node>> = list.iter().filter(|info| !is_own(info)).collect();
        if kept.is_empty() {
            self.remove("dataset_info");
        } else if kept.len() < list.len() {
            let lines = kept.iter().map(|info| format!("- {}\n", scalars::node(info, 2)));
            self.set("dataset_info", &lines.fold("dataset_info:\n".to_owned(), |text, line| text + &line));
        }
    }
}

/// One config with the exact path of every file: none can be forgotten, and none that lies beside them slips in.
fn config(declared: &Declared, default: bool) -> String {
    let mut lines = format!("- config_name: {}\n", scalars::text(&declared.name));
    if default {
        lines += "  default: true\n";
    }
    lines += "  data_files:\n";
    for (split, files) in &declared.splits {
        let _ = writeln!(lines, "  - split: {}\n    path:", scalars::text(split));
        for file in files {
            let _ = writeln!(lines, "    - {}", scalars::text(file));
        }
    }
    lines
}

/// The comments and blank lines at the end of an entry: they belong to what follows.
fn trailing_comments(text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_comment = |line: &&str| line.trim().is_empty() || line.starts_with('#');
    let count = lines.iter().rev().take_while(|line| is_comment(line)).count();
    let comments: String = lines[lines.len() - count..].concat();
    if comments.trim().is_empty() { String::new() } else { comments }
}
