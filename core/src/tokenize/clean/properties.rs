//! What cleaning promises of any text.

use proptest::prelude::*;

use super::{Change, Cleaner, apply, characters};
use crate::tokenize::settings::{Cleaning, CleaningStep};

fn after(step: CleaningStep, text: &str) -> String {
    let mut into = String::new();
    if apply(step, text, &mut into) { into } else { text.to_owned() }
}

/// Text in which every step finds something, and almost finds something.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<",
        ">",
        "</",
        "<p>",
        "<b x=\"",
        "\"",
        "'",
        "<!--",
        "-->",
        "<!doctype ",
        "=",
        "/>",
        "&",
        "&amp;",
        "&#",
        "60;",
        ";",
        "http://",
        "www.",
        "a.b",
        "(",
        ")",
        "[",
        "x@y.org",
        "@",
        ".",
        "com",
        "\r",
        "\n",
        "\t",
        "\u{7}",
        "\u{85}",
        "  ",
        "\u{a0}",
        "ﬁ",
        "ａ",
        "é",
        "e\u{301}",
        "你",
        "if (a < b && c > d)",
        "word",
        "A",
        "1",
        "-",
        "_",
        ":",
    ]);
    prop_oneof![prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat()), any::<String>()]
}

/// Letters and digits of several scripts, spaces and the punctuation of prose and code, with nothing for any step.
fn clean_texts() -> impl Strategy<Value = String> {
    let words =
        prop::sample::select(vec!["word", "Ünïcode", "你好", "x1", "a < b", "f(x);", "{}", "50 %", "Q&A", "#1", "i++"]);
    let line = prop::collection::vec(words, 1..8).prop_map(|words| words.join(" "));
    prop::collection::vec(line, 1..6).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn doing_a_step_twice_does_no_more(text in texts()) {
        for step in [CleaningStep::Urls, CleaningStep::Emails, CleaningStep::ControlCharacters, CleaningStep::Nfkc, CleaningStep::WhiteSpace] {
            let once = after(step, &text);
            prop_assert_eq!(&after(step, &once), &once, "{}", step);
        }
    }

    #[test]
    fn a_step_that_says_it_changed_something_did(text in texts()) {
        for step in CleaningStep::ALL {
            let mut into = String::new();
            if apply(step, &text, &mut into) {
                prop_assert_ne!(&into, &text, "{}", step);
            }
        }
    }

    #[test]
    fn a_text_without_anything_to_clean_is_returned_itself(text in clean_texts()) {
        let mut cleaner = Cleaner::new(&Cleaning::all());
        let cleaned = cleaner.clean(&text);
        prop_assert!(std::ptr::eq(cleaned.text, text.as_str()), "{:?}", cleaned);
        prop_assert!(cleaned.changes.is_empty());
    }

    #[test]
    fn a_cleaner_gives_what_its_steps_give_one_after_the_other(texts in prop::collection::vec(texts(), 1..4)) {
        let mut cleaner = Cleaner::new(&Cleaning::all());
        for text in texts {
            let expected = CleaningStep::ALL.iter().fold(text.clone(), |text, &step| after(step, &text));
            let cleaned = cleaner.clean(&text);
            prop_assert_eq!(cleaned.text, &expected);
            let all: i64 = cleaned.changes.iter().map(|Change { before, after, .. }| *after as i64 - *before as i64).sum();
            prop_assert_eq!(characters(&text) as i64 + all, characters(&expected) as i64);
        }
    }
}

#[test]
fn code_survives_the_html_step() {
    let mut cleaner = Cleaner::new(&[CleaningStep::HtmlTags].into_iter().collect());
    for code in [
        "for (int i = 0; i<n && n>0; ++i) { std::vector<std::map<int, T>> v; }",
        "if (a < b && c > d) { x = y <z ? q> r : s; }",
        "template <typename T, class U> struct A : B<T> {};\n#include <vector>\n#include <time.h>",
        "fn f<'a, T: Into<String>>(x: &'a Option<T>) -> Vec<u8> { x.iter().collect::<Vec<_>>() }",
        "import { A } from 'a'; const x: Promise<Array<string>> = f<number>(1);",
        "SELECT * FROM t WHERE a<b AND c>d AND e<>f;",
        "git checkout <branch> -- <file>; cat <<EOF >out\nEOF\necho $((1<<3)) 2>&1",
        "data Tree a = Leaf | Node (Tree a) a (Tree a) deriving (Show); f <$> x <*> y <|> z",
        "x <- c(1, 2); y <<- x; 3 -> z; a %<>% b; 1 <i, j> 2",
    ] {
        assert_eq!(cleaner.clean(code).text, code);
    }
}

/// A megabyte of each of these takes a fraction of a second where time is in proportion, and hours where it is not.
#[test]
fn hostile_texts_come_to_an_end() {
    let mut cleaner = Cleaner::new(&Cleaning::all());
    let chains = format!("<a k={}", "\"' k='\" k=".repeat(100_000));
    for piece in [
        "<",
        "<!--",
        "<a x=\"",
        "<a ",
        "</a",
        "<!doctype ",
        "<a k=\" k='",
        "&",
        "&#",
        "&amp",
        "http://",
        "www.",
        "www.a)",
        "(http://a",
        "@",
        "a@",
        "a.",
        "a@b.",
        "a@b.c.",
        "\r",
        " ",
        "\n ",
        "e\u{301}",
        "\u{301}",
        "\u{1100}\u{1161}",
        "\u{fdfa}",
        "#include <",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        cleaner.clean(&text);
        cleaner.clean(&format!("{text}>"));
    }
    cleaner.clean(&chains);
    cleaner.clean(&"<a k=\"<a k='\" k=\"' k='".repeat(40_000));
}
