/** Histories of a small system: where it starts, which steps can be taken, what they change. */

import { table } from "./calls.js";
import { data } from "./data.js";
import { said } from "./names.js";

/** @typedef {import("./kernels.js").Kernel} Kernel */
/** @typedef {import("./data.js").System} System */
/** @typedef {import("./data.js").Step} Step */
/** @typedef {boolean|bigint} Value */
/** @typedef {Value[]} State The facts of a system, in their order. */
/** @typedef {{step: Step, there: boolean, enabled: boolean, then: State}} Way */
/** @typedef {{fact: string, doc: string, before: string, after: string}} Change */

/** @type {Map<string, Int32Array>} */
const cones = new Map();

/** @param {string} name */
export function systemNamed(name) {
  return data.systems.find((one) => one.name === name);
}

/** @param {System} system */
function coneOf(system) {
  const known = cones.get(system.name);
  if (known) return known;
  const made = table.cone([
    ...system.start,
    ...system.steps.flatMap((step) => [
      step.when,
      ...(step.there === undefined ? [] : [step.there]),
      ...step.then.map(([, at]) => at),
    ]),
  ]);
  cones.set(system.name, made);
  return made;
}

/**
 * Return the inputs of the table for a state of a system on a kernel.
 * @param {System} system
 * @param {Kernel} kernel
 * @param {State} state
 * @param {string} when "before" or "after" a step.
 * @param {Map<string, Value>} given What is added to.
 */
export function stateInputs(system, kernel, state, when = "before", given = new Map()) {
  data.patches.forEach((patch, place) => {
    given.set(`patch:${patch.name}`, ((kernel.bits >> BigInt(place)) & 1n) === 1n);
  });
  system.facts.forEach((leaf, at) => {
    given.set(`${leaf.path}@${system.name}:${when}`, state[at]);
  });
  return given;
}

/**
 * Return the state that a system starts in.
 * @param {System} system
 * @param {Kernel} kernel
 * @returns {State}
 */
export function start(system, kernel) {
  const values = table.evaluate(coneOf(system), stateInputs(system, kernel, []));
  return system.start.map((at) => values[at]);
}

/**
 * Return every step of a system, whether the kernel has it, whether it can be taken, and to where.
 * @param {System} system
 * @param {Kernel} kernel
 * @param {State} state
 * @returns {Way[]}
 */
export function ways(system, kernel, state) {
  const values = table.evaluate(coneOf(system), stateInputs(system, kernel, state));
  return system.steps.map((step) => {
    const there = step.there === undefined || values[step.there] === true;
    const then = [...state];
    for (const [place, at] of step.then) then[place] = values[at];
    return { step, there, enabled: there && values[step.when] === true, then };
  });
}

/**
 * Return a history by the names of its steps: its states, and where it stops if one is not taken.
 * @param {System} system
 * @param {Kernel} kernel
 * @param {string[]} names
 */
export function played(system, kernel, names) {
  const states = [start(system, kernel)];
  const steps = [];
  for (const name of names) {
    const way = ways(system, kernel, states[states.length - 1]).find(
      (one) => one.step.name === name && one.enabled,
    );
    if (!way) return { states, steps, stopped: name };
    steps.push(way.step);
    states.push(way.then);
  }
  return { states, steps, stopped: "" };
}

/**
 * Return the facts that differ between two states.
 * @param {System} system
 * @param {State} before
 * @param {State} after
 * @returns {Change[]}
 */
export function changes(system, before, after) {
  return system.facts.flatMap((leaf, at) =>
    before[at] === after[at]
      ? []
      : [
          {
            fact: leaf.path,
            doc: leaf.doc,
            before: said(leaf, before[at]),
            after: said(leaf, after[at]),
          },
        ],
  );
}
