"""Holds what `mistudio publish` makes to the Python library: `load_dataset` must give the same splits, rows and columns.

How to run:

    cargo build --release -p mistudio
    cargo build --release -p mistudio-tests --example loopback_hub
    python3 -m venv venv && venv/bin/pip install datasets
    venv/bin/python tests/python/check_published.py target/release/mistudio target/release/examples/loopback_hub \
        tests/golden/tokenizers/bytelevel

Ends with "ok" and exit code 0, or with the first difference.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SPLITS = {"train": 1200, "validation": 40, "no": 9, "2020": 5}


def make_source(folder: Path) -> dict[str, list[dict]]:
    """Writes a dataset of JSON lines whose split names YAML would take for something else."""
    import random

    random.seed(7)
    data = folder / "stories" / "data"
    data.mkdir(parents=True)
    rows = {}
    for split, count in SPLITS.items():
        rows[split] = [
            {"text": f"{split} {row} " + "x" * random.randrange(80), "stars": row, "tags": [split, str(row)]}
            for row in range(count)
        ]
        lines = "".join(json.dumps(row) + "\n" for row in rows[split])
        (data / f"{split}-00000-of-00001.jsonl").write_text(lines)
    return rows


def check(program: list[str], tokenizer: str, folder: Path, hub: str) -> None:
    os.environ["HF_TOKEN"] = "hf_writer"

    def run(*arguments: str) -> dict:
        ran = subprocess.run([*program, *arguments, "--json"], capture_output=True, text=True, cwd=folder / "space")
        assert ran.returncode == 0, f"{arguments}: {ran.stderr}"
        return json.loads(ran.stdout)

    rows = make_source(folder)
    subprocess.run([*program, "init", str(folder / "space")], check=True, capture_output=True)
    added = run("add", str(folder / "stories"))
    run("tokenizer", "add", tokenizer, "--name", "tiny")
    tokens = run("tokenize", "stories", "--tokenizer", "tiny", "--max-length", "64")
    run("publish", "stories", "writer/stories", "--license", "cc-by-4.0", "--yes")

    from datasets import get_dataset_config_names, load_dataset
    from huggingface_hub import DatasetCard, HfApi, hf_hub_download

    loaded = load_dataset("writer/stories")
    assert {split: len(part) for split, part in loaded.items()} == SPLITS, loaded
    assert list(loaded) == [split["name"] for split in added["splits"]], (list(loaded), added["splits"])
    for split, expected in rows.items():
        assert loaded[split].to_list() == expected, split
    card = DatasetCard.load("writer/stories")
    assert card.data.license == "cc-by-4.0" and card.data.size_categories == ["1K<n<10K"], card.data.to_dict()
    assert "mistudio" in card.data.tags

    run("publish", "stories", "writer/stories", "--tokenization", tokens["id"], "--config", "tiny-64", "--yes")
    assert get_dataset_config_names("writer/stories") == ["default", "tiny-64"]
    token_rows = load_dataset("writer/stories", "tiny-64")
    assert sum(len(part) for part in token_rows.values()) == tokens["rows"]
    assert all(len(ids) == 64 for ids in token_rows["train"]["input_ids"])
    assert "tokenized" in DatasetCard.load("writer/stories").data.tags
    again = load_dataset("writer/stories", download_mode="force_redownload")
    assert {split: len(part) for split, part in again.items()} == SPLITS, "the default config is as it was"
    streamed = load_dataset("writer/stories", "tiny-64", split="no", streaming=True)
    assert sum(1 for _ in streamed) == SPLITS["no"]

    run("publish", "stories", "tokens-alone", "--tokenization", tokens["id"], "--yes")
    alone = load_dataset("writer/tokens-alone")
    assert {split: len(part) for split, part in alone.items()} == {split: len(part) for split, part in token_rows.items()}
    assert HfApi().dataset_info("writer/tokens-alone").private is True

    # A repository that the Python client made: its card, its files and its features stay or are replaced as promised.
    api = HfApi()
    api.create_repo("writer/mixed", repo_type="dataset", private=True)
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name in ("poems.parquet", "old.parquet"):
        pq.write_table(pa.table({"line": ["a", "b"]}), folder / name)
        api.upload_file(
            path_or_fileobj=folder / name, path_in_repo=f"kept/{name}", repo_id="writer/mixed", repo_type="dataset"
        )
    text = (
        "---\nlicense: mit # by hand\nconfigs:\n- config_name: poems\n  default: true\n  data_files: kept/poems.parquet\n"
        "- config_name: stories\n  data_files: kept/old.parquet\ndataset_info:\n- config_name: stories\n  features:\n"
        "  - name: line\n    dtype: string\n---\n# Mixed\n"
    )
    api.upload_file(
        path_or_fileobj=text.encode(), path_in_repo="README.md", repo_id="writer/mixed", repo_type="dataset"
    )
    run("publish", "stories", "writer/mixed", "--config", "stories", "--replace", "--yes")
    assert load_dataset("writer/mixed")["train"].to_list() == [{"line": "a"}, {"line": "b"}]
    mixed = load_dataset("writer/mixed", "stories")
    assert {split: len(part) for split, part in mixed.items()} == SPLITS
    assert not api.file_exists("writer/mixed", "kept/old.parquet", repo_type="dataset")
    card = Path(hf_hub_download("writer/mixed", "README.md", repo_type="dataset")).read_text()
    assert "license: mit # by hand\n" in card and "# Mixed\n" in card, card
    print(f"ok: datasets loads what was published on {hub}")


def main() -> None:
    program, server_path, tokenizer = (str(Path(argument).resolve()) for argument in sys.argv[1:4])
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "repos").mkdir()
        server = subprocess.Popen(
            [server_path, str(folder / "repos")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            endpoint = server.stdout.readline().strip()
            os.environ |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "home"), "HF_HUB_DISABLE_XET": "1"}
            check([program], tokenizer, folder, endpoint)
        finally:
            server.stdin.close()
            server.wait()


if __name__ == "__main__":
    main()
