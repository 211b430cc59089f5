"""The registration: it reveals no accounts, and requires the token of the mail."""

import secrets
from mailbox import Post

import pytest
from django.core import mail, signing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.email import messages, tokens
from accounts.email.tokens import Registration
from accounts.models import User
from factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
URL = "/api/v1/auth/"
GOOD = "a fresh and long sentence"


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def email():
    return f"new-{secrets.token_hex(4)}@example.com"


def confirm(api, token, password=GOOD):
    return api.post(f"{URL}register/confirm/", {"token": token, "password": password})


def test_an_account_is_created_with_the_mails_token(api, post, email):
    assert api.post(f"{URL}register/", {"email": email.upper(), "name": "Ada"}).status_code == 202
    assert not User.objects.filter(email=email).exists()
    (letter,) = post.asked
    assert letter == {"about": "register", "email": email, "name": "Ada"}
    token = post.token()
    assert mail.outbox[0].to == [email] and "Confirm your address" in mail.outbox[0].subject
    answer = confirm(api, token)
    assert answer.status_code == 201 and answer.json()["email_confirmed"] is True
    assert answer.json()["name"] == "Ada" and answer["Cache-Control"] == "no-store"
    login = api.post(f"{URL}login/", {"email": email, "password": GOOD})
    assert login.status_code == 200


def test_a_registration_token_works_once(api, post, email):
    api.post(f"{URL}register/", {"email": email})
    token = post.token()
    assert [confirm(api, token).status_code for _ in range(2)] == [201, 403]
    assert User.objects.filter(email=email).count() == 1


def test_a_weak_password_does_not_use_up_the_registration(api, post, email):
    api.post(f"{URL}register/", {"email": email})
    token = post.token()
    for weak in ("short", "password123", email):
        answer = confirm(api, token, weak)
        assert answer.status_code == 400 and answer.json()["errors"]["password"], weak
    assert confirm(api, token).status_code == 201


def test_a_known_address_gets_the_same_answer_and_no_token(api, post, email):
    known = UserFactory().email
    with CaptureQueriesContext(connection) as asked:
        answers = [api.post(f"{URL}register/", {"email": given}) for given in (known, email)]
    assert answers[0].status_code == answers[1].status_code == 202
    assert answers[0].content == answers[1].content
    looked = [each["sql"] for each in asked.captured_queries if "accounts_user" in each["sql"]]
    assert (
        len(post.asked) == 2 and not looked
    ), "no account is looked up, so that the time is the same"
    first, second = post.deliver()
    assert first.to == [known] and "already" in first.subject and "eyJ" not in first.body
    assert second.to == [email] and "eyJ" in second.body


def test_a_closed_account_gets_no_mail(api, post):
    closed = UserFactory(is_active=False)
    for path in ("register", "password/reset"):
        assert api.post(f"{URL}{path}/", {"email": closed.email}).status_code == 202
    assert len(post.asked) == 2 and post.deliver() == []


def test_no_token_waits_in_a_table_a_queue_or_a_log(api, post, email, caplog, settings):
    api.post(f"{URL}register/", {"email": email})
    api.post(f"{URL}password/reset/", {"email": UserFactory().email})
    assert len(post.asked) == 2
    assert all(set(args) == {"about", "email", "name"} for args in post.asked)
    letters = post.deliver()
    assert len(letters) == 2 and "eyJ" not in caplog.text


WRONG = {
    "of another purpose": lambda n: tokens._sign("reset", {"email": n.email, "name": ""}),
    "of another key": lambda n: signing.dumps(
        {"email": n.email, "name": ""}, key="k" * 50, salt="accounts.mail.register"
    ),
    "changed": lambda n: tokens.registration_token(n)[:-2] + "xx",
    "none": lambda n: "nonsense",
}


@pytest.mark.parametrize("how", WRONG)
def test_a_token_that_is_not_for_this_is_refused(api, email, how):
    answer = confirm(api, WRONG[how](Registration(email=email, name="")))
    assert answer.status_code == 403 and "The token is invalid" in answer.json()["detail"]
    assert not User.objects.filter(email=email).exists()


def test_a_token_is_good_for_an_hour(api, email, monkeypatch):
    token = tokens.registration_token(Registration(email=email, name=""))
    monkeypatch.setattr(tokens, "LIFETIME_SECONDS", -1)
    assert confirm(api, token).status_code == 403
    monkeypatch.setattr(tokens, "LIFETIME_SECONDS", 3600)
    assert confirm(api, token).status_code == 201


def test_the_link_has_the_token_in_its_fragment(api, post, email, settings):
    settings.MAIL_PAGES = "https://app.example.com/"
    api.post(f"{URL}register/", {"email": email})
    (letter,) = post.deliver()
    assert "\nhttps://app.example.com/register#token=eyJ" in letter.body


def test_without_mail_registration_is_503(api, post, email, settings):
    settings.SENDS_MAIL = False
    answers = [
        api.post(f"{URL}{path}/", {"email": email}) for path in ("register", "password/reset")
    ]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert "not set up to send mail" in answers[0].json()["detail"] and not post.asked
    with pytest.raises(
        messages.MailNotConfigured
    ):  # a mail that was asked for before fails, and is kept as such
        messages.send("register", email=email, name="")


def test_mails_to_one_address_and_from_one_address_are_limited(api, post, email, settings):
    settings.RATES = {**settings.RATES, "register_account": "2/h", "reset_account": "1/h"}
    register = [api.post(f"{URL}register/", {"email": email}).status_code for _ in range(3)]
    reset = [api.post(f"{URL}password/reset/", {"email": email}).status_code for _ in range(2)]
    assert (register, reset, len(post.asked)) == ([202, 202, 429], [202, 429], 3)
    settings.RATES = {**settings.RATES, "register_address": "1/h"}
    others = [api.post(f"{URL}register/", {"email": f"x{n}@b.cd"}).status_code for n in range(2)]
    assert others == [202, 429]
