"""Holds the loopback Hub to the Python clients: what they download, list and raise must be what the real Hub gives.

How to run:

    cargo build --release -p mistudio-tests --example loopback_hub
    python3 -m venv venv && venv/bin/pip install huggingface_hub datasets
    venv/bin/python tests/python/check_loopback_hub.py target/release/examples/loopback_hub

Ends with "ok" and exit code 0, or with the first difference.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def make_repositories(folder: Path) -> dict[str, bytes]:
    """Writes the repositories that are served; returns the bytes of some files by name."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    stories = folder / "tester" / "stories.v1"
    (stories / "data").mkdir(parents=True)
    for number in range(2):
        table = pa.table({"text": [f"story {number} {row}" for row in range(50)]})
        pq.write_table(table, stories / "data" / f"train-{number:05d}-of-00002.parquet")
    pq.write_table(pa.table({"text": ["the end"] * 7}), stories / "data" / "validation-00000-of-00001.parquet")
    (stories / "README.md").write_text("---\nlicense: mit\n---\n# Stories\n")
    (stories / "with space #1.txt").write_text("odd name\n")

    configs = folder / "tester" / "configs"
    for config, rows in (("small", 3), ("large", 11)):
        (configs / config).mkdir(parents=True)
        lines = "".join(f'{{"text": "{config} {row}"}}\n' for row in range(rows))
        (configs / config / "train.jsonl").write_text(lines)
        (configs / config / "test.jsonl").write_text(lines)
    (configs / "README.md").write_text(
        "---\nconfigs:\n- config_name: small\n  data_dir: small\n  default: true\n"
        "- config_name: large\n  data_files:\n  - split: train\n    path: large/train.jsonl\n---\n"
    )

    for name, mark in (("secret", ".private"), ("terms", ".gated")):
        (folder / "tester" / name).mkdir()
        (folder / "tester" / name / mark).write_text("")
        (folder / "tester" / name / "train.csv").write_text("text\nhidden\n")

    model = folder / "models" / "tester" / "tiny"
    model.mkdir(parents=True)
    (model / "tokenizer.json").write_text('{"version": "1.0"}')
    large = hashlib.shake_256(b"weights").digest(3_000_000)
    (model / "model.safetensors").write_bytes(large)
    return {"weights": large}


