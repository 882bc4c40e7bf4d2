/** What success leaves: the child beside its parent, as a picture and field by field. */

import { answer } from "./calls.js";
import { fill, h } from "./dom.js";
import { said } from "./names.js";
import { childPicture } from "./child_picture.js";
import { saved } from "./svg.js";

/** @typedef {import("./calls.js").Answer} Answer */
/** @typedef {import("./calls.js").Told} Told */

const TITLES = {
  child: "The child",
  worker: "The worker, beside the child that it is",
  after: "The caller afterwards",
};

/**
 * Return what a successful call leaves.
 * @param {import("./kernels.js").Kernel} kernel
 * @param {Answer} found
 */
export function childView(kernel, found) {
  if (found.errno !== "0" || found.broken.length) return null;
  return h(
    "div",
    {},
    ...Object.entries(found.records).map(([name, fields]) => record(kernel, name, fields)),
  );
}

/** @param {import("./kernels.js").Kernel} kernel @param {string} name @param {Told[]} fields */
function record(kernel, name, fields) {
  const plain = name === "child" ? answer(kernel, new Map()).records.child : null;
  /** @param {Told} field @param {number} at */
  const differs = (field, at) => plain === null || plain[at].value !== field.value;
  const table = h("tbody");
  const box = /** @type {HTMLInputElement} */ (
    h("input", { type: "checkbox", onchange: () => show() })
  );
  const show = () =>
    fill(
      table,
      ...fields
        .filter((field, at) => box.checked || differs(field, at))
        .map((field) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, h("code", {}, field.path)),
            h("td", {}, h("b", {}, said(field, field.value))),
            h(
              "td",
              { class: "soft" },
              field.doc,
              h("details", {}, h("summary", {}, "why"), field.why, " ", h("code", {}, field.at)),
            ),
          ),
        ),
    );
  show();
  const picture = name === "worker" ? null : childPicture(fields, name);
  const count = fields.filter(differs).length;
  return h(
    "section",
    { class: "record" },
    h("h3", {}, TITLES[/** @type {"child"} */ (name)] ?? name),
    picture ? saved(picture, `${name}-${kernel.name}`) : null,
    plain
      ? h(
          "p",
          {},
          count
            ? `Unlike the child of a plain fork() in ${count === 1 ? "one field" : `${count} fields`}:`
            : "As the child of a plain fork() in all fields.",
          " ",
          h("label", { class: "inline" }, box, `all ${fields.length} fields`),
        )
      : null,
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": `fields of ${name}` },
      h("table", { class: "fields" }, table),
    ),
  );
}
