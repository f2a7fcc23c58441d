"""What the Hub's viewer says of columns, by its rules done again here with polars and numpy.

The rules are those of services/worker/src/worker/statistics_utils.py of huggingface/dataset-viewer at commit
0340b54c25bd47d2af51b4eaf553139c8023fe1b; the worker itself is no package on PyPI.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install polars numpy pyarrow
    /tmp/goldens/bin/python tests/python/column_goldens.py

Writes tests/golden/columns.parquet and tests/golden/columns.json.
"""

import datetime
import json
import math
import random
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parent.parent / "golden"
ROWS = 1200
BARS = 10
PERCENTILES = [1, 5, 25, 75, 95, 99]


def table():
    chance = random.Random(20)

    def some(make, nulls=0.1):
        return [None if chance.random() < nulls else make() for _ in range(ROWS)]

    begin = datetime.datetime(2021, 3, 4, 5, 6, 7, 250_000)
    return pl.DataFrame({
        "small": pl.Series(some(lambda: chance.randint(0, 10)), dtype=pl.Int8),
        "negative": pl.Series(some(lambda: chance.randint(-500, 123)), dtype=pl.Int32),
        "constant": pl.Series([7] * ROWS, dtype=pl.Int64),
        "large": pl.Series(some(lambda: chance.randint(0, 10**12)), dtype=pl.Int64),
        "unsigned": pl.Series(some(lambda: chance.randint(0, 254)), dtype=pl.UInt8),
        "decimal": pl.Series(some(lambda: round(chance.gauss(3, 40), 4)), dtype=pl.Float64),
        "not_a_number": pl.Series(some(lambda: math.nan if chance.random() < 0.2 else round(chance.random(), 3)), dtype=pl.Float64),
        "one_decimal": pl.Series([0.5] * ROWS, dtype=pl.Float64),
        "truth": pl.Series(some(lambda: chance.random() < 0.3), dtype=pl.Boolean),
        "few": some(lambda: chance.choice(["yes", "no", "peut-être", "да", ""])),
        "a_fifth": [f"label {row % 240}" for row in range(ROWS)],
        "above_a_fifth": [f"label {row % 241}" for row in range(ROWS)],
        "null_is_a_value": [None if row % 11 == 10 else f"v{row % 11}" for row in range(ROWS)],
        "text": some(lambda: "".join(chance.choice("abc деж日本é ") for _ in range(chance.randint(0, 90)))),
        "nothing": pl.Series([None] * ROWS, dtype=pl.String),
        "no_number": pl.Series([None] * ROWS, dtype=pl.Int32),
        "list": pl.Series(some(lambda: [chance.randint(0, 9) for _ in range(chance.randint(0, 25))]), dtype=pl.List(pl.Int16)),
        "time": pl.Series(some(lambda: begin + datetime.timedelta(microseconds=chance.randint(0, 10**11))), dtype=pl.Datetime("us")),
        "day": pl.Series(some(lambda: datetime.date(2000, 1, 1) + datetime.timedelta(days=chance.randint(0, 4000))), dtype=pl.Date),
    })


def histogram(values, whole):
    low, high = min(values), max(values)
    if whole:
        width = math.ceil((high - low + 1) / BARS)
        edges = list(range(int(low), int(high) + 1, width)) + [int(high)]
    elif low == high:
        edges = [low, high]
    else:
        edges = [low + (high - low) / BARS * bar for bar in range(BARS)] + [high]
    # Each bar holds its lower edge; the last one its upper edge too.
    counts = [0] * (len(edges) - 1)
    for value in values:
        bar = int(np.searchsorted(edges[:-1], value, side="right")) - 1
        counts[max(bar, 0)] += 1
    return {"edges": edges, "counts": counts}


def numbers(values, whole):
    if not values:
        return {}
    found = {"min": min(values), "max": max(values), "mean": float(np.mean(values)), "median": float(np.median(values)), "std": float(np.std(values, ddof=1))}
    found |= {f"p{percent}": float(np.percentile(values, percent)) for percent in PERCENTILES}
    return found | {"histogram": histogram(values, whole)}


def describe(column):
    nulls = column.fill_nan(None).null_count() if column.dtype.is_float() else column.null_count()
    present = [value for value in column.to_list() if value is not None and value == value]
    found = {"nulls": nulls}
    if column.dtype.is_integer():
        return found | {"type": "int", "distinct": len(set(present))} | numbers(present, True)
    if column.dtype.is_float():
        return found | {"type": "float", "distinct": len(set(present))} | numbers(present, False)
    if column.dtype == pl.Boolean:
        return found | {"type": "bool", "frequencies": {str(value).lower(): present.count(value) for value in set(present)}}
    if column.dtype == pl.String:
        values = column.n_unique()
        if (values / ROWS <= 0.2 and values <= 1000) or values <= BARS:
            return found | {"type": "string_label", "distinct": len(set(present)), "frequencies": {value: present.count(value) for value in sorted(set(present))}}
        return found | {"type": "string_text", "distinct": len(set(present))} | numbers([len(value) for value in present], True)
    if isinstance(column.dtype, pl.List):
        return found | {"type": "list"} | numbers([len(value) for value in present], True)
    # Whole seconds since the earliest.
    first = min(present)
    seconds = [int((value - first).total_seconds()) for value in present]
    return found | {"type": "datetime", "seconds": histogram(seconds, True)}


def main():
    data = table()
    data.write_parquet(ROOT / "columns.parquet", compression="zstd", row_group_size=500)
    described = {name: describe(data[name]) for name in data.columns}
    (ROOT / "columns.json").write_text(json.dumps(described, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
