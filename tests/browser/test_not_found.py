"""A link that leads nowhere is answered by our server with a page that leads on."""

from __future__ import annotations

import pytest
from tests.browser.templates import SIZES
from tests.browser.watching import Watch, is_clear

from proofbook.settings import Settings
from proofbook.site.serving import served

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("address", ["/gone", "/faults/GONE999/", "/a/b/c/d/gone.html?x=1"])
def test_a_link_that_leads_nowhere_leads_on(browser, site_folder, address):
    watch = Watch()
    settings = Settings(site_folder.parent, site=site_folder.name)

    with served(settings, 0) as (host, port):
        context = watch.over(browser.new_context(base_url=f"http://{host}:{port}", viewport=SIZES["narrow"]))
        page = context.new_page()
        answer = page.goto(address)
        title, is_fitting = page.title(), is_clear(page)
        ground = page.locator(".md-header").evaluate("(each) => getComputedStyle(each).position")
        links = page.locator("article a:not(.headerlink)").evaluate_all("(all) => all.map((each) => each.pathname)")
        statuses = [context.request.get(link).status for link in links]
        page.locator("article").get_by_role("link", name="front page").click()
        page.get_by_label("Paste your error").wait_for()
        context.close()

    assert (answer.status, title, is_fitting, ground) == (404, "No such page - Proofbook", True, "sticky")
    assert links == ["/", "/faults/", "/runbooks/"]
    assert statuses == [200, 200, 200]
    # the browser itself says that the address is not there
    assert [each for each in watch.complaints() if "404" not in each] == []
