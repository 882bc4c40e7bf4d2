/** Claims term by term: what each part comes to for a call, a state, or a step. */

import { table } from "./calls.js";

/** @typedef {import("./data.js").Term} Term */
/** @typedef {boolean|bigint} Value */
/** @typedef {{text: string, joined: string, value: Value|undefined, parts: Worked[],
 *   reads: [string, Value][]}} Worked */

/** @param {Term} term @returns {number[]} */
function nodesOf(term) {
  return [
    ...(term.node === undefined ? [] : [term.node]),
    ...(term.reads ?? []).map(([, node]) => node),
    ...(term.parts ?? []).flatMap(nodesOf),
  ];
}

/** @param {Term} term @param {Value[]} values @returns {Worked} */
function worked(term, values) {
  return {
    text: term.text,
    joined: term.joined ?? "",
    value: term.node === undefined ? undefined : values[term.node],
    parts: (term.parts ?? []).map((part) => worked(part, values)),
    reads: (term.reads ?? []).map(([text, node]) => [text, values[node]]),
  };
}

/**
 * Return a claim with the value of each part.
 * @param {import("./data.js").Claim} claim
 * @param {Map<string, Value>} given
 */
export function claimOn(claim, given) {
  const cone = table.cone([...nodesOf(claim.premise), ...nodesOf(claim.conclusion)]);
  const values = table.evaluate(cone, given);
  const [premise, conclusion] = [claim.premise, claim.conclusion].map((one) => worked(one, values));
  return { premise, conclusion, broken: premise.value === true && conclusion.value === false };
}
