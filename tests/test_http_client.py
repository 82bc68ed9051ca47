"""Whether a failed request was sent decides whether it may be sent again."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.exceptions import HTTPError

from bot.core.errors import OutcomeUnknown, WebNetUnreachable
from bot.http_client import MOST_HOSTS, Session, never_sent, untrusted
from bot.webnet.client import REACHABILITY, Target, WebNet
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
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", requests.certs.where())
    with server(certificate, lambda _request, tls, _plain: answer(tls, b'{"id": 9, "role": "admin"}')) as url:
        webnet = WebNet(Transport(url, BOT_KEY, timeout_s=2, ca_bundle=str(certificate)))
        assert webnet.me().id == 9
        webnet.close()


def test_a_port_where_nobody_listens_was_never_sent_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    session = Session(connections=1)
    with pytest.raises(HTTPError) as caught:
        session.exchange("GET", f"http://127.0.0.1:{port}/", {}, timeout=(1, 1))
    assert never_sent(caught.value)


@pytest.mark.parametrize("url", ["", "nothing", "ftp://slack.example/", "http://", "http://a:b/"])
def test_what_is_no_address_is_an_error_like_any_other(url: str) -> None:
    session = Session(connections=1)
    with pytest.raises(HTTPError):
        session.exchange("POST", url, {}, b"", timeout=(1, 1))


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
    with proxy() as (url, asked), proxy() as (direct, asked_itself):
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        session = Session(connections=2)
        for _ in range(2):
            assert session.exchange("GET", "http://webnet.invalid/a?b=c", {}, timeout=(2, 2)).status == 200
            assert session.exchange("GET", f"{direct}/near?", {}, timeout=(2, 2)).status == 200
        with pytest.raises(HTTPError) as caught:
            session.exchange("GET", "https://webnet.invalid/a", {}, timeout=(2, 2))
        session.close()
    assert asked == [*["http://webnet.invalid/a?b=c for Basic c29tZWJvZHk6d29yZA=="] * 2, "CONNECT webnet.invalid:443"]
    assert asked_itself == ["/near for None"] * 2
    assert not untrusted(caught.value)


@pytest.mark.parametrize("through_a_proxy", [False, True])
def test_a_connection_on_which_nothing_happens_is_probed(
    monkeypatch: pytest.MonkeyPatch, through_a_proxy: bool
) -> None:
    with proxy() as (url, _):
        if through_a_proxy:
            monkeypatch.setenv("HTTP_PROXY", url)
        session = Session(connections=1)
        address = "http://webnet.invalid/" if through_a_proxy else f"http://{url.rpartition('@')[2]}/"
        with session.exchange("GET", address, {}, timeout=(2, 2), stream=True) as answer:
            assert answer.connection is not None
            open_socket = answer.connection.sock
            assert open_socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert open_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) < 60
            assert open_socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        session.close()


def test_the_certificates_of_the_environment_hold_where_none_are_given(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    session = Session(connections=1)
    with server(certificate, lambda _request, tls, _plain: answer(tls, b"{}")) as url:
        assert session.exchange("GET", url, {}, timeout=(2, 2)).json() == {}
        with pytest.raises(HTTPError) as caught:
            session.exchange("GET", url, {}, timeout=(2, 2), verify=requests.certs.where())
    assert untrusted(caught.value)
    session.close()


def test_a_session_forgets_hosts_when_there_are_very_many() -> None:
    session = Session(connections=1)
    with proxy() as (url, asked):
        port = url.rpartition(":")[2]
        for number in range(3 * MOST_HOSTS):
            here = f"http://127.0.0.{number % 200 + 1}:{port}/"
            with suppress(HTTPError):
                session.exchange("GET", here, {}, timeout=(1, 1))
            assert len(session._ways) <= MOST_HOSTS
        assert session.exchange("GET", f"http://127.0.0.1:{port}/last", {}, timeout=(1, 1)).status == 200
    assert asked[-1] == "/last for None"
    session.close()


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
    session = Session(connections=1)
    with server(certificate, redirect) as url:
        for _ in range(2):
            answer = session.exchange(
                "POST", f"{url}/a?b=c", {"X-Own": "1"}, b"body", timeout=(5.0, 5.0), verify=str(certificate)
            )
            assert answer.status == 301
    assert len(heard) == 2
    for request in heard:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        assert (lines[0], body) == (b"post /a?b=c http/1.1", b"body")
        assert {b"x-own: 1", b"content-length: 4", b"user-agent: webnet-bot"} <= {*lines}
        assert not [line for line in lines if line.startswith((b"cookie", b"authorization"))]
