"""The front page's box, as a reader uses it: paste, read the answer, follow it."""

from __future__ import annotations

import gzip
import re
import zipfile
from urllib.parse import unquote, urlsplit

import pytest
from tests.browser.watching import Watch, is_clear
from tests.hostile import hostile
from tests.repository import CASES

pytestmark = pytest.mark.slow

TRANSFER = 120 * 1024
LONG = 600
SEARCH = ("/assets/javascripts/workers/search", "/search/search_index.json", "/assets/javascripts/lunr/")
LOCKED_OUT = 'FATAL:  password authentication failed for user "app"'
BROKEN = (CASES / "signatures" / "MIG201" / "psycopg3.log").read_text("utf-8")
NO_TEXT = "\x00\x01\x02\x03\x04\x05\x06\x0e\x0f\x10" * 200
PASTE = """(log) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", typeof log === "number" ? "GET /orders 200\\n".repeat(log / 16) : log);
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  const field = document.getElementById("pb-log");
  field.focus();
  if (field.dispatchEvent(event)) document.execCommand("insertText", false, clipboardData.getData("text"));
}"""
TYPE = """(texts) => {
  const field = document.getElementById("pb-log");
  for (const text of texts) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}"""
INJECT = """() => document.body.append(
  Object.assign(document.createElement("script"), { textContent: "window.ran = 1" }),
  Object.assign(document.createElement("img"), { src: "http://fonts.example.test/a.png" }),
)"""
KEPT = """async () => [
  { ...localStorage }, { ...sessionStorage }, document.cookie, await indexedDB.databases(), await caches.keys(),
]"""


class Box:
    """The box on an open page; a patient one gives a log as long as it takes, on however slow a machine."""

    def __init__(self, page, address="/", script=None):
        self.page = page
        if script:
            limit = "const SECONDS = 8;"
            assert script.count(limit) == 1
            body = script.replace(limit, f"const SECONDS = {LONG};")
            page.route("**/diagnosis/box.js", lambda route: route.fulfill(content_type="text/javascript", body=body))
        page.goto(address)
        self.field = page.get_by_label("Paste your error")
        self.answer = page.locator("[data-answer]")
        self.summary = page.locator(".pb-paste output")

    def paste(self, log):
        self.page.evaluate(PASTE, log)

    def says(self, text):
        self.page.wait_for_function(
            "text => document.querySelector('.pb-paste output').value.includes(text)", arg=text, timeout=LONG * 1000
        )


@pytest.fixture
def box(page, site_folder):
    return Box(page, script=(site_folder / "javascripts/diagnosis/box.js").read_text("utf-8"))


def test_an_error_is_answered_with_line_cause_command_and_page(box):
    box.paste(BROKEN)
    box.says("1 fault, first MIG201.")

    shown = box.answer.inner_text()
    assert 'column "reference" of relation "orders_purchaseorder" already exists' in shown
    assert "Line 10, 2 times" in shown
    assert box.answer.locator("pre").inner_text().splitlines() == [
        "APP=orders",
        "MIGRATION=0015_purchaseorder_reference",
        "python runbooks/adopt_column.py --app $APP --migration $MIGRATION",
    ]


def test_the_link_leads_to_the_page_with_its_own_values_and_no_text_of_the_log(box):
    box.paste(f"secret line\n{BROKEN}")
    box.says("MIG201")
    box.answer.get_by_role("link").click()
    box.page.wait_for_url("**/faults/MIG201/*")

    fragment = urlsplit(box.page.url).fragment
    assert fragment.startswith("values:")
    named = dict(each.split("=", 1) for each in fragment.removeprefix("values:").split("&"))
    assert {name: unquote(value) for name, value in named.items()} == {
        "APP": "orders",
        "MIGRATION": "0015_purchaseorder_reference",
        "COLUMN": "reference",
        "TABLE": "orders_purchaseorder",
    }


def test_five_chained_errors_lead_in_two_clicks_to_the_first(box):
    joint = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
    first = 'psycopg.errors.DuplicateColumn: column "x" of relation "y" already exists'
    after = [f"app.Error{number}: it failed" for number in range(4)]
    frame = 'Traceback (most recent call last):\n  File "/app/a.py", line 1, in call\n    call()\n'

    box.paste(joint.join(f"{frame}{each}" for each in (first, *after)))
    box.says("1 fault, first MIG201.")

    box.answer.get_by_role("link").click()
    box.page.wait_for_url("**/faults/MIG201/*")


