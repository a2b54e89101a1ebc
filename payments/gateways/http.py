"""The only outbound HTTP: one POST, one bounded answer, and the truth about whether it was sent (I12, I35).

TLS is verified, nothing is read from the environment, no redirect is followed, no request is repeated, no cookie is
kept. The deadline is total and monotonic: it binds connecting, the handshake, writing, headers and body together, so
a server that drips one byte a second does not hold a worker. Only the name lookup of the operating system cannot be
interrupted; when it took too long, nothing is sent.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from core import ports

CONNECT_SECONDS = 2.0
"""For each address of the host, and for the TLS handshake."""
MAX_ANSWER = 64 * 1024
"""Bytes of the body unless a call allows more; headers and transfer framing may add as much again."""

before_send_hooks: list[Callable[[], None]] = []
"""Called before each send, in the calling thread; an exception stops the send and reaches the caller unchanged."""

_send_by: ContextVar[float | None] = ContextVar("send_by", default=None)
_local = threading.local()


class CalledInsideTransaction(RuntimeError):
    """A bug of ours, not an outcome: a hook refused the call before a byte was sent (I11)."""


class NeverSent(Exception):
    """Certain: no byte of the request left us. `reason` holds no address, header or body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoAnswer(Exception):
    """The request may have been read; there is no usable answer. `reason` holds no address, header or body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back, whatever its status: header names in lower case, the body as raw bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@contextlib.contextmanager
def sending_before(monotonic_deadline: float) -> Iterator[None]:
    """The zombie fence: inside, a request is written only while `ports.monotonic() < monotonic_deadline`."""
    token = _send_by.set(monotonic_deadline)
    try:
        yield
    finally:
        _send_by.reset(token)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    deadline_seconds: float = 10.0,
    send_by: float | None = None,
    ca: str | None = None,
    max_answer: int = MAX_ANSWER,
) -> HttpAnswer:
    """Send once and read the answer. `ca` is the path of a bundle that replaces the public authorities.

    `send_by` (monotonic) and `sending_before` both bind, the earlier wins. `max_answer` bounds the body, in bytes.
    Raises NeverSent or NoAnswer.
    """
    for hook in before_send_hooks:
        hook()
    prepared = requests.Request("POST", url, headers=_complete(headers), data=body).prepare()
    bounds = [bound for bound in (send_by, _send_by.get()) if bound is not None]
    until = ports.monotonic() + deadline_seconds
    call = _Call(until=until, send_by=min(bounds, default=None), max_answer=max_answer)
    call.check_fence()
    ports.crash_point("http.before_connect")
    _local.call = call
    try:
        answer = _exchange(prepared, call, ca)
    except (requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
        # Without the chain: the texts of those errors hold the address.
        raise NoAnswer(_reason(error)) from None
    ports.crash_point("http.answer_read")
    return answer


def _complete(headers: Mapping[str, str]) -> dict[str, str]:
    return {"User-Agent": "paydesk", "Accept": "application/json", **headers, "Accept-Encoding": "identity"}


def _exchange(prepared: requests.PreparedRequest, call: _Call, ca: str | None) -> HttpAnswer:
    # The timeouts given here matter only to replaced transports; the guarded connection sets its own before each step.
    timeout = (CONNECT_SECONDS, call.left())
    response = _session().send(prepared, stream=True, allow_redirects=False, verify=ca or True, timeout=timeout)
    try:
        body = _read_body(response, call.max_answer)
    finally:
        response.close()
    return HttpAnswer(response.status_code, {name.lower(): value for name, value in response.headers.items()}, body)


def _read_body(response: requests.Response, max_answer: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := response.raw.read(16 * 1024, decode_content=False):
        parts.append(chunk)
        size += len(chunk)
        if size > max_answer:
            raise NoAnswer("the answer is too large")
    return b"".join(parts)


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return "no answer in time"
    return f"the connection failed ({type(error).__name__})"


# --- one call -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Call:
    """The bounds of the call that this thread is making. Times are monotonic seconds."""

    until: float
    send_by: float | None
    written: bool = False
    received: int = 0
    max_answer: int = MAX_ANSWER

    def check_fence(self) -> None:
        """Raises NeverSent when it is too late to begin writing."""
        now = ports.monotonic()
        if self.send_by is not None and now >= self.send_by:
            raise NeverSent("send_by passed")
        if now >= self.until:
            raise NeverSent("the deadline passed before sending")

    def begin_writing(self) -> None:
        if not self.written:
            self.check_fence()
            self.written = True

    def left(self) -> float:
        """Seconds until the deadline, always positive. Raises NoAnswer when there are none."""
        left = self.until - ports.monotonic()
        if left <= 0:
            raise NoAnswer("no answer in time")
        return left

    def count(self, received: int) -> None:
        self.received += received
        if self.received > 2 * self.max_answer:
            raise NoAnswer("the answer is too large")


def _current() -> _Call:
    call: _Call = _local.call
    return call


# --- the guarded connection -----------------------------------------------------------------------------------------


class _TimedReader(io.RawIOBase):
    """Gives every single read only what is left of the whole deadline, and counts what came."""

    def __init__(self, sock: socket.socket, call: _Call) -> None:
        self._sock = sock
        self._call = call
        # A file of its own keeps the descriptor alive when the connection is closed before the body is read.
        self._file: io.RawIOBase = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._call.left())
        try:
            received = self._file.readinto(buffer) or 0
        except TimeoutError:
            raise NoAnswer("no answer in time") from None
        self._call.count(received)
        return received

    def close(self) -> None:
        self._file.close()
        super().close()


class _TimedSocket:
    """What http.client's response wants of a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._sock, _current()))


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(_TimedSocket(sock), *args, **kwargs)  # type: ignore[arg-type]


class _Connection(HTTPConnection):
    """Knows whether the request was begun; every step has what is left of the deadline."""

    response_class = _TimedResponse

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host.strip("[]"), self.port or self.default_port, _current())

    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)
        ports.crash_point("http.written")

    def send(self, data: Any) -> None:
        call = _current()
        if self.sock is None:
            self.connect()
        call.begin_writing()
        self.sock.settimeout(call.left())
        super().send(data)


class _TlsConnection(_Connection, HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except ssl.SSLCertVerificationError:
            raise NeverSent("the certificate was refused") from None


def _connect(host: str, port: int, call: _Call) -> socket.socket:
    """The first address that answers. Raises NeverSent: a connection that never stood carried nothing."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NeverSent("the name was not resolved") from None
    reason = "the name has no address"
    for family, kind, protocol, _, address in addresses:
        call.check_fence()
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(min(CONNECT_SECONDS, call.left()))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(address)
        except OSError as error:
            sock.close()
            reason = _why_not_connected(error)
        else:
            return sock
    raise NeverSent(reason)


def _why_not_connected(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "connect timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return f"no connection ({type(error).__name__})"


# --- sessions -------------------------------------------------------------------------------------------------------


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Never: requests would read the whole body of a redirect before it says that it does not follow."""
        return


def _session() -> requests.Session:
    """This thread's session: kept connections are never shared, so no lock and no mixed-up answers."""
    session: requests.Session | None = getattr(_local, "session", None)
    if session is None:
        session = _Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(pool_connections=8, pool_maxsize=1, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        _local.session = session
    return session


def _forget_sessions() -> None:
    """A forked child must not write into its parent's connections."""
    _local.__dict__.clear()


os.register_at_fork(after_in_child=_forget_sessions)
