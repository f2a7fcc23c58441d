//! Halves of surrogate pairs, which are no text: as JSON escapes and as bytes, and what a tokenizer makes of what is left.

use std::fs;

use mistudio_tests::program::{new_workspace, repository};
use serde_json::json;

#[test]
fn half_a_surrogate_pair_is_refused_skipped_or_replaced_as_python_replaces_it() {
    let (folder, _, program) = new_workspace().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let escapes =
        file("escapes.jsonl", b"{\"text\":\"a\\ud800b\"}\n{\"text\":\"\\ud83d\\ude00\"}\n{\"text\":\"\\udc00\"}\n");
    let bytes = file("bytes.txt", b"a\xed\xa0\x80b\nfine\n");

    let refused = program.run(&["add", &escapes, "--name", "refused"]).unwrap();
    assert!(refused.stderr.contains("line 1"), "{}", refused.stderr);
    let refused = program.run(&["add", &bytes, "--name", "refused-bytes"]).unwrap();
    assert!(refused.stderr.contains("not UTF-8"), "{}", refused.stderr);

    program.json(&["add", &escapes, "--name", "skipped", "--skip-bad-rows"]).unwrap();
    let rows = program.json(&["samples", "skipped"]).unwrap();
    assert_eq!((&rows["total"], &rows["rows"][0]["text"]), (&json!(1), &json!("😀")));
    // One replacement for each byte, as `bytes.decode(errors="replace")` does.
    program.json(&["add", &bytes, "--name", "replaced", "--replace-bad-text"]).unwrap();
    let rows = program.json(&["samples", "replaced"]).unwrap();
    assert_eq!(rows["rows"][0]["text"], "a\u{fffd}\u{fffd}\u{fffd}b");

    let tokenizer = repository().join("tests/golden/tokenizers/spbpe");
    program.json(&["tokenizer", "add", tokenizer.to_str().unwrap(), "--name", "tiny"]).unwrap();
    let preview = ["preview", "a\u{fffd}\u{fffd}\u{fffd}b", "--tokenizer", "tiny", "--padding", "do_not_pad"];
    let preview = program.json(&preview).unwrap();
    let tokens = preview["rows"][0]["tokens"].to_string();
    assert_eq!(tokens.matches("xEF").count(), 3, "{tokens}");
}
