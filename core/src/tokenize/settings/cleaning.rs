//! Which cleaning steps a text goes through before it is encoded.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One step of cleaning. Steps are done in the order of this list, whatever the order in which they were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CleaningStep {
    /// Takes HTML tags, comments and doctypes out; what stands between tags stays.
    HtmlTags,
    /// Puts the character in the place of `&amp;`, `&#8217;` and their like.
    Entities,
    /// Takes web addresses out.
    Urls,
    /// Takes e-mail addresses out.
    Emails,
    /// Takes control characters out, except tabs and line breaks.
    ControlCharacters,
    /// Brings characters into the Unicode normal form NFKC.
    Nfkc,
    /// Makes one space of several, and ends lines where their text does. Indentation and paragraphs stay.
    WhiteSpace,
}

impl CleaningStep {
    /// Every step, in the order in which they are done.
    pub const ALL: [Self; 7] = [
        Self::HtmlTags,
        Self::Entities,
        Self::Urls,
        Self::Emails,
        Self::ControlCharacters,
        Self::Nfkc,
        Self::WhiteSpace,
    ];

    /// The step's name in files and flags.
    pub const fn key(self) -> &'static str {
        match self {
            Self::HtmlTags => "html_tags",
            Self::Entities => "entities",
            Self::Urls => "urls",
            Self::Emails => "emails",
            Self::ControlCharacters => "control_characters",
            Self::Nfkc => "nfkc",
            Self::WhiteSpace => "white_space",
        }
    }

    /// The step's name in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::HtmlTags => "HTML tags",
            Self::Entities => "entities",
            Self::Urls => "URLs",
            Self::Emails => "e-mails",
            Self::ControlCharacters => "control characters",
            Self::Nfkc => "NFKC",
            Self::WhiteSpace => "white space",
        }
    }
}

impl fmt::Display for CleaningStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for CleaningStep {
    type Err = String;

    /// The names of [`key`](Self::key), and the short ones `html`, `control` and `space`.
    fn from_str(text: &str) -> Result<Self, String> {
        let long = match text {
            "html" => "html_tags",
            "control" => "control_characters",
            "space" => "white_space",
            other => other,
        };
        Self::ALL.into_iter().find(|step| step.key() == long).ok_or_else(|| {
            let known = Self::ALL.map(Self::key).join(", ");
            format!("there is no cleaning step \"{text}\"; the steps are {known}")
        })
    }
}

/// The steps that are switched on; none at first. In files, the list of their names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cleaning(BTreeSet<CleaningStep>);

impl Cleaning {
    /// With every step.
    pub fn all() -> Self {
        CleaningStep::ALL.into_iter().collect()
    }

    /// Whether that step is on.
    pub fn has(&self, step: CleaningStep) -> bool {
        self.0.contains(&step)
    }

    /// Switches a step on or off.
    pub fn set(&mut self, step: CleaningStep, on: bool) {
        if on {
            self.0.insert(step);
        } else {
            self.0.remove(&step);
        }
    }

    /// Whether no step is on.
    pub fn is_off(&self) -> bool {
        self.0.is_empty()
    }

    /// The steps that are on, in the order in which they are done.
    pub fn steps(&self) -> impl Iterator<Item = CleaningStep> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<CleaningStep> for Cleaning {
    fn from_iter<I: IntoIterator<Item = CleaningStep>>(steps: I) -> Self {
        Self(steps.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_stored_by_name_and_in_their_order() {
        let cleaning: Cleaning = serde_json::from_str(r#"["white_space", "urls", "html_tags"]"#).unwrap();
        assert_eq!(serde_json::to_string(&cleaning).unwrap(), r#"["html_tags","urls","white_space"]"#);
        for step in CleaningStep::ALL {
            assert_eq!(serde_json::to_value(step).unwrap(), step.key());
            assert_eq!(step.key().parse(), Ok(step));
        }
        assert_eq!("html".parse(), Ok(CleaningStep::HtmlTags));
        assert!("xml".parse::<CleaningStep>().unwrap_err().contains("html_tags, entities"));
    }
}
