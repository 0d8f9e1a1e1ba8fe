// Gives a name to what the theme leaves without one, for people who do not see or do not point.

const all = (selector) => document.querySelectorAll(selector);

for (const dialog of all(".md-search[role=dialog]")) dialog.setAttribute("aria-label", "Search");

for (const section of all("nav.md-nav[aria-labelledby]")) {
  const label = document.getElementById(section.getAttribute("aria-labelledby"));
  const title = section.querySelector(".md-nav__title");
  if (label?.textContent.trim() || !title) continue;
  section.removeAttribute("aria-labelledby");
  section.setAttribute("aria-label", title.textContent.trim());
}

for (const item of all(".task-list-item")) {
  item.querySelector("input[type=checkbox]")?.setAttribute("aria-label", item.textContent.trim().replace(/\s+/g, " "));
}

// The theme makes these only when a page is shown.
const nameLate = () => {
  for (const buttons of all(".md-code__nav:not([aria-label])")) {
    buttons.setAttribute("aria-label", `Code ${Number(buttons.parentElement.id.replace(/\D/g, "")) + 1}`);
  }
  for (const table of all(".md-typeset__scrollwrap:not([tabindex])")) table.tabIndex = 0;
};
nameLate();
const content = document.querySelector(".md-content");
if (content) new MutationObserver(nameLate).observe(content, { childList: true, subtree: true });
