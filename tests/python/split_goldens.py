"""Asks the Python library `datasets` which files belong to which split, for many trees of files.

    python3 -m venv venv && venv/bin/pip install datasets==5.2.0
    venv/bin/python tests/python/split_goldens.py --random 400 --out tests/golden/splits.json
    venv/bin/python tests/python/split_goldens.py --odd 1600 --seed 2 --out tests/golden/splits-odd.json.gz

Each tree is made as a folder of files and loaded the way `load_dataset(folder)` does it, up to the point where files
would be read. The answers are what the tests of core/src/hub/splits compare with. A larger --random (with another
--out, named in the environment variable SPLIT_GOLDENS when the tests run) checks more trees than are kept.
"""

import argparse
import gzip
import json
import logging
import os
import random
import shutil
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"

import datasets  # noqa: E402
import huggingface_hub  # noqa: E402
from datasets.load import LocalDatasetModuleFactory, infer_module_for_data_files  # noqa: E402

datasets.logging.set_verbosity(logging.CRITICAL)
huggingface_hub.logging.set_verbosity(logging.CRITICAL)

FORMATS = {
    "text": "text", "json": "json", "parquet": "parquet", "arrow": "arrow", "lance": "lance", "vortex": "vortex",
    "webdataset": "webdataset", "xml": "xml", "hdf5": "hdf5", "eval": "eval", "harbor": "harbor", "tsfile": "tsfile",
    "fasta": "fasta", "genbank": "genbank", "fastq": "fastq", "pdb": "pdb", "mmcif": "mmcif", "imagefolder": "image",
    "audiofolder": "audio", "videofolder": "video", "meshfolder": "mesh", "pdffolder": "pdfdocument",
    "niftifolder": "nifti",
}


def format_of(module, kwargs):
    if module == "csv":
        return "tsv" if kwargs else "csv"
    if module == "conll":
        return "conllu" if kwargs else "conll"
    return FORMATS[module]


def ask(files, readme):
    """The library's answer for one tree; any exception of it is the answer "error"."""
    root = Path(tempfile.mkdtemp(prefix="tree"))
    try:
        for file in files:
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}" if path.suffix == ".json" else "")
        if readme is not None:
            (root / "README.md").write_bytes(readme.encode())
        return answer(root, files)
    finally:
        shutil.rmtree(root)


def answer(root, files):
    index = {name: place for place, name in enumerate(files)}
    factory = LocalDatasetModuleFactory(root.as_posix())
    try:
        module = factory.get_module()
    except Exception as error:
        return {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:60]}".replace(str(root), "")}
    parameters = module.builder_configs_parameters
    configs = []
    for config in parameters.builder_configs:
        one = {"name": config.name}
        try:
            config._resolve_data_files(root.as_posix(), None)
        except Exception as error:
            one["error"] = type(error).__name__
            configs.append(one)
            continue
        try:
            one["format"] = format_of(*infer_module_for_data_files(config.data_files))
        except Exception:
            # Such a configuration is read as the format of the first.
            one["format"] = format_of(module.module_path.split(".")[-1], {}) if "csv" not in module.module_path else None
        relative = lambda path: os.path.relpath(os.path.normpath(path), root)
        one["splits"] = [[str(split), [index[relative(f)] for f in paths]] for split, paths in config.data_files.items()]
        configs.append(one)
    names = [config["name"] for config in configs]
    default = names[0] if len(names) == 1 else parameters.default_config_name
    return {"default": default if default in names else None, "configs": configs}


def card(text):
    return f"---\n{text.strip()}\n---\n\n# A dataset\n"


def configs(text):
    return card("configs:\n" + text.strip("\n"))


