"""Small pictures, made for the test."""

from io import BytesIO

from PIL import Image


def png(width: int = 240, height: int = 60, colour: str = "#1f5c45") -> bytes:
    return picture("PNG", width, height, colour)


def picture(kind: str, width: int = 240, height: int = 60, colour: str = "#1f5c45") -> bytes:
    """A plain rectangle in a format that Pillow writes."""
    body = BytesIO()
    Image.new("RGB", (width, height), colour).save(body, kind)
    return body.getvalue()
