"""Detection of keys and passwords in what is about to be kept or shown, plain or encoded.

Every scan takes a few passes over the text, however long a run of letters in it is: answers come from strangers.
"""

import base64
import binascii
import contextlib
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

# Four characters of base64 that three bytes of ASCII give: all that tells a password from "basic responsibilities".
QUARTET = "[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/]"
NAMED = r"api[_-]?key|secret[_-]?key|access[_-]?key|client[_-]?secret|(?:access|auth|api)[_-]?token|password|passwd"
SECRET_NAME = re.compile(
    r"(?:^|[_.-])(?:[A-Z0-9]*(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL)S?"
    r"|(?:[A-Z0-9]*(?:API|AI|ACCESS|PRIVATE|SECRET|ACCOUNT|SIGNING|ENCRYPTION))?KEYS?)(?:[_.-]|\d*$)"
    r"(?!(?:.*[_.-])?(?:PATH|FILE|DIR|TYPE|NAME)$)",
    re.IGNORECASE,
)
SHORTEST = 8  # a shorter value of the environment is a switch or a placeholder, and stands in any text
PLAIN_WORD = re.compile(r"[A-Za-z]?[a-z]{7,15}")  # as local servers' manuals put it in place of a key: "anything"
PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
LONGEST_PIECES = 4  # characters, on average: words have more, what chance draws has about two
NUMBERS = 3  # in one unbroken run: few words have as many
UNBROKEN = 10
GZIP = b"\x1f\x8b\x08"
MOST = 2**20  # bytes: a zip bomb in an answer stays small
MOST_PACKED = 8  # beginnings of gzip that are tried in one run
# Broken into lines or not.
RUN = re.compile(r"[A-Za-z0-9+/_-]{20,}+(?:\r?\n[A-Za-z0-9+/_-]++)*+")
HASH = re.compile(r"[0-9a-f]+")
ESCAPE = re.compile(r'\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])')
ESCAPES = 3  # JSON in JSON in JSON
IN_URL = "a password in a URL"


