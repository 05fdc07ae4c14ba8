"""axe-core finds nothing serious, at both widths, light and dark, in every state of the page."""

from __future__ import annotations

import pytest
from test_chat import UNANSWERABLE, WHY, ask

axe = pytest.importorskip("axe_playwright_python.sync_playwright")


def serious(page) -> list[str]:
    violations = axe.Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['html'][:160]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation(server, open_page, width, scheme):
    def fresh():
        return open_page(server.url, width, color_scheme=scheme, reduced_motion="reduce")

    page = fresh()
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
