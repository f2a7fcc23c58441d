"""Writes small Arrow files and ZIP archives with the Python libraries, and the rows those libraries read back.

Run in a virtual environment from PyPI, from the root of the repository:

    python -m venv /tmp/venv-formats
    /tmp/venv-formats/bin/pip install datasets==5.2.0 pyarrow==26.0.1 polars==2.1.0
    /tmp/venv-formats/bin/python tests/python/arrow_goldens.py

Everything lands in tests/golden/formats; rows.json says for each file or folder the splits with their rows.
"""

import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import datasets
import polars
import pyarrow as pa
import pyarrow.ipc as ipc

HERE = Path(__file__).resolve().parent.parent / "golden" / "formats"
shutil.rmtree(HERE, ignore_errors=True)
HERE.mkdir(parents=True)
golden = {}

# Every kind of column that text data comes in.
table = pa.table(
    {
        "id": pa.array(range(7), pa.int64()),
        "text": pa.array(["a", "", None, "é日👩", "x" * 40, "line\nbreak", "end"], pa.string()),
        "large": pa.array(["l%d" % i for i in range(7)], pa.large_string()),
        "view": pa.array(["a view longer than twelve bytes %d" % i for i in range(7)], pa.string_view()),
        "label": pa.array(["yes", "no", None, "yes", "no", "maybe", "yes"]).dictionary_encode(),
        "score": pa.array([0.5, None, 1e300, -0.25, 2.0, 3.0, 4.0], pa.float64()),
        "small": pa.array([1, 2, 3, 4, 5, 6, 255], pa.uint8()),
        "tags": pa.array([["a"], [], None, ["b", None], ["c"], ["d"], []], pa.list_(pa.string())),
        "messages": pa.array(
            [[{"role": "user", "content": "hi %d" % i}, {"role": "assistant", "content": "yes"}] for i in range(7)]
        ),
        "flag": pa.array([True, None, False, True, True, False, None]),
    }
)


def rows(table):
    return table.to_pylist()


for kind, writer in [("file", ipc.new_file), ("stream", ipc.new_stream)]:
    for name, codec in [("plain", None), ("lz4", "lz4"), ("zstd", "zstd")]:
        path = HERE / f"{kind}_{name}.arrow"
        with writer(path, table.schema, options=ipc.IpcWriteOptions(compression=codec)) as sink:
            sink.write_table(table, max_chunksize=3)
        golden[path.name] = {"train": rows(table)}

# A stream whose dictionary is another one in every batch, and one that grows.
first = pa.record_batch({"label": pa.array(["a", "b", "a"]).dictionary_encode()})
second = pa.record_batch({"label": pa.array(["c", "b", "c"]).dictionary_encode()})
with ipc.new_stream(HERE / "replaced.arrow", first.schema) as sink:
    sink.write(first)
    sink.write(second)
golden["replaced.arrow"] = {"train": rows(pa.Table.from_batches([first, second]))}
more = pa.DictionaryArray.from_arrays(pa.array([2, 0], pa.int32()), pa.array(["a", "b", "c"]))
more = pa.record_batch({"label": more})
with ipc.new_stream(HERE / "delta.arrow", first.schema, options=ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as sink:
    sink.write(first)
    sink.write(more)
golden["delta.arrow"] = {"train": rows(pa.Table.from_batches([first, more]))}

frame = polars.DataFrame({"n": [1, 2, None], "text": ["one", "two is longer than a view holds", None]})
for codec in ["uncompressed", "lz4", "zstd"]:
    frame.write_ipc(HERE / f"polars_{codec}.arrow", compression=codec)
    golden[f"polars_{codec}.arrow"] = {"train": frame.to_dicts()}
frame.write_ipc_stream(HERE / "polars_stream.arrow")
golden["polars_stream.arrow"] = {"train": frame.to_dicts()}

# save_to_disk: several splits with names that no rule knows, several files in an order that no name tells.
numbers = datasets.Dataset.from_dict({"n": list(range(10)), "text": [f"text {n}" for n in range(10)]})
both = datasets.DatasetDict({"zulu": numbers.shuffle(seed=1), "alpha": numbers.select(range(3))})
both.save_to_disk(HERE / "saved_dict", num_shards={"zulu": 3, "alpha": 1})
state = HERE / "saved_dict" / "zulu" / "state.json"
saved = json.loads(state.read_text())
saved["_data_files"].reverse()
state.write_text(json.dumps(saved, indent=2))
loaded = datasets.load_from_disk(HERE / "saved_dict")
golden["saved_dict"] = {split: rows(loaded[split].data.table) for split in loaded}

numbers.save_to_disk(HERE / "saved_one", num_shards=2)
golden["saved_one"] = {"train": rows(datasets.load_from_disk(HERE / "saved_one").data.table)}


def zipped(name, members, **options):
    with zipfile.ZipFile(HERE / name, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for member, content in members:
            archive.writestr(zipfile.ZipInfo(member), content, zipfile.ZIP_DEFLATED)


def lines(start, count):
    return "".join(json.dumps({"n": n, "text": f"text {n}"}) + "\n" for n in range(start, start + count))


def load(folder):
    with tempfile.TemporaryDirectory() as cache:
        found = datasets.load_dataset(str(folder), cache_dir=cache)
        return {split: found[split].to_list() for split in found}


# Archives whose own names tell the splits, as the Python library reads them.
several = HERE / "several_zips"
several.mkdir()
zipped("several_zips/train.zip", [("b.jsonl", lines(0, 2)), ("a/c.jsonl", lines(2, 2)), (".hidden.jsonl", "x")])
zipped("several_zips/test.zip", [("only.jsonl", lines(10, 1)), ("__MACOSX/._only.jsonl", "x")])
golden["several_zips"] = load(several)

one = HERE / "one_zip"
one.mkdir()
zipped("one_zip/data.zip", [("z.jsonl", lines(0, 2)), ("deep/er/a.jsonl", lines(5, 1))])
golden["one_zip"] = load(one)

(HERE / "rows.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
