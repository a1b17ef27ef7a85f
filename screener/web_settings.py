"""``[web]``: where the upload page listens, who may use it, and how much it takes on."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
Role = Literal["viewer", "screener", "reviewer"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WebUser(_Section):
    """``[[web.users]]``: a person who may sign in; the token is kept as its hash only."""

    name: Annotated[str, Field(min_length=1)]
    role: Role
    token: Annotated[str, Field(pattern=r"^(sha256:[0-9a-f]{64})?$")] = ""


class WebSettings(_Section):
    """``[web]``"""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    hosts: tuple[str, ...] = ()
    users: tuple[WebUser, ...] = ()
    proxy_header: str = ""
    trusted_proxies: tuple[str, ...] = ()
    proxy_role: Role | Literal[""] = ""
    https: bool = False
    certificate: str = ""
    certificate_key: str = ""
    session_hours: Annotated[float, Field(gt=0)] = 12
    keep_hours: Annotated[float, Field(ge=0)] = 24
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    queue: Annotated[int, Field(ge=1)] = 32
    job_seconds: Annotated[float, Field(gt=0)] = 300
    job_memory_mb: Annotated[int, Field(ge=256)] = 3000
    upload_mb: Annotated[float, Field(gt=0)] = 50
    upload_files: Annotated[int, Field(ge=1)] = 20
    requests_per_minute: Annotated[int, Field(ge=1)] = 600
    uploads_per_minute: Annotated[int, Field(ge=1)] = 60
    sign_ins_per_minute: Annotated[int, Field(ge=1)] = 10
