"""The login to an account with a second factor."""

import time
from mailbox import Post
from types import SimpleNamespace

import pytest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIClient

from accounts.auth.login.services import open_session
from accounts.auth.tokens import RefreshToken
from accounts.mfa import codes
from accounts.models import SecondFactor
from factories import PASSWORD, RECOVERY, SECRET, UserFactory, app_code, with_second_factor
from parallel import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
URL = "/api/v1/auth/"
NEEDED = "/problems/second-factor-needed"


@pytest.fixture
def user():
    return with_second_factor(UserFactory())


def login(user, *, password=PASSWORD, client=None, **more):
    body = {"email": user.email, "password": password, **more}
    return (client or APIClient()).post(f"{URL}login/", body)


def told(answer):
    """A refusal without its request id."""
    return answer.status_code, {**answer.json(), "request_id": ""}, sorted(answer.headers)


def test_the_password_and_a_code_open_a_session(user):
    answer = login(user, code=app_code())
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    client = APIClient(headers={"Authorization": f"Bearer {answer.json()['access']}"})
    assert client.get("/api/v1/projects/").status_code == 200
    assert RefreshToken.decode(answer.json()["refresh"]).is_multi_factor


def test_a_browser_gets_its_cookies_for_both(user):
    client = APIClient(headers={"Sec-Fetch-Site": "same-origin"})
    assert login(user, client=client, cookies=True).status_code == 401 and not client.cookies
    answer = login(user, client=client, cookies=True, code=app_code())
    assert answer.status_code == 200 and "access" not in answer.json()
    assert client.get(f"{URL}me/").status_code == 200


def test_without_a_code_the_answer_says_that_one_is_needed_and_keeps_nothing(user):
    answer = login(user)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["type"] == NEEDED and answer.json()["title"] == "Second factor needed"
    assert answer["WWW-Authenticate"] and not answer.cookies
    assert set(answer.json()) == {"type", "title", "status", "detail", "request_id"}
    code = app_code()
    assert (
        login(user, password="wrong", code=code).status_code == 401
    ), "the password is required again"
    assert login(user, code=code).status_code == 200, "a wrong password does not use up the code"


def test_a_wrong_password_does_not_reveal_a_second_factor(user):
    without, unknown = UserFactory(), SimpleNamespace(email="nobody@example.com")
    for code in ({}, {"code": app_code()}, {"code": "000000"}):
        answers = [login(each, password="wrong", **code) for each in (user, without, unknown)]
        assert told(answers[0]) == told(answers[1]) == told(answers[2])
        assert answers[0].json()["type"] == "about:blank"


@pytest.mark.parametrize("code", ["12345", "1234567", "AAAA-BBBB", "١٢٣٤٥٦", "x" * 64])
def test_a_wrong_code_is_answered_as_a_wrong_password(user, code):
    assert told(login(user, code=code)) == told(login(user, password="wrong"))


def test_a_wrong_code_of_six_digits_too(user):
    good = {app_code(steps=steps) for steps in range(-2, 3)}
    wrong = next(code for code in map("{:06d}".format, range(10)) if code not in good)
    assert told(login(user, code=wrong)) == told(login(user, password="wrong"))


def test_a_code_that_is_no_text_is_an_error_of_the_input(user):
    for code in ("", 123456, None, "x" * 65):
        answer = login(user, code=code)
        assert answer.status_code == 400 and set(answer.json()["errors"]) == {"code"}


def test_a_code_is_ignored_without_a_second_factor():
    assert login(UserFactory(), code="123456").status_code == 200


def test_a_code_is_good_once(user):
    code = app_code()
    assert [login(user, code=code).status_code for _ in range(2)] == [200, 401]
    assert SecondFactor.objects.get().last_step >= int(time.time()) // 30 - 1


def at(monkeypatch, moment):
    monkeypatch.setattr(codes, "time", SimpleNamespace(time=lambda: moment))


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_a_clock_may_be_off_by_one_step(user, monkeypatch, steps, status):
    at(monkeypatch, 1_800_000_000)
    code = codes.TOTP(SECRET).generate_otp(1_800_000_000 // 30 + steps)
    assert login(user, code=code).status_code == status


def test_a_code_invalidates_older_codes(user, monkeypatch):
    at(monkeypatch, 1_800_000_000)
    now = 1_800_000_000 // 30
    later, earlier = (codes.TOTP(SECRET).generate_otp(step) for step in (now + 1, now))
    assert [login(user, code=code).status_code for code in (later, earlier)] == [200, 401]


def test_the_code_follows_rfc_6238(monkeypatch):
    """RFC 6238, appendix B: the last six digits of its SHA-1 values."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for moment, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at(monkeypatch, moment)
        assert codes.time_step(code, secret=secret) == moment // 30


def test_a_recovery_code_works_once(user):
    post, typed = Post(), RECOVERY.lower().replace("-", " ")
    assert [login(user, code=typed).status_code for _ in range(2)] == [200, 401]
    assert SecondFactor.objects.get().recovery == []
    (letter,) = post.deliver()
    assert letter.subject == "A recovery code was used" and letter.to == [user.email]


@pytest.mark.parametrize(("code", "most"), [(None, 3), (RECOVERY, 4)], ids=["app", "recovery"])
def test_a_login_costs_few_queries(user, django_assert_max_num_queries, code, most):
    with django_assert_max_num_queries(most + 2):  # the two of a savepoint, which is the test's
        assert login(user, code=code or app_code()).status_code == 200


def test_a_code_of_another_account_is_refused(user):
    other = with_second_factor(UserFactory(), recovery=("GGGG-HHHH-IIII-JJJJ-KKKK-LLLL",))
    assert login(other, code=RECOVERY).status_code == 401
    assert login(user, code=RECOVERY).status_code == 200


def test_code_attempts_are_limited_across_addresses(user, settings):
    settings.RATES = {**settings.RATES, "code_account": "2/h"}
    found = [login(user, code="000000").status_code for _ in range(2)]
    answer = login(user, code=app_code())
    assert found == [401, 401] and answer.status_code == 429 and answer["Retry-After"]
    assert login(UserFactory(), code="000000").status_code == 200


def test_logins_with_codes_count_as_logins(user, settings):
    settings.RATES = {**settings.RATES, "login_account": "2/h"}
    assert [login(user).status_code for _ in range(3)] == [401, 401, 429]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_four_concurrent_logins_with_one_code_one_succeeds(kind):
    user = with_second_factor(UserFactory())
    code = app_code() if kind == "app" else RECOVERY
    found = at_once(*[lambda: login(user, code=code).status_code] * 4)
    assert sorted(found) == [200, 401, 401, 401]


def test_a_login_that_overtakes_the_setup_opens_no_session():
    stale = UserFactory()
    with_second_factor(type(stale).objects.get(pk=stale.pk))
    with pytest.raises(AuthenticationFailed):
        open_session(stale)
