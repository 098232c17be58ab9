"""Looks for keys and passwords in what is about to be kept, plain or encoded."""

import base64
import binascii
import contextlib
import re
import zlib
from collections.abc import Iterator, Mapping

PATTERNS = {  # what it is, a literal that it holds, and what it looks like: the literal is found far sooner
    "a private key": ("PRIVATE KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of the form sk-...": ("sk-", r"\bsk-[A-Za-z0-9_-]{16,}"),
    "a bearer token": ("earer", r"\b[Bb]earer\s+[A-Za-z0-9._~+/=-]{16,}"),
    "a basic authorization": ("asic", r"\b[Bb]asic\s+[A-Za-z0-9+/]{16,}={0,2}"),
    "an AWS access key": ("IA", r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b"),
    "a GitHub token": ("gh", r"\bgh[pousr]_\w{30,}"),
    "a fine-grained GitHub token": ("github_pat_", r"\bgithub_pat_\w{30,}"),
    "a GitLab token": ("glpat-", r"\bglpat-[\w-]{20,}"),
    "a Hugging Face token": ("hf_", r"\bhf_[A-Za-z0-9]{30,}"),
    "a Slack token": ("xox", r"\bxox[abprs]-[\w-]{10,}"),
    "a Google key": ("AIza", r"\bAIza[\w-]{35}"),
    "a JSON web token": ("eyJ", r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
    "a password in a URL": ("://", r"://[^/\s:@\"]+:[^/\s:@\"]+@"),
}
SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
SHORTEST = 8  # a shorter value of the environment is a switch or a placeholder, and stands in any text
GZIP = b"\x1f\x8b"
MOST = 2**20  # bytes: a zip bomb in an answer stays small
RUN = re.compile(r"(?![0-9a-f]+\b)[A-Za-z0-9+/_-]{20,}")  # not the hashes, of which a recording is full


def find_secret(text: str, environment: Mapping[str, str]) -> str:
    """What kind of secret `text` holds, in words that do not repeat it; "" where it holds none.

    Secrets are what looks like a key, and the values of the environment's variables whose names say key, token, secret,
    password or credential. Both are found plain, in base64 (the URL-safe one too), and gzipped in base64.

    >>> find_secret("the token is hunter2-hunter2", {"MY_TOKEN": "hunter2-hunter2"})
    'the value of MY_TOKEN'
    """
    secrets = {v: k for k, v in environment.items() if SECRET_NAME.search(k) and len(v) >= SHORTEST}
    for view in _views(text):
        for kind, (literal, pattern) in PATTERNS.items():
            if literal in view and re.search(pattern, view):
                return kind
        for value, name in secrets.items():
            if value in view:
                return f"the value of {name}"
    return ""


def redacted(text: str, environment: Mapping[str, str]) -> str:
    """`text` with every plain secret replaced by three asterisks: for messages that quote a server or a URL.

    >>> redacted("cannot reach http://me:hunter2@host/v1", {})
    'cannot reach http://***@host/v1'
    """
    for name, value in environment.items():
        if SECRET_NAME.search(name) and len(value) >= SHORTEST:
            text = text.replace(value, "***")
    for kind, (_, pattern) in PATTERNS.items():
        text = re.sub(pattern, "://***@" if kind == "a password in a URL" else "***", text)
    return text


def _views(text: str) -> Iterator[str]:
    """The text, and each run of it that base64 can decode: as it comes out, and unzipped."""
    yield text
    for run in RUN.findall(text):
        plain = run.replace("-", "+").replace("_", "/")
        for offset in range(4):  # a value in the middle of an encoded text begins at any of four places
            piece = plain[offset:]
            with_padding = piece[: len(piece) - (len(piece) % 4 == 1)]
            try:
                decoded = base64.b64decode(with_padding + "=" * (-len(with_padding) % 4))
            except (binascii.Error, ValueError):
                continue
            yield decoded.decode("latin-1")
            if decoded.startswith(GZIP):
                # An object, not gzip.decompress: of a stream that was cut short, what is there is looked into.
                with contextlib.suppress(zlib.error):
                    yield zlib.decompressobj(wbits=31).decompress(decoded, MOST).decode("utf-8", "replace")
