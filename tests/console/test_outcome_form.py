"""The outcome form: conditions by rows and by text, signals, drafts, what it says in plain words, and starts."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.common import clock
from apps.console.outcome_rows import Editor
from apps.console.outcome_starts import STARTS
from apps.outcomes.models import DefinitionVersion, OutcomeDefinition
from apps.outcomes.publish import publish_version
from apps.tenants.scope import scope
from tests.cast import Vendor, ticket
from tests.console.desk import client_of, text_of, trade
from tests.console.test_browser import enter
from tests.console.test_forms import TICKET, post
from tests.threads import at_once

ROW = {
    "condition-join": "all",
    "condition-0-0-path": "properties.rating",
    "condition-0-0-op": "at_least",
    "condition-0-0-value": "4",
}
REOPENED = {"void_on-0-type": "ticket.reopened", "void_on-0-condition": 'properties.by == "customer"'}


def only_version(vendor: Vendor) -> DefinitionVersion:
    with scope(vendor.tenant.pk):
        found: DefinitionVersion = DefinitionVersion.objects.select_related("definition").get()
        return found


def part(vendor: Vendor, name: str, data: dict[str, Any]) -> Any:
    return client_of(vendor).post(f"{reverse('console:outcome_new')}?part={name}", data)


# Rows and text


@pytest.mark.parametrize(
    "condition",
    [
        "properties.rating >= 4",
        '(!has(properties.rating) || properties.rating >= 4) && properties.channel in ["a, b", "4", 4, true]',
        '(quantity > 1 && value > 2) || (subject == "true" && evidence != null)',
        'properties.said.contains("4")',
        'properties.said == " a\\n"',
    ],
)
def test_rows_say_what_the_text_says(condition: str) -> None:
    """A condition laid out as rows and sent as they stand comes back as it was."""
    shown = Editor.of("condition", condition)
    data = {"condition": condition, "condition-was": condition, "condition-join": "any" if shown.any else "all"}
    for g, group in enumerate(shown.groups or []):
        data[f"condition-{g}-join"] = "any" if group.any else "all"
        for r, row in enumerate(group.rows):
            name = f"condition-{g}-{r}"
            data |= {f"{name}-path": row.path, f"{name}-op": row.op, f"{name}-value": row.value}
            data |= {f"{name}-missing": "on"} if row.missing else {}
    assert Editor.read("condition", data).text == condition


def test_rows_write_the_condition(northwind: Vendor) -> None:
    post(client_of(northwind), "outcome_new", TICKET | ROW)
    assert only_version(northwind).condition == "properties.rating >= 4"


def test_a_text_changed_by_hand_is_meant(northwind: Vendor) -> None:
    post(client_of(northwind), "outcome_new", TICKET | ROW | {"condition": "quantity > 1", "condition-was": ""})
    assert only_version(northwind).condition == "quantity > 1"


def test_what_rows_can_t_say_stays_as_it_is() -> None:
    data = {"condition": "size(properties.tags) > 2", "condition-was": "size(properties.tags) > 2"}
    editor = Editor.read("condition", data)
    assert (editor.text, editor.groups) == ("size(properties.tags) > 2", None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"condition-0-0-value": ""}, "Say what to compare it with."),
        ({"condition-0-0-value": "many"}, "This needs a number"),
        ({"condition-0-0-path": "rating"}, "Name a field"),
    ],
)
def test_a_row_that_is_not_whole_says_so(northwind: Vendor, change: dict[str, str], said: str) -> None:
    response = post(client_of(northwind), "outcome_new", TICKET | ROW | change)
    assert response.status_code == 422
    assert said in text_of(response)


def test_a_button_adds_a_row_and_keeps_what_was_typed(northwind: Vendor) -> None:
    page = text_of(part(northwind, "form", TICKET | ROW | {"do": "add-row condition 0"}))
    assert 'name="condition-0-1-path"' in page
    assert 'value="Resolved ticket"' in page


def test_a_button_removes_a_signal(northwind: Vendor) -> None:
    page = text_of(part(northwind, "form", TICKET | REOPENED | {"do": "remove-signal void_on 0"}))
    assert 'name="void_on-0-type"' not in page


def test_fields_really_seen_are_suggested_with_samples(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition()
    northwind.send(ticket("1", properties={"rating": 5, "by": {"team": "de"}}), at=clock.now().isoformat())
    page = text_of(client_of(northwind).get(reverse("console:outcome_version", args=["resolved_ticket"])))
    assert '<option value="properties.rating" label="such as 5">' in page
    assert '<option value="properties.by.team" label="such as &quot;de&quot;">' in page


# The preview


def test_the_preview_says_it_in_plain_words_and_stores_nothing(northwind: Vendor) -> None:
    page = text_of(
        part(
            northwind,
            "preview",
            ROW
            | {
                "unit": "ticket",
                "window": "0",
                "window_unit": "hours",
                "trigger": "ticket.resolved",
                "void_after_billing_days": "30",
            },
        )
    )
    assert "A ticket counts when it is resolved with a rating of 4 or more." in page
    with scope(northwind.tenant.pk):
        assert not OutcomeDefinition.objects.exists()


def test_the_preview_names_line_and_column(northwind: Vendor) -> None:
    assert "line 1, column" in text_of(part(northwind, "preview", TICKET | {"condition": "quantity >"})).lower()


# Settlement


def test_all_of_settlement_is_published(northwind: Vendor) -> None:
    data = TICKET | REOPENED | {"once_per_subject": "month", "requires_agreement": "on"}
    post(client_of(northwind), "outcome_new", data)
    version = only_version(northwind)
    assert version.void_on == [{"type": "ticket.reopened", "condition": 'properties.by == "customer"'}]
    assert (version.once_per_subject, version.requires_agreement) == ("month", True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (REOPENED | {"window": "0"}, "void_on"),
        (REOPENED | {"mode": "on_confirmation"}, "void_on"),
        ({"confirm_on-0-type": "ticket.approved"}, "confirm_on"),
        ({"mode": "on_confirmation", "window": "0"}, "window"),
    ],
)
def test_a_contradiction_is_said_at_its_field(northwind: Vendor, change: dict[str, str], field: str) -> None:
    response = post(client_of(northwind), "outcome_new", TICKET | change)
    assert list(response.context["form"].errors) == [field]


def test_a_signal_s_bad_condition_is_said_at_the_signal(northwind: Vendor) -> None:
    response = post(client_of(northwind), "outcome_new", TICKET | REOPENED | {"void_on-0-condition": "nonsense"})
    assert 'id="void_on-0-condition-error">nonsense is unknown here' in text_of(response).replace(
        "Nonsense", "nonsense"
    )


def test_all_that_is_wrong_is_said_at_once(northwind: Vendor) -> None:
    change = {"window": "soon", "void_after_billing_days": "999", "quantity_from": "count", "code": "a/b"}
    response = post(
        client_of(northwind), "outcome_new", TICKET | ROW | REOPENED | change | {"condition-0-0-value": "many"}
    )
    errors = response.context["form"].errors
    assert set(errors) == {*change, "__all__"}
    assert errors["void_after_billing_days"] == ["At most 365 days."]
    assert "This needs a number" in text_of(response)


def test_a_code_in_use_is_said_at_the_code(northwind: Vendor) -> None:
    northwind.definition()
    for do in ("publish", "draft"):
        response = post(client_of(northwind), "outcome_new", TICKET | {"trigger": "ticket.closed", "do": do})
        assert "There is a definition resolved_ticket already" in response.context["form"].errors["code"][0]


@pytest.mark.parametrize("do", ["publish", "draft"])
def test_a_name_of_which_no_code_can_be_made_asks_for_one(northwind: Vendor, do: str) -> None:
    response = post(client_of(northwind), "outcome_new", TICKET | {"name": "解決", "do": do})
    assert list(response.context["form"].errors) == ["code"]


# Drafts


def test_a_draft_is_kept_and_published_later(northwind: Vendor) -> None:
    northwind.definition()
    client = client_of(northwind)
    post(client, "outcome_version", TICKET | ROW | {"do": "draft"}, "resolved_ticket")
    assert only_version(northwind).number == 1
    assert 'value="4"' in text_of(client.get(reverse("console:outcome_version", args=["resolved_ticket"])))
    post(client, "outcome_version", TICKET | ROW | {"do": "publish"}, "resolved_ticket")
    with scope(northwind.tenant.pk):
        definition = OutcomeDefinition.objects.get()
        assert (definition.versions.count(), definition.draft) == (2, None)


def versions(vendor: Vendor) -> list[int]:
    with scope(vendor.tenant.pk):
        return list(DefinitionVersion.objects.order_by("number").values_list("number", flat=True))


def test_a_form_sent_twice_publishes_once(northwind: Vendor) -> None:
    """As a second click does where no script holds it back: it leads to what the first one made."""
    northwind.definition()
    client = client_of(northwind)
    post(client, "outcome_version", TICKET | ROW, "resolved_ticket")
    again = post(client, "outcome_version", TICKET | ROW, "resolved_ticket")
    assert again.url == reverse("console:outcome", args=["resolved_ticket"])
    assert versions(northwind) == [1, 2]
    assert "Version 2 is in force and says just that" in text_of(client.get(again.url))


def test_what_an_earlier_version_said_is_published_anew(northwind: Vendor) -> None:
    northwind.definition()
    client = client_of(northwind)
    for form in (TICKET | ROW, TICKET, TICKET | ROW):
        post(client, "outcome_version", form, "resolved_ticket")
    assert versions(northwind) == [1, 2, 3, 4]


@pytest.mark.parametrize("do", ["publish", "draft"])
def test_a_new_outcome_sent_twice_is_made_once(northwind: Vendor, do: str) -> None:
    client = client_of(northwind)
    first, again = (post(client, "outcome_new", TICKET | {"do": do}) for _ in range(2))
    assert first.url == again.url
    with scope(northwind.tenant.pk):
        assert OutcomeDefinition.objects.count() == 1


def test_two_who_publish_the_same_at_once_publish_once(northwind: Vendor) -> None:
    """The second waits for the first, and then finds its version."""
    definition, noon = northwind.definition().definition, clock.now()

    def publish() -> int:
        with scope(northwind.tenant.pk):
            return publish_version(definition, {"name": "Resolved"}, once=True, at=noon).number

    assert at_once(publish, publish) == [2, 2]


def test_a_draft_is_kept_and_tried(northwind: Vendor) -> None:
    northwind.definition()
    client = client_of(northwind)
    response = post(client, "outcome_version", TICKET | ROW | {"do": "try"}, "resolved_ticket")
    assert "properties.rating &gt;= 4" in text_of(client.get(response.url))


def test_a_draft_may_be_unfinished(northwind: Vendor) -> None:
    data = TICKET | {"condition": "quantity >", "do": "draft"}
    assert post(client_of(northwind), "outcome_new", data).status_code == 302


def test_a_definition_that_is_only_a_draft_counts_nothing_until_it_is_published(northwind: Vendor) -> None:
    northwind.customer()
    client = client_of(northwind)
    post(client, "outcome_new", TICKET | {"do": "draft"})
    assert "Draft" in text_of(client.get(reverse("console:outcomes")))
    assert "Nothing counts until you publish it" in text_of(
        client.get(reverse("console:outcome", args=["resolved_ticket"]))
    )
    [before] = northwind.send(ticket("1"), at=clock.now().isoformat())
    post(client, "outcome_version", TICKET, "resolved_ticket")
    [after] = northwind.send(ticket("2"), at=clock.now().isoformat())
    assert (before.reason, after.billable) == ("unknown_type", True)


def test_throwing_a_draft_away_asks_first(northwind: Vendor) -> None:
    client = client_of(northwind)
    post(client, "outcome_new", TICKET | {"do": "draft"})
    post(client, "outcome_version", {"do": "drop-draft"}, "resolved_ticket")
    with scope(northwind.tenant.pk):
        assert OutcomeDefinition.objects.exists()
    post(client, "outcome_version", {"do": "drop-draft", "confirmed": "yes"}, "resolved_ticket")
    with scope(northwind.tenant.pk):
        assert not OutcomeDefinition.objects.exists()


# Starts


@pytest.mark.parametrize("key", [one.key for one in STARTS])
def test_a_start_can_be_published_as_it_is(northwind: Vendor, key: str) -> None:
    form = client_of(northwind).get(reverse("console:outcome_new"), {"start": key}).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    for kind, signals in form.signals.items():
        data |= {f"{kind}-{n}-type": one.type for n, one in enumerate(signals)}
    data["condition"] = form.editor.text
    assert post(client_of(northwind), "outcome_new", data).status_code == 302
    expected = next(one for one in STARTS if one.key == key).content["settlement"]
    assert only_version(northwind).content()["settlement"] == expected


# In a browser


def test_what_was_written_is_still_told_when_a_row_is_added(page: Page, site: str, northwind: Vendor) -> None:
    enter(page, site, northwind)
    page.goto(f"{site}/new-outcome?start=ticket")
    page.get_by_role("button", name="Add row").click()
    expect(page.get_by_label("Field", exact=True)).to_have_count(2)
    expect(page.locator("#said")).to_contain_text("A ticket counts when it is resolved")


def test_the_first_field_that_was_refused_has_the_focus(page: Page, site: str, northwind: Vendor) -> None:
    enter(page, site, northwind)
    page.goto(f"{site}/new-outcome?start=ticket")
    page.get_by_label("Read the quantity from").fill("count")
    page.get_by_role("button", name="Define outcome").click()
    expect(page.get_by_label("Read the quantity from")).to_be_focused()


def test_a_second_click_publishes_no_second_version(page: Page, site: str, northwind: Vendor) -> None:
    northwind.definition()
    enter(page, site, northwind)
    page.goto(f"{site}/outcomes/resolved_ticket/new-version")
    page.get_by_label("Name", exact=True).fill("Ticket resolved")
    page.get_by_role("button", name="Publish version 2").evaluate(
        "button => { button.click(); setTimeout(() => button.click(), 50) }"
    )
    page.wait_for_url("**/outcomes/resolved_ticket")
    expect(page.get_by_role("heading", name="Version 2, in force")).to_be_visible()


def test_rows_and_text_follow_each_other(page: Page, site: str, northwind: Vendor) -> None:
    enter(page, site, northwind)
    page.goto(f"{site}/new-outcome")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field", exact=True).fill("properties.rating")
    page.get_by_label("Operator").select_option("at_least")
    page.get_by_label("Value", exact=True).fill("4")
    expect(page.locator("#condition")).to_have_value("properties.rating >= 4")
    page.locator("#condition").fill("properties.rating >= 4 && quantity > 1")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Field", exact=True)).to_have_count(2)
    expect(page.locator("#said")).to_contain_text("a rating of 4 or more and a quantity of more than 1")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_long_name_of_long_words_fits(page: Page, site: str, northwind: Vendor, width: int) -> None:
    trade(northwind)
    name = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 3
    post(client_of(northwind), "outcome_version", TICKET | {"name": name}, "resolved_ticket")
    enter(page, site, northwind)
    page.set_viewport_size({"width": width, "height": 800})
    plans = ("/plans", "/plans/growth", "/plans/growth/new-version")
    for path in ("/", "/outcomes", "/outcomes/resolved_ticket", *plans, "/customers/halden"):
        page.goto(site + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/new-outcome?start=ticket", "/outcomes/resolved_ticket", "/outcomes/meeting_held"])
def test_the_pages_are_accessible_and_fit_a_telephone(
    page: Page, site: str, northwind: Vendor, path: str, scheme: str
) -> None:
    trade(northwind)
    client = client_of(northwind)
    post(client, "outcome_version", TICKET | ROW | REOPENED | {"requires_agreement": "on"}, "resolved_ticket")
    post(client, "outcome_new", TICKET | {"name": "Meeting held", "trigger": "meeting.booked", "do": "draft"})
    enter(page, site, northwind)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(site + path)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
