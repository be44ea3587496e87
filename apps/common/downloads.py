"""Files that a page hands out while it still reads them."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse

from apps.common import csvs


def csv_file(content: Iterable[bytes], name: str) -> StreamingHttpResponse:
    """A CSV to be saved under this name. `content` is read after the view has returned, so it opens its own scope."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(content, content_type=csvs.MEDIA_TYPE, headers=headers)
