"""The one way to a server: openai's client, with a bound on the time and on the size of every answer."""

import asyncio
import zlib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from synthworth.generation.generator.address import Address
from synthworth.generation.generator.settings import ServerSettings

MOST_BYTES = 2**20  # of an answer, packed or unpacked: a hundred times the longest text
MOST_FILE_BYTES = 2**28  # of the answers of a whole batch
MOST_REDIRECTS = 3
ANSWERED = range(200, 300)
MOVED = (307, 308)  # that keep a POST what it is
ENCODING, LENGTH = b"content-encoding", b"content-length"
PACKED = ("gzip", "x-gzip")
GZIP = 31  # zlib's window bits for gzip


# The bound of what this task reads: a batch's file of answers is longer than one answer.
_most_bytes: ContextVar[int] = ContextVar("most_bytes", default=MOST_BYTES)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A server's reply: status, headers and content as text, or (status 0) the reason why there is none.

    `slow` and `large` tell that the answer did not keep to our bounds; `requests` were sent for it.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    failure: str = ""
    slow: bool = False
    large: bool = False
    requests: int = 1

    @property
    def answered(self) -> bool:
        """True if the server took the request."""
        return self.status in ANSWERED or self.large


class Unusable(ValueError):
    """The environment's proxies or certificates cannot be used: the reason, and what to do."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(f"{reason}; {advice}")
        self.reason, self.advice = reason, advice


class TooLarge(Exception):
    """An answer is longer than any that makes sense."""


class Transport:
    """A connection to one server. Raises Unusable if that cannot work as the environment is.

    Without a `key`, none is sent: the headers of `settings` may hold one.
    """

    def __init__(self, address: Address, key: str, settings: ServerSettings | None = None) -> None:
        import openai

        self.address = address
        self._settings = settings or ServerSettings()
        self._url = address.url
        self._client = openai.AsyncOpenAI(
            base_url=address.base,
            api_key=key or "no key",
            max_retries=0,  # who retries has to know of quotas, budgets and the user
            timeout=self._settings.timeout_s,
            default_headers={"accept-encoding": "gzip", **self._headers()},
            http_client=_http_client(address, self._settings),
        )
        named = {name.lower() for name in self._settings.headers}
        without = {} if key or "authorization" in named else {"Authorization": openai.Omit()}
        self._options: Any = {"headers": without} if without else {}
        if not address.is_openai:  # openai's client takes them from the environment
            self._client.organization = self._client.project = None

    async def post(self, form: Mapping[str, Any]) -> Reply:
        """The reply to one chat request; a redirect within the server is followed."""
        import openai

        for sent in range(1, MOST_REDIRECTS + 2):
            try:
                async with asyncio.timeout(self._settings.timeout_s):
                    response = await self._send(form)
            except TimeoutError:
                return Reply(failure=f"no whole answer within {self._settings.timeout_s:g} s", slow=True, requests=sent)
            except openai.APITimeoutError as error:
                return Reply(failure=_reason(error), slow=True, requests=sent)
            except openai.APIConnectionError as error:
                return Reply(failure=_reason(error), requests=sent)
            except TooLarge as error:
                return Reply(failure=str(error), large=True, requests=sent)
            if target := self._moved_to(response):
                self._url = target
            else:
                break
        return Reply(status=response.status_code, headers=dict(response.headers), text=response.text, requests=sent)

    async def call(self, method: str, path: str, form: Mapping[str, Any] | None = None) -> Reply:
        """The reply of another endpoint of the server, such as `/batches`."""
        body = {"body": form} if form is not None else {}
        return await self._called(method, path, body)

    async def upload(self, path: str, files: Mapping[str, Any], form: Mapping[str, Any]) -> Reply:
        """The reply to a file that is sent to the server, with the fields of a form."""
        return await self._called("POST", path, {"files": files, "body": form})

    async def _called(self, method: str, path: str, body: dict[str, Any]) -> Reply:
        import httpx2
        import openai

        path, _, query = path.partition("?")
        joined = "&".join(filter(None, [self.address.query, query]))
        url = f"{self.address.base}{path}" + (f"?{joined}" if joined else "")
        multipart = {"Content-Type": "multipart/form-data"} if "files" in body else {}
        options: Any = {"headers": {**self._options.get("headers", {}), **multipart}}
        token = _most_bytes.set(MOST_FILE_BYTES)
        try:
            if method == "GET":
                response = await self._client.get(url, cast_to=httpx2.Response, options=options)
            else:
                response = await self._client.post(url, cast_to=httpx2.Response, options=options, **body)
        except openai.APIStatusError as error:
            response = error.response
        except openai.APIConnectionError as error:
            return Reply(failure=_reason(error), slow=isinstance(error, openai.APITimeoutError))
        except TooLarge as error:
            return Reply(failure=str(error), large=True)
        finally:
            _most_bytes.reset(token)
        return Reply(status=response.status_code, headers=dict(response.headers), text=response.text)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _headers(self) -> dict[str, str]:
        try:
            return self._settings.sent_headers()
        except ValueError as error:
            raise Unusable("it lacks a header", str(error)) from None

    async def _send(self, form: Mapping[str, Any]) -> Any:
        import httpx2
        import openai

        try:
            return await self._client.post(self._url, body=form, cast_to=httpx2.Response, options=self._options)
        except openai.APIStatusError as error:
            return error.response

    def _moved_to(self, response: Any) -> str:
        """The new address of a server that has moved within its host; "" if it has not: others are not followed."""
        if response.status_code not in MOVED or "location" not in response.headers:
            return ""
        try:
            target = urljoin(self._url, str(response.headers["location"]))
            before, now = urlsplit(self._url), urlsplit(target)
            _ = now.port  # read only when asked for
        except ValueError:
            return ""
        same = before.hostname == now.hostname and now.scheme in ("https", before.scheme)
        if not same or target == self._url:
            return ""
        user = str(before.netloc).rpartition("@")[0]
        return str(now._replace(netloc=f"{user}@{now.netloc}").geturl()) if user else target


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error
    return str(cause) or type(cause).__name__


def _http_client(address: Address, settings: ServerSettings) -> Any:
    import httpx2

    secure = address.base.startswith("https:")
    try:
        transport = httpx2.AsyncHTTPTransport(
            trust_env=secure,  # for certificates; the proxy is given
            proxy=_proxy(address),
            limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100),
        )
    except ImportError:
        raise Unusable(
            "the environment names a SOCKS proxy, which needs a package", "pip install socksio, or unset ALL_PROXY"
        ) from None
    except OSError as error:  # ssl.SSLError among them
        raise Unusable(
            f"the certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read ({error.strerror or error})",
            "correct or unset it",
        ) from None
    except (ValueError, httpx2.InvalidURL):  # whose text repeats a part of the URL, which may be one of a password
        raise Unusable(
            "the proxy of the environment cannot be used", "give it as in http://127.0.0.1:3128, or unset it"
        ) from None
    transport._pool = cast(Any, _Bounded(transport._pool))  # below vcrpy, which keeps all of an answer in memory
    timeout = httpx2.Timeout(settings.timeout_s, connect=settings.connect_timeout_s)
    return httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout)


def _proxy(address: Address) -> str | None:
    """The environment's proxy for a server; None for this machine, which no proxy knows."""
    if address.is_loopback or proxy_bypass(address.host):
        return None
    proxies = getproxies()
    proxy = proxies.get(address.base.partition(":")[0]) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


