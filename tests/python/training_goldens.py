"""What the trainers of `tokenizers` make of the texts of the other goldens.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install tokenizers
    TOKENIZERS_PARALLELISM=false RAYON_NUM_THREADS=1 /tmp/goldens/bin/python tests/python/training_goldens.py

Reads tests/golden/tokenizers.json and writes tests/golden/training.json: for each kind the settings and the vocabulary in the order
of ids, with scores where the kind has them. The trainers walk through hash maps, so two runs may differ where several things are
equally good: for WordPiece the pieces of single characters are named beforehand, in the order of the characters, and what is equal
then has to be equal; "plain" holds what comes out without that, of which only the set of pieces is meant.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

ROOT = Path(__file__).resolve().parent.parent / "golden"


def shape(kind, lowercase):
    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE())
        if lowercase:
            tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    elif kind == "unigram":
        tokenizer = Tokenizer(models.Unigram())
        parts = [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")] + ([normalizers.Lowercase()] if lowercase else [])
        tokenizer.normalizer = normalizers.Sequence(parts)
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    else:
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def train(kind, texts, vocab_size, min_frequency, special, lowercase, named):
    tokenizer = shape(kind, lowercase)
    if kind == "bpe":
        trainer = trainers.BpeTrainer(vocab_size=vocab_size, min_frequency=min_frequency, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    elif kind == "unigram":
        trainer = trainers.UnigramTrainer(vocab_size=vocab_size, special_tokens=special, unk_token="<unk>", show_progress=False)
    else:
        counts = Counter()
        for text in texts:
            for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(text)):
                counts[word] += 1
        characters = Counter()
        for word, count in counts.items():
            for character in word:
                characters[character] += count
        # The thousand most frequent ones, as is usual for BERT; which of equally rare ones is chance without names.
        kept = sorted(sorted(characters, key=lambda character: (-characters[character], character))[:1000])
        inside = {character for word in counts for character in word[1:]}
        first = kept + [f"##{character}" for character in kept if character in inside]
        if named:
            trainer = trainers.WordPieceTrainer(vocab_size=vocab_size, min_frequency=min_frequency, special_tokens=special + first, limit_alphabet=len(kept), initial_alphabet=kept, show_progress=False)
        else:
            trainer = trainers.WordPieceTrainer(vocab_size=vocab_size, min_frequency=min_frequency, special_tokens=special, limit_alphabet=1000, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return json.loads(tokenizer.to_str())["model"]


OWN = {"bpe": ["<|endoftext|>"], "unigram": ["<pad>", "</s>", "<unk>"], "word_piece": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]}


def main():
    texts = json.loads((ROOT / "tokenizers.json").read_text())["texts"]
    results = []
    for kind, vocab_size, min_frequency, more, lowercase in [
        ("bpe", 600, 2, [], False), ("bpe", 400, 0, ["<a>", "<b>"], True), ("bpe", 5000, 3, [], False),
        ("word_piece", 2500, 2, [], True), ("word_piece", 2600, 1, ["<x>"], False),
        ("unigram", 1330, None, [], False), ("unigram", 2000, None, ["<x>"], True),
    ]:
        model = train(kind, texts, vocab_size, min_frequency, OWN[kind] + more, lowercase, True)
        result = {"kind": kind, "vocab_size": vocab_size, "min_frequency": min_frequency, "special_tokens": more, "lowercase": lowercase}
        if kind == "unigram":
            result["pieces"] = model["vocab"]
        else:
            result["tokens"] = [token for token, _ in sorted(model["vocab"].items(), key=lambda item: item[1])]
            result["merges"] = [" ".join(merge) for merge in model.get("merges", [])]
        if kind == "word_piece":
            plain = train(kind, texts, vocab_size, min_frequency, OWN[kind] + more, lowercase, False)
            difference = set(plain["vocab"]) ^ set(result["tokens"])
            print(kind, len(result["tokens"]), "differs from plain training in", len(difference), file=sys.stderr)
        results.append(result)
    lines = ",\n".join(json.dumps(result, ensure_ascii=False, separators=(",", ":")) for result in results)
    (ROOT / "training.json").write_text('{"tokenizers": "%s", "trained": [\n%s\n]}\n' % (tokenizers.__version__, lines))


main()
