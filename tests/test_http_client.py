"""Whether a failed request was sent decides whether it may be sent again."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot import tls
from bot.core.errors import OutcomeUnknown, WebNetUnreachable
from bot.http_client import ExchangeError, Session, origin
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import REACHABILITY
from bot.webnet.target import Target
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY

DEVICE = b'{"id": 1, "customer": 1, "hostname": "rtr", "mgmt_ip": "10.0.0.1", "enabled": true}'


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "webnet")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "webnet.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@contextmanager
def server(certificate: Path, serve: Callable[[bytes, ssl.SSLSocket, socket.socket], None]) -> Iterator[str]:
    """TLS on a free port; `serve(request, tls, plain)` answers each connection's one request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            try:
                plain, _ = listener.accept()
            except TimeoutError:
                continue
            plain.settimeout(2)
            try:
                with context.wrap_socket(plain, server_side=True, do_handshake_on_connect=True) as tls:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        request += tls.recv(65536)
                    serve(request, tls, plain)
            except OSError:
                plain.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ended.set()
        thread.join()
        listener.close()


def answer(tls: ssl.SSLSocket, body: bytes) -> None:
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    tls.sendall(head.encode() + body)


def test_a_post_whose_answer_breaks_in_tls_is_unclear_and_not_repeated(certificate: Path) -> None:
    posts: list[bytes] = []

    def serve(request: bytes, tls: ssl.SSLSocket, plain: socket.socket) -> None:
        if request.startswith(b"GET"):
            answer(tls, DEVICE)
            return
        posts.append(request)
        raw = socket.socket(fileno=tls.detach())  # what follows is no TLS record
        raw.sendall(b"\x17\x03\x03\x00\x10" + b"x" * 16)
        raw.close()

    with server(certificate, serve) as url:
        webnet = WebNet(Transport(url, BOT_KEY, timeout_s=2, ca_bundle=str(certificate)))
        with pytest.raises(OutcomeUnknown):
            webnet.start_job(REACHABILITY, 1, (Target(1, "rtr", "10.0.0.1"),))
        webnet.close()
    assert len(posts) == 1


def test_a_certificate_that_is_not_trusted_is_said_and_nothing_is_sent(certificate: Path) -> None:
    requests_seen: list[bytes] = []
    with server(certificate, lambda request, *_: requests_seen.append(request)) as url:
        webnet = WebNet(Transport(url, BOT_KEY, timeout_s=2))
        with pytest.raises(WebNetUnreachable, match="certificate is not trusted"):
            webnet.me()
        webnet.close()
    assert requests_seen == []


