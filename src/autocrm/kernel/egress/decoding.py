"""Collecting a response body under two caps: bytes on the wire, and bytes after decompression."""

import zlib
from dataclasses import dataclass, field

_AUTO_GZIP_ZLIB = 32 + zlib.MAX_WBITS


@dataclass(slots=True)
class BodyCollector:
    """Takes the body as it arrives; once `truncated`, something is missing and reading on is pointless.

    Bytes that can't be decoded are kept as they came: the exchange has happened, and its status is a fact.
    """

    max_bytes: int
    encoding: str = ""
    truncated: bool = False
    _body: bytearray = field(default_factory=bytearray)
    _wire_bytes: int = 0
    _inflate: "zlib._Decompress | None" = None

    def __post_init__(self) -> None:
        if self.encoding in {"gzip", "x-gzip", "deflate"}:
            self._inflate = zlib.decompressobj(_AUTO_GZIP_ZLIB)

    @property
    def body(self) -> bytes:
        """What was collected, decoded where possible."""
        return bytes(self._body)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes from the wire."""
        self._wire_bytes += len(chunk)
        room = self.max_bytes - len(self._body)
        decoded = self._decode(chunk, room + 1)
        if len(decoded) > room or self._wire_bytes > self.max_bytes:
            self.truncated = True
        self._body += decoded[:room]

    def _decode(self, chunk: bytes, limit: int) -> bytes:
        if self._inflate is None:
            return chunk
        try:
            # The cap goes into the decompressor: a bomb is never unpacked any further than what is kept.
            return self._inflate.decompress(chunk, limit)
        except zlib.error:
            self._inflate = None
            self.truncated = bool(self._body)
            return b"" if self._body else chunk
