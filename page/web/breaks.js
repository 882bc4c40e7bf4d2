/** The statements of the catalogue that a call breaks. */

import { inputs, table } from "./calls.js";
import { data } from "./data.js";
import { fill, h, link } from "./dom.js";
import { addressOf, factsAsked } from "./link.js";

/** @typedef {import("./kernels.js").Kernel} Kernel */
/** @typedef {import("./data.js").Statement} Statement */

/** @type {Map<string, {cone: Int32Array, some: Statement[]}>} */
const known = new Map();

/** @param {string} subject */
function statementsOf(subject) {
  const found = known.get(subject);
  if (found) return found;
  const some = data.statements.filter((one) => one.subject === subject && one.claim);
  const roots = some
    .flatMap((one) => [one.claim?.premise.node, one.claim?.conclusion.node])
    .filter((node) => node !== undefined);
  const made = { cone: table.cone(/** @type {number[]} */ (roots)), some };
  known.set(subject, made);
  return made;
}

/**
 * Return the statements that a call breaks on a kernel; one that cannot be made breaks none.
 * @param {Kernel} kernel
 * @param {Map<string, boolean|bigint>} facts
 * @param {string} subject
 */
export function broken(kernel, facts, subject) {
  const { cone, some } = statementsOf(subject);
  const values = table.evaluate(cone, inputs(kernel, facts));
  return some.filter(
    ({ claim }) =>
      claim &&
      values[claim.premise.node ?? -1] === true &&
      values[claim.conclusion.node ?? -1] === false,
  );
}

/**
 * Return them as a list, each with a link to its claim for this very call; it is filled in a
 * moment, when the answer itself is on the screen.
 * @param {Kernel} kernel
 * @param {Map<string, boolean|bigint>} facts
 * @param {import("./calls.js").Answer} found
 */
export function brokenBy(kernel, facts, found) {
  if (found.broken.length) return null;
  const element = h("section");
  const asked = new Map(facts);
  setTimeout(() => {
    if (element.isConnected)
      fill(element, told(kernel, asked, broken(kernel, asked, found.subject)));
  });
  return element;
}

/**
 * @param {Kernel} kernel
 * @param {Map<string, boolean|bigint>} facts
 * @param {Statement[]} some
 */
function told(kernel, facts, some) {
  if (!some.length) return null;
  const count = `Statements of the catalogue that this call breaks: ${some.length}`;
  const asked = { k: kernel.name, ...factsAsked(facts) };
  const rows = some.map((one) =>
    h(
      "li",
      {},
      link(addressOf("statement", one.id, asked), h("code", {}, one.id), " ", one.sentence),
    ),
  );
  return h("details", { class: "breaks" }, h("summary", {}, count), h("ul", {}, ...rows));
}