def test_the_ca_bundle_of_the_settings_beats_that_of_the_environment(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    with server(certificate, lambda _request, tls, _plain: answer(tls, b'{"id": 9, "role": "admin"}')) as url:
        webnet = WebNet(Transport(url, BOT_KEY, timeout_s=2, ca_bundle=str(certificate)))
        assert webnet.me().id == 9
        webnet.close()


@contextmanager
def session(*urls: str, ca_bundle: str = "") -> Iterator[Session]:
    made = Session([origin(url) for url in urls], tls.context(ca_bundle), connections=2)
    yield made
    made.close()


def test_a_port_where_nobody_listens_was_never_sent_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with session(url) as http, pytest.raises(ExchangeError) as caught:
        http.exchange("GET", url, {}, timeout_s=1)
    assert (caught.value.reason, caught.value.sent) == ("unreachable", False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nothing",
        "ftp://slack.example/",
        "http://",
        "http://a:b/",
        "http://slack.example/",
        "https://slack.example:444/",
        "https://user@slack.example/",
        "https://slack.example@elsewhere.example/",
        "https://slack.example.elsewhere.example/",
    ],
)
def test_an_address_that_is_not_allowed_is_never_called(url: str) -> None:
    with session("https://slack.example/api/") as http, pytest.raises(ExchangeError) as caught:
        http.exchange("POST", url, {}, b"", timeout_s=1)
    assert (caught.value.reason, caught.value.sent) == ("forbidden", False)


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """Answers 200 to what it is asked for, refuses to tunnel, and notes both."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(f"{self.path} for {self.headers['Proxy-Authorization']}")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_CONNECT(self) -> None:
            asked.append(f"CONNECT {self.path}")
            self.send_error(403)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://somebody:word@127.0.0.1:{running.server_port}", asked
        running.shutdown()


def test_proxies_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy() as (url, asked), proxy() as (near, asked_itself):
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        direct = f"http://{near.rpartition('@')[2]}"
        with session("http://webnet.invalid", "https://webnet.invalid", direct) as http:
            for _ in range(2):
                assert http.exchange("GET", "http://webnet.invalid/a?b=c", {}, timeout_s=2).status == 200
                assert http.exchange("GET", f"{direct}/near?", {}, timeout_s=2).status == 200
            with pytest.raises(ExchangeError) as caught:
                http.exchange("POST", "https://webnet.invalid/a", {}, timeout_s=2)
    assert asked == [*["http://webnet.invalid/a?b=c for Basic c29tZWJvZHk6d29yZA=="] * 2, "CONNECT webnet.invalid:443"]
    assert asked_itself == ["/near for None"] * 2
    assert (caught.value.reason, caught.value.sent) == ("proxy", False)


@pytest.mark.parametrize(
    ("named", "words"), [("socks5://127.0.0.1:1080", "of the kind socks5"), ("http://", "no host")]
)
def test_a_proxy_that_cannot_be_used_is_said_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, named: str, words: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", named)
    with session("https://webnet.invalid") as http, pytest.raises(ExchangeError) as caught:
        http.exchange("POST", "https://webnet.invalid/a", {}, b"", timeout_s=2)
    assert (caught.value.reason, caught.value.sent) == ("proxy", False)
    assert words in caught.value.detail


@pytest.mark.parametrize("through_a_proxy", [False, True])
def test_a_connection_on_which_nothing_happens_is_probed(
    monkeypatch: pytest.MonkeyPatch, through_a_proxy: bool
) -> None:
    with proxy() as (url, _):
        if through_a_proxy:
            monkeypatch.setenv("HTTP_PROXY", url)
        address = "http://webnet.invalid/" if through_a_proxy else f"http://{url.rpartition('@')[2]}/"
        with session(address) as http:
            http.exchange("GET", address, {}, timeout_s=2)
            (idle,) = [connection for connection in list(http._routes[origin(address)].pool.pool.queue) if connection]
            assert idle.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert idle.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < 60
            assert idle.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


@pytest.mark.parametrize("variable", tls.VARIABLES)
def test_the_certificates_of_the_environment_hold_where_none_are_given(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in tls.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(certificate))
    with server(certificate, lambda _request, tls, _plain: answer(tls, b"{}")) as url:
        with session(url) as http:
            assert http.exchange("GET", url, {}, timeout_s=2).json() == {}
        with session(url, ca_bundle=certifi.where()) as http, pytest.raises(ExchangeError) as caught:
            http.exchange("GET", url, {}, timeout_s=2)
    assert (caught.value.reason, caught.value.sent) == ("untrusted", False)


def test_without_any_choice_the_certificates_of_the_system_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tls.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert tls.bundle() == ""
    assert tls.context().verify_mode is ssl.CERT_REQUIRED
    assert tls.problem() == ""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    assert (
        tls.problem()
        == "SSL_CERT_FILE names /nowhere.pem, which is no file or folder of certificates that can be read."
    )


HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPS = {  # what comes at once, and what is repeated for ever, a piece every 50 ms
    "nothing": (b"", b""),
    "status line": (b"HTTP/1.1 200 O", b"K"),
    "headers": (HEAD + b"X-Long: ", b"x"),
    "many headers": (HEAD, b"X: y\r\n"),
    "informational": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "chunk size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "body": (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "body without length": (HEAD + b"\r\n", b"x"),
}


@contextmanager
def dripping(first: bytes, again: bytes) -> Iterator[str]:
    ended = threading.Event()

    def run(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(first)
            while not ended.wait(0.05):
                connection.sendall(again)

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=run, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("where", DRIPS)
def test_a_deadline_ends_an_exchange_wherever_its_response_drips(where: str) -> None:
    with dripping(*DRIPS[where]) as url, session(url) as http, pytest.raises(ExchangeError) as caught:
        http.exchange("POST", url, {}, b"{}", timeout_s=0.6)
    assert caught.value.sent
    assert caught.value.reason == "late"


def test_a_handshake_that_drips_ends_at_the_deadline_and_nothing_was_sent() -> None:
    with (
        dripping(b"", b"\x16") as url,
        session(url.replace("http:", "https:")) as http,
        pytest.raises(ExchangeError) as caught,
    ):
        http.exchange("POST", url.replace("http:", "https:"), {}, b"{}", timeout_s=0.6)
    assert (caught.value.reason, caught.value.sent) == ("unreachable", False)


def test_a_proxy_whose_answer_drips_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n") as url, session("https://webnet.invalid") as http:
        monkeypatch.setenv("HTTPS_PROXY", url)
        with pytest.raises(ExchangeError) as caught:
            http.exchange("POST", "https://webnet.invalid/", {}, b"{}", timeout_s=0.6)
    assert (caught.value.reason, caught.value.sent) == ("proxy", False)


def test_a_connection_that_is_used_again_is_watched_again(certificate: Path) -> None:
    """The first exchange leaves its connection open; the second one's response never comes."""
    with (
        keeping_open([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b""], certificate) as url,
        session(url, ca_bundle=str(certificate)) as http,
    ):
        assert http.exchange("GET", url, {}, timeout_s=2).json() == {}
        with pytest.raises(ExchangeError) as caught:
            http.exchange("GET", url, {}, timeout_s=0.4)
    assert (caught.value.reason, caught.value.sent) == ("late", True)


