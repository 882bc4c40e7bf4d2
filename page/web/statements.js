/** The overview: every statement with its verdicts by kernel, searched and filtered. */

import { data } from "./data.js";
import { fill, h, link } from "./dom.js";
import { addressOf } from "./link.js";

/** @typedef {import("./data.js").Statement} Statement */

/** @type {Record<string, string>} */
export const VERDICTS = {
  P: "PROVED",
  V: "VACUOUS",
  B: "BOUNDED",
  R: "REFUTED",
  U: "UNKNOWN",
  T: "TIMEOUT",
  E: "ERROR",
  "-": "not decided",
};
const FIELDS = ["q", "kind", "about", "verdict", "on", "commit"];
const FIRST = 120;

/** @param {Statement} one */
export function aboutOf(one) {
  if (one.subject) return data.subjects[one.subject].name;
  return (one.systems ?? []).join(", ");
}

/** @param {string} id */
export function decided(id) {
  return data.verdicts[id] ?? { by: "" };
}

/**
 * Return the verdicts of a statement as one mark for each kernel.
 * @param {Statement} one
 */
export function strip(one) {
  const { by, every_set: every } = decided(one.id);
  if (every)
    return h(
      "span",
      { class: "strip" },
      h("span", { class: `v ${every}`, title: "every set of patches" }, VERDICTS[every]),
    );
  const words = stretches(by).map(
    ([letter, first, last]) =>
      `${VERDICTS[letter]} ${first === last ? first : `${first} to ${last}`}`,
  );
  return h(
    "span",
    { class: "strip", role: "img", "aria-label": words.join("; "), title: words.join("\n") },
    ...[...by].map((letter) => h("span", { class: `v ${letter}`, "aria-hidden": "true" }, letter)),
  );
}

/** @param {string} by @returns {[string, string, string][]} */
export function stretches(by) {
  /** @type {[string, string, string][]} */
  const found = [];
  [...by].forEach((letter, at) => {
    const name = data.decided_on[at];
    if (found.length && found[found.length - 1][0] === letter) found[found.length - 1][2] = name;
    else found.push([letter, name, name]);
  });
  return found;
}

/** @param {Statement} one @param {Record<string, string>} asked */
function fits(one, asked) {
  const text = `${one.id} ${one.sentence} ${one.doc} ${one.source} ${aboutOf(one)}`.toLowerCase();
  const words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
  const { by, every_set: every = "", turns = [] } = decided(one.id);
  const letters = asked.on ? (by[data.decided_on.indexOf(asked.on)] ?? "") : by + every;
  return (
    words.every((word) => text.includes(word)) &&
    (!asked.kind || one.kind === asked.kind) &&
    (!asked.about || aboutOf(one).split(", ").includes(asked.about)) &&
    (!asked.verdict || letters.includes(asked.verdict)) &&
    (!asked.commit ||
      turns.some((turn) =>
        turn.commits.some(([place]) => data.patches[place].name === asked.commit),
      ))
  );
}

/** @param {string[]} names */
const unique = (names) => [...new Set(names)].sort();

/**
 * Return the overview as an address asks for it.
 * @param {URLSearchParams} query
 */
export function statementsView(query) {
  const asked = Object.fromEntries(FIELDS.map((name) => [name, query.get(name) ?? ""]));
  const rows = h("tbody");
  const count = h("p", { role: "status", "aria-live": "polite" });
  let most = FIRST;
  const more = h(
    "button",
    {
      type: "button",
      onclick: () => {
        most = Infinity;
        show();
      },
    },
    "Show all",
  );
  const show = () => {
    const found = data.statements.filter((one) => fits(one, asked));
    const refuted = found.filter((one) =>
      /R/.test(decided(one.id).by + (decided(one.id).every_set ?? "")),
    ).length;
    fill(
      count,
      `${found.length} of ${data.statements.length} statements; ${refuted} are refuted on some kernel`,
    );
    fill(
      rows,
      ...found
        .slice(0, most)
        .map((one) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, link(addressOf("statement", one.id), one.id)),
            h(
              "td",
              {},
              link(addressOf("statement", one.id), one.sentence),
              h("div", { class: "soft" }, one.source),
            ),
            h("td", {}, strip(one)),
          ),
        ),
    );
    more.hidden = found.length <= most;
    window.history.replaceState(null, "", addressOf("statements", "", asked));
  };
  const turning = unique(
    Object.values(data.verdicts).flatMap((one) =>
      (one.turns ?? []).flatMap((turn) => turn.commits.map(([place]) => data.patches[place].name)),
    ),
  );
  const element = h(
    "div",
    {},
    h("h1", {}, "Statements"),
    h(
      "p",
      {},
      "What is claimed of task creation, and what was decided of it on each kernel. ",
      link(
        addressOf("statements", "", { kind: "documentation", verdict: "R" }),
        "Sentences of the documentation found false",
      ),
    ),
    h(
      "form",
      {
        class: "filters",
        role: "search",
        onsubmit: (/** @type {Event} */ event) => event.preventDefault(),
      },
      text("q", "Words", asked, show),
      choice("kind", "Kind", unique(data.statements.map((one) => one.kind)), asked, show),
      choice(
        "about",
        "About",
        unique(data.statements.flatMap((one) => aboutOf(one).split(", "))),
        asked,
        show,
      ),
      choice(
        "verdict",
        "Verdict",
        Object.keys(VERDICTS).filter((one) => one !== "-"),
        asked,
        show,
        VERDICTS,
      ),
      choice("on", "On", data.decided_on, asked, show),
      choice("commit", "Turned by", turning, asked, show),
    ),
    count,
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "statements" },
      h(
        "table",
        { class: "statements" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ...[
              "Id",
              "Statement",
              `${data.decided_on[0] ?? ""} to ${data.decided_on[data.decided_on.length - 1] ?? ""}`,
            ].map((name) => h("th", { scope: "col" }, name)),
          ),
        ),
        rows,
      ),
    ),
    more,
    legend(),
  );
  show();
  return element;
}

export function legend() {
  return h(
    "p",
    { class: "legend soft" },
    ...Object.entries(VERDICTS)
      .filter(([letter]) => "PVBR".includes(letter))
      .flatMap(([letter, name]) => [
        h("span", { class: `v ${letter}` }, letter),
        ` ${name.toLowerCase()}  `,
      ]),
  );
}

/** @param {string} id @param {string} title @param {Record<string, string>} asked @param {() => void} show */
function text(id, title, asked, show) {
  const made = /** @type {HTMLInputElement} */ (
    h("input", {
      id: `by-${id}`,
      type: "search",
      value: asked[id],
      oninput: () => {
        asked[id] = made.value;
        show();
      },
    })
  );
  return h("div", {}, h("label", { for: `by-${id}` }, title), made);
}

/**
 * @param {string} id
 * @param {string} title
 * @param {string[]} names
 * @param {Record<string, string>} asked
 * @param {() => void} show
 * @param {Record<string, string>} [told]
 */
function choice(id, title, names, asked, show, told = {}) {
  const made = /** @type {HTMLSelectElement} */ (
    h(
      "select",
      {
        id: `by-${id}`,
        onchange: () => {
          asked[id] = made.value;
          show();
        },
      },
      h("option", { value: "" }, "any"),
      ...names.map((name) => h("option", { value: name }, told[name] ?? name)),
    )
  );
  made.value = asked[id];
  return h("div", {}, h("label", { for: `by-${id}` }, title), made);
}
