"""Files that a page hands out."""

from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse

from apps.common import csvs


def csv_file(content: Iterable[bytes], name: str) -> StreamingHttpResponse:
    """A CSV to be saved under this name. `content` is read after the view has returned, so it opens its own scope."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(content, content_type=csvs.MEDIA_TYPE, headers=headers)


def lasting_picture(content: bytes, media_type: str) -> HttpResponse:
    """A picture whose address is made of its content: whoever has it need not ask for it again."""
    headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=media_type, headers=headers)
