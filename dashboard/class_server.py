"""How a dashboard starts that serves a class: for other machines too, and under which addresses."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

from mnist_core.classroom.people import Register

ADDRESS, HOSTS, SHOWN = "--server.address", "--server.allowedHosts", "--browser.serverAddress"
EVERYWHERE = "0.0.0.0"
ELSEWHERE = "192.0.2.1"
"""An address that exists nowhere (RFC 5737): asking the way there sends nothing, and tells which address is ours."""


def class_options(folder: Path, options: Sequence[str]) -> list[str]:
    """Options of `streamlit run`: unless they say otherwise, other machines can reach the dashboard by its addresses.

    The address that it prints is stated too, or Streamlit would ask a server on the internet for it.

    Raises:
        ClassError: there is no class in the folder, or it is damaged.
    """
    title = Register(folder).title
    hosts = own_hosts()
    meant = ((ADDRESS, (EVERYWHERE,)), (HOSTS, hosts), (SHOWN, hosts[:1]))
    print(f"The class {title} signs in at the address below.", flush=True)
    missing = [(option, value) for option, values in meant if not _is_stated(option, options) for value in values]
    return [*options, *(part for pair in missing for part in pair)]


def own_hosts() -> tuple[str, ...]:
    """The names and addresses of this machine by which browsers may ask for it; first the one for other machines."""
    return tuple(dict.fromkeys((*_addresses(), *_names(), "localhost", "127.0.0.1")))


def _is_stated(option: str, options: Sequence[str]) -> bool:
    return any(part == option or part.startswith(f"{option}=") for part in options)


def _names() -> Iterator[str]:
    name = socket.gethostname()
    yield from (name, name if "." in name else f"{name}.local")


def _addresses() -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):  # no network
        probe.connect((ELSEWHERE, 9))
        yield probe.getsockname()[0]
    with contextlib.suppress(OSError):  # the name leads nowhere
        yield from socket.gethostbyname_ex(socket.gethostname())[2]
