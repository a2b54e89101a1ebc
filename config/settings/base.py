"""Safe values for every place. dev opens, test runs, production demands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.templatetags.static import static

from config.env import env, gateway_credentials

BASE_DIR = Path(__file__).resolve().parents[2]

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="")
SEALING_KEYS: list[str] = env.list("SEALING_KEYS", default=[])
"""Fernet keys, newest first; the old one stays until everything is resealed."""
FINGERPRINT_KEY = env.str("FINGERPRINT_KEY", default="")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
"""How providers and buyers reach us; notification and return addresses are built from it."""

GATEWAY_CREDENTIALS = gateway_credentials()

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "rest_framework",
    "drf_standardized_errors",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "core",
    "orders",
    "payments.gateways",
    "vaulting",
    "payments",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.BodyInPiecesMiddleware",
    "core.middleware.ProblemsMiddleware",
    "core.middleware.AdminPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
"""A redirect for a missing slash would lose a provider's POST (antom.md 4)."""

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def sqlite(path: str | Path) -> dict[str, Any]:
    """A SQLite database as house.md section 11 wants it: WAL, IMMEDIATE, synchronous FULL, 20 s."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


def postgres(url: str) -> dict[str, Any]:
    """PostgreSQL with Django's own pool; the connection goes back before a gateway is called.

    Values travel apart from the statement, which the server parses once per connection: a third of its CPU less.
    Set DATABASE_PREPARE to false behind a pooler that changes connections under us (pgbouncer per transaction).
    """
    database: dict[str, Any] = dict(env.db_url_config(url))
    database["CONN_MAX_AGE"] = 0
    prepare = {"server_side_binding": True, "prepare_threshold": 1}
    database["OPTIONS"] = {
        **database.get("OPTIONS", {}),
        **(prepare if env.bool("DATABASE_PREPARE", default=True) else {}),
        "pool": {"min_size": 2, "max_size": env.int("DATABASE_POOL", default=8), "timeout": 10},
        "options": "-c lock_timeout=15000 -c idle_in_transaction_session_timeout=30000",
    }
    return database


DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASES = {
    "default": postgres(DATABASE_URL)
    if DATABASE_URL.startswith("postgres")
    else sqlite(env.str("SQLITE_PATH", default=str(BASE_DIR / "paydesk.sqlite3")))
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["core.backends.DeskBackend", "core.backends.AppBackend"]
SESSION_ENGINE = "core.sessions"
LOGIN_REDIRECT_URL = "/admin/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"  # noqa: S105
HEADLESS_JWT_PRIVATE_KEY = env.str("JWT_PRIVATE_KEY", default="", multiline=True)
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = int(timedelta(minutes=30).total_seconds())

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
DESK_TIME_ZONE = ZoneInfo(env.str("DESK_TIME_ZONE", default="UTC"))
"""The operators' own zone: deadlines are shown in it and in UTC. An unknown name stops the start."""
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["allauth.headless.contrib.rest_framework.authentication.JWTTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "core.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "core.problems.handle",
    "DEFAULT_PAGINATION_CLASS": "core.pagination.NewestFirst",
    "PAGE_SIZE": 25,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Paydesk API",
    "DESCRIPTION": "Place an order, pay it, and always know whether it is paid.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ProblemCode": "core.problems.CODES",
        "OrderStatus": "orders.models.OrderStatus",
        "CapturePolicy": "orders.models.CapturePolicy",
        "PaymentState": "payments.api.serializers.STATES",
        "PaymentOutcome": "payments.api.serializers.OUTCOMES",
        "WhatToTry": "payments.api.serializers.TRIES",
        "RefundRequestStatus": "payments.api.serializers.ASK_STATUSES",
        "OrderAction": "payments.api.serializers.ACTIONS",
        "NewCardType": "payments.api.serializers.NEW_CARD",
        "SavedCardType": "payments.api.serializers.SAVED_CARD",
        "PresentCardType": "payments.api.serializers.PRESENT_CARD",
        "RedirectType": "payments.api.serializers.REDIRECT",
    },
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
"""Nothing that strangers send us is larger (I19); admin forms are smaller still."""
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DEFAULT_EXCEPTION_REPORTER = "core.reports.QuietExceptionReporter"
LOGGING_CONFIG = "core.logs.configure"
LOGGING: dict[str, Any] = {"level": env.str("LOG_LEVEL", default="INFO")}

GATEWAY_DEADLINE_SECONDS = 10.0
"""Total time of one gateway call, connect to last byte (I35)."""
SEND_WITHIN_SECONDS = 30
BINDINGS_PER_DAY = env.int("BINDINGS_PER_DAY", default=3)
"""Tries at binding a card that one buyer has in 24 hours; whoever tests stolen cards wants more (I30)."""
"""After the row is committed, bytes may leave us this long and no longer (the zombie fence)."""
DEMO = False
CLOCK_FILE = ""
"""Demo and tests: a file with the seconds by which we and the simulated provider are ahead of real time."""
RETURN_ADDRESSES: list[str] = env.list("RETURN_ADDRESSES", default=[])
"""Where the buyer may go on from our result page: each is an https origin or an app's own scheme (`shop://`)."""
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
"""Believe the last hop of X-Forwarded-For, and X-Forwarded-Proto."""


UNFOLD = {
    "SITE_TITLE": "Paydesk",
    "SITE_HEADER": "Paydesk",
    "SITE_SYMBOL": "payments",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("payments/admin/mark.svg")},
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "payments.admin.environment.badge",
    "ENVIRONMENT_TITLE_PREFIX": "payments.admin.environment.prefix",
    "DASHBOARD_CALLBACK": "payments.admin.home.home",
    "STYLES": [lambda request: static("payments/admin/paydesk.css")],
    "SCRIPTS": [lambda request: static("payments/admin/paydesk.js")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(50% .2 262)",
            "700": "oklch(44% .19 263)",
            "800": "oklch(38% .16 264)",
            "900": "oklch(33% .13 266)",
            "950": "oklch(25% .09 268)",
        },
    },
    "SIDEBAR": {"navigation": "payments.admin.menu.navigation"},
}
