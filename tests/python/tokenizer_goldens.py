"""What Python makes of awkward texts: the ids that miStudio's tokenizers must give, exactly.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install transformers tokenizers
    /tmp/goldens/bin/python tests/python/tokenizer_goldens.py [folder of large tokenizers]

Writes tests/golden/tokenizers/<kind>/ (small tokenizers trained here on text made here) and tests/golden/tokenizers.json
(texts, and for each tokenizer and variant what `transformers.AutoTokenizer` gives). For the tokenizers of the folder given
on the command line, which are too large to keep, a digest of each text's ids is written instead of the ids.
"""

import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import tokenizers
import transformers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ROOT = Path(__file__).resolve().parent.parent / "golden"
FOLDER = ROOT / "tokenizers"

WORDS = """the of and to in is that it was for on are with as be at this have from or by not but what all were when we there can
an your which their said if do will each about how up out them then she many some so these would other into has more her two like him
see time could no make than first been its who now people my made over did down only way find use may water long little very after words
called just where most know token model layer neuron feature attention gradient dataset sample row column context window stride""".split()

CODE = ["def f(x):", "    return x + 1", "for i in range(10):", "if (a < b && c > d) {", "}", "let x = vec![1, 2];", "#include <stdio.h>",
        "print('hello, world')", "x = y[0] * 3.14", "class Foo(Bar):", "// comment", "import numpy as np"]

OTHER = ["naïve café résumé", "Straße über Ärger", "Привет мир, как дела?", "你好世界，中文字符。", "こんにちは世界", "안녕하세요 세계", "مرحبا بالعالم",
         "שלום עולם", "नमस्ते दुनिया", "Γειά σου Κόσμε", "😀 👍🏽 🎉", "1234567890", "2024-01-31 12:30:45", "https://example.org/a?b=c"]


def corpus():
    """Text with the words, code and scripts above, the same on every machine."""
    rng = random.Random(20240131)
    for _ in range(4000):
        words = [rng.choice(WORDS) for _ in range(rng.randint(3, 14))]
        if rng.random() < 0.5:
            words[0] = words[0].capitalize()
        line = " ".join(words) + rng.choice([".", "!", "?", ",", ""])
        if rng.random() < 0.15:
            line += " " + rng.choice(CODE)
        if rng.random() < 0.2:
            line += " " + rng.choice(OTHER)
        yield line