def hand_written():
    """One tree or more for each rule, and for each way in which two rules meet."""
    shard = "{}-00000-of-00001.parquet"
    plain = {
        "nothing": [],
        "only a readme": ["README.md"],
        "one file": ["data.csv"],
        "unknown extension": ["model.bin", "LICENSE"],
        "no extension": ["train", "test"],
        "shards": [f"data/{shard.format(s)}" for s in ["zeta", "test", "train", "alpha", "validation"]],
        "shards of several": [f"data/train-{i:05d}-of-00012.parquet" for i in range(12)],
        "shards with a hash": ["data/train-00000-of-00001-a1b2c3d4e5f60718.parquet"],
        "shards not in data": [shard.format("train"), shard.format("extra")],
        "shards deeper": [f"x/data/{shard.format('extra')}"],
        "shards of odd names": [f"data/{shard.format('a.b_c')}", f"data/{shard.format('été')}"],
        "shards of a wrong name": [f"data/{shard.format('train-clean')}"],
        "shards of a dotted end": [f"data/{shard.format('train.')}"],
        "shards of six digits": ["data/train-000000-of-000001.parquet", "data/test.parquet"],
        "shards of four digits": ["data/extra-0000-of-0001.parquet"],
        "shards without extension": ["data/train-00000-of-00001", "data/b.csv"],
        "shards of unknown extension": ["data/train-00000-of-00001.bin", "b.csv"],
        "shards named twice": ["data/train-00000-of-00001-00000-of-00001.parquet"],
        "hidden shard": ["data/.train-00000-of-00001.parquet", "b.csv"],
        "shards beat everything": [f"data/{shard.format('extra')}", "train.csv", "test/a.csv", "run.eval"],
        "shards of two formats": [f"data/{shard.format('train')}", "data/train-00000-of-00001.json", "data/test-00000-of-00001.json"],
        "logs": ["a.eval", "x/b.eval", "train.csv"],
        "logs only in name": ["eval.csv", "a.evals"],
        "harbor": ["t1/task.toml", "t1/instruction.md", "train/x.csv"],
        "a toml": ["pyproject.toml", "train.csv"],
        "dirs": ["train/a.csv", "test/b.csv"],
        "dirs in data": ["data/train/a.csv", "data/test/b.csv", "data/validation/c.csv"],
        "dirs of every keyword": [f"{k}/a.csv" for k in ["train", "training", "validation", "valid", "dev", "val", "test", "testing", "eval", "evaluation"]],
        "files of every keyword": [f"{k}.csv" for k in ["train", "training", "validation", "valid", "dev", "val", "test", "testing", "eval", "evaluation"]],
        "dirs in capitals": ["Train/a.csv", "TEST/b.csv"],
        "dirs with separators": ["train-1/a.csv", "x_test/b.csv", "my.val.2/c.csv", "dev 3/d.csv"],
        "dirs without separators": ["trainer/a.csv", "latest/b.csv", "validity/c.csv"],
        "dirs beat files": ["train/test.csv", "dev.csv"],
        "dirs with files of both": ["train/test.csv", "test/train.csv"],
        "nested keywords": ["train/test/a.csv", "train/b.csv"],
        "nested same keywords": ["train/training/a.csv", "train/b.csv", "train_1/train/c.csv"],
        "file twice": ["train-val/train_x/a.csv"],
        "files": ["train.csv", "test.csv"],
        "files with separators": ["train_0.csv", "train-1.csv", "my.train.2.csv", "test 4.csv", "validation3.csv"],
        "file ends in keyword": ["my_train", "x.train", "a.csv"],
        "file ends in keyword and extension": ["my_train.csv", "x.test.csv", "dev1.csv"],
        "file in two splits": ["train_test.csv", "train_dev.csv"],
        "files deeper": ["a/b/train.csv", "c/test.csv"],
        "keyword is an extension": ["a.train", "b.csv"],
        "script decides": ["scripts/train.py", "data.csv"],
        "folder of scripts decides": ["train/run.py", "data.csv"],
        "results decide": ["eval_results.txt", "data.csv"],
        "everything": ["b.csv", "a.csv", "x/c.csv"],
        "order of paths": ["b/a.csv", "a.csv", "a/b.csv", "a-b/c.csv", "B.csv", "é.csv", "z.csv"],
        "not data": ["config.json", "dataset_info.json", "dataset_infos.json", "dummy_data.zip", "dataset_dict.json", "a.json"],
        "not data in folders": ["train/dataset_info.json", "train/state.json", "train/data-00000-of-00001.arrow", "dataset_dict.json"],
        "hidden": [".gitattributes", ".hidden/a.csv", "a/.b.csv", "c.csv"],
        "hidden train": [".train/a.csv", ".train.csv", "c.csv"],
        "special": ["__pycache__/a.csv", "x/__y/b.csv", "__c.csv", "d.csv"],
        "special train": ["__train__/train/a.csv", "c.csv"],
        "ellipsis": ["...", "..a/b.csv", "c.csv"],
        "majority": ["a.csv", "b.json", "c.json"],
        "draw parquet": ["a.csv", "b.parquet"], "draw json": ["a.json", "b.csv"], "draw jsonl": ["a.json", "b.jsonl", "c.jsonl"],
        "draw arrow": ["a.arrow", "b.jsonl"], "draw lance": ["a.lance", "b.arrow", "c.vortex"], "draw vortex": ["a.vortex", "b.arrow"],
        "draw by alphabet": ["a.txt", "b.xml"], "draw by alphabet 2": ["a.txt", "b.tar", "c.tsv"],
        "csv and tsv": ["a.csv", "b.tsv", "c.tsv"], "csv and tsv in splits": ["train.csv", "test.tsv"],
        "json and jsonl in splits": ["train.json", "test.jsonl", "dev.ndjson"],
        "splits disagree": ["train.csv", "test.json"], "splits disagree by majority": ["train/a.csv", "train/b.json", "train/c.json", "test/d.json"],
        "one split without data": ["train.csv", "test.py"],
        "compressed": ["a.jsonl.zst", "b.jsonl.gz"], "compressed alone": ["a.gz", "b.zst"], "suffix in the middle": ["a.csv.bak", "b.json.old.1"],
        "suffix before": ["v1.parquet.part.csv"], "many dots": ["a.b.c.csv", "x.json.csv", "y.json.csv"],
        "capital extension": ["a.CSV", "b.csv"], "capital extension alone": ["a.CSV"], "capital picture": ["a.PNG", "b.png", "c.Png"],
        "other formats are dropped": ["a.csv", "b.csv", "c.json", "notes.md", "d.tsv"], "readme elsewhere": ["a.csv", "b.csv", "docs/README.md", "docs/x.md"],
        "folder that looks like a file": ["a.csv.d/x.json", "b.csv", "c.csv"], "zip beside csv": ["a.csv", "b.csv", "c.zip"],
        "pictures with metadata": ["1.png", "metadata.csv"], "pictures with tables": ["1.png", "2.jpg", "metadata.jsonl", "metadata.parquet", "train.csv"],
        "metadata alone": ["metadata.csv"], "sound": ["a.wav", "b.mp3"], "video": ["a.mp4"], "meshes": ["a.glb"], "pdf": ["a.pdf", "b.pdf"], "scans": ["a.nii.gz"],
        "lance": ["x.lance/_versions/1.manifest", "x.lance/data/a.lance", "x.lance/_transactions/0.txn", "x.lance/latest_version_hint.json"],
        "lance files": ["a.lance", "b.lance"], "bio": ["a.fasta", "b.fa", "c.faa"], "bio 2": ["a.gb", "b.fq"], "trees": ["a.conllu", "b.conll"], "xml": ["a.xml"], "hdf5": ["a.h5"],
        "webdataset": ["train/000.tar", "train/001.tar", "test/000.tar"], "geo": ["a.geoparquet", "b.gpq"],
        "spaces": ["my data.csv", "a b/train .csv"], "brackets": ["[x].csv", "a[1]/b.csv"], "partial": ["default/partial-train/0000.parquet", "default/test/0000.parquet"],
        "converted": ["default/train/0000.parquet", "default/train/0001.parquet", "fr/test/0000.parquet"], "ipynb": ["a.ipynb", "train.ipynb"],
    }
    for name, files in plain.items():
        yield name, files, None
    tree = ["a.csv", "b.csv", "x/c.csv", "x/d.csv", "x/y/e.csv", "data/train.csv", "data/test.csv", "notes.txt", "x/n.json", ".h/z.csv", "__s/z.csv", "x/.k.csv"]
    shards = [f"{c}/data/{s}-0000{i}-of-00002.parquet" for c in ["en", "fr"] for s in ["train", "odd"] for i in range(2)]
    cards = {
        "one path": "- config_name: a\n  data_files: a.csv",
        "one pattern": "- config_name: a\n  data_files: '*.csv'",
        "list of paths": "- config_name: a\n  data_files:\n  - b.csv\n  - a.csv\n  - x/*.csv",
        "path twice": "- config_name: a\n  data_files: [a.csv, '*.csv']",
        "splits": "- config_name: a\n  data_files:\n  - split: test\n    path: b.csv\n  - split: train\n    path: [a.csv, x/*.csv]",
        "odd split": "- config_name: a\n  data_files:\n  - split: a.b\n    path: b.csv",
        "wrong split": "- config_name: a\n  data_files:\n  - split: a-b\n    path: b.csv",
        "number as split": "- config_name: a\n  data_files:\n  - split: 2020\n    path: b.csv",
        "quoted number as split": "- config_name: a\n  data_files:\n  - split: '2020'\n    path: b.csv",
        "boolean as split": "- config_name: a\n  data_files:\n  - split: on\n    path: b.csv",
        "split twice": "- config_name: a\n  data_files:\n  - split: train\n    path: b.csv\n  - split: train\n    path: a.csv",
        "split twice in the second": "- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files:\n  - split: t\n    path: b.csv\n  - split: t\n    path: a.csv",
        "split without path": "- config_name: a\n  data_files:\n  - split: train",
        "split with more": "- config_name: a\n  data_files:\n  - split: train\n    path: a.csv\n    sep: ';'",
        "mixed list": "- config_name: a\n  data_files:\n  - a.csv\n  - split: train\n    path: b.csv",
        "mapping": "- config_name: a\n  data_files:\n    train: a.csv",
        "number as path": "- config_name: a\n  data_files: 5",
        "list with a number": "- config_name: a\n  data_files: [a.csv, 5]",
        "null path in split": "- config_name: a\n  data_files:\n  - split: train\n    path:",
        "null files": "- config_name: a\n  data_files:",
        "null files in the second": "- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files:",
        "empty list of files": "- config_name: a\n  data_files: []",
        "empty path": "- config_name: a\n  data_files: ''",
        "missing path": "- config_name: a\n  data_files: nope.csv",
        "missing path in the second": "- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: nope.csv",
        "missing pattern": "- config_name: a\n  data_files: nope*.csv",
        "missing pattern in the second": "- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: nope*.csv",
        "missing pattern in a split": "- config_name: a\n  data_files:\n  - split: train\n    path: '*.csv'\n  - split: test\n    path: 'nope*'",
        "missing pattern beside": "- config_name: a\n  data_files: ['nope*', a.csv]",
        "a folder as path": "- config_name: a\n  data_files: x",
        "a folder as path with slash": "- config_name: a\n  data_files: x/",
        "a file with slash": "- config_name: a\n  data_files: a.csv/",
        "unknown extension": "- config_name: a\n  data_files: LICENSE",
        "readme as data": "- config_name: a\n  data_files: README.md",
        "recursive": "- config_name: a\n  data_files: '**'",
        "recursive csv": "- config_name: a\n  data_files: '**/*.csv'",
        "recursive below": "- config_name: a\n  data_files: 'x/**/*.csv'",
        "folder and all": "- config_name: a\n  data_files: 'x/**'",
        "stars in a component": "- config_name: a\n  data_files: 'x/**.csv'",
        "stars in a component of the second": "- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: 'x**'",
        "three stars": "- config_name: a\n  data_files: '***'",
        "question mark": "- config_name: a\n  data_files: '?.csv'",
        "set": "- config_name: a\n  data_files: '[a-b].csv'",
        "not in set": "- config_name: a\n  data_files: '[!a].csv'",
        "set of folders": "- config_name: a\n  data_files: 'x/[cd].csv'",
        "empty range": "- config_name: a\n  data_files: ['[b-a].csv', a.csv]",
        "open set": "- config_name: a\n  data_files: ['[ab.csv', a.csv]",
        "braces": "- config_name: a\n  data_files: ['{a,b}.csv']",
        "hidden asked": "- config_name: a\n  data_files: '.h/*.csv'",
        "hidden asked by pattern": "- config_name: a\n  data_files: '.*/*.csv'",
        "hidden file asked": "- config_name: a\n  data_files: 'x/.k.csv'",
        "hidden file by pattern": "- config_name: a\n  data_files: 'x/.*'",
        "special asked": "- config_name: a\n  data_files: '__s/*'",
        "special asked by pattern": "- config_name: a\n  data_files: '__*/*.csv'",
        "special by path": "- config_name: a\n  data_files: '__s/z.csv'",
        "dot path": "- config_name: a\n  data_files: './a.csv'",
        "dot pattern": "- config_name: a\n  data_files: './x/*.csv'",
        "dot inside a pattern": "- config_name: a\n  data_files: ['*/./c.csv', a.csv]",
        "up and down": "- config_name: a\n  data_files: 'x/../a.csv'",
        "outside": "- config_name: a\n  data_files: '../a.csv'",
        "absolute": "- config_name: a\n  data_files: '/nowhere/a.csv'",
        "address": "- config_name: a\n  data_files: 'ftp://127.0.0.1:1/a.csv'",
        "double slash": "- config_name: a\n  data_files: x//c.csv",
        "double slash in a pattern": "- config_name: a\n  data_files: ['x//*.csv', a.csv]",
        "folder": "- config_name: a\n  data_dir: x",
        "folder with slash": "- config_name: a\n  data_dir: x/",
        "folder with dot": "- config_name: a\n  data_dir: ./x",
        "folder data": "- config_name: a\n  data_dir: data",
        "folder deep": "- config_name: a\n  data_dir: x/y",
        "folder missing": "- config_name: a\n  data_dir: nope",
        "folder empty": "- config_name: a\n  data_dir: ''",
        "folder number": "- config_name: a\n  data_dir: 5",
        "folder hidden": "- config_name: a\n  data_dir: .h",
        "folder special": "- config_name: a\n  data_dir: __s",
        "folder and files": "- config_name: a\n  data_dir: x\n  data_files: '*.csv'",
        "folder and file": "- config_name: a\n  data_dir: x\n  data_files: c.csv",
        "folder and file of the second": "- config_name: b\n  data_files: a.csv\n- config_name: a\n  data_dir: x\n  data_files: c.csv",
        "folder and splits of the second": "- config_name: b\n  data_files: a.csv\n- config_name: a\n  data_dir: x\n  data_files:\n  - split: dev\n    path: '*.csv'",
        "two folders": "- config_name: a\n  data_dir: x\n- config_name: b\n  data_dir: data",
        "neither": "- config_name: a",
        "neither twice": "- config_name: a\n- config_name: b\n  data_dir: x",
        "other format in the second": "- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: notes.txt",
        "mixed formats in the first": "- config_name: a\n  data_files:\n  - split: train\n    path: a.csv\n  - split: test\n    path: notes.txt",
        "mixed formats in the second": "- config_name: t\n  data_files: notes.txt\n- config_name: a\n  data_files:\n  - split: train\n    path: a.csv\n  - split: test\n    path: x/n.json",
        "default marked": "- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: b.csv\n  default: true",
        "default named": "- config_name: a\n  data_files: a.csv\n- config_name: default\n  data_files: b.csv",
        "default twice": "- config_name: a\n  data_files: a.csv\n  default: true\n- config_name: b\n  data_files: b.csv\n  default: true",
        "default named and marked": "- config_name: a\n  data_files: a.csv\n  default: true\n- config_name: default\n  data_files: b.csv",
        "default not": "- config_name: a\n  data_files: a.csv\n  default: false\n- config_name: b\n  data_files: b.csv",
        "default no": "- config_name: a\n  data_files: a.csv\n  default: no\n- config_name: b\n  data_files: b.csv\n  default: yes",
        "default as text": "- config_name: a\n  data_files: a.csv\n  default: 'false'\n- config_name: b\n  data_files: b.csv",
        "default zero": "- config_name: a\n  data_files: a.csv\n  default: 0\n- config_name: b\n  data_files: b.csv\n  default: 1",
        "default missing": "- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: b.csv",
        "name twice": "- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: b.csv\n- config_name: a\n  data_files: x/c.csv",
        "name number": "- config_name: 2020\n  data_files: a.csv",
        "name quoted number": "- config_name: '2020'\n  data_files: a.csv",
        "name date": "- config_name: 2020-01-02\n  data_files: a.csv",
        "name norwegian": "- config_name: no\n  data_files: a.csv",
        "name float": "- config_name: 1.0\n  data_files: a.csv",
        "name version": "- config_name: 1.0.0\n  data_files: a.csv",
        "name exponent": "- config_name: 1e5\n  data_files: a.csv",
        "name time": "- config_name: 12:30\n  data_files: a.csv",
        "name octal": "- config_name: 012\n  data_files: a.csv",
        "name not octal": "- config_name: 08\n  data_files: a.csv",
        "name null": "- config_name:\n  data_files: a.csv",
        "name slash": "- config_name: a/b\n  data_files: a.csv",
        "name colon": "- config_name: 'a:b'\n  data_files: a.csv",
        "name spaces": "- config_name: a b\n  data_files: a.csv",
        "name missing": "- data_files: a.csv",
        "text as config": "- a",
        "unknown parameter": "- config_name: a\n  data_files: a.csv\n  sep: ';'\n  colour: red",
        "comments": "# hello\n- config_name: a # x\n  data_files: # y\n  - a.csv # z",
        "anchors": "- &x\n  config_name: a\n  data_files: a.csv\n- <<: *x\n  config_name: b",
        "flow": "- {config_name: a, data_files: [{split: train, path: a.csv}, {split: test, path: [b.csv]}]}",
    }
    for name, text in cards.items():
        yield f"card: {name}", tree, configs(text)
    yield "card: folders with shards", shards, configs("- config_name: en\n  data_dir: en\n- config_name: fr\n  data_dir: fr")
    yield "card: root with shards of folders", shards + ["data/train-00000-of-00001.parquet"], configs("- config_name: en\n  data_dir: en\n- config_name: r")
    yield "card: folder decides format", ["t/a.csv", "t/b.csv", "u/a.json"], configs("- config_name: u\n  data_dir: u\n- config_name: t\n  data_dir: t")
    yield "card: all files kept", ["d/a.csv", "d/b.csv", "d/c.json", "d/x.md"], configs("- config_name: d\n  data_dir: d")
    files = ["a.csv", "b.csv"]
    two = "configs:\n- config_name: a\n  data_files: a.csv\n- config_name: b\n  data_files: b.csv\n"
    other = {
        "no front matter": "# Hello\n", "empty": "", "front matter without configs": card("license: mit"),
        "configs null": card("configs:"), "configs empty": card("configs: []"), "configs a mapping": card("configs: {a: b}"), "configs text": card("configs: a"),
        "not yaml": card("license: [mit"), "a list": card("- a\n- b"), "text": card("hello"), "empty block": "---\n\n---\n", "unclosed": "---\nconfigs: 5\n",
        "blank lines before": "\n\n---\nconfigs: 5\n---\n", "text before": "x\n---\nconfigs: 5\n---\n", "windows": card(two).replace("\n", "\r\n"),
        "bom": "\ufeff" + card(two), "trailing blanks": card(two).replace("\n---\n", "\n---  \n"), "at the end": "---\n" + two + "---", "tabs": card("configs:\n\t- config_name: a"),
        "info of one": card(two + "dataset_info:\n  config_name: b\n"), "info of two": card(two + "dataset_info:\n- config_name: b\n- config_name: a\n"), "info list of one": card(two + "dataset_info:\n- config_name: a\n"),
        "info of another": card(two + "dataset_info:\n  config_name: z\n"), "info without name": card(two + "dataset_info:\n  splits: []\n"), "info alone": card("dataset_info:\n  config_name: z\n"),
        "keys twice": card("configs: 5\n" + two), "two documents": card(two + "...\n--- \na: b"), "numbers as keys": card("5: a\n" + two), "unknown tag": card("a: !x b\n" + two),
        "dashes in text": card("description: |\n  a\n  ----\n  b\n" + two), "wide text": card("pretty_name: 日本 é\nlanguage: [no, en]\n" + two), "nested": card("a: " + "[" * 40 + "]" * 40 + "\n" + two),
    }
    for name, readme in other.items():
        yield f"readme: {name}", files, readme


