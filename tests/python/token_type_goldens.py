"""The token_type_ids that Python gives pairs of texts: those that miStudio must write.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install transformers==5.23.0 tokenizers
    /tmp/goldens/bin/python tests/python/token_type_goldens.py | gzip -9n > tests/golden/token_types.json.gz

The tokenizers are those in tests/golden/tokenizers, also with other post-processors. For each pair there is the list of
its rows, each with its ids and its types, or null where Python raises an error.
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
    ["a", "b"],
    ["", "one two three four"],
    ["The model", "has a token, and some more words that follow it"],
    ["The first text is the long one of the two, by far", "short"],
    ["naïve café 你好 😀", "x = y + 1; // naïve"],
]


def special(number):
    return {"SpecialToken": {"id": "a", "type_id": number}}


def text(name, number):
    return {"Sequence": {"id": name, "type_id": number}}


def template(pair):
    single = [special(0), text("A", 0)]
    return {"type": "TemplateProcessing", "single": single, "pair": pair}


POST_PROCESSORS = [
    ("bytelevel", None),
    ("spbpe", None),
    ("wordpiece", None),
    ("unigram", None),
    ("bytelevel", {"type": "RobertaProcessing", "trim_offsets": True, "add_prefix_space": False}),
    ("bytelevel", {"type": "BertProcessing"}),
    # As T5, ERNIE-M and XLNet have them, more or less.
    ("bytelevel", template([text("A", 0), special(0), text("B", 0), special(0)])),
    ("bytelevel", template([special(0), text("A", 0), special(1), special(1), text("B", 1), special(1)])),
    ("wordpiece", template([text("A", 0), special(0), text("B", 1), special(1), special(2)])),
]

CASES = {
    "max_length": [6, 9, 14, 24],
    "truncation": ["longest_first", "only_second"],
    "add_special_tokens": [True, False],
    "padding": ["max_length", "do_not_pad"],
    "padding_side": ["left", "right"],
    "stride": [None, 1],
}


def rows(tokenizer, case, pair):
    tokenizer.padding_side = case["padding_side"]
    options = {key: case[key] for key in ["max_length", "truncation", "add_special_tokens", "padding"]}
    if "stride" in case:
        options |= {"stride": case["stride"], "return_overflowing_tokens": True}
    try:
        rows = tokenizer([pair[0]], [pair[1]], return_token_type_ids=True, **options)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return None
    return [list(row) for row in zip(rows["input_ids"], rows["token_type_ids"])]


def prepared(folder, kind, post_processor):
    """The tokenizer's folder, and the post-processor as its file has it."""
    copied = Path(folder)
    shutil.copytree(ROOT / "tokenizers" / kind, copied)
    if post_processor is None:
        return None
    file = copied / "tokenizer.json"
    tokenizer = json.loads(file.read_text())
    vocab = tokenizer["model"]["vocab"]
    number = vocab["a"]
    if post_processor["type"] == "TemplateProcessing":
        ids = {"id": "a", "ids": [number], "tokens": ["a"]}
        post_processor = post_processor | {"special_tokens": {"a": ids}}
    else:
        token = tokenizer["added_tokens"][0]
        post_processor = post_processor | {"sep": [token["content"], token["id"]], "cls": ["a", number]}
    tokenizer["post_processor"] = post_processor
    file.write_text(json.dumps(tokenizer))
    return post_processor


def main():
    golden = {"transformers": transformers.__version__, "pairs": PAIRS, "tokenizers": []}
    with tempfile.TemporaryDirectory() as folder:
        for place, (kind, post_processor) in enumerate(POST_PROCESSORS):
            copied = Path(folder) / str(place)
            post_processor = prepared(copied, kind, post_processor)
            tokenizer = transformers.AutoTokenizer.from_pretrained(copied)
            cases = []
            for values in itertools.product(*CASES.values()):
                case = dict(zip(CASES, values))
                if case["padding"] == "max_length" and tokenizer.pad_token_id is None:
                    continue
                if case["stride"] is None:
                    del case["stride"]
                elif case["truncation"] == "longest_first":
                    continue
                layout = {"layout": "windows"} if "stride" in case else {}
                found = [rows(tokenizer, case, pair) for pair in PAIRS]
                cases.append({"settings": layout | case, "rows": found})
            golden["tokenizers"].append({"kind": kind, "post_processor": post_processor, "cases": cases})
    json.dump(golden, sys.stdout, separators=(",", ":"))
    print()


main()
