"""The application as WSGI: config/rsgi.py puts the front before it, and serves it."""

import os

from django.core.wsgi import get_wsgi_application

from config import environment as env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Somebody waits for each answer: a request is told soon that the database is away, and no statement takes for ever.
env.prefer("DATABASE_CONNECT_MS", "600")
env.prefer("DATABASE_STATEMENT_MS", "10000")
application = get_wsgi_application()
