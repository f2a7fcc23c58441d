"""Packs the stories of the example workspace with SAELens' own code, for the pipeline to repeat.

    python3 -m venv venv && venv/bin/pip install transformers pyarrow && venv/bin/pip install --no-deps sae-lens==6.54.12
    venv/bin/python tests/python/saelens_rows_goldens.py

Does what SAELens' `PretokenizeRunner` does with one process, unshuffled: encodes each document with its special tokens,
packs each 1,000 documents by themselves. Writes tests/golden/saelens_rows.json: for each small tokenizer and each settings
the number of rows and a digest of all of them.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import pyarrow.parquet as pq
import transformers

from saelens_goldens import Tensor, saelens

ROOT = Path(__file__).resolve().parent.parent
STORIES = next((ROOT.parent / "workspace-example/datasets").glob("*/files/train-00000-of-00001.parquet"))
GROUP = 1000

SETTINGS = [
    {},
    {"context_size": 7},
    {"context_size": 64, "begin_batch_token": "eos", "begin_sequence_token": "bos", "sequence_separator_token": "sep"},
    {"context_size": 33, "begin_batch_token": None, "begin_sequence_token": 5, "sequence_separator_token": "eos"},
    {"context_size": 1024, "begin_batch_token": None, "sequence_separator_token": None},
    {"context_size": 48, "disable_concat_sequences": True},
]
USUAL = {"context_size": 128, "begin_batch_token": "bos", "begin_sequence_token": None, "sequence_separator_token": "bos",
         "disable_concat_sequences": False}


def rows(packing, tokenizer, documents, settings):
    def id(token):
        return getattr(tokenizer, f"{token}_token_id") if isinstance(token, str) else token

    for start in range(0, len(documents), GROUP):
        yield from packing.concat_and_batch_sequences(
            (Tensor(document) for document in documents[start : start + GROUP]),
            context_size=settings["context_size"],
            begin_batch_token_id=id(settings["begin_batch_token"]),
            begin_sequence_token_id=id(settings["begin_sequence_token"]),
            sequence_separator_token_id=id(settings["sequence_separator_token"]),
            disable_concat_sequences=settings["disable_concat_sequences"],
        )


def main():
    # A name would be looked up as a stand-in for torch by transformers too, so tokenizers come first.
    texts = pq.read_table(STORIES)["text"].to_pylist()
    tokenizers = {}
    for folder in sorted((ROOT / "golden/tokenizers").iterdir()):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        tokenizer.model_max_length = sys.maxsize
        tokenizers[folder.name] = tokenizer, [tokenizer.encode(text) for text in texts]
    packing = saelens()
    golden = []
    for name, (tokenizer, documents) in tokenizers.items():
        for given in SETTINGS:
            settings = USUAL | given
            found = [row.values for row in rows(packing, tokenizer, documents, settings)]
            text = json.dumps(found, separators=(",", ":"))
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            golden.append({"tokenizer": name, "settings": settings, "rows": len(found), "digest": digest})
    lines = ",\n".join(json.dumps(case) for case in golden)
    (ROOT / "golden/saelens_rows.json").write_text(f"[\n{lines}\n]\n")
    print(len(golden), "cases,", sum(case["rows"] for case in golden), "rows")


main()
