"""A text of another process that comes right behind an answer of the server is heard with it."""

import selectors
import socket

import psycopg

from bot.storage.engine.databases.notices import Notices


class Quiet(Notices):
    """Without its thread: the test asks."""

    def _run(self):
        self._wakes.close()
        self._woken.close()


class LateSelector(selectors.DefaultSelector):
    """Lets the server send all of its answer, and then the text, before anything is read."""

    def __init__(self, server, other):
        super().__init__()
        self.socket, self.other = socket.socket(fileno=server.fileno()), other
        self.register(server.fileno(), selectors.EVENT_READ)

    def select(self, timeout=None):
        found = super().select(timeout)
        if self.other is not None:
            self.other.execute("SELECT pg_notify('remix_bot', 'behind it')")
            self.other = None
            while b"behind it" not in self.socket.recv(65_536, socket.MSG_PEEK):
                pass
        return found


def test_what_comes_right_behind_an_answer_does_not_wait_for_the_next_word_of_the_server(url):
    heard = []
    notices = Quiet(url, heard.append, lambda: None, overflow="all")
    with psycopg.connect(url, autocommit=True) as server, psycopg.connect(url, autocommit=True) as other:
        server.execute("LISTEN remix_bot")
        selector = LateSelector(server, other)
        notices._ask(server.pgconn, selector, b"SELECT 1")
        selector.socket.detach()
    notices.close()
    assert heard == ["behind it"]
