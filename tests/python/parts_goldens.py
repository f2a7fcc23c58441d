"""What Python makes of vocabularies that have no tokenizer.json: vocab.json with merges.txt, or vocab.txt.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install transformers tokenizers
    /tmp/goldens/bin/python tests/python/parts_goldens.py

Takes the small tokenizers of tokenizer_goldens.py apart and writes tests/golden/parts.json: texts, and for each config the ids of
`transformers.AutoTokenizer`, special tokens included.
"""

import json
import os
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import transformers

ROOT = Path(__file__).resolve().parent.parent / "golden"

CASES = [
    ("bytelevel", {"tokenizer_class": "GPT2Tokenizer"}),
    ("bytelevel", {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True, "add_bos_token": False}),
    ("bytelevel", {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "bos_token": "<s>"}),
    ("bytelevel", {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "add_eos_token": True}),
    ("bytelevel", {"tokenizer_class": "RobertaTokenizer"}),
    ("bytelevel", {"tokenizer_class": "Qwen2Tokenizer", "extra_special_tokens": ["<|im_start|>"]}),
    ("bytelevel", {"tokenizer_class": "GPTNeoXTokenizer"}),
    ("bytelevel", {"tokenizer_class": "CodeGenTokenizer"}),
    ("bytelevel", {"tokenizer_class": "CLIPTokenizer"}),
    ("wordpiece", {"tokenizer_class": "BertTokenizer"}),
    ("wordpiece", {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "strip_accents": True}),
    ("wordpiece", {"tokenizer_class": "DistilBertTokenizer", "tokenize_chinese_chars": False}),
    ("wordpiece", {"tokenizer_class": "MPNetTokenizer"}),
]


def main():
    texts = json.loads((ROOT / "tokenizers.json").read_text())["texts"][:60:2] + ["<|im_start|>a [MASK] b</s><s>", "Ünï 中文 don't"]
    cases = []
    for base, config in CASES:
        model = json.loads((ROOT / "tokenizers" / base / "tokenizer.json").read_text())["model"]
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            if "merges" in model:
                (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
                (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in model["merges"]))
            else:
                words = sorted(model["vocab"].items(), key=lambda item: item[1])
                (folder / "vocab.txt").write_text("".join(f"{word}\n" for word, _ in words))
            (folder / "tokenizer_config.json").write_text(json.dumps(config))
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
            cases.append({"base": base, "config": config, "vocab_size": len(tokenizer), "ids": [tokenizer(text)["input_ids"] for text in texts]})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (ROOT / "parts.json").write_text('{"transformers": "%s", "texts": %s, "cases": [\n%s\n]}\n' % (transformers.__version__, json.dumps(texts), lines))


main()
