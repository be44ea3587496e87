"""The entry point of the web server: granian serves `config.rsgi:application`."""

import gc

from config.wsgi import application as wsgi

# What follows needs Django, which the line above has set up.
# isort: split
import config.urls  # noqa: F401  # or it would come with the first request
from apps.api import keys
from apps.api.gathered import take_in_gathered
from apps.portal import sessions
from web.front import Front

application = Front(wsgi, keys, sessions, {"/api/v1/events": take_in_gathered})

# The garbage collector never looks again at what is here now: to go through all of Django and its modules took 0.1 s,
# at each of its rounds.
gc.collect()
gc.freeze()
