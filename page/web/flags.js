/** The flags of a call: a box each, and the whole word as text. */

import { leaves } from "./calls.js";
import { data } from "./data.js";
import { fill, h } from "./dom.js";
import { has } from "./kernels.js";
import { number, spoken } from "./names.js";

/** @typedef {Map<string, boolean|bigint>} Facts */

/**
 * Return the boxes and the text; both say the same.
 * @param {Facts} facts
 * @param {import("./kernels.js").Kernel} kernel
 * @param {() => void} changed
 */
export function flagsEditor(facts, kernel, changed) {
  const leaf = /** @type {import("./data.js").Leaf} */ (leaves.get("request.flags"));
  const wrong = h("span", { class: "wrong", role: "alert" });
  const now = () => /** @type {bigint} */ (facts.get("request.flags") ?? 0n);
  /** @param {bigint} flags */
  const set = (flags) => {
    if (flags) facts.set("request.flags", flags);
    else facts.delete("request.flags");
  };
  const text = /** @type {HTMLInputElement} */ (
    h("input", {
      id: "flags-word",
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      value: String(spoken(leaf, now())),
      oninput: () => {
        const value = number(leaf, text.value);
        fill(
          wrong,
          typeof value === "string" ? "no set of flags: names with | between, or a number" : "",
        );
        if (typeof value !== "bigint") return;
        set(value);
        boxes.forEach(({ box, bit }) => {
          box.checked = (value & bit) !== 0n;
        });
        changed();
      },
    })
  );
  const boxes = data.names.bits.flags.map(([name, digits]) => {
    const bit = BigInt(digits);
    const box = /** @type {HTMLInputElement} */ (
      h("input", {
        type: "checkbox",
        id: `flag-${name}`,
        "data-flag": name,
        onchange: () => {
          set(box.checked ? now() | bit : now() & ~bit);
          text.value = String(spoken(leaf, now()));
          fill(wrong);
          changed();
        },
      })
    );
    box.checked = (now() & bit) !== 0n;
    return { name, bit, box };
  });
  /** @param {string} title @param {(name: string) => boolean} mine */
  const group = (title, mine) =>
    h(
      "fieldset",
      { class: "flags" },
      h("legend", {}, title),
      ...boxes
        .filter(({ name }) => mine(name))
        .map(({ name, box }) => {
          const brings = data.patches.findIndex(
            (patch) => patch.name === name.replace("CLONE_", "") || patch.title === name,
          );
          const late = brings >= 0 && !has(kernel, brings);
          return h(
            "label",
            {
              class: late ? "late" : "",
              title: late ? `came with ${data.patches[brings].landed}` : undefined,
            },
            box,
            name.replace("CLONE_", ""),
            late ? h("small", {}, ` ${data.patches[brings].landed}`) : null,
          );
        }),
    );
  return h(
    "div",
    {},
    group("New namespaces", (name) => name.startsWith("CLONE_NEW")),
    group("Flags", (name) => !name.startsWith("CLONE_NEW")),
    h("label", { for: "flags-word" }, "flags"),
    text,
    wrong,
  );
}
