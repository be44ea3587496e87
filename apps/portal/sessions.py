"""Sessions: whose the session of a cookie is, as far as this process knows it.

Anybody can make up a cookie. So a session counts as somebody's once this process has looked it up and found that he is
logged in there, or came in by a portal link. Whether it is known says only where its requests wait (web/askers.py):
who sees what is asked again for each page.
"""

import logging
from collections.abc import Iterable
from threading import Lock
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError, close_old_connections

from apps.common.clock import now
from apps.portal.access import LINKS

log = logging.getLogger(__name__)
MOST = 10_000
"""Sessions that are known; beyond them the one that was met first is forgotten, and looked up again."""
_known: dict[str, str] = {}
_noting = Lock()


def known(session: str) -> str | None:
    """Whose it is, the same for all of his sessions, if this process knows that; asks nobody."""
    return _known.get(session)


def meet(sessions: Iterable[str]) -> None:
    """Look these up, and know those in which somebody is. Without a database none is known by that."""
    close_old_connections()
    try:
        alive = Session.objects.filter(session_key__in=list(sessions), expire_date__gt=now())
        for key, data in alive.values_list("session_key", "session_data"):
            if owner := _owner(SessionStore().decode(data)):
                _note(key, owner)
    except (OperationalError, InterfaceError) as error:
        log.warning("No answer from the database about sessions: %s", error)
    finally:
        close_old_connections()


def _owner(session: dict[str, Any]) -> str:
    """The user who is logged in; else the link that was opened last."""
    links = session.get(LINKS) or [[None, ""]]
    return str(session.get(SESSION_KEY) or links[0][1])


def _note(key: str, owner: str) -> None:
    with _noting:
        _known[key] = owner
        if len(_known) > MOST:
            del _known[next(iter(_known))]
