/** A history, stepped forth and back: what each step changes, and what may come next. */

import { claimOn } from "./claims.js";
import { claimView } from "./claim_view.js";
import { fill, h, link } from "./dom.js";
import { changes, played, stateInputs, systemNamed, ways } from "./histories.js";
import { kernelNamed } from "./kernels.js";
import { lanes } from "./lanes.js";
import { addressOf } from "./link.js";
import { said } from "./names.js";
import { saved } from "./svg.js";
import { commit } from "./told.js";

/** @typedef {import("./data.js").Statement} Statement */
/** @typedef {import("./data.js").System} System */
/** @typedef {import("./kernels.js").Kernel} Kernel */
/** @typedef {import("./histories.js").State} State */
/**
 * @typedef {{statement: Statement|null, system: string, kernel: string, steps: string[],
 *   at: string|null, tell: (text: string[]) => void}} Asked
 */

const FRAMES = "Frames: blue the step that is shown, brown somebody's choice, grey of itself.";

/**
 * Return the view of a history, as far as its steps can be taken.
 * @param {Asked} asked
 */
export function player(asked) {
  const system = systemNamed(asked.system);
  const kernel = kernelNamed(asked.kernel);
  if (!system || typeof kernel === "string") {
    asked.tell([system ? String(kernel) : `the system ${asked.system}`]);
    return h("p", {}, "See ", link(addressOf("history"), "all histories"), ".");
  }
  const { steps, stopped } = played(system, kernel, asked.steps);
  if (stopped) asked.tell([`on ${kernel.name} the step "${stopped}" cannot be taken there`]);
  const at = asked.at === null ? steps.length : Number(asked.at);
  return new Player(
    asked.statement,
    system,
    kernel,
    steps.map((step) => step.name),
    at,
  ).element;
}

