"""Requests to the product's own WSGI application in this process, and the same workspace by hand through psycopg."""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
import psycopg
from django.db import connections

from autocrm.config.wsgi import application
from autocrm.kernel.rls import pin_sql


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Any


class Asker:
    """A script with an API token. Everything between the socket and the database happens as in production."""

    def __init__(self, token: str) -> None:
        self._token = token

    def ask(self, method: str, path: str, params: dict[str, str] | None = None, body: Any = None) -> Answer:
        """One request; raises AssertionError when it is refused."""
        content = b"" if body is None else orjson.dumps(body)
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": urlencode(params or {}),
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(content)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT": "application/json",
            "HTTP_AUTHORIZATION": f"Bearer {self._token}",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
        }
        said: list[str] = []
        response: Any = application(environ, lambda status, _headers, *_rest: said.append(status))
        try:
            text = b"".join(response)
        finally:
            response.close()
        status = int(said[0].split()[0])
        assert status < 400, f"{method} {path}: {said[0]} {text[:500]!r}"
        return Answer(status, orjson.loads(text) if text else None)

    @staticmethod
    def backend() -> int:
        """The process behind the product's connection."""
        connection = connections["default"]
        connection.ensure_connection()
        pid: int = connection.connection.info.backend_pid
        return pid


class Hand:
    """The same role and tenant without the product: a transaction, the pin, the statements, all rows fetched."""

    def __init__(self, tenant_id: int) -> None:
        # No server-side plans, as in Django's connections.
        self._connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=None)
        self._pin = pin_sql(tenant_id)
        self.backend = lambda: self._connection.info.backend_pid

    def run(self, *statements: tuple[str, Sequence[Any]]) -> list[Any]:
        """Run the statements in a transaction; answers the rows of the last one that has any."""
        rows: list[Any] = []
        with self._connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(self._pin)
            for sql, params in statements:
                cursor.execute(sql, params)
                rows = cursor.fetchall() if cursor.description else rows
            cursor.execute("COMMIT")
        return rows

    def copy(self, rows: Sequence[Sequence[Any]], statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Send contacts as a table and run the statements that take them from there."""
        with self._connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(self._pin)
            cursor.execute(
                "CREATE TEMP TABLE bench_rows (id uuid DEFAULT gen_random_uuid(), first_name text, last_name text, "
                "email text, phone text, company text, type text, title text, city text, source text) ON COMMIT DROP"
            )
            with cursor.copy(
                "COPY bench_rows (first_name, last_name, email, phone, company, type, title, city, source) FROM STDIN"
            ) as copy:
                for row in rows:
                    copy.write_row(row)
            for sql, params in statements:
                cursor.execute(sql, params)
            cursor.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()
