"""Builds the language model that the settings name."""

from rag.answering.generation import AnswerGeneration
from rag.errors import SettingsInvalid
from rag.llm.client import OpenAIModel
from rag.llm.prompts import load_prompts
from rag.settings import Settings


def generation_of(settings: Settings) -> AnswerGeneration | None:
    """How answers are written; None where no model is set.

    Raises:
        SettingsInvalid: A model without an address, or the other way round, or prompts that cannot
            be used.
        ExtraMissing: The package that speaks to models is not installed.
    """
    model = model_of(settings)
    if model is None:
        return None
    second = settings.llm_verifier_model
    return AnswerGeneration(
        model,
        load_prompts(settings.llm_prompts),
        timeout_s=settings.llm_timeout_s,
        prompt_tokens=settings.llm_prompt_tokens,
        evidence_tokens=settings.evidence_tokens,
        answer_tokens=settings.llm_answer_tokens,
        unsupported=settings.llm_unsupported,
        second=None if second is None else model_of(settings, name=second),
    )


def model_of(settings: Settings, *, name: str | None = None) -> OpenAIModel | None:
    """The model behind the address that is set, or another one there; None where none is.

    Raises:
        SettingsInvalid, ExtraMissing: As in `generation_of`.
    """
    base_url, named = settings.llm_base_url, name or settings.llm_model
    if base_url is None and named is None:
        return None
    if base_url is None:
        raise SettingsInvalid(
            f"The language model {named!r} has no address.",
            hint="Set QUOTH_LLM_BASE_URL, as http://localhost:11434/v1 or "
            "https://api.openai.com/v1.",
        )
    if named is None:
        raise SettingsInvalid(
            f"The language model at {base_url!r} has no name.",
            hint="Set QUOTH_LLM_MODEL to a name that the server knows.",
        )
    key = settings.llm_api_key
    price_in, price_out = settings.llm_price_in, settings.llm_price_out
    priced = price_in is not None or price_out is not None
    return OpenAIModel(
        base_url=base_url,
        name=named,
        api_key=key.get_secret_value() if key else None,
        first_token_s=settings.llm_first_token_s,
        retries=settings.llm_retries,
        concurrency=settings.llm_concurrency,
        prices=(price_in or 0.0, price_out or 0.0) if priced else None,
    )
