"""Loads token rows as their consumers do, and checks that each reader sees the same.

    python3 -m venv venv && venv/bin/pip install datasets duckdb polars pyarrow
    venv/bin/python tests/python/check_token_rows.py workspace-example
"""

import glob
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
import duckdb
import polars
import pyarrow.parquet as pq


def check(folder):
    settings = json.load(open(os.path.join(folder, "settings.json")))
    audit = json.load(open(os.path.join(folder, "audit.json")))
    splits = {os.path.basename(path).rsplit("-", 3)[0] for path in glob.glob(f"{folder}/*.parquet")}
    column = settings["settings"].get("ids_column", "input_ids")
    rows = tokens = 0
    for split in sorted(splits):
        files = sorted(glob.glob(f"{folder}/{split}-*.parquet"))
        loaded = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=f"/tmp/check-{os.getpid()}")
        table = pq.read_table(files)
        assert loaded[0][column] == table[column][0].as_py()
        # The README beside the files says which split they are of.
        named = datasets.load_dataset(folder, split=split, cache_dir=f"/tmp/check-{os.getpid()}")
        assert len(named) == len(loaded) and named[-1][column] == loaded[-1][column]
        # Packed rows have no column beside their ids, and no filling.
        has_tokens = "num_tokens" in table.column_names
        told = "num_tokens" if has_tokens else f"len({column})"
        query = f"SELECT count(*), sum({told}), sum(len({column})) FROM read_parquet({files})"
        counted = duckdb.connect().execute(query).fetchone()
        frame = polars.read_parquet(files)
        assert counted[0] == len(loaded) == table.num_rows == frame.height
        if has_tokens:
            assert counted[1] == sum(loaded["num_tokens"]) == frame["num_tokens"].sum()
        assert list(loaded[column]) == frame[column].to_list() == table[column].to_pylist()
        if "attention_mask" in loaded.column_names:
            assert sum(map(sum, loaded["attention_mask"])) == counted[1]
        rows += counted[0]
        tokens += counted[1]
    assert rows == audit["total"]["rows"] and tokens == audit["total"]["tokens"], (rows, tokens, audit["total"])
    print(f"{folder}: {rows} rows, {tokens} tokens, the same in datasets, pyarrow, polars and DuckDB; {settings}")


if __name__ == "__main__":
    found = sorted(glob.glob(f"{sys.argv[1]}/datasets/*/tokenized/tok_*"))
    assert found, "no token rows there"
    for folder in found:
        check(folder)
