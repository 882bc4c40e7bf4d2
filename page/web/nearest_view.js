/** The nearest accepted calls, looked for while nothing else is to be done. */

import { leaves } from "./calls.js";
import { data } from "./data.js";
import { fill, h } from "./dom.js";
import { said } from "./names.js";
import { nearest } from "./nearest.js";

/** @typedef {import("./nearest.js").Trial} Trial */
/** @typedef {Map<string, boolean|bigint>} Facts */

const SLICE = 8;

export class NearestView {
  /** @param {(facts: Facts) => void} take */
  constructor(take) {
    this.take = take;
    this.element = h("section", { class: "nearest" });
    this.turn = 0;
  }

  /**
   * Look for accepted calls, unless this one is.
   * @param {import("./kernels.js").Kernel} kernel
   * @param {Facts} facts
   * @param {import("./calls.js").Answer} found
   */
  look(kernel, facts, found) {
    const turn = (this.turn += 1);
    fill(this.element);
    if (found.errno === "0" && !found.broken.length) return;
    const title = found.broken.length ? "Nearest that go together" : "Nearest accepted calls";
    const search = nearest(kernel, new Map(facts));
    const shown = h("ul", { class: "moves" });
    const state = h("p", { class: "soft" }, "looking …");
    fill(this.element, h("h3", {}, title), shown, state);
    const go = () => {
      if (turn !== this.turn) return;
      const until = performance.now() + SLICE;
      for (let one = search.next(); ; one = search.next()) {
        if (one.done) {
          fill(state, shown.childElementCount ? "" : "none within three changes");
          return;
        }
        if (one.value) shown.append(this.row(one.value));
        if (performance.now() > until) break;
      }
      setTimeout(go);
    };
    setTimeout(go);
  }

  /** @param {Trial} trial */
  row(trial) {
    return h(
      "li",
      {},
      h("button", { type: "button", onclick: () => this.take(trial.facts) }, "Take it"),
      " ",
      ...trial.moves.flatMap((move, at) => [at ? ", " : "", h("span", {}, moveTold(move))]),
    );
  }
}

/** @param {import("./nearest.js").Move} move */
export function moveTold(move) {
  const leaf = /** @type {import("./data.js").Leaf} */ (leaves.get(move.path));
  if (!move.flag) return `${move.path} = ${said(leaf, move.value)}`;
  const name = data.names.bits.flags.find(([, bit]) => BigInt(bit) === move.flag)?.[0] ?? "";
  return `${/** @type {bigint} */ (move.value) & move.flag ? "with" : "without"} ${name}`;
}
