"""Below /api/v1/auth/."""

from django.urls import path

from accounts.auth.login.apis import LoginApi, MeApi, RefreshApi
from accounts.auth.login.logout_apis import LogoutApi, LogoutEverywhereApi
from accounts.auth.passwords.apis import PasswordApi, ResetApi, ResetConfirmApi
from accounts.auth.registration.apis import RegisterApi, RegisterConfirmApi
from accounts.auth.sessions.apis import SessionApi, SessionListApi
from accounts.mfa.apis import (
    SecondFactorApi,
    SecondFactorBeginApi,
    SecondFactorConfirmApi,
    SecondFactorOffApi,
    SecondFactorRecoveryCodesApi,
)
from accounts.social.apis import SocialApi, SocialBackApi

app_name = "accounts"
urlpatterns = [
    path("login/", LoginApi.as_view(), name="login"),
    path("refresh/", RefreshApi.as_view(), name="refresh"),
    path("logout/", LogoutApi.as_view(), name="logout"),
    path("logout/everywhere/", LogoutEverywhereApi.as_view(), name="logout-everywhere"),
    path("register/", RegisterApi.as_view(), name="register"),
    path("register/confirm/", RegisterConfirmApi.as_view(), name="register-confirm"),
    path("password/", PasswordApi.as_view(), name="password"),
    path("password/reset/", ResetApi.as_view(), name="reset"),
    path("password/reset/confirm/", ResetConfirmApi.as_view(), name="reset-confirm"),
    path("sessions/", SessionListApi.as_view(), name="sessions"),
    path("sessions/<str:session_id>/", SessionApi.as_view(), name="session"),
    path("second-factor/", SecondFactorApi.as_view(), name="second-factor"),
    path("second-factor/begin/", SecondFactorBeginApi.as_view(), name="second-factor-begin"),
    path("second-factor/confirm/", SecondFactorConfirmApi.as_view(), name="second-factor-confirm"),
    path(
        "second-factor/recovery-codes/",
        SecondFactorRecoveryCodesApi.as_view(),
        name="second-factor-recovery-codes",
    ),
    path("second-factor/off/", SecondFactorOffApi.as_view(), name="second-factor-off"),
    path("social/<str:provider>/", SocialApi.as_view(), name="social"),
    path("social/<str:provider>/back/", SocialBackApi.as_view(), name="social-back"),
    path("me/", MeApi.as_view(), name="me"),
]
