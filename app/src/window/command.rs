//! Everything a user can ask for. Views collect these; one place carries them out, once a frame, outside any widget.

use std::fmt;
use std::path::PathBuf;

use mistudio_core::ingest::Remedy;
use mistudio_core::samples::Condition;
use mistudio_core::stats::NearSettings;
use mistudio_core::subset::Choice;
use mistudio_core::tokenize::Settings;

use super::model::{
    AddLocal, ChosenConfig, CompareRequest, DatasetId, DownloadRequest, ExportForm, InspectRequest, JobId, LookLocal,
    PlotExport, PreviewRequest, PublishForm, SamplesRequest, SqlCommand, StatisticsExport, StatisticsOf,
    TokenizeRequest, TokenizeSettings, TokensRequest, TrainForm,
};
use super::model::{DetailTab, Tab};

/// What the user asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask for a folder and make a workspace in it.
    CreateWorkspace,
    /// Ask for a folder and open the workspace in it.
    OpenWorkspace,
    /// Open a workspace that was open before.
    OpenRecent(PathBuf),
    /// Close the workspace and go to the welcome screen.
    CloseWorkspace,
    /// Show the workspace's folder in the system's file manager.
    RevealWorkspace,
    /// Go to another screen.
    ShowTab(Tab),
    /// Something on the SQL tab.
    Sql(SqlCommand),
    /// Read the list of datasets again.
    ReloadDatasets,

    /// Give the submission of the form up.
    StopSubmission,
    /// Get a repository from the Hub.
    Download(DownloadRequest),
    /// Find datasets on the Hub; a newer question replaces an older one.
    SearchHub(String, Option<Secret>),
    /// Nothing is to be found any more.
    StopSearch,
    /// Look at what a repository holds, in a view that opens.
    Inspect(InspectRequest),
    /// Look at the repository in that view again, at another revision or at the same.
    InspectAgain(Option<String>),
    /// Get what was chosen in that view, one dataset for each config.
    DownloadChosen(Vec<ChosenConfig>),
    /// Close that view.
    CloseInspect,
    /// Show a page in the browser.
    OpenPage(String),
    /// Ask for files, then open the dialog that adds them.
    ChooseLocalFiles,
    /// Ask for a folder, then open the dialog that adds what is in it.
    ChooseLocalFolder,
    /// Open the dialog that adds local data, for files that were dropped on the window.
    Dropped(Vec<PathBuf>),
    /// Look into local data for the dialog that adds them.
    LookLocal(LookLocal),
    /// Add local data as the dialog says.
    AddLocal(AddLocal),
    /// Close the dialog that adds local data.
    CloseAddLocal,

    /// Open the detail of a ready dataset.
    OpenDataset(DatasetId),
    /// Close the detail.
    CloseDetail,
    /// Go to another tab of the detail.
    ShowDetailTab(DetailTab),
    /// Stop work on a dataset, to go on later.
    PauseDataset(DatasetId),
    /// Go on with a paused, interrupted or failed dataset.
    ResumeDataset(DatasetId),
    /// Go on with a dataset that cannot be read, with the choice that lets it be read.
    AcceptRemedy(DatasetId, Remedy),
    /// Stop work on a dataset for good.
    CancelDataset(DatasetId),
    /// Find out what deleting a dataset would remove, and ask.
    AskDelete(DatasetId),
    /// Delete it, or that tokenization of it.
    Delete(DatasetId, Option<String>),
    /// Do not delete it.
    CloseDelete,

    /// Read a page of samples; a newer request replaces an older one.
    AskSamples(SamplesRequest),
    /// Open the samples of a dataset, of which only those are shown that meet a condition.
    ShowSamples(DatasetId, Condition),
    /// Open the samples of a split of a dataset.
    ShowSplit(DatasetId, String),
    /// Open the samples of a dataset at one of them.
    ShowSample(DatasetId, SampleKey),
    /// Read all there is of one sample.
    AskSample(DatasetId, SampleKey),
    /// Read all there is of one sample and put its text, or all of it as JSON, on the clipboard.
    CopySample(DatasetId, SampleKey, CopyForm),
    /// Count and find the tokens of samples; a newer request replaces an older one.
    AskTokens(TokensRequest),
    /// Make a dataset of that name of chosen samples.
    SaveSamples(DatasetId, Choice, String),
    /// Ask for a file and write chosen samples into it.
    ExportSamples(DatasetId, Choice),
    /// Find out whether a condition can be applied; a newer request replaces an older one.
    CheckCondition(DatasetId, Condition),
    /// Put text on the clipboard.
    Copy(String),

    /// Tokenize a text to look at it; a newer request replaces an older one.
    Preview(PreviewRequest),
    /// Find out what a tokenizer says of itself; a newer request replaces an older one.
    LookAtTokenizer(String),
    /// Find out what is wrong with settings; newer ones replace older ones.
    CheckSettings(TokenizeSettings),
    /// Ask whether the tokenization of that id is to be deleted.
    AskDeleteTokenization(DatasetId, String),
    /// Audit the files of the tokenization of that id.
    AuditTokenization(String),
    /// Ask for a folder and export a tokenization to it.
    ExportTokenization(ExportForm),
    /// Stop the audit or the export of the tokenization of that id.
    StopRowWork(String),
    /// Ask for the settings of a preset, for that tokenizer.
    UsePreset {
        /// The preset.
        name: String,
        /// The tokenizer.
        tokenizer: String,
    },
    /// Keep settings under a name.
    SavePreset {
        /// The name.
        name: String,
        /// The settings.
        settings: Box<Settings>,
        /// Whether one of that name is replaced.
        overwrite: bool,
    },
    /// Remove a saved preset.
    RemovePreset(String),
    /// Train a tokenizer on a dataset.
    TrainTokenizer(TrainForm),
    /// Tokenize a dataset.
    Tokenize(TokenizeRequest),
    /// Get a tokenizer from a model repository on the Hub.
    AddTokenizerFromHub(String),
    /// Ask for a tokenizer file or folder and add it.
    AddTokenizerFromFile,
    /// Take another column of a dataset as its text.
    ChooseTextColumn(DatasetId, String),
    /// Compute the statistics of a dataset again.
    RecomputeStatistics(DatasetId),
    /// Show the statistics with the tokens of another tokenization, or read them again; newer ones replace older ones.
    AskStatistics(DatasetId, StatisticsOf),
    /// Look for samples of a dataset that are nearly the same.
    FindNearDuplicates(DatasetId, NearSettings),
    /// Read the samples of the cluster of near-duplicates that begins with that one.
    AskCluster(DatasetId, SampleKey),
    /// Compare two datasets or tokenizations; a newer request replaces an older one.
    Compare(CompareRequest),
    /// Give the comparison up.
    StopComparing,
    /// Ask for a file and write statistics into it.
    ExportStatistics(StatisticsExport),
    /// Ask for a file and write a plot into it.
    ExportPlot(PlotExport),

    /// Open the dialog that publishes a dataset, or the tokenization of that id.
    AskPublish(DatasetId, Option<String>),
    /// Find out what publishing would change; a newer request replaces an older one.
    PlanPublish(PublishForm),
    /// Publish.
    Publish(PublishForm),
    /// Close the dialog that publishes.
    ClosePublish,

    /// Stop a job, to go on later.
    PauseJob(JobId),
    /// Go on with a job.
    ResumeJob(JobId),
    /// Stop a job for good.
    CancelJob(JobId),
}

