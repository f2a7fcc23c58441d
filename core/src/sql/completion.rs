//! What can be typed next.
//!
//! It looks at the words before the cursor and at the tables that the statement around it names. It never runs anything,
//! and takes text that is half typed.

use std::ops::Range;

use super::builtins::BUILTINS;
use super::keywords::keywords;
use super::lexer::{Token, TokenKind, tokens};
use super::sandbox::text as text_literal;
use super::tree::{ColumnNode, SchemaTree, TableNode};

/// What is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CompletionKind {
    /// A column of a table that the statement names.
    Column,
    /// A table or view.
    Table,
    /// A schema.
    Schema,
    /// A function.
    Function,
    /// A word of the language.
    Keyword,
    /// The name of a tokenizer, as a text.
    Tokenizer,
}

/// Something that can be typed next.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Completion {
    /// What the list shows.
    pub label: String,
    /// What is put in the place of [`Completions::replace`].
    pub insert: String,
    /// What it is.
    pub kind: CompletionKind,
    /// Its type, its signature, or a line on it.
    pub about: String,
}

/// Everything that can be typed next, the likeliest first.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Completions {
    /// The bytes that are typed of it already.
    pub replace: Range<usize>,
    /// What is offered.
    pub items: Vec<Completion>,
}

/// Words after which tables are named.
const BEFORE_TABLES: [&str; 8] = ["from", "join", "into", "describe", "summarize", "table", "update", "pivot"];
/// Words that end a list of tables.
const AFTER_TABLES: [&str; 14] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "select",
    "set",
    "qualify",
    "window",
    "union",
    "intersect",
    "except",
    "on",
    "using",
];

/// What can be typed at the cursor, a byte of the text.
pub fn completions(text: &str, cursor: usize, tree: &SchemaTree) -> Completions {
    let cursor = text.floor_char_boundary(cursor.min(text.len()));
    let all = tokens(text);
    let at = all.iter().position(|token| token.range.start < cursor && cursor <= token.range.end);
    let typed = at.map(|place| &all[place]).filter(|token| is_being_typed(token, cursor));
    let inside = at.map(|place| &all[place]).filter(|token| ends_or_holds(token, cursor));
    let is_before = |token: &&Token| {
        token.range.end <= cursor && Some(*token) != typed && Some(*token) != inside && token.kind != TokenKind::Comment
    };
    let before: Vec<&Token> = all.iter().filter(is_before).collect();
    let replace = typed.map_or(cursor..cursor, |token| token.range.start..cursor);
    if let Some(inside) = inside {
        let items = if inside.kind == TokenKind::String { tokenizers(text, &before, tree) } else { Vec::new() };
        return matching(&text[inside.range.start..cursor], inside.range.start..cursor, items);
    }
    let around = statement_around(text, &all, cursor);
    let scope = tables_in_scope(text, around, tree);
    let items = match before.split_last() {
        Some((dot, before)) if dot.text(text) == "." => after_dot(text, before.last().copied(), &scope, tree),
        _ => anywhere(text, &before, &scope, tree),
    };
    matching(&text[replace.clone()], replace, items)
}

/// Whether a token is a word or name that the cursor stands in or right after.
fn is_being_typed(token: &Token, cursor: usize) -> bool {
    let is_word = matches!(token.kind, TokenKind::Keyword | TokenKind::Identifier);
    is_word && cursor <= token.range.end
        || token.kind == TokenKind::QuotedIdentifier && (!token.closed || cursor < token.range.end)
}

/// Whether the cursor is in a text, a comment or a number, where names have no place.
fn ends_or_holds(token: &Token, cursor: usize) -> bool {
    match token.kind {
        TokenKind::String => !token.closed || cursor < token.range.end,
        TokenKind::Comment => cursor < token.range.end || !token.closed || token.range.end == cursor,
        TokenKind::Number => true,
        _ => false,
    }
}

/// The tokens of the statement that the cursor is in.
fn statement_around<'t>(text: &str, all: &'t [Token], cursor: usize) -> &'t [Token] {
    let is_end = |token: &Token| token.kind == TokenKind::Operator && token.text(text) == ";";
    let here = all.partition_point(|token| token.range.end <= cursor);
    let from = all[..here].iter().rposition(is_end).map_or(0, |place| place + 1);
    let to = all[here..].iter().position(is_end).map_or(all.len(), |place| here + place);
    &all[from..to]
}

/// A table that the statement names, and what it calls it.
struct InScope<'t> {
    alias: String,
    table: &'t TableNode,
}