def test_what_is_typed_is_answered_and_taken_back(box):
    box.field.press_sequentially(LOCKED_OUT)
    box.says("first DBC102")

    box.field.fill("all is well")
    box.says("No error in this text")
    box.field.fill("")
    box.page.wait_for_function("() => document.querySelector('.pb-paste output').value === ''")
    assert box.answer.inner_text() == ""


def test_an_unknown_error_is_listed(box):
    box.paste("ERROR:  the moon is in the way")
    box.says("1 unknown error")

    assert "ERROR:  the moon is in the way" in box.answer.inner_text()


def test_nothing_pasted_runs(box):
    tags = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'><svg onload='window.ran = 3'>"
    box.paste(f'ERROR: {tags}\nFATAL:  role "{tags.replace(chr(34), "")}" does not exist')
    box.says("1 fault")

    assert tags in box.answer.inner_text()
    assert box.answer.locator("script, img, svg").count() == 0
    assert box.page.evaluate("window.ran") is None


def test_marks_that_turn_the_reading_direction_are_not_shown(box):
    box.paste("ERROR: \u202etxt.exe\u202c \u2067is gone\u2069 \u05e9\u05dc\u05d5\u05dd")
    box.says("1 unknown error")

    assert "ERROR: txt.exe is gone \u05e9\u05dc\u05d5\u05dd" in box.answer.inner_text().replace("  ", " ")


def test_secrets_and_rows_are_masked_in_the_answer_and_absent_from_the_link(box):
    box.paste(
        "ERROR: at postgresql://app:hunter2@db/x password=hunter2\n"
        "ERROR: DETAIL:  Key (email)=(hunter2@example.com) already exists.\n"
        'psycopg.ProgrammingError: invalid percent-encoded token: "100%hunter2"\n'
    )
    box.says("first BAK105")

    assert "***" in box.answer.inner_text()
    assert "hunter2" not in box.answer.inner_html()


def test_what_is_no_text_is_said_to_be_none(box):
    box.paste(NO_TEXT)

    box.says("This is no text")


@pytest.mark.parametrize("log", [" \n\t \n", "\ufeff\n", "\0" * 300_000], ids=["blanks", "a mark", "zeros"])
def test_an_empty_log_is_said_to_be_empty_and_not_healthy(box, log):
    box.paste(LOCKED_OUT)
    box.says("first DBC102")

    box.field.fill("")
    box.paste(log)
    box.says("The log is empty.")

    assert box.summary.inner_text() == "The log is empty."
    assert box.answer.inner_html() == ""


@pytest.mark.parametrize("healthy", sorted((CASES / "signatures" / "near_misses").glob("*healthy*.log")), ids=str)
def test_of_a_log_without_errors_is_said_how_far_that_goes(box, healthy):
    box.field.fill(healthy.read_text("utf-8"))
    box.says("No error in this text")

    assert box.summary.inner_text() == "No error in this text, as far as these pages know errors."
    assert box.answer.get_by_role("listitem").count() == 0
    assert box.answer.inner_text() == ""


def test_an_error_in_another_language_is_named_by_its_sqlstate_or_listed_with_what_it_may_be(box):
    box.field.fill(
        "FEHLER:  42701: Spalte »reference« von Relation »orders« existiert bereits\n"
        "FEHLER:  42703: Spalte »note« existiert nicht\n"
    )
    box.says("1 fault and 1 unknown error, first MIG201.")

    shown = box.answer.inner_text()
    assert "70 % sure: by its SQLSTATE 42701; the text is not English." in shown
    assert "existiert nicht (SQLSTATE 42703: perhaps MIG107, MIG108, MIG114)" in shown


def test_a_paste_of_a_hundred_megabytes_hangs_nothing(box):
    box.paste(100_000_000)
    box.says("Only the beginning was read")

    assert box.field.input_value() == ""
    box.paste(LOCKED_OUT)
    box.says("first DBC102")


def test_ten_megabytes_of_hostile_lines_come_to_an_end(box):
    box.paste("\n".join(hostile(7, 10_000_000)) + f"\n{LOCKED_OUT}")
    box.says("DBC102")


def test_a_log_that_takes_too_long_is_stopped(page):
    page.clock.install()
    page.route(
        "**/diagnosis/worker.js",
        lambda route: route.fulfill(content_type="text/javascript", body="onmessage = () => { for (;;) {} };"),
    )
    box = Box(page)
    box.paste(LOCKED_OUT)

    page.clock.run_for(9_000)

    assert "Stopped after 8 seconds" in box.summary.inner_text()
    page.unroute("**/diagnosis/worker.js")
    box.paste(LOCKED_OUT)
    box.says("first DBC102")