@contextmanager
def keeping_open(responses: list[bytes], certificate: Path) -> Iterator[str]:
    """TLS; one connection gets these responses in turn, a byte every 50 ms of the one that is empty."""
    ended = threading.Event()

    def serve(_: bytes, tls: ssl.SSLSocket, __: socket.socket) -> None:
        tls.sendall(responses[0])
        tls.recv(65536)
        tls.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not ended.wait(0.05):
            tls.sendall(b"x")

    with server(certificate, serve) as url:
        yield url
        ended.set()


@pytest.mark.parametrize("packed", [False, True])
def test_a_response_is_read_to_its_bound_only_packed_or_not(packed: bool) -> None:
    size = 64 * 1024 * 1024
    body = gzip.compress(bytes(size), 1) if packed else bytes(2 * 1024 * 1024)
    head = HEAD + (b"Content-Encoding: gzip\r\n" if packed else b"") + b"Connection: close\r\n\r\n"
    with dripping(head + body, b"") as url, session(url) as http:
        tracemalloc.start()
        try:
            with pytest.raises(ExchangeError) as caught:
                http.exchange("GET", url, {}, timeout_s=10, most=1024 * 1024)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert (caught.value.reason, caught.value.detail) == ("too_long", "more than 1,048,576 bytes")
    assert peak < 8 * 1024 * 1024


def test_an_exchange_sends_what_it_is_given_and_nothing_of_what_it_was_sent_before(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither cookies nor a netrc file, and no redirect is followed."""
    heard: list[bytes] = []

    def redirect(request: bytes, tls: ssl.SSLSocket, _: socket.socket) -> None:
        heard.append(request if request.endswith(b"body") else request + tls.recv(4))
        moved = "HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\nSet-Cookie: a=b\r\nContent-Length: 0"
        tls.sendall(f"{moved}\r\nConnection: close\r\n\r\n".encode())

    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with server(certificate, redirect) as url, session(url, ca_bundle=str(certificate)) as http:
        for _ in range(2):
            assert http.exchange("POST", f"{url}/a?b=c", {"X-Own": "1"}, b"body", timeout_s=5).status == 301
    assert len(heard) == 2
    for request in heard:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        assert (lines[0], body) == (b"post /a?b=c http/1.1", b"body")
        assert {b"x-own: 1", b"content-length: 4", b"user-agent: webnet-bot"} <= {*lines}
        assert not [line for line in lines if line.startswith((b"cookie", b"authorization"))]