WORDS = ["train", "training", "validation", "valid", "dev", "val", "test", "testing", "eval", "evaluation", "Train", "data", "en", "x", "part", "trainer", "latest", "all", "raw", "__x", ".h", "00000-of-00002", "0", "12"]
ENDINGS = [".csv", ".csv", ".json", ".jsonl", ".parquet", ".parquet", ".txt", ".tsv", ".arrow", ".py", ".md", "", ".gz", ".jsonl.gz", ".eval", ".png", ".CSV", ".bin", ".toml"]
SHARDS = ["-00000-of-00001", "-00001-of-00002", "-0000-of-0001", "-000000-of-000001"]


def random_name(pick, endings):
    name = "".join(pick.choice(WORDS) + pick.choice(["", "-", "_", ".", " "]) for _ in range(pick.choice([0, 0, 1]))) + pick.choice(WORDS)
    return name + (pick.choice(SHARDS) if pick.random() < 0.15 else "") + pick.choice(endings)


def random_tree(pick):
    endings = ENDINGS if pick.random() < 0.3 else [pick.choice(ENDINGS)] * 6 + [pick.choice(ENDINGS)]
    folders = [""] + ["/".join(random_name(pick, [""]) for _ in range(pick.choice([1, 1, 2, 3]))) + "/" for _ in range(pick.choice([0, 1, 2, 4]))]
    if pick.random() < 0.4:
        folders.append("data/")
    chosen = {pick.choice(folders) + random_name(pick, endings) for _ in range(pick.choice([1, 2, 4, 8, 12]))}
    # A path cannot be a file and a folder at once.
    return sorted(f for f in chosen if not any(other.startswith(f + "/") for other in chosen) and f + "/" not in folders)


