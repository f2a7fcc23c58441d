use super::*;
use crate::hub::splits::{RepoFile, infer};

fn facts(config: &str, splits: &[(&str, usize)]) -> CardFacts {
    let folder = if config == "default" { "data" } else { config };
    let split = |(name, files): &(&str, usize)| CardSplit {
        name: (*name).to_owned(),
        files: (0..*files).map(|place| format!("{folder}/{name}-{place:05}-of-{files:05}.parquet")).collect(),
        rows: 2_500,
        bytes: 1_000,
    };
    CardFacts {
        repo: "me/stories".to_owned(),
        config: config.to_owned(),
        title: "Stories: a | b".to_owned(),
        splits: splits.iter().map(split).collect(),
        columns: vec![("text".to_owned(), "string".to_owned())],
        ..CardFacts::default()
    }
}

fn files(all: &[&CardFacts]) -> Vec<RepoFile> {
    let paths = all.iter().flat_map(|facts| facts.splits.iter().flat_map(|split| split.files.clone()));
    paths.chain(["README.md".to_owned(), ".gitattributes".to_owned()]).map(|path| RepoFile { path, size: 1 }).collect()
}

/// The splits with their files as they are read back from a card.
fn read_back(card: &str, all: &[&CardFacts], config: &str) -> Vec<(String, Vec<String>)> {
    let layout = infer(&files(all), Some(card)).unwrap_or_else(|error| panic!("{error}\n{card}"));
    let config = layout.config(config).unwrap_or_else(|| panic!("no config in {card}"));
    config.splits.iter().map(|split| (split.name.clone(), split.files.clone())).collect()
}

fn declared(facts: &CardFacts) -> Vec<(String, Vec<String>)> {
    facts.splits.iter().map(|split| (split.name.clone(), split.files.clone())).collect()
}

#[test]
fn a_new_card_is_read_back_as_the_same_splits() {
    let facts = CardFacts {
        licence: Some("MIT".to_owned()),
        languages: vec!["en".to_owned(), "no".to_owned()],
        ..facts("default", &[("train", 3), ("no", 1), ("2020", 1), ("held.out", 2)])
    };
    let card = write(&facts, None, None).unwrap();
    assert_eq!(read_back(&card, &[&facts], "default"), declared(&facts));
    let layout = infer(&files(&[&facts]), Some(&card)).unwrap();
    assert_eq!(layout.card.license.as_deref(), Some("mit"));
    assert_eq!(layout.card.languages, ["en", "no"]);
    assert_eq!(layout.card.size_categories, ["10K<n<100K"]);
    assert_eq!(layout.card.pretty_name.as_deref(), Some("Stories: a | b"));
    assert_eq!(layout.card.tags, ["mistudio"]);
    assert!(card.contains("| train | 2,500 | 3 | 1,000 |"), "{card}");
}

#[test]
fn publishing_twice_gives_the_same_card() {
    let first = CardFacts { description: Some("Some words.".to_owned()), ..facts("default", &[("train", 2)]) };
    let once = write(&first, None, None).unwrap();
    assert_eq!(write(&first, Some(&once), None).unwrap(), once);
    let second = facts("other", &[("train", 1)]);
    let both = write(&second, Some(&once), None).unwrap();
    assert_eq!(write(&second, Some(&both), None).unwrap(), both);
    assert_eq!(write(&first, Some(&both), None).unwrap(), both);
    assert_eq!(read_back(&both, &[&first, &second], "default"), declared(&first));
    assert_eq!(read_back(&both, &[&first, &second], "other"), declared(&second));
}

#[test]
fn what_the_author_wrote_stays() {
    let existing = "---\n# by hand\nlicense: cc-by-4.0 # mine\nextra_gated_prompt: |\n  Be kind.\n  Please.\ntags:\n- poetry\n\
        configs:\n- config_name: poems\n  data_files: poems/*.parquet\n  default: true\n  description: \"a: b\"\n\
        # about the end\nannotations: {by: [me]}\n---\n# Poems\n\nRead *slowly*.\n";
    let facts = facts("tokens", &[("train", 1)]);
    let card = write(&facts, Some(existing), None).unwrap();
    for kept in [
        "# by hand\nlicense: cc-by-4.0 # mine\nextra_gated_prompt: |\n  Be kind.\n  Please.\n",
        "- poetry\n- mistudio\n",
        "- config_name: poems\n  data_files: \"poems/*.parquet\"\n  default: true\n  description: \"a: b\"\n",
        "# about the end\nannotations: {by: [me]}\n",
        "# Poems\n\nRead *slowly*.\n",
    ] {
        assert!(card.contains(kept), "{kept}\nis not in\n{card}");
    }
    let mut files = files(&[&facts]);
    files.push(RepoFile { path: "poems/a.parquet".to_owned(), size: 1 });
    let layout = infer(&files, Some(&card)).unwrap();
    assert!(layout.config("poems").unwrap().default);
    assert_eq!(layout.config("tokens").unwrap().splits[0].files, facts.splits[0].files);
}

#[test]
fn a_config_that_only_file_names_told_is_declared_beside_a_new_one() {
    let facts = facts("tokens", &[("train", 1)]);
    let inferred = Declared {
        name: "default".to_owned(),
        splits: vec![("train".to_owned(), vec!["data/train-00000-of-00001.parquet".to_owned()])],
    };
    let card = write(&facts, Some("# Words\n"), Some(&inferred)).unwrap();
    let mut files = files(&[&facts]);
    files.push(RepoFile { path: "data/train-00000-of-00001.parquet".to_owned(), size: 1 });
    let layout = infer(&files, Some(&card)).unwrap();
    assert_eq!(layout.default_config().unwrap().name, "default");
    assert_eq!(layout.configs.len(), 2);
}

