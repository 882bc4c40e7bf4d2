/** A claim term by term, as a tree: each part with what it comes to. */

import { h } from "./dom.js";

/** @typedef {import("./claims.js").Worked} Worked */

/** @type {Record<string, string>} */
const JOINED = { both: "all of", either: "one of", no: "not", implies: "if so, then" };

/**
 * Return a claim as it is worked out.
 * @param {{premise: Worked, conclusion: Worked, broken: boolean}} claim
 * @param {boolean} [later] Whether the conclusion may come later.
 */
export function claimView(claim, later = false) {
  const said = claim.broken
    ? later
      ? "the premise holds, the conclusion not yet"
      : "broken: the premise holds, the conclusion does not"
    : claim.premise.value === false
      ? "the premise does not hold: nothing is claimed here"
      : "kept";
  return h(
    "div",
    { class: "claim" },
    h("p", { class: claim.broken ? (later ? "odd" : "bad") : "good" }, h("b", {}, said)),
    ...["premise", "conclusion"].map((half) =>
      h(
        "div",
        {},
        h("h3", {}, half),
        h("ul", { class: "tree" }, part(claim[/** @type {"premise"} */ (half)])),
      ),
    ),
  );
}

/** @param {Worked} one @returns {HTMLElement} */
function part(one) {
  const reads = one.reads.filter(([text]) => text !== one.text);
  return h(
    "li",
    {},
    mark(one.value),
    one.joined ? h("span", { class: "soft" }, ` ${JOINED[one.joined] ?? one.joined}`) : null,
    one.parts.length ? null : h("code", {}, ` ${one.text}`),
    reads.length && !one.parts.length
      ? h(
          "div",
          { class: "reads soft" },
          reads.map(([text, value]) => `${text} = ${told(value)}`).join(", "),
        )
      : null,
    one.parts.length ? h("ul", {}, ...one.parts.map(part)) : null,
  );
}

/** @param {boolean|bigint|undefined} value */
function mark(value) {
  if (typeof value !== "boolean")
    return h("span", { class: "mark" }, value === undefined ? "·" : told(value));
  return h("span", { class: `mark ${value ? "yes" : "no"}` }, value ? "yes" : "no");
}

/** @param {boolean|bigint} value */
function told(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value > 9999n ? `0x${value.toString(16)}` : String(value);
}
