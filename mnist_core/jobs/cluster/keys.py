"""Keys for mutual TLS: each side shows the other a certificate that was signed with the same key.

    DIR/ca.pem                              whom to trust: certificates signed with a key that is nowhere any more
    DIR/scheduler.pem, scheduler-key.pem    for the scheduler
    DIR/worker.pem, worker-key.pem          for every worker
    DIR/studio.pem, studio-key.pem          for the dashboard and the command line

Whoever has one of the keys can run programs on the cluster. The key that signs is thrown away: new certificates are a
new set.
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

from mnist_core.errors import ClusterError
from mnist_core.files import write_all
from mnist_core.jobs.cluster.address import KEYS_COMMAND

ROLES = ("scheduler", "worker", "studio")
VALID_DAYS = 825
CA = "ca.pem"


def key_files(folder: Path, role: str) -> tuple[Path, Path, Path]:
    """Paths of the CA, the certificate and the key of a role.

    Raises:
        ClusterError: one of them is missing.
    """
    paths = folder / CA, folder / f"{role}.pem", folder / f"{role}-key.pem"
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise ClusterError(
            f"The folder {folder} has no {' and no '.join(missing)}. Expected the keys of the cluster, "
            f"from `{KEYS_COMMAND}`."
        )
    return paths


def make_keys(folder: Path) -> tuple[Path, ...]:
    """Make a new set of keys in a folder that only this user can read; returns the files.

    Raises:
        ClusterError: there are keys already, or the package `cryptography` is missing.
        OSError: the folder cannot be written.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise ClusterError(
            "Keys need the package `cryptography`, which is not installed: pip install -r requirements-cluster.txt"
        ) from None
    if folder.is_dir() and any(folder.glob("*.pem")):
        raise ClusterError(f"There are keys in {folder} already. Remove them first, or choose another folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signing = ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("MNIST Studio cluster", signing.public_key(), None, signing)
    files = {CA: _pem(authority)}
    for role in ROLES:
        key = ec.generate_private_key(ec.SECP256R1())
        files[f"{role}.pem"] = _pem(_certificate(role, key.public_key(), authority, signing))
        files[f"{role}-key.pem"] = _private(key)
    for name, content in files.items():
        _write_secret(folder / name, content)
    return tuple(folder / name for name in files)


def _certificate(name: str, public: Any, authority: Any, signing: Any) -> Any:
    """A certificate for `public`; the one that signs others if there is no `authority`."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject if authority else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # clocks of machines differ
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(_usage(signs=authority is None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(identifier, critical=False)
    )
    return builder.sign(signing, SHA256())


def _usage(*, signs: bool) -> Any:
    """What a key may do: sign certificates, or prove who one is."""
    from cryptography.x509 import KeyUsage

    never = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign",
             "encipher_only", "decipher_only")  # fmt: skip
    return KeyUsage(digital_signature=not signs, key_cert_sign=signs, **dict.fromkeys(never, False))


def _pem(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return bytes(certificate.public_bytes(Encoding.PEM))


def _private(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _write_secret(path: Path, content: bytes) -> None:
    """Write a file that only this user can read, from its first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
