"""Where the scheduler of a cluster is, and the keys to speak with it; nothing unencrypted leaves this machine."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mnist_core.errors import ClusterError

KEYS_COMMAND = "python -m mnist_core cluster keys --output DIR"
DEFAULT_PORT = 8786
EXAMPLES = f"tls://HOST:{DEFAULT_PORT}, tcp://localhost:{DEFAULT_PORT} or the path of a scheduler file"
MAX_FILE_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """An address such as `tls://10.0.0.1:8786`."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_encrypted(self) -> bool:
        return self.scheme == "tls"


def parse_address(text: str) -> Address:
    """The address in a text.

    Raises:
        ClusterError: it is none, or it would send unencrypted data over the network.
    """
    try:
        parts = urlsplit(text)
        address = Address(scheme=parts.scheme, host=parts.hostname or "", port=parts.port or 0)
    except ValueError:
        address = Address(scheme="", host="", port=0)
    if address.scheme not in ("tcp", "tls") or not address.host or not address.port or parts.path.strip("/"):
        raise ClusterError(f"Invalid address of the cluster. Expected {EXAMPLES}. Received: {text!r:.80}.")
    if not address.is_encrypted and not is_loopback(address.host):
        raise ClusterError(
            f"The cluster at {address} is not encrypted: whoever can reach it could run programs on its machines. "
            f"Make keys with `{KEYS_COMMAND}`, start scheduler and workers with them, and use tls://{address.host}."
        )
    return address


def find_address(stated: str) -> Address:
    """The address that a person has stated, or that a scheduler file holds.

    Raises:
        ClusterError: as `parse_address`; or the file cannot be read.
    """
    if "://" in stated:
        return parse_address(stated)
    path = Path(stated).expanduser()
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(MAX_FILE_BYTES))
        return parse_address(str(found["address"]))
    except OSError as error:
        raise ClusterError(
            f"The scheduler file {path} cannot be read: {error.strerror}. Expected {EXAMPLES}."
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ClusterError(f"{path} is not a scheduler file: it has no address.") from None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, without asking a name server."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