def random_pattern(pick, files):
    file = pick.choice(files)
    parts = file.split("/")
    roll = pick.random()
    if roll < 0.3:
        return file
    if roll < 0.5:
        return "/".join(parts[:-1] + ["*" + parts[-1][pick.randrange(len(parts[-1])):]])
    if roll < 0.6:
        return "**/" + parts[-1][: pick.randrange(len(parts[-1])) + 1] + "*"
    if roll < 0.7:
        return "/".join(parts[:-1] + ["**"])
    if roll < 0.8:
        return "/".join("*" if pick.random() < 0.4 else p for p in parts)
    if roll < 0.9:
        return "/".join(parts[:-1] + ["[" + pick.choice(["!", ""]) + pick.choice(["a-m", "n-z", "-._ 0-9", "t", "z-a", "]t"]) + "]*"])
    return "/".join(parts[:-1] + ["?" + parts[-1][1:]])


def random_card(pick, files):
    lines = []
    for place in range(pick.choice([1, 1, 2, 3])):
        lines.append(f"- config_name: {pick.choice(['a', 'b', 'default', 'c', 'en'])}{pick.choice(['', '', place])}")
        kind = pick.random()
        folders = [f.rsplit("/", 1)[0] for f in files if "/" in f]
        if kind < 0.25 and folders:
            folder = pick.choice(folders)
            lines.append(f"  data_dir: {json.dumps(folder[: folder.find('/')] if '/' in folder and pick.random() < 0.5 else folder)}")
        elif kind < 0.5:
            lines.append(f"  data_files: {json.dumps([random_pattern(pick, files) for _ in range(pick.choice([1, 2]))])}")
        elif kind < 0.95:
            lines.append("  data_files:")
            for split in pick.sample(["train", "test", "validation", "extra", "a.b"], pick.choice([1, 2, 3])):
                lines.append(f"  - split: {split}\n    path: {json.dumps(random_pattern(pick, files))}")
        if pick.random() < 0.15:
            lines.append("  default: true")
    return configs("\n".join(lines))


