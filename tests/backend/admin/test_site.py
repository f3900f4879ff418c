import pytest

from backend.admin.version import VERSION
from backend.tasks.models import Task
from tests.backend.admin.conftest import OWN, Browser, Page
from tests.support.record import a_task

pytestmark = pytest.mark.django_db(transaction=True)

TASKS = "/admin/zonda/task/"
STATIC = f"/admin/static/{VERSION}/"


def pages() -> list[str]:
    task = a_task("<script>alert(1)</script>")
    tables = [f"/admin/zonda/{name}/" for name in ("task", "worker", "queue", "rejectedmessage")]
    return ["/admin/", "/admin/zonda/", *tables, f"{TASKS}{task.seq}/change/", "/admin/zonda/queue/default/change/"]


def test_it_lists_what_there_is_to_look_at_without_a_login(browser):
    page = browser.page("/admin")

    for name in ("Tasks", "Workers", "Queues", "Rejected messages"):
        assert name in page.text
    for word in ("Log out", "Change password", "Users", "Recent actions"):
        assert word not in page.text


def test_nothing_runs_or_styles_inline_and_all_that_is_loaded_is_our_own_and_there(browser):
    loaded: set[str] = set()
    for path in pages():
        response = browser.get(path)
        page = Page(response.body.decode())
        assert page.inline == [], path
        loaded.update(page.loads)
        policy = response.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy

    assert len(loaded) > 10
    for address in loaded:
        assert address.startswith("/admin/"), address
        assert browser.get(address).status == 200, address


def test_its_files_may_be_kept_for_ever_for_their_address_has_their_version(browser):
    response = browser.get(f"{STATIC}admin/css/base.css")

    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in response.headers["cache-control"]
    assert len(response.body) > 1000
    assert browser.get(f"{STATIC}zonda/admin.css").status == 200


@pytest.mark.parametrize(
    "path", ["admin/css/../../../models.py", "../../settings.py", "admin/css", "", "/etc/passwd", "x"]
)
def test_no_other_file_is_there(browser, path):
    assert browser.get(f"{STATIC}{path}").status == 404


def test_its_pages_are_kept_by_nobody_and_its_cookies_sent_to_it_alone(browser):
    response = browser.get(TASKS)

    assert "no-store" in response.headers["cache-control"]
    [cookie] = response.headers["set-cookie"].splitlines()
    assert cookie.startswith("csrftoken=")
    assert {"Path=/admin/", "HttpOnly", "SameSite=Strict"} <= set(cookie.split("; "))


def test_no_other_address_sets_a_cookie(browser):
    for path in ("/", "/graphiql", "/nothing", "/healthz", "/admin"):
        assert "set-cookie" not in browser.get(path).headers, path


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"origin": None}, "Origin"),
        ({"origin": "null"}, "Origin"),
        ({"origin": "http://evil.example"}, "Origin"),
        ({"host": "evil.example", "origin": "http://evil.example"}, "ZONDA_ALLOWED_HOSTS"),
        ({"content-type": "text/plain"}, "form-urlencoded"),
        ({"content-type": "multipart/form-data; boundary=x"}, "form-urlencoded"),
    ],
    ids=str,
)
def test_a_form_that_another_site_could_send_is_refused_though_it_has_the_token(browser, headers, why):
    task = a_task()
    token = browser.page(TASKS).hidden["csrfmiddlewaretoken"]
    form = {"csrfmiddlewaretoken": token, "action": "cancel", "index": "0", "_selected_action": [str(task.seq)]}

    response = browser.post(TASKS, form, headers=headers)

    assert (response.status, response.codes) == (403, ["FORBIDDEN"])
    assert why in response.json["errors"][0]["message"]
    assert Task.objects.get().status == "QUEUEING"


def test_a_form_without_the_token_is_refused_though_it_is_our_own(browser):
    task = a_task()
    browser.page(TASKS)
    form = {"action": "cancel", "index": "0", "_selected_action": [str(task.seq)]}

    assert browser.post(TASKS, form).status == 403
    assert browser.post(TASKS, {**form, "csrfmiddlewaretoken": "x" * 64}).status == 403
    assert Browser().post(TASKS, form, headers={"origin": OWN}).status == 403
    assert Task.objects.get().status == "QUEUEING"


def test_whoever_asks_from_elsewhere_is_not_let_in():
    stranger = Browser(client="192.0.2.7")

    assert stranger.get("/admin/").status == 403
    assert stranger.get(TASKS).status == 403
    assert Browser(client="").get(TASKS).status == 403


@pytest.mark.parametrize("path", ["add/", "{seq}/delete/", "{seq}/history/"])
def test_nobody_adds_deletes_or_edits_a_row(browser, path):
    task = a_task()
    before = Task.objects.values().get()

    assert browser.get(f"{TASKS}{path.format(seq=task.seq)}").status == 403
    edited = browser.submit(f"{TASKS}{task.seq}/change/", {"key": "other", "status": "FINISHED", "_save": "Save"})

    assert edited.status == 403
    assert Task.objects.values().get() == before


@pytest.mark.parametrize("path", ["login/", "logout/", "password_change/", "r/1/1/", "auth/user/", "nothing/"])
def test_what_it_does_not_need_is_not_there(browser, path):
    assert browser.get(f"/admin/{path}").status == 404
