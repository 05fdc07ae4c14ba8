"""Tab reaches all that can be clicked and shows where it is; Arabic runs from right to left."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from serving import make_index, serving
from test_chat import WHY, ask, open_library

# What a mouse could use, by a number that the walk finds again, and how it looks without the
# focus. Radio buttons of one name and what is inside a closed <details> are not stops of their own.
NUMBER = """() => {
  window.ring = (it) => {
    const style = getComputedStyle(it.matches("#question textarea") ? it.closest("#composer") : it);
    const outlined = style.outlineStyle !== "none" && style.outlineWidth !== "0px";
    return [style.boxShadow, outlined ? style.outline : "none"].join(" and ");
  };
  document.activeElement.blur();
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary");
  const seen = [...all].filter((it) => it.checkVisibility({ visibilityProperty: true })
    && !it.disabled && !it.closest("[inert]") && it.tabIndex >= 0 && it.getClientRects().length);
  seen.forEach((it, number) => { it.dataset.stop = number; it.dataset.ring = ring(it); });
  return seen.map((it) => (it.ariaLabel || it.innerText || it.name || it.id).trim());
}"""
STOP = """() => {
  const it = document.activeElement;
  const box = it.getBoundingClientRect();
  return {
    stop: it.dataset.stop ?? null,
    html: it.outerHTML.slice(0, 120),
    ring: ![it.dataset.ring, "none and none"].includes(ring(it)),
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_tab_reaches_everything_and_shows_where_it_is(server, open_page, width):
    page = open_page(server.url, width)
    ask(page, WHY)
    page.get_by_text("Ask next").wait_for()
    names = page.evaluate(NUMBER)
    reached = set()
    for _ in range(3 * len(names)):
        page.keyboard.press("Tab")
        at = page.evaluate(STOP)
        if at["stop"] in reached and len(reached) == len(names):
            break
        if at["stop"] is not None:
            assert at["ring"], at["html"]
            assert at["inside"], at["html"]
            reached.add(at["stop"])

    missed = [name for number, name in enumerate(names) if str(number) not in reached]
    assert len(names) > 10
    assert missed == []


def tab_to(page, wanted) -> None:
    """Presses Tab until the wanted element has the focus, as somebody without a mouse would."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("it => it === document.activeElement"):
            return
    pytest.fail(f"Tab does not come to {wanted}")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_alone_opens_the_articles_ticks_one_and_closes_them(server, open_page, width):
    page = open_page(server.url, width)
    opener = page.get_by_role("button", name="Articles", exact=True)
    drawer = page.get_by_role("dialog", name="Articles", exact=True)
    if width < 900:
        tab_to(page, opener)
        page.keyboard.press("Enter")
        drawer.wait_for()
    box = page.get_by_role("checkbox", name="A family and its parrot")
    tab_to(page, box)
    page.keyboard.press("Space")
    page.get_by_text("Answering from 1 of 3.").wait_for()
    expect(box).to_be_checked()
    expect(box).to_be_focused()
    if width < 900:
        tab_to(page, drawer.get_by_role("button", name="Close"))
        page.keyboard.press("Enter")
        page.locator("#panel-library").wait_for(state="hidden")
        expect(opener).to_be_focused()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_alone_votes_and_edits_the_question_or_leaves_it(server, open_page, width):
    page = open_page(server.url, width)
    turn = ask(page, WHY)
    vote = turn.get_by_role("button", name="Not helpful")
    tab_to(page, vote)
    page.keyboard.press("Space")
    expect(vote).to_have_attribute("aria-pressed", "true")
    expect(vote).to_be_focused()
    reason = turn.get_by_role("button", name="Wrong citation")
    tab_to(page, reason)
    page.keyboard.press("Enter")
    expect(reason).to_have_attribute("aria-pressed", "true")
    expect(reason).to_be_focused()

    tab_to(page, page.get_by_role("button", name="Edit question"))
    page.keyboard.press("Enter")
    question = page.get_by_role("textbox", name="Your question")
    expect(question).to_have_value(WHY)
    expect(question).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Cancel", exact=True))
    page.keyboard.press("Enter")
    expect(question).to_have_value("")
    expect(question).to_be_focused()
    expect(page.locator(".question")).to_have_text([WHY])


TITLE = "ميناء فاردهولم"
BODY = (
    "افتتح ميناء فاردهولم في عام 1911 بحضور الملكة."  # "… opened in 1911 in the Queen's presence"
)


def test_an_article_in_arabic_runs_from_right_to_left(tmp_path, open_page):
    (tmp_path / "harbour.txt").write_text(f"{TITLE}\n\n{BODY}\n", encoding="utf-8")
    with serving(make_index(tmp_path, tmp_path / "harbour.txt"), tmp_path) as running:
        for width in (1280, 390):
            page = open_page(running.url, width)
            open_library(page)
            page.locator("#library button.article").first.click()
            paragraph = page.locator("#reader .paragraph").last
            expect(paragraph).to_have_text(BODY)
            for shown in (page.locator("#reader .title"), paragraph):
                expect(shown).to_have_css("direction", "rtl")
                expect(shown).to_have_css("text-align", "start")
            # The chat around it stays as the browser's language runs.
            expect(page.locator("#panel-chat")).to_have_css("direction", "ltr")
            if width < 900:
                page.keyboard.press("Escape")

            turn = ask(page, f"متى افتتح {TITLE}؟", "over")
            expect(turn.locator(".question")).to_have_css("direction", "rtl")
            page.close()  # before its server goes
