//! A conversation as `apply_chat_template` hands it to a template.

use serde_json::{Map, Value};

use super::error::ChatError;
use crate::ingest::ConversationStyle;

/// What a turn's reasoning is called, the name that templates are given it under first.
const REASONING: [&str; 3] = ["reasoning_content", "thinking", "reasoning"];

/// The messages: without what is null in them, and with the words of reasoning under the names that templates look for.
///
/// Turns in the style of ShareGPT get the names that templates know: `from` is the role, `value` the content, `human` the
/// user and `gpt` the assistant.
pub(super) fn prepare(conversation: &Value) -> Result<Vec<Value>, ChatError> {
    let turns = conversation.as_array().ok_or(ChatError::NoConversation)?;
    if turns.is_empty() {
        return Err(ChatError::Empty);
    }
    let style = ConversationStyle::of(turns);
    let turn = |(number, turn): (usize, &Value)| {
        let turn = turn.as_object().ok_or(ChatError::NoTurn(number + 1))?;
        let parts = turn.iter().filter(|(_, part)| !part.is_null());
        let message = match style {
            Some(ConversationStyle::ShareGpt) => parts.map(|(key, part)| from_share_gpt(key, part)).collect(),
            _ => parts.map(|(key, part)| (key.clone(), part.clone())).collect(),
        };
        Ok(Value::Object(with_reasoning(message)))
    };
    turns.iter().enumerate().map(turn).collect()
}

fn from_share_gpt(key: &str, part: &Value) -> (String, Value) {
    match (key, part.as_str()) {
        ("from", Some("human")) => ("role".to_owned(), "user".into()),
        ("from", Some("gpt" | "chatgpt" | "bing" | "bard")) => ("role".to_owned(), "assistant".into()),
        ("from", _) => ("role".to_owned(), part.clone()),
        ("value", _) => ("content".to_owned(), part.clone()),
        _ => (key.to_owned(), part.clone()),
    }
}

fn with_reasoning(message: Map<String, Value>) -> Map<String, Value> {
    let [content, thinking, _] = REASONING;
    let Some(reasoning) = REASONING.iter().find_map(|key| message.get(*key)).cloned() else { return message };
    let mut aliased = Map::from_iter([(thinking.to_owned(), reasoning.clone())]);
    aliased.extend(message);
    aliased.insert(content.to_owned(), reasoning);
    aliased
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn prepared(conversation: &Value) -> String {
        serde_json::to_string(&prepare(conversation).unwrap()).unwrap()
    }

    #[test]
    fn what_is_null_is_left_out_and_order_is_kept() {
        let turns = json!([{"content": "a", "role": "user", "name": null, "n": {"x": null}}]);
        assert_eq!(prepared(&turns), r#"[{"content":"a","role":"user","n":{"x":null}}]"#);
    }

    #[test]
    fn share_gpt_gets_the_names_that_templates_know() {
        let turns =
            json!([{"from": "system", "value": "s"}, {"from": "human", "value": "h"}, {"from": "gpt", "value": null}]);
        let expected = r#"[{"role":"system","content":"s"},{"role":"user","content":"h"},{"role":"assistant"}]"#;
        assert_eq!(prepared(&turns), expected);
    }

    #[test]
    fn reasoning_is_found_under_both_names() {
        let turns = json!([{"role": "assistant", "content": "c", "reasoning": "r"}]);
        let expected = r#"[{"thinking":"r","role":"assistant","content":"c","reasoning":"r","reasoning_content":"r"}]"#;
        assert_eq!(prepared(&turns), expected);
    }

    #[test]
    fn what_is_no_conversation_is_told_apart() {
        assert_eq!(prepare(&json!("text")), Err(ChatError::NoConversation));
        assert_eq!(prepare(&json!([])), Err(ChatError::Empty));
        assert_eq!(prepare(&json!([{"role": "user", "content": "x"}, null])), Err(ChatError::NoTurn(2)));
    }
}
