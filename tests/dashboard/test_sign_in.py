"""The gate of a class, through the interface by which a server calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPMethod
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from dashboard import sign_in
from dashboard.sign_in import MAX_TRIES, SIGN_IN, TRY_SECONDS, Gate
from dashboard.state.person import COOKIE, looked_at, signed_in
from mnist_core.classroom.people import Person, Register, create_class
from mnist_core.classroom.sessions import Sessions
from mnist_core.errors import SignedOutError

MOST = min(MAX_TRIES.values())
HTML = {"accept": "text/html,*/*"}
HOST = "10.0.0.7:8501"


@dataclass
class Answer:
    """What the gate has sent; `whose` is set if it let the request through to the dashboard."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    whose: Person | None = None
    seen: Person | None = None
    scope: Mapping[str, Any] = field(default_factory=dict)
    closed: int = 0


class Class:
    """A class with one teacher and one student, behind a gate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.register, self.teacher, self.teachers_code = create_class(folder, title="7b <i>", teacher="Ms Curie")
        self.student, self.code = self.register.add("Ana <b>")
        self.answer = Answer()
        self.gate = Gate(self._dashboard, folder)

    async def _dashboard(self, scope: Any, receive: Any, send: Any) -> None:
        self.answer.whose, self.answer.seen = signed_in(self.folder), looked_at(self.folder)
        self.answer.scope = scope

    def ask(
        self,
        path: str,
        *,
        query: str = "",
        method: str = HTTPMethod.GET,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        kind: str = "http",
        token: str = "",
        machine: str = "10.0.0.9",
    ) -> Answer:
        self.answer = Answer()
        all_headers = {"host": HOST, **(headers or {}), **({"cookie": f"a=b; {COOKIE}={token}"} if token else {})}
        scope = {
            "type": kind,
            "method": str(method),
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "scheme": "http",
            "server": ("10.0.0.7", 8501),
            "client": (machine, 5000),
            "headers": [(name.encode(), value.encode()) for name, value in all_headers.items()],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.answer.status = message["status"]
                self.answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            elif message["type"] == "http.response.body":
                self.answer.body += message["body"].decode()
            else:
                self.answer.closed = message["code"]

        with ThreadPoolExecutor(1) as thread:  # the browser of other tests has the loop of this one
            thread.submit(asyncio.run, self.gate(scope, receive, send)).result()
        return self.answer

    async def status_of(self, body: bytes) -> int:
        """The status of one of several requests at once."""
        found: list[int] = []

        async def receive() -> dict[str, Any]:
            await asyncio.sleep(0)
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                found.append(message["status"])

        scope = {
            "type": "http", "method": str(HTTPMethod.POST), "path": SIGN_IN, "query_string": b"", "scheme": "http",
            "server": ("10.0.0.7", 8501), "client": ("10.0.0.9", 5000), "headers": [(b"host", HOST.encode())],
        }  # fmt: skip
        await self.gate(scope, receive, send)
        return found[0]

    def sign_in(
        self, name: str, code: str, *, to: str = "/", origin: str | None = f"http://{HOST}", **more: Any
    ) -> Answer:
        body = urlencode({"name": name, "code": code, "to": to}).encode()
        headers = {} if origin is None else {"origin": origin}
        return self.ask(SIGN_IN, method=HTTPMethod.POST, body=body, headers=headers, **more)


@pytest.fixture
def class_(tmp_path: Path) -> Class:
    return Class(tmp_path / "class")


def token_of(answer: Answer) -> str:
    cookie: SimpleCookie = SimpleCookie(answer.headers["set-cookie"])
    return cookie[COOKIE].value


def test_a_stranger_gets_the_sign_in_page_and_nothing_else(class_: Class) -> None:
    answer = class_.ask("/evaluate", query="run=1&view=matrix", headers=HTML)
    assert answer.status == 303
    assert answer.headers["location"] == "/sign-in?to=%2Fevaluate%3Frun%3D1%26view%3Dmatrix"
    assert class_.ask("/_stcore/upload_file/x", method="PUT").status == 401
    assert class_.ask("/live-answers", method=HTTPMethod.POST, headers=HTML).status == 401
    assert class_.ask("/static/js/index.js").status == 401
    assert class_.ask("/_stcore/stream", kind="websocket").closed == sign_in.REFUSED
    assert class_.answer.whose is None


def test_the_right_code_opens_what_was_asked_for(class_: Class) -> None:
    answer = class_.sign_in(" ana <B> ", class_.code.upper().replace("-", " "), to="/evaluate?run=1")
    assert (answer.status, answer.headers["location"]) == (303, "/evaluate?run=1")
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    inside = class_.ask("/evaluate", query="run=1", token=token_of(answer))
    assert inside.whose == inside.seen == class_.student


@pytest.mark.parametrize(
    ("name", "code"), [("Ana <b>", "aaaa-aaaa-aaaa"), ("Nobody", ""), ("", ""), ("\x00", "x" * 9999)]
)
def test_a_wrong_name_or_code_opens_nothing(class_: Class, name: str, code: str) -> None:
    answer = class_.sign_in(name, code)
    assert answer.status == 401
    assert "set-cookie" not in answer.headers
    assert 'role="alert"' in answer.body


def test_the_code_of_somebody_else_opens_nothing(class_: Class) -> None:
    assert class_.sign_in("Ana <b>", class_.teachers_code).status == 401


def test_names_titles_and_addresses_are_no_markup(class_: Class) -> None:
    body = class_.sign_in('"><script>', "x", to='/"><script>').body
    assert "<script>" not in body
    assert "7b &lt;i&gt;" in body


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nx: y", "/sign-in"]
)
def test_signing_in_leads_to_no_other_site(class_: Class, to: str) -> None:
    assert class_.sign_in("Ana <b>", class_.code, to=to).headers["location"] == "/"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://10.0.0.7:9999", "http://["])
def test_no_other_site_signs_anybody_in_or_connects(class_: Class, origin: str) -> None:
    assert class_.sign_in("Ana <b>", class_.code, origin=origin).status == 403
    token = Sessions(class_.folder).begin(class_.student.person_id)
    foreign = class_.ask("/_stcore/stream", kind="websocket", token=token, headers={"origin": origin})
    assert foreign.closed == sign_in.REFUSED
    assert foreign.whose is None


def test_a_connection_of_our_page_is_let_through_under_any_name_of_this_machine(class_: Class) -> None:
    token = Sessions(class_.folder).begin(class_.student.person_id)
    answer = class_.ask("/_stcore/stream", kind="websocket", token=token, headers={"origin": f"http://{HOST}"})
    assert answer.whose == class_.student
    assert dict(answer.scope["headers"])[b"origin"] == b"http://localhost"  # which Streamlit need not look up


def test_after_some_wrong_codes_the_right_one_has_to_wait(class_: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(sign_in.time, "monotonic", lambda: now[0])
    for _ in range(MOST):
        assert class_.sign_in("Ana <b>", "wrong").status == 401
    assert class_.sign_in("ANA <b>", class_.code).status == 429
    assert class_.sign_in("Ana <b>", class_.code, machine="10.0.0.8").status == 303  # nobody is kept out by another
    assert class_.sign_in("Ms Curie", class_.teachers_code).status == 303
    now[0] += TRY_SECONDS + 1
    assert class_.sign_in("Ana <b>", class_.code).status == 303


def test_right_codes_are_not_counted(class_: Class) -> None:
    for _ in range(MOST + 2):
        assert class_.sign_in("Ana <b>", class_.code).status == 303


def test_many_tries_at_once_are_counted_before_they_are_answered(class_: Class) -> None:
    body = urlencode({"name": "Ana <b>", "code": "wrong"}).encode()

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(class_.status_of(body) for _ in range(20)))

    with ThreadPoolExecutor(1) as thread:
        answers = thread.submit(asyncio.run, all_at_once()).result()
    assert sorted(answers) == [401] * MOST + [429] * 15


@pytest.mark.parametrize(("is_one_machine", "names"), [(True, range(50)), (False, [0] * 200)])
def test_a_machine_or_a_name_that_is_tried_often_has_to_wait(is_one_machine: bool, names: list[int]) -> None:
    tries = sign_in.Tries()
    for number, name in enumerate(names):
        machine = "10.0.0.9" if is_one_machine else f"10.0.{number}.1"
        assert tries.begin(f"name {name}", machine)
    assert not tries.begin("name 0", "10.0.0.9")
    assert tries.begin("name 999", "10.9.9.9")


def test_a_session_that_has_ended_opens_nothing(class_: Class) -> None:
    token = token_of(class_.sign_in("Ana <b>", class_.code))
    class_.register.new_code(class_.student.person_id)
    assert class_.ask("/", headers=HTML, token=token).status == 303
    assert class_.ask("/_stcore/stream", kind="websocket", token=token).closed == sign_in.REFUSED


@pytest.mark.parametrize("other", ['a={"x":1}', "a=b c", "novalue", "path=1", "a[b]=1", "a=b"])
def test_cookies_of_other_programs_on_the_machine_do_not_matter(class_: Class, other: str) -> None:
    token = Sessions(class_.folder).begin(class_.student.person_id)
    answer = class_.ask("/", headers={**HTML, "cookie": f"{other}; {COOKIE}={token}"})
    assert answer.whose == class_.student


@pytest.mark.parametrize("cookie", ["x", "a=b; =;;", f"{COOKIE}=", f'{COOKIE}="\\', "é" * 5000])
def test_a_damaged_cookie_is_none(class_: Class, cookie: str) -> None:
    assert class_.ask("/", headers={**HTML, "cookie": cookie}).status == 303


def test_a_form_that_is_too_long_is_not_read(class_: Class) -> None:
    body = urlencode({"name": "Ana <b>", "code": class_.code, "to": "/" + "x" * 9000}).encode()
    assert class_.ask(SIGN_IN, method=HTTPMethod.POST, body=body).status == 401


def test_only_a_teacher_looks_at_the_runs_of_others(class_: Class) -> None:
    query = f"of={class_.student.person_id}"
    teacher = token_of(class_.sign_in("Ms Curie", class_.teachers_code))
    assert class_.ask("/live", query=query, token=teacher).seen == class_.student
    assert class_.ask("/live", query="of=../x", token=teacher).seen == class_.teacher
    student = token_of(class_.sign_in("Ana <b>", class_.code))
    other = class_.ask("/live", query=f"of={class_.teacher.person_id}", token=student)
    assert other.whose == other.seen == class_.student


def test_nothing_of_a_request_is_left_behind(class_: Class) -> None:
    token = token_of(class_.sign_in("Ana <b>", class_.code))
    class_.ask("/", token=token)
    with pytest.raises(SignedOutError):
        signed_in(class_.folder)


def test_whether_the_server_is_up_may_be_asked_by_anybody(class_: Class) -> None:
    with pytest.raises(SignedOutError):  # our stand-in for the dashboard was reached
        class_.ask(sign_in.HEALTH)


def test_a_damaged_class_says_so(class_: Class) -> None:
    (class_.folder / "class.json").write_text("{}")
    answer = class_.sign_in("Ana <b>", class_.code)
    assert answer.status == 503
    assert str(class_.folder) not in answer.body  # which is nobody's business who has not signed in


def test_of_a_tab_whose_session_has_ended_nothing_is_obeyed(class_: Class) -> None:
    token = Sessions(class_.folder).begin(class_.student.person_id)
    message = BackMsg()
    message.rerun_script.query_string = "of=x"
    message.rerun_script.fragment_id = "f"
    message.rerun_script.widget_states.widgets.add(id="button", trigger_value=True)
    content = message.SerializeToString()
    heard: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard.append((await receive())["bytes"])
        Sessions(class_.folder).end(token)
        heard.append((await receive())["bytes"])

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.receive", "bytes": content}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    scope = {
        "type": "websocket", "path": "/_stcore/stream", "query_string": b"",
        "headers": [(b"host", HOST.encode()), (b"cookie", f"{COOKIE}={token}".encode())],
    }  # fmt: skip
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, Gate(app, class_.folder)(scope, receive, send)).result()
    assert heard[0] == content
    after = BackMsg.FromString(heard[1]).rerun_script
    assert (list(after.widget_states.widgets), after.fragment_id, after.query_string) == ([], "", "of=x")


def test_people_who_are_added_later_can_sign_in(class_: Class) -> None:
    _, code = Register(class_.folder).add("Ben")
    assert class_.sign_in("ben", code).status == 303
