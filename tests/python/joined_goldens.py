"""Packs made-up documents with the own code of TransformerLens and sparsify and writes what came out, for
core/src/tokenize/packing to repeat.

    python3 -m venv venv && venv/bin/pip install transformers datasets einops numpy
    venv/bin/pip install --no-deps transformer-lens==4.3.0 eai-sparsify==1.3.3
    venv/bin/python tests/python/joined_goldens.py tests/golden/tokenizers tests/golden/joined.json.gz

Both are installed without their dependencies: of PyTorch they need no more here than a name. Documents are words of a
fixed list, drawn by a generator that both sides have, so the file holds for each case just a digest of its rows. Rows are
made in this process (num_proc=None): with several, both cut the dataset into as many parts first and pack each by itself.
"""

import gzip
import hashlib
import importlib.util
import json
import logging
import sys
import types
from pathlib import Path

import datasets
from transformers import AutoTokenizer

CASES = 2600
WORDS = ["the", " model", "naïve", " ", "\n", "你好", "12", "x = y + 1;", "</s>", " <s>", "a", "", "  ", "Token", "▁", "ſ"]
TOKENIZERS = ["bytelevel", "spbpe", "unigram", "wordpiece"]


def module(name, **members):
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made
    return made


def folder(package):
    return Path(importlib.util.find_spec(package).submodule_search_locations[0])


def from_file(location):
    """One module of an installed package, without importing the package around it."""
    spec = importlib.util.spec_from_file_location(location.stem, location)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def references():
    module("torch", Tensor=object, long=None)
    module("torch.utils")
    module("torch.utils.data", Dataset=object)
    chunk = from_file(folder("sparsify") / "data.py").chunk_and_tokenize
    lens = folder("transformer_lens")
    module("transformer_lens")
    module("transformer_lens.utilities")
    module("transformer_lens.utilities.hf_utils", keep_single_column=lambda dataset, column: dataset)
    module("transformer_lens.utilities.tensors", get_cumsum_along_dim=None)
    lens = from_file(lens / "utilities" / "tokenize_utils.py")
    for name in ["torch", "torch.utils", "torch.utils.data"]:
        # Others look whether PyTorch is there, and would take this for the whole of it.
        del sys.modules[name]
    return lens.tokenize_and_concatenate, chunk


class Random:
    """A linear congruential generator; the Rust side has the same."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def case(seed):
    random = Random(seed)
    tokenizer = TOKENIZERS[random.below(4)]
    length = 4 + random.below(40)
    # Every fiftieth case has more documents than are packed together.
    count = 1 + (random.below(2600) if seed % 50 == 49 else random.below(30))
    longest = 1 + random.below(20)
    documents = ["".join(WORDS[random.below(len(WORDS))] for _ in range(random.below(longest))) for _ in range(count)]
    return tokenizer, length, documents


def digest(rows):
    text = json.dumps([[int(token) for token in row] for row in rows], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main(tokenizers, destination):
    logging.disable(logging.WARNING)
    datasets.disable_progress_bars()
    datasets.disable_caching()
    concatenate, chunk = references()
    loaded = {name: Path(tokenizers) / name for name in TOKENIZERS}
    loaded = {name: AutoTokenizer.from_pretrained(folder) for name, folder in loaded.items()}
    goldens = {"transformer_lens": [], "sparsify": []}
    for seed in range(CASES):
        name, length, documents = case(seed)
        dataset = datasets.Dataset.from_dict({"text": documents})
        tokenizer = loaded[name]
        bos = seed % 5 != 0
        if tokenizer.eos_token_id is None or (bos and tokenizer.bos_token_id is None):
            goldens["transformer_lens"].append("refused")
        else:
            had_pad = tokenizer.pad_token is not None
            rows = concatenate(
                dataset, tokenizer, max_length=length, num_proc=None, add_bos_token=bos, set_format=False
            )
            if not had_pad:
                # It leaves a pad token of its own behind, with which it would fill rows up the next time.
                tokenizer.pad_token = None
            goldens["transformer_lens"].append(digest(rows["tokens"]))
        if tokenizer.eos_token_id is None:
            goldens["sparsify"].append("refused")
            continue
        try:
            rows = chunk(dataset, tokenizer, format="numpy", num_proc=None, max_seq_len=length)
            goldens["sparsify"].append(digest(rows["input_ids"]))
        except ValueError as error:
            assert "Not enough data" in str(error), error
            goldens["sparsify"].append("too little")
    with gzip.GzipFile(destination, "wb", mtime=0) as file:
        file.write(json.dumps(goldens).encode())
    for preset, digests in goldens.items():
        made = [golden for golden in digests if golden not in ("refused", "too little")]
        print(preset, len(made), "cases with rows of", len(digests))


if __name__ == "__main__":
    main(*sys.argv[1:])
