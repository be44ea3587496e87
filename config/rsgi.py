"""The entry point of the web server: granian serves `config.rsgi:application`."""

from config.wsgi import application as wsgi

# What follows needs Django, which the line above has set up.
# isort: split
from apps.api.gathered import take_in_gathered
from web.front import Front

application = Front(wsgi, {"/api/v1/events": take_in_gathered})
