"""Behind a login: articles added, limited by date and removed, at both widths."""

from __future__ import annotations

import shutil
import threading
import urllib.error
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import expect
from serving import serving
from test_chat import ask, open_library

from rag.passwords import hash_password

USER, PASSWORD = "anna", "correct horse battery"
NEWS = (
    "The tide mill\n\nPublished: 2021-05-04\n\nThe tide mill of Orsay grinds barley since 1788.\n"
)


@pytest.fixture(scope="module")
def library(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    shutil.copytree(server.index, folder / "index")
    settings = {
        "FOOTNOTE_LOGIN": hash_password(USER, PASSWORD),
        "FOOTNOTE_MAX_UPLOAD_MB": "1",
        "FOOTNOTE_MAX_UPLOAD_FILES": "3",
        "FOOTNOTE_ALLOW_URL": "true",
    }
    with serving(folder / "index", folder, **settings) as running:
        yield running


def log_in(page) -> None:
    page.get_by_label("username").fill(USER)
    page.get_by_label("password").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()
    page.wait_for_selector("#panel-masthead .status.ready")


@pytest.fixture(scope="module")
def logged_in(library, browser):
    """The cookies of one login: only ten a minute are let through."""
    page = browser.new_page()
    page.goto(library.url)
    log_in(page)
    state = page.context.storage_state()
    page.close()
    return state


@pytest.fixture
def enter(library, logged_in, open_page):
    """A function that opens the list of articles at a width, logged in."""

    def come_in(width=1280):
        page = open_page(library.url, width, storage_state=logged_in)
        open_library(page)
        return page

    return come_in


def add(page, *files) -> str:
    """Adds files by choosing them; returns what the page reports."""
    if not page.locator("#add-files").is_visible():
        page.get_by_text("Add articles").click()
    payloads = [{"name": n, "mimeType": "text/plain", "buffer": text.encode()} for n, text in files]
    return reported(page, lambda: page.set_input_files("#add-files", payloads))


def reported(page, act) -> str:
    """What the page reports of an addition once it is over."""
    before = page.locator("#adding .adding")
    if before.count():
        before.evaluate("element => element.dataset.old = 'yes'")
    act()
    report = page.locator("#adding .adding:not([data-old]):not(:has(progress))")
    report.wait_for()
    return report.inner_text()


def remove(page, title):
    """Removes an article of the list, and says yes."""
    page.get_by_role("button", name=f"Remove {title}").click()
    confirm = page.get_by_role("group", name=f"Remove {title}?")
    confirm.get_by_role("button", name="Remove").click()
    page.get_by_text(f"Removed {title}.").wait_for()


def status(url: str | urllib.request.Request, data: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(url, data, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_without_the_password_nothing_is_open(library):
    for path in ("config", "gradio_api/info", "gradio_api/queue/data?session_hash=x"):
        assert status(library.url + path) == 401
    for path in ("gradio_api/upload", "gradio_api/call/ask", "gradio_api/queue/join"):
        assert status(library.url + path, b"{}") == 401
    assert status(library.url + "gradio_api/file=/etc/hostname") == 404


def test_a_program_asks_with_the_password_and_not_without(library):
    from gradio_client import Client
    from gradio_client.exceptions import AuthenticationError

    client = Client(library.url, auth=(USER, PASSWORD), verbose=False)
    answer = client.predict("Where did the Ortega family move in 1987?", api_name="/ask")
    client.close()
    assert "Łódź" in answer["text"]
    with pytest.raises((AuthenticationError, ValueError)):
        Client(library.url, auth=(USER, "wrong password"), verbose=False)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_wrong_password_is_refused_and_said(library, browser, width):
    size = {"width": width, "height": 800}
    page = browser.new_page(viewport=size)  # not watched: the refusal is an error on the console
    page.goto(library.url)
    page.get_by_label("username").fill(USER)
    page.get_by_label("password").fill("wrong password")
    page.get_by_role("button", name="Login").click()
    page.get_by_text("Incorrect Credentials").wait_for()
    expect(page.locator("#library")).to_have_count(0)
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_signing_out_asks_for_the_password_again(library, open_page, width):
    page = open_page(library.url, width, ready=False)
    log_in(page)
    page.get_by_role("button", name="Conversations", exact=True).click()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_label("password").wait_for()
    page.goto(library.url)
    page.get_by_label("password").wait_for()


def test_without_tls_a_login_is_over_after_signing_out(library):
    """Over a network without TLS a browser has only the cookie that is not `Secure`."""
    form = urllib.parse.urlencode({"username": USER, "password": PASSWORD}).encode()
    with urllib.request.urlopen(library.url + "login", form, timeout=30) as response:
        cookies = [it.split(";")[0] for it in response.headers.get_all("set-cookie")]
    (cookie,) = [it for it in cookies if it.startswith("access-token-unsecure-")]

    def config() -> int:
        return status(urllib.request.Request(library.url + "config", headers={"cookie": cookie}))

    assert config() == 200
    out = urllib.request.Request(
        library.url + "logout?all_session=false", headers={"cookie": cookie}
    )
    assert status(out) in (200, 401)  # the page it leads to asks for the password
    assert config() == 401


@pytest.mark.parametrize("width", [1280, 390])
def test_an_article_is_added_asked_about_updated_and_removed(library, enter, width):
    page = enter(width)
    name = f"mill <img src=x onerror=alert({width})>.txt"
    said = add(page, (name, NEWS.replace("Orsay", f"Orsay{width}")), ("bad.exe", "MZ"))
    assert said.startswith("1 added, 1 skipped")
    assert "bad.exe: not a kind of file that can be read" in said
    assert [path.name for path in (library.index / "uploads").iterdir()] == [name]
    assert add(page, (name, NEWS.replace("Orsay", f"Orsay{width}"))) == "1 unchanged"
    assert add(page, (name, NEWS.replace("Orsay", f"Orsay{width}, near X,"))) == "1 updated"
    expect(page.locator("#library .where", has_text="4 May 2021")).to_have_count(1)
    page.keyboard.press("Escape")
    turn = ask(page, f"Since when does the tide mill of Orsay{width} grind?")
    assert "1788" in turn.inner_text()
    open_library(page)
    page.get_by_role("button", name="Remove The tide mill").click()
    page.get_by_role("button", name="Keep").click()
    remove(page, "The tide mill")
    expect(page.locator("#library .title", has_text="The tide mill")).to_have_count(0)
    assert list((library.index / "uploads").iterdir()) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_a_file_is_dropped_onto_the_list(enter, width):
    page = enter(width)
    page.get_by_text("Add articles").click()
    name = f"dropped-{width}.txt"
    dropped = page.evaluate_handle(
        """([name, text]) => {
            const data = new DataTransfer();
            data.items.add(new File([text], name, { type: "text/plain" }));
            return data;
        }""",
        [name, NEWS.replace("The tide mill\n", f"The windmill {width}\n")],
    )
    for kind in ("dragenter", "dragover"):
        page.dispatch_event("#library", kind, {"dataTransfer": dropped})
    expect(page.locator("#panel-library.dropping")).to_be_visible()
    page.dispatch_event("#library", "drop", {"dataTransfer": dropped})
    page.locator("#adding .adding", has_text="1 added").wait_for()
    expect(page.locator("#panel-library.dropping")).to_have_count(0)
    expect(page.locator("#library .title", has_text=f"The windmill {width}")).to_be_visible()
    remove(page, f"The windmill {width}")


@pytest.mark.parametrize("width", [1280, 390])
def test_too_many_too_large_and_a_busy_index_are_said(library, enter, width):
    page = enter(width)
    page.get_by_text("Add articles").click()
    files = [{"name": f"{n}.txt", "mimeType": "text/plain", "buffer": b"x"} for n in range(4)]
    page.set_input_files("#add-files", files)
    page.get_by_text("Add at most 3 files at once.").wait_for()
    # or choosing the same files again would be no change
    assert page.locator("#add-files").evaluate("field => field.files.length") == 0
    large = {"name": "large.txt", "mimeType": "text/plain", "buffer": b"x" * 1_100_000}
    page.set_input_files("#add-files", [large])
    page.get_by_text("large.txt is larger than 1 MB.").wait_for()
    assert page.locator("#add-files").evaluate("field => field.files.length") == 0
    from rag.lock import write_lock

    held, done = threading.Event(), threading.Event()

    def hold():
        with write_lock(library.index)():
            held.set()
            done.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    said = add(page, ("late.txt", NEWS))
    done.set()
    holder.join()
    assert "being changed by someone else" in said
    assert not (library.index / "uploads" / "late.txt").exists()


def test_an_address_of_this_machine_is_not_loaded(enter):
    page = enter()
    page.get_by_text("Add articles").click()
    page.get_by_label("Address of a page or feed").fill("http://127.0.0.1:9/secret")
    page.keyboard.press("Enter")
    page.locator("#adding .adding", has_text="1 skipped").wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_dates_limit_the_list_and_the_question(library, enter, width):
    page = enter(width)
    page.get_by_text("Limit by date").click()
    page.get_by_label("To", exact=True).fill("1999-12-31")
    page.get_by_text("Answering from 0 of 3, by date").wait_for()
    expect(page.get_by_text("No article is dated then.")).to_be_visible()
    page.keyboard.press("Escape")
    turn = ask(page, "Where did the Ortega family move in 1987?", "abstained")
    expect(turn.locator(".near")).to_have_count(0)


def test_on_a_phone_an_article_that_is_gone_says_so(enter):
    page = enter(390)
    entry = page.locator("#library button.article").first
    # as if somebody had removed it since the list was drawn
    entry.evaluate("entry => { entry.dataset.article = 'gone.txt'; }")
    for _ in range(2):  # and the second time it is opened, too
        entry.click()
        reader = page.get_by_role("dialog", name="Reader", exact=True)
        reader.get_by_text("The article could not be opened").wait_for()
        page.keyboard.press("Escape")
        reader.wait_for(state="hidden")
        open_library(page)
