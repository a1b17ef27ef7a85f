"""The description of the API for people."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from screener.web.render import page

routes = APIRouter(include_in_schema=False)


@routes.get("/api")
def show(request: Request) -> Response:
    """Every operation with an example, from the OpenAPI description."""
    schema = request.app.openapi()
    base = str(request.base_url).rstrip("/")
    operations = [
        _operation(method, path, one, base)
        for path, methods in schema["paths"].items()
        for method, one in methods.items()
    ]
    return page(request, "api", operations=operations)


def _operation(method: str, path: str, one: dict[str, Any], base: str) -> dict[str, Any]:
    return {
        "method": method.upper(),
        "path": path,
        "summary": f"{one['summary']}. {one.get('description', '')}",
        "parameters": [
            {"name": parameter["name"], "description": parameter.get("description", "")}
            for parameter in one.get("parameters", [])
        ],
        "example": _example(method, path, base),
    }


def _example(method: str, path: str, base: str) -> str:
    address = base + path.replace("{run_id}", "ID").replace("{name}", "divestment-report.xlsx")
    if method == "post":
        return f"curl {address} -F files=@holdings.xlsx -F investor=us"
    if path.endswith("/check"):
        return f"curl -G {address} --data-urlencode 'name=XIAOMI CORP-CLASS B' -d as_of=2021-02-01"
    return f"curl {'-X DELETE ' if method == 'delete' else ''}{'-O ' if '{name}' in path else ''}{address}"
