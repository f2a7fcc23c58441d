//! Whose token it is, whether it may write, and making a repository.

use hf_hub::{HFError, RepoTypeDataset};

use super::error::PublishError;
use super::wire::Ask;
use crate::hub::client::HubClient;
use crate::hub::error::HubError;
use crate::hub::repo_id::RepoId;
use crate::jobs::Control;

/// Whom a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user's name, which is also that of the namespace they own.
    pub user: String,
}

impl HubClient {
    /// Whom the token belongs to; an error where there is none, or where it is made for reading alone. A token of finer
    /// grain may write here and not there, which only the Hub knows.
    pub async fn writer(&self, control: &Control) -> Result<Account, PublishError> {
        if self.is_anonymous() {
            return Err(PublishError::NoToken);
        }
        let url = self.ranged.join(["api", "whoami-v2"].into_iter());
        let answer = self.ask(&Ask::get(url), control).await?;
        let answer = answer.map_err(|refusal| match refusal.status {
            401 | 403 => PublishError::Hub(HubError::BadToken),
            status => PublishError::Hub(HubError::Answer { what: status.to_string() }),
        })?;
        let name = answer["name"].as_str().filter(|name| !name.is_empty());
        let user = name.ok_or_else(|| HubError::Answer { what: "without a user name".to_owned() })?.to_owned();
        if answer["auth"]["accessToken"]["role"] == "read" {
            return Err(PublishError::ReadOnlyToken { user });
        }
        Ok(Account { user })
    }

    /// Creates a dataset repository; `false` where it exists already.
    pub async fn create_dataset(&self, repo: &RepoId, private: bool, control: &Control) -> Result<bool, PublishError> {
        let id = repo.to_string();
        let create = async || {
            let asked = self.hub.create_repository().repo_id(&id).repo_type(RepoTypeDataset).private(private);
            match asked.send().await {
                Ok(_) => Ok(Ok(true)),
                Err(HFError::Conflict { .. }) => Ok(Ok(false)),
                Err(HFError::Forbidden { context }) => {
                    Ok(Err(PublishError::WriteDenied { repo: id.clone(), message: context.server_message.clone() }))
                }
                Err(error) => Err(self.explain(error, &self.subject(repo, "main", None))),
            }
        };
        self.patiently(control, create).await?
    }
}
