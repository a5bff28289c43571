"""The client against a server that nobody here wrote: `transformers serve`, with a tiny model that
is made here and writes nonsense. What counts is the wire format.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from rag.llm.base import End, Message
from rag.llm.client import OpenAIModel

START_S = 90
WORDS = (
    "the", "fee", "is", "thirty", "euros", "a", "year", "and", "it", "opened", "in", "march",
    "how", "long", "what", "who", "when",
)  # fmt: skip
TEMPLATE = "{% for message in messages %}{{ message['content'] }} {% endfor %}"

pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("accelerate", "torch", "transformers")),
    reason="accelerate, torch or transformers is not installed",
)

SERVE = f"""
import sys
from tokenizers import Tokenizer, models, pre_tokenizers
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
words = {WORDS!r}
vocabulary = {{word: at for at, word in enumerate(["<unk>", "<s>", "</s>", *words])}}
tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
fast = PreTrainedTokenizerFast(
    tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>",
    chat_template={TEMPLATE!r},
)
torch.manual_seed(1)
config = LlamaConfig(
    vocab_size=len(vocabulary), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
    num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=512,
    bos_token_id=1, eos_token_id=2, pad_token_id=2,
)
LlamaForCausalLM(config).save_pretrained(sys.argv[1])
fast.save_pretrained(sys.argv[1])

from transformers.cli.serve import Serve
Serve(sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]), device="cpu")
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The base URL and the model's name."""
    folder = tmp_path_factory.mktemp("tiny")
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(folder), str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=offline, stdout=log, stderr=log)
        try:
            _await(port, process, folder / "log")
            yield f"http://127.0.0.1:{port}/v1", str(folder)
        finally:
            process.terminate()
            process.wait(20)


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except (URLError, OSError):
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"transformers serve did not start: {log.read_text('utf-8')[-2000:]}")
            time.sleep(0.1)


def test_a_stream_of_a_foreign_server_is_read_to_its_end(served: tuple[str, str]) -> None:
    base_url, name = served
    model = OpenAIModel(base_url=base_url, name=name, first_token_s=60, retries=0)
    messages = [Message("system", "the fee is"), Message("user", "how long is it")]
    *pieces, end = model.stream(messages, max_tokens=12, timeout_s=60)
    model.close()
    assert isinstance(end, End)
    assert end.reason in ("stop", "length")
    said = "".join(str(piece) for piece in pieces).split()
    assert said
    assert set(said) <= {*WORDS, "<unk>"}
    assert end.usage.prompt_tokens > 0
    assert 0 < end.usage.completion_tokens <= 12
