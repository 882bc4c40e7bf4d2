/** A kernel: its patches, beside another, and which verdicts and rules those turn. */

import { data } from "./data.js";
import { fill, h, link } from "./dom.js";
import { has, kernelNamed, places } from "./kernels.js";
import { addressOf } from "./link.js";
import { decided, VERDICTS } from "./statements.js";
import { commit } from "./told.js";

/** @typedef {import("./kernels.js").Kernel} Kernel */

/**
 * Return a kernel beside another one, the one before it unless an address says which.
 * @param {URLSearchParams} asked
 * @param {(text: string[]) => void} tell
 */
export function kernelsView(asked, tell) {
  const name = asked.get("k") ?? data.kernels.listed[data.kernels.listed.length - 1].name;
  const before =
    asked.get("beside") ?? data.kernels.listed.find((one) => one.name === name)?.before ?? "";
  const [kernel, other] = [name, before].map((one) => (one ? kernelNamed(one) : null));
  if (typeof kernel === "string" || typeof other === "string") {
    tell([kernel, other].filter((one) => typeof one === "string"));
    return h("div", {}, h("h1", {}, "Kernels"), chooser("v6.12", ""));
  }
  const words = asked.get("q") ?? "";
  return h(
    "div",
    {},
    h("h1", {}, other ? `${name}, beside ${before}` : name),
    chooser(name, before, words),
    kernel?.note ? h("p", { class: "soft" }, `thin: ${kernel.note}`) : null,
    other && kernel ? difference(kernel, other, words) : null,
    kernel ? allPatches(kernel) : null,
  );
}

/** @param {string} name @param {string} before @param {string} [words] */
function chooser(name, before, words = "") {
  const wrong = h("p", { class: "wrong", role: "alert" });
  /** @param {string} id @param {string} title @param {string} value @param {string} [list] */
  const field = (id, title, value, list) =>
    h(
      "div",
      {},
      h("label", { for: id }, title),
      h("input", { id, name: id, value, list, autocomplete: "off", spellcheck: "false" }),
    );
  return h(
    "form",
    {
      class: "filters",
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const given = new FormData(/** @type {HTMLFormElement} */ (event.target));
        const [k, beside, q] = ["kernel-k", "kernel-beside", "kernel-q"].map((one) =>
          String(given.get(one) ?? "").trim(),
        );
        const problem = [k, beside]
          .filter(Boolean)
          .map(kernelNamed)
          .find((one) => typeof one === "string");
        if (problem) return fill(wrong, String(problem));
        window.location.hash = addressOf("kernels", "", { k, beside, q }).slice(1);
        return undefined;
      },
    },
    field("kernel-k", "Kernel", name, "kernels"),
    field("kernel-beside", "Beside", before, "kernels"),
    field("kernel-q", "Only what speaks of", words),
    h("button", { type: "submit" }, "Look"),
    wrong,
  );
}

/** @param {string} text @param {string} words */
const speaks = (text, words) =>
  words
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => text.toLowerCase().includes(word));

/** @param {Kernel} kernel @param {Kernel} other @param {string} words */
function difference(kernel, other, words) {
  const apart = places(kernel.bits ^ other.bits);
  const turned = turnedBetween(kernel.name, other.name).filter(({ id, sentence }) =>
    speaks(`${id} ${sentence}`, words),
  );
  const rules = data.rules.filter(
    (rule) =>
      rule.patches?.some((place) => apart.includes(place)) &&
      speaks(`${rule.name} ${rule.doc} ${rule.at} ${names(rule.patches)}`, words),
  );
  const shown = apart.filter(
    (place) =>
      speaks(`${data.patches[place].name} ${data.patches[place].title}`, words) ||
      turned.some((one) => one.by.includes(place)),
  );
  return h(
    "div",
    {},
    h("h2", {}, `${shown.length} of ${apart.length} patches that differ`),
    h(
      "ul",
      { class: "patches" },
      ...shown.map((place) => h("li", {}, has(kernel, place) ? "+ " : "− ", commit(place))),
    ),
    h("h2", {}, `Verdicts that turn: ${turned.length}`),
    turned.length
      ? h(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-label": "verdicts" },
          h(
            "table",
            {},
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                ...["", "Statement", other.name, kernel.name, "Turned by"].map((one) =>
                  h("th", { scope: "col" }, one),
                ),
              ),
            ),
            h(
              "tbody",
              {},
              ...turned.map((one) =>
                h(
                  "tr",
                  {},
                  h(
                    "th",
                    { scope: "row" },
                    link(addressOf("statement", one.id, { k: kernel.name }), one.id),
                  ),
                  h("td", {}, one.sentence),
                  ...[one.before, one.after].map((letter) =>
                    h("td", {}, h("span", { class: `v ${letter}` }, VERDICTS[letter])),
                  ),
                  h("td", {}, names(one.by)),
                ),
              ),
            ),
          ),
        )
      : null,
    h("h2", {}, `Rules that speak of these patches: ${rules.length}`),
    h(
      "ul",
      { class: "rules" },
      ...rules.map((rule) =>
        h("li", {}, ...spokenOf(rule), h("div", { class: "soft" }, rule.where ?? "")),
      ),
    ),
  );
}

