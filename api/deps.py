"""What routes depend on, each as one `Annotated` alias, so that routes read as plain functions."""

from typing import Annotated

from fastapi import Depends, Request

from api.auth import Caller, require
from api.engine import Answering
from rag.service import Service
from rag.settings import Settings


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _assistant(request: Request) -> Answering:
    assistant: Answering = request.app.state.assistant
    return assistant


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


ServiceDep = Annotated[Service, Depends(_service)]
AssistantDep = Annotated[Answering, Depends(_assistant)]
SettingsDep = Annotated[Settings, Depends(_settings)]
AskerDep = Annotated[Caller, Depends(require("ask"))]
IngesterDep = Annotated[Caller, Depends(require("ingest"))]
AdminDep = Annotated[Caller, Depends(require("admin"))]
