//! What the samples tab has asked for, and what has come.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use mistudio_core::catalog::{DatasetEntry, Snapshot};
use mistudio_core::jobs::{Answer, Control, Pending};
use mistudio_core::samples::{Condition, Filter};
use mistudio_core::studio::{Studio, StudioError, SubsetRequest, TokenLens};
use mistudio_core::subset::Choice;
use mistudio_core::tokenizer::EncodedToken;
use mistudio_core::units;
use tokio::sync::watch;

use super::detail::{Question, ask, ask_long, take};
use super::rows::{self, PageAnswer};
use crate::window::asked::Asked;
use crate::window::command::{CopyForm, SampleKey};
use crate::window::model::{
    ColumnFact, Lens, LensTokens, PartMarks, SamplePage, Samples, SamplesRequest, TokenMark, TokensRequest, WholeSample,
};
use crate::window::widgets::{ToastKind, Toasts};

/// Samples whose tokens may wait to be drawn.
const QUEUE: usize = 128;
/// Whole samples kept for those that are opened, beside those on the page.
const KEPT: usize = 64;

/// Bytes of text that are taken apart into tokens for one page at most.
const MOST_AT_ONCE: u64 = 16 << 20;

/// The questions under way.
#[derive(Default)]
pub(super) struct SampleQuestions {
    page: Question<PageAnswer>,
    /// Hits that have come before their total.
    early: Option<watch::Receiver<Option<SamplePage>>>,
    whole: HashMap<SampleKey, Pending<Result<WholeSample, String>>>,
    copying: Question<String>,
    saving: Question<String>,
    checking: Option<(Condition, Question<()>)>,
    tokens: Option<(Ended, Receiver<TokenNews>)>,
}

/// How a question ends that has told what it found before.
type Ended = Pending<Result<(), String>>;

/// What comes of a question for tokens, bit by bit.
enum TokenNews {
    Counts(Vec<(SampleKey, Option<u64>)>),
    Marks(SampleKey, PartMarks),
}

/// What is not here yet of what was asked for.
struct Wanted {
    counts: bool,
    parts: Vec<(SampleKey, Range<usize>)>,
}

impl Wanted {
    fn of(request: &TokensRequest, known: &LensTokens) -> Self {
        let is_new = |key: &SampleKey, part: &Range<usize>| {
            !part.is_empty() && known.marks.get(key).is_none_or(|marks| marks.part != *part)
        };
        let parts = request.keys.iter().zip(&request.parts);
        Self {
            counts: !request.keys.iter().all(|key| known.counts.contains_key(key)),
            parts: parts
                .filter(|(key, part)| is_new(key, part))
                .map(|(key, part)| (key.clone(), part.clone()))
                .collect(),
        }
    }
}

impl SampleQuestions {
    /// Asks for a page; the one asked for before is not wanted any more.
    pub(super) fn ask_page(
        &mut self,
        studio: &Studio,
        samples: &mut Samples,
        request: SamplesRequest,
        context: Option<&egui::Context>,
    ) {
        let (sender, receiver) = watch::channel(None);
        let context = context.cloned();
        self.early = Some(receiver);
        samples.page.wait();
        self.page = Some(ask(studio, move |studio, control| {
            rows::page(studio, &request, control, |page| {
                sender.send_replace(Some(page));
                if let Some(context) = &context {
                    context.request_repaint();
                }
            })
        }));
    }

    pub(super) fn ask_whole(&mut self, studio: &Studio, samples: &mut Samples, id: Arc<str>, key: SampleKey) {
        if samples.whole.len() >= KEPT {
            // What is on screen would only be asked for again.
            let page = samples.page.answer.clone();
            let is_on_page =
                |key: &SampleKey| page.as_ref().is_some_and(|page| page.rows.iter().any(|sample| sample.key == *key));
            samples.whole.retain(|key, _| is_on_page(key));
            self.whole.retain(|key, _| is_on_page(key));
        }
        let mut asked = Asked::default();
        asked.wait();
        samples.whole.insert(key.clone(), asked);
        let wanted = key.clone();
        self.whole.insert(key, ask(studio, move |studio, control| rows::whole(studio, &id, &wanted, control)));
    }

    pub(super) fn copy(&mut self, studio: &Studio, id: Arc<str>, key: SampleKey, form: CopyForm) {
        self.copying = Some(ask(studio, move |studio, control| rows::copied(studio, &id, (&key, form), control)));
    }

