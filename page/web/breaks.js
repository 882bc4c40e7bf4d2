/** The statements of the catalogue that a call breaks. */

import { inputs, table } from "./calls.js";
import { data } from "./data.js";
import { h, link } from "./dom.js";
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
 * Return them as a list, each with a link to its claim for this very call.
 * @param {Kernel} kernel
 * @param {Map<string, boolean|bigint>} facts
 * @param {import("./calls.js").Answer} found
 */
export function brokenBy(kernel, facts, found) {
  if (found.broken.length) return null;
  const some = broken(kernel, facts, found.subject);
  if (!some.length) return null;
  return h(
    "section",
    {},
    h(
      "details",
      { class: "breaks" },
      h("summary", {}, `Statements of the catalogue that this call breaks: ${some.length}`),
      h(
        "ul",
        {},
        ...some.map((one) =>
          h(
            "li",
            {},
            link(
              addressOf("statement", one.id, { k: kernel.name, ...factsAsked(facts) }),
              h("code", {}, one.id),
              " ",
              one.sentence,
            ),
          ),
        ),
      ),
    ),
  );
}
