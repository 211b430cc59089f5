"""Below /api/v1/echo/."""

from django.urls import path

from echo.apis import EchoApi, EchoDetailApi

app_name = "echo"
urlpatterns = [
    path("", EchoApi.as_view(), name="create"),
    path("<uuid:echo_id>/", EchoDetailApi.as_view(), name="detail"),
]