    pub(super) fn check(&mut self, studio: &Studio, samples: &mut Samples, id: Arc<str>, condition: Condition) {
        samples.checked = None;
        let filter = Filter { conditions: vec![condition.clone()] };
        let question = ask(studio, move |studio, control| studio.validate_filter(&id, &filter, control));
        self.checking = Some((condition, Some(question)));
    }

    /// Makes a dataset of chosen samples.
    pub(super) fn save(&mut self, studio: &Studio, samples: &mut Samples, id: &str, choice: Choice, name: String) {
        samples.saving.wait();
        let request = SubsetRequest { dataset: id.to_owned(), choice, name };
        self.saving =
            Some(ask_long(studio, move |studio, control| studio.subset(&request, control).map(|_| request.name)));
    }

    pub(super) fn ask_tokens(
        &mut self,
        studio: &Studio,
        samples: &mut Samples,
        request: TokensRequest,
        context: &egui::Context,
    ) {
        let same = |old: &TokensRequest| {
            (&old.lens, &old.keys, &old.text_column) == (&request.lens, &request.keys, &request.text_column)
        };
        if !samples.tokens.request.as_ref().is_some_and(same) {
            samples.tokens = LensTokens::default();
        }
        let wanted = Wanted::of(&request, &samples.tokens);
        samples.tokens.failure = None;
        samples.tokens.request = Some(request.clone());
        let (sender, receiver) = sync_channel(QUEUE);
        let context = context.clone();
        let pending = ask(studio, move |studio, control| {
            tokens(studio, &request, wanted, control, |news| {
                // Whoever asked may not want the answer any more.
                let _ = sender.send(news);
                context.request_repaint();
            })
        });
        self.tokens = Some((pending, receiver));
    }

    /// Forgets what was read of another text column.
    pub(super) fn forget_text(&mut self, samples: &mut Samples) {
        self.whole.clear();
        self.tokens = None;
        samples.whole.clear();
        samples.tokens = LensTokens::default();
    }

    /// Takes in what has come.
    pub(super) fn take_news(&mut self, samples: &mut Samples, toasts: &mut Toasts, context: &egui::Context) {
        self.take_page(samples);
        self.take_tokens(samples);
        self.whole.retain(|key, pending| {
            let answer = match pending.poll() {
                Answer::Waiting => return true,
                Answer::Ready(answer) => answer,
                Answer::Lost => Err("The sample could not be read; the log says why.".into()),
            };
            samples.whole.entry(key.clone()).or_default().settle(answer);
            false
        });
        match take(&mut self.copying) {
            None => {}
            Some(Ok(text)) => context.copy_text(text),
            Some(Err(error)) => toasts.push(ToastKind::Bad, format!("The sample was not copied: {error}")),
        }
        if let Some(outcome) = take(&mut self.saving) {
            if let Ok(name) = &outcome {
                toasts.push(ToastKind::Good, format!("“{name}” is being made; it is among the datasets."));
            }
            samples.saving.settle(outcome);
        }
        if let Some((condition, question)) = &mut self.checking
            && let Some(outcome) = take(question)
        {
            samples.checked = Some((condition.clone(), outcome));
            self.checking = None;
        }
    }

    fn take_page(&mut self, samples: &mut Samples) {
        if let Some(early) = &mut self.early
            && early.has_changed().unwrap_or(false)
            && let Some(page) = early.borrow_and_update().clone()
        {
            samples.search_problem = None;
            samples.page.answer = Some(Arc::new(page));
        }
        match take(&mut self.page) {
            None => return,
            Some(Ok(PageAnswer::Page(page))) => {
                samples.search_problem = None;
                samples.page.settle(Ok(page));
            }
            Some(Ok(PageAnswer::BadSearch(why))) => {
                samples.search_problem = Some(why);
                samples.page.state = crate::window::asked::AskedState::Done;
            }
            Some(Err(error)) => samples.page.settle(Err(error)),
        }
        self.early = None;
    }

