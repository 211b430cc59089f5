"""Below /api/v1/auth/."""

from django.urls import path

from accounts.apis import LoginApi, LogoutApi, LogoutEverywhereApi, MeApi, RefreshApi

app_name = "accounts"
urlpatterns = [
    path("login/", LoginApi.as_view(), name="login"),
    path("refresh/", RefreshApi.as_view(), name="refresh"),
    path("logout/", LogoutApi.as_view(), name="logout"),
    path("logout/everywhere/", LogoutEverywhereApi.as_view(), name="logout-everywhere"),
    path("me/", MeApi.as_view(), name="me"),
]