fn tables_in_scope<'t>(text: &str, statement: &[Token], tree: &'t SchemaTree) -> Vec<InScope<'t>> {
    let words: Vec<&Token> = statement.iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let word = |place: usize| words.get(place).map_or("", |token| token.text(text));
    let is_name = |place: usize| {
        let named = |token: &&Token| matches!(token.kind, TokenKind::Identifier | TokenKind::QuotedIdentifier);
        words.get(place).is_some_and(named)
    };
    let mut found = Vec::new();
    let mut expects = false;
    let mut place = 0;
    while place < words.len() {
        let lower = word(place).to_lowercase();
        if words[place].kind == TokenKind::Keyword || words[place].kind == TokenKind::Identifier && !expects {
            expects = BEFORE_TABLES.contains(&lower.as_str()) || expects && !AFTER_TABLES.contains(&lower.as_str());
            place += 1;
            continue;
        }
        if !expects || !is_name(place) {
            expects &= word(place) == ",";
            place += 1;
            continue;
        }
        let has_schema = word(place + 1) == "." && is_name(place + 2);
        let (schema, name) = if has_schema {
            (unquoted(word(place)), unquoted(word(place + 2)))
        } else {
            (String::new(), unquoted(word(place)))
        };
        place += if has_schema { 3 } else { 1 };
        let mut alias = name.clone();
        let aliased = place + usize::from(word(place).eq_ignore_ascii_case("as"));
        if is_name(aliased) {
            alias = unquoted(word(aliased));
            place = aliased + 1;
        }
        let schema = if schema.is_empty() { "main" } else { schema.as_str() };
        let is_it = |table: &&TableNode| same(table.schema, schema) && same(&table.name, &name);
        found.extend(tree.tables.iter().find(is_it).map(|table| InScope { alias, table }));
        expects = word(place) == ",";
    }
    found
}