    fn take_tokens(&mut self, samples: &mut Samples) {
        let Some((pending, news)) = &mut self.tokens else { return };
        let tokens = &mut samples.tokens;
        loop {
            match news.try_recv() {
                Ok(TokenNews::Counts(counts)) => tokens.counts.extend(counts),
                Ok(TokenNews::Marks(key, marks)) => drop(tokens.marks.insert(key, marks)),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => break,
            }
        }
        match pending.poll() {
            Answer::Waiting => return,
            Answer::Ready(Ok(())) => {}
            Answer::Ready(Err(error)) => tokens.failure = Some(error),
            Answer::Lost => tokens.failure = Some("The tokens did not come; the log says why.".into()),
        }
        self.tokens = None;
    }
}

/// Draws anew what depends on the catalog.
pub(super) fn project(samples: &mut Samples, entry: &DatasetEntry, snapshot: &Snapshot) {
    samples.splits = entry.splits.iter().map(|split| split.name.clone()).collect();
    let fact =
        |column: &mistudio_core::catalog::Column| ColumnFact { name: column.name.clone(), kind: column.kind.clone() };
    samples.columns = entry.columns.iter().map(fact).collect();
    samples.text_column.clone_from(&entry.record.text_column);
    let made = entry.tokenizations.iter().map(|found| {
        let filters = mistudio_core::studio::has_row_per_sample(found);
        Lens {
            label: format!("{} • {}", found.tokenizer, found.id),
            lens: TokenLens::Tokenization(found.id.clone()),
            filters,
        }
    });
    let others = snapshot.tokenizers.iter().map(|tokenizer| Lens {
        label: format!("{} • counted here", tokenizer.name),
        lens: TokenLens::Tokenizer(tokenizer.name.clone()),
        filters: false,
    });
    samples.lenses = made.chain(others).collect();
}

/// Counts the tokens of the samples, then finds their places where they are wanted, one sample after the other.
fn tokens(
    studio: &Studio,
    request: &TokensRequest,
    wanted: Wanted,
    control: &Control,
    mut tell: impl FnMut(TokenNews),
) -> Result<(), StudioError> {
    let id = &request.dataset.0;
    if wanted.counts {
        let rows: Vec<(String, u64)> = request.keys.iter().map(|key| (key.split.clone(), key.row)).collect();
        let counts = studio.token_counts(id, &request.lens, &rows, control)?;
        tell(TokenNews::Counts(request.keys.iter().cloned().zip(counts.tokens).collect()));
    }
    // The tokens of a part are those that the whole text has there, so all of it is taken apart.
    let mut left = MOST_AT_ONCE;
    for (key, part) in wanted.parts {
        control.check()?;
        let found = match studio.sample_tokens(id, (&key.split, key.row), &part, &request.lens, left, control) {
            Ok(found) => {
                left -= found.text_bytes;
                Ok(found.tokens.into_iter().map(mark).collect())
            }
            Err(StudioError::Stopped(stopped)) => return Err(stopped.into()),
            Err(StudioError::TooLongForTokens { most, .. }) if most == left => Err(format!(
                "The tokens of this sample are not shown: the texts before it on this page have {} already, and no more \
                 is taken apart at once. Expand the sample to see them.",
                units::size(MOST_AT_ONCE - left)
            )),
            Err(error) => Err(error.to_string()),
        };
        tell(TokenNews::Marks(key, PartMarks { part, found }));
    }
    Ok(())
}

fn mark(token: EncodedToken) -> TokenMark {
    let EncodedToken { id, text, span, special, unknown, .. } = token;
    TokenMark { span, id, text, special, unknown }
}

#[cfg(test)]
mod tests {
    use mistudio_tests::program::example_workspace;

    use super::*;

    #[test]
    fn samples_of_the_page_stay_however_many_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        example_workspace(folder.path()).unwrap();
        let studio = Studio::open(folder.path()).unwrap();
        let id: Arc<str> = studio.snapshot().datasets[0].record.id.as_str().into();
        let key = |row: u64| SampleKey { split: "train".to_owned(), row };
        let row = |row: u64| crate::window::model::Sample { key: key(row), ..Default::default() };
        let page = SamplePage { rows: (0..100).map(row).collect(), ..SamplePage::default() };
        let mut samples = Samples { page: Asked::done(page), ..Samples::default() };
        let mut questions = SampleQuestions::default();
        for row in (1_000..1_010).chain(0..100) {
            questions.ask_whole(&studio, &mut samples, Arc::clone(&id), key(row));
        }
        assert!((0..100).all(|row| samples.whole.contains_key(&key(row))));
        assert!(!samples.whole.contains_key(&key(1_000)), "what is on no page goes");
    }
}
