"""`manage.py create_tenant`: what it makes, what it leaves alone, and what it says."""

import json
import secrets
import subprocess
import sys
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from apps.tenants.access import find_api_key
from apps.tenants.models import ApiKey, Member, Role, Scope, Tenant, User
from apps.tenants.scope import scope
from dev.home import CLONE


@pytest.fixture
def slug() -> str:
    return f"acme-{secrets.token_hex(4)}"


def create(slug: str, *options: str, owner: str | None = None, password: str = "a good password") -> dict:
    out = StringIO()
    arguments = ["--owner", owner or f"owner@{slug}.example", "--password", password, "--json", *options]
    call_command("create_tenant", slug, *arguments, stdout=out)
    return json.loads(out.getvalue())


def key_of(made: dict) -> ApiKey | None:
    slug, secret = ApiKey.split(made["api_key"])
    tenant = Tenant.objects.get(slug=slug)
    with scope(tenant.pk):
        return find_api_key(tenant.pk, secret)


def test_it_answers_with_the_slug_and_a_key_and_nothing_else(slug):
    made = create(slug)
    assert set(made) == {"tenant", "api_key"}
    assert made["tenant"] == slug
    assert key_of(made) is not None


def test_a_key_has_all_scopes_unless_some_are_named(slug):
    assert key_of(create(slug)).scopes == Scope.values
    assert key_of(create(slug, "--scopes", "events:write")).scopes == ["events:write"]


@pytest.mark.parametrize("named", [["read", "events:write"], ["events:write,read"]])
def test_several_scopes_are_named_apart_or_in_one_word(slug, named):
    assert key_of(create(slug, "--scopes", *named)).scopes == ["events:write", "read"]


def test_the_owner_can_log_in_at_once(slug):
    create(slug, owner=f"Ada@{slug}.example", password="first of all")
    user = authenticate(username=f"ada@{slug}.example", password="first of all")
    assert EmailAddress.objects.get(user=user, primary=True).verified
    with scope(Tenant.objects.get(slug=slug).pk):
        assert Member.objects.get(user=user).role == Role.OWNER


def test_the_organisation_is_named_after_its_slug_or_as_asked(slug):
    create(slug)
    create(f"{slug}-2", "--name", "Acme, Inc.")
    assert Tenant.objects.get(slug=slug).name.startswith("Acme ")
    assert Tenant.objects.get(slug=f"{slug}-2").name == "Acme, Inc."


def test_a_slug_that_exists_gets_one_more_key(slug):
    keys = [create(slug)["api_key"], create(slug)["api_key"]]
    assert keys[0] != keys[1]
    with scope(Tenant.objects.get(slug=slug).pk):
        assert ApiKey.objects.filter(revoked_at=None).count() == 2
        assert Member.objects.count() == 1


def test_a_password_that_is_there_is_left_alone(slug):
    owner = f"ada@{slug}.example"
    create(slug, owner=owner, password="the first")
    create(slug, owner=owner, password="the second")
    create(f"{slug}-2", owner=owner, password="the third")
    assert User.objects.get(email=owner).check_password("the first")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"slug": "Acme_1"}, "can't be a slug"),
        ({"scopes": "write"}, "not a scope"),
        ({"owner": "ada"}, "not an e-mail address"),
        ({"password": ""}, "a password"),
        ({"owner": f"ada@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.example"}, "At most 254"),
        ({"name": "A" * 201}, "The name may have 200"),
    ],
)
def test_what_is_wrong_is_said(slug, change, said):
    given = {"slug": slug, "owner": f"ada@{slug}.example", "password": "a good one", "scopes": "read", "name": "A"}
    given |= change
    options = ["--scopes", given["scopes"], "--name", given["name"]]
    with pytest.raises(CommandError, match=said):
        create(given["slug"], *options, owner=given["owner"], password=given["password"])
    assert not Tenant.objects.filter(slug=given["slug"]).exists()


def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=CLONE, capture_output=True, text=True, check=False
    )


def test_standard_output_is_json_alone(slug):
    done = manage("create_tenant", slug, "--owner", f"ada@{slug}.example", "--password", "a good one", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tenant"] == slug


def test_an_error_is_a_line_on_standard_error():
    done = manage("create_tenant", "No Slug", "--owner", "ada@acme.example", "--password", "a good one", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("CommandError: 'No Slug' can't be a slug")
