"""What routes depend on, each as one `Annotated` alias, so that routes read as plain functions."""

from typing import Annotated

from fastapi import Depends, Request

from api.engine import Answering
from rag.settings import Settings


def _assistant(request: Request) -> Answering:
    assistant: Answering = request.app.state.assistant
    return assistant


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


AssistantDep = Annotated[Answering, Depends(_assistant)]
SettingsDep = Annotated[Settings, Depends(_settings)]
