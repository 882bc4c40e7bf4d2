/** A history as swim lanes: one lane for each who takes a step, time goes down. */

import { s } from "./dom.js";
import { changes } from "./histories.js";
import { BAND, INK, LINE, NEW, ODD, SOFT, drawing } from "./svg.js";

/** @typedef {import("./data.js").System} System */
/** @typedef {import("./data.js").Step} Step */
/** @typedef {import("./histories.js").State} State */

const [TOP, ROW, PAD] = [58, 16, 9];
const [WIDE, SLIM, FEW] = [236, 178, 3];

/**
 * Return the picture; a click on a box goes to the state after its step.
 * @param {System} system
 * @param {State[]} states
 * @param {Step[]} steps
 * @param {number} at The state that is shown.
 * @param {(at: number) => void} go
 */
export function lanes(system, states, steps, at, go) {
  const names = [...new Set(steps.map((step) => step.who))];
  if (!names.length) names.push("the beginning");
  const wide = names.length > FEW ? SLIM : WIDE;
  const width = names.length * wide + 8;
  /** @type {SVGElement[]} */
  const boxes = [];
  let y = TOP;
  steps.forEach((step, index) => {
    const made = box(
      step,
      index,
      changes(system, states[index], states[index + 1]),
      { x: names.indexOf(step.who) * wide + 6, y, width: wide - 12 },
      index + 1 === at,
      index >= at,
    );
    made.element.addEventListener("click", () => go(index + 1));
    boxes.push(made.element);
    y += made.height + 12;
  });
  const height = y + 6;
  return drawing(
    width,
    height,
    {
      class: "picture lanes",
      "aria-label": `${system.about}: ${steps.map((step, index) => `${index + 1}. ${step.name}`).join("; ") || "no step yet"}`,
      "font-size": 13,
    },
    ...names.flatMap((name, lane) => [
      s(
        "text",
        {
          x: lane * wide + wide / 2,
          y: 22,
          "text-anchor": "middle",
          "font-weight": "bold",
          fill: INK,
        },
        name,
      ),
      s("line", {
        x1: lane * wide + wide / 2,
        x2: lane * wide + wide / 2,
        y1: 32,
        y2: height,
        stroke: LINE,
        "stroke-dasharray": "3 4",
      }),
    ]),
    ...boxes,
  );
}

/**
 * @param {Step} step
 * @param {number} index
 * @param {import("./histories.js").Change[]} made
 * @param {{x: number, y: number, width: number}} place
 * @param {boolean} now
 * @param {boolean} later
 */
function box(step, index, made, place, now, later) {
  const { x, y, width } = place;
  const letters = Math.floor(width / 7.4);
  const title = wrapped(`${index + 1}. ${step.name}`, letters);
  const facts = made.flatMap((one) =>
    wrapped(`${one.fact}: ${one.before} → ${one.after}`, letters + 3),
  );
  const height = PAD * 2 + ROW * (title.length + facts.length);
  const lines = [
    ...title.map((words) => ({ words, fill: INK, size: 13 })),
    ...facts.map((words) => ({ words, fill: SOFT, size: 12 })),
  ];
  return {
    height,
    element: s(
      "g",
      { class: now ? "step now" : "step", opacity: later ? 0.45 : 1, style: "cursor: pointer" },
      s("rect", {
        x,
        y,
        width,
        height,
        rx: 5,
        fill: BAND,
        stroke: now ? NEW : step.own ? LINE : ODD,
        "stroke-width": now ? 2.5 : 1,
      }),
      ...lines.map(({ words, fill, size }, at) =>
        s("text", { x: x + 10, y: y + PAD + 12 + at * ROW, fill, "font-size": size }, words),
      ),
    ),
  };
}

/** @param {string} text @param {number} most */
function wrapped(text, most) {
  /** @type {string[]} */
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last && last.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines;
}
