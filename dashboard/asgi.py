"""The web application: Streamlit with the security headers it does not send itself.

`python -m dashboard` serves this. Plain `streamlit run dashboard/app.py` serves the same pages without the headers.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPMethod
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # Streamlit imports this file by its bare name, with dashboard/ on the path only
    sys.path.insert(0, str(ROOT))

import streamlit as st
from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.server.queue_keeper import keep_queue_moving
from dashboard.server.single_clicks import without_second_clicks
from dashboard.server.sweeping import sweep
from dashboard.server.warm_up import preload
from dashboard.server.whole_clicks import obey_clicks_in_turn
from dashboard.settings import class_folder
from dashboard.shared.errors import explain_uncaught
from dashboard.widgets.chart import LIBRARY, LIBRARY_ADDRESS
from dashboard.widgets.page_style import styled
from dashboard.widgets.served import LIVE_ADDRESS, announce
from mnist_core.errors import MnistCoreError

# Streamlit loads its parts as inline scripts and blobs and compiles chart expressions, which needs the 'unsafe' words.
# The rest is what protects: nothing is loaded from, sent to, or framed by another host.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

PIXELS_TYPE = "application/octet-stream"

CONDITIONS = (b"if-none-match", b"if-modified-since", b"accept-encoding")
"""Request headers by which a browser gets to keep the page it has, or gets it packed, so that it cannot be changed."""
CHANGED_HEADERS = (b"content-length", b"etag", b"last-modified")


class SecurityHeaders:
    """Adds `SECURITY_HEADERS` to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *SECURITY_HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)


class PageStyle:
    """Puts the style sheet of the product into the HTML page, which Streamlit sends without it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != HTTPMethod.GET:
            await self.app(scope, receive, send)
            return
        if _asks_for_page(scope):
            headers = [(name, value) for name, value in scope["headers"] if name not in CONDITIONS]
            scope = {**scope, "headers": headers}
        start: Message | None = None  # held back until the length of the page is known
        body = b""

        async def send_styled(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    page = styled(body, library=LIBRARY_ADDRESS, is_class=class_folder() is not None)
                    await send({**start, "headers": _headers_of(start, page)})
                    await send({**message, "body": page})

        await self.app(scope, receive, send_styled)


class SingleClicks:
    """Takes clicks out of automatic reruns; the browser sends them in the next message, by themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return

        async def receive_single() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and message.get("bytes"):
                with contextlib.suppress(DecodeError):  # Streamlit says what is wrong with it
                    return {**message, "bytes": without_second_clicks(message["bytes"])}
            return message

        await self.app(scope, receive_single, send)


def _asks_for_page(scope: Scope) -> bool:
    return b"text/html" in dict(scope["headers"]).get(b"accept", b"")


def _is_page(message: Message) -> bool:
    headers = dict(message.get("headers", ()))
    return b"text/html" in headers.get(b"content-type", b"") and b"content-encoding" not in headers


def _headers_of(start: Message, page: bytes) -> list[tuple[bytes, bytes]]:
    """Without marks by which a browser would keep the page of an earlier style sheet."""
    told = [(name, value) for name, value in start["headers"] if name not in CHANGED_HEADERS]
    return [*told, (b"content-length", str(len(page)).encode())]


def import_first_page() -> None:
    """Import what `app.py` and the first page do."""
    import dashboard.choices
    import dashboard.shared.context.digit_box
    import dashboard.views.home.class_note
    import dashboard.views.home.drawing
    import dashboard.views.home.next_steps
    import dashboard.views.home.recent_runs
    import dashboard.views.home.start_panel  # noqa: F401


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    preload(import_first_page)
    keep_queue_moving()
    sweep()
    yield


def chart_library(_: Request) -> FileResponse:
    """The JavaScript library of the Plotly package, for the charts that change in place."""
    return FileResponse(LIBRARY, media_type="text/javascript", headers={"cache-control": "max-age=86400"})


async def live_answers(request: Request) -> Response:
    """Answers to a drawing while it is drawn, in JSON."""
    from dashboard.shared.answers.live import MAX_PIXELS, answers_to  # the page has loaded it; the start need not

    if request.headers.get("content-type") != PIXELS_TYPE:  # what another site could send without being asked
        return Response(status_code=415)
    pixels = b""
    async for part in request.stream():
        pixels += part
        if len(pixels) > MAX_PIXELS:
            return Response(status_code=413)
    try:
        found = await run_in_threadpool(answers_to, pixels, parse_qs(request.url.query).get("network", []))
    except MnistCoreError as error:
        return JSONResponse({"error": str(error)}, status_code=400)
    return JSONResponse(found, headers={"cache-control": "no-store"})


def gate() -> Iterator[Middleware]:
    """What stands before everything that a class may see."""
    folder = class_folder()
    if folder is not None:
        from dashboard.sign_in import Gate  # one person need not sign in

        yield Middleware(Gate, folder=folder)


ROUTES = (Route(LIBRARY_ADDRESS, chart_library), Route(LIVE_ADDRESS, live_answers, methods=["POST"]))
MIDDLEWARE = (Middleware(SecurityHeaders), *gate(), Middleware(PageStyle), Middleware(SingleClicks))

announce(LIBRARY_ADDRESS, LIVE_ADDRESS)
obey_clicks_in_turn()
app = st.App(
    ROOT / "dashboard" / "app.py",
    lifespan=lifespan,
    routes=ROUTES,
    middleware=MIDDLEWARE,
    on_script_error=explain_uncaught,
)
