"""The login of the usual way."""

from django.contrib.auth import authenticate
from rest_framework import serializers
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView
from usual_tokens import create_token


class LoginSerializer(serializers.Serializer):
    """An address and a password."""

    email = serializers.CharField()
    password = serializers.CharField()


class TokenObtainPairView(APIView):
    """A pair of tokens for a password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def post(self, request):
        """Log in."""
        body = LoginSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        email, password = body.validated_data["email"], body.validated_data["password"]
        user = authenticate(request, username=email, password=password)
        if user is None:
            raise AuthenticationFailed()
        return Response({kind: create_token(user, kind) for kind in ("refresh", "access")})
