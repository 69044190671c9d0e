"""The gate of a dashboard that serves a class: whoever has not signed in gets this page and nothing else.

It stands before everything that the server answers, pages and their connections as well as files. The code is typed
once; after that, a cookie that no script can read holds the token of a session.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
import threading
import time
from collections import defaultdict, deque
from http import HTTPMethod, HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from anyio import CapacityLimiter, to_thread
from google.protobuf.message import DecodeError
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.server.single_clicks import without_widgets
from dashboard.state.person import COOKIE, as_person
from mnist_core.classroom.codes import LONGEST
from mnist_core.classroom.people import Register, name_key
from mnist_core.classroom.sessions import Sessions
from mnist_core.designs.library import MAX_NAME
from mnist_core.errors import ClassError, ConfigError

logger = logging.getLogger("mnist_studio")

SIGN_IN = "/sign-in"
HEALTH = "/_stcore/health"
"""Says only that the server is up."""
MAX_FORM_BYTES = 4096
TRY_SECONDS = 60.0
MAX_TRIES = {"name from a machine": 5, "machine": 50, "name": 200}
"""So many tries within `TRY_SECONDS`, and the next one has to wait. All machines together may try a name often: else
anybody could keep anybody out, and a code has too many possibilities for it to matter."""
MAX_HASHING = 2
"""How many codes are checked at the same time: each takes 16 MB and a core for 50 ms."""
FORM_SECONDS = 10.0
REFUSED = 4401
"""Closes a connection before it is made; the browser is told 403."""

STYLE = (Path(__file__).parent / "sign_in.css").read_text(encoding="utf-8")


class Gate:
    """Lets those through who have signed in, and asks the others for their name and code."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self.app = app
        self._register, self._sessions = Register(folder), Sessions(folder)
        self._tries, self._hashing = Tries(), CapacityLimiter(MAX_HASHING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] == HEALTH:
            await self.app(scope, receive, send)
            return
        token = HTTPConnection(scope).cookies.get(COOKIE, "")
        person_id = self._sessions.person_id(token)
        if scope["type"] == "websocket":
            if person_id is None or not _is_from_here(HTTPConnection(scope)):
                await send({"type": "websocket.close", "code": REFUSED})
                return
            scope = {**scope, "headers": _with_known_origin(scope["headers"])}
            receive = self._obeying(receive, token, person_id)
        elif scope["path"] == SIGN_IN or person_id is None:
            answer = await self._answer(Request(scope, receive))
            await answer(scope, receive, send)
            return
        with as_person(token, _parameter(scope, "of")):  # as the page has written whose runs it shows
            await self.app(scope, receive, send)

    def _obeying(self, receive: Receive, token: str, person_id: str) -> Receive:
        """Obeys nothing of a tab whose session has ended, which the page then says: callbacks run before the page."""

        async def receive_of_session() -> Message:
            message = await receive()
            if message.get("bytes") and self._sessions.person_id(token) != person_id:
                with contextlib.suppress(DecodeError):  # Streamlit says what is wrong with it
                    return {**message, "bytes": without_widgets(message["bytes"])}
            return message

        return receive_of_session

    async def _answer(self, request: Request) -> Response:
        is_post = request.method == HTTPMethod.POST
        if request.url.path == SIGN_IN:
            if not is_post:
                return self._page(_form(_parameter(request.scope, "to") or "/"))
            if _is_from_here(request):
                return await self._sign_in(request)
            return PlainTextResponse("This form is from another site.", HTTPStatus.FORBIDDEN)
        if "text/html" in request.headers.get("accept", "") and not is_post:
            return _redirect(f"{SIGN_IN}?{urlencode({'to': _inside(_address(request))})}")
        return PlainTextResponse("Sign in first.", HTTPStatus.UNAUTHORIZED)

    async def _sign_in(self, request: Request) -> Response:
        fields = await _fields(request)
        name, code, to = fields.get("name", ""), fields.get("code", ""), fields.get("to", "/")
        who = (_folded(name), request.client.host if request.client else "")
        if not self._tries.begin(*who):
            problem = f"There were too many wrong codes. Wait {TRY_SECONDS:.0f} seconds, then try again."
            return self._page(_form(to, name, problem), HTTPStatus.TOO_MANY_REQUESTS)
        try:
            person = await to_thread.run_sync(self._register.signs_in, name, code, limiter=self._hashing)
            if person is None:
                problem = "This name and code do not belong together. Check both, or ask your teacher for a new code."
                return self._page(_form(to, name, problem), HTTPStatus.UNAUTHORIZED)
            self._tries.forget(*who)
            token = await to_thread.run_sync(self._sessions.begin, person.person_id)
        except ClassError:
            return self._page(_form(to, name), HTTPStatus.SERVICE_UNAVAILABLE)
        answer = _redirect(_inside(to))
        is_secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, token, secure=is_secure, httponly=True, samesite="lax")  # until the browser is closed
        return answer

    def _page(self, form: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
        try:
            title = self._register.title
        except ClassError:  # its sentence names a folder of this machine
            logger.exception("The class cannot be read")
            title, status = "The class cannot be read now.", HTTPStatus.SERVICE_UNAVAILABLE
        body = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in · MNIST Studio</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
            '<meta name="referrer" content="same-origin">'  # else the browser does not say where the form comes from
            f"<style>{STYLE}</style></head><body><main><h1>MNIST Studio</h1><p>{html.escape(title)}</p>{form}</main>"
            "</body></html>"
        )
        return HTMLResponse(body, status, headers={"cache-control": "no-store"})


class Tries:
    """Counts tries to sign in that have not succeeded, so that nobody can try many codes."""

    def __init__(self) -> None:
        self._times: defaultdict[tuple[str, ...], deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def begin(self, name: str, machine: str) -> bool:
        """Count a try; False if there were too many, and this one has to wait."""
        now = time.monotonic()
        with self._lock:
            self._forget_before(now - TRY_SECONDS)
            keys = _kinds(name, machine)
            if any(len(self._times.get(key, ())) >= MAX_TRIES[key[0]] for key in keys):
                return False
            for key in keys:  # now: many may come before the first is found to be wrong
                self._times[key].append(now)
            return True

    def forget(self, name: str, machine: str) -> None:
        """A try has succeeded."""
        with self._lock:
            for key in _kinds(name, machine):
                if times := self._times.get(key):
                    times.pop()

    def _forget_before(self, oldest: float) -> None:
        for key, times in list(self._times.items()):
            while times and times[0] < oldest:
                times.popleft()
            if not times:
                del self._times[key]


def _kinds(name: str, machine: str) -> tuple[tuple[str, ...], ...]:
    """What is counted, beginning with the words of `MAX_TRIES`."""
    return ("name from a machine", name, machine), ("machine", machine), ("name", name)


def _parameter(scope: Scope, name: str) -> str | None:
    found = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(name)
    return found[0] if found else None


def _with_known_origin(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """As from this machine itself: of another name Streamlit would ask on the internet whether it is ours."""
    return [(name, b"http://localhost" if name == b"origin" else value) for name, value in headers]


def _is_from_here(request: HTTPConnection) -> bool:
    """Whether a page of ours sends this form or opens this connection; a browser says from where it comes."""
    origin = request.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:  # no address at all
        return False


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form; none if it is longer than the page would send it, or does not come to an end."""
    body = b""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MAX_FORM_BYTES:
                    return {}
    except (TimeoutError, ClientDisconnect):
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
