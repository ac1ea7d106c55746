// The practice desk's page: fetches the part that changed, keeps the rest.
import { show, sync } from "./clock.js";
import { morph, parsed } from "./morph.js";
import { openForm } from "./forms.js";

const $ = (id) => document.getElementById(id);
const body = document.body;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let person = body.dataset.person;
let counts = {};
let latest = {};
const seen = JSON.parse(sessionStorage.getItem("seen") ?? "{}");

// --- what is shown ---------------------------------------------------------------------------------------------

// Runs `work`, and once more if it was asked for meanwhile: never two at a time, never an old answer last.
function coalesced(work) {
  let running = null;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await work();
      } while (again);
    })().finally(() => { running = null; });
    return running;
  };
}

async function part(name) {
  const asked = person;
  const response = await fetch(`/parts/${name}?${new URLSearchParams({ as: asked })}`);
  if (!response.ok) throw new Error(await response.text());
  return asked === person ? parsed(await response.text()).firstElementChild : null;
}

const refreshConversation = coalesced(async () => {
  const fresh = await part("conversation").catch(lost);
  if (!fresh) return;
  const switched = $("conversation").dataset.person !== person;
  const list = $("letters");
  const before = new Set([...list.children].map((item) => item.id));
  const atEnd = (list.lastElementChild?.offsetTop ?? 0) < list.scrollTop + list.clientHeight;
  const focused = document.activeElement?.closest("#letters > li")?.id;
  if (switched) {
    $("reply").replaceChildren();
    const words = $("words");
    words.value = "";
  }
  morph($("conversation"), fresh);
  show();
  const items = [...$("letters").children];
  const added = switched ? [] : items.filter((item) => item.id && !before.has(item.id));
  if (switched || (added.length && atEnd)) toEnd(switched);
  else if (added.length) $("newer").hidden = false;
  announce(added);
  if (switched) document.querySelector(".cast [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (focused && document.activeElement === body) $(focused)?.querySelector("[tabindex]")?.focus({ preventScroll: true });
  markSeen();
});

const refreshBoard = coalesced(async () => {
  const fresh = await part("board").catch(lost);
  if (!fresh) return;
  morph($("board"), fresh);
  show();
});

// The newest message from its first line on, even if it is too long to be shown whole: its buttons stick to the edge.
function toEnd(atOnce) {
  const list = $("letters");
  const newest = list.lastElementChild;
  const top = Math.min(list.scrollHeight - list.clientHeight, newest.offsetTop - 8);
  list.scrollTo({ top, behavior: atOnce || calm.matches ? "instant" : "smooth" });
  $("newer").hidden = true;
}

function announce(items) {
  const texts = items.map((item) => item.querySelector("[data-summary]")?.dataset.summary).filter(Boolean);
  if (texts.length) $("news").textContent = $("news").dataset.template.replace("{text}", () => texts.join(" "));
}

function markSeen() {
  seen[person] = counts[person]?.[0] ?? 0;
  sessionStorage.setItem("seen", JSON.stringify(seen));
  for (const badge of document.querySelectorAll("[data-badge]")) {
    const unread = (counts[badge.dataset.badge]?.[0] ?? 0) - (seen[badge.dataset.badge] ?? 0);
    badge.textContent = unread > 0 ? String(unread) : "";
    badge.hidden = unread <= 0;
  }
}

// --- news from the desk ----------------------------------------------------------------------------------------

function lost() {
  $("trouble").textContent = $("trouble").dataset.lost;
  $("trouble").hidden = false;
}

function onStatus(status) {
  sync(status.now, status.speed);
  $("trouble").hidden = true;
  const first = !latest.now;
  const news = JSON.stringify([status.seq, status.cast, status.counts]);
  const minute = status.now.slice(0, 16);
  for (const [one, [messages]] of Object.entries(status.counts)) {
    if (first && !(one in seen)) seen[one] = messages;
    if ((seen[one] ?? 0) > messages) seen[one] = 0; // the table was cleared
  }
  counts = status.counts;
  if (news !== latest.news) refreshConversation();
  if (status.seq !== latest.seq || minute !== latest.minute) refreshBoard();
  latest = { now: status.now, news, minute, seq: status.seq };
  markSeen();
}

const stream = new EventSource("/changes");
stream.addEventListener("message", (event) => onStatus(JSON.parse(event.data)));
stream.addEventListener("error", lost);

// --- what one does ---------------------------------------------------------------------------------------------

async function post(path, fields) {
  try {
    const response = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
    if (response.ok || response.status === 409) return response;
    problem(await response.text());
  } catch {
    problem($("trouble").dataset.failed);
  }
  return null;
}

function problem(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = false;
}

async function busy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-busy");
  }
}