@dataclass(frozen=True)
class Pattern:
    """The look of one kind of secret.

    `literals` are parts in lower case, separated by a blank, of which it has at least one: they are found far sooner
    than the whole. With `by_chance`, the group `key` of the expression (else all of it) has to look drawn by chance as
    well: words have the form, too.
    """

    kind: str
    literals: str
    expression: str
    by_chance: bool = False

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression, ready for use."""
        # ASCII: between a letter that is none of ASCII and a key, there is a boundary.
        return re.compile(self.expression, re.ASCII)

    @cached_property
    def hints(self) -> tuple[str, ...]:
        """The literals one by one."""
        return tuple(self.literals.split())

    def may_be_in(self, lower: str) -> bool:
        """True if a text, given in lower case, has one of the literals."""
        return not self.hints or any(hint in lower for hint in self.hints)

    def found_in(self, text: str) -> bool:
        """True if the text holds such a secret."""
        return any(self.fits(match) for match in self.compiled.finditer(text))

    def fits(self, match: re.Match[str]) -> bool:
        """True if this match is a secret, and not a word of the same form."""
        return not self.by_chance or looks_random(match.groupdict().get("key") or match[0])


def prefixed(kind: str, prefix: str, rest: str) -> Pattern:
    """The pattern of a key that is known by how it begins."""
    return Pattern(kind, prefix.lower(), rf"(?<![A-Za-z0-9]){re.escape(prefix)}{rest}")


PATTERNS = (
    Pattern("a private key", "-----begin", r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----"),
    Pattern("a key of the form sk-...", "sk-", r"\bsk-(?P<key>[A-Za-z0-9_-]{16,}+)", by_chance=True),
    Pattern("a bearer token", "bearer", r"\b[Bb]earer\s++(?P<key>[A-Za-z0-9._~+/=-]{16,}+)", by_chance=True),
    Pattern("a basic authorization", "basic", rf"\b[Bb]asic\s++(?:{QUARTET}){{3,}}[A-Za-z0-9+/]*={{0,2}}"),
    Pattern("an AWS access key", "akia asia", r"\bA(?:KIA|SIA)[0-9A-Z]{16}\b"),
    # Hex alone is the hash of a commit.
    Pattern(
        "an AWS secret key", "", r"(?<![\w/+=-])(?![0-9a-f]{40})(?P<key>[A-Za-z0-9/+]{40})(?![\w/+=-])", by_chance=True
    ),
    Pattern("a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_\w{30,}+"),
    prefixed("a fine-grained GitHub token", "github_pat_", r"\w{30,}+"),
    Pattern(
        "a GitLab token", "glpat- gldt- glrt- glptt- glcbt- glsoat-", r"\bgl(?:pat|dt|rt|ptt|cbt|soat)-[\w-]{20,}+"
    ),
    prefixed("a Hugging Face token", "hf_", "[A-Za-z0-9]{30,}+"),
    Pattern("a Slack token", "xox", r"\bxox[abeprs]-[\w-]{10,}+"),
    prefixed("a Slack webhook", "hooks.slack.com/services/", r"\w+/\w+/\w{16,}+"),
    prefixed("a Google key", "AIza", r"[\w-]{35}"),
    prefixed("a Google token", "ya29.", r"[\w-]{20,}+"),
    prefixed("a Google client secret", "GOCSPX-", r"[\w-]{20,}+"),
    Pattern("a JSON web token", "eyj", r"(?<![\w-])eyJ[\w-]{10,}+\.[\w-]{10,}+\.[\w-]{10,}+"),
    Pattern("a Groq key", "gsk_", r"\bgsk_[A-Za-z0-9]{20,}+"),
    prefixed("an xAI key", "xai-", "(?=[a-z-]*[A-Z0-9])[A-Za-z0-9_-]{20,}+"),
    prefixed("an NVIDIA key", "nvapi-", r"[\w-]{20,}+"),
    prefixed("a Perplexity key", "pplx-", "[A-Za-z0-9]{20,}+"),
    prefixed("a Replicate key", "r8_", "[A-Za-z0-9]{20,}+"),
    prefixed("a Fireworks key", "fw_", "(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,}+"),
    prefixed("a Cerebras key", "csk-", "[A-Za-z0-9]{20,}+"),
    prefixed("a Tavily key", "tvly-", r"[\w-]{20,}+"),
    prefixed("a LangSmith key", "lsv2_", r"[sp]t_\w{20,}+"),
    Pattern("a Stripe key", "k_live_ k_test_ whsec_", r"\b(?:[spr]k_(?:live|test)_|whsec_)[A-Za-z0-9]{16,}+"),
    prefixed("an npm token", "npm_", "[A-Za-z0-9]{30,}+"),
    prefixed("a PyPI token", "pypi-", r"(?=\S*[A-Z0-9])[\w-]{40,}+"),
    prefixed("a Docker token", "dckr_pat_", r"[\w-]{20,}+"),
    prefixed("a Databricks token", "dapi", "[0-9a-f]{32}"),
    Pattern("a DigitalOcean token", "_v1_", r"\bdo[opr]_v1_[0-9a-f]{60,}+"),
    prefixed("a Shopify token", "shp", "(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    prefixed("a SendGrid key", "SG.", r"[\w-]{16,}+\.[\w-]{16,}+"),
    prefixed("a Mailgun key", "key-", "[0-9a-f]{32}"),
    prefixed("a Twilio key", "SK", "[0-9a-f]{32}"),
    Pattern("a Telegram token", ":aa", r"\b\d{8,10}:AA[\w-]{33}"),
    Pattern("a Discord token", ".", r"\b[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,}+"),
    prefixed("a Linear key", "lin_api_", "[A-Za-z0-9]{30,}+"),
    prefixed("a Notion key", "ntn_", "[A-Za-z0-9]{30,}+"),
    prefixed("a Figma token", "figd_", r"[\w-]{30,}+"),
    prefixed("a Vault token", "hvs.", r"[\w-]{20,}+"),
    prefixed("a Grafana token", "glsa_", r"\w{30,}+"),
    prefixed("a Sentry token", "sntrys_", r"[\w=+/-]{30,}+"),
    prefixed("a Postman key", "PMAK-", r"[\w-]{30,}+"),
    prefixed("an Atlassian token", "ATATT3", r"[\w=-]{30,}+"),
    prefixed("an age key", "AGE-SECRET-KEY-1", "[A-Z0-9]{30,}+"),
    Pattern("an Azure key", "key=", r"\b(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{40,}+={0,2}"),
    Pattern("an Azure signature", "sig=", r"[?&;]sig=[A-Za-z0-9%+/]{30,}+"),
    Pattern(
        "a key in a URL",
        "=",
        rf"(?i)[?&](?:{NAMED}|key|token|secret|sig|signature|auth|subscription-key)"
        r"=(?P<key>[A-Za-z0-9%._~+/-]{16,}+)",
        by_chance=True,
    ),
    Pattern(
        "a key by its name",
        "api_key api-key apikey _token -token accesst autht apit secret passw access_k access-k accessk",
        rf"(?i)(?:{NAMED})[\"']?\s{{0,3}}+[:=]\s{{0,3}}+[\"']?(?P<key>[^\s\"',;]{{12,}}+)",
        by_chance=True,
    ),
    # A number, and what no password has behind it, is a port: http://a.com:80,b@c.de
    Pattern(IN_URL, "://", r"://[^/\s:@\"]*+:(?!\d{1,5}[,;!)'])[^/\s\"]+@"),
    Pattern("a token in a URL", "://", r"://(?P<key>[\w.~%-]{16,}+)@", by_chance=True),
    # In the place of a user's name, letters of both cases and a digit without a break are no word, however they fall.
    Pattern(
        "a token in a URL",
        "://",
        r"://(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{20,}+@",
    ),
)


def looks_random(text: str) -> bool:
    """True if letters and digits change as often as chance changes them, and not as in words, numbers or packed text.

    >>> [looks_random(text) for text in ("learn-based-pipelines", "International2024", "x7Kq92LmPz04Tb8w")]
    [False, False, True]
    """
    pieces = PIECE.findall(text)
    size = sum(map(len, pieces))
    longest = max(re.findall("[A-Za-z0-9]+", text), key=len, default="")
    many = size < LONGEST_PIECES * len(pieces) or len(re.findall(r"\d+", longest)) >= NUMBERS
    return len(longest) >= UNBROKEN and many and not _is_packed_text(text)


def _is_packed_text(text: str) -> bool:
    """True if this is base64 of plain text, which is looked into by itself."""
    try:
        decoded = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
        return decoded.decode("ascii").isprintable()
    except ValueError:
        return False


def find_secret(text: str, environment: Mapping[str, str]) -> str:
    """The kind of secret that `text` holds, in words that do not repeat it; "" if it holds none.

    Secrets are what looks like a key, and the values of the environment's variables whose names say key, token, secret,
    password or credential (unless the value is one plain word: a placeholder). Both are found plain, as JSON escapes
    them, in base64 (the URL-safe one too), and gzipped in base64.

    >>> find_secret("the token is hunter2-hunter2", {"MY_TOKEN": "hunter2-hunter2"})
    'the value of MY_TOKEN'
    """
    secrets = [(name, value) for name, value in _values(environment) if not PLAIN_WORD.fullmatch(value)]
    values = {form: name for name, value in secrets for form in (value, _bytes_of(value).decode("latin-1"))}
    encoded = {form: name for name, value in secrets for form in _in_base64(_bytes_of(value))}
    views = list(_views(text))
    for form, name in values.items():
        if any(form in view for view in views):
            return f"the value of {name}"
    for form, name in encoded.items():
        if form in text:
            return f"the value of {name}"
    for view in views:
        lower = view.lower()
        for pattern in PATTERNS:
            if pattern.may_be_in(lower) and pattern.found_in(view):
                return pattern.kind
    return ""


def redacted(text: str, environment: Mapping[str, str]) -> str:
    """`text` with every plain secret replaced by three asterisks: for messages that quote a server or a URL.

    >>> redacted("cannot reach http://me:hunter2@host/v1", {})
    'cannot reach http://***@host/v1'
    """
    for _, value in _values(environment):
        text = text.replace(value, "***")
    for pattern in PATTERNS:
        if pattern.may_be_in(text.lower()):
            text = pattern.compiled.sub(lambda match, by=pattern: _hidden(match, by), text)  # type: ignore[misc]
    return text


def _hidden(match: re.Match[str], pattern: Pattern) -> str:
    if not pattern.fits(match):
        return match[0]
    if pattern.kind == IN_URL:
        return "://***@"
    key = match.groupdict().get("key")
    return match[0].replace(key, "***") if key else "***"


def _values(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """The environment's secrets by name, the longest first: one may be a part of another."""
    secrets = [(name, value.strip()) for name, value in environment.items() if SECRET_NAME.search(name)]
    return sorted((secret for secret in secrets if len(secret[1]) >= SHORTEST), key=lambda secret: -len(secret[1]))


