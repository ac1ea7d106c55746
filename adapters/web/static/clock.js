// The practice clock between two messages from the desk, and what is left until each deadline on the page.

const section = document.getElementById("clock");
const face = document.getElementById("now");
const format = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, {
  timeZone: section.dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
let base = Date.parse(section.dataset.now);
let speed = Number(section.dataset.speed);
let since = performance.now();
let shown = 0;

export function now() {
  shown = Math.max(shown, base + (performance.now() - since) * speed); // it never goes back
  return shown;
}

export function sync(at, newSpeed) {
  base = Date.parse(at);
  since = performance.now();
  if (newSpeed === speed) return;
  speed = newSpeed;
  for (const button of section.querySelectorAll(".speeds button")) {
    const its = button.dataset.clock === "pause" ? 0 : Number(button.dataset.value);
    button.setAttribute("aria-pressed", String(its === speed));
  }
}

function left(due, at) {
  const seconds = Math.max(0, Math.ceil((Date.parse(due) - at) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function show() {
  const at = now();
  put(face, format.format(at));
  for (const element of document.querySelectorAll("[data-due]")) put(element, left(element.dataset.due, at));
}

setInterval(show, 250);