def nasty_texts():
    """Scripts, joiners, marks, control characters, digits, code, long runs, special tokens, random Unicode."""
    fixed = [
        "", " ", "   ", "\n", "\t", "\r\n", " \t\n ", "a", " a", "a ", "  leading", "trailing  ", "a  b   c    d",
        "The quick brown fox jumps over the lazy dog.", "Hello, world!", "HELLO World hElLo",
        "It's we'll they've I'm you'd he's can't DON'T We'Ll 'S 'T ''s o'clock", "x'\u017f y'\u212a",
        "1 12 123 1234 12345 123456 1234567890 3.14159 1,000,000 0x1F 1e-9", "½ ² Ⅷ ٣ ३ 九",
        "fn main() { let x: Vec<u8> = vec![1, 2]; if (a < b && c > d) { return; } }",
        "def f(x):\n    if x:\n\t\treturn x ** 2  # comment\n\n\n    else:\n        pass\n",
        "\\frac{1}{2} \\sum_{i=0}^{n} C:\\path\\to\\file", "<html>&amp;&nbsp;</html> https://example.org/a?b=c&d=%20#e",
        "!!! ??? ... --- *** ### $$$ @@@ %%% ^^^ &&& ~~~ ``` \"\"\"", "“quotes” ‘single’ — – … • § © ™ € £ ° ± × ≠ ≤ ∞ →",
        "naïve café résumé Straße ŁÓDŹ İstanbul ıI ĳ ŉ ǆ ﬁ ﬂ ﬃ", "cafe\u0301 e\u0301\u0323 o\u0308\u0304 \u0301lone a\u0300\u0301\u0302\u0303",
        "Привет мир ЁЖИК їжак", "Γειά σου Κόσμε ΑΣ ας ΆΛΦΑ", "你好世界。中文字符，標點！㐀 豈更 𠀀𠀁", "こんにちは世界 カタカナ ｶﾀｶﾅ か\u3099 ー々",
        "안녕하세요 세계 \u1112\u1161\u11ab", "مرحبا بالعالم السَّلَامُ ﷺ", "שלום עולם שָׁלוֹם", "नमस्ते दुनिया क्षत्रिय", "வணக்கம் สวัสดีชาวโลก ສະບາຍດີ မြန်မာ ሰላም გამარჯობა",
        "😀 👍🏽 👨\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 🇩🇪🇫🇷 1\ufe0f\u20e3 ❤\ufe0f", "\x00\x01\x07\x08\x0b\x0c\x1b[31m\x7f\x80\x9f",
        "a\u200bb\u200cc\u200dd\u200ee\u202ef\u2060g\ufeffh\u00adi", "\ufeffbom", "\ufffd \ufffc \ufffe \uffff \ue000 \uf8ff \U0010ffff",
        "a\u00a0b\u2003c\u3000d\u2028e\u2029f\u0085g", "▁ ▁▁ ▁a a▁b Ġ Ċ ## ##ing <0x41> <0xFF>", "ＦＵＬＬ ｗｉｄｔｈ ① ㈱ ㍿ ℌ 𝔘𝔫𝔦 Å Ω",
        "line one\nline two\r\nline three\rline four\n\n  indented\n", "a" * 300, "=" * 200, " " * 100, "\n" * 50, "é" * 100, "猫" * 100, "😀" * 50,
        "ab" * 150, "123" * 60, "<s>hello</s> <unk> <pad>", "a<s>b </s> c<s>", "[CLS] a [SEP] b[MASK]c [PAD] [UNK]", "[cls] [Mask]", "<|endoftext|>a <|endoftext|> b<|endoftext|>",
        "<|pad|>x<|pad|>", "<extra>a <extra> b", "<strip>  a  <strip>  b", "x word y wordy word", "supercalifragilisticexpialidocious " * 5,
    ]
    # Characters of Unicode versions that came after the tables of one engine or the other.
    fixed += ["new \u061d \u2e52 \u1b7d \U00010ead punctuation", "new \ua7ce\ua7d2\u088f\U00016ea0 letters", "new \u0898\u08ca\U0001e4ecmarks a\u1ac1\u1acb",
              "a\U0001f16cb \u32ff \U0001fbf0", "\U000105d2\u0307 \U000105c9", "\U00011382\U000113c9"]
    rng = random.Random(7)
    def assigned(low, high):
        while True:
            c = rng.randint(low, high)
            if not 0xD800 <= c < 0xE000:
                return chr(c)
    for low, high in [(1, 0x7E), (0x20, 0x24F), (0x250, 0x6FF), (0x700, 0x1FFF), (0x2000, 0x33FF), (0x3400, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x1FFFF), (1, 0x10FFFF)]:
        for _ in range(5):
            fixed.append("".join(" " if rng.random() < 0.15 else assigned(low, high) for _ in range(rng.randint(5, 60))))
    return fixed


def save(name, tokenizer, config):
    folder = FOLDER / name
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")


