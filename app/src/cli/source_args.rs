//! The flags that say where the texts of token rows come from.

use clap::{Args, ValueEnum};
use mistudio_core::tokenize::{Conversation, Settings};

/// The columns, and what becomes of conversations.
#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// The column to tokenize, of texts or conversations; the dataset's text column where none is named.
    #[arg(long, value_name = "COLUMN")]
    pub(super) text_column: Option<String>,
    /// The column with the second text of each pair.
    #[arg(long, value_name = "COLUMN")]
    pub(super) second_text_column: Option<String>,
    /// How a conversation becomes text: as it is shown and searched, or as the tokenizer's chat template renders it, which is
    /// given the turns alone (no tools, no other column); flatten where nothing is given.
    #[arg(long, value_enum)]
    pub(super) conversation: Option<ConversationArg>,
    /// The same as --conversation chat-template.
    #[arg(long, conflicts_with = "conversation")]
    pub(super) chat_template: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ConversationArg {
    /// Who speaks, a colon, the words; a blank line between turns.
    Flatten,
    /// The tokenizer's own template.
    ChatTemplate,
}

impl SourceArgs {
    /// Puts what was given into the settings. Where no text column was, the settings have none: the dataset's is meant.
    pub(super) fn apply(&self, settings: &mut Settings) {
        settings.text_column = self.text_column.clone().unwrap_or_default();
        if self.second_text_column.is_some() {
            settings.second_text_column.clone_from(&self.second_text_column);
        }
        match self.conversation {
            Some(ConversationArg::ChatTemplate) => settings.conversation = Conversation::ChatTemplate,
            Some(ConversationArg::Flatten) => settings.conversation = Conversation::Flatten,
            None if self.chat_template => settings.conversation = Conversation::ChatTemplate,
            None => {}
        }
    }
}
