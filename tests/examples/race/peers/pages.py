"""Reads pages of rows at three places: DuckDB with LIMIT and OFFSET, or `datasets[i:j]` after `load_dataset`.

python pages.py DuckDB|datasets FILE ROWS_OF_A_PAGE PAGES
"""
import json, os, sys, tempfile, time

peer, file, page, pages = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with tempfile.TemporaryDirectory(dir=os.path.dirname(sys.executable)) as cache:
    if peer == "DuckDB":
        import duckdb

        connection = duckdb.connect(config={"threads": 2})
        rows = connection.execute(f"SELECT count(*) FROM read_parquet('{file}')").fetchone()[0]

        def read(first):
            found = connection.execute(f"SELECT * FROM read_parquet('{file}') LIMIT {page} OFFSET {first}").fetchall()
            return sum(row[0] for row in found)
    else:
        import datasets

        datasets.disable_progress_bars()
        # It copies the whole file first, which is not counted here.
        data = datasets.load_dataset("parquet", data_files=file, split="train", cache_dir=cache)
        rows = len(data)
        read = lambda first: sum(data[first : first + page]["id"])

    places = []
    for first in [0, rows // 2, max(0, rows - page * pages)]:
        taken, total = [], 0
        for number in range(pages):
            began = time.perf_counter()
            total += read(first + number * page)
            taken.append((time.perf_counter() - began) * 1000)
        taken.sort()
        places.append({"first_row": first, "median_ms": taken[len(taken) // 2], "p95_ms": taken[len(taken) * 95 // 100], "sum": total})
    print(json.dumps(places))
