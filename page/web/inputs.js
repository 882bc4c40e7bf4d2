/** Fields for the facts of a call: of each the right kind, and a search among all of them. */

import { entryOf, leaves } from "./calls.js";
import { data } from "./data.js";
import { fill, h } from "./dom.js";
import { number, ordinary, spoken } from "./names.js";

/** @typedef {import("./data.js").Leaf} Leaf */
/** @typedef {Map<string, boolean|bigint>} Facts */

const SHOWN = 14;
let serial = 0;

/**
 * Return a field for one fact.
 * @param {Leaf} leaf
 * @param {Facts} facts Where its value is read and written.
 * @param {() => void} changed
 */
export function field(leaf, facts, changed) {
  const id = `fact-${(serial += 1)}`;
  const wrong = h("span", { class: "wrong", role: "alert" });
  const value = facts.get(leaf.path) ?? ordinary(leaf);
  /** @param {boolean|bigint|string} given */
  const take = (given) => {
    fill(wrong, typeof given === "string" ? given : "");
    if (typeof given === "string") return;
    if (given === ordinary(leaf)) facts.delete(leaf.path);
    else facts.set(leaf.path, given);
    changed();
  };
  const made = leaf.width === 0 ? truth(id, value === true, take) : chosen(id, leaf, value, take);
  return h(
    "div",
    { class: "fact" },
    h("label", { for: id }, h("code", {}, leaf.path), h("span", { class: "soft" }, leaf.doc)),
    made,
    wrong,
  );
}

/** @param {string} id @param {boolean} value @param {(given: boolean) => void} take */
function truth(id, value, take) {
  const made = /** @type {HTMLInputElement} */ (
    h("input", {
      id,
      type: "checkbox",
      onchange: () => take(made.checked),
    })
  );
  made.checked = value;
  return made;
}

/**
 * @param {string} id
 * @param {Leaf} leaf
 * @param {boolean|bigint} value
 * @param {(given: bigint|boolean|string) => void} take
 */
function chosen(id, leaf, value, take) {
  const members = leaf.names ? data.names.enums[leaf.names] : undefined;
  if (members) {
    const made = /** @type {HTMLSelectElement} */ (
      h(
        "select",
        {
          id,
          onchange: () => take(number(leaf, made.value)),
        },
        ...members.map((name) => h("option", { value: name }, name)),
      )
    );
    made.value = String(spoken(leaf, value));
    return made;
  }
  const words = Object.keys(leaf.words ?? {});
  const made = /** @type {HTMLInputElement} */ (
    h("input", {
      id,
      type: "text",
      spellcheck: "false",
      autocomplete: "off",
      size: 22,
      value: String(spoken(leaf, value)),
      list: words.length ? `${id}-words` : undefined,
      oninput: () => take(number(leaf, made.value)),
    })
  );
  const known = words.length
    ? h("datalist", { id: `${id}-words` }, ...words.map((word) => h("option", { value: word })))
    : null;
  return h("span", {}, made, known);
}

/**
 * Return the paths of facts that may matter to a call: arguments of other entry points may not.
 * @param {Facts} facts
 */
export function pathsFor(facts) {
  const takes = new Set(entryOf(facts).takes);
  return data.facts
    .map((leaf) => leaf.path)
    .filter((path) => {
      const [group, name] = path.split(".");
      if (path === "request.entry" || path === "request.flags") return false;
      if (group !== "request")
        return !path.startsWith("current.cred.") || facts.get("current.overridden") === true;
      return takes.has(name);
    });
}

/**
 * Return the facts that differ from an ordinary call, each with a field, and a search for others.
 * @param {Facts} facts
 * @param {() => void} changed
 */
export function factsEditor(facts, changed) {
  const rows = h("div", { class: "rows" });
  const found = h("ul", { class: "found" });
  const search = /** @type {HTMLInputElement} */ (
    h("input", {
      type: "search",
      placeholder: "nproc, pids.max, seccomp, traced …",
      id: "fact-search",
      autocomplete: "off",
      oninput: () => look(),
    })
  );
  const shown = new Set(
    [...facts.keys()].filter((path) => path !== "request.entry" && path !== "request.flags"),
  );
  const rebuild = () => {
    const known = [...shown].map((path) => leaves.get(path)).filter((leaf) => leaf !== undefined);
    fill(rows, ...known.map((leaf) => row(leaf)));
    if (!known.length)
      fill(
        rows,
        h(
          "p",
          { class: "soft" },
          "An ordinary process of uid 1000, nothing near a limit, nothing failing.",
        ),
      );
  };
  /** @param {Leaf} leaf */
  const row = (leaf) =>
    h(
      "div",
      { class: "row" },
      field(leaf, facts, changed),
      h(
        "button",
        {
          type: "button",
          class: "plain",
          "aria-label": `${leaf.path} as ordinary`,
          title: "as ordinary",
          onclick: () => {
            shown.delete(leaf.path);
            facts.delete(leaf.path);
            rebuild();
            changed();
            search.focus();
          },
        },
        "×",
      ),
    );
  /** @param {Leaf} leaf */
  const add = (leaf) => {
    shown.add(leaf.path);
    if (leaf.width === 0) facts.set(leaf.path, !ordinary(leaf));
    search.value = "";
    rebuild();
    look();
    changed();
    /** @type {HTMLElement|null} */ (
      rows.querySelector(".row:last-child input, .row:last-child select")
    )?.focus();
  };
  const look = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fit = words.length
      ? pathsFor(facts)
          .filter((path) => !shown.has(path))
          .map((path) => /** @type {Leaf} */ (leaves.get(path)))
          .filter((leaf) =>
            words.every((word) => `${leaf.path} ${leaf.doc}`.toLowerCase().includes(word)),
          )
      : [];
    fill(
      found,
      ...fit
        .slice(0, SHOWN)
        .map((leaf) =>
          h(
            "li",
            {},
            h(
              "button",
              { type: "button", onclick: () => add(leaf) },
              h("code", {}, leaf.path),
              " ",
              h("span", { class: "soft" }, leaf.doc),
            ),
          ),
        ),
      fit.length > SHOWN ? h("li", { class: "soft" }, `and ${fit.length - SHOWN} more`) : null,
      words.length && !fit.length ? h("li", { class: "soft" }, "no fact has these words") : null,
    );
  };
  rebuild();
  return h(
    "div",
    {},
    rows,
    h("label", { for: "fact-search" }, "Add a fact of the caller, the system or chance"),
    search,
    found,
  );
}
