"""The judgement of a server's reply that is no answer: what it says, whose fault it is, and whether to ask again."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from synthworth.generation.generator.transport import Reply

MOST_WAIT_S = 120.0  # that a server may ask for before it is better to run again
PASSING = (408, 409, 425, 429)
FIRST_SERVER_ERROR = 500
PAYMENT_REQUIRED, FORBIDDEN = 402, 403
ABOUT_REQUEST = (400, 403, 413, 422, 451)  # may be about this one request, and not about all
NO_COMPLETION_RETRIES = 2  # an answer that is none, before it is called a fault of the server
SLOW_RETRIES = 1
# The codes by which content filters refuse a prompt: OpenAI, Azure, Google, DeepSeek, Alibaba, Zhipu, OpenRouter.
FILTERS = re.compile(
    r"content_?filter|content_policy|responsible_?ai_?policy|data_?inspection_?failed|prohibited_content|blocklist"
    r"|invalid_prompt|moderation|guardrail|content exists risk|flagged",
    re.IGNORECASE,
)
NO_CREDIT = re.compile(
    r"insufficient_quota|insufficient[_ ](balance|funds|credits?)|billing_(hard_limit|not_active)|payment[_ ]required"
    r"|(out of|no more|not enough) credits?\b",
    re.IGNORECASE,
)
# LM Studio answers a path that it does not know with 200 and this.
NO_ENDPOINT = re.compile(r"unexpected endpoint|unknown (endpoint|url|path|route)", re.IGNORECASE)
# Google's RetryInfo, in the details of an error; its compatible endpoint sends no header.
RETRY_INFO = re.compile(r'"retryDelay":\s*"(\d+(?:\.\d+)?)s"')
LOW_BALANCE = "credit balance is too low"  # as Anthropic says it, with a 400
PAY = "no credit is left: check the plan and the billing of the account"
ADVICE = {
    400: "the generator refuses what the task asks of it: check its name and its prompts' length",
    401: "check OPENAI_API_KEY",
    402: PAY,
    403: "check OPENAI_API_KEY and what it may use",
    404: "check the model's name and that the base URL ends in /v1",
    422: "the generator refuses what is asked of it: check its name, and the settings in its table",
    429: "wait, or lower --synth-concurrency or --synth-requests-per-minute",
}
RUN_AGAIN = "see the server's log, then run again"
REACH = "start it, or check the base URL"
SLOWER = "lower --synth-concurrency if it is busy, or see its log"
RIGHT_URL = "is this the right base URL?"
HTTP_ERRORS = range(400, 600)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One reply that is no answer: in words (`quote` is the server's own), and what to do about it.

    `kind` tells two faults apart; `retries` is how often it is worth asking again (None: as often as any), after
    `wait_s` if the server says so. `about_request` tells that the server may refuse this one request alone, and
    `filtered` that it says it does.
    """

    kind: str
    begins: str
    quote: str
    advice: str
    retries: int | None = 0
    wait_s: float | None = None
    about_request: bool = False
    filtered: bool = False


def fault_of(reply: Reply) -> Fault:
    """The fault of a reply that is no answer."""
    if not reply.status:
        return _unreached(reply)
    error = _error(reply.text)
    status, begins = reply.status, f"answered {reply.status}"
    if status < min(HTTP_ERRORS):
        if "location" in reply.headers and status not in range(200, 300):
            return _redirected(reply)
        if not error:
            return _no_completion(reply)
        status, begins = _status_in(error), f"answered {reply.status} with an error"
    quote = _message(error, reply.text)
    codes = " ".join(str(error.get(name) or "") for name in ("code", "type", "metadata", "innererror"))
    wait_s = _wait_s(reply.headers)
    if wait_s is None and (told := RETRY_INFO.search(reply.text)):
        wait_s = float(told[1])
    if _no_credit(status, codes, quote):
        return Fault(kind="no credit", begins=begins, quote=quote, advice=PAY)
    if status in PASSING or status >= FIRST_SERVER_ERROR:
        far = wait_s is not None and wait_s > MOST_WAIT_S
        advice = f"it asks to wait {wait_s:,.0f} s: run again then" if far else ADVICE.get(status, RUN_AGAIN)
        retries = 0 if far else None
        return Fault(kind=str(status), begins=begins, quote=quote, advice=advice, retries=retries, wait_s=wait_s)
    return Fault(
        kind=str(status),
        begins=begins,
        quote=quote,
        advice=ADVICE.get(status, RUN_AGAIN),
        about_request=status in ABOUT_REQUEST and (status != FORBIDDEN or bool(FILTERS.search(f"{codes} {quote}"))),
        # Not the message, which may quote the prompt.
        filtered=status in ABOUT_REQUEST and bool(FILTERS.search(codes)),
    )


