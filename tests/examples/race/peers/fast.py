"""Tokenizes a Parquet file into a Parquet file with a fast tokenizer and pyarrow: PEER TEXT TOKENIZER OUT.
Prints the seconds from opening the text to the closed file; imports and opening the tokenizer do not count. With - for
OUT the texts are loaded first and only encoded."""

import sys
import time

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet

peer, text, tokenizer, out = sys.argv[1:]
LONGEST = 512

if peer == "fastokens":
    import fastokens

    encoder = fastokens.Tokenizer.from_file(f"{tokenizer}/tokenizer.json")

    def encode(texts):
        ids, offsets = encoder.encode_batch_flat(texts.to_pylist())
        return numpy.frombuffer(ids, numpy.uint32), numpy.frombuffer(offsets, numpy.uint64)
else:
    import awkward
    import gigatoken

    encoder = gigatoken.Tokenizer(f"{tokenizer}/tokenizer.json")

    def encode(texts):
        rows = encoder.encode_batch(texts.to_pylist())
        counts = awkward.to_numpy(awkward.num(rows))
        return awkward.to_numpy(awkward.flatten(rows)), numpy.concatenate([[0], numpy.cumsum(counts)])


def lists(ids, offsets):
    whole = pyarrow.ListArray.from_arrays(
        pyarrow.array(offsets.astype(numpy.int32)), pyarrow.array(ids.astype(numpy.int32))
    )
    return pyarrow.compute.list_slice(whole, 0, LONGEST)


if out == "-":
    texts = pyarrow.parquet.read_table(text, columns=["text"])["text"].to_pylist()
    began = time.perf_counter()
    encoder.encode_batch_flat(texts) if peer == "fastokens" else encoder.encode_batch(texts)
    print(time.perf_counter() - began)
    sys.exit()

began = time.perf_counter()
schema = pyarrow.schema([("input_ids", pyarrow.list_(pyarrow.int32()))])
with pyarrow.parquet.ParquetWriter(out, schema, compression="zstd", use_dictionary=False) as writer:
    for batch in pyarrow.parquet.ParquetFile(text).iter_batches(columns=["text"], batch_size=10_000):
        writer.write_table(pyarrow.table([lists(*encode(batch.column(0)))], schema=schema))
print(time.perf_counter() - began)
