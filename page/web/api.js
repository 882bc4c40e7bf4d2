/** What the page answers, for scripts and the console of the browser: `cloneproof.answer("…")`. */

import { answer, asJson } from "./calls.js";
import { start, systemNamed, ways } from "./histories.js";
import { kernelNamed } from "./kernels.js";
import { addressOf, factsAsked, factsIn, placeOf } from "./link.js";
import { plain } from "./names.js";

/** @typedef {boolean|string} Told A truth, or a number as a text. */

/** @param {string} name */
function kernelOf(name) {
  const found = kernelNamed(name);
  if (typeof found === "string") throw new Error(found);
  return found;
}

/** @param {Told} value */
const read = (value) => (typeof value === "boolean" ? value : BigInt(value));

export const api = {
  /**
   * Return the answer to a link, or to a call given by its facts, as `cloneproof predict` writes it.
   * @param {string} link
   */
  answer(link) {
    const { asked } = placeOf(link.slice(Math.max(link.indexOf("#"), 0)));
    const { facts, missing } = factsIn(asked, ["k", "beside", "v"]);
    if (missing.length) throw new Error(missing.join("; "));
    return asJson(answer(kernelOf(asked.get("k") ?? "v6.12"), facts));
  },

  /**
   * Return the answer to a call on a kernel, numbers as texts.
   * @param {string} kernel
   * @param {Record<string, Told>} facts
   */
  predict(kernel, facts) {
    const given = new Map(Object.entries(facts).map(([path, value]) => [path, read(value)]));
    return asJson(answer(kernelOf(kernel), given));
  },

  /**
   * Return the link to a call in the explorer.
   * @param {string} kernel
   * @param {Record<string, Told>} facts
   */
  link(kernel, facts) {
    const given = new Map(Object.entries(facts).map(([path, value]) => [path, read(value)]));
    return addressOf("call", "", { k: kernel, ...factsAsked(given) });
  },

  /**
   * Return the steps that can be taken from a state of a system, each with the state after it;
   * without a state, the one that it starts in.
   * @param {string} system
   * @param {string} kernel
   * @param {Told[]} [state]
   */
  steps(system, kernel, state) {
    const one = systemNamed(system);
    if (!one) throw new Error(`no system is called ${system}`);
    /** @param {(boolean|bigint)[]} facts */
    const told = (facts) =>
      facts.map((value, at) =>
        typeof value === "boolean" ? value : String(plain(one.facts[at], value)),
      );
    if (!state) return told(start(one, kernelOf(kernel)));
    const now = state.map((value, at) => {
      const given = read(value);
      return typeof given === "boolean" ? given : BigInt.asUintN(one.facts[at].width, given);
    });
    return ways(one, kernelOf(kernel), now)
      .filter((way) => way.enabled)
      .map((way) => [way.step.name, told(way.then)]);
  },
};
