"""Files that browsers send: none may fill the disk of the web server."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

LARGEST = 32 * 1024 * 1024
"""Bytes of all files of a request together."""


class Limited(FileUploadHandler):
    """Lets bytes through to the handlers after it until it is too much; the rest is read and thrown away."""

    received = 0

    def handle_raw_input(self, input_data: Any, META: dict[str, Any], *args: Any) -> None:  # noqa: N803
        """Keep where the view can be told."""
        self.meta = META

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > LARGEST:
            self.meta[CUT] = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Those after it make the file."""


CUT = "counterfoil.upload_cut"


def was_cut(request: HttpRequest) -> bool:
    """Whether the files of this request were too large, and so are not there."""
    return CUT in request.META
