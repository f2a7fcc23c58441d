"""How Python reads the likelihoods of Unigram's pieces: what `tokenizers` makes of numbers in tokenizer.json, which is not always the
nearest one, and which ids follow where two ways to cut a word differ by rounding alone.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install transformers tokenizers
    /tmp/goldens/bin/python tests/python/score_goldens.py

Writes tests/golden/scores.json.
"""

import json
import os
import random
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import tokenizers
import transformers

ROOT = Path(__file__).resolve().parent.parent / "golden"
ODD = ["0", "-0", "0.0", "-0.0", "1", "-3", "18446744073709551615", "18446744073709551616", "123456789012345678901234567890", "-1.5e2", "2E-3", "1e+4", "1e22", "1e23",
       "1.7976931348623157e308", "5e-324", "2.2250738585072014e-308", "1e-400", "123e-330", "0.1", "0.30000000000000004", "-3.740817678150963", "1844674407370955161.55",
       "18446744073709551619.5", "-9.99999999999999999999", "0.00000000000000000000123456789012345678", "12345678901234567890.123e-5", "4.9406564584124654e-324", "9007199254740993.0"]


def file(pieces):
    vocab = "[" + ",".join(f"[{json.dumps(text)},{score}]" for text, score in pieces) + "]"
    return ('{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"Metaspace","replacement":"▁",'
            '"prepend_scheme":"always","split":true},"post_processor":null,"decoder":null,"model":{"type":"Unigram","unk_id":2,"vocab":' + vocab + ',"byte_fallback":false}}')


def main():
    chance = random.Random(7)
    literals = ODD + [repr(-chance.uniform(2, 16)) for _ in range(300)] + [repr(-chance.expovariate(0.1)) for _ in range(100)]
    read = json.loads(tokenizers.Tokenizer.from_str(file([("<pad>", 0), ("</s>", 0), ("<unk>", 0)] + [(f"p{number}", text) for number, text in enumerate(literals)])).to_str())
    numbers = [score for _, score in read["model"]["vocab"][3:]]
    texts = ["-" * length + "=" * (length + 1) for length in range(2, 60, 3)] + ["-=" * 40, "- -- --- ---- -----", "==-" * 30]
    cases = []
    while len(cases) < 4:
        # Runs as likely as the sum of their parts, but for rounding.
        one = {mark: -chance.uniform(2, 8) for mark in "-="}
        pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
        pieces += [(mark * length, one[mark] * length) for mark in "-=" for length in range(1, 9)]
        ids = {}
        for name in ["PreTrainedTokenizerFast", "T5Tokenizer"]:
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "tokenizer.json").write_text(file([(text, repr(score)) for text, score in pieces]))
                config = {"tokenizer_class": name, "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
                Path(folder, "tokenizer_config.json").write_text(json.dumps(config))
                tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **({"extra_ids": 0} if name == "T5Tokenizer" else {}))
                ids[name] = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
        if ids["PreTrainedTokenizerFast"] != ids["T5Tokenizer"]:
            cases.append({"pieces": pieces, "ids": ids})
    golden = {"literals": list(zip(literals, map(repr, numbers))), "texts": texts, "cases": cases}
    (ROOT / "scores.json").write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(len(literals), sum(float(text) != number for text, number in zip(literals, numbers)), "read otherwise;", len(cases), "cases")


main()
