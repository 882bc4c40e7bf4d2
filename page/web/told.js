/** What a call comes to, as people read it: outcome, rule, place, commit, and what else refuses. */

import { silent } from "./calls.js";
import { data } from "./data.js";
import { h, link, list } from "./dom.js";
import { addressOf } from "./link.js";
import { has } from "./kernels.js";

/** @typedef {import("./kernels.js").Kernel} Kernel */
/** @typedef {import("./calls.js").Answer} Answer */

/**
 * Return a commit with its name, release and title.
 * @param {number} place
 */
export function commit(place) {
  const patch = data.patches[place];
  return h(
    "span",
    { class: "commit" },
    link(addressOf("patch", patch.name), patch.name),
    patch.commit.length > 1 ? h("code", {}, ` ${patch.commit}`) : null,
    ` ${patch.landed}: ${patch.title}`,
  );
}

/**
 * Return what is to be said of a call at first sight.
 * @param {Answer} found
 */
export function headline(found) {
  if (found.broken.length) return "No such call";
  if (found.errno === "0") return "Success";
  return `-${found.errno}`;
}

/** @param {Answer} found */
export function mood(found) {
  if (found.broken.length) return "odd";
  return found.errno === "0" ? "good" : "bad";
}

/**
 * Return a verdict in the layout of the kernel's own verifier: what, Reason, At, commit.
 * @param {Kernel} kernel
 * @param {Answer} found
 */
export function verdict(kernel, found) {
  if (found.broken.length) {
    return h(
      "div",
      {},
      h("p", {}, "These facts do not go together on ", h("b", {}, kernel.name), ":"),
      h("ul", {}, ...found.broken.map((one) => h("li", {}, one))),
    );
  }
  const { rule } = found;
  if (!rule) return h("p", {}, `No rule of ${kernel.name} refuses this call.`);
  return h(
    "div",
    {},
    h("p", { class: "what" }, rule.name),
    list(
      [
        ["Reason", rule.doc],
        ["At", h("code", {}, rule.at)],
        ["Commit", commits(kernel, rule)],
        ...(found.inside
          ? [/** @type {[string, string]} */ (["Inside", `copy_process() said -${found.inside}`])]
          : []),
        ...(rule.unwinds
          ? [
              /** @type {[string, Node]} */ ([
                "Error path",
                h("code", {}, rule.unwinds.join(" → ")),
              ]),
            ]
          : []),
      ],
      "verdict",
    ),
  );
}

/** @param {Kernel} kernel @param {import("./data.js").Rule} rule */
function commits(kernel, rule) {
  if (!rule.patches) return "as old as the oldest kernel here";
  const mine = rule.patches.filter((place) => has(kernel, place));
  return h(
    "span",
    {},
    ...(mine.length ? mine : rule.patches).map((place) =>
      h("span", { class: "block" }, commit(place)),
    ),
  );
}

/**
 * Return the other rules that would refuse the call.
 * @param {Answer} found
 */
export function others(found) {
  if (!found.others.length || found.broken.length) return null;
  return h(
    "section",
    {},
    h("h3", {}, `It would be refused by ${found.others.length} more`),
    h(
      "ul",
      { class: "rules" },
      ...found.others.map((rule) =>
        h(
          "li",
          {},
          h("b", {}, rule.errno ? `-${rule.errno}` : "an error of the step"),
          ` ${rule.name} `,
          h("code", {}, rule.at),
        ),
      ),
    ),
  );
}

/**
 * Return which of the given facts change nothing on a kernel, if any.
 * @param {Kernel} kernel
 * @param {Map<string, boolean|bigint>} facts
 */
export function notes(kernel, facts) {
  const some = silent(kernel, facts);
  if (!some.length) return null;
  return h("p", { class: "odd" }, `${some.join(", ")}: read by no rule of ${kernel.name}`);
}
