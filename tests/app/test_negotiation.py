"""The short way to JSON says what the framework's long way says."""

import pytest
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.api.negotiation import ContentNegotiation

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACCEPTS = [None, "", "*/*", "application/json", "application/json; indent=4", BROWSER, "text/html"]
WAYS = [(accept, query) for accept in ACCEPTS for query in ("", "?x=1", "?format=api")]


def chosen(negotiation, accept, query, renderers):
    headers = {} if accept is None else {"Accept": accept}
    request = Request(APIRequestFactory().get(f"/{query}", headers=headers))
    renderer, media = negotiation().select_renderer(request, renderers)
    return type(renderer), media


@pytest.mark.parametrize("accept, query", WAYS)
def test_it_chooses_as_the_framework_does(accept, query):
    for renderers in ([JSONRenderer(), BrowsableAPIRenderer()], [BrowsableAPIRenderer()]):
        try:
            expected = chosen(DefaultContentNegotiation, accept, query, renderers)
        except NotAcceptable:
            with pytest.raises(NotAcceptable):
                chosen(ContentNegotiation, accept, query, renderers)
        else:
            assert chosen(ContentNegotiation, accept, query, renderers) == expected


def test_what_nobody_can_make_is_refused():
    with pytest.raises(NotAcceptable):
        chosen(ContentNegotiation, "image/png", "", [JSONRenderer()])


def test_the_service_uses_it(settings):
    told = settings.REST_FRAMEWORK["DEFAULT_CONTENT_NEGOTIATION_CLASS"]
    assert told == f"{ContentNegotiation.__module__}.{ContentNegotiation.__name__}"