def train_small():
    # Training breaks ties as it likes, so the tokenizers that are there stay; delete the folder to train new ones, and
    # run tokenize_goldens.py afterwards.
    if FOLDER.exists():
        return
    lines = list(corpus())

    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    t.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=900, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    save("bytelevel", t, {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "model_max_length": 1024, "tokenizer_class": "PreTrainedTokenizerFast"})

    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer()
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=800, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    save("wordpiece", t, {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]", "model_max_length": 512, "tokenizer_class": "PreTrainedTokenizerFast"})

    t = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    byte_tokens = [f"<0x{b:02X}>" for b in range(256)]
    # Trained on single words, so that no token runs across them.
    words = ("▁" + word for line in lines for word in line.split())
    trained = Tokenizer(models.BPE(unk_token="<unk>"))
    trained.train_from_iterator(words, trainers.BpeTrainer(vocab_size=700, special_tokens=["<unk>", "<s>", "</s>"], limit_alphabet=120, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2}
    for token in byte_tokens + [token for token, _ in sorted(model["vocab"].items(), key=lambda item: item[1])]:
        vocab.setdefault(token, len(vocab))
    t.model = models.BPE(vocab=vocab, merges=[tuple(m) for m in model["merges"]], unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    t.add_special_tokens(["<unk>", "<s>", "</s>"])
    t.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])
    save("spbpe", t, {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "add_bos_token": True, "add_eos_token": False, "model_max_length": 1e30, "padding_side": "left", "tokenizer_class": "PreTrainedTokenizerFast"})

    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.decoder = decoders.Metaspace()
    t.train_from_iterator(lines, trainers.UnigramTrainer(vocab_size=700, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False))
    t.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    save("unigram", t, {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "model_max_length": 512, "tokenizer_class": "PreTrainedTokenizerFast"})


# How the files beside tokenizer.json may change what comes out: changes to a small tokenizer, by file.
VARIANTS = {
    "no config": ("bytelevel", {"tokenizer_config.json": None}),
    "a pad token that the vocabulary lacks": ("bytelevel", {"tokenizer_config.json": {"pad_token": "<|pad|>"}}),
    "bos asked for": ("bytelevel", {"tokenizer_config.json": {"add_bos_token": True}}),
    "bos and eos asked for": ("bytelevel", {"tokenizer_config.json": {"add_bos_token": True, "add_eos_token": True}}),
    "bos asked for without a post-processor": ("bytelevel", {"tokenizer_config.json": {"add_bos_token": True}, "tokenizer.json": {"post_processor": None}}),
    "bos not wanted": ("spbpe", {"tokenizer_config.json": {"add_bos_token": False}}),
    "eos asked for": ("spbpe", {"tokenizer_config.json": {"add_eos_token": True}}),
    "extra special tokens": ("bytelevel", {"tokenizer_config.json": {"extra_special_tokens": ["<extra>"], "additional_special_tokens": ["<other>"]}}),
    "additional special tokens": ("wordpiece", {"tokenizer_config.json": {"additional_special_tokens": ["<extra>", "word"]}}),
    "named extra tokens": ("spbpe", {"tokenizer_config.json": {"image_token": "<extra>", "mask_token": "<strip>"}}),
    "added tokens decoder": ("bytelevel", {"tokenizer_config.json": {"added_tokens_decoder": {
        "900": {"content": "<strip>", "lstrip": True, "rstrip": True, "normalized": False, "single_word": False, "special": True},
        "901": {"content": "word", "lstrip": False, "rstrip": False, "normalized": True, "single_word": True, "special": False}}}}),
    "a decoder that changes flags": ("wordpiece", {"tokenizer_config.json": {"added_tokens_decoder": {
        "4": {"content": "[MASK]", "lstrip": True, "rstrip": True, "normalized": False, "single_word": False, "special": True}}}}),
    "special tokens map": ("bytelevel", {"special_tokens_map.json": {"pad_token": {"content": "<strip>", "lstrip": True, "rstrip": True, "normalized": False, "single_word": False}, "additional_special_tokens": ["<extra>"]}}),
    "special tokens map overrides config": ("bytelevel", {"tokenizer_config.json": {"pad_token": "<pad>"}, "special_tokens_map.json": {"pad_token": "<|pad|>"}}),
    "added tokens file": ("bytelevel", {"added_tokens.json": {"<extra>": 900, "word": 901}}),
    "special tokens read as text": ("spbpe", {"tokenizer_config.json": {"split_special_tokens": True}}),
    "a special token of the vocabulary that is not marked": ("bytelevel", {"tokenizer_config.json": {"pad_token": "the"}}),
    "truncation and padding in tokenizer.json": ("wordpiece", {"tokenizer.json": {
        "truncation": {"direction": "Left", "max_length": 8, "strategy": "LongestFirst", "stride": 0},
        "padding": {"strategy": {"Fixed": 12}, "direction": "Left", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}}}),
    "bert processing": ("wordpiece", {"tokenizer.json": {"post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}}}),
    "roberta processing": ("bytelevel", {"tokenizer.json": {"post_processor": {"type": "RobertaProcessing", "sep": ["<|endoftext|>", 0], "cls": ["Ġthe", 265], "trim_offsets": True, "add_prefix_space": False}}}),
    "a leading space": ("bytelevel", {"tokenizer.json": {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}}}),
    "an unusual split": ("bytelevel", {"tokenizer.json": {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": "[a-z]{1,3}|\\p{N}|[^a-z\\p{N}]+"}, "behavior": "Isolated", "invert": False},
        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]}}}),
    "metaspace first": ("spbpe", {"tokenizer.json": {"normalizer": None, "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}}}),
    "accents kept, case kept": ("wordpiece", {"tokenizer.json": {"normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": False, "lowercase": False}}}),
    "llama": ("spbpe", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer"}}),
    "llama, legacy": ("spbpe", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizerFast", "legacy": True}}),
    "llama without a leading space": ("spbpe", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "add_prefix_space": False}}),
    "llama without names": ("spbpe", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "bos_token": None, "eos_token": None, "unk_token": None, "padding_side": "right"}}),
    "llama with a list of added tokens": ("spbpe", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "added_tokens_decoder": {
        "1": {"content": "<s>", "lstrip": False, "rstrip": True, "normalized": False, "single_word": False, "special": True},
        "956": {"content": "<extra>", "lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": False}}}}),
    "llama by mistake": ("bytelevel", {"tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer"}}),
    "gpt2 by class": ("bytelevel", {"tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer"}}),
    "bert by class": ("wordpiece", {"tokenizer_config.json": {"tokenizer_class": "BertTokenizerFast"}}),
    "nfc": ("bytelevel", {"tokenizer.json": {"normalizer": {"type": "NFC"}}}),
}


