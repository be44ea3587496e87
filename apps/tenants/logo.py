"""The tenant's logo: put on new documents, taken off them; documents already issued keep theirs."""

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageFile, UnidentifiedImageError

from apps.common.statements import ask
from apps.tenants.models import Logo
from apps.tenants.scope import current_tenant_id

FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg"}
"""What a logo may be, and its media type."""

MOST_BYTES = 512 * 1024
MOST_PIXELS = 8_000_000
"""Of width times height: a small file can unfold into a picture that fills the memory."""


class NoLogo(ValueError):
    """What was handed in can't be a logo; the message tells people why, and what to do."""


def put_logo(content: bytes, *, at: datetime) -> Logo:
    """Use this picture on documents from now on. Raises NoLogo."""
    media_type = media_type_of(content)
    logo: Logo = Logo.objects.create(
        sha256=hashlib.sha256(content).hexdigest(), media_type=media_type, content=content, created_at=at
    )
    return logo


def remove_logo(*, at: datetime) -> None:
    """Use no picture from now on."""
    Logo.objects.create(sha256="", media_type="", content=b"", created_at=at)


CURRENT = "SELECT sha256, length(content) FROM tenants_logo WHERE tenant_id = %b ORDER BY id DESC LIMIT 1"


def current_logo() -> str | None:
    """The SHA-256 of the picture for new documents."""
    return ask_current_logo()()


def ask_current_logo() -> Callable[[], str | None]:
    """Ask for `current_logo`."""
    rows = ask(CURRENT, [current_tenant_id()])
    return lambda: next((sha256 for sha256, length in rows() if length), None)


def find_logo(sha256: str) -> Logo:
    """The picture that a document names. Raises Logo.DoesNotExist."""
    logo: Logo = Logo.objects.filter(sha256=sha256).exclude(content=b"").earliest("id")
    return logo


def media_type_of(content: bytes) -> str:
    """The media type of a picture that can be a logo, which is read to its end. Raises NoLogo."""
    if len(content) > MOST_BYTES:
        raise NoLogo(f"The file has {len(content) // 1024} KB. Use one of at most {MOST_BYTES // 1024} KB.")
    try:
        with _strictly(), Image.open(BytesIO(content), formats=list(FORMATS)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NoLogo(f"The picture has {picture.width} by {picture.height} pixels. Use a smaller one.")
            picture.load()
            return FORMATS[str(picture.format)]
    except UnidentifiedImageError:
        raise NoLogo("The file is neither a PNG nor a JPEG. Save the logo as one of these.") from None
    except Image.DecompressionBombError:
        raise NoLogo("The picture has too many pixels. Use a smaller one.") from None
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error) as error:
        if isinstance(error, NoLogo):
            raise
        raise NoLogo("The file is damaged: it can't be read to its end. Save the logo anew.") from None


@contextmanager
def _strictly() -> Iterator[None]:
    """A picture that is cut off is an error: WeasyPrint, once loaded, has Pillow let it pass in the whole process."""
    lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient
