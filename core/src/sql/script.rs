//! What a user typed, taken apart into statements, each of a kind that a query may have.
//!
//! Nothing that was typed is run as it stands. It is cut into words, and each statement is written anew from its words:
//! comments become spaces, every text a plain `'…'`. So DuckDB cannot see a statement, a text or a comment end anywhere
//! else than it was seen to end here, and which statements there are and how each begins is beyond doubt. Places in
//! the new text lead back to places in the typed one.

use std::ops::Range;

use super::SqlError;
use super::lexer::{Token, TokenKind, tokens};

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It asks.
    Query,
    /// It asks how a query would be run.
    Explain,
    /// It makes, changes or removes something temporary.
    Temporary,
}

/// One statement, ready to be run.
#[derive(Debug)]
pub(super) struct Statement {
    /// The statement written anew.
    pub(super) text: String,
    /// Where it stood in what was typed.
    pub(super) range: Range<usize>,
    /// Where each word is in `text`, and where it was typed; in order.
    places: Vec<(usize, Range<usize>)>,
    /// Which of its words the query begins with that it is or explains; nothing where it is neither.
    query: Option<usize>,
}

impl Statement {
    /// The query that it is or explains.
    pub(super) fn query(&self) -> Option<&str> {
        let (start, _) = self.places.get(self.query?)?;
        self.text.get(*start..)
    }

    /// A place in [`text`](Self::text), and how far it goes on, as bytes of what was typed.
    pub(super) fn typed(&self, start: usize, length: usize) -> Range<usize> {
        let word = self.places.partition_point(|(place, _)| *place <= start);
        let Some((place, range)) = word.checked_sub(1).and_then(|word| self.places.get(word)) else {
            return self.range.start..self.range.start;
        };
        let from = (range.start + (start - place)).min(range.end);
        let last = self.places.partition_point(|(place, _)| *place < start + length);
        let end = match last.checked_sub(1).and_then(|word| self.places.get(word)) {
            Some((place, range)) if length > 0 => (range.start + (start + length - place)).min(range.end),
            _ => from,
        };
        from..end.max(from)
    }
}

/// The statements of a text, all of kinds that are allowed.
pub(super) fn statements(typed: &str) -> Result<Vec<Statement>, SqlError> {
    let all = tokens(typed);
    let words: Vec<&Token> = all.iter().filter(|token| token.kind != TokenKind::Comment).collect();
    if let Some(open) = all.iter().find(|token| !token.closed) {
        let what = match open.kind {
            TokenKind::Comment => "This comment has no end. Close it with */.",
            TokenKind::QuotedIdentifier => "This name has no end. Close it with a double quote.",
            _ => "This text has no end. Close it as it was opened.",
        };
        return Err(refused(what.to_owned(), open));
    }
    let is_end = |token: &&Token| token.kind == TokenKind::Operator && token.text(typed) == ";";
    let mut statements = Vec::new();
    for words in words.split(is_end).filter(|words| !words.is_empty()) {
        statements.push(statement(typed, words)?);
    }
    if statements.is_empty() { Err(SqlError::Empty) } else { Ok(statements) }
}

fn statement(typed: &str, words: &[&Token]) -> Result<Statement, SqlError> {
    let mut text = String::with_capacity(typed.len());
    let mut places = Vec::with_capacity(words.len());
    let mut end = None;
    for word in words {
        if end.is_some_and(|end| end != word.range.start) {
            text.push(' ');
        }
        places.push((text.len(), word.range.clone()));
        write(typed, word, &mut text)?;
        end = Some(word.range.end);
    }
    let range = words[0].range.start..words[words.len() - 1].range.end;
    let query = match kind(typed, words)? {
        Kind::Query => Some(0),
        Kind::Explain => Some(words.len() - explained(typed, words).len()),
        Kind::Temporary => None,
    };
    Ok(Statement { text, range, places, query })
}

