"""How the service is put together: settings, addresses, Celery, errors and logs."""
