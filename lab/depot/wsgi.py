"""What gunicorn serves; where nobody names the settings, the strictest apply."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "depot.settings.production")

application = get_wsgi_application()
