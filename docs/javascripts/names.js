// The theme's search dialog has no name; a screen reader needs one.
for (const dialog of document.querySelectorAll(".md-search[role=dialog]")) {
  dialog.setAttribute("aria-label", "Search");
}
