"""What routes depend on, each as one `Annotated` alias, so that routes read as plain functions.

All of it is asynchronous: a plain function would cost each request a change of thread.
"""

from typing import Annotated

from fastapi import Depends, Request

from api.auth import Caller, require
from rag.service import Service
from rag.settings import Settings


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


ServiceDep = Annotated[Service, Depends(_service)]
SettingsDep = Annotated[Settings, Depends(_settings)]
AskerDep = Annotated[Caller, Depends(require("ask"))]
IngesterDep = Annotated[Caller, Depends(require("ingest"))]
AdminDep = Annotated[Caller, Depends(require("admin"))]
KeyHolderDep = Annotated[Caller, Depends(require(None))]
