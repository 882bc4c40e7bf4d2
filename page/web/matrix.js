/** All pairs of flags on one kernel: accepted, or refused by which error. */

import { outcome } from "./calls.js";
import { data } from "./data.js";
import { fill, h, s } from "./dom.js";
import { kernelNamed } from "./kernels.js";
import { addressOf } from "./link.js";
import { errnoName } from "./names.js";
import { INK, LINE, drawing, savedLater } from "./svg.js";

/** @typedef {{errno: string, rule: string}} Cell */

/** @param {import("./kernels.js").Kernel} kernel @param {number} entry @param {Map<string, boolean|bigint>} caller */
function cells(kernel, entry, caller) {
  const bits = data.names.bits.flags.map(([, bit]) => BigInt(bit));
  return bits.map((one) =>
    bits.map((other) => {
      const facts = new Map(caller)
        .set("request.entry", BigInt(entry))
        .set("request.flags", one | other);
      const found = outcome(kernel, facts);
      return {
        errno: found.broken < 0 ? errnoName(found.errno) : "?",
        rule: found.rule < 0 ? "" : data.rules[found.rule].name,
      };
    }),
  );
}

/**
 * Return the heat map as an address asks for it.
 * @param {URLSearchParams} asked
 * @param {(text: string[]) => void} tell
 */
export function matrixView(asked, tell) {
  let name = asked.get("k") ?? "v6.12";
  if (typeof kernelNamed(name) === "string") {
    tell([String(kernelNamed(name))]);
    name = data.kernels.listed[data.kernels.listed.length - 1].name;
  }
  let entry = Math.max(
    data.entries.findIndex((one) => one.name === (asked.get("entry") ?? "clone3")),
    0,
  );
  let root = asked.get("root") === "yes";
  const shown = h("div");
  const show = () => {
    const kernel = /** @type {import("./kernels.js").Kernel} */ (kernelNamed(name));
    const caller = new Map(
      root
        ? [
            ["current.real_cred.uid", 0n],
            ["current.real_cred.euid", 0n],
            ["current.real_cred.cap_effective", BigInt(data.names.caps_full)],
          ]
        : [],
    );
    const found = cells(kernel, entry, /** @type {Map<string, boolean|bigint>} */ (caller));
    fill(
      shown,
      grid(found, name, entry, root),
      counts(found),
      savedLater(
        () => picture(found, `${data.entries[entry].name}() on ${name}`),
        `flags-${data.entries[entry].name}-${name}`,
      ),
    );
    window.history.replaceState(
      null,
      "",
      addressOf("flags", "", { k: name, entry: data.entries[entry].name, root: root ? "yes" : "" }),
    );
  };
  const kernelField = /** @type {HTMLInputElement} */ (
    h("input", {
      id: "matrix-k",
      list: "kernels",
      value: name,
      autocomplete: "off",
      onchange: () => {
        if (typeof kernelNamed(kernelField.value) !== "string") {
          name = kernelField.value;
          show();
        }
      },
    })
  );
  const flagged = data.entries
    .map((one, at) => ({ one, at }))
    .filter(({ one }) => one.takes.includes("flags"));
  const entryField = /** @type {HTMLSelectElement} */ (
    h(
      "select",
      {
        id: "matrix-entry",
        onchange: () => {
          entry = Number(entryField.value);
          show();
        },
      },
      ...flagged.map(({ one, at }) => h("option", { value: at }, `${one.name}()`)),
    )
  );
  entryField.value = String(entry);
  const rootField = /** @type {HTMLInputElement} */ (
    h("input", {
      id: "matrix-root",
      type: "checkbox",
      onchange: () => {
        root = rootField.checked;
        show();
      },
    })
  );
  rootField.checked = root;
  show();
  return h(
    "div",
    {},
    h("h1", {}, "Pairs of flags"),
    h(
      "p",
      {},
      "Each flag with each other one, and on the diagonal alone, with no other argument. A cell opens its call; arrow keys go from cell to cell.",
    ),
    h(
      "form",
      { class: "filters", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
      h("div", {}, h("label", { for: "matrix-k" }, "Kernel"), kernelField),
      h("div", {}, h("label", { for: "matrix-entry" }, "Entry point"), entryField),
      h("label", { class: "inline" }, rootField, "as root"),
    ),
    shown,
  );
}

/** @param {Cell[][]} found @param {string} name @param {number} entry @param {boolean} root */
function grid(found, name, entry, root) {
  const flags = data.names.bits.flags.map(([flag]) => flag.replace("CLONE_", ""));
  const caller = root
    ? {
        "current.real_cred.uid": "0",
        "current.real_cred.euid": "0",
        "current.real_cred.cap_effective": "all",
      }
    : {};
  const made = h(
    "table",
    { class: "matrix", onkeydown: (/** @type {KeyboardEvent} */ event) => move(event, made) },
    h(
      "thead",
      {},
      h("tr", {}, h("td"), ...flags.map((flag) => h("th", { scope: "col" }, h("span", {}, flag)))),
    ),
    h(
      "tbody",
      {},
      ...found.map((row, y) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, flags[y]),
          ...row.map((cell, x) => {
            const word = [...new Set([flags[y], flags[x]])];
            return h(
              "td",
              { class: kind(cell) },
              h(
                "a",
                {
                  tabindex: x || y ? "-1" : "0",
                  title: `${word.join("|")}: ${cell.errno === "0" ? "accepted" : `-${cell.errno}, ${cell.rule}`}`,
                  "aria-label": `${word.join(" and ")}: ${cell.errno === "0" ? "accepted" : `${cell.errno}, ${cell.rule}`}`,
                  href: addressOf("call", "", {
                    k: name,
                    entry: data.entries[entry].name,
                    flags: word.map((flag) => `CLONE_${flag}`).join("|"),
                    ...caller,
                  }),
                },
                cell.errno === "0" ? "·" : code(cell.errno),
              ),
            );
          }),
        ),
      ),
    ),
  );
  return h("div", { class: "scroll" }, made);
}