def check(endpoint: str, made: dict[str, bytes]) -> None:
    from datasets import get_dataset_config_names, load_dataset
    from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_download, hf_hub_url, snapshot_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    def raises(kind, status, call):
        try:
            call()
        except HfHubHTTPError as error:
            assert type(error) is kind or isinstance(error, kind), f"{type(error)} instead of {kind}"
            if kind is RepositoryNotFoundError:
                assert not isinstance(error, GatedRepoError), "gated, not missing"
            assert error.response.status_code == status, f"{error.response.status_code} instead of {status}"
            return error
        raise AssertionError(f"nothing raised, {kind} expected")

    stories, data = "tester/stories.v1", {"repo_type": "dataset"}
    api = HfApi(token=False)

    info = api.dataset_info(stories)
    assert info.id == stories and len(info.sha) == 40 and info.private is False and info.gated is False
    assert api.dataset_info(stories, revision=info.sha).sha == info.sha
    assert "with space #1.txt" in [sibling.rfilename for sibling in info.siblings]
    detailed = api.dataset_info(stories, files_metadata=True)
    sizes = {sibling.rfilename: sibling.size for sibling in detailed.siblings}
    assert sizes["with space #1.txt"] == 9

    top = list(api.list_repo_tree(stories, **data))
    assert sorted(entry.path for entry in top) == ["README.md", "data", "with space #1.txt"], top
    tree = {entry.path: entry for entry in api.list_repo_tree(stories, recursive=True, **data)}
    parquet = tree["data/train-00000-of-00002.parquet"]
    assert parquet.lfs.size == parquet.size and len(parquet.lfs.sha256) == 64
    assert tree["README.md"].lfs is None
    expanded = list(api.list_repo_tree(stories, recursive=True, expand=True, **data))
    assert all(entry.last_commit for entry in expanded)
    paths = api.get_paths_info(stories, ["README.md", "data", "missing"], **data)
    assert sorted(entry.path for entry in paths) == ["README.md", "data"]
    assert [branch.name for branch in api.list_repo_refs(stories, **data).branches] == ["main"]

    small = Path(hf_hub_download(stories, "with space #1.txt", token=False, **data))
    assert small.read_text() == "odd name\n"
    metadata = get_hf_file_metadata(hf_hub_url(stories, parquet.path, **data))
    assert metadata.etag == parquet.lfs.sha256 and metadata.size == parquet.size
    assert metadata.commit_hash == info.sha
    metadata = get_hf_file_metadata(hf_hub_url(stories, "README.md", **data))
    assert metadata.etag == tree["README.md"].blob_id and metadata.commit_hash == info.sha
    weights = Path(hf_hub_download("tester/tiny", "model.safetensors", token=False))
    assert weights.read_bytes() == made["weights"]
    snapshot = Path(snapshot_download(stories, token=False, **data))
    assert snapshot.name == info.sha and (snapshot / parquet.path).stat().st_size == parquet.size
    assert hashlib.sha256((snapshot / parquet.path).read_bytes()).hexdigest() == parquet.lfs.sha256

    assert [found.id for found in api.list_datasets(search="STORIES")] == [stories]
    assert "tester/secret" not in [found.id for found in api.list_datasets()]
    assert len(list(api.list_datasets(limit=2))) == 2
    assert HfApi(token="hf_reader").whoami()["name"] == "reader"

    raises(RepositoryNotFoundError, 401, lambda: api.dataset_info("tester/none"))
    raises(RepositoryNotFoundError, 404, lambda: HfApi(token="hf_reader").dataset_info("tester/none"))
    raises(RepositoryNotFoundError, 401, lambda: api.dataset_info("tester/secret"))
    raises(RepositoryNotFoundError, 404, lambda: HfApi(token="hf_stranger").dataset_info("tester/secret"))
    assert HfApi(token="hf_reader").dataset_info("tester/secret").private is True
    raises(RevisionNotFoundError, 404, lambda: api.dataset_info(stories, revision="nowhere"))
    raises(EntryNotFoundError, 404, lambda: hf_hub_download(stories, "missing.txt", token=False, **data))
    assert api.dataset_info("tester/terms").gated == "auto"
    gated = hf_hub_url("tester/terms", "train.csv", **data)
    raises(GatedRepoError, 401, lambda: get_hf_file_metadata(gated, token=False))
    raises(GatedRepoError, 403, lambda: get_hf_file_metadata(gated, token="hf_stranger"))
    raises(GatedRepoError, 401, lambda: api.auth_check("tester/terms", **data))
    assert Path(hf_hub_download("tester/terms", "train.csv", token="hf_reader", **data)).read_text() == "text\nhidden\n"
    raises(HfHubHTTPError, 401, lambda: HfApi(token="hf_wrong").whoami())

    loaded = load_dataset(stories, token=False)
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 100, "validation": 7}, loaded
    assert get_dataset_config_names("tester/configs", token=False) == ["small", "large"]
    assert len(load_dataset("tester/configs", "large", split="train", token=False)) == 11
    assert len(load_dataset("tester/configs", split="test", token=False)) == 3
    streamed = load_dataset(stories, split="train", streaming=True, token=False)
    assert sum(1 for _ in streamed) == 100
    assert len(load_dataset("tester/secret", split="train", token="hf_reader")) == 1
    check_writing(raises)
    print(f"ok: huggingface_hub and datasets agree with the Hub at {endpoint}")


