"""The entry point of the web server: granian serves `config.rsgi:application`."""

from config.wsgi import application as wsgi
from web.front import Front

application = Front(wsgi)
