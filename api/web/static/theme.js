// Sets the theme before anything is painted, so that no page flashes in the wrong one: a plain
// script, not a module. A choice that equals the system's is not kept: the page follows it again.
(() => {
  const KEY = "quoth-theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const keep = (theme) => {
    try {
      if (theme) localStorage.setItem(KEY, theme);
      else localStorage.removeItem(KEY);
    } catch { /* A browser that keeps nothing still shows the theme until it is closed. */ }
  };
  const systems = () => (system.matches ? "dark" : "light");
  const current = () => root.dataset.theme || systems();
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  apply(kept());
  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () => {
      button.lastChild.textContent = current() === "dark" ? "Light theme" : "Dark theme";
    };
    button.addEventListener("click", () => {
      const wanted = current() === "dark" ? "light" : "dark";
      apply(wanted === systems() ? null : wanted);
      keep(wanted === systems() ? null : wanted);
      label();
    });
    system.addEventListener("change", label);
    label();
  });
})();