/// Writes one word so that it has one reading alone.
fn write(typed: &str, word: &Token, text: &mut String) -> Result<(), SqlError> {
    let found = word.text(typed);
    match word.kind {
        TokenKind::Unknown => {
            return Err(refused(format!("{found:?} has no meaning in SQL."), word));
        }
        TokenKind::Parameter => {
            return Err(refused(
                format!("{found} is a parameter, and there is no value for it. Write the value itself."),
                word,
            ));
        }
        TokenKind::String if found.starts_with('$') => {
            let fence = found[1..].find('$').map_or(0, |end| end + 2);
            let inside = &found[fence..found.len() - fence];
            text.push('\'');
            text.push_str(&inside.replace('\'', "''"));
            text.push('\'');
        }
        TokenKind::String if found.starts_with(['e', 'E']) => {
            let inside = &found[2..found.len() - 1];
            if inside.contains('\'') || inside.ends_with('\\') {
                let reason = "This text has a quote or ends in a backslash, and is written with e'…'. Write it without the e, with each quote doubled.";
                return Err(refused(reason.to_owned(), word));
            }
            text.push_str(found);
        }
        _ if found.contains('\0') => {
            return Err(refused("SQL cannot have the character U+0000 in it.".to_owned(), word));
        }
        _ => text.push_str(found),
    }
    Ok(())
}

fn kind(typed: &str, words: &[&Token]) -> Result<Kind, SqlError> {
    let spelled: Vec<String> = words.iter().take(24).map(|word| word.text(typed).to_ascii_lowercase()).collect();
    let spelled: Vec<&str> = spelled.iter().map(String::as_str).collect();
    let no = |reason: &str| Err(refused(reason.to_owned(), words[0]));
    match spelled.as_slice() {
        [
            "select" | "with" | "from" | "values" | "table" | "pivot" | "pivot_wider" | "pivot_longer" | "unpivot"
            | "describe" | "desc" | "show" | "summarize" | "(",
            ..,
        ] => Ok(Kind::Query),
        // EXPLAIN runs nothing, but EXPLAIN ANALYZE runs what follows: that must be a query.
        ["explain", ..] => match explained(typed, words) {
            [] => no("EXPLAIN is followed by a query."),
            rest if kind(typed, rest)? == Kind::Query => Ok(Kind::Explain),
            _ => no("EXPLAIN is followed by a query."),
        },
        ["create", rest @ ..] => made(rest, words[0]),
        ["install" | "load", ..] | ["update", "extensions"] | ["update", "extensions", "(", ..] => {
            no("A query cannot install or load extensions: everything it needs is built in, and nothing is fetched.")
        }
        ["insert" | "update" | "delete" | "truncate" | "merge", ..]
        | ["alter", "table" | "view" | "sequence" | "type", ..]
        | ["drop", "table" | "view" | "macro" | "function" | "type" | "sequence", ..] => Ok(Kind::Temporary),
        ["alter", ..] => no("ALTER changes temporary tables, views, types and sequences here, and nothing else."),
        ["drop", ..] => no("DROP removes temporary tables, views, macros, types and sequences here, and nothing else."),
        ["copy" | "export", ..] => {
            no("A query cannot write files. Run the SELECT alone, then export its result or save it as a dataset.")
        }
        ["import", ..] => no("A query cannot read files. Add them to the workspace as a dataset, then ask for it."),
        ["attach" | "detach" | "use", ..] => {
            no("A query sees this workspace and no other database, so it cannot attach, detach or use one.")
        }
        ["set" | "reset" | "pragma", ..] => {
            no("A query cannot change settings. Its memory, threads and temporary space are set in workspace.toml.")
        }
        ["call", ..] => no("CALL is not available. Ask with SELECT * FROM the function instead."),
        ["prepare" | "execute" | "deallocate", ..] => {
            no("Prepared statements are not available. Save the query, or make a macro: CREATE TEMP MACRO name(x) AS …")
        }
        ["begin" | "start" | "commit" | "end" | "rollback" | "abort", ..] => {
            no("Each statement is a transaction of its own, so there is none to begin or to end.")
        }
        ["vacuum" | "analyze" | "analyse" | "checkpoint" | "force" | "comment" | "reindex" | "cluster", ..] => {
            no("A query can only look. The catalog and its files are kept in order by miStudio itself.")
        }
        [first, ..] => {
            let begins = "A query begins with SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW, SUMMARIZE, PIVOT, EXPLAIN or \
                          CREATE TEMP";
            Err(refused(format!("{first:?} does not begin a query. {begins}."), words[0]))
        }
        [] => Err(SqlError::Empty),
    }
}

