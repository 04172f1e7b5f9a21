"""Pages and API, served by WSGI: the ORM is synchronous, and WSGI costs a third of ASGI per request."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autocrm.config.settings")
application = get_wsgi_application()
