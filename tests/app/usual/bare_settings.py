"""The bare view: no middleware, no database, JSON only.

Start it in the service's image with this folder and the service on PYTHONPATH:
`DJANGO_SETTINGS_MODULE=bare_settings gunicorn -c … bare_wsgi:application`; it answers at /.
"""

SECRET_KEY = "no session and no token is signed with it"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bare_urls"
INSTALLED_APPS = ["rest_framework"]
USE_TZ = True
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}