def test_reading_asks_nobody_and_keeps_nothing(box, watch):
    box.field.focus()
    box.paste(LOCKED_OUT)
    box.says("first DBC102")
    asked, kept = len(watch.asked), box.page.evaluate(KEPT)

    box.field.fill(BROKEN)
    box.says("first MIG201")

    assert watch.asked[asked:] == []
    assert box.page.evaluate(KEPT) == kept


def test_the_policy_holds_and_hinders_nothing_of_the_page(browser, site):
    watch = Watch()
    context = watch.over(browser.new_context(base_url=site))
    page = context.new_page()
    box = Box(page)
    page.get_by_title("Switch to dark").locator("visible=true").click()
    page.locator(".md-search__input").fill("password authentication")
    page.locator(".md-search-result__item").first.wait_for()
    page.keyboard.press("Escape")
    box.paste(LOCKED_OUT)
    box.says("first DBC102")
    assert watch.complaints() == []

    refused = []
    context.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
    page.evaluate(INJECT)

    page.wait_for_function("() => document.images.length && document.images[document.images.length - 1].complete")
    assert page.evaluate("() => window.ran") is None
    context.close()
    assert refused == [("http://fonts.example.test/a.png", "csp")]
    assert sum("Content Security Policy" in each for each in watch.errors) == len(watch.errors) == 2


def test_the_keyboard_is_enough(box):
    box.page.keyboard.press("Tab")
    for _ in range(40):
        if box.page.evaluate("document.activeElement.id") == "pb-log":
            break
        box.page.keyboard.press("Tab")
    box.page.keyboard.insert_text(LOCKED_OUT)
    box.says("first DBC102")
    box.page.keyboard.press("Tab")
    box.page.keyboard.press("Enter")

    box.page.wait_for_url("**/faults/DBC102/*")


def test_without_scripts_the_page_says_what_to_do(context):
    page = context(java_script_enabled=False).new_page()
    page.goto("/")

    assert page.get_by_label("Paste your error").is_disabled()
    assert page.get_by_text("needs JavaScript").is_visible()
    assert page.get_by_role("link", name="DBC102").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_answer_fits_the_screen(context, scheme, width):
    box = Box(context(viewport={"width": width, "height": 844}, color_scheme=scheme).new_page())
    box.paste(f"{BROKEN}\nERROR: {'unbroken' * 60}")
    box.says("1 fault and 1 unknown error")

    assert is_clear(box.page)
    answer = box.answer.bounding_box()
    for shown in box.answer.locator("a, p, pre").all():
        assert shown.bounding_box()["x"] + shown.bounding_box()["width"] <= answer["x"] + answer["width"] + 1


def test_the_page_and_its_matcher_are_light(box, watch, site_folder):
    box.paste(LOCKED_OUT)
    box.says("first DBC102")

    paths = {urlsplit(url).path for url in watch.asked}
    sent = {
        path: len(gzip.compress((site_folder / (path.lstrip("/") or "index.html")).read_bytes()))
        for path in paths
        if not path.startswith(SEARCH)
    }
    assert {"/", "/javascripts/diagnosis/matcher.js", "/javascripts/diagnosis/known.js"} <= sent.keys()
    assert sum(sent.values()) <= TRANSFER, sent


def test_before_anybody_uses_the_box_what_it_knows_is_not_loaded(box, watch):
    box.page.wait_for_load_state("networkidle")

    assert not [url for url in watch.asked if re.search(r"/(?:known|matcher|worker)\.js", url)]


def test_the_box_answers_in_a_folder_without_a_server(browser, site_folder, tmp_path):
    zipfile.ZipFile(site_folder / "proofbook-offline.zip").extractall(tmp_path)
    watch = Watch()
    context = watch.over(browser.new_context(base_url=f"{tmp_path.as_uri()}/proofbook/"))
    box = Box(context.new_page(), "index.html")

    # cleared while it is read, so what was loaded for it is loaded again
    box.page.evaluate(TYPE, [LOCKED_OUT, ""])
    box.paste(BROKEN)
    box.says("first MIG201")
    box.answer.get_by_role("link").click()
    box.page.wait_for_url("**/proofbook/faults/MIG201/index.html#values:APP=orders*")

    context.close()
    assert watch.complaints() == []
