"""What Python makes of pairs of texts, cut and in windows, at many lengths: the rows that miStudio must write.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install transformers==5.23.0 tokenizers
    /tmp/goldens/bin/python tests/python/pair_goldens.py | gzip -9n > tests/golden/pairs.json.gz

The tokenizers are those in tests/golden/tokenizers, and one of them with the post-processor of RoBERTa. For each pair
there is the list of its rows, or null where Python raises an error or gives a row longer than max_length.
"""

import itertools
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import transformers

ROOT = Path(__file__).resolve().parent.parent / "golden"

PAIRS = [
    ["", ""],
    ["", "one two three four"],
    ["The model has a token and more", ""],
    ["a", "b"],
    ["The model", "has a token, and some more words that follow it"],
    ["The first text is the long one of the two, by far", "short"],
    ["naïve café 你好 😀", "x = y + 1; // naïve"],
    ["equal one two three", "equal one two three"],
]

ROBERTA = {"type": "RobertaProcessing", "trim_offsets": True, "add_prefix_space": False}

CUT = {
    "max_length": list(range(5, 31)),
    "truncation": ["longest_first", "only_first", "only_second", "do_not_truncate"],
    "truncation_side": ["left", "right"],
    "add_special_tokens": [True, False],
}

WINDOWS = {
    "max_length": [5, 6, 7, 9, 12, 16, 24],
    "stride": [0, 1, 3],
    "truncation": ["only_first", "only_second"],
    "truncation_side": ["left", "right"],
    "add_special_tokens": [True, False],
}


def rows(tokenizer, case, pair):
    tokenizer.truncation_side = case["truncation_side"]
    options = {key: case[key] for key in ["max_length", "truncation", "add_special_tokens"]}
    if "stride" in case:
        options |= {"stride": case["stride"], "return_overflowing_tokens": True}
    try:
        # As a batch: of a single pair with an empty second text Python makes a single text.
        rows = tokenizer([pair[0]], [pair[1]], **options)["input_ids"]
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return None
    return None if any(len(row) > case["max_length"] for row in rows) else rows


def main():
    golden = {"transformers": transformers.__version__, "pairs": PAIRS, "tokenizers": []}
    with tempfile.TemporaryDirectory() as folder:
        for kind, post_processor in [("bytelevel", None), ("spbpe", None), ("wordpiece", None), ("unigram", None), ("bytelevel", ROBERTA)]:
            copied = Path(folder) / f"{kind}-{post_processor is not None}"
            shutil.copytree(ROOT / "tokenizers" / kind, copied)
            if post_processor is not None:
                file = copied / "tokenizer.json"
                tokenizer = json.loads(file.read_text())
                text, number = next((token["content"], token["id"]) for token in tokenizer["added_tokens"])
                post_processor = post_processor | {"sep": [text, number], "cls": ["a", tokenizer["model"]["vocab"]["a"]]}
                tokenizer["post_processor"] = post_processor
                file.write_text(json.dumps(tokenizer))
            tokenizer = transformers.AutoTokenizer.from_pretrained(copied)
            cases = []
            for grid in [CUT, WINDOWS]:
                for values in itertools.product(*grid.values()):
                    case = dict(zip(grid, values))
                    layout = {"layout": "windows"} if "stride" in case else {}
                    cases.append({"settings": layout | case, "rows": [rows(tokenizer, case, pair) for pair in PAIRS]})
            golden["tokenizers"].append({"kind": kind, "post_processor": post_processor, "cases": cases})
    json.dump(golden, sys.stdout, separators=(",", ":"))
    print()


main()
