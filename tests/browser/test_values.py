"""The reader's names go into the fence of values, and what bash then reads is what was typed."""

from __future__ import annotations

import os
import random
import string
import subprocess
from urllib.parse import quote

import pytest
from tests.repository import ROOT

from proofbook.pages.page import ASSIGNMENT, Page, is_plain_assignments, read_page
from proofbook.pages.reading import loader, page_files
from proofbook.settings import read_settings

pytestmark = pytest.mark.slow

ADDRESS = "/faults/MIG101/"
FENCE = ".pb-values + .highlight code"
SEED = os.environ.get("PROOFBOOK_TEST_SEED", "2026")
HOSTILE = (
    *("a b", "'", "''", "a'b\"c", "$(touch x)", "`id`", "${HOME}", "a;b", "a&&b", "a|b", "<x>", "*", "?[a]", "~"),
    *("~root", "a:~", "!", "!!", "'!'", "#x", "\\", "\\n", "a\\", "-n", "--", "=ls", "%s", "{a,b}", "\\'\x01"),
    *("a\nb", "\t", "\r", "\x1b[201~id\r", "a\u202eb", "\u200b", "\u00a0", "\x7f", "\x85", "'\n!'", " lead", "trail "),
    *("\u00e4", "\u540d\u524d", "\U0001f600", "e\u0301"),
)


def typed(page, values: list[str]) -> list[str]:
    """Type each of these into the first field, and give the line that the fence then shows."""
    script = """([selector, values]) => values.map((value) => {
      const field = document.querySelector(".pb-values input");
      // a field drops line breaks, and what a link names is not typed
      Object.defineProperty(field, "value", { value, configurable: true });
      field.dispatchEvent(new Event("input"));
      delete field.value;
      return document.querySelector(selector).textContent.split("\\n").find((line) => line.startsWith("APP="));
    })"""
    return page.evaluate(script, [FENCE, values])


def read_by_bash(lines: list[str]) -> list[str]:
    """Give what bash makes of each assignment."""
    program = "\n".join(f"{line}\nprintf '%s\\0' \"$APP\"" for line in lines)
    done = subprocess.run(["bash", "-u"], input=program.encode(), capture_output=True, check=True)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def drawn(count: int) -> list[str]:
    """Draw texts that are rich in what a shell reads into them."""
    draw = random.Random(SEED)
    letters = (
        string.punctuation * 3 + string.ascii_letters + string.digits + " \t\n\r\x1b\x7fäß€名😀\u202e\u2028\u00a0\ufeff"
    )
    return ["".join(draw.choices(letters, k=draw.randint(1, 24))) for _ in range(count)]


def test_bash_reads_what_was_typed(page):
    page.goto(ADDRESS)
    values = [*HOSTILE, *drawn(1500)]

    lines = typed(page, values)

    assert len(set(lines)) > len(values) * 0.9
    assert read_by_bash(lines) == values


def test_nothing_unseen_stands_in_the_fence_and_no_line_is_added(page):
    page.goto(ADDRESS)

    lines = typed(page, [*HOSTILE, *drawn(300)])

    unseen = [line for line in lines if any(not each.isprintable() for each in line)]
    assert unseen == []


def test_a_plain_name_stands_without_quotes(page):
    page.goto(ADDRESS)

    assert typed(page, ["billing", "v1.2-rc1", "a/b@c"]) == ["APP=billing", "APP=v1.2-rc1", "APP=a/b@c"]


