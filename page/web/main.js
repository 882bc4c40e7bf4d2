/** The page: one view at a time, by the part of the address behind the #. */

import { api } from "./api.js";
import { prepare } from "./calls.js";
import { data, load } from "./data.js";
import { fill, h } from "./dom.js";
import { Explorer } from "./explorer.js";
import { systemNamed } from "./histories.js";
import { kernelsView, patchView } from "./kernels_view.js";
import { placeOf } from "./link.js";
import { matrixView } from "./matrix.js";
import { linkToSystem, player } from "./player.js";
import { runsView } from "./runs.js";
import { statementsView } from "./statements.js";
import { statementView } from "./statement.js";

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {string[]} */
let missing = [];

/** Say what a link speaks of that is not here. @param {string[]} what */
function tell(what) {
  missing.push(...what);
}

/** @param {string} name @param {URLSearchParams} asked */
function historyView(name, asked) {
  if (!name) {
    return h(
      "div",
      {},
      h("h1", {}, "Histories"),
      h(
        "p",
        {},
        "Small systems of tasks that are stepped through: each step is a function of the kernel.",
      ),
      h(
        "ul",
        {},
        ...data.systems.map((one) => h("li", {}, linkToSystem(one.name), ` ${one.about}`)),
      ),
    );
  }
  const system = systemNamed(name);
  const view = player({
    statement: null,
    system: name,
    kernel: asked.get("k") ?? "v6.12",
    steps: (asked.get("steps") ?? "").split("|").filter(Boolean),
    at: asked.get("at"),
    tell,
  });
  return h("div", {}, h("h1", {}, system ? system.about : name), view);
}

/** Show what the address asks for. */
function show() {
  const { view, name, asked } = placeOf(window.location.hash);
  missing = [];
  /** @type {Record<string, () => HTMLElement>} */
  const views = {
    call: () => new Explorer(asked, tell).element,
    statements: () => statementsView(asked),
    statement: () => statementView(name, asked, tell),
    history: () => historyView(name, asked),
    kernels: () => kernelsView(asked, tell),
    patch: () => patchView(name, tell),
    flags: () => matrixView(asked, tell),
    runs: () => runsView(),
  };
  if (!(view in views)) tell([`a view ${view}`]);
  fill(part("view"), (views[view] ?? views.call)());
  const later =
    Number(asked.get("v") ?? data.format) > data.format ? ". It was made by a later version." : "";
  fill(
    part("missing"),
    missing.length
      ? h(
          "p",
          {},
          "This link speaks of what this page does not have, which is left out: ",
          missing.join("; "),
          later,
        )
      : null,
  );
  for (const one of document.querySelectorAll("header nav a")) {
    const here = placeOf(one.getAttribute("href") ?? "").view === (view in views ? view : "call");
    if (here) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  document.title = `${document.querySelector("h1")?.textContent ?? "cloneproof"} - cloneproof`;
}

/** Fill what stands on every view, and show the first. */
function begin() {
  load(JSON.parse(part("data").textContent ?? "{}"));
  prepare();
  fill(
    part("kernels"),
    ...[...data.kernels.listed, ...data.kernels.releases].map((one) =>
      h("option", { value: one.name }),
    ),
  );
  part("copy").addEventListener("click", async () => {
    await copied(window.location.href);
  });
  window.addEventListener("hashchange", () => {
    show();
    part("view").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });
  show();
  Object.assign(window, { cloneproof: api });
  document.documentElement.dataset.ready = "yes";
}

/** @param {string} text */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    fill(part("copy"), "Copied");
  } catch {
    window.prompt("The link to what you see:", text);
  }
  setTimeout(() => fill(part("copy"), "Copy link"), 1500);
}

begin();
