"""The entry point of the web server: granian serves `config.rsgi:application`."""

from config.wsgi import application as wsgi

# What follows needs Django, which the line above has set up.
# isort: split
import config.urls  # noqa: F401  # or it would come with the first request
from apps.api import keys
from apps.api.gathered import take_in_gathered
from apps.portal import sessions
from config.garbage import pass_over_what_is_here
from web.front import Front

application = Front(wsgi, keys, sessions, {"/api/v1/events": take_in_gathered})

pass_over_what_is_here()
