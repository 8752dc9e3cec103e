"""A bad network: a TCP proxy before the API that loses answers, holds them back or hangs up."""

import socket
import threading
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Literal

Fault = Literal["lose", "hold"]
BLOCK = 65536


class Proxy:
    """Passes bytes on, except for the connections that a fault was asked for. The API has done its
    work by the time a fault strikes: what is lost is the answer."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self.upstream = upstream
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://{}:{}".format(*self.listener.getsockname())
        self.faults: deque[Fault] = deque()
        self.released = threading.Event()
        self.open: list[socket.socket] = []

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.released.set()
        self.listener.close()
        self.hang_up()

    def next_answer(self, fault: Fault) -> None:
        """The next connection loses its answer, or gets it only after `release`."""
        self.faults.append(fault)

    def release(self) -> None:
        self.released.set()

    def hang_up(self) -> None:
        """Ends all connections, as when a phone loses its network."""
        for end in self.open:
            close(end)
        self.open.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            server = socket.create_connection(self.upstream)
            self.open += [client, server]
            fault = self.faults.popleft() if self.faults else None
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()
            threading.Thread(target=self._answer, args=(server, client, fault), daemon=True).start()

    def _answer(self, server: socket.socket, client: socket.socket, fault: Fault | None) -> None:
        if fault:
            server.recv(1, socket.MSG_PEEK)  # the API begins to answer
        if fault == "lose":
            close(client)
        if fault == "hold":
            self.released.wait()
        self._pass_on(server, client)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):  # where one of the two ends is gone, so is the other
            while block := source.recv(BLOCK):
                target.sendall(block)
        close(source)
        close(target)


def close(end: socket.socket) -> None:
    """Ends a connection even where another thread waits for it."""
    with suppress(OSError):  # it may not be connected any more
        end.shutdown(socket.SHUT_RDWR)
    end.close()
