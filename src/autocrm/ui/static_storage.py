"""How built files are served: under hashed names that browsers may keep for ever."""

from collections.abc import Iterable

from typing_extensions import override
from whitenoise.storage import CompressedManifestStaticFilesStorage

CHUNKS = "/chunks/"


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the library has no types
    """Keeps the chunks that our modules share under the names they import them by; the bundler hashed those already."""

    @override
    def delete_files(self, files_to_delete: Iterable[str]) -> None:
        super().delete_files(name for name in files_to_delete if CHUNKS not in name)