async function press(button, answers = []) {
  const args = Object.entries(JSON.parse(button.dataset.args)).map(([name, value]) => [`arg.${name}`, value]);
  const fields = [["as", person], ["verb", button.dataset.verb], ["key", crypto.randomUUID()], ...args, ...answers];
  const response = await post("/press", fields);
  if (!response) return;
  $("reply").replaceChildren(parsed(await response.text()));
  await refreshConversation();
}

function become(next, remember = true) {
  if (remember) history.pushState({}, "", `/?${new URLSearchParams({ as: next })}`);
  person = next;
  body.dataset.view = "conversation";
  showView();
  for (const link of document.querySelectorAll("[data-language-link]")) {
    link.href = `/?${new URLSearchParams({ lang: link.dataset.languageLink, as: next })}`;
  }
  return refreshConversation();
}

function showView() {
  for (const button of document.querySelectorAll(".views button")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === body.dataset.view));
  }
}

const actions = {
  "[data-verb]": (button) => {
    const form = button.nextElementSibling;
    if (form?.tagName === "TEMPLATE") openForm(form, (answers) => press(button, answers));
    else busy(button, () => press(button));
  },
  "[data-as]": (link, event) => {
    event.preventDefault();
    link.closest("dialog")?.close();
    become(link.dataset.as);
  },
  "[data-opens]": (button) => $(button.dataset.opens).showModal(),
  "[data-clock]": (button) =>
    busy(button, () => post("/clock", { action: button.dataset.clock, value: button.dataset.value ?? "" })),
  "[data-exercise]": (button) => busy(button, async () => {
    const response = await post("/exercise", { level: button.dataset.exercise });
    const first = response && (await response.json()).as;
    $("exercises").close();
    if (first) await become(first);
  }),
  "[data-reset]": (button) => busy(button, async () => {
    await post("/reset", {});
    $("reset").close();
    $("reply").replaceChildren();
  }),
  "[data-restore]": (button) => busy(button, () => post("/restore", {})),
  ".views [data-view]": (button) => {
    body.dataset.view = button.dataset.view;
    showView();
  },
  "#newer": () => toEnd(false),
};

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  for (const [selector, act] of Object.entries(actions)) {
    const target = event.target.closest(selector);
    if (target) return void act(target, event);
  }
});

document.addEventListener("submit", async (event) => {
  if (event.target.id !== "say") return;
  event.preventDefault();
  const words = $("words");
  const text = words.value.trim();
  if (!text) return;
  words.value = "";
  $("reply").replaceChildren();
  if (!(await post("/say", { as: person, text }))) words.value ||= text;
  await refreshConversation();
  toEnd(false);
});

$("search").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  let any = false;
  for (const group of document.querySelectorAll("#people .group")) {
    let found = false;
    for (const item of group.querySelectorAll("li")) {
      item.hidden = !item.dataset.search.includes(wanted);
      found ||= !item.hidden;
    }
    group.hidden = !found;
    any ||= found;
  }
  $("nobody").hidden = any;
});

addEventListener("popstate", () => {
  become(new URLSearchParams(location.search).get("as") ?? body.dataset.person, false);
});

document.querySelector(".cast [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
toEnd(true);
