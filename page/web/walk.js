/** A call as a walk through the kernel's steps: what it passes, takes, and gives back. */

import { data } from "./data.js";
import { h } from "./dom.js";

/** @typedef {import("./calls.js").Answer} Answer */
/** @typedef {{at: string, tests: string[], notes: string[], stop?: string}} Stop */

/**
 * Return the walk of a call, place by place.
 * @param {Answer} found
 */
export function walk(found) {
  if (found.broken.length) return null;
  const stops = stopsOf(found);
  const tests = stops.reduce((sum, one) => sum + one.tests.length, 0);
  const back = givenBack(found);
  return h(
    "section",
    {},
    h(
      "details",
      { class: "walk" },
      h(
        "summary",
        {},
        `The walk through the kernel: ${tests} tests passed in ${stops.length} places`,
      ),
      h(
        "ol",
        {},
        ...stops.map((stop) =>
          h(
            "li",
            { class: stop.stop ? "bad" : "" },
            h("code", {}, stop.at),
            stop.tests.length
              ? h(
                  "details",
                  {},
                  h(
                    "summary",
                    {},
                    `passes ${stop.tests.length} ${stop.tests.length === 1 ? "test" : "tests"}`,
                  ),
                  h("ul", {}, ...stop.tests.map((test) => h("li", {}, test))),
                )
              : null,
            ...stop.notes.map((note) => h("div", { class: "note" }, note)),
            stop.stop ? h("div", { class: "what" }, `refused: ${stop.stop}`) : null,
          ),
        ),
      ),
      back.length
        ? h(
            "div",
            {},
            h("h4", {}, "Given back on the error path"),
            h("ul", {}, ...back.map((one) => h("li", {}, one))),
          )
        : null,
      found.errno === "0" ? h("p", { class: "good" }, "success") : null,
    ),
  );
}

/** @param {Answer} found @returns {Stop[]} */
function stopsOf(found) {
  const { rules, steps = [] } = data.subjects[found.subject];
  /** @type {Stop[]} */
  const stops = [];
  /** @param {string} at */
  const stopAt = (at) => {
    const last = stops[stops.length - 1];
    if (last && last.at === at) return last;
    stops.push({ at, tests: [], notes: [] });
    return stops[stops.length - 1];
  };
  const decided = rules.findIndex(([, first]) => found.values[first]);
  let next = 0;
  for (let at = 0; at <= rules.length; at += 1) {
    for (; next < steps.length && steps[next].after <= at; next += 1)
      noted(stopAt, steps[next], found);
    if (at === rules.length || (decided >= 0 && at > decided)) break;
    const rule = data.rules[rules[at][0]];
    if (at === decided) {
      stopAt(rule.at).stop = rule.name;
      break;
    }
    if (found.values[rules[at][3]]) stopAt(rule.at).tests.push(rule.name);
  }
  return stops;
}

/** @param {(at: string) => Stop} stopAt @param {import("./data.js").Taking} step @param {Answer} found */
function noted(stopAt, step, found) {
  if (step.when !== undefined && !found.values[step.when]) return;
  if (step.takes) stopAt(step.at).notes.push(`takes ${step.takes}`);
  else if (step.hands) stopAt(step.at).notes.push(`hands over ${step.hands}`);
  else stopAt(step.at).notes.push(`${step.does}`);
}

/** @param {Answer} found */
function givenBack(found) {
  const { ladders = [] } = data.subjects[found.subject];
  return ladders
    .filter((one) => found.values[one.when])
    .map((one) => `${one.gives} at ${one.label} (${one.function})`);
}