def fences(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.highlight code')].map((code) => code.textContent)")


def test_a_name_rewrites_the_fence_of_values_only_and_can_be_put_back(page):
    page.goto(ADDRESS)
    before = fences(page)

    page.get_by_label("APP", exact=True).fill("bill ing")
    after = fences(page)

    changed = [number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    assert len(changed) == 1
    number = changed[0]
    assert after[number] == before[number].replace("\nAPP=orders\n", "\nAPP='bill ing'\n")
    assert "1 of 5 are yours" in page.locator(".pb-told").inner_text()
    page.get_by_role("button", name="Put back").click()
    assert fences(page) == before
    assert page.get_by_role("button", name="Put back").is_hidden()


def test_a_diagnosis_fills_the_pages_own_names_and_no_others(page):
    named = {"app": "bill ing", "PARENT_APP": "o'hara+1", "HOME": "/x", "child": "c", "DEPLOYED": "x" * 500}
    page.goto(f"{ADDRESS}#values:{'&'.join(f'{name}={quote(value)}' for name, value in named.items())}&MIGRATION=%ZZ")

    shown = page.locator(FENCE).text_content()
    assert "APP='bill ing'\n" in shown
    assert "PARENT_APP='o'\\''hara+1'\n" in shown
    assert "MIGRATION=0015_purchaseorder_carrier\n" in shown
    assert "DEPLOYED=v1\n" in shown
    assert "HOME" not in shown
    assert "link that led here" in page.locator(".pb-told").inner_text()


def test_names_come_when_the_address_changes_and_nothing_is_stored(page):
    page.goto(ADDRESS)
    page.evaluate("location.hash = '#values:app=billing'")
    page.wait_for_function(f"document.querySelector('{FENCE}').textContent.includes('APP=billing')")

    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")

    assert "billing" not in kept


def test_the_keyboard_alone_fills_reads_and_copies(context):
    opened = context(permissions=["clipboard-read", "clipboard-write"])
    page = opened.new_page()
    page.goto(ADDRESS)
    page.wait_for_selector(".md-code__button[data-md-type=copy]", state="attached")
    page.locator(".pb-values input").first.focus()

    page.keyboard.type("billing")
    page.keyboard.press("Tab")
    page.keyboard.type("0016 x")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(
            "document.activeElement.matches('.md-code__button') && document.activeElement.dataset.clipboardTarget"
        ):
            break
    page.keyboard.press("Enter")

    page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('APP=billing'))")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "\nAPP=billing\nMIGRATION='0016 x'\n" in copied
    assert is_plain_assignments(copied)


def site_pages() -> dict[str, Page]:
    settings = read_settings(ROOT)
    named = {file: file.relative_to(ROOT).as_posix() for file in page_files(settings)}
    return {path: read_page(file, path, loader(ROOT)) for file, path in named.items() if path.startswith("docs/")}


def test_every_page_with_values_offers_a_field_for_each(page, site_folder):
    with_values = [each for each in site_pages().values() if each.fault and each.values]
    assert len(with_values) > 90
    for each in random.Random(SEED).sample(with_values, 12):
        wanted = [line.partition("=")[0] for line in each.values.code.splitlines() if ASSIGNMENT.fullmatch(line)]

        page.goto(f"/faults/{each.fault}/")

        assert page.locator(".pb-values label > code").all_inner_texts() == wanted
        assert page.locator(FENCE).text_content().rstrip("\n") == each.values.code.rstrip("\n")


def test_the_copy_button_gives_the_snippets_bytes(context):
    opened = context(permissions=["clipboard-read", "clipboard-write"])
    page = opened.new_page()
    pages = site_pages()
    chosen = random.Random(SEED).sample(sorted(path for path in pages if pages[path].fault), 4)
    for path in [*chosen, "docs/migrations/deploying.md", "docs/deployment/rollback.md"]:
        page.goto(path.removeprefix("docs").removesuffix(".md") + "/")
        wanted = {each.code.rstrip() for each in pages[path].snippets if each.language in ("bash", "sql", "diff")}

        copied = copied_by_buttons(page)

        assert wanted
        assert wanted - set(copied) == set(), path


def copied_by_buttons(page) -> list[str]:
    """Press each copy button of the page, and give what came into the clipboard."""
    page.wait_for_selector(".md-code__button[data-md-type=copy]", state="attached")
    found = []
    for button in page.locator(".md-code__button[data-md-type=copy]").all():
        page.evaluate("navigator.clipboard.writeText('')")
        button.evaluate("(button) => button.click()")
        page.wait_for_function("navigator.clipboard.readText().then(Boolean)")
        found.append(page.evaluate("navigator.clipboard.readText()"))
    return found


def test_on_paper_and_without_a_script_the_page_is_as_it_is(page, context):
    page.goto(ADDRESS)
    assert page.locator(".pb-values").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".pb-values").is_hidden()

    plain = context(java_script_enabled=False).new_page()
    plain.goto(ADDRESS)

    assert plain.locator(".pb-values").is_hidden()
    assert "APP=orders" in plain.locator(FENCE).text_content()
