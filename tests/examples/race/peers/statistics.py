# Statistics of the column `text` and of every column of a Parquet file, with polars. Prints them with the seconds they took as JSON.
# With `columns`, only what the Hub's viewer computes, by its rules; with `all`, lengths in words and duplicates too.
import json
import math
import sys
import time

import polars as pl

what, path = sys.argv[1], sys.argv[2]
SHARES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
BARS = 10
started = time.perf_counter()
data = pl.read_parquet(path)
rows = data.height


def bars(values, whole):
    low, high = values.min(), values.max()
    if low is None:
        return None
    width = math.ceil((high - low + 1) / BARS) if whole else (high - low) / BARS
    edges = list(range(low, high + 1, width)) if whole else [low + width * bar for bar in range(BARS)]
    # polars closes bars on the right, so numbers and edges are turned round.
    turned = [-high] + [-edge for edge in reversed(edges)]
    return (values * -1).hist(bins=turned)["count"].to_list() if high > low else [values.len()]


def numbers(values, whole):
    values = values.drop_nulls()
    return {
        "min": values.min(), "max": values.max(), "mean": values.mean(), "std": values.std(),
        "quantiles": [values.quantile(share, "linear") for share in SHARES], "bars": bars(values, whole),
    }


columns = {}
for name in data.columns:
    column = data[name]
    found = {"nulls": column.null_count()}
    if column.dtype == pl.String:
        unique = column.n_unique()
        found["distinct"] = unique - (found["nulls"] > 0)
        if (unique / rows <= 0.2 and unique <= 1000) or unique <= 10:
            found |= {"top": column.value_counts(sort=True).head(1000).rows()}
        else:
            found |= numbers(column.str.len_chars().cast(pl.Int64), True)
            if what == "all":
                found |= {"top": column.value_counts(sort=True).head(10)["count"].to_list()}
    elif column.dtype.is_integer() or column.dtype.is_float():
        found |= {"distinct": column.n_unique() - (found["nulls"] > 0)} | numbers(column, column.dtype.is_integer())
    columns[name] = found
result = {"columns": {name: {key: found.get(key) for key in ("nulls", "distinct", "min", "max")} for name, found in columns.items()}}
if what == "all":
    text = data["text"]
    words = text.str.count_matches(r"\S+")
    result |= {"words": int(words.sum()), "chars": int(text.str.len_chars().sum())}
    lengths = numbers(words.cast(pl.Int64), True)
    result |= {"max_words": lengths["max"], "empty": int((text == "").sum())}
    some = text.filter(text != "").drop_nulls()
    result |= {"repeated": some.len() - some.n_unique()}
print(json.dumps(result | {"seconds": time.perf_counter() - started}, default=str))
