/** The explorer: a call on a kernel, put together by hand, from a line of strace, or by a link. */

import { answer, entryOf, leaves } from "./calls.js";
import { childView } from "./child.js";
import { data } from "./data.js";
import { fill, h } from "./dom.js";
import { flagsEditor } from "./flags.js";
import { factsEditor, field, pathsFor } from "./inputs.js";
import { kernelNamed } from "./kernels.js";
import { addressOf, factsAsked, factsIn } from "./link.js";
import { NearestView } from "./nearest_view.js";
import { beside } from "./beside.js";
import { parsed } from "./strace.js";
import { brokenBy } from "./breaks.js";
import { headline, mood, notes, others, verdict } from "./told.js";
import { walk } from "./walk.js";

/** @typedef {import("./kernels.js").Kernel} Kernel */
/** @typedef {Map<string, boolean|bigint>} Facts */

const ORDINARY = "v6.12";
/** What an address of this view may say beside facts. */
const WORDS = ["k", "beside", "v"];

/** The state of the view and its parts. */
export class Explorer {
  /** @param {URLSearchParams} asked @param {(text: string[]) => void} tell */
  constructor(asked, tell) {
    const found = factsIn(asked, WORDS);
    /** @type {Facts} */
    this.facts = asked.size ? found.facts : firstCall();
    this.kernel = asked.get("k") ?? known(ORDINARY);
    this.other = asked.get("beside") ?? "";
    const wrong = [this.kernel, ...(this.other ? [this.other] : [])]
      .map(kernelNamed)
      .filter((one) => typeof one === "string");
    tell([...found.missing, .../** @type {string[]} */ (wrong)]);
    if (typeof kernelNamed(this.kernel) === "string") this.kernel = known(ORDINARY);
    if (this.other && typeof kernelNamed(this.other) === "string") this.other = "";
    this.form = h("div", { class: "form" });
    this.outcome = h("div", { class: "outcome", role: "status", "aria-live": "polite" });
    this.result = h("div", { class: "result" });
    this.nearest = new NearestView((facts) => this.take(facts));
    this.element = h(
      "div",
      { class: "explorer" },
      h("h1", { class: "unseen" }, "A call"),
      this.form,
      h("div", { class: "answer" }, this.outcome, this.result),
    );
    this.build();
  }

  /** Build the form anew: after another entry point, a pasted line, an accepted call. */
  build() {
    const entry = entryOf(this.facts);
    const kernel = /** @type {Kernel} */ (kernelNamed(this.kernel));
    const changed = () => this.update();
    const args = pathsFor(this.facts).filter(
      (path) => path.startsWith("request.") && path.split(".").length === 2,
    );
    fill(
      this.form,
      h(
        "div",
        { class: "two" },
        this.kernelField("kernel", "Kernel", this.kernel, (name) => {
          this.kernel = name;
          this.build();
          document.getElementById("kernel")?.focus();
        }),
        this.kernelField("beside", "Beside it", this.other, (name) => {
          this.other = name;
          this.update();
        }),
      ),
      h("label", { for: "entry" }, "Entry point"),
      this.entryField(),
      h("p", { class: "soft" }, h("code", {}, entry.at)),
      entry.takes.includes("flags") ? flagsEditor(this.facts, kernel, changed) : null,
      args.length
        ? h(
            "details",
            { open: args.some((path) => this.facts.has(path)) },
            h("summary", {}, "Other arguments"),
            ...args.map((path) =>
              field(/** @type {any} */ (leaves.get(path)), this.facts, changed),
            ),
          )
        : null,
      h(
        "fieldset",
        {},
        h("legend", {}, "Caller, system and chance"),
        factsEditor(this.outsideArguments(), changed),
      ),
      this.straceField(),
    );
    this.update();
  }

  /** Facts beside plain arguments, which have fields of their own. @returns {Facts} */
  outsideArguments() {
    const { facts } = this;
    const arg = /^request\.\w+$/;
    return /** @type {Facts} */ (
      /** @type {unknown} */ ({
        get: (/** @type {string} */ path) => facts.get(path),
        set: (/** @type {string} */ path, /** @type {boolean|bigint} */ value) =>
          facts.set(path, value),
        delete: (/** @type {string} */ path) => facts.delete(path),
        has: (/** @type {string} */ path) => facts.has(path),
        keys: () => [...facts.keys()].filter((path) => !arg.test(path)),
      })
    );
  }