class Player {
  /**
   * @param {Statement|null} statement
   * @param {System} system
   * @param {Kernel} kernel
   * @param {string[]} steps
   * @param {number} at The state that is shown; 0 is the beginning.
   */
  constructor(statement, system, kernel, steps, at) {
    this.statement = statement;
    this.system = system;
    this.kernel = kernel;
    this.steps = steps;
    this.at = 0;
    this.element = h("div", {
      class: "player",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
    });
    this.go(Number.isInteger(at) ? at : 0);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.closest(".scroll")) return;
    if (event.key === "ArrowLeft") this.go(this.at - 1);
    else if (event.key === "ArrowRight") this.go(this.at + 1);
    else return;
    event.preventDefault();
  }

  /** @param {number} at */
  go(at) {
    this.at = Math.min(Math.max(at, 0), this.steps.length);
    const focused = this.element.contains(document.activeElement)
      ? document.activeElement?.id
      : undefined;
    this.show();
    if (focused !== undefined) this.focusAgain(focused);
  }

  /** Keep the focus where it was; what is not there any more leaves it to the controls. @param {string} id */
  focusAgain(id) {
    const same = id ? this.element.querySelector(`#${id}:not([disabled])`) : null;
    const other = this.element.querySelector(".controls button:not([disabled])");
    /** @type {HTMLElement|null} */ (same ?? other)?.focus();
  }

  /** Take a step that is enabled: what followed is forgotten, unless it is the same. @param {string} name */
  take(name) {
    if (this.steps[this.at] !== name) this.steps = [...this.steps.slice(0, this.at), name];
    this.go(this.at + 1);
  }

  show() {
    const { system, kernel, at } = this;
    const { states, steps } = played(system, kernel, this.steps);
    fill(
      this.element,
      this.statement ? null : h("h2", { class: "unseen" }, "A history"),
      h("p", { class: "soft" }, `${system.about}; ${system.tasks}; on ${kernel.name}`),
      this.controls(),
      h(
        "div",
        { class: "stage" },
        h(
          "div",
          {},
          saved(
            lanes(system, states, steps, at, (place) => this.go(place)),
            `${system.name}-${kernel.name}`,
          ),
          steps.length ? h("p", { class: "soft" }, FRAMES) : null,
        ),
        h("div", {}, this.state(states), this.claim(states), this.next(states[at])),
      ),
    );
    requestAnimationFrame(() => this.scrollToNow());
    window.history.replaceState(null, "", this.address());
  }

  /** Bring the box of the present step into what is seen of the lanes. */
  scrollToNow() {
    const box = this.element.querySelector(".now");
    const lanes = box?.closest(".scroll");
    if (!box || !lanes) return;
    const [inner, outer] = [box.getBoundingClientRect(), lanes.getBoundingClientRect()];
    if (inner.right > outer.right) lanes.scrollLeft += inner.right - outer.right + 8;
    else if (inner.left < outer.left) lanes.scrollLeft -= outer.left - inner.left + 8;
  }

  controls() {
    const { at, steps } = this;
    const end = steps.length;
    return h(
      "div",
      { class: "controls" },
      this.button("back", "← Back", at > 0, at - 1),
      this.button("forth", "Forth →", at < end, at + 1),
      this.button("first", "Begin", at > 0, 0),
      this.button("last", "End", at < end, end),
      h(
        "span",
        { role: "status", "aria-live": "polite" },
        ` state ${at} of ${end}`,
        at ? `, after: ${steps[at - 1]}` : ", the beginning",
      ),
    );
  }

  /** @param {string} id @param {string} text @param {boolean} able @param {number} to */
  button(id, text, able, to) {
    return h(
      "button",
      { type: "button", id: `play-${id}`, disabled: !able, onclick: () => this.go(to) },
      text,
    );
  }

  /** @param {State[]} states */
  state(states) {
    const { system, at } = this;
    const made = at ? changes(system, states[at - 1], states[at]) : [];
    const box = h(
      "details",
      {},
      h("summary", {}, `all ${system.facts.length} facts of this state`),
      h(
        "table",
        {},
        h(
          "tbody",
          {},
          ...system.facts.map((leaf, place) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, h("code", {}, leaf.path)),
              h("td", {}, said(leaf, states[at][place])),
              h("td", { class: "soft" }, leaf.doc),
            ),
          ),
        ),
      ),
    );
    return h(
      "section",
      {},
      h("h3", {}, at ? "What this step changes" : "The beginning"),
      h(
        "ul",
        { class: "changes" },
        ...made.map((one) =>
          h(
            "li",
            {},
            h("code", {}, one.fact),
            ` ${one.before} → `,
            h("b", {}, one.after),
            h("span", { class: "soft" }, ` (${one.doc})`),
          ),
        ),
        at && !made.length ? h("li", { class: "soft" }, "nothing") : null,
      ),
      box,
    );
  }

  /** @param {State} state */
  next(state) {
    const { system, kernel } = this;
    const found = ways(system, kernel, state);
    const able = found.filter((one) => one.enabled);
    const others = found.filter((one) => !one.enabled);
    return h(
      "section",
      {},
      h("h3", {}, `Steps that can be taken: ${able.length}`),
      h(
        "ul",
        { class: "steps" },
        ...able.map(({ step }) =>
          h(
            "li",
            {},
            h(
              "button",
              {
                type: "button",
                id: `step-${system.steps.indexOf(step)}`,
                onclick: () => this.take(step.name),
                "aria-pressed": step.name === this.steps[this.at] ? "true" : undefined,
              },
              step.name,
            ),
            h(
              "span",
              { class: "soft" },
              ` ${step.who}${step.own ? ", of itself" : ""} `,
              h("code", {}, step.at),
            ),
          ),
        ),
      ),
      h(
        "details",
        {},
        h("summary", {}, `${others.length} steps that cannot`),
        h(
          "ul",
          {},
          ...others.map(({ step, there }) =>
            h(
              "li",
              {},
              step.name,
              there
                ? " (not in this state)"
                : h(
                    "span",
                    {},
                    ` (${kernel.name} has no such step) `,
                    ...(step.patches ?? []).map(commit),
                  ),
            ),
          ),
        ),
      ),
    );
  }

  /** @param {State[]} states */
  claim(states) {
    const { statement, system } = this;
    if (!statement) return null;
    const claims = statement.claims?.[system.name];
    const ofSteps = statement.how === "each step" || statement.how === "some step";
    const title = h("h3", {}, ofSteps ? "The claim about this step" : "The claim in this state");
    if (!claims) {
      return h(
        "section",
        {},
        title,
        h(
          "p",
          { class: "soft" },
          "This claim is plain Python about one step, and is not worked out here: ",
          h("code", {}, `cloneproof show ${statement.id}`),
        ),
      );
    }
    if (ofSteps && !this.at)
      return h(
        "section",
        {},
        title,
        h("p", { class: "soft" }, "It speaks of a step: go one forth."),
      );
    const made = claims.map((claim) => claimOn(claim, this.given(states, ofSteps)));
    const shown =
      made.find((one) => one.broken) ?? made.find((one) => one.premise.value === true) ?? made[0];
    return h(
      "section",
      {},
      title,
      statement.how === "ends"
        ? h(
            "p",
            { class: "soft" },
            "From every state with the premise the kernel's own steps must lead to the conclusion.",
          )
        : null,
      claimView(shown, statement.how === "ends"),
    );
  }

  /** @param {State[]} states @param {boolean} ofSteps */
  given(states, ofSteps) {
    const { system, kernel, at } = this;
    const given = stateInputs(system, kernel, states[ofSteps ? at - 1 : at], "before");
    return ofSteps ? stateInputs(system, kernel, states[at], "after", given) : given;
  }

  /** The address of what is shown. */
  address() {
    const { system, kernel, statement } = this;
    const told = {
      k: kernel.name,
      system: statement ? system.name : undefined,
      steps: this.steps.join("|"),
      at: String(this.at),
      v: "1",
    };
    return statement
      ? addressOf("statement", statement.id, told)
      : addressOf("history", system.name, told);
  }
}

/** @param {string} name */
export function linkToSystem(name) {
  return link(addressOf("history", name), name);
}
