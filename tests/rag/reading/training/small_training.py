"""A model of a few thousand weights and rows of a few sentences, for tests of the training."""

from pathlib import Path

from embeddings.models import DEFAULT_MODEL, find_model
from rag.reading.training.rows import Row

PASSAGE = (
    "The river Oder rises in the hills of Moravia. It flows 742 kilometres to the north. "
    "In 1997 it flooded the town of Opole, and 54 people died in Poland. "
    "The oldest bridge was built by the engineer Karl Weber."
)


def row(question: str, answer: str, *, passage: str = PASSAGE, id: str = "one") -> Row:
    start = passage.index(answer)
    span = (start, start + len(answer))
    return Row(
        id=id,
        source="squad_train_part",
        question=question,
        passage=passage,
        spans=(span,),
        answerable=True,
        relevant=True,
        anchor=span,
    )


ROWS = (
    row("How long is the river Oder?", "742 kilometres", id="a"),
    row("In which year did the river flood Opole?", "1997", id="b"),
    row("Who built the oldest bridge?", "Karl Weber", id="c"),
    row("How many people died in 1997 in Poland?", "54", id="d"),
)


def tokenizer_file(cache_dir: Path) -> Path:
    folder = find_model(DEFAULT_MODEL, cache_dir).folder
    assert folder is not None
    return folder / "tokenizer.json"


def small_model(folder: Path) -> Path:
    """A random BERT of two layers with the real tokenizer."""
    import shutil

    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=30522,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=256,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    shutil.copyfile(tokenizer_file(folder), folder / "tokenizer.json")
    return folder
