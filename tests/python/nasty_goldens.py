"""What Python makes of texts that tokenizers have gone wrong on: every script of Unicode, marks in odd orders, controls, names of special
tokens in part and whole, and a megabyte without a space.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install transformers tokenizers
    /tmp/goldens/bin/python tests/python/nasty_goldens.py [folder of large tokenizers]

Writes tests/golden/nasty.json: the texts (long ones as a part and how often it stands there), and for each small tokenizer that
tokenizer_goldens.py made, and each of the folder given, a digest of the ids of every text, with special tokens in the text read as such
and as plain text.
"""

import hashlib
import json
import os
import sys
import unicodedata
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import transformers

ROOT = Path(__file__).resolve().parent.parent / "golden"
LENGTH = 1_000_000


def scripts():
    """Ten characters of everything that has names of its own in Unicode, words of three."""
    groups = {}
    for code in range(0x20, 0x110000):
        name = unicodedata.name(chr(code), "")
        if name and unicodedata.category(chr(code))[0] in "LMNS":
            groups.setdefault(name.split()[0], []).append(chr(code))
    for _, characters in sorted(groups.items()):
        step = max(1, len(characters) // 10)
        chosen = characters[::step][:10]
        yield " ".join("".join(chosen[start:start + 3]) for start in range(0, len(chosen), 3))


def texts():
    marks = [chr(code) for code in range(0x300, 0x370)]
    emoji = ["\U0001f44d\U0001f3fd", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
             "\U0001f1e9\U0001f1ea\U0001f1eb", "1\ufe0f\u20e3", "\u2764\ufe0f\u200d\U0001f525", "\u200d\u200d\U0001f3fd", "\U0001f9d1\U0001f3ff\u200d\U0001f91d\u200d\U0001f9d1\U0001f3fb", "\u00a9\ufe0e\u00a9\ufe0f"]
    yield from emoji
    yield "".join(emoji) * 3
    yield "a\u0323\u0307 a\u0307\u0323 q\u0315\u0300\u05ae\u0062 \u0301start e\u0301\u0301\u0301 o\u0338\u0327\u0328"
    yield "".join(character + "".join(marks[(start * 7 + at) % len(marks)] for at in range(40)) for start, character in enumerate("zalgo text"))
    yield "\u1112\u1161\u11ab\u1100\u1173\u11af \u1112\u1161 \uac00\u11a8 \u0f71\u0f72\u0f74 \u0915\u094d\u0937\u094d"
    yield "".join(chr(code) for code in range(0x20)) + "".join(chr(code) for code in range(0x7F, 0xA1))
    yield "\u202eright to left\u202c \u2066isolated\u2069 \u200e\u200f\u061c \u202a\u202b\u202d"
    yield "\ufeffBOM at the start, \ufeff in the middle\ufeff"
    yield "a\u200bb\u200cc\u200dd\u2060e\u00adf\u034fg\u115fh\u3164i\uffa0j\u180ek"
    yield "\ue000\uf8ff\U000f0000\U0010fffd private \U0010ffff\ufffe\uffff \u0378\u0530\U0001fffe\U000e0fff unassigned"
    yield "\ud7ff\ue000 next to the surrogates \ufffd\ufffd what decoders leave of them"
    yield "one\r\ntwo\r\n\r\nthree\rfour\n\rfive\x0bsix\x0cseven\x85eight\u2028nine\u2029ten"
    yield "\t\t\t\n\n\n\n \t \n \t\n   \n\n\t" * 5
    yield "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000x\u3000\u3000y"
    yield ""
    yield from [" ", "  ", "\n", "\x00", "\u0301", "\u200d", "\ufeff", "\U0010ffff"]
    names = ["<|endoftext|>", "<s>", "</s>", "<unk>", "<pad>", "[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "<0x0A>", "<|im_start|>", "<extra_id_0>"]
    for name in names:
        yield f"{name}a {name} b{name}{name}\n{name}"
        yield f"{name[:-1]} {name[1:]} {name[:len(name) // 2]}\u200b{name[len(name) // 2:]} {name.upper()} {name.lower()} {name[0]} {name[1:-1]}"
    yield "".join(names)
    yield "pneumonoultramicroscopicsilicovolcanoconiosis" * 40
    yield "aaaa" * 60 + "b" + "aaaa" * 60
    yield "0123456789" * 60
    yield "-" * 500 + "=" * 501 + "." * 502 + "_" * 503
    yield "don't DON'T don\u2019t 'tis 'Twas rock'n'roll it's I'D'VE"
    yield "\u0130\u0131\u00df\u1e9e\u03a3\u03c3\u03c2 \ufb03 \u01c5 \u0149 \u1e96 \u212a\u212b \u2126"
    yield from scripts()


LONG = ["a", "7", "x1", "\u732b", "\u4e2d\u6587\u5b57\u7b26", "abcdefghijklmnopqrstuvwxyz", "\U0001f600", "!", "\u0301", " ", "\n", "<", "Aa0-"]


def main():
    short = list(texts())
    parts = [(part, LENGTH // len(part.encode())) for part in LONG]
    folders = sorted((ROOT / "tokenizers").iterdir()) + (sorted(Path(sys.argv[1]).iterdir()) if len(sys.argv) > 1 else [])
    golden = {}
    for folder in folders:
        golden[folder.name] = entry = {}
        for split in (False, True):
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, split_special_tokens=split)
            ids = lambda text, special: b"".join(id.to_bytes(4, "little") for id in tokenizer(text, add_special_tokens=special)["input_ids"])
            digest = lambda data: hashlib.sha256(data).hexdigest()[:8]
            key = "split" if split else "whole"
            entry[key] = [digest(ids(text, False) + ids(text, True)) for text in short]
            if not split:
                entry["long"] = [digest(ids(part * times, False)) for part, times in parts]
        print(folder.name, file=sys.stderr)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in golden.items())
    head = f'"transformers": "{transformers.__version__}",\n"texts": {json.dumps(short)},\n"long": {json.dumps(parts)}'
    (ROOT / "nasty.json").write_text("{\n" + head + ',\n"tokenizers": {\n' + lines + "\n}\n}\n")


main()
