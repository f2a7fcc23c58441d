"""Loads a packed result as trainers do: the folder by its path, each split by its name.

    python3 -m venv venv && venv/bin/pip install datasets pyarrow
    venv/bin/python tests/python/check_packed_rows.py RESULT_FOLDER...

What SAELens' ActivationsStore asks of a dataset is checked without PyTorch: `load_dataset(folder, split="train")`, plain
and streaming, a column `tokens` or `input_ids`, rows of one length.
"""

import glob
import json
import os
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
import pyarrow.parquet as pq


def check(folder):
    audit = json.load(open(os.path.join(folder, "audit.json")))
    said = json.load(open(os.path.join(folder, "sae_lens.json")))
    with tempfile.TemporaryDirectory() as cache:
        loaded = datasets.load_dataset(folder, cache_dir=cache)
        assert len(loaded) == len(audit["splits"]), (loaded, [split["split"] for split in audit["splits"]])
        for (name, rows), split in zip(loaded.items(), audit["splits"]):
            files = sorted(glob.glob(f"{glob.escape(folder)}/{split['split']}-?????-of-?????.parquet"))
            assert rows.column_names == ["input_ids"], rows.column_names
            assert len(rows) == split["counts"]["rows"]
            assert all(len(row) == said["context_size"] for row in rows["input_ids"])
            assert list(rows["input_ids"]) == pq.read_table(files)["input_ids"].to_pylist()
            alone = datasets.load_dataset(folder, split=name, cache_dir=cache)
            streamed = datasets.load_dataset(folder, split=name, streaming=True)
            if len(rows):
                [sample] = list(streamed.take(1))
                assert "tokens" in sample or "input_ids" in sample
                assert sample == alone[0] == rows[0]
    print(f"{folder}: {dict(loaded.num_rows)} rows of {said['context_size']} tokens")


for folder in sys.argv[1:]:
    check(folder)
