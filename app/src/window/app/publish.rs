//! The open dialog that publishes, and the questions it has asked.

use mistudio_core::catalog::Snapshot;
use mistudio_core::hub::Secret as Token;
use mistudio_core::jobs::{Answer, Pending};
use mistudio_core::studio::{PublishPlan, PublishRequest, Studio};
use mistudio_core::units;
use serde_json::Value;

use crate::window::asked::Asked;
use crate::window::model::{DatasetId, PublishForm, PublishOffer, PublishSubject};
use crate::window::publish::{PublishDialog, PublishView};

pub(super) struct OpenPublish {
    pub(super) dialog: PublishDialog,
    offer: Asked<PublishOffer>,
    planning: Option<Pending<Result<PublishOffer, String>>>,
    sending: Option<Pending<Result<String, String>>>,
    error: Option<String>,
}

impl OpenPublish {
    /// A dialog for a dataset or one of its tokenizations; nothing where it is gone.
    pub(super) fn new(snapshot: &Snapshot, dataset: &DatasetId, tokenization: Option<String>) -> Option<Self> {
        let subject = subject(snapshot, dataset, tokenization)?;
        Some(Self {
            dialog: PublishDialog::new(subject),
            offer: Asked::default(),
            planning: None,
            sending: None,
            error: None,
        })
    }

    /// The dialog, and how things stand for it.
    pub(super) fn parts(&mut self) -> (&mut PublishDialog, PublishView<'_>) {
        let view = PublishView { offer: &self.offer, sending: self.sending.is_some(), error: self.error.as_deref() };
        (&mut self.dialog, view)
    }

    pub(super) fn plan(&mut self, studio: &Studio, form: PublishForm) {
        self.error = None;
        self.offer.wait();
        self.planning = Some(studio.ask_long(move |studio, control| {
            let (request, token) = asked(&form);
            let plan = studio.publish_plan(&request, token, control);
            plan.map(offer).map_err(|error| error.to_string())
        }));
    }

    pub(super) fn publish(&mut self, studio: &Studio, form: PublishForm) {
        self.error = None;
        // What the dialog shows when the button is pressed.
        let shown = self.offer.answer.as_ref().map(|offer| offer.replaces.clone()).unwrap_or_default();
        self.sending = Some(studio.ask_long(move |studio, _| {
            let (request, token) = asked(&form);
            let request = PublishRequest { replaces: shown, ..request };
            let begun = studio.publish(&request, token).map_err(|error| error.to_string())?;
            tracing::info!(job = begun.job_id, "publishing began");
            Ok(format!("Publishing to {} began. Activity shows how far it is.", request.repo))
        }));
    }

    /// Takes in what has come; what is to be told when publishing has begun and the dialog is over.
    pub(super) fn take_news(&mut self) -> Option<String> {
        if let Some(answer) = taken(&mut self.planning) {
            self.offer.settle(answer);
        }
        match taken(&mut self.sending)? {
            Ok(said) => Some(said),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }
}

fn taken<T>(question: &mut Option<Pending<Result<T, String>>>) -> Option<Result<T, String>> {
    let answer = match question.as_ref()?.poll() {
        Answer::Waiting => return None,
        Answer::Ready(answer) => answer,
        Answer::Lost => Err("No answer came; the log says why.".to_owned()),
    };
    *question = None;
    Some(answer)
}

fn asked(form: &PublishForm) -> (PublishRequest, Option<Token>) {
    let request = PublishRequest {
        dataset: form.dataset.0.to_string(),
        tokenization: form.tokenization.clone(),
        repo: form.repository.clone(),
        config: form.config.clone(),
        public: !form.private,
        licence: form.licence.clone(),
        replace: form.replace,
        ..PublishRequest::default()
    };
    (request, form.token.as_ref().and_then(|token| Token::new(token.reveal())))
}

/// What the dialog begins with: where it was published last, else a name of one's own.
fn subject(snapshot: &Snapshot, dataset: &DatasetId, tokenization: Option<String>) -> Option<PublishSubject> {
    let entry = snapshot.dataset(&dataset.0).ok()?;
    let metadata = &entry.record.metadata;
    let text = |path: &str| metadata.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let of_dataset = text("/published/repo");
    let licence = text("/card/license").unwrap_or_default();
    let name = entry.record.name.clone();
    let Some(id) = tokenization else {
        let repository = of_dataset.unwrap_or_else(|| slug(&name));
        let config = text("/published/config").filter(|config| config != "default").unwrap_or_default();
        return Some(PublishSubject {
            dataset: dataset.clone(),
            tokenization: None,
            name,
            repository,
            config,
            licence,
        });
    };
    let tokenizer = entry.tokenization(Some(&id)).ok()?.tokenizer.clone();
    let kept = |key: &str| text(&format!("/published_tokenizations/{id}/{key}"));
    // Beside the text, where that is published already; else in a repository of its own.
    let repository = kept("repo").or(of_dataset.clone()).unwrap_or_else(|| slug(&format!("{name}-{tokenizer}")));
    let config = kept("config").filter(|config| config != "default");
    let config = config.or_else(|| of_dataset.map(|_| slug(&tokenizer))).unwrap_or_default();
    let name = format!("{name}, tokenized with {tokenizer}");
    Some(PublishSubject { dataset: dataset.clone(), tokenization: Some(id), name, repository, config, licence })
}

/// The name with what no repository may be called by made into dashes.
fn slug(name: &str) -> String {
    let dashed: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

fn offer(plan: PublishPlan) -> PublishOffer {
    let state = if plan.exists { "there already" } else { "new" };
    let seen = if plan.private { "private" } else { "everyone can read it" };
    let files = units::counted(plan.files.len() as u64, "file");
    let splits = plan.splits.into_iter().map(|split| {
        let (rows, files) = (units::counted(split.rows, "row"), units::counted(split.files, "file"));
        (split.name, format!("{rows} in {files}, {}", units::size(split.size_bytes)))
    });
    PublishOffer {
        facts: vec![
            ("Repository".to_owned(), format!("{}, {state}, {seen}", plan.repo)),
            ("Config".to_owned(), format!("{} on {}", plan.config, plan.branch)),
            ("Files".to_owned(), format!("{files}, {}", units::size(plan.size_bytes))),
        ],
        splits: splits.collect(),
        replaces: plan.replaces,
        card: plan.card,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_one_that_a_repository_may_have() {
        assert_eq!(slug("My stories (v2).jsonl"), "My-stories-v2-jsonl");
        assert_eq!(slug("--a..b--"), "a-b");
    }
}