def _no_credit(status: int, codes: str, quote: str) -> bool:
    if status == PAYMENT_REQUIRED or NO_CREDIT.search(codes) or LOW_BALANCE in quote:
        return True
    return status not in ABOUT_REQUEST and bool(NO_CREDIT.search(quote))


def completes(reply: Reply) -> bool:
    """True if the reply has the form of a chat completion."""
    try:
        content = json.loads(reply.text)
        return reply.answered and bool(content["choices"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def _unreached(reply: Reply) -> Fault:
    if reply.large:
        return Fault(
            kind="too large",
            begins="answered with something that is not a chat completion",
            quote=reply.failure,
            advice=RIGHT_URL,
            retries=NO_COMPLETION_RETRIES,
        )
    if reply.slow:
        return Fault(kind="slow", begins="does not answer", quote=reply.failure, advice=SLOWER, retries=SLOW_RETRIES)
    return Fault(kind="unreachable", begins="cannot be reached", quote=reply.failure, advice=REACH, retries=None)


def _redirected(reply: Reply) -> Fault:
    try:
        parts = urlsplit(reply.headers["location"])
        target = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    except ValueError:
        target = "what is no URL"
    return Fault(
        kind="redirect",
        begins=f"answered {reply.status}",
        quote=f"a redirect to {target}",
        advice="redirects to other servers are not followed: give the address itself as the base URL, if you trust it",
    )


def _no_completion(reply: Reply) -> Fault:
    kind = reply.headers.get("content-type", "no content type")
    return Fault(
        kind="no completion",
        begins="answered with something that is not a chat completion",
        quote=f"{kind}: {reply.text.strip() or 'nothing'}",
        advice=RIGHT_URL,
        retries=NO_COMPLETION_RETRIES,
    )


def _error(text: str) -> Mapping[str, Any]:
    """The error in a reply, in OpenAI's form or near it; empty if it has none."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if isinstance(content, list) and content:  # as Google wraps it
        content = content[0]
    if not isinstance(content, Mapping):
        return {}
    error = content.get("error")
    if isinstance(error, Mapping):
        return error
    if isinstance(error, str) and error:
        return {"message": error, "code": content.get("code")}
    if isinstance(content.get("detail"), str):  # as servers on FastAPI refuse: transformers' is one
        return {"message": content["detail"]}
    return content if "message" in content and "choices" not in content else {}


def _message(error: Mapping[str, Any], text: str) -> str:
    message = error.get("message")
    return str(message) if message else text


def _status_in(error: Mapping[str, Any]) -> int:
    """The HTTP status that an error under a status of success means: its code, else 404 if it knows no such address.

    Any other may pass, as too many requests do.
    """
    code = error.get("code", error.get("status"))
    if isinstance(code, str) and code.isdecimal():
        code = int(code)
    if type(code) is int and code in HTTP_ERRORS:
        return code
    return 404 if NO_ENDPOINT.search(str(error.get("message") or "")) else 429


def _wait_s(headers: Mapping[str, str]) -> float | None:
    """The seconds that a server asks to wait; None if it does not."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    try:
        until = parsedate_to_datetime(headers["retry-after"])
        now = parsedate_to_datetime(headers["date"])
        return max(0.0, (until - now).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None