ODD_WORDS = WORDS + [
    "train_test", "test-train", "traindev", "dev.train", "val 1", "my train", "étrain", "train é", "日本", "データ", "naïve", "Ünïcode", "тест",
    "pretrain", "pre-train", "train2", "2train", "test_set", "set.test", "TEST", "Validation", "evaluation2", "dev_", "_dev", "-val-", "a b", "x.y.z",
    "contest", "latest-test", "train-00000-of-00002", "data", "Data", "data.", "default", "dummy", "metadata", "split", "en-US", "100%", "a+b", "a(1)", "a,b", "a'b", "a&b", "~x", "#1", "@v", "=", "a!",
    "test.train", "train..test", "val_train_dev", "unsupervised", "all_train_all", "0001", "of", "eval.eval", "__dev__", "__train", "train__",
]
ODD_ENDINGS = ENDINGS + [
    ".csv.gz", ".json.zst", ".parquet.gz", ".jsonl.xz", ".tar.gz", ".txt.bz2", ".ndjson", ".feather", ".JSON", ".Parquet", ".csv.", ".csv~", ".csv.bak", ".geojson", ".jsonl.txt", ".txt.csv", ".parquet.csv",
    ".xml", ".h5", ".wav", ".mp4", ".pdf", ".lance", ".tsv.gz", ".yaml", ".lock", ".crc",
]
NOT_DATA = [
    "metadata.csv", "metadata.jsonl", "metadata.parquet", "dataset_infos.json", "dataset_info.json", "config.json", "dataset_dict.json", "state.json", "LICENSE", ".gitattributes", "README.txt",
    "script.py", "_SUCCESS", "checksums.txt", ".huggingface.yaml",
]
GAPS = ["-00000-of-00003", "-00002-of-00003", "-00007-of-00005", "-00000-of-00000", "-0000a-of-00001", "-00000-of-00001-ab12", "_00000_of_00001", "-00000-of-00001.part"]
SPLITS = ["train", "test", "validation", "extra", "a.b", "a_1", "été", "train-clean", "all", "dev", "Train", "x.", ".x", "a b", "日本", "train[:10]", "1", "01", "true", "null", "'no'"]


