"""The outbound client against real sockets that misbehave (I12, I35)."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from core import ports
from payments.gateways import http
from payments.gateways.http import HttpAnswer, NeverSent, NoAnswer, post, sending_before

Handler = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Case: Kept\r\nContent-Length: %d\r\n\r\n"


class Server:
    """Accepts connections one after the other; the n-th is handed to the n-th handler, the last one again and again."""

    def __init__(self, *handlers: Handler, tls: ssl.SSLContext | None = None) -> None:
        self.handlers = handlers
        self.tls = tls
        self.connections = 0
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/ams/api/v1/payments/pay"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                handler = self.handlers[min(self.connections, len(self.handlers) - 1)]
                self.connections += 1
                threading.Thread(target=self._handle, args=(sock, handler), daemon=True).start()

    def _handle(self, sock: socket.socket, handler: Handler) -> None:
        with suppress(OSError):
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            handler(sock)
        with suppress(OSError):
            sock.close()

    def read_request(self, sock: socket.socket) -> bytes:
        raw = b""
        while b"\r\n\r\n" not in raw:
            received = sock.recv(4096)
            if not received:
                raise OSError("gone")
            raw += received
        head, _, body = raw.partition(b"\r\n\r\n")
        length = int(
            next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split()[1]
        )
        while len(body) < length:
            body += sock.recv(4096)
        self.requests.append(head + b"\r\n\r\n" + body)
        return body

    def stop(self) -> None:
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def start(*handlers: Callable[[Server, socket.socket], None], tls: ssl.SSLContext | None = None) -> Server:
        server = Server(tls=tls)
        server.handlers = tuple((lambda sock, act=act: act(server, sock)) for act in handlers)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(autouse=True)
def fresh_session() -> Iterator[None]:
    http._forget_sessions()
    yield
    http._forget_sessions()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def answering(body: bytes = b"{}", *, keep: bool = False) -> Callable[[Server, socket.socket], None]:
    def act(server: Server, sock: socket.socket) -> None:
        while True:
            server.read_request(sock)
            sock.sendall(HEAD % len(body) + body)
            if not keep:
                return

    return act


def dripping(prefix: bytes, drop: bytes) -> Callable[[Server, socket.socket], None]:
    def act(server: Server, sock: socket.socket) -> None:
        server.read_request(sock)
        sock.sendall(prefix)
        for _ in range(400):
            sock.sendall(drop)
            time.sleep(0.05)

    return act


def sending(raw: bytes, *, reset: bool = False) -> Callable[[Server, socket.socket], None]:
    def act(server: Server, sock: socket.socket) -> None:
        server.read_request(sock)
        if raw:
            sock.sendall(raw)
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    return act


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


# --- the good case --------------------------------------------------------------------------------------------------


def test_an_answer_comes_back_raw_with_lower_case_names(serve):
    server = serve(answering(b'{"a": 1}'))
    answer = post(server.url, b'{"q":1}', {"Client-Id": "c"})
    assert answer == HttpAnswer(
        200, {"content-type": "application/json", "x-case": "Kept", "content-length": "8"}, b'{"a": 1}'
    )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == b'{"q":1}'
    assert b"POST /ams/api/v1/payments/pay HTTP/1.1" in head
    assert b"Accept-Encoding: identity" in head
    assert b"Client-Id: c" in head
    assert b"Cookie" not in head


def test_a_connection_is_kept_between_calls(serve):
    server = serve(answering(keep=True))
    for _ in range(3):
        assert post(server.url, b"{}", {}).status == 200
    assert (server.connections, len(server.requests)) == (1, 3)


def test_a_chunked_answer_is_read(serve):
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    assert post(serve(sending(chunked)).url, b"{}", {}).body == b"{}"


def test_an_answer_without_a_length_ends_with_the_connection(serve):
    assert post(serve(sending(b"HTTP/1.0 200 OK\r\n\r\n{}")).url, b"{}", {}).body == b"{}"


def test_every_status_is_only_reported(serve):
    assert post(serve(sending(b"HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n")).url, b"{}", {}).status == 503


@pytest.mark.promise("I35")
def test_a_redirect_is_not_followed(serve):
    elsewhere = serve(answering())
    location = elsewhere.url.encode()
    server = serve(sending(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 2\r\n\r\n{}"))
    assert post(server.url, b"{}", {}).status == 302
    assert elsewhere.connections == 0


@pytest.mark.promise("I35")
def test_the_environment_and_cookies_change_nothing(serve, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}"

    def act(server: Server, sock: socket.socket) -> None:
        for _ in range(2):
            server.read_request(sock)
            sock.sendall(cookie)

    server = serve(act)
    for _ in range(2):
        assert post(server.url, b"{}", {}).status == 200
    assert b"a=b" not in server.requests[1]


def test_crash_points_come_in_order(serve):
    seen: list[str] = []
    ports.install_crash_hook(seen.append)
    try:
        post(serve(answering()).url, b"{}", {})
    finally:
        ports.install_crash_hook(None)
    assert seen == ["http.before_connect", "http.written", "http.answer_read"]


def test_hooks_run_before_each_send_and_may_stop_it(serve, monkeypatch):
    server = serve(answering())

    def refuse() -> None:
        raise RuntimeError("a transaction is open")

    monkeypatch.setattr(http, "before_send_hooks", [refuse])
    with pytest.raises(RuntimeError):
        post(server.url, b"{}", {})
    assert server.connections == 0


def test_threads_do_not_share_a_session():
    sessions = [http._session()]
    thread = threading.Thread(target=lambda: sessions.append(http._session()))
    thread.start()
    thread.join()
    assert sessions[0] is http._session()
    assert sessions[0] is not sessions[1]


# --- never sent -----------------------------------------------------------------------------------------------------


@pytest.mark.promise("I12")
def test_a_refused_connection_was_never_sent():
    with pytest.raises(NeverSent, match=r"^connection refused$"):
        post(f"http://127.0.0.1:{free_port()}/secret", b"{}", {})


@pytest.mark.promise("I12")
def test_an_unknown_name_was_never_sent():
    with pytest.raises(NeverSent, match=r"^the name was not resolved$"):
        post("http://gateway.invalid/secret", b"{}", {})


@pytest.mark.parametrize(
    ("error", "reason"),
    [(TimeoutError(), "connect timeout"), (OSError(101, "unreachable"), r"no connection \(OSError\)")],
)
def test_a_connection_that_never_stood_was_never_sent(monkeypatch, error, reason):
    class Deaf(socket.socket):
        def connect(self, address: object) -> None:
            raise error

    monkeypatch.setattr(socket, "socket", Deaf)
    with pytest.raises(NeverSent, match=f"^{reason}$"):
        post("http://127.0.0.1:9/", b"{}", {})


def test_a_name_without_addresses_was_never_sent(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [])
    with pytest.raises(NeverSent, match=r"^the name has no address$"):
        post("http://127.0.0.1:9/", b"{}", {})


def test_the_next_address_is_tried(serve, monkeypatch):
    server = serve(answering())
    dead, alive = ("127.0.0.1", free_port()), ("127.0.0.1", server.port)
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [(*kind, dead), (*kind, alive)])
    assert post(server.url, b"{}", {}).status == 200


def test_a_lookup_longer_than_the_deadline_sends_nothing(serve, monkeypatch):
    server, real = serve(answering()), socket.getaddrinfo

    def slow(*args: object, **kwargs: object) -> object:
        time.sleep(0.2)
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(NeverSent, match="the deadline passed before sending"):
        post(server.url, b"{}", {}, deadline_seconds=0.1)
    assert server.connections == 0


@pytest.mark.parametrize("where", ["argument", "context", "both"])
def test_after_send_by_nothing_is_written(serve, where):
    server = serve(answering())
    past, future = time.monotonic() - 1, time.monotonic() + 60
    with pytest.raises(NeverSent, match=r"^send_by passed$"):
        if where == "argument":
            post(server.url, b"{}", {}, send_by=past)
        else:
            with sending_before(past):
                post(server.url, b"{}", {}, send_by=future if where == "both" else None)
    assert server.connections == 0


@pytest.mark.parametrize("kept", [False, True])
def test_the_fence_stands_right_before_writing(serve, kept):
    """A worker that is paused at the last moment still writes nothing, also on a connection that stands."""
    server = serve(answering(keep=True))
    if kept:
        post(server.url, b"{}", {})

    def pause(name: str) -> None:
        if name == "http.before_connect":
            time.sleep(0.2)

    ports.install_crash_hook(pause)
    try:
        with pytest.raises(NeverSent, match=r"^send_by passed$"), sending_before(time.monotonic() + 0.1):
            post(server.url, b"{}", {})
    finally:
        ports.install_crash_hook(None)
    assert len(server.requests) == kept


def test_the_fence_is_gone_after_its_block(serve):
    server = serve(answering(keep=True))
    with sending_before(time.monotonic() + 60):
        assert post(server.url, b"{}", {}).status == 200
    with suppress(RuntimeError), sending_before(time.monotonic() - 1):
        raise RuntimeError
    assert post(server.url, b"{}", {}).status == 200


# --- no answer ------------------------------------------------------------------------------------------------------


@pytest.mark.promise("I12")
@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (sending(b"", reset=True), r"the connection failed \(\w+\)"),
        (sending(b""), r"the connection failed \(\w+\)"),
        (sending(b"HTTP/1.1 200 OK\r\nContent-Le", reset=True), r"the connection failed \(\w+\)"),
        (sending(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"), r"the connection failed \(\w+\)"),
        (sending(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{}"), r"the connection failed \(\w+\)"),
        (sending(b"hello\r\n\r\n"), r"the connection failed \(\w+\)"),
        (sending(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 70_000), "the answer is too large"),
        (sending(HEAD % 70_000 + b"x" * 70_000), "the answer is too large"),
        (sending(b"HTTP/1.1 200 OK\r\n" + (b"A: " + b"x" * 60_000 + b"\r\n") * 3), "the answer is too large"),
    ],
    ids=["reset", "closed", "half head", "truncated", "half chunk", "not http", "large", "large known", "heads"],
)
def test_a_broken_answer_is_no_answer_and_is_never_asked_again(serve, act, reason):
    server = serve(act)
    with pytest.raises(NoAnswer, match=f"^{reason}$") as caught:
        post(server.url, b"{}", {})
    assert len(server.requests) == 1
    assert caught.value.__cause__ is None


@pytest.mark.promise("I12")
@pytest.mark.parametrize(
    ("prefix", "drop"),
    [
        (b"", b""),
        (b"H", b""),
        (HEAD % 1000, b"x"),
        (b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silent", "one byte", "body", "header", "headers", "interim"],
)
def test_the_deadline_is_total_also_for_a_dripping_server(serve, prefix, drop):
    server = serve(dripping(prefix, drop))
    with within(1.5), pytest.raises(NoAnswer):
        post(server.url, b"{}", {}, deadline_seconds=0.4)
    assert len(server.requests) == 1


def test_a_deadline_that_ends_between_two_reads_is_no_answer():
    call = http._Call(until=time.monotonic() - 1, send_by=None, written=True)
    with pytest.raises(NoAnswer, match=r"^no answer in time$"):
        call.left()


@pytest.mark.promise("I12")
def test_a_timeout_of_the_library_itself_is_named(monkeypatch):
    import requests

    def slow(*args: object, **kwargs: object) -> None:
        raise requests.ReadTimeout("https://secret.example/")

    monkeypatch.setattr(http, "_exchange", slow)
    with pytest.raises(NoAnswer, match=r"^no answer in time$"):
        post("http://127.0.0.1:9/", b"{}", {})


@pytest.mark.promise("I12")
def test_a_kept_connection_that_dies_after_writing_is_not_asked_again(serve):
    def once_then_gone(server: Server, sock: socket.socket) -> None:
        server.read_request(sock)
        sock.sendall(HEAD % 2 + b"{}")
        server.read_request(sock)

    server = serve(once_then_gone, answering())
    assert post(server.url, b"{}", {}).status == 200
    with pytest.raises(NoAnswer):
        post(server.url, b"{}", {})
    assert (server.connections, len(server.requests)) == (1, 2)


def test_a_kept_connection_that_was_closed_in_peace_is_replaced(serve):
    server = serve(answering(), answering())
    assert post(server.url, b"{}", {}).status == 200
    time.sleep(0.1)
    assert post(server.url, b"{}", {}).status == 200
    assert (server.connections, len(server.requests)) == (2, 2)


# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key, made now."""
    import ipaddress

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.promise("I35")
def test_an_untrusted_certificate_is_refused_before_anything_is_sent(serve, tls):
    server = serve(answering(), tls=tls)
    with pytest.raises(NeverSent, match=r"^the certificate was refused$"):
        post(server.url, b"{}", {})
    assert server.requests == []


