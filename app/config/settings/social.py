"""OpenID providers that users may log in with."""

from config.settings.environment import ENV

SOCIAL_PROVIDERS = ENV.social_providers
SOCIAL_LOGIN_REDIRECT_URL = ENV.general.social_login_redirect_url
