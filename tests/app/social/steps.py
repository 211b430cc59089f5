"""The two steps of a login at a provider."""

URL = "/api/v1/auth/social/"


def begin(browser, name="one"):
    answer = browser.get(f"{URL}{name}/")
    assert answer.status_code == 302, answer.content
    return answer["Location"]


def back(browser, query, name="one"):
    return browser.get(f"{URL}{name}/back/", query)


def go(browser, idp, sub):
    return back(browser, idp.log_in(begin(browser), sub=sub))


def refused(answer, words):
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert words in answer.json()["detail"] and "__Host-access" not in answer.cookies
