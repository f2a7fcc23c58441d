"""Packs made-up documents with SAELens' own code and writes what came out, for core/src/tokenize/packing to repeat.

    python3 -m venv venv && venv/bin/pip install --no-deps sae-lens==6.54.12
    venv/bin/python tests/python/saelens_goldens.py tests/golden/saelens.json.gz

SAELens is installed without its dependencies: its packing code needs of PyTorch only what the few lines below do with
lists, and of transformers only a name. The documents come from a generator that both sides have, so the file holds for
each case just its settings' seed and a digest of its rows.
"""

import gzip
import hashlib
import importlib.util
import json
import sys
import types
from pathlib import Path

CASES = 6000


class Tensor:
    """A list of numbers that answers like a one-dimensional tensor."""

    def __init__(self, values):
        self.values = list(values)
        self.shape = (len(self.values),)
        self.device = "cpu"

    def __getitem__(self, place):
        found = self.values[place]
        return Tensor(found) if isinstance(place, slice) else Tensor([found])

    def __len__(self):
        return len(self.values)

    def __ne__(self, other):
        other = other.values if isinstance(other, Tensor) else [other]
        return self.values != other


def concat(tensors):
    return Tensor([value for tensor in tensors for value in tensor.values])


def saelens():
    """The packing module of the installed wheel, without importing the package around it."""
    torch = types.ModuleType("torch")
    torch.Tensor, torch.long = Tensor, None
    torch.tensor = lambda values, dtype=None, device=None: Tensor(values)
    torch.cat = torch.concat = concat
    torch.no_grad = lambda: lambda function: function
    transformers = types.ModuleType("transformers")
    transformers.PreTrainedTokenizerBase = object
    sys.modules.update(torch=torch, transformers=transformers)
    folder = Path(importlib.util.find_spec("sae_lens").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("packing", folder / "tokenization_and_batching.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Random:
    """A linear congruential generator; the Rust side has the same."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def case(seed):
    random = Random(seed)
    special = lambda: random.below(3) if random.below(3) else None
    # Ids 0 to 2 are the special ones; documents hold them too, so that prefixes meet tokens like themselves.
    settings = {
        "context_size": 1 + random.below(24),
        "begin_batch_token_id": special(),
        "begin_sequence_token_id": special(),
        "sequence_separator_token_id": special(),
        "disable_concat_sequences": random.below(4) == 0,
    }
    longest = 1 + random.below(40)
    documents = [[random.below(9) for _ in range(random.below(longest + 1))] for _ in range(random.below(14))]
    return settings, documents


def endless(settings):
    """Whether the prefix tokens alone can fill a row, for which SAELens loops for ever."""
    ids = [settings[f"{name}_token_id"] for name in ("begin_batch", "begin_sequence", "sequence_separator")]
    return not settings["disable_concat_sequences"] and settings["context_size"] <= sum(id is not None for id in ids)


def main(destination):
    packing = saelens()
    goldens = []
    for seed in range(CASES):
        settings, documents = case(seed)
        if endless(settings):
            goldens.append("endless")
            continue
        rows = packing.concat_and_batch_sequences((Tensor(document) for document in documents), **settings)
        text = json.dumps([row.values for row in rows], separators=(",", ":"))
        goldens.append(hashlib.sha256(text.encode()).hexdigest()[:16])
    with gzip.GzipFile(destination, "wb", mtime=0) as file:
        file.write(json.dumps(goldens).encode())
    print(len(goldens) - goldens.count("endless"), "cases with rows of", len(goldens))


if __name__ == "__main__":
    main(sys.argv[1])
