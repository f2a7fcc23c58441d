//! The special tokens around a text: found out once, put there by ourselves afterwards.
//!
//! Post-processors are slow in both engines and come in many kinds. All of them that matter do the same thing: put fixed
//! ids before and after the text's own. So the reference is asked what it adds, on several texts, and if the
//! answer is always the same ids those are the frame.

use serde::{Deserialize, Serialize};

use super::error::TokenizerError;

/// The ids that `add_special_tokens` puts before and after a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Before the text, for example `[CLS]` or `<s>`.
    pub prefix: Vec<u32>,
    /// After it, for example `[SEP]` or `</s>`.
    pub suffix: Vec<u32>,
}

/// Different enough that no tokenizer gives all of them the same ids as its special tokens.
const TEXTS: [&str; 6] = ["", "a", "The cat sat.", "0 1 2", "x = y + z;", "Ünïcödé 猫"];

impl Frame {
    /// How many ids it adds to a row.
    pub fn len(&self) -> usize {
        self.prefix.len() + self.suffix.len()
    }

    /// Whether it adds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Asks `encode(text, with special tokens)` what surrounds a text.
    pub(super) fn find(
        encode: impl Fn(&str, bool) -> Result<Vec<u32>, TokenizerError>,
    ) -> Result<Self, TokenizerError> {
        let mut samples = Vec::with_capacity(TEXTS.len());
        for text in TEXTS {
            samples.push((encode(text, false)?, encode(text, true)?));
        }
        let (body, framed) = &samples[0];
        let added = framed.len().checked_sub(body.len()).ok_or(TokenizerError::UnsupportedFrame)?;
        // The longest text decides where the prefix ends; the others must agree.
        let frame = (0..=added).find_map(|prefix| {
            samples.iter().all(|(body, framed)| splits_at(body, framed, prefix, added)).then(|| {
                let (_, framed) = &samples[0];
                let suffix = added - prefix;
                Self { prefix: framed[..prefix].to_vec(), suffix: framed[framed.len() - suffix..].to_vec() }
            })
        });
        let frame = frame.ok_or(TokenizerError::UnsupportedFrame)?;
        let agree =
            samples.iter().all(|(_, framed)| framed.starts_with(&frame.prefix) && framed.ends_with(&frame.suffix));
        if agree { Ok(frame) } else { Err(TokenizerError::UnsupportedFrame) }
    }
}

fn splits_at(body: &[u32], framed: &[u32], prefix: usize, added: usize) -> bool {
    framed.len() == body.len() + added && framed[prefix..prefix + body.len()] == *body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surrounds_every_text_is_the_frame() {
        let encode = |text: &str, special: bool| {
            let body = text.bytes().map(u32::from);
            Ok(if special { [900].into_iter().chain(body).chain([901, 902]).collect() } else { body.collect() })
        };
        assert_eq!(Frame::find(encode).unwrap(), Frame { prefix: vec![900], suffix: vec![901, 902] });
    }

    #[test]
    fn a_post_processor_that_changes_the_text_itself_is_refused() {
        let encode = |text: &str, special: bool| {
            let body: Vec<u32> = text.bytes().map(u32::from).collect();
            Ok(if special { body.into_iter().rev().collect() } else { body })
        };
        assert!(matches!(Frame::find(encode), Err(TokenizerError::UnsupportedFrame)));
    }
}