def test_a_certificate_of_the_given_bundle_is_trusted(serve, tls, certificate):
    server = serve(answering(b'{"tls": 1}', keep=True), tls=tls)
    for _ in range(2):
        assert post(server.url, b"{}", {}, ca=str(certificate)).body == b'{"tls": 1}'
    assert server.connections == 1


def test_a_trusted_bundle_does_not_trust_another_name(serve, tls, certificate):
    server = serve(answering(), tls=tls)
    with pytest.raises(NeverSent, match=r"^the certificate was refused$"):
        post(server.url.replace("127.0.0.1", "localhost"), b"{}", {}, ca=str(certificate))


def test_other_trouble_in_the_handshake_is_no_answer(serve):
    """It may come from a server that reads on; only a refused certificate is proof."""
    server = serve(dripping_hello)
    with pytest.raises(NoAnswer):
        post(server.url.replace("http:", "https:"), b"{}", {})


def dripping_hello(server: Server, sock: socket.socket) -> None:
    sock.recv(4096)
    sock.sendall(b"this is not TLS")


@pytest.mark.promise("I12")
def test_a_dripping_server_behind_tls_is_bounded_too(serve, tls, certificate):
    server = serve(dripping(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x"), tls=tls)
    with within(1.5), pytest.raises(NoAnswer, match=r"^no answer in time$"):
        post(server.url, b"{}", {}, deadline_seconds=0.5, ca=str(certificate))


def test_a_silent_handshake_ends_with_the_deadline(serve):
    server = serve(lambda server, sock: time.sleep(3))
    with within(1.5), pytest.raises(NoAnswer):
        post(server.url.replace("http:", "https:"), b"{}", {}, deadline_seconds=0.4)
