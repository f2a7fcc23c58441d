//! What a tokenizer says about ids, worked out once.

use super::promise::{Begins, Promise, TokenSaid};
use crate::tokenizer::{Role, Tokenizer};

/// Through which rows are looked at.
#[derive(Debug, Default)]
pub(super) struct Lens {
    /// By id: whether there is no such token, an ordinary one, or a special one and which. Empty without a tokenizer.
    ids: Vec<u32>,
    special_texts: Vec<String>,
    /// What stands at a row's beginning: the beginning-of-sequence token, else what the tokenizer puts first.
    pub begin: Option<i64>,
    /// Whether that is the tokenizer's beginning-of-sequence token by name.
    pub begin_is_bos: bool,
    /// Whether that token also ends samples.
    pub begin_ends: bool,
    /// A filling id that is nothing else.
    pub pad: Option<i64>,
    /// The id that fills rows up, though it may be an ordinary end of a sample, too.
    pub any_pad: Option<i64>,
    /// What stands for the unknown, where that is a token of its own.
    pub unknown: Option<i64>,
}

const NONE: u32 = 0;
const ORDINARY: u32 = 1;
/// The first special token; the others follow.
const SPECIAL: u32 = 2;

/// What an id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id {
    Outside,
    Ordinary,
    Special(usize),
}

impl Lens {
    pub(super) fn new(tokenizer: Option<&Tokenizer>, promise: &Promise) -> Self {
        let Some(tokenizer) = tokenizer else {
            let begin = match promise.begins {
                Begins::Token(TokenSaid::Id(id), _) => Some(id),
                _ => None,
            };
            return Self { begin, any_pad: promise.pad, ..Self::default() };
        };
        let special = tokenizer.special_tokens();
        let role = |role| special.id(role).map(i64::from);
        let has_gaps = tokenizer.vocab_size() != tokenizer.id_limit() as usize;
        let mut ids = Vec::with_capacity(tokenizer.id_limit() as usize);
        let mut special_texts = Vec::new();
        for id in 0..tokenizer.id_limit() {
            ids.push(if tokenizer.is_special(id) {
                special_texts.push(tokenizer.token_text(id).unwrap_or_else(|| id.to_string()));
                SPECIAL + special_texts.len() as u32 - 1
            } else if has_gaps && tokenizer.token_text(id).is_none() {
                NONE
            } else {
                ORDINARY
            });
        }
        let begin = role(Role::Bos).or_else(|| tokenizer.frame().prefix.first().map(|&id| i64::from(id)));
        let (eos, unknown) = (role(Role::Eos), role(Role::Unk));
        let any_pad = promise.pad.or_else(|| tokenizer.pad().map(|pad| i64::from(pad.id)));
        let parts = [begin, eos, role(Role::Sep), role(Role::Cls), unknown];
        Self {
            ids,
            special_texts,
            begin,
            begin_is_bos: role(Role::Bos).is_some(),
            begin_ends: begin.is_some() && begin == eos,
            pad: any_pad.filter(|pad| !parts.contains(&Some(*pad))),
            any_pad,
            unknown: unknown.filter(|id| ![begin, eos, role(Role::Pad)].contains(&Some(*id))),
        }
    }

    /// What an id is; without a tokenizer, only negative ones are outside.
    pub(super) fn id(&self, id: i64) -> Id {
        if self.ids.is_empty() {
            return if id < 0 { Id::Outside } else { Id::Ordinary };
        }
        match usize::try_from(id).ok().and_then(|id| self.ids.get(id)) {
            None | Some(&NONE) => Id::Outside,
            Some(&ORDINARY) => Id::Ordinary,
            Some(&special) => Id::Special((special - SPECIAL) as usize),
        }
    }

    /// The special tokens as they stand in the vocabulary.
    pub(super) fn special_texts(&self) -> &[String] {
        &self.special_texts
    }
}
