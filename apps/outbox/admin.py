"""What waits to be done after a commit, mails and jobs, for support: what fails, why, and trying it again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.common.clock import now
from apps.outbox.models import IdempotencyKey, Job, JobFile, JobItem, Mail, OutboxEntry
from apps.tenants.operator import OfTenant


class Waiting(admin.SimpleListFilter):
    """Done, or still to be done."""

    title = "state"
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Waiting"), ("yes", "Done")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(done_at__isnull=self.value() == "no")


@admin.register(OutboxEntry)
class OutboxEntryAdmin(OfTenant):
    list_display = ["handler", "args", "created_at", "due_at", "attempts", "done_at", "error"]
    list_filter = [Waiting]
    search_fields = ["handler", "error"]
    ordering = ["-id"]
    actions = ["try_again"]

    @admin.action(description="Try the selected again now")
    def try_again(self, request: HttpRequest, entries: QuerySet[Any]) -> None:
        """Make them due; the worker finds them within seconds."""
        due = entries.filter(done_at=None).update(due_at=now())
        self.message_user(request, f"{due} are due now. What is done stays done.")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(OfTenant):
    list_display = ["key", "status", "created_at"]
    search_fields = ["key"]
    ordering = ["-id"]


@admin.register(Mail)
class MailAdmin(OfTenant):
    list_display = ["subject", "to", "state", "attempts", "created_at", "error"]
    list_filter = ["state", "kind"]
    search_fields = ["subject", "to", "error"]
    ordering = ["-id"]


@admin.register(Job)
class JobAdmin(OfTenant):
    list_display = ["kind", "started_by", "created_at", "finished_at"]
    list_filter = ["kind"]
    ordering = ["-id"]


@admin.register(JobItem)
class JobItemAdmin(OfTenant):
    list_display = ["label", "job", "state", "note"]
    list_filter = ["state"]
    list_select_related = ["job"]
    search_fields = ["label", "note"]
    ordering = ["-id"]


@admin.register(JobFile)
class JobFileAdmin(OfTenant):
    list_display = ["name", "part", "job"]
    list_select_related = ["job"]
    search_fields = ["name"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the bytes, which no page here shows."""
        return super().get_queryset(request).defer("content")
