"""Looks for keys and passwords in what is about to be kept, plain or encoded."""

import base64
import binascii
import contextlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping

# Four characters of base64 that three bytes of ASCII give: all that tells a password from "basic responsibilities".
QUARTET = "[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/]"
PATTERNS = {  # what it is, a literal that it holds, and what it looks like: the literal is found far sooner
    "a private key": ("PRIVATE KEY", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of the form sk-...": ("sk-", r"\bsk-[A-Za-z0-9_-]{16,}"),
    "a bearer token": ("earer", r"\b[Bb]earer\s+(?=\S*(?:\d|[a-z][A-Z]))[A-Za-z0-9._~+/=-]{16,}"),
    "a basic authorization": ("asic", rf"\b[Bb]asic\s+(?:{QUARTET}){{3,}}[A-Za-z0-9+/]*={{0,2}}"),
    "an AWS access key": ("IA", r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b"),
    "a GitHub token": ("gh", r"\bgh[pousr]_\w{30,}"),
    "a fine-grained GitHub token": ("github_pat_", r"\bgithub_pat_\w{30,}"),
    "a GitLab token": ("glpat-", r"\bglpat-[\w-]{20,}"),
    "a Hugging Face token": ("hf_", r"\bhf_[A-Za-z0-9]{30,}"),
    "a Slack token": ("xox", r"\bxox[abprs]-[\w-]{10,}"),
    "a Google key": ("AIza", r"\bAIza[\w-]{35}"),
    "a JSON web token": ("eyJ", r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
    "a password in a URL": ("://", r"://[^/\s:@\"]*:[^/\s\"]+@"),
}
SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL", re.IGNORECASE)
SHORTEST = 8  # a shorter value of the environment is a switch or a placeholder, and stands in any text
GZIP = b"\x1f\x8b\x08"
MOST = 2**20  # bytes: a zip bomb in an answer stays small
BASE64 = "[A-Za-z0-9+/_-]"
# Broken into lines or not; not the hashes, of which a recording is full.
RUN = re.compile(rf"(?![0-9a-f]+(?!{BASE64})){BASE64}{{20,}}(?:\r?\n{BASE64}+)*")
ESCAPE = re.compile(r'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])')
ESCAPES = 3  # JSON in JSON in JSON


def find_secret(text: str, environment: Mapping[str, str]) -> str:
    """What kind of secret `text` holds, in words that do not repeat it; "" where it holds none.

    Secrets are what looks like a key, and the values of the environment's variables whose names say key, token, secret,
    password or credential. Both are found plain, as JSON escapes them, in base64 (the URL-safe one too), and gzipped in
    base64.

    >>> find_secret("the token is hunter2-hunter2", {"MY_TOKEN": "hunter2-hunter2"})
    'the value of MY_TOKEN'
    """
    found = _values(environment)
    values = {form: name for name, value in found for form in (value, _bytes_of(value).decode("latin-1"))}
    encoded = {form: name for name, value in found for form in _in_base64(_bytes_of(value))}
    for view in _views(text):
        for kind, (literal, pattern) in PATTERNS.items():
            # ASCII: between a letter that is none of ASCII and a key, there is a boundary.
            if literal in view and re.search(pattern, view, re.ASCII):
                return kind
        for form, name in values.items():
            if form in view:
                return f"the value of {name}"
    for form, name in encoded.items():
        if form in text:
            return f"the value of {name}"
    return ""


def redacted(text: str, environment: Mapping[str, str]) -> str:
    """`text` with every plain secret replaced by three asterisks: for messages that quote a server or a URL.

    >>> redacted("cannot reach http://me:hunter2@host/v1", {})
    'cannot reach http://***@host/v1'
    """
    for _, value in _values(environment):
        text = text.replace(value, "***")
    for kind, (_, pattern) in PATTERNS.items():
        text = re.sub(pattern, "://***@" if kind == "a password in a URL" else "***", text, flags=re.ASCII)
    return text


def _values(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """The environment's secrets by name, the longest first: one may be a part of another."""
    found = [(name, value.strip()) for name, value in environment.items() if SECRET_NAME.search(name)]
    return sorted((one for one in found if len(one[1]) >= SHORTEST), key=lambda one: -len(one[1]))


def _bytes_of(value: str) -> bytes:
    return value.encode(errors="surrogateescape")


def _in_base64(data: bytes) -> Iterator[str]:
    """What base64 makes of the data wherever they stand in the encoded text, in both alphabets."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data).decode()
        part = whole[-(-8 * before // 6) : 8 * (before + len(data)) // 6]  # the characters that are the data's alone
        yield part
        yield part.replace("+", "-").replace("/", "_")


def _views(text: str) -> Iterator[str]:
    """The text; without the escapes of JSON; and each run that base64 can decode, as it comes out and unzipped."""
    yield text
    for _ in range(ESCAPES):
        plain = ESCAPE.sub(lambda found: str(json.loads(f'"{found[0]}"')), text)
        if plain == text:
            break
        text = plain
        yield text
    for run in RUN.findall(text):
        packed = run.replace("-", "+").replace("_", "/").replace("\r", "").replace("\n", "")
        for offset in range(4):  # a value in the middle of an encoded text begins at any of four places
            piece = packed[offset:]
            piece = piece[: len(piece) - (len(piece) % 4 == 1)]
            with contextlib.suppress(binascii.Error):
                yield from _decoded(base64.b64decode(piece + "=" * (-len(piece) % 4)))


def _decoded(data: bytes) -> Iterator[str]:
    yield data.decode("latin-1")
    at = data.find(GZIP)
    while at >= 0:
        # An object, not gzip.decompress: of a stream that was cut short, what is there is looked into.
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj(wbits=31).decompress(data[at:], MOST).decode("utf-8", "replace")
        at = data.find(GZIP, at + 1)
