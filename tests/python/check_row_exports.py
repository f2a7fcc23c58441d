"""Exports rows in every format and reads them with datasets, polars and pyarrow: they must be those of the dataset.

    python3 -m venv venv && venv/bin/pip install datasets polars pyarrow duckdb==2.0.0
    venv/bin/python tests/python/check_row_exports.py MISTUDIO_PROGRAM

Makes a workspace of its own with rows of many types; also a subset, whose Parquet must equal the chosen rows.
"""

import csv
import datetime
import decimal
import io
import json
import os
import subprocess
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

import datasets
import polars
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 3000


def table():
    texts = ["plain", ' q"uo,te\r\n\tд 日本', "", None, "NULL", "5", " edge "]
    at = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
    row = lambda n: {
        "text": texts[n % 7] and f"{texts[n % 7]}{n}" if n % 7 not in (2, 3) else texts[n % 7],
        "n": n if n % 11 else None,
        "share": n / 7,
        "is": n % 2 == 0,
        "day": datetime.date(2000, 1, 1) + datetime.timedelta(days=n),
        "at": at + datetime.timedelta(milliseconds=n),
        "money": decimal.Decimal(n) / 100,
        "list": [n, None] if n % 3 else [],
        "turns": [{"role": "user", "content": f"«{n}»"}, {"role": "assistant", "content": None}],
    }
    schema = pa.schema([
        ("text", pa.string()), ("n", pa.int64()), ("share", pa.float64()), ("is", pa.bool_()), ("day", pa.date32()),
        ("at", pa.timestamp("ms", "Europe/Berlin")), ("money", pa.decimal128(20, 2)), ("list", pa.list_(pa.int32())),
        ("turns", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
    ])
    return pa.Table.from_pylist([row(n) for n in range(ROWS)], schema)


def plain(row):
    """A row as JSON has it."""
    said = dict(row)
    said["day"] = said["day"].isoformat()
    said["at"] = said["at"].astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    said["money"] = str(said["money"])
    return said


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        workspace = f"{folder}/space"

        def run(*args):
            done = subprocess.run([program, *args, "--json"], env=os.environ | {"MISTUDIO_WORKSPACE": workspace},
                                  capture_output=True, text=True)
            assert done.returncode == 0, (args, done.stderr)
            return json.loads(done.stdout)

        whole = table()
        pq.write_table(whole, f"{folder}/odd.parquet")
        run("init", workspace)
        run("add", f"{folder}/odd.parquet", "--name", "odd")
        chosen = whole.filter(pa.array([n is not None and n % 5 != 0 for n in whole["n"].to_pylist()]))
        rows = chosen.to_pylist()
        where = ["--where", "n % 5 <> 0"]
        out = lambda ending: f"{folder}/out.{ending}"
        for ending in ["jsonl", "csv", "tsv", "parquet", "arrow"]:
            written = run("export-rows", "odd", out(ending), *where)
            assert written["rows"] == len(rows), (ending, written)
            beside = json.load(open(written["provenance"]))
            assert beside["origin"]["choice"]["filter"]["conditions"] == [{"sql": "n % 5 <> 0"}], beside

        assert pq.read_table(out("parquet")).equals(chosen)
        with pa.ipc.open_file(out("arrow")) as file:
            assert file.read_all().equals(chosen)
        assert polars.read_parquet(out("parquet")).equals(polars.from_arrow(chosen))
        assert polars.read_ipc(out("arrow")).equals(polars.from_arrow(chosen))

        lines = [json.loads(line, parse_float=str) for line in open(out("jsonl"), encoding="utf-8")]
        for line, row in zip(lines, rows, strict=True):
            expected = plain(row)
            assert float(line.pop("share")) == expected.pop("share")
            assert decimal.Decimal(str(line.pop("money"))) == decimal.Decimal(expected.pop("money"))
            line["at"] = line["at"].replace("00Z", "00.000Z") if "." not in line["at"] else line["at"]
            assert line == expected, (line, expected)
        frame = polars.read_ndjson(out("jsonl"))
        assert frame["text"].to_list() == chosen["text"].to_pylist()
        assert frame["share"].to_list() == chosen["share"].to_pylist()
        assert frame["turns"].to_list() == chosen["turns"].to_pylist()

        for ending, separator in [("csv", ","), ("tsv", "\t")]:
            text = open(out(ending), encoding="utf-8", newline="").read()
            read = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))
            for cells, row in zip(read, rows, strict=True):
                assert cells["text"] == (row["text"] or ""), (cells, row)
                assert float(cells["share"]) == row["share"] and cells["day"] == row["day"].isoformat()
                assert json.loads(cells["turns"]) == row["turns"] and json.loads(cells["list"]) == row["list"]
            frame = polars.read_csv(out(ending), separator=separator, infer_schema_length=None)
            assert frame["text"].to_list() == chosen["text"].to_pylist(), ending
            assert frame["n"].to_list() == chosen["n"].to_pylist()

        cache = f"{folder}/cache"
        texts = chosen["text"].to_pylist()
        for kind, ending in [("json", "jsonl"), ("parquet", "parquet"), ("arrow", "arrow")]:
            loaded = datasets.load_dataset(kind, data_files=out(ending), split="train", cache_dir=cache)
            assert loaded["text"][:] == texts, kind
            assert loaded["turns"][:] == chosen["turns"].to_pylist(), kind
        # pandas, which reads CSV there, takes an empty text and the word NULL for a missing value unless it is told not to.
        loaded = datasets.load_dataset("csv", data_files=out("csv"), split="train", cache_dir=cache,
                                       keep_default_na=False)
        assert [text or None for text in loaded["text"]] == [text or None for text in texts]

        made = run("subset", "odd", "--name", "some", *where)
        files = [f"{workspace}/{file['path']}" for file in made["files"]]
        read = pa.concat_tables(pq.read_table(path) for path in files)
        assert read.equals(chosen) and read.schema.equals(chosen.schema)
        assert datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=cache).num_rows == len(rows)
    print(f"{len(rows)} rows are the same in five formats, and in a subset")


main()
