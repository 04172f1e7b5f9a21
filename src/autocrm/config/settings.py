"""Django's settings; everything that differs between installations comes from the environment."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.config import env

ROOT = Path(__file__).resolve().parents[3]
DATA_DIR = Path(env.text("AUTOCRM_DATA_DIR", str(ROOT / "data")))

# --- The installation ------------------------------------------------------------------------------------------------
DEBUG = env.flag("AUTOCRM_DEBUG", default=False)
SECRET_KEY = env.text("AUTOCRM_SECRET_KEY", "insecure-key-of-a-developer-who-runs-no-server")
MASTER_KEY = env.text("AUTOCRM_MASTER_KEY", "")
PORT = env.integer("AUTOCRM_PORT", 8000)
BASE_DOMAINS = env.items("AUTOCRM_BASE_DOMAINS", "localhost")
DEFAULT_TENANT = env.text("AUTOCRM_DEFAULT_TENANT", "")
HTTPS = env.flag("AUTOCRM_HTTPS", default=False)
ALLOWED_HOSTS = env.items("AUTOCRM_ALLOWED_HOSTS", "localhost,.localhost,127.0.0.1,[::1],testserver")
ROOT_URLCONF = "autocrm.config.urls"
WSGI_APPLICATION = "autocrm.config.wsgi.application"
ASGI_APPLICATION = "autocrm.config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

OUR_APPS = [
    "autocrm.journal",
    "autocrm.jobs",
    "autocrm.ui",
    "autocrm.tenants",
    "autocrm.users",
    "autocrm.records",
    "autocrm.transfers",
    "autocrm.notifications",
    "autocrm.activities",
    "autocrm.contacts",
    "autocrm.workflows",
    "autocrm.analytics",
    "autocrm.web",
    "autocrm.api",
    "autocrm.realtime",
    "autocrm.config",
]
INSTALLED_APPS = [
    *OUR_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "django_linear_migrations",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
]
MIDDLEWARE = [
    "autocrm.web.health.HealthMiddleware",
    "autocrm.web.middleware.HeadersMiddleware",
    "autocrm.api.middleware.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "autocrm.users.middleware.WorkspaceMiddleware",
    "autocrm.api.middleware.ApiMiddleware",
    "autocrm.web.middleware.ErrorMiddleware",
]

# --- Databases -------------------------------------------------------------------------------------------------------
# The app role owns nothing and bypasses nothing; the owner migrates; the platform role sees all tenants, audited.
_APP_URL = env.text("DATABASE_URL", "postgres://autocrm_app@127.0.0.1:5432/autocrm")
_OWNER_URL = env.text("AUTOCRM_DATABASE_OWNER_URL", _APP_URL)
_AS_OWNER = env.text("AUTOCRM_DB_ROLE", "app") == "owner"
_POOL: dict[str, Any] = {"pool": {"min_size": 1, "max_size": 16}} if env.flag("AUTOCRM_DB_POOL", default=False) else {}


def _database(url: str, *, guard: bool, pool: dict[str, Any] | None = None) -> dict[str, Any]:
    database = env.database(url, TENANT_GUARD=guard, ATOMIC_REQUESTS=guard)
    database["OPTIONS"] |= pool or {}
    if pool:
        database["CONN_MAX_AGE"] = 0
    return database


DATABASES = {
    "default": _database(_OWNER_URL if _AS_OWNER else _APP_URL, guard=not _AS_OWNER, pool=_POOL),
    "platform": _database(env.text("AUTOCRM_DATABASE_PLATFORM_URL", _APP_URL), guard=False),
    **{name: _database(url, guard=True) for name, url in env.mapping("AUTOCRM_TENANT_DATABASES").items()},
}
DATABASE_ROUTERS = ["autocrm.tenants.routing.TenantRouter"]
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
# Publish and subscribe only: nothing is stored. An idle socket must be allowed to wait, which redis-py 8 forbids.
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}], "prefix": "autocrm"},
    }
}

# --- People and sign-in ----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "autocrm.users.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "login": "60/m/ip"}
MFA_ADAPTER = "autocrm.users.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "autocrm.web.errors.csrf_failure"

# --- Pages -----------------------------------------------------------------------------------------------------------
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "autocrm.web.context.shell",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "autocrm.ui.templatetags.ui",
            ],
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("AUTOCRM_STATIC_ROOT", str(ROOT / "build" / "collected")))
STATICFILES_DIRS = [ROOT / "build" / "static"] if (ROOT / "build" / "static").is_dir() else []
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DATA_DIR / "files")},
    },
    "staticfiles": {"BACKEND": "autocrm.ui.static_storage.StaticFiles"},
}
# Nothing links to the unhashed names; compressing them too would double the time of a first start.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [ROOT / "build" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# --- Security --------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        # A form's answer may lead to another workspace, or to the installation's own door; browsers follow only here.
        "form-action": ["'self'", *(f"{start}{name}:*" for name in BASE_DOMAINS for start in ("", "*."))],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
EGRESS_ALLOWED_NETWORKS = env.items("AUTOCRM_EGRESS_ALLOWED_NETWORKS")

# --- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "autocrm.users.authentication.TokenAuthentication",
        "autocrm.users.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["autocrm.users.authentication.IsActor"],
    "DEFAULT_RENDERER_CLASSES": ["autocrm.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["autocrm.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "autocrm.api.problems.problem",
    "UNAUTHENTICATED_USER": None,
}
# In so long a page of a list is found in one go; after that it is looked for piece by piece.
LIST_PATIENCE_MS = env.integer("AUTOCRM_LIST_PATIENCE_MS", 80)
API_RATE_PER_MINUTE = env.integer("AUTOCRM_API_RATE_PER_MINUTE", 1200)
SPECTACULAR_SETTINGS = {
    "TITLE": "AutoCRM API",
    "DESCRIPTION": "Every record, every action: what the pages do, the API does.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_COERCE_PATH_PK_SUFFIX": True,
    "PREPROCESSING_HOOKS": ["autocrm.api.openapi.only_the_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "autocrm.api.openapi.describe_conventions",
    ],
}

# --- Mail, cache, logs -----------------------------------------------------------------------------------------------
EMAIL_HOST = env.text("AUTOCRM_SMTP_HOST", "")
EMAIL_PORT = env.integer("AUTOCRM_SMTP_PORT", 25)
EMAIL_HOST_USER = env.text("AUTOCRM_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.text("AUTOCRM_SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.flag("AUTOCRM_SMTP_TLS", default=False)
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
DEFAULT_FROM_EMAIL = env.text("AUTOCRM_MAIL_FROM", "AutoCRM <no-reply@localhost>")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("AUTOCRM_LOG_LEVEL", "INFO")},
    # It writes a traceback each second that Redis is away; realtime says it once.
    "loggers": {"channels_redis.pubsub": {"level": "CRITICAL"}},
}
