// Light or dark: as the system says until the button says otherwise; the choice is kept where the browser keeps any.
const root = document.documentElement;
const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");
let chosen = null;
try { chosen = localStorage.getItem("theme"); } catch { /* a browser that keeps nothing for local files */ }

function applyTheme(theme) {
  root.style.colorScheme = theme ?? "";
  const button = document.getElementById("theme");
  const isDark = theme ? theme === "dark" : systemIsDark.matches;
  button?.setAttribute("aria-pressed", String(isDark));
  document.dispatchEvent(new Event("theme"));
}

function toggleTheme() {
  chosen = document.getElementById("theme").getAttribute("aria-pressed") === "true" ? "light" : "dark";
  try { localStorage.setItem("theme", chosen); } catch { /* then it lasts as long as the page */ }
  applyTheme(chosen);
}

applyTheme(chosen); // before anything is drawn
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("theme").addEventListener("click", toggleTheme);
  applyTheme(chosen);
});
systemIsDark.addEventListener("change", () => applyTheme(chosen));
// Paper is light.
window.addEventListener("beforeprint", () => applyTheme("light"));
window.addEventListener("afterprint", () => applyTheme(chosen));