def check_writing(raises) -> None:
    """Creates, uploads, commits and deletes; the bytes must come back, and refusals must be those of the Hub."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
    from huggingface_hub.errors import HfHubHTTPError

    api, data = HfApi(token="hf_writer"), {"repo_type": "dataset"}
    mine = "writer/mine"
    who = api.whoami()
    assert (who["name"], who["auth"]["accessToken"]["role"]) == ("writer", "write"), who
    assert HfApi(token="hf_reader").whoami()["auth"]["accessToken"]["role"] == "read"
    url = api.create_repo(mine, private=True, **data)
    assert url.repo_id == mine and url.repo_type == "dataset", url
    assert api.dataset_info(mine).private is True
    raises(HfHubHTTPError, 409, lambda: api.create_repo(mine, **data))
    assert api.create_repo(mine, exist_ok=True, **data).repo_id == mine
    raises(HfHubHTTPError, 403, lambda: api.create_repo("tester/theirs", **data))
    raises(HfHubHTTPError, 401, lambda: HfApi(token=False).create_repo("writer/x", **data))
    raises(HfHubHTTPError, 403, lambda: HfApi(token="hf_reader").create_repo("reader/x", **data))

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "data").mkdir()
        # Two parts and a rest of 16 MB each, one object of a single part, an empty file, text.
        large = hashlib.shake_256(b"large").digest(33_000_001)
        (folder / "data" / "large.parquet").write_bytes(large)
        (folder / "data" / "small.parquet").write_bytes(b"PAR1" + b"x" * 1000)
        (folder / "empty.txt").write_text("")
        (folder / "README.md").write_text("---\nlicense: mit\n---\n# Mine\n")
        first = api.upload_folder(repo_id=mine, folder_path=folder, **data)
        assert first.oid == api.dataset_info(mine).sha, first
        # The same again changes nothing.
        assert api.upload_folder(repo_id=mine, folder_path=folder, **data).oid == first.oid
    tree = {entry.path: entry for entry in api.list_repo_tree(mine, recursive=True, **data)}
    assert tree["data/large.parquet"].lfs.sha256 == hashlib.sha256(large).hexdigest()
    assert tree["README.md"].lfs is None and tree["empty.txt"].size == 0
    from huggingface_hub import hf_hub_download

    back = Path(hf_hub_download(mine, "data/large.parquet", token="hf_writer", **data))
    assert back.read_bytes() == large

    add = CommitOperationAdd("note.txt", b"a note\n")
    stale = "0" * 40
    raises(
        HfHubHTTPError, 412, lambda: api.create_commit(mine, [add], commit_message="x", parent_commit=stale, **data)
    )
    proposed = api.create_commit(mine, [add], commit_message="Propose", create_pr=True, **data)
    assert proposed.pr_url.endswith("/discussions/1") and proposed.pr_revision == "refs/pr/1", proposed
    assert not api.file_exists(mine, "note.txt", **data)
    delete = CommitOperationDelete("data/small.parquet")
    add = CommitOperationAdd("copy.parquet", large)
    api.create_commit(mine, [delete, add], commit_message="Move", parent_commit=first.oid, **data)
    paths = {entry.path for entry in api.list_repo_tree(mine, recursive=True, **data)}
    assert "copy.parquet" in paths and "data/small.parquet" not in paths, paths
    # Readable, not theirs: a pull request is the way in.
    raises(
        HfHubHTTPError,
        403,
        lambda: api.upload_file(path_or_fileobj=b"x", path_in_repo="x.txt", repo_id="tester/stories.v1", **data),
    )
    raises(
        HfHubHTTPError,
        403,
        lambda: HfApi(token="hf_reader").upload_file(
            path_or_fileobj=b"x", path_in_repo="x.txt", repo_id="tester/stories.v1", **data
        ),
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder, home = Path(temporary) / "repos", Path(temporary) / "home"
        made = make_repositories(folder)
        server = subprocess.Popen(
            [sys.argv[1], str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            endpoint = server.stdout.readline().strip()
            os.environ["HF_ENDPOINT"] = endpoint
            os.environ["HF_HOME"] = str(home)
            os.environ["HF_HUB_DISABLE_XET"] = "1"
            os.environ.pop("HF_TOKEN", None)
            check(endpoint, made)
        finally:
            server.stdin.close()
            server.wait()


if __name__ == "__main__":
    main()