class _Bounded:
    """A connection pool whose answers are read whole, unpacked, and given up when they grow too large."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def handle_async_request(self, request: Any) -> Any:
        import httpcore2

        response = await self._pool.handle_async_request(request)
        try:
            content = bytearray()
            async for chunk in response.aiter_stream():
                content += chunk
                _check(len(content))
        finally:
            await response.aclose()
        packed = {value.lower().decode("latin-1") for name, value in response.headers if name.lower() == ENCODING}
        headers = [(name, value) for name, value in response.headers if name.lower() not in (ENCODING, LENGTH)]
        whole = _unpacked(bytes(content)) if packed & set(PACKED) else bytes(content)
        return httpcore2.Response(response.status, headers=headers, content=whole, extensions=response.extensions)

    async def __aenter__(self) -> "_Bounded":
        await self._pool.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._pool.__aexit__(*error)

    async def aclose(self) -> None:
        await self._pool.aclose()


def _unpacked(content: bytes) -> bytes:
    """The unpacked content; as it came, if it is not packed, or breaks off and cannot be read."""
    try:
        unpacking = zlib.decompressobj(wbits=GZIP)
        whole = unpacking.decompress(content, _most_bytes.get() + 1)
        _check(len(whole))
        return whole if unpacking.eof else content
    except zlib.error:
        return content


def _check(size: int) -> None:
    if size > (most := _most_bytes.get()):
        raise TooLarge(f"an answer of more than {most:,} bytes")
