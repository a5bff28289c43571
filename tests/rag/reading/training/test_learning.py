from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rag.evaluation.confidence import auroc
from rag.reading.spans import best_spans
from rag.reading.training.examples import Tokens, whole
from rag.reading.training.exporting import export, quantised
from rag.reading.training.learning import CHECKPOINT, WEIGHTS, Recipe, Step, learn
from rag.reading.training.losses import loss_of, targets
from rag.reading.training.mix import Share, epoch_rows
from rag.reading.training.network import new_network, prepare_for_cpu
from rag.reading.training.preparing import Prepared
from tests.rag.reading.training.small_training import ROWS, small_model

RECIPE = Recipe(epochs=2, tokens_per_batch=512, checkpoint_every=3, warmup=0.1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_model(tmp_path_factory.mktemp("model"))


def prepared() -> Prepared:
    rows = [replace(each, id=f"{each.id}{number}") for each in ROWS for number in range(12)]
    return Prepared(tuple(rows), ROWS)


def run(out: Path, model: Path, *, until: int | None = None) -> tuple[list[Step], list[int]]:
    steps: list[Step] = []
    epochs: list[int] = []

    def on_step(step: Step) -> None:
        steps.append(step)
        if step.step == until:
            raise KeyboardInterrupt

    learn(
        prepared(),
        out,
        model,
        RECIPE,
        on_step=on_step,
        on_epoch=lambda epoch, figures: epochs.append(epoch),
    )
    return steps, epochs


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path, model: Path) -> None:
    steps, epochs = run(tmp_path / "whole", model)
    assert epochs == [0, 1]
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "stopped", model, until=5)
    later, _ = run(tmp_path / "stopped", model)
    assert [each.step for each in later] == [each.step for each in steps if each.step > 3]
    whole_run, stopped = (
        torch.load(tmp_path / name / CHECKPOINT, weights_only=True) for name in ("whole", "stopped")
    )
    assert whole_run["planned"] == stopped["planned"] == len(steps)
    name = "verdicts.weight"
    # The masks of dropout are drawn anew, so that the last digits differ.
    assert torch.allclose(whole_run["network"][name], stopped["network"][name], atol=0.05)


def test_a_run_begins_with_the_weights_of_another(tmp_path: Path, model: Path) -> None:
    run(tmp_path / "first", model)
    weights = tmp_path / "first" / WEIGHTS
    learn(
        prepared(),
        tmp_path / "second",
        model,
        replace(RECIPE, most_steps=1, encoder_rate=1e-9, head_rate=1e-9),
        on_step=lambda step: None,
        on_epoch=lambda epoch, figures: None,
        first_weights=weights,
    )
    before, after = (
        torch.load(path, weights_only=True) for path in (weights, tmp_path / "second" / WEIGHTS)
    )
    for name, value in before.items():
        assert torch.allclose(value, after[name], atol=1e-5)


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path, model: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, model, until=4)
    kept = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    torch.save({**kept, "planned": 999}, tmp_path / CHECKPOINT)
    with pytest.raises(ValueError, match="999 steps"):
        run(tmp_path, model)


def test_the_form_for_a_cpu_computes_the_same(model: Path) -> None:
    torch.manual_seed(1)
    plain = new_network(model).eval()
    fast = new_network(model).eval()
    fast.load_state_dict(plain.state_dict())
    prepare_for_cpu(fast, 1)
    fast.eval()
    ids = torch.randint(5, 900, (3, 20))
    kinds = torch.zeros_like(ids)
    with torch.inference_mode():
        for one, other in zip(plain(ids, kinds), fast(ids, kinds), strict=True):
            assert torch.allclose(one, other, atol=1e-5)
    assert plain.state_dict().keys() == fast.state_dict().keys()


def test_what_is_right_costs_nothing_and_what_is_unknown_neither(model: Path) -> None:
    tokens = Tokens(str(model / "tokenizer.json"))
    made = whole(tokens.encode(ROWS[:1]), tokens, 128)
    wanted = {name: torch.from_numpy(value) for name, value in targets(made).items()}
    ((first, last),) = made[0].spans
    edges = torch.zeros(1, len(made[0].ids), 2)
    edges[0, first, 0] = edges[0, last, 1] = 50.0
    right = torch.tensor([[20.0, 20.0, -3.0]])
    assert float(loss_of(edges, right, wanted)) < 1e-4
    assert float(loss_of(edges, -right, wanted)) > 5
    assert float(loss_of(-edges, right, wanted)) > 5


def test_an_epoch_takes_each_set_s_share_and_the_next_takes_others() -> None:
    rows = prepared().learned
    mix = {"squad_train_part": Share(rows=16, times=2)}
    first, second = (epoch_rows(rows, epoch, mix) for epoch in (0, 1))
    assert len(first) == len(second) == 32
    assert not {each.id for each in first} & {each.id for each in second}


def test_the_best_span_is_in_order_and_not_too_long() -> None:
    edges = np.full((80, 2), -5.0, np.float32)
    edges[10, 0] = edges[5, 1] = edges[70, 1] = 9.0
    edges[12, 1] = 3.0
    edges[0] = 1.0
    best = best_spans(edges[None], np.array([2]), np.array([79]))
    assert (best.firsts[0], best.lasts[0], best.margins[0]) == (10, 12, 10.0)


def test_auroc_counts_pairs_in_order() -> None:
    labels = [True, False, True, False]
    assert auroc([3.0, 1.0, 2.0, 2.5], labels) == 0.75
    assert auroc([1.0], labels[:1]) is None


def test_eight_bits_lose_half_a_step_at_most() -> None:
    matrix = np.random.default_rng(5).normal(size=(40, 60)).astype(np.float32)
    matrix[3] = 0
    integers, scales = quantised(matrix)
    assert integers.dtype == np.int8
    assert np.abs(integers * scales.astype(np.float32) - matrix).max() <= float(scales.max()) * 0.51


def test_what_is_exported_answers_as_the_network_does(tmp_path: Path, model: Path) -> None:
    from embeddings.libraries import import_openvino

    torch.manual_seed(2)
    network = new_network(model).eval()
    torch.save(network.state_dict(), tmp_path / "reader.pt")
    export(tmp_path / "reader.pt", model, tmp_path / "out")
    graph = (
        import_openvino()
        .Core()
        .compile_model(
            str(tmp_path / "out" / "reader.xml"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
        )
    )
    ids = np.random.default_rng(1).integers(5, 900, (2, 24))
    kinds, mask = np.zeros_like(ids), np.ones_like(ids)
    mask[1, 16:] = 0
    found = graph({"input_ids": ids, "token_type_ids": kinds, "attention_mask": mask})
    with torch.inference_mode():
        edges, verdicts = network(*(torch.from_numpy(each) for each in (ids, kinds, mask)))
    assert np.allclose(found["verdicts"], verdicts.numpy(), atol=0.05)
    assert np.allclose(found["edges"][0], edges.numpy()[0], atol=0.05)
