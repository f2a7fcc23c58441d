"""Reads exported token rows with their consumers' own readers, and holds them against the tokenization's Parquet.

    python3 -m venv venv && venv/bin/pip install datasets numpy pyarrow datatrove
    venv/bin/python tests/python/check_exports.py MISTUDIO_PROGRAM WORKSPACE [PATH_TO_MEGATRON_CORE]

Every tokenization of the workspace is exported in every format. Megatron's reader is used where
its package is given (`pip download --no-deps megatron-core`, unpacked); else its index is read by the documented layout.
"""

import glob
import importlib.machinery
import importlib.util
import json
import os
import struct
import subprocess
import sys
import tempfile
import types

os.environ["HF_HUB_OFFLINE"] = "1"

import datasets
import numpy
import pyarrow.parquet as pq


def ids_column(folder):
    return json.load(open(f"{folder}/settings.json"))["settings"].get("ids_column", "input_ids")


def rows_of(folder):
    """Split -> rows as (sample, ids, real ids)."""
    settings = json.load(open(f"{folder}/settings.json"))["settings"]
    column = ids_column(folder)
    left = settings["padding_side"] == "left"
    found = {}
    for path in sorted(glob.glob(f"{glob.escape(folder)}/*.parquet")):
        split = os.path.basename(path).rsplit("-", 3)[0]
        table = pq.read_table(path).to_pydict()
        for at, ids in enumerate(table[column]):
            length = table["num_tokens"][at] if "num_tokens" in table else len(ids)
            real = ids[len(ids) - length:] if left else ids[:length]
            sample = table["sample_id"][at] if "sample_id" in table else None
            found.setdefault(split, []).append((sample, ids, real))
    return found


def documents(rows):
    whole, last = [], None
    for sample, _, real in rows:
        if sample is not None and sample == last:
            whole[-1].extend(real)
        else:
            whole.append(list(real))
        last = sample
    return whole


def check_hf(folder, splits, column):
    loaded = datasets.load_from_disk(folder)
    assert sorted(loaded) == sorted(splits)
    for split, rows in splits.items():
        assert [list(ids) for ids in loaded[split][column]] == [ids for _, ids, _ in rows]
        assert loaded[split].info.splits[split].num_examples == len(rows)
        assert loaded[split].select(range(1)).map(lambda row: row)[0][column] == rows[0][1]


def check_npy(folder, splits):
    for split, rows in splits.items():
        tokens = numpy.load(f"{folder}/{split}.npy", mmap_mode="r")
        if os.path.exists(f"{folder}/{split}.offsets.npy"):
            offsets = numpy.load(f"{folder}/{split}.offsets.npy")
            assert len(offsets) == len(rows) + 1
            parts = [tokens[a:b].tolist() for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist())]
            assert parts == [real for _, _, real in rows]
        else:
            assert tokens.tolist() == [ids for _, ids, _ in rows]
            if os.path.exists(f"{folder}/{split}.mask.npy"):
                mask = numpy.load(f"{folder}/{split}.mask.npy")
                assert [row[on == 1].tolist() for row, on in zip(tokens, mask)] == [real for _, _, real in rows]


def check_datatrove(folder, splits):
    from datatrove.utils.dataset import DatatroveFileDataset

    for split, rows in splits.items():
        path = f"{folder}/{split}/00000.ds"
        tokenizer, width = open(path + ".metadata").read().splitlines()[0].rsplit("|", 1)
        kind = {"2": numpy.uint16, "4": numpy.uint32}[width]
        tokens = numpy.fromfile(path, dtype=kind)
        ends = numpy.fromfile(path + ".index", dtype="<u8").tolist()
        assert [tokens[a:b].tolist() for a, b in zip([0] + ends, ends)] == documents(rows)
        assert int(open(path + ".metadata").read().splitlines()[1]) == len(tokens)
        if len(tokens) > 8:
            read = DatatroveFileDataset(path, seq_len=7, token_size=int(width))
            assert read[0]["input_ids"].tolist() == tokens[:8].tolist()
            assert len(read) == len(tokens) // 8


