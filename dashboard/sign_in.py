"""The gate of a dashboard that serves a class: whoever has not signed in gets this page and nothing else.

It stands before everything that the server answers, pages and their connections as well as files. The code is typed
once; after that, a cookie that no script can read holds the token of a session.
"""

from __future__ import annotations

import html
import threading
import time
from collections import defaultdict, deque
from http import HTTPMethod, HTTPStatus
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.state.person import COOKIE, as_person
from mnist_core.classroom.codes import LONGEST
from mnist_core.classroom.people import Register, name_key
from mnist_core.classroom.sessions import HOURS, Sessions
from mnist_core.designs.library import MAX_NAME
from mnist_core.errors import ClassError, ConfigError

SIGN_IN = "/sign-in"
HEALTH = "/_stcore/health"
"""Says only that the server is up."""
MAX_FORM_BYTES = 4096
MAX_TRIES, TRY_SECONDS = 5, 60.0
"""So many wrong codes for one name, or ten times as many from one machine, and the next one has to wait."""
REFUSED = 4401
"""Closes a connection before it is made; the browser is told 403."""

STYLE = (Path(__file__).parent / "sign_in.css").read_text(encoding="utf-8")


class Gate:
    """Lets those through who have signed in, and asks the others for their name and code."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self.app = app
        self._register, self._sessions = Register(folder), Sessions(folder)
        self._tries = WrongTries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
            return
        token = _token(scope)
        is_known = self._sessions.person_id(token) is not None
        if scope["type"] == "websocket":
            if not is_known or not _is_from_here(HTTPConnection(scope)):
                await send({"type": "websocket.close", "code": REFUSED})
                return
            scope = {**scope, "headers": _with_known_origin(scope["headers"])}
        elif scope["path"] == SIGN_IN or not is_known:
            answer = await self._answer(Request(scope, receive))
            await answer(scope, receive, send)
            return
        with as_person(token, _parameter(scope, "of")):  # as the page has written whose runs it shows
            await self.app(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        is_post = request.method == HTTPMethod.POST
        if request.url.path == SIGN_IN:
            if not is_post:
                return self._page(_form(_parameter(request.scope, "to") or "/"))
            if _is_from_here(request):
                return await self._sign_in(request)
            return PlainTextResponse("This form is from another site.", HTTPStatus.FORBIDDEN)
        if b"text/html" in dict(request.scope["headers"]).get(b"accept", b"") and not is_post:
            return _redirect(f"{SIGN_IN}?{urlencode({'to': _inside(_address(request))})}")
        return PlainTextResponse("Sign in first.", HTTPStatus.UNAUTHORIZED)

    async def _sign_in(self, request: Request) -> Response:
        fields = await _fields(request)
        name, code, to = fields.get("name", ""), fields.get("code", ""), fields.get("to", "/")
        keys = (f"name {_folded(name)}", f"machine {request.client.host if request.client else ''}")
        if self._tries.must_wait(*keys):
            problem = f"There were too many wrong codes. Wait {TRY_SECONDS:.0f} seconds, then try again."
            return self._page(_form(to, name, problem), HTTPStatus.TOO_MANY_REQUESTS)
        try:
            person = await run_in_threadpool(self._register.signs_in, name, code)
            if person is None:
                self._tries.note(*keys)
                problem = "This name and code do not belong together. Check both, or ask your teacher for a new code."
                return self._page(_form(to, name, problem), HTTPStatus.UNAUTHORIZED)
            token = await run_in_threadpool(self._sessions.begin, person.person_id)
        except ClassError as error:
            return self._page(_form(to, name, str(error)), HTTPStatus.SERVICE_UNAVAILABLE)
        answer = _redirect(_inside(to))
        is_secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, token, max_age=HOURS * 3600, secure=is_secure, httponly=True, samesite="lax")
        return answer

    def _page(self, form: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
        try:
            title = self._register.title
        except ClassError as error:
            title, status = str(error), HTTPStatus.SERVICE_UNAVAILABLE
        body = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in · MNIST Studio</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
            '<meta name="referrer" content="same-origin">'  # else the browser does not say where the form comes from
            f"<style>{STYLE}</style></head><body><main><h1>MNIST Studio</h1><p>{html.escape(title)}</p>{form}</main>"
            "</body></html>"
        )
        return HTMLResponse(body, status, headers={"cache-control": "no-store"})


class WrongTries:
    """Counts wrong codes, so that nobody can try many."""

    def __init__(self) -> None:
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def note(self, name: str, machine: str) -> None:
        """There was a wrong code for this name, from this machine."""
        with self._lock:
            for key in (name, machine):
                self._times[key].append(time.monotonic())

    def must_wait(self, name: str, machine: str) -> bool:
        """Whether there were too many in the last minute."""
        with self._lock:
            self._forget_old()
            return len(self._times.get(name, ())) >= MAX_TRIES or len(self._times.get(machine, ())) >= 10 * MAX_TRIES

    def _forget_old(self) -> None:
        oldest = time.monotonic() - TRY_SECONDS
        for key, times in list(self._times.items()):
            while times and times[0] < oldest:
                times.popleft()
            if not times:
                del self._times[key]


def _token(scope: Scope) -> str:
    cookies: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                cookies.load(value.decode("latin-1"))
            except CookieError:
                continue
    return cookies[COOKIE].value if COOKIE in cookies else ""


def _parameter(scope: Scope, name: str) -> str | None:
    found = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(name)
    return found[0] if found else None


def _with_known_origin(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """As from this machine itself: of another name Streamlit would ask on the internet whether it is ours."""
    return [(name, b"http://localhost" if name == b"origin" else value) for name, value in headers]


def _is_from_here(request: HTTPConnection) -> bool:
    """Whether a page of ours sends this form or opens this connection; a browser says from where it comes."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form; none if it is longer than the page would send it."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM_BYTES:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _folded(name: str) -> str:
    try:
        return name_key(name)
    except ConfigError:  # it is nobody's
        return ""


def _address(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _inside(address: str) -> str:
    """An address on this server: a link could name another one."""
    is_path = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if is_path and not address.startswith(SIGN_IN) else "/"


def _redirect(address: str) -> RedirectResponse:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers={"cache-control": "no-store"})


def _form(to: str, name: str = "", problem: str = "") -> str:
    return (
        f'<form method="post" action="{SIGN_IN}">{_problem(problem)}'
        f'<label>Name<input name="name" value="{html.escape(name)}" maxlength="{MAX_NAME}" required'
        f' autocomplete="username"{"" if name else " autofocus"}></label>'
        f'<label>Code<input name="code" maxlength="{LONGEST}" required autocomplete="current-password"'
        f' autocapitalize="none" spellcheck="false"{" autofocus" if name else ""}></label>'
        f'<input type="hidden" name="to" value="{html.escape(to)}">'
        "<button>Sign in</button></form><small>Your teacher has given you a code, such as k7mq-4x2p-9hwd.</small>"
    )


def _problem(problem: str) -> str:
    return f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