def odd_name(pick, endings):
    name = "".join(pick.choice(ODD_WORDS) + pick.choice(["", "-", "_", ".", " ", "--", "._", "0"]) for _ in range(pick.choice([0, 0, 0, 1, 2]))) + pick.choice(ODD_WORDS)
    return name + (pick.choice(SHARDS + GAPS) if pick.random() < 0.25 else "") + pick.choice(endings)


def odd_tree(pick):
    endings = [pick.choice(ODD_ENDINGS) for _ in range(pick.choice([1, 1, 2, 2, 3, 8]))]
    folders = [""] + ["/".join(odd_name(pick, [""]) for _ in range(pick.choice([1, 1, 2, 3, 4]))) + "/" for _ in range(pick.choice([0, 1, 2, 4]))]
    folders += [folder for folder in ["data/", "data/data/", "x/data/", "data/train/", "data/en/"] if pick.random() < 0.2]
    chosen = {pick.choice(folders) + odd_name(pick, endings) for _ in range(pick.choice([1, 2, 3, 4, 8, 16]))}
    if pick.random() < 0.3:
        # One stem per split, as people have it, with a split that does not fit.
        stem, ending = pick.choice(["", "x-", "my_", "data "]), pick.choice(endings)
        chosen |= {pick.choice(folders) + stem + split + pick.choice(["", "-1", ".v2", " (1)"]) + ending for split in pick.sample(["train", "test", "valid", "dev", "other", "evaluation"], 3)}
    if pick.random() < 0.3:
        split = pick.choice(["train", "test", "extra", "a.b", "été", "train-x", "x y"])
        chosen |= {f"data/{split}-{i:05d}-of-{7:05d}{pick.choice(['', '-0a1b'])}.{pick.choice(['parquet', 'parquet', 'csv'])}" for i in pick.sample(range(9), 3)}
    chosen |= {pick.choice(folders) + pick.choice(NOT_DATA) for _ in range(pick.choice([0, 0, 1, 3]))}
    return sorted(f for f in chosen if f != "README.md" and not any(other.startswith(f + "/") for other in chosen) and f + "/" not in folders)


