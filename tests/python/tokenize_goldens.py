"""What Python makes of small texts under every combination of settings: the rows that miStudio must write.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install transformers tokenizers
    /tmp/goldens/bin/python tests/python/tokenize_goldens.py

Reads the small tokenizers of tests/golden/tokenizers and writes tests/golden/tokenize.json: for each tokenizer and each
combination of settings the `input_ids` and `attention_mask` of `tokenizer(texts, ...)`, or null where Python refuses.
Then tests/golden/windows.json: the same with `return_overflowing_tokens=True`, each row with the number of its text.
"""

import itertools
import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import transformers

ROOT = Path(__file__).resolve().parent.parent / "golden"

TEXTS = ["", "a", "The model has a token.", "naïve café 你好 😀 and many more words than before, so that something is cut off",
         "  spaces  and\nlines\n", "<s>special</s> [SEP] <|endoftext|>"]

GRID = {
    "max_length": [3, 8, 24],
    "padding": ["max_length", "longest", "do_not_pad"],
    "padding_side": ["left", "right"],
    "truncation": ["longest_first", "only_first", "do_not_truncate"],
    "truncation_side": ["left", "right"],
    "add_special_tokens": [True, False],
}

WINDOWS = {
    "max_length": [3, 6],
    "stride": [0, 1, 3],
    "padding": ["max_length", "longest", "do_not_pad"],
    "padding_side": ["left", "right"],
    "truncation_side": ["left", "right"],
    "add_special_tokens": [True, False],
}


def rows(tokenizer, case):
    """The rows, or None where a sample is longer than a row and must not be cut: Python keeps it whole, miStudio stops."""
    tokenizer.truncation_side = case["truncation_side"]
    encoded = tokenizer(TEXTS, max_length=case["max_length"], padding=case["padding"], padding_side=case["padding_side"],
                        truncation=case["truncation"], add_special_tokens=case["add_special_tokens"])
    if case["truncation"] == "do_not_truncate" and any(sum(mask) > case["max_length"] for mask in encoded["attention_mask"]):
        return None
    return {"input_ids": encoded["input_ids"], "attention_mask": ["".join(map(str, mask)) for mask in encoded["attention_mask"]]}


def windows(tokenizer, case):
    tokenizer.truncation_side = case["truncation_side"]
    encoded = tokenizer(TEXTS, truncation=True, return_overflowing_tokens=True, max_length=case["max_length"],
                        stride=case["stride"], padding=case["padding"], padding_side=case["padding_side"],
                        add_special_tokens=case["add_special_tokens"])
    return {"input_ids": encoded["input_ids"], "attention_mask": ["".join(map(str, mask)) for mask in encoded["attention_mask"]],
            "samples": encoded["overflow_to_sample_mapping"]}


def write(name, golden):
    lines = ",\n".join(f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "\n]" for name, cases in golden.items())
    (ROOT / name).write_text("{\n" + f'"transformers": {json.dumps(transformers.__version__)},\n"texts": {json.dumps(TEXTS)},\n{lines}\n' + "}\n")


def main():
    golden, golden_windows = {}, {}
    for folder in sorted((ROOT / "tokenizers").iterdir()):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        cases = golden[folder.name] = []
        for values in itertools.product(*GRID.values()):
            case = dict(zip(GRID, values))
            # The side that is not used makes no difference; leave out what would only repeat.
            if (case["padding"] == "do_not_pad" and case["padding_side"] == "left") or (case["truncation"] != "longest_first" and case["truncation_side"] == "left"):
                continue
            cases.append({"settings": case, "rows": rows(tokenizer, case)})
        cases = golden_windows[folder.name] = []
        for values in itertools.product(*WINDOWS.values()):
            case = dict(zip(WINDOWS, values))
            room = case["max_length"] - (tokenizer.num_special_tokens_to_add() if case["add_special_tokens"] else 0)
            # miStudio refuses a stride that fills the window; Python panics.
            if case["stride"] < room and not (case["padding"] == "do_not_pad" and case["padding_side"] == "left"):
                cases.append({"settings": {"layout": "windows"} | case, "rows": windows(tokenizer, case)})
    write("tokenize.json", golden)
    write("windows.json", golden_windows)


main()