/// In which form a sample is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyForm {
    /// Its text.
    Text,
    /// All its columns as a JSON object.
    Json,
}

/// Where a sample stands in its dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SampleKey {
    /// Its split.
    pub split: String,
    /// Its place in the split, from 0.
    pub row: u64,
}

/// The commands of one frame, in the order they were given.
#[derive(Debug, Default)]
pub struct Commands(Vec<Command>);

impl Commands {
    /// Adds one.
    pub fn push(&mut self, command: Command) {
        self.0.push(command);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes them all, leaving none.
    pub fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.0)
    }
}

/// Text that must not appear in a log, an error or a debug print.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps it; `None` where there is nothing but white space.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The text itself, for the one who needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_token_never_shows_in_a_debug_print() {
        let request = DownloadRequest { repository: "a/b".to_owned(), token: Secret::new(" hf_abc ") };
        assert_eq!(request.token.as_ref().map(Secret::reveal), Some("hf_abc"));
        assert!(!format!("{:?}", Command::Download(request)).contains("hf_abc"));
        let token = Secret::new("hf_abc");
        let request = InspectRequest { repository: "a/b".to_owned(), revision: None, token: token.clone() };
        assert!(!format!("{:?}", Command::Inspect(request)).contains("hf_abc"));
        assert!(!format!("{:?}", Command::SearchHub("a".to_owned(), token)).contains("hf_abc"));
        assert_eq!(Secret::new("  "), None);
    }
}
