//! Checking that a free SQL condition is one condition and nothing else, before it becomes part of a query.
//!
//! DuckDB itself parses it and hands back the syntax tree, so there is no second grammar to get wrong. The tree may
//! hold the condition alone: no second statement, no clause after it, no query inside, no parameter. This makes
//! refusals clear; what guarantees that nothing else can be read is the lock-down of the sandbox.

use duckdb::Connection;
use serde_json::Value;

use super::SamplesError;

const BEFORE: &str = "SELECT 1 WHERE ";

/// What a query of a bare condition is made of; anything more was written after the condition.
const PARTS: [&str; 6] = ["type", "cte_map", "select_list", "from_table", "where_clause", "aggregate_handling"];

/// Fails, saying why and where, unless the text is one plain condition.
pub(super) fn check(connection: &Connection, condition: &str) -> Result<(), SamplesError> {
    if condition.trim().is_empty() {
        return Err(refused("it is empty"));
    }
    let tree = "SELECT json_serialize_sql(?, skip_null := true, skip_empty := true, skip_default := true)::VARCHAR";
    let tree: String = connection
        .query_row(tree, [format!("{BEFORE}{condition}\n")], |row| row.get(0))
        .map_err(|error| SamplesError::Sandbox { message: error.to_string() })?;
    let tree: Value =
        serde_json::from_str(&tree).map_err(|error| SamplesError::Sandbox { message: error.to_string() })?;
    if tree["error"] == true {
        return Err(syntax_error(&tree, condition));
    }
    let statements = tree["statements"].as_array().map_or(&[][..], Vec::as_slice);
    let [statement] = statements else { return Err(refused("it is more than one statement")) };
    let Some(node) =
        statement["node"].as_object().filter(|node| node.get("type").is_some_and(|is| is == "SELECT_NODE"))
    else {
        return Err(refused("it goes on after the condition; write the condition alone"));
    };
    if let Some(clause) = node.keys().find(|key| !PARTS.contains(&key.as_str())) {
        let clause = match clause.as_str() {
            "modifiers" => "ORDER BY, LIMIT or DISTINCT",
            "group_expressions" | "group_sets" => "GROUP BY",
            "having" => "HAVING",
            "qualify" => "QUALIFY",
            "sample" => "USING SAMPLE",
            other => other,
        };
        return Err(refused(&format!("it has {clause}; write the condition alone")));
    }
    match node.get("where_clause") {
        Some(clause) => plain(clause),
        None => Err(refused("it is empty")),
    }
}

/// Fails if anywhere in the expression stands what a condition on one row cannot have.
fn plain(tree: &Value) -> Result<(), SamplesError> {
    match tree {
        Value::Array(items) => items.iter().try_for_each(plain),
        Value::Object(fields) => {
            let reason = match fields.get("class").and_then(Value::as_str) {
                Some("SUBQUERY") => Some("it has a query inside; a condition looks at one row only"),
                Some("PARAMETER") => Some("it has a parameter (? or $1); write the value itself"),
                Some("WINDOW") => Some("it has a window function; a condition looks at one row only"),
                _ => None,
            };
            match reason {
                Some(reason) => Err(SamplesError::Condition {
                    message: reason.to_owned(),
                    position: fields.get("query_location").and_then(Value::as_u64).and_then(inside),
                }),
                None => fields.values().try_for_each(plain),
            }
        }
        _ => Ok(()),
    }
}

fn syntax_error(tree: &Value, condition: &str) -> SamplesError {
    if tree["error_type"] == "not implemented" {
        return refused("it is more than one statement; write the condition alone");
    }
    let message = tree["error_message"].as_str().unwrap_or("it is not SQL");
    let position = tree["position"].as_str().and_then(|text| text.parse().ok()).and_then(inside);
    // Of an unfinished condition DuckDB names the last word before the end, which may be one that was added here.
    let position = position.filter(|position| *position <= condition.len());
    SamplesError::Condition { message: message.to_owned(), position }
}

/// A place in the parsed text as a place in the condition.
fn inside(position: u64) -> Option<usize> {
    (position as usize).checked_sub(BEFORE.len())
}

fn refused(reason: &str) -> SamplesError {
    SamplesError::Condition { message: reason.to_owned(), position: None }
}
