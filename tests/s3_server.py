"""An S3 in the tests' own process: moto's, with faults in front of it. Loopback only."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bot.storage.engine.blobs.s3_place import S3Place

KEY_ID, SECRET = "AKIDFORTESTS", "secret/of+the-tests"
_numbers = count(1)

Answer = Callable[[str, list[tuple[str, str]]], Any]


class Bucket:
    """One bucket, and what is wrong with it at the moment."""

    def __init__(self, server: "S3Server", name: str) -> None:
        self.name = name
        self.status: int | None = None
        self.can_list = True
        self.requests: list[str] = []
        self._server = server
        self._answers = threading.Event()
        self._answers.set()
        self._left: list[threading.Event] = []

    @property
    def place(self) -> S3Place:
        return S3Place(self.name, "some/prefix", KEY_ID, SECRET, endpoint=self._server.url)

    @property
    def keys(self) -> list[str]:
        """Without the prefix."""
        return sorted(key.removeprefix("some/prefix/") for key in self._stored.keys)

    @property
    def _stored(self) -> Any:
        return self._server.backend.buckets[self.name]

    def age(self, name: str, hours: float) -> None:
        self._object(name).last_modified = datetime.now(UTC) - timedelta(hours=hours)

    def damage(self, name: str, data: bytes) -> None:
        self._object(name).value = data

    def lose(self, name: str) -> None:
        del self._stored.keys[self._key(name)]

    def _object(self, name: str) -> Any:
        return self._stored.keys[self._key(name)]

    def _key(self, name: str) -> str:
        return f"some/prefix/{name[:2]}/{name}"

    def hang(self) -> None:
        """Take requests and answer none."""
        self._answers.clear()

    def go_on(self) -> None:
        """Answer again, also what hung."""
        self.status = None
        for waited_for in (self._answers, *self._left):
            waited_for.set()

    def answer_new_ones(self) -> None:
        """What hung goes on hanging, as after a loss of its connection that nobody noticed."""
        self._left.append(self._answers)
        self._answers = threading.Event()
        self._answers.set()

    def vanish(self) -> None:
        self._stored.keys.clear()
        self._server.backend.delete_bucket(self.name)

    def come_back(self) -> None:
        self._server.backend.create_bucket(self.name, "us-east-1")

    def refusal(self) -> tuple[int, str] | None:
        self._answers.wait()
        return None if self.status is None else (self.status, "SlowDown")


class S3Server:
    def __init__(self) -> None:
        from moto.core import DEFAULT_ACCOUNT_ID  # noqa: PLC0415 - it takes a second to import
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415 - see above
        from moto.s3.models import s3_backends  # noqa: PLC0415 - see above
        from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415 - see above

        class Silent(WSGIRequestHandler):
            # Else each answer waits 40 ms for the acknowledgement of its head: https://bugs.python.org/issue37729
            disable_nagle_algorithm = True

            def log(self, *_args: object) -> None:
                return

        self.backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._buckets: dict[str, Bucket] = {}
        self._listen = lambda port: make_server("127.0.0.1", port, self._answer, threaded=True, request_handler=Silent)
        # A first request makes moto import more, for half a second.
        create_backend_app("s3")
        self._port = 0
        self.come_back()
        self.url = f"http://127.0.0.1:{self._port}"

    def come_back(self) -> None:
        """Listen again, on the same port, with all that was stored."""
        self._server = self._listen(self._port)
        self._server.daemon_threads = True
        self._port = self._server.port
        threading.Thread(target=self._server.serve_forever, name="moto", daemon=True).start()

    def leave(self) -> None:
        """Refuse connections."""
        self._server.shutdown()
        self._server.server_close()

    def close(self) -> None:
        for bucket in self._buckets.values():
            bucket.go_on()
        self.leave()

    def bucket(self) -> Bucket:
        bucket = Bucket(self, f"pictures-{next(_numbers)}")
        bucket.come_back()
        self._buckets[bucket.name] = bucket
        return bucket

    def _answer(self, environ: dict[str, Any], start_response: Answer) -> Iterable[bytes]:
        name = environ["PATH_INFO"].split("/")[1]
        bucket, refusal = self._buckets.get(name), None
        if bucket is not None:
            bucket.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
            refusal = bucket.refusal()
            if "list-type" in environ["QUERY_STRING"] and not bucket.can_list:
                refusal = 403, "AccessDenied"
        if f"Credential={KEY_ID}/" not in environ.get("HTTP_AUTHORIZATION", ""):
            refusal = 403, "InvalidAccessKeyId"
        if refusal is None:
            return self._moto(environ, start_response)
        # Else the rest of the request would be taken for the next one.
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, code = refusal
        body = f"<Error><Code>{code}</Code><Message>by the test</Message></Error>".encode()
        start_response(f"{status} Refused", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]


@contextmanager
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    try:
        yield server
    finally:
        server.close()
