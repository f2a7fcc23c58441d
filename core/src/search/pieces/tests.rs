use proptest::prelude::*;

use super::*;

fn pieces(text: &str) -> Vec<(Kind, u32, String)> {
    let mut term = String::new();
    Pieces::of(text)
        .map(|piece| {
            put_term(&text[piece.start..piece.end], piece.kind, &mut term);
            (piece.kind, piece.position, term.clone())
        })
        .collect()
}

#[test]
fn a_space_between_words_and_nothing_between_characters_are_not_written_down() {
    use Kind::{Gap, Unspaced, Word};
    let of = |kind, position, text: &str| (kind, position, text.to_owned());
    assert_eq!(
        pieces("The cat, x86_64\n"),
        [of(Word, 2, "THE"), of(Word, 4, "CAT"), of(Gap, 5, ", "), of(Word, 7, "X86_64"), of(Gap, 8, "\n")]
    );
    assert_eq!(
        pieces(" 日本 a本"),
        [
            of(Gap, 0, " "),
            of(Unspaced, 2, "日"),
            of(Unspaced, 4, "本"),
            of(Gap, 5, " "),
            of(Word, 7, "A"),
            of(Unspaced, 9, "本")
        ]
    );
    assert_eq!(pieces("..."), [of(Gap, 0, "...")]);
    assert_eq!(pieces(""), []);
}

#[test]
fn a_long_piece_is_known_by_a_fingerprint_that_no_part_of_a_text_is_found_in() {
    let mut term = String::new();
    assert!(put_term(&"ab".repeat(LONGEST), Kind::Word, &mut term));
    assert!(term.chars().all(|char| class_of(char) == Class::Gap), "{term}");
    let other = term.clone();
    assert!(put_term(&"aB".repeat(LONGEST), Kind::Word, &mut term));
    assert_eq!(term, other);
    assert!(put_term(&"-".repeat(LONGEST + 1), Kind::Gap, &mut term));
    assert!(term.chars().all(|char| class_of(char) == Class::Word), "{term}");
    assert!(!put_term(&"x".repeat(LONGEST), Kind::Word, &mut term));
}

proptest! {
    #[test]
    fn a_text_can_be_put_together_from_its_pieces_and_their_positions(text in "[a-cкд日本가 .,👩\u{200d}\n]{0,30}") {
        let mut whole = String::new();
        let mut before: Option<(Kind, u32)> = None;
        for piece in Pieces::of(&text) {
            if let (Some((kind, position)), true) = (before, piece.kind != Kind::Gap)
                && piece.position - position == USUAL_STEP
            {
                whole.push_str(usual_gap(kind, piece.kind));
            }
            if piece.kind != Kind::Gap {
                before = Some((piece.kind, piece.position));
            }
            whole.push_str(&text[piece.start..piece.end]);
        }
        prop_assert_eq!(whole, text);
    }
}
