"""Plants faults in rows made elsewhere, and checks that the program's audit finds each, and finds nothing in clean rows.

    python3 -m venv venv && venv/bin/pip install datasets transformers && venv/bin/pip install --no-deps sae-lens==6.54.12
    venv/bin/python tests/python/check_audit.py MISTUDIO_PROGRAM

Packed rows are made by SAELens' own code, padded ones by `transformers`; both are saved by `datasets`, as a folder and as
Parquet, in each type of list and number that it knows.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
import pyarrow.parquet as pq
import transformers
from datasets import Features, LargeList, List, Value

from saelens_goldens import Tensor, saelens

ROOT = Path(__file__).resolve().parent.parent
STORIES = next((ROOT.parent / "workspace-example/datasets").glob("*/files/train-00000-of-00001.parquet"))
TOKENIZERS = ROOT / "golden/tokenizers"
LENGTH = 32

texts = list(dict.fromkeys(pq.read_table(STORIES)["text"].to_pylist()))
mine = transformers.AutoTokenizer.from_pretrained(TOKENIZERS / "spbpe")
mine.model_max_length = sys.maxsize
other = transformers.AutoTokenizer.from_pretrained(TOKENIZERS / "bytelevel")
other.model_max_length = sys.maxsize
padding = transformers.AutoTokenizer.from_pretrained(TOKENIZERS / "wordpiece")
padding.model_max_length = sys.maxsize
encoded = {tokenizer: [tokenizer.encode(text) for text in texts] for tokenizer in [mine, other]}
packing = saelens()


def pack(tokenizer):
    found = packing.concat_and_batch_sequences(
        (Tensor(document) for document in encoded[tokenizer]),
        context_size=LENGTH,
        begin_batch_token_id=tokenizer.bos_token_id,
        begin_sequence_token_id=None,
        sequence_separator_token_id=tokenizer.bos_token_id,
        disable_concat_sequences=False,
    )
    return [list(row.values) for row in found]


def different(rows):
    """Stories repeat each other; that is no fault to be planted."""
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]


made = {tokenizer: different(pack(tokenizer)) for tokenizer in [mine, other]}
filled = padding(texts, padding="max_length", truncation=True, max_length=LENGTH)
filled = dict(zip(map(tuple, filled["input_ids"]), filled["attention_mask"]))
samples = different(mine.encode(text)[: 40 + number % 20] for number, text in enumerate(texts))
for name in [name for name in sys.modules if name.split(".")[0] in ("torch", "transformers")]:
    # What stands in for PyTorch there is not enough for `datasets`.
    del sys.modules[name]


def packed(tokenizer):
    return [list(row) for row in made[tokenizer]]


def padded():
    return {"input_ids": [list(row) for row in filled], "attention_mask": [list(mask) for mask in filled.values()]}


KINDS = {
    "int64 lists": lambda of: List(Value("int8" if of == "attention_mask" else "int64")),
    "int32 lists": lambda of: List(Value("int32")),
    "large lists": lambda of: LargeList(Value("int64")),
    "lists of one length": lambda of: List(Value("uint16"), length=LENGTH),
}


def save(columns, place, kind=None, split=None):
    """A folder of `save_to_disk` and one with a Parquet file."""
    features = kind and Features({name: KINDS[kind](name) for name in columns})
    rows = datasets.Dataset.from_dict(columns, features=features)
    rows.save_to_disk(f"{place}/saved", num_shards=2)
    datasets.DatasetDict({"train": rows}).save_to_disk(f"{place}/dict")
    os.makedirs(f"{place}/parquet")
    rows.to_parquet(f"{place}/parquet/train-00000-of-00001.parquet")
    return [f"{place}/{name}" for name in ["saved", "dict", "parquet"]]


def audit(program, path, tokenizer, *more):
    command = [program, "audit", path, "--tokenizer", str(TOKENIZERS / tokenizer), "--json", *more]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode in (0, 1) and ran.stdout, ran.stderr
    report = json.loads(ran.stdout)
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    assert ran.returncode == int(bool(errors)), (ran.returncode, report["findings"])
    return report


def faults():
    """Name, tokenizer, columns, kinds that may be found of which the first must, and rows of its first places."""
    rows = packed(mine)
    bos = mine.bos_token_id

    def spoilt(change, source=rows):
        copy = [list(row) for row in source]
        change(copy)
        return copy

    def without_bos(copy):
        for row in [3, 70]:
            copy[row] = copy[row][1:] + [copy[row][-1]]

    yield "missing BOS", "spbpe", {"input_ids": spoilt(without_bos)}, ["missing_bos"], [3, 70]
    bare = [row[1:] for row in rows]
    yield "no BOS anywhere", "spbpe", {"tokens": [[id for id in row if id != bos] for row in bare]}, ["missing_bos"], None


    def inside(copy):
        copy[5][9] = bos
        copy[6][11] = bos

    assert all(sample[0] == bos for sample in samples)
    yield "BOS in mid-row", "spbpe", {"input_ids": spoilt(inside, samples)}, ["bos_inside"], [5, 6]

    def doubled(copy):
        copy[8].insert(0, bos)

    yield "BOS twice", "spbpe", {"input_ids": spoilt(doubled, samples)}, ["doubled_bos"], [8]

    def beyond(copy):
        copy[10][4] = len(mine)
        copy[20][7] = 2_000_000

    yield "ids beyond the vocabulary", "spbpe", {"tokens": spoilt(beyond)}, ["ids_outside_vocabulary"], [10, 20]

    def negative(copy):
        copy[11][4] = -100

    yield "an ignored label among ids", "spbpe", {"tokens": spoilt(negative)}, ["ids_outside_vocabulary"], [11]

    def short(copy):
        copy[12] = copy[12][:-1]
        copy[40] = copy[40][:5]

    yield "short rows", "spbpe", {"tokens": spoilt(short)}, ["short_rows"], [12, 40]

    def empty(copy):
        copy[13] = []

    yield "an empty row", "spbpe", {"tokens": spoilt(empty)}, ["empty_rows"], [13]

    yield "another tokenizer", "spbpe", {"input_ids": packed(other)}, ["other_tokenizer", "*"], None

    def only_pads(columns):
        columns["input_ids"][7] = [padding.pad_token_id] * LENGTH
        columns["attention_mask"][7] = [0] * LENGTH
        return columns

    yield "a row of filling", "wordpiece", only_pads(padded()), ["only_pads"], [7]
    alone = {"input_ids": only_pads(padded())["input_ids"]}
    yield "a row of filling without a mask", "wordpiece", alone, ["only_pads"], [7]

    def masked(columns):
        columns["attention_mask"][9][2] = 0
        columns["attention_mask"][15] = [1] * LENGTH
        columns["input_ids"][15][-1] = padding.pad_token_id
        return columns

    yield "a mask that does not fit", "wordpiece", masked(padded()), ["mask_disagrees"], [9, 15]

    def null(copy):
        copy[14] = None

    yield "a row that is missing", "spbpe", {"tokens": spoilt(null)}, ["null_rows"], [14]

    def repeated(copy):
        copy[50] = copy[2]

    yield "a row twice", "spbpe", {"tokens": spoilt(repeated)}, ["duplicates"], [50]

    floats = [[float(id) for id in row] for row in rows]
    yield "ids as floats", "spbpe", {"input_ids": floats}, ["wrong_type"], None
    words = [" ".join(map(str, row)) for row in rows]
    yield "ids as text", "spbpe", {"input_ids": words}, ["wrong_type"], None
    yield "no ids at all", "spbpe", {"text": texts}, ["missing_column"], None


def main(program):
    for column in ["input_ids", "tokens"]:
        for kind in KINDS:
            with tempfile.TemporaryDirectory() as place:
                for path in save({column: packed(mine)}, place, kind):
                    report = audit(program, path, "spbpe", "--length", str(LENGTH))
                    assert report["findings"] == [], (kind, path, report["findings"])
                    assert report["total"]["rows"] == len(packed(mine)) and report["column"] == column
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as place:
            for path in save(padded(), place, kind):
                report = audit(program, path, "wordpiece")
                # The small vocabulary of that tokenizer does not know every word, which the audit tells.
                found = {finding["kind"] for finding in report["findings"]}
                assert found <= {"unknown_tokens"}, (kind, path, report["findings"])
                real = sum(map(sum, padded()["attention_mask"]))
                assert (report["total"]["tokens"], report["promised"]["length"]) == (real, LENGTH)
    print("clean rows are clean in every type")
    for name, tokenizer, columns, kinds, rows in faults():
        with tempfile.TemporaryDirectory() as place:
            for path in save(columns, place):
                report = audit(program, path, tokenizer)
                found = [finding["kind"] for finding in report["findings"]]
                assert kinds[0] in found, (name, path, report["findings"])
                expected = {*kinds, *(["unknown_tokens"] if tokenizer == "wordpiece" else [])}
                assert "*" in kinds or set(found) <= expected, (name, path, report["findings"])
                finding = report["findings"][found.index(kinds[0])]
                if rows and not path.endswith("saved"):
                    # In two files, rows are counted from the beginning of each.
                    assert [place["row"] for place in finding["first"]] == rows, (name, path, finding)
        print(f"{name}: {finding['severity']}: {finding['message']}")


datasets.disable_progress_bars()
main(*sys.argv[1:])