/// What EXPLAIN explains: the words after its options.
fn explained<'w>(typed: &str, words: &'w [&'w Token]) -> &'w [&'w Token] {
    let word = |place: usize| words.get(place).map(|word| word.text(typed).to_ascii_lowercase()).unwrap_or_default();
    let mut from = 1;
    if word(from) == "analyze" {
        from += 1;
    }
    // Options stand in brackets, and so may a query.
    if word(from) == "(" && ["format", "analyze"].contains(&word(from + 1).as_str()) {
        from += words[from..].iter().position(|word| word.text(typed) == ")").map_or(words.len(), |end| end + 1);
    }
    words.get(from..).unwrap_or_default()
}

/// What CREATE may make.
fn made(rest: &[&str], create: &Token) -> Result<Kind, SqlError> {
    match rest.strip_prefix(&["or", "replace"]).unwrap_or(rest) {
        ["temp" | "temporary", "table" | "view" | "macro" | "function" | "type" | "sequence" | "recursive", ..] => {
            Ok(Kind::Temporary)
        }
        ["persistent" | "secret", ..] | ["temp" | "temporary", "secret", ..] => {
            Err(refused("A query cannot make secrets: it reaches no network, and a workspace keeps none.".to_owned(), create))
        }
        _ => Err(refused(
            "A query makes temporary things only. Write CREATE TEMP TABLE, CREATE TEMP VIEW or CREATE TEMP MACRO; they \
             last until SQL is closed."
                .to_owned(),
            create,
        )),
    }
}

fn refused(reason: String, at: &Token) -> SqlError {
    SqlError::Refused { reason, span: Some(at.range.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(typed: &str) -> Vec<String> {
        statements(typed).unwrap().into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn statements_end_at_semicolons_that_stand_in_nothing() {
        let typed = "SELECT ';' -- ;\n, \"a;b\" /* ; */; ; FROM t\n";
        assert_eq!(texts(typed), ["SELECT ';' , \"a;b\"", "FROM t"]);
        assert_eq!(texts("SELECT $x$it's; $x$"), ["SELECT 'it''s; '"]);
    }

    #[test]
    fn places_lead_back_to_what_was_typed() {
        let typed = "SELECT 1; /* é */ SELECT $$a'b$$, nope + 1";
        let statement = statements(typed).unwrap().pop().unwrap();
        let place = statement.text.find("nope").unwrap();
        let range = statement.typed(place, 4);
        assert_eq!(&typed[range], "nope");
        assert_eq!(statement.typed(1000, 3).start, typed.len());
        assert_eq!(statement.typed(0, 0), typed.rfind("SELECT").map(|at| at..at).unwrap());
    }

    #[test]
    fn what_is_not_a_query_is_refused_with_what_to_do() {
        for (typed, said) in [
            ("COPY t TO 'x'", "cannot write files"),
            ("explain analyze copy t to 'x'", "cannot write files"),
            ("create table t as select 1", "CREATE TEMP TABLE"),
            ("create or replace persistent secret s (type s3)", "secrets"),
            ("SELECT 1; PRAGMA database_list", "cannot change settings"),
            ("/* SELECT */ ATTACH 'x'", "no other database"),
            ("SELECT ?", "parameter"),
            ("SELECT 'abc", "no end"),
            ("SELECT e'a\\' ; COPY (SELECT 1) TO '", "backslash"),
            ("SELECT `a`", "no meaning"),
            ("drop schema samples", "temporary"),
            ("nonsense", "does not begin a query"),
            ("SELECT e'a\\'b'", "quote"),
        ] {
            let error = statements(typed).unwrap_err();
            assert!(error.to_string().contains(said), "{typed}: {error}");
            assert!(error.span().is_some_and(|span| span.end <= typed.len()));
        }
        assert!(matches!(statements(" -- nothing\n;"), Err(SqlError::Empty)));
    }
}
