"""Counts rows that hold a text, and reads the first fifty: DuckDB, and `datasets` where its turn is asked for.

python search.py FILE '{"name": ["contains" | "regex", "text"], ...}' RUNS WITH_DATASETS
"""
import json, statistics, sys, time

import duckdb

file, needles, runs, with_datasets = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "1"
connection = duckdb.connect(config={"threads": 2})
# Where a query takes long it would print its bar among the answers.
connection.execute("SET enable_progress_bar = false")
escape = lambda text: text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def timed(query, value):
    began = time.perf_counter()
    rows = connection.execute(query, [value]).fetchall()
    return (time.perf_counter() - began) * 1000, rows


answers = {}
for name, (mode, text) in needles.items():
    like = mode == "contains"
    value = f"%{escape(text)}%" if like else text
    condition = "text ILIKE ? ESCAPE '\\'" if like else "regexp_matches(text, ?, 'i')"
    source = f"read_parquet('{file}')"
    counts = [timed(f"SELECT count(*) FROM {source} WHERE {condition}", value) for _ in range(runs)]
    pages = [timed(f"SELECT text FROM {source} WHERE {condition} LIMIT 50", value) for _ in range(runs)]
    answers[name] = {
        "total": counts[0][1][0][0],
        "count_ms": statistics.median(taken for taken, _ in counts),
        "first_ms": statistics.median(taken for taken, _ in pages),
    }
    if with_datasets and like:
        import datasets

        datasets.disable_progress_bars()
        rows = datasets.Dataset.from_parquet(file, columns=["text"])
        sought = text.lower()
        began = time.perf_counter()
        keep = lambda batch: [sought in row.lower() for row in batch]
        kept = rows.filter(keep, batched=True, input_columns="text", num_proc=2, load_from_cache_file=False)
        answers[name]["datasets_ms"] = (time.perf_counter() - began) * 1000
        assert len(kept) == answers[name]["total"]
print(json.dumps(answers))
