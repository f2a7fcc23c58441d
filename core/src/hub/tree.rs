//! The list of files at a commit.
//!
//! hf-hub 1.0 lists trees too, but looks for the sha256 of LFS files under another name than the Hub gives it in a
//! tree, and so loses the one thing by which a download can be verified.

use reqwest::Url;
use reqwest::header::LINK;
use serde::Deserialize;

use super::client::HubClient;
use super::error::{HubError, Subject};
use super::repo_id::RepoId;
use super::snapshot::RemoteFile;

/// The most one page of a list may weigh: a thousand entries are some 400 KB.
pub(super) const LARGEST_PAGE: u64 = 64 * 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Entry {
    File(FileEntry),
    /// A directory; recursive lists name its files as well.
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileEntry {
    path: String,
    size: u64,
    oid: String,
    lfs: Option<Lfs>,
    xet_hash: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Lfs {
    /// The sha256 of the bytes.
    oid: String,
}

impl HubClient {
    /// Every file of a repository at a commit.
    pub(super) async fn tree(&self, repo: &RepoId, sha: &str) -> Result<Vec<RemoteFile>, HubError> {
        let subject = self.subject(repo, sha, None);
        let mut next = Some(self.ranged.tree_url(repo, sha));
        let mut files = Vec::new();
        while let Some(url) = next {
            let (page, following) = self.page(url, &subject).await?;
            next = following;
            files.extend(page.into_iter().filter_map(|entry| match entry {
                Entry::File(FileEntry { path, size, oid, lfs, xet_hash }) => {
                    Some(RemoteFile { path, size, oid, sha256: lfs.map(|lfs| lfs.oid), xet: xet_hash.is_some() })
                }
                Entry::Other => None,
            }));
        }
        Ok(files)
    }

    async fn page(&self, url: Url, subject: &Subject<'_>) -> Result<(Vec<Entry>, Option<Url>), HubError> {
        let opened = self.ranged.open(url.clone(), 0).await.map_err(|closed| self.closed(closed, subject))?;
        let link = opened.response.headers().get(LINK).and_then(|value| value.to_str().ok());
        let following = link.and_then(next_page).and_then(|link| url.join(link).ok());
        let bytes = self.read(opened.response, LARGEST_PAGE, subject).await?;
        let entries = serde_json::from_slice(&bytes)
            .map_err(|error| HubError::Answer { what: format!("with a list this version cannot read ({error})") })?;
        Ok((entries, following))
    }
}

/// The address of the next page in a `Link` header.
fn next_page(link: &str) -> Option<&str> {
    link.split(',').find_map(|part| {
        let (address, parameters) = part.trim().strip_prefix('<')?.split_once('>')?;
        parameters
            .split(';')
            .any(|parameter| matches!(parameter.trim(), r#"rel="next""# | "rel=next"))
            .then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_other_links() {
        assert_eq!(next_page(r#"<http://h/a?b=1>; rel="prev", <http://h/a?b=2>; rel="next""#), Some("http://h/a?b=2"));
        assert_eq!(next_page(r#"<http://h/a?b=1>; rel="prev""#), None);
    }

    #[test]
    fn entries_are_read_as_the_hub_writes_them() {
        let page = r#"[
            {"type":"directory","oid":"aa","size":0,"path":"data"},
            {"type":"file","oid":"bb","size":9,"path":"data/x.parquet",
             "lfs":{"oid":"cc","size":9,"pointerSize":127},"xetHash":"dd"},
            {"type":"file","oid":"ee","size":3,"path":"README.md"}]"#;
        let entries: Vec<Entry> = serde_json::from_str(page).unwrap();
        let Entry::File(data) = &entries[1] else { panic!("{entries:?}") };
        assert_eq!(data.lfs.as_ref().map(|lfs| lfs.oid.as_str()), Some("cc"));
        assert!(matches!(entries[0], Entry::Other));
    }
}
