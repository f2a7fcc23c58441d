"""What Python makes of small tokenizers whose config names a class that `transformers` builds anew.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install transformers tokenizers
    /tmp/goldens/bin/python tests/python/class_goldens.py

Reads the small tokenizers and the texts that tokenizer_goldens.py made, and tests/golden/character_map.b64, a small character map
that SentencePiece compiled from a dozen rules. Writes tests/golden/classes.json: for each class with its options the changes to a
small tokenizer, and digests of what `transformers.AutoTokenizer` then gives. Prints which classes change what the file says.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import tokenizers
import transformers

ROOT = Path(__file__).resolve().parent.parent / "golden"
FOLDER = ROOT / "tokenizers"

# Beside the texts of the other goldens: what the classes differ in.
TEXTS = [
    "``quoted'' text  with   spaces\n\nand\tlines ", "e\u0301 \u00e9 n\u0303 \uff21\uff22 \ufb01ne \u2026 \u00abx\u00bb \u3000a\u00a0b", "12345 67 8,9 3.14", "Don't DON'T we'll I'VE",
    "<s>a</s> <pad><unk> [CLS]b[SEP] a <mask> b [MASK] c <extra_id_0> <unk_5> en_XX eng_Latn <madeupword3> <eop>", "a<|endoftext|>b <|startoftext|> <|padding|> x",
    "  leading", "trailing  ", "\r\n\r\n", "", " ", "\u2581a \u2581", "the</w> of</w>", "!!! a,b;c (d)", "\u4e2d\u6587\u5b57 kana\u30ab\u30ca",
]

CHANGED = {"normalizer": {"type": "Lowercase"}}
MAP = {"normalizer": {"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": (ROOT / "character_map.b64").read_text().strip()}, {"type": "Lowercase"}]}}
BERT_FRAME = {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {}}
END = {"post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}],
       "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}}}}


def cases():
    """Name of the case, small tokenizer, changes by file."""
    def case(base, name, config=None, tokenizer=None, model=None):
        label = " ".join([str(name)] + [json.dumps(part) if len(json.dumps(part)) < 150 else sorted(part)[0] for part in (config, model) if part])
        if tokenizer:
            label += " with a character map" if tokenizer is MAP else f" with another {sorted(tokenizer)[0]}"
        changes = {"tokenizer_config.json": {"tokenizer_class": name} | (config or {})}
        if tokenizer:
            changes["tokenizer.json"] = tokenizer
        if model:
            changes["config.json"] = model
        return label, base, changes

    for name in ["GPT2Tokenizer", "CodeGenTokenizer", "GPTNeoXTokenizer", "RobertaTokenizer", "BartTokenizer", "LongformerTokenizerFast", "LEDTokenizer", "MvpTokenizer",
                 "BlenderbotTokenizer", "DebertaTokenizer", "Qwen2Tokenizer", "Qwen3_5Tokenizer", "CohereTokenizer", "CLIPTokenizer", "OpenAIGPTTokenizer", "HerbertTokenizer",
                 "BloomTokenizer", "OPTTokenizer", "NeverHeardOfTokenizer"]:
        yield case("bytelevel", name)
        yield case("bytelevel", name, tokenizer=CHANGED)
        yield case("bytelevel", name, {"add_prefix_space": True})
        yield case("bytelevel", name, {"bos_token": None, "eos_token": None, "unk_token": None, "pad_token": "<|pad|>"} if name in ("GPT2Tokenizer", "Qwen2Tokenizer", "GPTNeoXTokenizer") else {"mask_token": "<m>", "additional_special_tokens": ["<x>"]})
        yield case("bytelevel", name, {"add_bos_token": True, "add_eos_token": True}, END)
    yield case("bytelevel", "RobertaTokenizer", {"trim_offsets": False, "sep_token": "the", "cls_token": "<|endoftext|>"})
    yield case("bytelevel", "GPT2Tokenizer", {"errors": "replace"}, {"post_processor": None})
    yield case("bytelevel", "Qwen2Tokenizer", {"split_special_tokens": True})
    yield case("bytelevel", "GPT2Tokenizer", tokenizer={"added_tokens": [
        {"id": 0, "content": "<|endoftext|>", "single_word": False, "lstrip": False, "rstrip": True, "normalized": False, "special": True},
        {"id": 901, "content": "<b>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False},
        {"id": 900, "content": "<a>", "single_word": False, "lstrip": True, "rstrip": False, "normalized": False, "special": True}]})

    for name in ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizerFast", "MobileBertTokenizer", "LxmertTokenizer", "SqueezeBertTokenizer", "LayoutLMTokenizer", "DPRReaderTokenizer", "FunnelTokenizer", "MPNetTokenizer", "ConvBertTokenizer"]:
        yield case("wordpiece", name)
        yield case("wordpiece", name, tokenizer={"normalizer": None, "post_processor": BERT_FRAME})
        yield case("wordpiece", name, {"do_lower_case": False})
        yield case("wordpiece", name, {"strip_accents": False, "tokenize_chinese_chars": False})
    yield case("wordpiece", "BertTokenizer", {"do_lower_case": False, "strip_accents": True})
    yield case("wordpiece", "BertTokenizer", {"strip_accents": None, "never_split": None})
    yield case("wordpiece", "MPNetTokenizer", {"mask_token": "[MASK]", "cls_token": "[CLS]", "sep_token": "[SEP]"})
    yield case("wordpiece", "FunnelTokenizer", {"clean_text": False, "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"})

    for name in ["LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "Siglip2Tokenizer", "ReformerTokenizer", "NllbTokenizer", "Phi3Tokenizer"]:
        yield case("spbpe", name)
        yield case("spbpe", name, tokenizer=CHANGED)
        yield case("spbpe", name, tokenizer=MAP)
        yield case("spbpe", name, {"add_prefix_space": False})
        yield case("spbpe", name, {"legacy": True})
    yield case("spbpe", "NllbTokenizer", {"legacy_behaviour": True, "src_lang": "fra_Latn"})
    yield case("spbpe", "GemmaTokenizer", {"bos_token": "<s>", "eos_token": "</s>", "additional_special_tokens": ["<start_of_turn>"]})

    for name in ["T5Tokenizer", "VideoPrismTokenizer", "XLMRobertaTokenizer", "CamembertTokenizer", "AlbertTokenizer", "RemBertTokenizer", "XLNetTokenizer", "MBartTokenizer", "XGLMTokenizer",
                 "DebertaV2Tokenizer", "BigBirdTokenizer", "BarthezTokenizer", "PegasusTokenizer", "FNetTokenizer"]:
        # Albert refuses a vocabulary without its own names for these.
        names = {"cls_token": "<pad>", "sep_token": "</s>"} if name == "AlbertTokenizer" else {}
        yield case("unigram", name, names)
        yield case("unigram", name, names, tokenizer=CHANGED)
        yield case("unigram", name, names, tokenizer=MAP)
        yield case("unigram", name, names, tokenizer={"post_processor": None})
        yield case("unigram", name, names | {"add_prefix_space": False})
        yield case("unigram", name, names | {"do_lower_case": True, "keep_accents": True})
        yield case("unigram", name, names | {"additional_special_tokens": ["<extra_id_0>", "<x>"], **({"extra_ids": 1} if name[0] in "TV" else {})})
    yield case("unigram", "T5Tokenizer", {"extra_ids": 3})
    yield case("unigram", "MBartTokenizer", {"src_lang": "fr_XX"})
    yield case("unigram", "DebertaV2Tokenizer", {"split_by_punct": True, "do_lower_case": True})
    yield case("unigram", "DebertaV2Tokenizer", {"unk_token": "<unk>"})
    yield case("unigram", "PegasusTokenizer", {"offset": 5})
    yield case("unigram", "PegasusTokenizer", {"mask_token_sent": None})
    yield case("unigram", "XLNetTokenizer", {"unk_id": 2})

    for base, name, model_type in [("spbpe", "LlamaTokenizer", "mistral"), ("spbpe", "LlamaTokenizer", "llama"), ("spbpe", "LlamaTokenizer", "phi3"), ("bytelevel", "LlamaTokenizer", "qwen2"),
                                   ("bytelevel", "PreTrainedTokenizerFast", "gpt2"), ("bytelevel", "GPT2Tokenizer", "gpt_neox"), ("bytelevel", "GPT2Tokenizer", "olmo2"), ("wordpiece", None, "bert"),
                                   ("bytelevel", None, "roberta"), ("bytelevel", None, "olmo2"), ("unigram", None, "t5"), ("wordpiece", "BertTokenizer", "modernbert"), ("unigram", "T5Tokenizer", "umt5")]:
        yield case(base, name, tokenizer=CHANGED, model={"model_type": model_type})


def digest(data):
    return hashlib.sha256(data).hexdigest()[:8]


def describe(folder, texts):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ids = lambda text, special: b"".join(id.to_bytes(4, "little") for id in tokenizer(text, add_special_tokens=special)["input_ids"])
    plain = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    decoded = "\n".join(tokenizer.decode(each, clean_up_tokenization_spaces=False) for each in plain)
    result = {
        "class": type(tokenizer).__name__,
        "vocab_size": len(tokenizer),
        "special_tokens": {key: tokenizer.convert_tokens_to_ids(str(value)) for key, value in tokenizer.special_tokens_map.items() if key in tokenizer.SPECIAL_TOKENS_ATTRIBUTES},
        "padding_side": tokenizer.padding_side,
        # A few digests over many texts each keep the file small and still tell roughly where a difference is.
        "plain": [digest(b"".join(ids(text, False) for text in texts[start:start + 20])) for start in range(0, len(texts), 20)],
        "framed": [tokenizer(text)["input_ids"] for text in texts[:2]],
        "decoded": digest(decoded.encode("utf-8", "surrogatepass")),
    }
    return result, json.loads(tokenizer.backend_tokenizer.to_str())


def main():
    texts = TEXTS + json.loads((ROOT / "tokenizers.json").read_text())["texts"]
    golden, refused = {}, []
    for label, base, changes in cases():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / base
            shutil.copytree(FOLDER / base, folder)
            for file, change in changes.items():
                path = folder / file
                content = json.loads(path.read_text()) if path.exists() else {}
                path.write_text(json.dumps(content | change, ensure_ascii=False))
            stated = json.loads((folder / "tokenizer.json").read_text())
            try:
                described, built = describe(folder, texts)
            except Exception as error:
                refused.append((label, base, repr(error)[:150]))
                continue
        parts = [part for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder", "model") if stated.get(part) != built.get(part)]
        print(f"{label} ({base}): {described['class']} changes {', '.join(parts) or 'nothing'}")
        assert f"{label} ({base})" not in golden, label
        golden[f"{label} ({base})"] = {"base": base, "changes": changes} | described
    for each in refused:
        print("Python refuses:", *each, file=sys.stderr)
    entries = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in golden.items())
    head = f'"transformers": "{transformers.__version__}",\n"tokenizers": "{tokenizers.__version__}",\n"texts": {json.dumps(TEXTS)}'
    charsmap = json.dumps(MAP["normalizer"]["normalizers"][0]["precompiled_charsmap"])
    # The map would be in the file a hundred times.
    (ROOT / "classes.json").write_text("{\n" + head + ',\n"cases": {\n' + entries.replace(charsmap, '"@character_map"') + "\n}\n}\n")


main()
