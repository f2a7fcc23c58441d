//! The operations that run as jobs, one file each, and the form in which a job remembers its operation.

mod default_tokenization;
mod download;
mod gather;
mod index;
mod near_duplicates;
mod process;
mod publish;
mod statistics;
mod subset;
mod tokenize;
mod train;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(super) use download::Download;
pub(super) use index::{Index, searched_columns};
pub(super) use near_duplicates::FindNearDuplicates;
pub(super) use process::{InputFile, InputSplit, Process, ProcessOptions};
pub(super) use publish::Publish;
pub(super) use statistics::Statistics;
pub(super) use subset::{nothing, share};
pub(super) use tokenize::Tokenize;
pub(super) use train::Train;

use crate::catalog::{Catalog, Job};
use crate::hub::Secret;
use crate::jobs::Operation;
use crate::studio::opened::Opened;
use crate::workspace::{Layout, Settings};

/// What every operation works with.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) layout: Layout,
    pub(super) settings: Arc<Settings>,
    pub(super) catalog: Catalog,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) opened: Opened,
}

/// An operation as the catalog keeps it, so that it can be taken up again after a restart. Holds no secret and no
/// absolute path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub(super) enum Spec {
    Download(Download),
    Process(Process),
    Tokenize(Tokenize),
    Statistics(Statistics),
    NearDuplicates(FindNearDuplicates),
    Index(Index),
    Publish(Box<Publish>),
    Train(Box<Train>),
}

impl Spec {
    /// The job's kind, as people read it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Download(_) => "download",
            Self::Process(_) => "process",
            Self::Tokenize(_) => "tokenize",
            Self::Statistics(_) => "statistics",
            Self::NearDuplicates(_) => "near_duplicates",
            Self::Index(_) => "index",
            Self::Publish(_) => "publish",
            Self::Train(_) => "train",
        }
    }

    /// The id of what it works on.
    fn target(&self) -> &str {
        match self {
            Self::Download(download) => &download.dataset_id,
            Self::Process(process) => &process.dataset_id,
            Self::Tokenize(tokenize) => &tokenize.tokenization_id,
            Self::Statistics(statistics) => &statistics.dataset_id,
            Self::NearDuplicates(find) => &find.dataset_id,
            Self::Index(index) => &index.dataset_id,
            Self::Publish(publish) => &publish.target,
            Self::Train(train) => &train.tokenizer,
        }
    }

    /// A new job record for it.
    pub(super) fn job(&self, title: String) -> Job {
        Job::new(self.kind(), self.target(), title, self.to_json())
    }

    /// As a job keeps it.
    pub(super) fn to_json(&self) -> serde_json::Value {
        // Specs are strings, numbers and lists of them: their JSON cannot fail.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// How it reads files, where it does or what follows it does.
    pub(super) fn reading(&mut self) -> Option<&mut ProcessOptions> {
        match self {
            Self::Download(download) => Some(&mut download.process.options),
            Self::Process(process) => Some(&mut process.options),
            _ => None,
        }
    }

    /// Removes what a run that was given up has left.
    pub(super) fn discard(&self, context: &Context) {
        match self {
            Self::Download(download) => download.discard(context),
            Self::Tokenize(tokenize) => tokenize.discard(context),
            Self::Train(train) => train.discard(context),
            // What was sent waits on the Hub, where nothing names it.
            Self::Process(_) | Self::Statistics(_) | Self::NearDuplicates(_) | Self::Index(_) | Self::Publish(_) => {}
        }
    }

    /// The operation, ready to run. `token` serves this run alone.
    pub(super) fn operation(self, context: &Context, token: Option<Secret>) -> Box<dyn Operation> {
        match self {
            Self::Download(download) => Box::new(download.operation(context.clone(), token)),
            Self::Process(process) => Box::new(process.operation(context.clone())),
            Self::Tokenize(tokenize) => Box::new(tokenize.operation(context.clone())),
            Self::Statistics(statistics) => Box::new(statistics.operation(context.clone())),
            Self::NearDuplicates(find) => Box::new(find.operation(context.clone())),
            Self::Index(index) => Box::new(index.operation(context.clone())),
            Self::Publish(publish) => Box::new(publish.operation(context.clone(), token)),
            Self::Train(train) => Box::new(train.operation(context.clone())),
        }
    }
}
