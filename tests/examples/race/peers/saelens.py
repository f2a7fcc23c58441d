"""Tokenizes a Parquet file and packs it with SAELens' own code, 1,000 documents at a time: TEXT TOKENIZER OUT.
Lists stand in for PyTorch's tensors, of which that code needs little; prints the seconds without imports and loading."""

import importlib.util
import os
import sys
import time
import types
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy
import pyarrow
import pyarrow.parquet
import transformers


class Tensor:
    """A one-dimensional tensor on numpy."""

    def __init__(self, values):
        self.values = numpy.asarray(values)
        self.shape = self.values.shape
        self.device = "cpu"

    def __getitem__(self, place):
        found = self.values[place]
        return Tensor(found if isinstance(place, slice) else [found])

    def __len__(self):
        return len(self.values)

    def __ne__(self, other):
        return bool((self.values != (other.values if isinstance(other, Tensor) else other)).all())


torch = types.ModuleType("torch")
torch.Tensor, torch.long = Tensor, None
torch.tensor = lambda values, dtype=None, device=None: Tensor(values)
torch.cat = torch.concat = lambda tensors: Tensor(numpy.concatenate([tensor.values for tensor in tensors]))
torch.no_grad = lambda: lambda function: function

text, tokenizer, out = sys.argv[1:]
tokenizer = transformers.AutoTokenizer.from_pretrained(tokenizer)
sys.modules["torch"] = torch
folder = Path(importlib.util.find_spec("sae_lens").submodule_search_locations[0])
spec = importlib.util.spec_from_file_location("packing", folder / "tokenization_and_batching.py")
packing = importlib.util.module_from_spec(spec)
spec.loader.exec_module(packing)

began = time.perf_counter()
schema = pyarrow.schema([("input_ids", pyarrow.list_(pyarrow.int32()))])
bos = tokenizer.bos_token_id
with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
    for batch in pyarrow.parquet.ParquetFile(text).iter_batches(columns=["text"], batch_size=1_000):
        documents = tokenizer(batch.column(0).to_pylist(), verbose=False)["input_ids"]
        rows = packing.concat_and_batch_sequences(
            (Tensor(document) for document in documents),
            context_size=128,
            begin_batch_token_id=bos,
            begin_sequence_token_id=None,
            sequence_separator_token_id=bos,
        )
        writer.write_table(pyarrow.table([pyarrow.array([row.values for row in rows], schema.field(0).type)], schema=schema))
print(time.perf_counter() - began)
