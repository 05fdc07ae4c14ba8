"""axe-core finds nothing serious, at both widths, light and dark, in every state of the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from serving import serving
from test_chat import UNANSWERABLE, WHY, ask, open_library

from rag.passwords import hash_password

axe = pytest.importorskip("axe_playwright_python.sync_playwright")


def serious(page) -> list[str]:
    violations = axe.Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['html'][:160]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


# How light the ground is that a person sees under an element, from 0 to 1: its own background's
# or, where that lets all through, the nearest around it.
GROUND = """(element) => {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  for (let at = element; at; at = at.parentElement) {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = getComputedStyle(at).backgroundColor;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue, solid] = brush.getImageData(0, 0, 1, 1).data;
    if (solid === 255) return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
  }
  throw new Error("there is no ground");
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation(server, open_page, width, scheme):
    def fresh():
        return open_page(server.url, width, color_scheme=scheme, reduced_motion="reduce")

    page = fresh()
    for part in ("body", "#panel-chat", "#composer", "#panel-library", "#panel-reader"):
        ground = page.locator(part).evaluate(GROUND)
        assert ground < 0.2 if scheme == "dark" else ground > 0.8, part
    assert serious(page) == []
    turn = ask(page, WHY)
    turn.get_by_text("Why this answer").click()
    assert serious(page) == []
    turn.locator(".chip").first.click()
    page.wait_for_selector("#chosen", state="visible")
    assert serious(page) == []
    page = fresh()
    ask(page, UNANSWERABLE, "abstained")
    assert serious(page) == []
    page = fresh()
    ask(page, "x" * 3000, "failed")
    assert serious(page) == []


MOVING = """() => [...document.querySelectorAll("*")].flatMap((element) =>
  [null, "::before", "::after"].map((part) => getComputedStyle(element, part))
    .filter((style) => style.animationName !== "none"
      || style.transitionDuration.split(",").some((it) => parseFloat(it) > 0))
    .filter((style) => style.transitionProperty !== "none" || style.animationName !== "none")
    .map(() => element.outerHTML.slice(0, 120)))"""
SIDEWAYS = "document.documentElement.scrollWidth"


@pytest.mark.parametrize("width", [1280, 390])
def test_no_serious_violation_in_what_opens_later(server, open_page, width):
    page = open_page(server.url, width, reduced_motion="reduce")
    turn = ask(page, UNANSWERABLE, "abstained")
    turn.get_by_role("button", name="Not helpful").click()
    turn.get_by_role("button", name="Wrong citation").wait_for()
    assert serious(page) == []
    turn.locator(".near").first.click()
    page.wait_for_selector("#chosen", state="visible")
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Conversations", exact=True).click()
    page.get_by_role("button", name=f"Rename {UNANSWERABLE}").click()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"Delete {UNANSWERABLE}").click()
    page.get_by_text("Delete this conversation?").wait_for()
    assert serious(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    open_library(page)
    page.get_by_text("Add articles").click()
    page.get_by_text("Limit by date").click()
    page.locator("#library .remove").first.click()
    page.locator("#library .confirm:not([hidden])").wait_for()
    assert serious(page) == []


def test_no_serious_violation_in_chinese(server, open_page):
    page = open_page(server.url, 390, locale="zh-CN", reduced_motion="reduce")
    turn = ask(page, WHY)
    turn.locator("summary").click()
    assert serious(page) == []
    turn.locator(".chip").first.click()
    page.wait_for_selector("#chosen", state="visible")
    assert serious(page) == []


def test_no_serious_violation_before_the_login_and_without_an_index(tmp_path, open_page):
    settings = {"FOOTNOTE_LOGIN": hash_password("anna", "correct horse battery")}
    with serving(tmp_path / "none", tmp_path, **settings) as running:
        page = open_page(running.url, 390, ready=False)
        page.get_by_label("password").wait_for()
        # Gradio's page for the password has no title, which it leaves nobody to give.
        assert [it for it in serious(page) if not it.startswith("document-title")] == []
        page.close()  # before its server goes
    with serving(tmp_path / "none", tmp_path) as running:
        for width in (1280, 390):
            page = open_page(running.url, width)
            page.locator(".welcome.missing").wait_for()
            assert serious(page) == []
            page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_for_who_wants_no_motion(server, open_page, width):
    page = open_page(server.url, width, reduced_motion="reduce")
    page.locator("#question textarea").fill(WHY)
    page.keyboard.press("Enter")
    page.locator(".turn").wait_for()  # its dots stand still, too
    assert page.evaluate(MOVING) == []
    page.locator(".turn.answered .chip").first.click()
    page.wait_for_selector("#chosen", state="visible")  # on a phone, in a drawer
    assert page.evaluate(MOVING) == []
    # As it does for others: the measure measures something.
    others = open_page(server.url, width)
    assert others.evaluate(MOVING) != []
    if width < 900:
        assert any('id="panel-reader"' in it for it in others.evaluate(MOVING))


def test_nothing_runs_over_the_side_of_the_smallest_phone(server, open_page):
    page = open_page(server.url, 320, 640, reduced_motion="reduce")
    turn = ask(page, WHY)
    turn.get_by_text("Why this answer").click()
    expect(turn.locator(".why-body")).to_be_visible()
    assert page.evaluate(SIDEWAYS) <= 320
    open_library(page)
    page.get_by_text("Add articles").click()
    page.get_by_text("Limit by date").click()
    for panel in ("#panel-library", "#panel-reader"):
        box = page.locator(panel)
        expect(box).to_be_visible()
        assert page.evaluate(SIDEWAYS) <= 320
        assert box.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
        page.keyboard.press("Escape")
        box.wait_for(state="hidden")
        if panel == "#panel-library":
            turn.locator(".chip").first.click()
            page.wait_for_selector("#chosen", state="visible")
