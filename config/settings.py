"""Settings of every process. What differs between machines comes from the environment (docs/operating.md)."""

from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from django.utils.csp import CSP

from config import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY")
SITE_URL = env.text("SITE_URL", "http://localhost:8000").rstrip("/")
_SITE = urlsplit(SITE_URL)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [
    _SITE.hostname or "localhost",
    "localhost",
    "127.0.0.1",
    "[::1]",
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "apps.common",
    "apps.tenants",
    "apps.outbox",
    "apps.outcomes",
    "apps.events",
    "apps.plans",
    "apps.taxes",
    "apps.invoices",
    "apps.api",
    "apps.console",
    "apps.portal",
    "apps.demo",
    "config.admin.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.common.unanswered.Unanswered",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# `default` is the app's role: behind row-level security, owner of nothing. `owner` migrates, and nothing else.
_STATEMENT_MS = env.number("DATABASE_STATEMENT_MS", 0)
_POOL = {
    "size": env.number("DATABASE_POOL_SIZE", 16),
    "within": env.number("DATABASE_CONNECT_MS", 5_000) / 1000,
    "patience": _STATEMENT_MS / 1000 + 1 if _STATEMENT_MS else None,  # the server's own limit comes first
}
DATABASES = {
    "default": env.database("DATABASE_URL", pool=_POOL, statement_ms=_STATEMENT_MS),
    "owner": env.database("DATABASE_OWNER_URL"),
}
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
# PDFs, mail and checks take long and may wait; closing must not wait behind them.
CELERY_TASK_ROUTES = {
    "apps.outbox.tasks.drain_outbox": {"queue": "outbox"},
    "apps.outbox.tasks.do_job": {"queue": "outbox"},
    "apps.events.tasks.check_ledger": {"queue": "outbox"},
    "apps.outbox.tasks.forget_answers": {"queue": "outbox"},
}
# What is due by the hour goes by the clock: an interval would begin anew with each restart of beat.
CELERY_BEAT_SCHEDULE = {
    "close-cycles": {"task": "apps.invoices.tasks.close_due_cycles", "schedule": 60.0},
    "drain-outboxes": {"task": "apps.outbox.tasks.drain_outboxes", "schedule": 15.0},
    "resume-jobs": {"task": "apps.outbox.tasks.resume_all_jobs", "schedule": 30.0},
    "remind": {"task": "apps.invoices.tasks.remind_all", "schedule": crontab(minute=10)},
    "watch-arrivals": {"task": "apps.events.tasks.watch_all_arrivals", "schedule": 300.0},
    "check-ledgers": {"task": "apps.events.tasks.check_all_ledgers", "schedule": crontab(minute=40)},
    "forget-answers": {"task": "apps.outbox.tasks.forget_all_answers", "schedule": crontab(hour=3, minute=25)},
    "forget-sessions": {"task": "apps.tenants.tasks.forget_sessions", "schedule": crontab(hour=3, minute=35)},
    "beat-seen": {"task": "apps.outbox.tasks.beat_seen", "schedule": 10.0},
}

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_FORMS = {
    "login": "apps.tenants.accounts.PlainLogin",
    "request_login_code": "apps.tenants.accounts.PlainCode",
    "signup": "apps.tenants.accounts.PlainSignup",
    "reset_password": "apps.tenants.accounts.PlainReset",
    "reset_password_from_key": "apps.tenants.accounts.PasswordByMailForm",
    "change_password": "apps.tenants.accounts.PlainChange",
    "set_password": "apps.tenants.accounts.PlainSet",
}
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_ADAPTER = "apps.tenants.accounts.AccountAdapter"

_CONSOLE = "apps.outbox.console_mail.LogBackend"
_SMTP = "apps.outbox.smtp.TellingBackend"
_SMTP_OPTIONS = {
    "host": env.text("EMAIL_HOST", ""),
    "port": env.number("EMAIL_PORT", 25),
    "username": env.text("EMAIL_USER", ""),
    "password": env.text("EMAIL_PASSWORD", ""),
    "use_tls": env.flag("EMAIL_TLS"),
}
_BY_SMTP = {"BACKEND": _SMTP, "OPTIONS": _SMTP_OPTIONS}
MAILERS = {"default": _BY_SMTP if env.text("EMAIL_HOST", "") else {"BACKEND": _CONSOLE}}
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "Counterfoil <billing@counterfoil.example>")

LANGUAGE_CODE = "en"
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SITE.scheme == "https"
if _SITE.scheme == "https":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "apps.console.uploads.Limited",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# What a key may ask of one web process in a second, where it has no limit of its own; 0 is no limit.
RATE_LIMITS = {
    "requests": env.number("RATE_LIMIT_REQUESTS", 1_000),
    "events": env.number("RATE_LIMIT_EVENTS", 200_000),
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Counterfoil API",
    "VERSION": "1",
    "DESCRIPTION": "Bill for results: report events, read usage, and fetch invoices your customer can check.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SECURITY": [{"apiKey": []}],
    "APPEND_COMPONENTS": {"securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}},
}
