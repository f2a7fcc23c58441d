//! A dataset's metadata: any JSON object, with three sections whose rules are known.

use serde_json::{Map, Value};

use super::CatalogError;

/// Merges `changes` into `current`: objects merge key by key at any depth, a null keeps what is there, anything else
/// replaces. The result is checked; on an error `current` is as it was.
pub fn merge(current: &mut Value, changes: &Value) -> Result<(), CatalogError> {
    let mut merged = current.clone();
    merge_into(&mut merged, changes);
    let broken = check(&merged);
    if !broken.is_empty() {
        return Err(CatalogError::Metadata(broken));
    }
    *current = merged;
    Ok(())
}

fn merge_into(current: &mut Value, changes: &Value) {
    match (current, changes) {
        (_, Value::Null) => {}
        (Value::Object(current), Value::Object(changes)) => {
            for (key, change) in changes {
                // A null for a key that is not there adds nothing.
                if !change.is_null() {
                    merge_into(current.entry(key).or_insert(Value::Null), change);
                }
            }
        }
        (current, Value::Object(changes)) => {
            // Merged into an empty object, so that nulls in a new object add nothing either.
            *current = Value::Object(Map::new());
            merge_into(current, &Value::Object(changes.clone()));
        }
        (current, changes) => *current = changes.clone(),
    }
}

/// Every rule that the known sections break.
fn check(metadata: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    for (section, rules) in [
        ("tokenization", check_tokenization as fn(&Map<_, _>) -> Vec<String>),
        ("schema", check_schema),
        ("download", check_download),
    ] {
        match metadata.get(section) {
            None => {}
            Some(Value::Object(section)) => broken.extend(rules(section)),
            Some(_) => broken.push(format!("{section} must be an object")),
        }
    }
    broken
}

fn check_tokenization(section: &Map<String, Value>) -> Vec<String> {
    let mut broken = Vec::new();
    let number = |key: &str| section.get(key).and_then(Value::as_f64);
    let known = ["max_length", "min_length", "num_tokens", "avg_seq_length", "min_seq_length", "max_seq_length"];
    for key in known.into_iter().filter(|key| section.get(*key).is_some_and(|value| !value.is_number())) {
        broken.push(format!("tokenization.{key} must be a number"));
    }
    if number("max_length").is_some_and(|length| length < 1.0) {
        broken.push("tokenization.max_length must be at least 1".to_owned());
    }
    if number("num_tokens").is_some_and(|tokens| tokens < 0.0) {
        broken.push("tokenization.num_tokens must not be negative".to_owned());
    }
    // min ≤ avg ≤ max ≤ max_length, between whichever of the four are there.
    let chain = ["min_seq_length", "avg_seq_length", "max_seq_length", "max_length"];
    let present: Vec<(&str, f64)> = chain.into_iter().filter_map(|key| Some((key, number(key)?))).collect();
    for pair in present.windows(2) {
        if pair[0].1 > pair[1].1 {
            broken.push(format!("tokenization.{} must not exceed {}", pair[0].0, pair[1].0));
        }
    }
    broken
}

fn check_schema(section: &Map<String, Value>) -> Vec<String> {
    match section.get("columns") {
        Some(columns) if !columns.is_array() && !columns.is_object() => {
            vec!["schema.columns must be a list or an object".to_owned()]
        }
        _ => Vec::new(),
    }
}

fn check_download(section: &Map<String, Value>) -> Vec<String> {
    ["size_bytes", "num_files"]
        .into_iter()
        .filter(|key| section.get(*key).is_some_and(|value| value.as_u64().is_none()))
        .map(|key| format!("download.{key} must be a whole number, not negative"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_merge_at_any_depth_and_a_null_keeps_what_is_there() {
        let mut metadata = json!({"download": {"config": "en", "files": [1, 2]}, "note": "x"});
        merge(
            &mut metadata,
            &json!({"download": {"files": [3], "config": null}, "note": null, "new": {"a": null, "b": 1}}),
        )
        .unwrap();
        assert_eq!(metadata, json!({"download": {"config": "en", "files": [3]}, "note": "x", "new": {"b": 1}}));
    }

    #[test]
    fn every_broken_rule_is_named_and_nothing_changes() {
        let mut metadata = json!({"tokenization": {"max_length": 8}});
        let error = merge(
            &mut metadata,
            &json!({"tokenization": {"num_tokens": -1, "min_seq_length": 5, "avg_seq_length": 4, "max_seq_length": 9}}),
        )
        .unwrap_err()
        .to_string();
        for part in [
            "num_tokens must not be negative",
            "min_seq_length must not exceed avg",
            "max_seq_length must not exceed max_length",
        ] {
            assert!(error.contains(part), "{part} not in {error}");
        }
        assert_eq!(metadata, json!({"tokenization": {"max_length": 8}}));
    }

    #[test]
    fn a_section_of_the_wrong_kind_is_refused() {
        let mut metadata = json!({});
        assert!(merge(&mut metadata, &json!({"schema": 3})).is_err());
        assert!(merge(&mut metadata, &json!({"tokenization": {"max_length": "long"}})).is_err());
        assert!(merge(&mut metadata, &json!({"download": {"size_bytes": -2}})).is_err());
    }
}