/** @param {import("./data.js").Rule} rule */
function spokenOf(rule) {
  return [h("b", {}, rule.errno ? `-${rule.errno} ` : ""), rule.name, " ", h("code", {}, rule.at)];
}

/** @param {number[]|undefined} some */
function names(some) {
  return (some ?? []).map((place) => data.patches[place].name).join(", ");
}

/** @param {string} name @param {string} other */
function turnedBetween(name, other) {
  const [at, from] = [name, other].map((one) => data.decided_on.indexOf(one));
  if (at < 0 || from < 0) return [];
  return data.statements.flatMap((one) => {
    const { by, turns = [] } = decided(one.id);
    if (!by || by[at] === by[from]) return [];
    const commits = turns
      .filter((turn) => within(turn.after, other, name))
      .flatMap((turn) => turn.commits.map(([place]) => place));
    return [
      {
        id: one.id,
        sentence: one.sentence,
        before: by[from],
        after: by[at],
        by: [...new Set(commits)],
      },
    ];
  });
}

/** Whether a kernel stands between two others in the list. @param {string} name @param {string} first @param {string} last */
function within(name, first, last) {
  const [at, from, to] = [name, first, last].map((one) => data.decided_on.indexOf(one));
  return at === to || (Math.min(from, to) < at && at <= Math.max(from, to));
}

/** @param {Kernel} kernel */
function allPatches(kernel) {
  const mine = places(kernel.bits);
  return h(
    "details",
    {},
    h("summary", {}, `All ${mine.length} patches of ${kernel.name}`),
    h("ul", { class: "patches" }, ...mine.map((place) => h("li", {}, commit(place)))),
  );
}

/**
 * Return one commit: which rules, steps and statements speak of it.
 * @param {string} name
 * @param {(text: string[]) => void} tell
 */
export function patchView(name, tell) {
  const place = data.patches.findIndex((one) => one.name === name || one.commit === name);
  if (place < 0) {
    tell([`the patch ${name}`]);
    return h("p", {}, "See ", link(addressOf("kernels"), "the kernels"), ".");
  }
  const patch = data.patches[place];
  const rules = data.rules.filter((rule) => rule.patches?.includes(place));
  const turned = data.statements.filter((one) =>
    (decided(one.id).turns ?? []).some((turn) => turn.commits.some(([at]) => at === place)),
  );
  const steps = data.systems.flatMap((system) =>
    system.steps
      .filter((step) => step.patches?.includes(place))
      .map((step) => `${system.name}: ${step.name}`),
  );
  const kernels = data.kernels.listed
    .filter((one) => (BigInt(`0x${one.bits}`) >> BigInt(place)) & 1n)
    .map((one) => one.name);
  return h(
    "article",
    {},
    h("h1", {}, patch.name),
    h("p", {}, commit(place)),
    patch.thin ? h("p", { class: "soft" }, `thin: ${patch.thin}`) : null,
    patch.requires ? h("p", {}, "It needs ", names(patch.requires)) : null,
    h(
      "p",
      {},
      `On ${kernels.length} of the ${data.kernels.listed.length} kernels of the list: ${kernels.join(", ") || "none"}`,
    ),
    h("h2", {}, `Verdicts that it turns: ${turned.length}`),
    h(
      "ul",
      {},
      ...turned.map((one) =>
        h("li", {}, link(addressOf("statement", one.id), one.id), ` ${one.sentence}`),
      ),
    ),
    h("h2", {}, `Rules: ${rules.length}`),
    h(
      "ul",
      { class: "rules" },
      ...rules.map((rule) => h("li", {}, ...spokenOf(rule))),
    ),
    steps.length
      ? h(
          "div",
          {},
          h("h2", {}, `Steps of histories: ${steps.length}`),
          h("ul", {}, ...steps.map((one) => h("li", {}, one))),
        )
      : null,
  );
}
