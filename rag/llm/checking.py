"""Tries the language model with one small call, for `quoth doctor`."""

import time

from rag.errors import LanguageModelFailed
from rag.llm.base import Message, said
from rag.llm.building import model_of
from rag.llm.prompts import load_prompts
from rag.settings import Settings

QUESTION = "Answer with the one word OK."
ANSWER_TOKENS = 256
"""Enough for a model that thinks first."""


def check_connection(settings: Settings) -> str:
    """What a call of the model gave, in one sentence.

    Raises:
        SettingsInvalid, ExtraMissing: It cannot be called as it is set up.
        LanguageModelFailed: It does not answer.
    """
    load_prompts(settings.llm_prompts)
    model = model_of(settings)
    if model is None:
        return "None is set; answers are quoted, none is written."
    try:
        model.prepare()
        started = time.monotonic()
        messages = [Message("user", QUESTION)]
        timeout_s = settings.llm_timeout_s
        try:
            _, usage = said(model, messages, max_tokens=ANSWER_TOKENS, timeout_s=timeout_s)
        except LanguageModelFailed as exc:
            if exc.kind != "unusable":
                raise
            # It was reached; one that thinks for long, or says nothing to this, may still do.
            return f"{model.name!r} at {settings.llm_base_url!r} was reached, and said nothing."
        taken_s = time.monotonic() - started
        return (
            f"{model.name!r} at {settings.llm_base_url!r} answered in {taken_s:.1f} s "
            f"({usage.prompt_tokens} tokens in, {usage.completion_tokens} out)."
        )
    finally:
        model.close()
