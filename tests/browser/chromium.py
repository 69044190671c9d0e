"""Find a Chromium for the browser tests; `python -m tests.browser.chromium --install` gets one where it can."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ARGUMENTS = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ADVICE = (
    "The browser tests need Chromium. On Debian and Ubuntu: sudo apt-get install chromium. "
    "Elsewhere: .venv/bin/playwright install chromium"
)


def find_chromium() -> str | None:
    """Path of a Chromium or Chrome: the system's, else the one Playwright has fetched; None if there is none."""
    on_path = (shutil.which(name) for name in NAMES)
    known = (path for path in (*on_path, *MACOS) if path and Path(path).exists())
    return next(known, None) or _of_playwright()


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:  # starts a process, so only where there is no other one
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _install() -> None:
    if shutil.which("apt-get") is None or os.getuid() != 0:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)


def main() -> int:
    if find_chromium() is None and "--install" in sys.argv:
        _install()
    if (path := find_chromium()) is None:
        print(ADVICE, file=sys.stderr)
        return 1
    print(f"Browser tests use {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
