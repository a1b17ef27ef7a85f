"""What pages share: the person with the right role, the form that is ours, the run that may be seen."""

from __future__ import annotations

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from screener.web.access import Person
from screener.web.forms import Uploaded
from screener.web.render import is_own_form, person_of
from screener.web.runs import Record
from screener.web.state import of


def person_who_may(request: Request, role: str) -> Person:
    """Who is asking; raises 403 where the role does not include ``role``."""
    person = person_of(request)
    if person is None or not person.may(role):
        raise HTTPException(403, "role")
    return person


async def own_form(request: Request) -> FormData:
    """The fields of a form that this page made for this session; raises 403 for any other."""
    most = of(request).settings.web.upload_files
    form = await request.form(max_files=most + 1, max_fields=2_000, max_part_size=100_000)
    if not is_own_form(request, form.get("token")):
        raise HTTPException(403, "old_form")
    return form


def texts_of(form: FormData) -> dict[str, str]:
    """The fields that are text."""
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def files_of(form: FormData, name: str = "files") -> list[Uploaded]:
    """The files of a field."""
    return [one for one in form.getlist(name) if isinstance(one, UploadFile)]


def run_of(request: Request, run_id: str) -> Record:
    """The run with that id, if it may be seen; else 404, as if it did not exist."""
    record = of(request).runs.get(run_id)
    person = person_of(request)
    if record is None or person is None or not record.visible_to(person):
        raise HTTPException(404, "not_found")
    return record