def describe(folder, texts, keep):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    result = {
        "vocab_size": len(tokenizer),
        "special_tokens": {key: tokenizer.convert_tokens_to_ids(str(value)) for key, value in tokenizer.special_tokens_map.items() if key in tokenizer.SPECIAL_TOKENS_ATTRIBUTES},
        "model_max_length": tokenizer.model_max_length if tokenizer.model_max_length < 10**20 else None,
        "padding_side": tokenizer.padding_side,
    }
    plain = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    framed = [tokenizer(text)["input_ids"] for text in texts]
    decoded = [tokenizer.decode(ids, clean_up_tokenization_spaces=False) for ids in plain]
    if keep:
        result |= {"plain": plain, "framed": [[framed[0], framed[7]]]}
        if keep == "all":
            result["decoded"] = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8] for text in decoded]
            encodings = [tokenizer(text).encodings[0] for text in texts[:20]]
            # Byte positions, as miStudio gives them; Python counts characters.
            result["spans"] = [[[len(text[:start].encode()), len(text[:end].encode())] for start, end in encoding.offsets] for text, encoding in zip(texts, encodings)]
    else:
        digest = lambda ids: hashlib.sha256(b"".join(id.to_bytes(4, "little") for id in ids)).hexdigest()[:8]
        result |= {"plain_digests": [digest(ids) for ids in plain], "framed": [[framed[0], framed[7]]],
                   "decoded": [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8] for text in decoded]}
    return result


def main():
    train_small()
    texts = nasty_texts()
    golden = {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__, "texts": texts, "tokenizers": {}, "variants": {}, "large": {}}
    for folder in sorted(FOLDER.iterdir()):
        golden["tokenizers"][folder.name] = describe(folder, texts, "all")
    for name, (base, changes) in VARIANTS.items():
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / base
            shutil.copytree(FOLDER / base, folder)
            for file, change in changes.items():
                path = folder / file
                if change is None:
                    path.unlink()
                else:
                    content = json.loads(path.read_text()) if path.exists() else {}
                    path.write_text(json.dumps(content | change, ensure_ascii=False))
            golden["variants"][name] = {"base": base, "changes": changes} | describe(folder, texts, False)
    if len(sys.argv) > 1:
        for folder in sorted(Path(sys.argv[1]).iterdir()):
            golden["large"][folder.name] = describe(folder, texts, False)
    # One line an entry keeps differences readable.
    lines = [f'"{key}": {json.dumps(value)}' for key, value in golden.items() if not isinstance(value, dict)]
    for section in ("tokenizers", "variants", "large"):
        entries = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry, separators=(',', ':'))}" for name, entry in golden[section].items())
        lines.append(f'"{section}": {{\n{entries}\n}}')
    (ROOT / "tokenizers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
