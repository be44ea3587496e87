"""The logo: what may be one, which is in use, and that documents find the one that they name."""

import hashlib
import re

import pytest

from apps.tenants.logo import MOST_BYTES, NoLogo, current_logo, find_logo, media_type_of, put_logo, remove_logo
from apps.tenants.models import Logo
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.pictures import bomb, picture, png

MONDAY, TUESDAY = instant("2026-11-02 09:00"), instant("2026-11-03 09:00")


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_png_or_a_jpeg_can_be_a_logo(kind: str, media_type: str) -> None:
    assert media_type_of(picture(kind)) == media_type


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither a PNG nor a JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither a PNG nor a JPEG"),
        (picture("GIF"), "neither a PNG nor a JPEG"),
        (png()[:-40], "damaged"),
        (png(4000, 4000), "4000 by 4000 pixels"),
        (bomb(), "too many pixels"),
        (b"\x89PNG" + bytes(MOST_BYTES), "Use one of at most 512 KB"),
    ],
    ids=["nothing", "svg", "gif", "cut off", "huge", "bomb", "heavy"],
)
def test_what_can_be_none_is_refused_with_the_reason(content: bytes, why: str) -> None:
    with pytest.raises(NoLogo, match=re.escape(why)):
        media_type_of(content)


def test_a_picture_that_is_cut_off_is_refused_where_pdfs_were_made_before() -> None:
    import weasyprint.images

    assert weasyprint.images.ImageFile.LOAD_TRUNCATED_IMAGES
    with pytest.raises(NoLogo, match="damaged"):
        media_type_of(png()[:-40])
    assert weasyprint.images.ImageFile.LOAD_TRUNCATED_IMAGES


def test_the_newest_is_in_use_and_documents_still_find_the_older_one(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        older = put_logo(png(), at=MONDAY)
        newer = put_logo(png(colour="#aa0000"), at=TUESDAY)
        assert current_logo() == newer.sha256
        assert bytes(find_logo(older.sha256).content) == png()


def test_once_removed_there_is_none_and_documents_still_find_theirs(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        logo = put_logo(png(), at=MONDAY)
        remove_logo(at=TUESDAY)
        assert current_logo() is None
        assert find_logo(logo.sha256) == logo


def test_the_same_picture_again_is_found_once(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        first = put_logo(png(), at=MONDAY)
        put_logo(png(), at=TUESDAY)
        assert find_logo(hashlib.sha256(png()).hexdigest()) == first


def test_globex_never_finds_northwinds(northwind: Vendor, globex: Vendor) -> None:
    with scope(northwind.tenant.pk):
        logo = put_logo(png(), at=MONDAY)
    with scope(globex.tenant.pk), pytest.raises(Logo.DoesNotExist):
        find_logo(logo.sha256)
