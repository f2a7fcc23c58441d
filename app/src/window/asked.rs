//! An answer that comes later: asked for off the UI thread, with the last good one kept so that nothing blinks.

use std::sync::Arc;

/// What is known of an answer: the last good one, and where the newest question stands.
#[derive(Debug, Clone)]
pub struct Asked<T> {
    /// The last good answer. While a newer one is waited for it stays on screen.
    pub answer: Option<Arc<T>>,
    /// Where the newest question stands.
    pub state: AskedState,
}

/// Where a question stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AskedState {
    /// Nobody has asked.
    #[default]
    NotAsked,
    /// The answer is on its way.
    Waiting,
    /// The answer has come.
    Done,
    /// There will be none, and why, in words for the user.
    Failed(String),
}

impl<T> Default for Asked<T> {
    fn default() -> Self {
        Self { answer: None, state: AskedState::NotAsked }
    }
}

impl<T> Asked<T> {
    /// An answer that is there.
    pub fn done(answer: T) -> Self {
        Self { answer: Some(Arc::new(answer)), state: AskedState::Done }
    }

    /// Notes that the question has been asked (again).
    pub fn wait(&mut self) {
        self.state = AskedState::Waiting;
    }

    /// Takes in the answer.
    pub fn settle(&mut self, answer: Result<T, String>) {
        match answer {
            Ok(answer) => *self = Self::done(answer),
            Err(reason) => self.state = AskedState::Failed(reason),
        }
    }

    /// Whether an answer is on its way.
    pub fn is_waiting(&self) -> bool {
        self.state == AskedState::Waiting
    }

    /// Why there is no answer, if that is so.
    pub fn failure(&self) -> Option<&str> {
        match &self.state {
            AskedState::Failed(reason) => Some(reason),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_good_answer_stays_while_the_next_is_waited_for_and_when_it_fails() {
        let mut asked = Asked::done(1);
        asked.wait();
        assert_eq!(asked.answer.as_deref(), Some(&1));
        asked.settle(Err("no such row".to_owned()));
        assert_eq!(asked.answer.as_deref(), Some(&1));
        assert_eq!(asked.failure(), Some("no such row"));
        asked.settle(Ok(2));
        assert_eq!(asked.answer.as_deref(), Some(&2));
        assert_eq!(asked.failure(), None);
    }
}
