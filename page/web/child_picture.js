/** Parent and child side by side: a box for each thing, shared, copied, new or none. */

import { s } from "./dom.js";
import { said } from "./names.js";
import { BAND, GOOD, INK, LINE, NEW, SOFT, drawing } from "./svg.js";

/** @typedef {import("./calls.js").Told} Told */

const ROW = 30;
const LEFT = 150;
const BOX = 120;
const GAP = 60;
const WORDS = {
  same: "shared",
  shared: "shared",
  copied: "copied",
  new: "new",
  none: "none",
  caller: "caller",
};

/**
 * Return the picture of what a call leaves.
 * @param {Told[]} fields
 * @param {string} of "child", or "after" for the caller itself.
 * @returns {SVGElement|null}
 */
export function childPicture(fields, of) {
  const rows = fields
    .filter((field) => field.names === "share" || field.names === "ns")
    .map((field) => ({
      label: field.path.replace(/_ns$/, " namespace"),
      how: kind(field),
    }));
  const group = fields.find((field) => field.path === "same_thread_group");
  const user = fields.find((field) => field.path === "new_user_ns");
  if (user) rows.push({ label: "user namespace", how: user.value ? "new" : "shared" });
  if (!rows.length) return null;
  const height = 40 + rows.length * ROW + 8;
  const width = LEFT + BOX * 2 + GAP + 16;
  const right = of === "child" ? (group?.value ? "thread" : "child") : "afterwards";
  return drawing(
    width,
    height,
    {
      class: "picture",
      "aria-label": `caller and ${right}: ${rows.map((row) => `${row.label} ${row.how}`).join(", ")}`,
      "font-size": 13,
    },
    text(LEFT + BOX / 2, 24, of === "child" ? "caller" : "before", { "font-weight": "bold" }),
    text(LEFT + BOX * 1.5 + GAP, 24, right, { "font-weight": "bold" }),
    ...rows.flatMap((row, at) => drawn(row, 40 + at * ROW)),
  );
}

/** @param {Told} field */
function kind(field) {
  const word = said(field, field.value);
  return WORDS[/** @type {"same"} */ (word)] ?? word;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} words
 * @param {Record<string, any>} [more]
 */
function text(x, y, words, more = {}) {
  return s("text", { x, y, "text-anchor": "middle", fill: INK, ...more }, words);
}

/** @param {{label: string, how: string}} row @param {number} y */
function drawn({ label, how }, y) {
  const [x, far, h] = [LEFT, LEFT + BOX + GAP, ROW - 8];
  const name = text(LEFT - 10, y + 16, label, { "text-anchor": "end", fill: SOFT });
  /** @param {number} at @param {number} w @param {string} stroke */
  const box = (at, w, stroke) =>
    s("rect", { x: at, y, width: w, height: h, rx: 4, fill: BAND, stroke });
  if (how === "shared")
    return [name, box(x, BOX * 2 + GAP, GOOD), text(x + BOX + GAP / 2, y + 16, "shared")];
  if (how === "none") return [name, text(far + BOX / 2, y + 16, "none", { fill: SOFT })];
  const arrow = s("line", {
    x1: x + BOX + 4,
    x2: far - 6,
    y1: y + h / 2,
    y2: y + h / 2,
    stroke: LINE,
    "stroke-dasharray": "4 3",
    "stroke-width": 2,
  });
  if (how === "copied")
    return [
      name,
      box(x, BOX, LINE),
      arrow,
      box(far, BOX, LINE),
      text(far + BOX / 2, y + 16, "a copy"),
    ];
  return [
    name,
    box(x, BOX, LINE),
    box(far, BOX, NEW),
    text(far + BOX / 2, y + 16, how, { fill: NEW, "font-weight": "bold" }),
  ];
}