def odd_scalar(pick, text):
    """A text as YAML, in one of the ways people write it."""
    plain = text.replace("-", "").replace("_", "").replace(".", "").replace("/", "").isalnum() and not text.replace(".", "").isdigit() and text.lower() not in ("true", "false", "null", "no", "yes")
    ways = [json.dumps(text), json.dumps(text, ensure_ascii=False), "'" + text.replace("'", "''") + "'"] + ([text, text + " # a comment", "!!str " + text] if plain and not text.startswith("-") else [])
    return pick.choice(ways)


def odd_data_files(pick, files, indent):
    pattern = lambda: odd_scalar(pick, pick.choice(["", "", "", "./"]) + random_pattern(pick, files))
    roll = pick.random()
    if roll < 0.2:
        return f" {pattern()}"
    if roll < 0.35:
        return " [" + ", ".join(pattern() for _ in range(pick.choice([1, 2, 3]))).replace(" # a comment", "") + "]"
    if roll < 0.45:
        return "".join(f"\n{indent}- {pattern()}" for _ in range(pick.choice([1, 2])))
    lines = ""
    for split in [pick.choice(SPLITS) if pick.random() < 0.12 else s for s in pick.sample(["train", "test", "validation", "extra"], pick.choice([1, 2, 3]))]:
        lines += f"\n{indent}- split: {split}"
        if pick.random() < 0.7:
            lines += f"\n{indent}  path: {pattern()}"
        elif pick.random() < 0.95:
            lines += f"\n{indent}  path:" + "".join(f"\n{indent}  - {pattern()}" for _ in range(2))
    return lines