def _bytes_of(value: str) -> bytes:
    return value.encode(errors="surrogateescape")


def _in_base64(data: bytes) -> Iterator[str]:
    """The characters of base64 that stand for the data wherever they begin in the encoded text, in both alphabets."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data).decode()
        part = whole[-(-8 * before // 6) : 8 * (before + len(data)) // 6]  # the characters that are the data's alone
        yield part
        yield part.replace("+", "-").replace("/", "_")


def _views(text: str) -> Iterator[str]:
    """The text; without the escapes of JSON; and each run that base64 can decode, as it comes out and unzipped."""
    yield text
    for _ in range(ESCAPES):
        plain = ESCAPE.sub(lambda match: str(json.loads(f'"{match[0]}"')), text)
        if plain == text:
            break
        text = plain
        yield text
    for run in RUN.findall(text):
        packed = run.replace("-", "+").replace("_", "/").replace("\r", "").replace("\n", "")
        if HASH.fullmatch(packed):  # of which a recording is full
            continue
        for offset in range(4):  # a value in the middle of an encoded text begins at any of four places
            piece = packed[offset:]
            piece = piece[: len(piece) - (len(piece) % 4 == 1)]
            with contextlib.suppress(binascii.Error):
                yield from _decoded(base64.b64decode(piece + "=" * (-len(piece) % 4)))


def _decoded(data: bytes) -> Iterator[str]:
    yield data.decode("latin-1")
    at = -1
    for _ in range(MOST_PACKED):
        at = data.find(GZIP, at + 1)
        if at < 0:
            break
        # An object, not gzip.decompress: of a stream that was cut short, what is there is looked into.
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj(wbits=31).decompress(data[at:], MOST).decode("utf-8", "replace")
