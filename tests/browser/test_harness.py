"""The browser of these tests is a real one, and it notices what must not happen."""

from __future__ import annotations

import pytest
from tests.browser.conftest import served
from tests.browser.watching import Watch

pytestmark = pytest.mark.slow

FOREIGN = '<!doctype html><title>t</title><link rel="icon" href="data:,"><img src="http://fonts.example.test/a.png">'
WORKING = """<!doctype html><title>t</title><link rel="icon" href="data:,"><script>
  const text = "fetch('http://fonts.example.test/b').catch(() => postMessage('gone'))";
  const worker = new Worker(URL.createObjectURL(new Blob([text])));
  worker.onmessage = () => { document.title = "answered"; };
</script>"""
THROWING = '<!doctype html><title>t</title><link rel="icon" href="data:,"><script>throw new Error("broken")</script>'


@pytest.mark.parametrize("address", ["/", "/faults/", "/faults/MIG101/", "/runbooks/adopt_column/"])
def test_a_page_shows_and_asks_nobody_else(page, watch, address):
    page.goto(address)

    assert page.locator("h1").count() == 1
    assert watch.asked


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (FOREIGN, "asked another host: http://fonts.example.test/a.png"),
        (WORKING, "asked another host: http://fonts.example.test/b"),
        (THROWING, "console: broken"),
    ],
)
def test_what_must_not_happen_is_noticed(browser, tmp_path, text, told):
    (tmp_path / "index.html").write_text(text)
    watch = Watch()

    with served(tmp_path) as address:
        context = watch.over(browser.new_context(base_url=address))
        page = context.new_page()
        page.goto("/")
        if "Worker" in text:
            page.wait_for_function("document.title === 'answered'")
        context.close()

    assert any(told in each for each in watch.complaints())
