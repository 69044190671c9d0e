"""Has what a click asks for done before the next click may interrupt it.

A rerun begins with the widgets' values and callbacks of the click that asked for it. Streamlit looks for a newer
request even before and within them, obeys it, and forgets the click: of two clicks one upon the other, the first one
counted for nothing, or for half of what it does.
"""

from __future__ import annotations

import logging

from streamlit.runtime.scriptrunner import ScriptRunner, get_script_run_ctx

logger = logging.getLogger("mnist_studio")

LOOK = "_maybe_handle_execution_control_request"
"""Streamlit's method that looks for a newer request, and obeys it by an exception. There is no public way to it."""


def obey_clicks_in_turn() -> None:
    """From now on, a script looks for a newer request only after the callbacks; called once, when the server starts.

    It needs `runner.fastReruns = false`: else Streamlit would not wait for the script that it interrupts.
    """
    look = getattr(ScriptRunner, LOOK, None)
    if look is None:
        logger.warning("This version of Streamlit has no %s: of two quick clicks, one may be lost.", LOOK)
        return

    def look_after_callbacks(runner: ScriptRunner) -> None:
        context = get_script_run_ctx(suppress_warning=True)
        if context is None or context.has_script_started:
            look(runner)

    setattr(ScriptRunner, LOOK, look_after_callbacks)
