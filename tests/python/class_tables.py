"""Writes the tables of core/src/tokenizer/class from the transformers library: which class each model type names, and the
language codes of the classes that know some. Run in a venv with `pip install transformers==5.23 tokenizers`:
python class_tables.py"""

import textwrap
from pathlib import Path

from transformers.models.auto import tokenization_auto as auto
from transformers.models.mbart import tokenization_mbart
from transformers.models.nllb import tokenization_nllb

FOLDER = Path(__file__).parents[2] / "core/src/tokenizer/class"

lines = [
    "# The tokenizer class of each model type, as transformers 5.23 maps them; ! marks model types whose tokenizer_config.json",
    "# is known to name a wrong class. Written by tests/python/class_tables.py.",
]
for model_type, name in sorted(auto.TOKENIZER_MAPPING_NAMES.items()):
    # Without sentencepiece some have none; those are built in Python alone.
    if name is not None:
        wrong = " !" if model_type in auto.MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS else ""
        lines.append(f"{model_type} {name.removesuffix('Fast')}{wrong}")
(FOLDER / "model_types.txt").write_text("\n".join(lines) + "\n")

for file, module in [("mbart", tokenization_mbart), ("nllb", tokenization_nllb)]:
    codes = textwrap.wrap(" ".join(module.FAIRSEQ_LANGUAGE_CODES), 150)
    (FOLDER / f"languages_{file}.txt").write_text("\n".join(codes) + "\n")