#[test]
fn features_of_a_replaced_config_are_forgotten_and_those_of_others_kept() {
    let existing = "---\ndataset_info:\n- config_name: a\n  features:\n  - name: x\n    dtype: int64\n- config_name: b\n  \
        splits:\n  - name: train\n    num_examples: 3\nconfigs:\n- config_name: a\n  data_files: a/*\n- config_name: b\n  data_files: b/*\n---\n";
    let card = write(&facts("a", &[("train", 1)]), Some(existing), None).unwrap();
    assert!(!card.contains("dtype: int64") && card.contains("num_examples: 3"), "{card}");
    let single = "---\ndataset_info:\n  features:\n  - name: x\n    dtype: int64\n---\n";
    assert!(!write(&facts("default", &[("train", 1)]), Some(single), None).unwrap().contains("dataset_info"));
}

#[test]
fn a_description_replaces_the_prose_but_no_section() {
    let first = facts("default", &[("train", 1)]);
    let once = write(&first, Some("Old words.\n"), None).unwrap();
    let other = CardFacts { description: Some("New words.".to_owned()), ..facts("other", &[("train", 1)]) };
    let card = write(&other, Some(&once), None).unwrap();
    assert!(!card.contains("Old words.") && card.contains("New words."), "{card}");
    assert!(card.contains("mistudio: config default") && card.contains("mistudio: config other"));
    let downloaded = CardFacts { description: Some(once.clone()), ..facts("default", &[("test", 1)]) };
    let again = write(&downloaded, None, None).unwrap();
    assert_eq!(again.matches("mistudio: config default").count(), 1, "{again}");
}

#[test]
fn licences_that_the_hub_does_not_know_are_named() {
    let licenced = |licence: &str| {
        let facts = CardFacts { licence: Some(licence.to_owned()), ..facts("default", &[("train", 1)]) };
        write(&facts, Some("---\nlicense: mit\nlicense_name: x\n---\n"), None).unwrap()
    };
    assert!(licenced("mit, cc0-1.0").contains("license:\n- mit\n- cc0-1.0\n"));
    let own = licenced("My Licence: no use");
    assert!(own.contains("license: other\n") && own.contains("license_name: \"My Licence: no use\"\n"), "{own}");
    assert!(!licenced("mit").contains("license_name"));
}

#[test]
fn token_rows_say_how_they_were_made() {
    let facts = CardFacts { tokens: Some(tokens()), ..facts("default", &[("train", 1)]) };
    let card = write(&facts, None, None).unwrap();
    for part in
        ["| real tokens | 900 |", "| pads | 100 (10.0 % of all ids) |", "\"max_length\": 128", "50,257 ids", "SAELens"]
    {
        assert!(card.contains(part), "{part}\nis not in\n{card}");
    }
    assert!(card.contains("- tokenized\n"));
}

#[test]
fn the_tags_of_the_author_stay_word_for_word() {
    for existing in [
        "---\ntags: [arxiv:2305.07759, question answering, 2024, \"say \\\"hi\\\"\"]\n---\n",
        "---\ntags:\n- arxiv:2305.07759\n- question answering\n- 2024\n- 'say \"hi\"'\nlicense: mit\n---\n",
    ] {
        for tokens in [None, Some(tokens())] {
            let own: &[&str] = if tokens.is_some() { &["mistudio", "tokenized"] } else { &["mistudio"] };
            let facts = CardFacts { tokens, ..facts("default", &[("train", 1)]) };
            let once = write(&facts, Some(existing), None).unwrap();
            let expected = [&["arxiv:2305.07759", "question answering", "2024", "say \"hi\""], own].concat();
            assert_eq!(infer(&files(&[&facts]), Some(&once)).unwrap().card.tags, expected, "{once}");
            assert!(once.contains("\n- 2024\n"), "a number stays one: {once}");
            assert_eq!(write(&facts, Some(&once), None).unwrap(), once);
        }
    }
    let one = write(&facts("default", &[("train", 1)]), Some("---\ntags: a b\n---\n"), None).unwrap();
    assert!(one.contains("tags:\n- \"a b\"\n- mistudio\n"), "{one}");
    let none = write(&facts("default", &[("train", 1)]), Some("---\ntags:\n---\n"), None).unwrap();
    assert!(none.contains("tags:\n- mistudio\n"), "{none}");
}

fn tokens() -> TokenFacts {
    TokenFacts {
        tokenizer: "gpt2".to_owned(),
        tokenizer_repo: Some(("openai-community/gpt2".to_owned(), Some("0123".to_owned()))),
        tokenizer_sha256: "ab".repeat(32),
        vocab_size: Some(50_257),
        settings: serde_json::json!({ "max_length": 128 }),
        settings_hash: "cd".repeat(32),
        tokens: 900,
        pads: 100,
        mean_length: 90.0,
    }
}

#[test]
fn a_card_that_cannot_be_kept_is_refused() {
    let facts = facts("default", &[("train", 1)]);
    for (existing, reason) in [
        ("---\n{license: mit, tags: [a]}\n---\n", "in one line"),
        ("---\nlicense: [mit\n---\n", "line "),
        ("---\n- a\n---\n", "not a mapping"),
        ("---\nconfigs: all\n---\n", "not a list"),
        ("---\ntags:\n- a\n- {b: c}\n---\n", "Its `tags` are not a list of words."),
        ("---\ntags:\n- a\n-\n---\n", "Its `tags` are not a list of words."),
        ("---\ntags: {b: c}\n---\n", "Its `tags` are not a list of words."),
    ] {
        let error = write(&facts, Some(existing), None).unwrap_err();
        assert!(error.contains(reason), "{existing}: {error}");
    }
}
