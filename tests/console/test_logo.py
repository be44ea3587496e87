"""The logo in the console: put up, shown, refused with a reason, and removed after asking."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.console import uploads
from apps.tenants.logo import current_logo
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.console.desk import client_of, text_of
from tests.pictures import picture, png

PAGE = "/settings/logo"


def handed_in(content: bytes) -> dict[str, SimpleUploadedFile]:
    return {"picture": SimpleUploadedFile("logo.png", content)}


def in_use(vendor: Vendor) -> str | None:
    with scope(vendor.tenant.pk):
        return current_logo()


def test_a_picture_is_put_up_and_shown(northwind: Vendor) -> None:
    client = client_of(northwind)
    assert client.post(PAGE, handed_in(png())).status_code == 302
    address = reverse("console:logo_picture", args=[in_use(northwind)])
    assert address in client.get(PAGE).content.decode()


def test_the_picture_has_its_type_and_lasts(northwind: Vendor) -> None:
    client = client_of(northwind)
    client.post(PAGE, handed_in(picture("JPEG")))
    answer = client.get(reverse("console:logo_picture", args=[in_use(northwind)]))
    assert answer["Content-Type"] == "image/jpeg"
    assert "immutable" in answer["Cache-Control"]
    assert answer.content == picture("JPEG")


def test_what_is_no_picture_is_refused_and_says_what_to_do(northwind: Vendor) -> None:
    answer = client_of(northwind).post(PAGE, handed_in(b"a text"))
    assert answer.status_code == 422
    assert "Save the logo as one of these" in text_of(answer)


def test_a_file_that_is_cut_off_on_its_way_is_said_too(northwind: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 1000)
    answer = client_of(northwind).post(PAGE, handed_in(b"x" * 70_000))
    assert answer.status_code == 422
    assert "Use one of at most 512 KB." in text_of(answer)


def test_removing_asks_first(northwind: Vendor) -> None:
    client = client_of(northwind)
    client.post(PAGE, handed_in(png()))
    assert "Remove the logo?" in text_of(client.post(PAGE, {"do": "remove"}))
    assert in_use(northwind)


def test_once_confirmed_it_is_removed(northwind: Vendor) -> None:
    client = client_of(northwind)
    client.post(PAGE, handed_in(png()))
    client.post(PAGE, {"do": "remove", "confirmed": "yes"})
    assert in_use(northwind) is None
