/** One call on two kernels: what differs. */

import { answer } from "./calls.js";
import { h, list } from "./dom.js";
import { said } from "./names.js";
import { commit, headline, mood, verdict } from "./told.js";
import { places } from "./kernels.js";
import { data } from "./data.js";

/** @typedef {import("./kernels.js").Kernel} Kernel */
/** @typedef {Map<string, boolean|bigint>} Facts */

/**
 * Return the answers of two kernels side by side, and the fields and patches that differ.
 * @param {Kernel} one
 * @param {Kernel} other
 * @param {Facts} facts
 */
export function beside(one, other, facts) {
  const both = [one, other].map((kernel) => ({ kernel, found: answer(kernel, facts) }));
  const rows = differing(both.map(({ found }) => found));
  const alike =
    both[0].found.errno === both[1].found.errno &&
    both[0].found.rule === both[1].found.rule &&
    !rows.length;
  const apart = places(one.bits ^ other.bits).length;
  return h(
    "section",
    { class: "beside" },
    h("h3", {}, `${one.name} beside ${other.name}`),
    h(
      "div",
      { class: "two" },
      ...both.map(({ kernel, found }) =>
        h(
          "div",
          { class: "side" },
          h("h4", {}, kernel.name, " ", h("b", { class: mood(found) }, headline(found))),
          verdict(kernel, found),
        ),
      ),
    ),
    alike ? h("p", {}, "Both answer the same.") : null,
    rows.length
      ? h(
          "table",
          {},
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ...["", one.name, other.name].map((name) => h("th", { scope: "col" }, name)),
            ),
          ),
          h(
            "tbody",
            {},
            ...rows.map(([name, ...values]) =>
              h(
                "tr",
                {},
                h("th", { scope: "row" }, h("code", {}, name)),
                ...values.map((value) => h("td", {}, value)),
              ),
            ),
          ),
        )
      : null,
    h(
      "details",
      {},
      h("summary", {}, `${apart} patches differ between the two`),
      list(
        places(one.bits ^ other.bits).map((place) => [
          (one.bits >> BigInt(place)) & 1n ? one.name : other.name,
          commit(place),
        ]),
      ),
    ),
  );
}

/** @param {import("./calls.js").Answer[]} found @returns {string[][]} */
function differing([left, right]) {
  const names = [...new Set([...Object.keys(left.records), ...Object.keys(right.records)])];
  return names.flatMap((name) => {
    const [fields, others] = [left.records[name], right.records[name]];
    if (!fields || !others) return [];
    return fields.flatMap((field, at) =>
      field.value === others[at].value
        ? []
        : [[`${name}.${field.path}`, said(field, field.value), said(field, others[at].value)]],
    );
  });
}

/** @param {string} name */
export function listedKernel(name) {
  return data.kernels.listed.find((one) => one.name === name);
}
