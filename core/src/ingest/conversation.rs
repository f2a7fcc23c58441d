//! Conversations as text: what a list of turns reads like, the same wherever it is shown, searched or measured.
//!
//! Each turn is who speaks, a colon, a space and the words; turns are separated by a blank line. A turn without a
//! speaker is its words alone, one without words its speaker and the colon. A missing list has no text.

use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, StringViewArray, StringViewBuilder, StructArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use serde_json::Value;

use super::text_column::{ConversationStyle, style_of};

/// Whether values of this type are lists of turns.
pub(crate) fn is_conversation(kind: &DataType) -> bool {
    style_of(kind).is_some()
}

/// The text of every list of turns; nothing where the column does not hold such lists.
pub(crate) fn conversation_texts(column: &ArrayRef) -> Option<StringViewArray> {
    let style = style_of(column.data_type())?;
    // One kind of list is enough to walk through.
    let lists = match column.data_type() {
        DataType::List(item) => cast(column, &DataType::LargeList(item.clone())).ok()?,
        _ => ArrayRef::clone(column),
    };
    let lists = lists.as_list::<i64>();
    let turns = lists.values().as_struct();
    let (speakers, words) = style.keys();
    let (speakers, words) = (strings(turns, speakers)?, strings(turns, words)?);
    let mut texts = StringViewBuilder::with_capacity(lists.len());
    let mut text = String::new();
    for (row, ends) in lists.offsets().windows(2).enumerate() {
        if lists.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        for turn in ends[0] as usize..ends[1] as usize {
            if turns.is_valid(turn) {
                let value = |part: &StringViewArray| part.is_valid(turn).then(|| part.value(turn).to_owned());
                push_turn(&mut text, value(&speakers).as_deref(), value(&words).as_deref());
            }
        }
        texts.append_value(&text);
    }
    Some(texts.finish())
}

fn strings(turns: &StructArray, part: &str) -> Option<StringViewArray> {
    let part = cast(turns.column_by_name(part)?, &DataType::Utf8View).ok()?;
    Some(part.as_string_view().clone())
}

/// The text of a list of turns given as JSON; nothing where it is none.
pub fn conversation_text(value: &Value) -> Option<String> {
    let turns = value.as_array()?;
    let part = |turn: &Value, key: &str| turn.get(key).and_then(Value::as_str).map(str::to_owned);
    let style = ConversationStyle::of(turns).or_else(|| turns.is_empty().then_some(ConversationStyle::OpenAi))?;
    let (speaker, words) = style.keys();
    let mut text = String::new();
    for turn in turns.iter().filter(|turn| turn.is_object()) {
        push_turn(&mut text, part(turn, speaker).as_deref(), part(turn, words).as_deref());
    }
    Some(text)
}

fn push_turn(text: &mut String, speaker: Option<&str>, words: Option<&str>) {
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    // Writing to a string cannot fail.
    let _always = match (speaker.filter(|speaker| !speaker.is_empty()), words) {
        (Some(speaker), Some(words)) => write!(text, "{speaker}: {words}"),
        (Some(speaker), None) => write!(text, "{speaker}:"),
        (None, words) => write!(text, "{}", words.unwrap_or_default()),
    };
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    /// A column read from rows of JSON.
    fn column(rows: &[Value]) -> ArrayRef {
        let lines = rows.iter().map(|row| json!({ "talk": row }).to_string()).collect::<Vec<_>>().join("\n");
        let (schema, _) = arrow::json::reader::infer_json_schema(lines.as_bytes(), None).unwrap();
        let mut reader = arrow::json::ReaderBuilder::new(Arc::new(schema)).build(lines.as_bytes()).unwrap();
        Arc::clone(reader.next().unwrap().unwrap().column(0))
    }

    #[test]
    fn turns_are_read_in_order_and_the_same_from_columns_and_from_json() {
        let rows = [
            json!([{"role": "user", "content": "Hi\nthere"}, {"role": "assistant", "content": "Yes."}]),
            json!([]),
            Value::Null,
            json!([{"role": null, "content": "words alone"}, {"role": "tool", "content": null}]),
        ];
        let expected = [Some("user: Hi\nthere\n\nassistant: Yes."), Some(""), None, Some("words alone\n\ntool:")];
        let texts = conversation_texts(&column(&rows)).unwrap();
        assert_eq!(texts.iter().collect::<Vec<_>>(), expected);
        assert_eq!(
            rows.iter().map(conversation_text).collect::<Vec<_>>(),
            expected.map(|text| text.map(str::to_owned))
        );
    }

    #[test]
    fn both_styles_are_known_and_other_lists_are_none() {
        let rows = [json!([{"from": "human", "value": "Hi"}])];
        assert_eq!(conversation_texts(&column(&rows)).unwrap().value(0), "human: Hi");
        assert_eq!(conversation_text(&rows[0]).as_deref(), Some("human: Hi"));
        let other = json!([{"name": "x"}]);
        assert!(conversation_texts(&column(std::slice::from_ref(&other))).is_none());
        assert_eq!(conversation_text(&other), None);
        assert_eq!(conversation_text(&json!("text")), None);
    }

    #[test]
    fn a_slice_of_a_column_gives_the_texts_of_its_rows() {
        let rows: Vec<Value> = (0..5).map(|n| json!([{"role": "user", "content": format!("text {n}")}])).collect();
        let sliced = column(&rows).slice(2, 2);
        let texts = conversation_texts(&sliced).unwrap();
        assert_eq!(texts.iter().flatten().collect::<Vec<_>>(), ["user: text 2", "user: text 3"]);
    }
}