fn after_dot(text: &str, qualifier: Option<&Token>, scope: &[InScope<'_>], tree: &SchemaTree) -> Vec<Completion> {
    let Some(qualifier) = qualifier.map(|token| unquoted(token.text(text))) else { return Vec::new() };
    let aliased = scope.iter().find(|table| same(&table.alias, &qualifier));
    if let Some(found) = aliased {
        return found.table.columns.iter().map(column).collect();
    }
    let inside = tree.tables.iter().filter(|table| same(table.schema, &qualifier));
    let own = |table: &TableNode| {
        let insert = table.insert.split_once('.').map_or(table.insert.as_str(), |(_, name)| name);
        Completion { insert: insert.to_owned(), ..self::table(table, table.name.clone()) }
    };
    inside.map(own).collect()
}

fn anywhere(text: &str, before: &[&Token], scope: &[InScope<'_>], tree: &SchemaTree) -> Vec<Completion> {
    let last_word = before.iter().rev().map(|token| token.text(text).to_lowercase()).find(|word| {
        let word = word.as_str();
        BEFORE_TABLES.contains(&word) || AFTER_TABLES.contains(&word)
    });
    let after = before.last().map(|token| token.text(text).to_lowercase()).unwrap_or_default();
    let in_list = after == "," && last_word.as_deref().is_some_and(|word| BEFORE_TABLES.contains(&word));
    let tables = || {
        let schemas = ["samples", "tokens", "stats"].into_iter().map(|schema| Completion {
            label: format!("{schema}."),
            insert: format!("{schema}."),
            kind: CompletionKind::Schema,
            about: String::new(),
        });
        tree.tables.iter().map(|node| table(node, node.insert.clone())).chain(schemas).collect::<Vec<_>>()
    };
    if BEFORE_TABLES.contains(&after.as_str()) || in_list {
        return tables();
    }
    let mut items: Vec<Completion> = scope.iter().flat_map(|found| &found.table.columns).map(column).collect();
    items.sort_by(|one, other| one.label.cmp(&other.label));
    items.dedup_by(|one, other| one.label == other.label);
    let mut aliases: Vec<Completion> = scope
        .iter()
        .filter(|found| !same(&found.alias, &found.table.name))
        .map(|found| table(found.table, super::identifier(&found.alias)))
        .collect();
    items.append(&mut aliases);
    items.extend(tree.functions.iter().map(|function| Completion {
        label: function.name.to_owned(),
        insert: format!("{}(", function.name),
        kind: CompletionKind::Function,
        about: format!("{}: {}", function.signature, function.about),
    }));
    items.extend(BUILTINS.iter().map(|(name, arguments)| Completion {
        label: (*name).to_owned(),
        insert: format!("{name}("),
        kind: CompletionKind::Function,
        about: format!("{name}({arguments})"),
    }));
    items.extend(keywords().iter().map(|word| Completion {
        label: word.to_uppercase(),
        insert: word.to_uppercase(),
        kind: CompletionKind::Keyword,
        about: String::new(),
    }));
    items.extend(tables());
    items
}

/// Tokenizers, where the text is the first argument of a function that takes one.
fn tokenizers(text: &str, before: &[&Token], tree: &SchemaTree) -> Vec<Completion> {
    let [.., function, bracket] = before else { return Vec::new() };
    let name = function.text(text);
    if bracket.text(text) != "(" || !tree.functions.iter().any(|known| same(known.name, name)) {
        return Vec::new();
    }
    let offer = |name: &String| Completion {
        label: name.clone(),
        insert: text_literal(name),
        kind: CompletionKind::Tokenizer,
        about: "A tokenizer of the workspace.".to_owned(),
    };
    tree.tokenizers.iter().map(offer).collect()
}

fn column(node: &ColumnNode) -> Completion {
    Completion {
        label: node.name.clone(),
        insert: node.insert.clone(),
        kind: CompletionKind::Column,
        about: node.kind.clone(),
    }
}

fn table(node: &TableNode, label: String) -> Completion {
    Completion { insert: label.clone(), label, kind: CompletionKind::Table, about: node.about.clone() }
}

/// Those that begin with what is typed, then those that hold it.
fn matching(typed: &str, replace: Range<usize>, items: Vec<Completion>) -> Completions {
    let wanted = typed.trim_start_matches(['"', '\'']).to_lowercase();
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for item in items {
        let label = item.label.to_lowercase();
        if label.starts_with(&wanted) || label.rsplit('.').next().is_some_and(|name| name.starts_with(&wanted)) {
            first.push(item);
        } else if wanted.len() > 1 && label.contains(&wanted) {
            later.push(item);
        }
    }
    first.append(&mut later);
    Completions { replace, items: first }
}

fn unquoted(name: &str) -> String {
    match name.strip_prefix('"') {
        Some(inside) => inside.strip_suffix('"').unwrap_or(inside).replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::docs;
    use super::*;

    fn tree() -> SchemaTree {
        let mut tables: Vec<TableNode> = docs::CATALOG.iter().map(docs::Table::node).collect();
        let columns = vec![ColumnNode::new("split", "string", ""), ColumnNode::new("My Text", "string", "")];
        let name = "Odd Name".to_owned();
        tables.push(TableNode {
            schema: "samples",
            insert: "samples.\"Odd Name\"".into(),
            name,
            about: String::new(),
            columns,
        });
        SchemaTree { tables, functions: docs::FUNCTIONS.to_vec(), tokenizers: vec!["gpt2".into(), "it's".into()] }
    }

    /// What is offered at the mark `|`, and what the text becomes with the first of it.
    fn offered(marked: &str) -> (Vec<String>, String) {
        let cursor = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let found = completions(&text, cursor, &tree());
        let mut first = text.clone();
        if let Some(item) = found.items.first() {
            first.replace_range(found.replace, &item.insert);
        }
        (found.items.into_iter().map(|item| item.label).collect(), first)
    }

    #[test]
    fn tables_are_offered_where_tables_are_named() {
        for marked in ["SELECT * FROM |", "SELECT * FROM datasets, |", "DESCRIBE |", "SELECT 1 FROM a JOIN |"] {
            let (labels, _) = offered(marked);
            assert!(labels.contains(&"datasets".to_owned()) && labels.contains(&"samples.".to_owned()), "{marked}");
            assert!(!labels.contains(&"SELECT".to_owned()), "{marked}");
        }
        assert_eq!(offered("SELECT * FROM samples.|").1, "SELECT * FROM samples.\"Odd Name\"");
        assert_eq!(offered("SELECT * FROM odd|").1, "SELECT * FROM samples.\"Odd Name\"");
        assert_eq!(offered("SELECT * FROM samples.\"Odd|").1, "SELECT * FROM samples.\"Odd Name\"");
    }

    #[test]
    fn columns_come_from_the_tables_that_the_statement_names() {
        assert_eq!(offered("SELECT my| FROM samples.\"Odd Name\"").1, "SELECT \"My Text\" FROM samples.\"Odd Name\"");
        assert_eq!(
            offered("SELECT x.my| FROM samples.\"Odd Name\" AS x").1,
            "SELECT x.\"My Text\" FROM samples.\"Odd Name\" AS x"
        );
        assert_eq!(
            offered("SELECT 1; SELECT d.hf_re| FROM datasets d; SELECT 2").1,
            "SELECT 1; SELECT d.hf_repo_id FROM datasets d; SELECT 2"
        );
        let (labels, _) = offered("SELECT | FROM splits");
        assert!(labels.contains(&"num_samples".to_owned()) && !labels.contains(&"hf_repo_id".to_owned()));
        let (labels, _) = offered("SELECT * FROM splits JOIN datasets d ON d.|");
        assert!(labels.contains(&"revision".to_owned()) && !labels.contains(&"position".to_owned()));
    }

    #[test]
    fn functions_words_and_tokenizers_are_offered() {
        assert_eq!(offered("SELECT token_c|").1, "SELECT token_count(");
        assert_eq!(offered("SELECT regexp_extract_a|").1, "SELECT regexp_extract_all(");
        assert_eq!(offered("sel|").1, "SELECT");
        assert_eq!(offered("SELECT token_count('gp|").1, "SELECT token_count('gpt2'");
        assert_eq!(offered("SELECT tokenize('it|").1, "SELECT tokenize('it''s'");
    }

    #[test]
    fn nothing_is_offered_in_texts_comments_and_numbers() {
        for marked in ["SELECT 'da|", "SELECT 1 -- da|", "SELECT /* da|", "SELECT 12|"] {
            assert_eq!(offered(marked).0, Vec::<String>::new(), "{marked}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_completed_anywhere(text in "(?s).{0,30}|[a-z.,;'\"() ]{0,30}", cursor in 0_usize..40) {
            let found = completions(&text, cursor, &tree());
            proptest::prop_assert!(text.get(found.replace).is_some());
        }
    }
}
