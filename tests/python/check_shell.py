"""Opens a workspace's catalog as the plain `duckdb` shell does, from within its folder, and reads every view there is.

    python3 -m venv venv && venv/bin/pip install duckdb==2.0.0
    venv/bin/python tests/python/check_shell.py WORKSPACE

The version is that of the DuckDB which is compiled in. The workspace is copied first, under an odd name, and not changed.
"""

import hashlib
import os
import shutil
import sys
import tempfile

import duckdb

STATS = {"lengths", "histograms", "token_frequencies", "quality", "longest", "leaks", "duplicates", "near_duplicates",
         "columns", "column_values"}


def digest(folder):
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = hashlib.sha256(open(path, "rb").read()).hexdigest()
    return found


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def main():
    with tempfile.TemporaryDirectory() as folder:
        workspace = os.path.join(folder, "it's [a] “copy”")
        shutil.copytree(sys.argv[1], workspace)
        before = digest(workspace)
        os.chdir(workspace)
        catalog = duckdb.connect("catalog.duckdb", read_only=True)
        count = lambda relation: catalog.sql(f"SELECT count(*) FROM {relation}").fetchall()[0][0]
        for table in ["datasets", "splits", "columns", "tokenizations", "jobs"]:
            print(f"{table}: {count(table)}")
        for name, rows in catalog.sql("SELECT name, num_samples FROM datasets WHERE status = 'ready'").fetchall():
            assert count(f"samples.{quoted(name)}") == rows, name
        for name, rows in catalog.sql("SELECT id, rows FROM tokenizations").fetchall():
            assert count(f"tokens.{quoted(name)}") == rows, name
        views = catalog.sql("SELECT view_name FROM duckdb_views() WHERE schema_name = 'stats'").fetchall()
        assert STATS <= {view for (view,) in views}, views
        for (view,) in views:
            print(f"stats.{view}: {count(f'stats.{quoted(view)}')}")
        lengths = "SELECT sum(count) FROM stats.lengths WHERE unit = 'tokens' AND tokenization = ?"
        for tokenization, rows in catalog.sql("SELECT id, rows FROM tokenizations").fetchall():
            assert catalog.execute(lengths, [tokenization]).fetchall() == [(rows,)], tokenization
        bars = catalog.sql("SELECT sum(count) FROM stats.histograms WHERE bins = 'log' AND split IS NOT NULL").fetchall()
        # Statistics that an earlier version stored have no bars.
        with_bars = "SELECT dataset_id || coalesce(tokenization, '') FROM stats.histograms"
        lengths = f"SELECT sum(count) FROM stats.lengths WHERE dataset_id || coalesce(tokenization, '') IN ({with_bars})"
        assert bars == catalog.sql(lengths).fetchall(), bars
        catalog.close()
        os.chdir("/")
        assert digest(workspace) == before, "looking has changed a byte"
    print(f"all views of {sys.argv[1]} hold what they should, with duckdb {duckdb.__version__}")


main()