def stand_in(name, **parts):
    """A module with just what a reader asks of it, where the real one is not installed."""
    if name not in sys.modules:
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
        module.__path__ = []
        sys.modules[name] = module
    sys.modules[name].__dict__.update(parts)
    return sys.modules[name]


def without_torch():
    """The readers only take PyTorch's base class for datasets and turn NumPy's arrays into its own."""
    if importlib.util.find_spec("torch"):
        return
    data = stand_in("torch.utils.data", Dataset=object)
    utils = stand_in("torch.utils", data=data)
    stand_in("torch", utils=utils, Tensor=numpy.ndarray, long=numpy.int64, int=numpy.int32, as_tensor=numpy.asarray)


def megatron_reader(package):
    """Megatron's own reader from an unpacked package, without all that training needs."""
    feature = type("MultiStorageClientFeature", (), {"is_enabled": staticmethod(lambda: False)})
    stand_in("megatron")
    stand_in("megatron.core")
    stand_in("megatron.core.datasets")
    stand_in("megatron.core.msc_utils", MultiStorageClientFeature=feature)
    stand_in("megatron.core.utils", log_single_rank=lambda *_: None)
    for name in ["object_storage_utils", "indexed_dataset"]:
        path = f"{package}/megatron/core/datasets/{name}.py"
        spec = importlib.util.spec_from_file_location(f"megatron.core.datasets.{name}", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    return module.IndexedDataset


def check_megatron(folder, splits, reader):
    for split, rows in splits.items():
        if reader:
            data = reader(f"{folder}/{split}")
            sequences = [data[at].tolist() for at in range(len(data))]
            boundaries = data.document_indices.tolist()
        else:
            index = open(f"{folder}/{split}.idx", "rb").read()
            assert index[:9] == b"MMIDIDX\x00\x00"
            version, code, count, ends = struct.unpack_from("<QBQQ", index, 9)
            assert version == 1
            kind = {4: numpy.int32, 8: numpy.uint16}[code]
            lengths = numpy.frombuffer(index, numpy.int32, count, 34)
            pointers = numpy.frombuffer(index, numpy.int64, count, 34 + 4 * count)
            boundaries = numpy.frombuffer(index, numpy.int64, ends, 34 + 12 * count).tolist()
            assert len(index) == 34 + 12 * count + 8 * ends
            data = open(f"{folder}/{split}.bin", "rb").read()
            sequences = [numpy.frombuffer(data, kind, n, at).tolist() for n, at in zip(lengths.tolist(), pointers.tolist())]
        assert sequences == [real for _, _, real in rows]
        whole = [sum(sequences[a:b], []) for a, b in zip(boundaries[:-1], boundaries[1:])]
        assert whole == documents(rows)


def main(program, workspace, megatron=""):
    datasets.disable_progress_bars()
    without_torch()
    reader = megatron_reader(megatron) if megatron else None
    found = sorted(glob.glob(f"{workspace}/datasets/*/tokenized/tok_*"))
    assert found, "no token rows there"
    for folder in found:
        splits = rows_of(folder)
        for kind in ["hf", "npy", "datatrove", "megatron"]:
            with tempfile.TemporaryDirectory() as place:
                to = f"{place}/out"
                command = [program, "export", os.path.basename(folder), "--format", kind, "--to", to]
                subprocess.run(command + ["--workspace", workspace], check=True, stdout=subprocess.DEVNULL)
                if kind == "megatron":
                    check_megatron(to, splits, reader)
                elif kind == "hf":
                    check_hf(to, splits, ids_column(folder))
                else:
                    {"npy": check_npy, "datatrove": check_datatrove}[kind](to, splits)
        print(f"{os.path.basename(folder)}: {sum(map(len, splits.values()))} rows, the same in every format")


main(*sys.argv[1:])
