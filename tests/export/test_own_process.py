"""What a process of an export says before it fails is kept where its message says."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from mnist_core.errors import ExportError
from mnist_core.export.own_process import result_of

pytestmark = pytest.mark.slow

SERVED = """
    import sys
    from mnist_core.errors import ExportError
    from mnist_core.export.own_process import serve
    def work(request, say):
        print("a library says something")
        {line}
    sys.exit(serve(sys.argv[1:], work))
    """


def failure(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The message for a process whose work is this line."""
    monkeypatch.setenv("PYTHONPATH", str(folder))
    (folder / "made_up_export.py").write_text(textwrap.dedent(SERVED).format(line=line))
    request = {"folder": str(folder), "draft": str(folder / "draft" / "file"), "path": str(folder / "file")}
    with pytest.raises(ExportError) as caught:
        result_of("made_up_export", request, tell=lambda share, note: None, is_cancelled=lambda: False)
    return str(caught.value)


@pytest.mark.parametrize("line", ["raise KeyError('unheard of')", "import os; os.abort()"])
def test_an_unexpected_failure_names_the_log_that_has_it(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = failure(line, tmp_path, monkeypatch)
    assert "export.log" in message
    log = (tmp_path / "export.log").read_text()
    assert "a library says something" in log
    assert ("unheard of" in log and "Traceback" in log) == ("unheard of" in line)


def test_a_refusal_is_its_sentence_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failure("raise ExportError('No.')", tmp_path, monkeypatch) == "No."
    assert not (tmp_path / "export.log").exists()
