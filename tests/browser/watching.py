"""A tab of a real browser, and what must not happen in it: a request to another host, an error on its console."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

HOME = "127.0.0.1"
OF_THE_BROWSER = {"data", "blob", "about", "chrome", "file"}


@dataclass
class Watch:
    """What a browser asked for and complained of."""

    asked: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> BrowserContext:
        """Watch every page of a context, the workers of its pages too."""
        context.on("request", self._asks)
        context.on("console", self._says)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        return context

    def complaints(self) -> list[str]:
        """Give what a test must not end with."""
        return [*(f"asked another host: {url}" for url in self.left), *(f"console: {text}" for text in self.errors)]

    def _asks(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in OF_THE_BROWSER:
            return
        self.asked.append(request.url)
        if address.hostname != HOME:
            self.left.append(request.url)

    def _says(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)


def is_clear(page: Page) -> bool:
    """Tell whether nothing on a page reaches beyond its right edge."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
