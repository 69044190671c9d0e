"""Counts a click once that is made at the moment at which a part of the page draws itself again.

The browser sends what all widgets say with each of these automatic reruns. A click that it has noted, and is about to
send, goes with it too, so that the server would obey it twice: two trainings started, two digits further.
"""

from __future__ import annotations

from streamlit.proto.BackMsg_pb2 import BackMsg

CLICKS = {"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"}
"""What a widget says once, rather than until it says something else."""


def without_second_clicks(content: bytes) -> bytes:
    """A message of the browser; one that asks for an automatic rerun without its clicks.

    Raises:
        DecodeError: it is not a message of Streamlit's protocol.
    """
    message = BackMsg.FromString(content)
    if not message.rerun_script.is_auto_rerun:
        return content
    states = message.rerun_script.widget_states
    kept = [state for state in states.widgets if state.WhichOneof("value") not in CLICKS]
    del states.widgets[:]
    states.widgets.extend(kept)
    single: bytes = message.SerializeToString()
    return single


def without_widgets(content: bytes) -> bytes:
    """A message of the browser; one that asks for a rerun without what any widget says, and for the whole page.

    Raises:
        DecodeError: it is not a message of Streamlit's protocol.
    """
    message = BackMsg.FromString(content)
    if message.WhichOneof("type") != "rerun_script":
        return content
    del message.rerun_script.widget_states.widgets[:]
    message.rerun_script.fragment_id = ""
    bare: bytes = message.SerializeToString()
    return bare