  /**
   * @param {string} id
   * @param {string} title
   * @param {string} value
   * @param {(name: string) => void} take
   */
  kernelField(id, title, value, take) {
    const note = h("small", { class: "wrong", role: "alert" });
    const made = /** @type {HTMLInputElement} */ (
      h("input", {
        id,
        type: "text",
        list: "kernels",
        value,
        autocomplete: "off",
        spellcheck: "false",
        placeholder: id === "beside" ? "another kernel" : "",
        onchange: () => {
          const found = made.value.trim() ? kernelNamed(made.value) : "";
          const wrong = typeof found === "string" && made.value.trim() !== "" ? found : "";
          fill(note, wrong);
          if (!wrong && (id === "beside" || made.value.trim())) take(made.value.trim());
        },
      })
    );
    const said =
      typeof kernelNamed(value) === "string" ? "" : /** @type {Kernel} */ (kernelNamed(value)).note;
    return h(
      "div",
      {},
      h("label", { for: id }, title),
      made,
      note,
      said ? h("small", { class: "soft" }, said) : null,
    );
  }

  entryField() {
    const made = /** @type {HTMLSelectElement} */ (
      h(
        "select",
        {
          id: "entry",
          onchange: () => {
            this.facts.set("request.entry", BigInt(made.value));
            if (made.value === "0") this.facts.delete("request.entry");
            this.build();
            document.getElementById("entry")?.focus();
          },
        },
        ...["system calls", "in the kernel"].map((title, inside) =>
          h(
            "optgroup",
            { label: title },
            ...data.entries.flatMap((one, at) =>
              one.by_user === !inside ? [h("option", { value: at }, `${one.name}()`)] : [],
            ),
          ),
        ),
      )
    );
    made.value = String(this.facts.get("request.entry") ?? 0n);
    return made;
  }

  straceField() {
    const wrong = h("p", { class: "wrong", role: "alert" });
    const text = /** @type {HTMLTextAreaElement} */ (
      h("textarea", {
        id: "strace",
        rows: 2,
        spellcheck: "false",
        placeholder: "unshare(CLONE_NEWUSER) = -1 EPERM (Operation not permitted)",
      })
    );
    return h(
      "details",
      {},
      h("summary", {}, "From a line of strace"),
      h("label", { for: "strace" }, "A line with clone, clone3, fork, vfork, unshare or setns"),
      text,
      h(
        "button",
        {
          type: "button",
          id: "strace-take",
          onclick: () => {
            const found = parsed(text.value);
            if (typeof found === "string") return fill(wrong, found);
            for (const path of [...this.facts.keys()])
              if (path.startsWith("request.")) this.facts.delete(path);
            for (const [path, value] of found.facts) if (value !== 0n) this.facts.set(path, value);
            this.build();
            return undefined;
          },
        },
        "Take it",
      ),
      wrong,
    );
  }

  /** Take another call, as it was found. @param {Facts} facts */
  take(facts) {
    this.facts = new Map(facts);
    this.build();
    this.outcome.scrollIntoView({ block: "nearest" });
  }

  /** Work out the answer, show it, and write the state into the address. */
  update() {
    const kernel = /** @type {Kernel} */ (kernelNamed(this.kernel));
    const found = answer(kernel, this.facts);
    fill(
      this.outcome,
      h("b", { class: mood(found) }, headline(found)),
      " ",
      found.rule && !found.broken.length ? found.rule.name : `on ${kernel.name}`,
    );
    fill(
      this.result,
      verdict(kernel, found),
      notes(kernel, this.facts),
      this.nearest.element,
      others(found),
      this.other
        ? beside(kernel, /** @type {Kernel} */ (kernelNamed(this.other)), this.facts)
        : null,
      childView(kernel, found),
      brokenBy(kernel, this.facts, found),
      walk(found),
    );
    this.nearest.look(kernel, this.facts, found);
    window.history.replaceState(null, "", this.address());
  }

  /** The address of what is shown. */
  address() {
    return addressOf("call", "", {
      k: this.kernel,
      beside: this.other,
      ...factsAsked(this.facts),
      v: String(data.format),
    });
  }
}

/** The call that is shown where an address asks for none: its flags stand there to be turned. */
function firstCall() {
  const at = data.entries.findIndex((one) => one.name === "clone3");
  return new Map([["request.entry", BigInt(Math.max(at, 0))]]);
}

/** @param {string} name */
function known(name) {
  return data.kernels.listed.some((one) => one.name === name) ? name : data.kernels.listed[0].name;
}
