//! What cleaning does to one text, before anything is run.

use super::Cleaned;
use crate::tokenize::settings::CleaningStep;

/// A step that removes more than this share of a text's characters says so.
const MUCH: f64 = 0.01;

/// A text before and after cleaning.
#[derive(Debug, Clone, PartialEq)]
pub struct CleaningPreview {
    /// As it is in the dataset.
    pub before: String,
    /// As it is encoded. The places of tokens are places in this text.
    pub after: String,
    /// The steps that changed it, in order.
    pub steps: Vec<StepEffect>,
}

/// What one step does to one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepEffect {
    /// The step.
    pub step: CleaningStep,
    /// Characters by which the text becomes shorter.
    pub characters_removed: u64,
    /// Characters by which it becomes longer.
    pub characters_added: u64,
    /// The share, 0 to 1, of the characters this step found that it removed.
    pub removed_share: f64,
}

impl StepEffect {
    /// A sentence where the step removes more than 1 % of what it found.
    pub fn warning(&self) -> Option<String> {
        let share = self.removed_share * 100.0;
        (self.removed_share > MUCH).then(|| {
            format!("The cleaning step \"{}\" removes {share:.1} % of this text's characters.", self.step.words())
        })
    }
}

impl CleaningPreview {
    pub(in crate::tokenize) fn new(text: &str, cleaned: &Cleaned<'_>) -> Self {
        let effect = |change: &super::Change| {
            let characters_removed = change.before.saturating_sub(change.after);
            StepEffect {
                step: change.step,
                characters_removed,
                characters_added: change.after.saturating_sub(change.before),
                removed_share: characters_removed as f64 / change.before.max(1) as f64,
            }
        };
        let steps = cleaned.changes.iter().map(effect).collect();
        Self { before: text.to_owned(), after: cleaned.text.to_owned(), steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenize::clean::Cleaner;
    use crate::tokenize::settings::Cleaning;

    #[test]
    fn a_step_that_removes_more_than_a_hundredth_says_so() {
        let preview = |text: &str| CleaningPreview::new(text, &Cleaner::new(&Cleaning::all()).clean(text));
        let warning = |letters: usize| preview(&format!("{}<b>", "x".repeat(letters))).steps[0].warning();
        let expected = "The cleaning step \"HTML tags\" removes 1.0 % of this text's characters.";
        assert_eq!(warning(296).unwrap(), expected, "3 of 299");
        assert_eq!(warning(297), None, "3 of 300");
        let tags = preview("<p>a&amp;b</p>");
        assert_eq!((tags.before.as_str(), tags.after.as_str()), ("<p>a&amp;b</p>", "a&b"));
        let [html, entities] = &tags.steps[..] else { panic!("{:?}", tags.steps) };
        assert_eq!((html.characters_removed, entities.characters_removed), (7, 4));
        assert!(entities.removed_share > 0.5 && preview("plain").steps.is_empty());
    }
}
