"""A server that answers every request with the bytes that a test gives it, slowly if need be: what no framework would send."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Odd:
    port: int
    requests: list[str] = field(default_factory=list)
    """The head of each request, as it came."""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Odd", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@contextlib.contextmanager
def odd_server(*parts: bytes, every_s: float = 0.0, port: int = 0) -> Iterator[Odd]:
    """Each request gets `parts`, one after the other with `every_s` between them, and then the connection is closed."""
    with serving(lambda _: parts, every_s=every_s, port=port) as odd:
        yield odd


@contextlib.contextmanager
def serving(parts_for: Callable[[str], tuple[bytes, ...]], *, every_s: float = 0.0, port: int = 0) -> Iterator[Odd]:
    listener = socket.create_server(("127.0.0.1", port))
    odd = Odd(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def talk(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head = _head(connection)
            if not head:
                return
            odd.requests.append(head)
            for part in parts_for(head):
                connection.sendall(part)
                if every_s and odd.ended.wait(every_s):
                    return

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=talk, args=(connection,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield odd
    finally:
        odd.ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()


def _head(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return ""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head.decode("latin-1")