/** Two letters for an error, in the cells. @param {string} errno */
function code(errno) {
  return errno.replace(/^E/, "").slice(0, 2);
}

/** @param {Cell} cell */
function kind(cell) {
  return cell.errno === "0" ? "ok" : `no-${cell.errno}`;
}

/** @param {KeyboardEvent} event @param {HTMLElement} table */
function move(event, table) {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const step = steps[/** @type {"ArrowUp"} */ (event.key)];
  const cell = /** @type {HTMLElement} */ (event.target).closest("td");
  if (!step || !cell) return;
  event.preventDefault();
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const rows = /** @type {NodeListOf<HTMLTableRowElement>} */ (table.querySelectorAll("tbody tr"));
  const next =
    rows[[...rows].indexOf(row) + step[1]]?.cells[cell.cellIndex + step[0]]?.querySelector("a");
  if (!next) return;
  table.querySelectorAll("a").forEach((one) => one.setAttribute("tabindex", "-1"));
  next.setAttribute("tabindex", "0");
  next.focus();
}

/** @param {Cell[][]} found */
function counts(found) {
  /** @type {Map<string, number>} */
  const each = new Map();
  for (const { errno } of found.flatMap((row, y) => row.slice(y)))
    each.set(errno, (each.get(errno) ?? 0) + 1);
  return h(
    "p",
    { class: "legend" },
    ...[...each]
      .sort((one, other) => other[1] - one[1])
      .map(([errno, count]) =>
        h(
          "span",
          {},
          h("span", { class: `swatch ${errno === "0" ? "ok" : `no-${errno}`}` }),
          ` ${errno === "0" ? "accepted" : errno === "?" ? "no such call" : `-${errno} (${code(errno)})`} ${count}  `,
        ),
      ),
  );
}

/** @param {Cell[][]} found @param {string} title */
function picture(found, title) {
  const flags = data.names.bits.flags.map(([flag]) => flag.replace("CLONE_", ""));
  /** @type {Record<string, string>} */
  const colours = { 0: "#d8f0dc", EINVAL: "#f3b0a8", EPERM: "#f7d489", "?": "#e3e6ea" };
  const [left, top, size] = [140, 150, 15];
  const side = flags.length * size;
  const [width, height] = [left + side + 10, top + side + 10];
  return drawing(
    width,
    height,
    { class: "picture small", "aria-label": `pairs of flags, ${title}`, "font-size": 11 },
    s("text", { x: 8, y: 18, fill: INK, "font-size": 14, "font-weight": "bold" }, title),
    ...flags.flatMap((flag, at) => [
      s("text", { x: left - 6, y: top + at * size + 11, "text-anchor": "end", fill: INK }, flag),
      s(
        "text",
        {
          x: left + at * size + 11,
          y: top - 6,
          fill: INK,
          transform: `rotate(-90 ${left + at * size + 11} ${top - 6})`,
        },
        flag,
      ),
    ]),
    ...found.flatMap((row, y) =>
      row.map((cell, x) =>
        s(
          "rect",
          {
            x: left + x * size,
            y: top + y * size,
            width: size - 1,
            height: size - 1,
            fill: colours[cell.errno] ?? "#c9b6e4",
            stroke: LINE,
            "stroke-width": 0.3,
          },
          s("title", {}, `${flags[y]}|${flags[x]}: ${cell.errno} ${cell.rule}`),
        ),
      ),
    ),
  );
}
