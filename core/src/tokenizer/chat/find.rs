//! Where a tokenizer keeps its chat template.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value};

/// The file that counts before anything in `tokenizer_config.json`.
pub(in crate::tokenizer) const FILE: &str = "chat_template.jinja";

/// Of several templates, the one that is meant where none is named.
const DEFAULT: &str = "default";

/// The template's source where there is one; why there is none to be used, as a part of a sentence, where something is
/// wrong.
pub(in crate::tokenizer) fn find(
    folder: Option<&Path>,
    config: Option<&Map<String, Value>>,
) -> Option<Result<String, String>> {
    let file = folder.map(|folder| fs::read_to_string(folder.join(FILE)));
    match file {
        Some(Ok(source)) => return Some(Ok(source)),
        Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
            return Some(Err(format!("{FILE} cannot be read ({error})")));
        }
        _ => {}
    }
    let templates: Vec<(&str, &Value)> = match config?.get("chat_template")? {
        Value::Null => return None,
        Value::String(source) => return Some(Ok(source.clone())),
        Value::Object(by_name) => by_name.iter().map(|(name, source)| (name.as_str(), source)).collect(),
        Value::Array(list) => {
            list.iter().filter_map(|entry| Some((entry.get("name")?.as_str()?, entry.get("template")?))).collect()
        }
        _ => {
            return Some(Err("chat_template of tokenizer_config.json is neither a text nor a list of them".to_owned()));
        }
    };
    // As in Python, the last one of a name counts.
    let default = templates.iter().rev().find(|(name, _)| *name == DEFAULT).and_then(|(_, source)| source.as_str());
    Some(default.map(str::to_owned).ok_or_else(|| {
        let names = templates.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        format!("it has several chat templates ({names}), and none is called {DEFAULT}")
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn in_config(template: &Value) -> Option<Result<String, String>> {
        find(None, json!({ "chat_template": template }).as_object())
    }

    #[test]
    fn a_file_of_its_own_counts_before_the_config() {
        let folder = tempfile::tempdir().unwrap();
        let config = json!({ "chat_template": "config" });
        assert_eq!(find(Some(folder.path()), config.as_object()), Some(Ok("config".to_owned())));
        fs::write(folder.path().join(FILE), "file").unwrap();
        assert_eq!(find(Some(folder.path()), config.as_object()), Some(Ok("file".to_owned())));
        fs::write(folder.path().join(FILE), [0xff]).unwrap();
        assert!(
            find(Some(folder.path()), None).unwrap().unwrap_err().starts_with("chat_template.jinja cannot be read")
        );
    }

    #[test]
    fn of_several_templates_the_default_is_meant() {
        let list = json!([{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]);
        assert_eq!(in_config(&list), Some(Ok("d".to_owned())));
        assert_eq!(in_config(&json!({"default": "d"})), Some(Ok("d".to_owned())));
        let none = in_config(&json!([{"name": "rag", "template": "t"}])).unwrap().unwrap_err();
        assert_eq!(none, "it has several chat templates (rag), and none is called default");
        assert_eq!(in_config(&Value::Null), None);
        assert_eq!(find(None, None), None);
    }
}
