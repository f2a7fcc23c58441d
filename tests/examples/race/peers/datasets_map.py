"""Tokenizes a Parquet file into a Parquet file with datasets.map, as people do: TEXT TOKENIZER OUT.
Prints the seconds from the loaded dataset to the written file; imports and loading do not count."""

import os
import sys
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import datasets
import transformers

text, tokenizer, out = sys.argv[1:]
datasets.disable_progress_bars()
tokenizer = transformers.AutoTokenizer.from_pretrained(tokenizer)
with tempfile.TemporaryDirectory(dir=os.path.dirname(out)) as cache:
    rows = datasets.load_dataset("parquet", data_files=text, split="train", cache_dir=cache)
    encode = lambda batch: {"input_ids": tokenizer(batch["text"], truncation=True, max_length=512)["input_ids"]}
    began = time.perf_counter()
    rows.map(encode, batched=True, num_proc=2, remove_columns=rows.column_names).to_parquet(out)
    print(time.perf_counter() - began)