def odd_card(pick, files):
    lines = []
    indent = pick.choice(["  ", "  ", "    "])
    for place in range(pick.choice([1, 1, 2, 3, 4])):
        fields = []
        if pick.random() < 0.99:
            name = pick.choice(["a", "b", "c", "en", "default"]) if pick.random() < 0.75 else pick.choice(["a", "b", "default", "en", "en-US", "é", "2020", "'2020'", "no", "a.b", '"a b"', "1.0", "~", "x"])
            fields.append(f"config_name: {name}{pick.choice(['', '', place])}" if name not in ("~", "no", '"a b"', "'2020'") else f"config_name: {name}")
        folders = sorted({f.rsplit("/", 1)[0] for f in files if "/" in f} | {f.split("/")[0] for f in files if "/" in f})
        if folders and pick.random() < 0.35:
            fields.append(f"data_dir: {odd_scalar(pick, pick.choice(['', '', './']) + pick.choice(folders) + pick.choice(['', '', '/']))}")
        if pick.random() < 0.75:
            fields.append("data_files:" + odd_data_files(pick, files, indent))
        if pick.random() < 0.2:
            fields.append(f"default: {pick.choice(['true', 'true', 'True', 'yes', 'false', '1', 'null'])}")
        if pick.random() < 0.1:
            fields.append(pick.choice(["description: some words", "version: 1.0.0", "drop_labels: true", "features: []"]))
        if pick.random() < 0.03 and fields:
            fields.append(pick.choice(fields))
        pick.shuffle(fields) if pick.random() < 0.3 else None
        if fields:
            lines.append("- " + ("\n  ").join(fields))
    before = pick.choice(["", "", "license: mit\n", "language:\n- en\n- no\n", "pretty_name: 日本 é\n", "# a comment\n", "dataset_info:\n- config_name: b\n- config_name: a\n"])
    after = pick.choice(["", "", "\nlicense: mit", "\ntags:\n- a\n- 'b: c'", "\ndataset_info:\n  config_name: a\n  features:\n  - name: x\n    dtype: string"])
    return card(before + "configs:\n" + "\n".join(lines) + after)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--random", type=int, default=400)
    arguments.add_argument("--odd", type=int, default=0)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", type=Path, required=True)
    arguments = arguments.parse_args()
    pick = random.Random(arguments.seed)
    trees = list(hand_written()) if not arguments.odd else []
    for number in range(arguments.odd):
        files = odd_tree(pick)
        readme = odd_card(pick, files) if files and pick.random() < 0.5 else None
        trees.append((f"odd {arguments.seed}.{number}", files, readme))
    for number in range(0 if arguments.odd else arguments.random):
        files = random_tree(pick)
        readme = random_card(pick, files) if files and pick.random() < 0.4 else None
        trees.append((f"random {arguments.seed}.{number}", files, readme))
    lines = []
    for name, files, readme in trees:
        if readme is not None and "README.md" not in files:
            files = files + ["README.md"]
        case = {"name": name, "files": files, "readme": readme, "answer": ask(files, readme)}
        lines.append(json.dumps(case, ensure_ascii=False, separators=(",", ":")))
    header = json.dumps({"library": f"datasets {datasets.__version__}"})
    text = (header[:-1] + ',"cases":[\n' + ",\n".join(lines) + "\n]}\n").encode()
    # Without a time, the same answers are the same file.
    arguments.out.write_bytes(gzip.compress(text, mtime=0) if arguments.out.suffix == ".gz" else text)


if __name__ == "__main__":
    main()
