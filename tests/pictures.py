"""Small pictures, made for the test."""

from io import BytesIO
from zlib import crc32

from PIL import Image


def png(width: int = 240, height: int = 60, colour: str = "#1f5c45") -> bytes:
    return picture("PNG", width, height, colour)


def picture(kind: str, width: int = 240, height: int = 60, colour: str = "#1f5c45") -> bytes:
    """A plain rectangle in a format that Pillow writes."""
    body = BytesIO()
    Image.new("RGB", (width, height), colour).save(body, kind)
    return body.getvalue()


def bomb() -> bytes:
    """A small PNG whose head, sound in itself, says that it unfolds into 30,000 by 30,000 pixels."""
    whole = png()
    head = b"IHDR" + (30_000).to_bytes(4) * 2 + whole[24:29]
    return whole[:12] + head + crc32(head).to_bytes(4) + whole[33:]
