// Light or dark as the system has it, until the reader chooses; the choice is kept where the browser allows it.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = "";
  try {
    chosen = localStorage.getItem("synthworth-theme") || "";
  } catch {
    // A browser may refuse storage to a page from a folder.
  }
  const dark = () => (chosen ? chosen === "dark" : system.matches);
  const show = () => {
    root.dataset.theme = dark() ? "dark" : "light";
    const button = document.getElementById("theme");
    if (button) button.textContent = dark() ? "Light" : "Dark"; // what a click gives
  };
  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    button.hidden = false;
    button.addEventListener("click", () => {
      chosen = dark() ? "light" : "dark";
      try {
        localStorage.setItem("synthworth-theme", chosen);
      } catch {
        // The choice then holds for this page.
      }
      show();
    });
    // A link from the list of contents opens what is folded there.
    const unfold = () => {
      const target = document.getElementById(location.hash.slice(1));
      const folded = target?.parentElement?.querySelector(":scope > details.task");
      if (folded) folded.open = true;
    };
    addEventListener("hashchange", unfold);
    unfold();
    // Not by the address: what stands behind its # is the view of the table.
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById("main").focus();
    });
    show();
  });
})();
