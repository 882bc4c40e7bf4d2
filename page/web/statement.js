/** One statement: claim, source, verdicts with what turned them, the proof's ground or what breaks it. */

import { answer, inputs, leaves } from "./calls.js";
import { claimOn } from "./claims.js";
import { claimView } from "./claim_view.js";
import { data } from "./data.js";
import { h, link, list } from "./dom.js";
import { kernelNamed } from "./kernels.js";
import { addressOf, factsAsked, factsIn } from "./link.js";
import { player } from "./player.js";
import { aboutOf, decided, stretches, VERDICTS } from "./statements.js";
import { spoken } from "./names.js";
import { commit, headline, mood, verdict } from "./told.js";
import { walk } from "./walk.js";

/** @typedef {import("./data.js").Statement} Statement */
/** @typedef {import("./data.js").Broken} Broken */

/**
 * Return the page of a statement.
 * @param {string} id
 * @param {URLSearchParams} asked
 * @param {(text: string[]) => void} tell
 */
export function statementView(id, asked, tell) {
  const one = data.statements.find((statement) => statement.id === id);
  if (!one) {
    tell([`the statement ${id}`]);
    return h("p", {}, "See ", link(addressOf("statements"), "all statements"), ".");
  }
  const found = decided(id);
  const kernel = kernelAsked(one, asked, tell);
  const shown = (found.broken ?? []).find(([names]) => names.includes(kernel))?.[1];
  return h(
    "article",
    {},
    h("h1", {}, `${id}: ${one.sentence}`),
    list([
      ...(one.doc ? [/** @type {[string, string]} */ (["Says", one.doc])] : []),
      ["Source", sources(one.source)],
      ["About", h("span", {}, aboutOf(one), ` (${one.kind})`)],
      ...(one.truth
        ? [
            /** @type {[string, Node]} */ ([
              "In its strongest true form",
              link(addressOf("statement", one.truth), one.truth),
            ]),
          ]
        : []),
      ...(one.of_patch !== undefined
        ? [/** @type {[string, Node]} */ (["Of the commit", commit(one.of_patch)])]
        : []),
    ]),
    h("h2", {}, "Verdicts"),
    verdicts(one),
    kernelTabs(one, kernel),
    one.claim
      ? ofCall(one, kernel, asked, shown, tell)
      : ofHistory(one, kernel, asked, shown, tell),
    ground(one, kernel),
  );
}

/** @param {string} text */
function sources(text) {
  return h(
    "span",
    {},
    ...text.split("; ").flatMap((part, at) => [at ? "; " : "", h("code", {}, part)]),
  );
}

/** @param {Statement} one @param {URLSearchParams} asked @param {(text: string[]) => void} tell */
function kernelAsked(one, asked, tell) {
  const name = asked.get("k");
  if (name) {
    const found = kernelNamed(name);
    if (typeof found !== "string") return found.name;
    tell([found]);
  }
  const { by, broken = [] } = decided(one.id);
  return broken.length
    ? broken[broken.length - 1][0][broken[broken.length - 1][0].length - 1]
    : (data.decided_on[by.length - 1] ?? data.kernels.listed[0].name);
}

/** @param {Statement} one */
function verdicts(one) {
  const { by, every_set: every, turns = [], unexpected = [], reasons = [] } = decided(one.id);
  if (every) return h("p", {}, `${VERDICTS[every]} for every admissible set of the other patches.`);
  if (!by) return h("p", {}, "Nothing was decided when this page was made.");
  return h(
    "div",
    {},
    h(
      "ul",
      { class: "stretches" },
      ...stretches(by).map(([letter, first, last]) => {
        const turn = turns.find((each) => each.after === first);
        return h(
          "li",
          {},
          h("span", { class: `v ${letter}` }, VERDICTS[letter]),
          ` ${first === last ? first : `${first} to ${last}`}`,
          turn
            ? h(
                "div",
                { class: "soft" },
                `beside ${turn.before}, turned by `,
                ...turn.commits.map(([place, there]) =>
                  h("span", { class: "block" }, commit(place), there ? "" : " (which it lacks)"),
                ),
                turn.commits.length ? null : "several commits together, none alone",
              )
            : null,
        );
      }),
    ),
    unexpected.length
      ? h("p", { class: "wrong" }, `Not as declared on ${unexpected.join(", ")}.`)
      : null,
    ...reasons.map(([names, why]) => h("p", { class: "soft" }, `${names.join(", ")}: ${why}`)),
  );
}

/** @param {Statement} one @param {string} kernel */
function kernelTabs(one, kernel) {
  const { by } = decided(one.id);
  if (!by) return null;
  return h(
    "nav",
    { class: "tabs", "aria-label": "kernels" },
    ...data.decided_on.map((name, at) =>
      h(
        "a",
        {
          href: addressOf("statement", one.id, { k: name }),
          class: `v ${by[at]}`,
          "aria-current": name === kernel ? "true" : undefined,
          "aria-label": `${name}, ${VERDICTS[by[at]]}`,
        },
        name,
      ),
    ),
  );
}

/**
 * @param {Statement} one
 * @param {string} name
 * @param {URLSearchParams} asked
 * @param {Broken|undefined} shown
 * @param {(text: string[]) => void} tell
 */
function ofCall(one, name, asked, shown, tell) {
  const given = factsIn(asked, ["k", "v"]);
  tell(given.missing);
  const own = given.facts.size > 0;
  const witness = decided(one.id).witness?.[0]?.[1];
  const facts = own ? given.facts : read(shown?.facts ?? witness ?? {});
  const kernel = /** @type {import("./kernels.js").Kernel} */ (kernelNamed(name));
  const title = own
    ? "The claim, for the call of this link"
    : shown
      ? "The smallest call that breaks it"
      : witness
        ? "A call on which it matters"
        : "The claim, for a plain fork()";
  const found = answer(kernel, facts);
  const claim = claimOn(
    /** @type {import("./data.js").Claim} */ (one.claim),
    inputs(kernel, facts),
  );
  return h(
    "section",
    {},
    h("h2", {}, title),
    callTold(facts),
    h(
      "p",
      {},
      link(
        addressOf("call", "", { k: name, ...factsAsked(facts) }),
        "Open this call in the explorer",
      ),
    ),
    h("h3", {}, `What ${name} says: `, h("b", { class: mood(found) }, headline(found))),
    verdict(kernel, found),
    walk(found),
    claimView(claim),
  );
}

/** @param {Map<string, boolean|bigint>} facts */
function callTold(facts) {
  const said = [...facts].map(
    ([path, value]) => `${path} = ${spoken(/** @type {any} */ (leaves.get(path)), value)}`,
  );
  return said.length ? h("pre", {}, said.join("\n")) : h("pre", {}, "request.entry = fork");
}

/** @param {Record<string, string|boolean>} facts */
export function read(facts) {
  return new Map(
    Object.entries(facts).map(([path, value]) => [
      path,
      typeof value === "boolean" ? value : BigInt(value),
    ]),
  );
}

/**
 * @param {Statement} one
 * @param {string} name
 * @param {URLSearchParams} asked
 * @param {Broken|undefined} shown
 * @param {(text: string[]) => void} tell
 */
function ofHistory(one, name, asked, shown, tell) {
  const system = asked.get("system") ?? shown?.system ?? one.systems?.[0] ?? "";
  const steps = asked.has("steps")
    ? (asked.get("steps") ?? "").split("|").filter(Boolean)
    : (shown?.history ?? []);
  const isShown = system === shown?.system && steps.join("|") === shown?.history?.join("|");
  const view = player({ statement: one, system, kernel: name, steps, at: asked.get("at"), tell });
  const others = one.systems ?? [];
  return h(
    "section",
    {},
    h("h2", {}, isShown ? "The shortest history that breaks it" : "A history"),
    others.length > 1
      ? h(
          "p",
          {},
          "In ",
          ...others.map((other) =>
            h(
              "span",
              {},
              link(addressOf("statement", one.id, { k: name, system: other, steps: "" }), other),
              " ",
            ),
          ),
        )
      : null,
    view,
  );
}

/** @param {Statement} one @param {string} kernel */
function ground(one, kernel) {
  const basis = (decided(one.id).basis ?? []).find(([names]) => names.includes(kernel))?.[1];
  if (!basis) return null;
  const [rests, size] = basis;
  return h(
    "section",
    {},
    h("h2", {}, "What the proof rests on"),
    rests.length ? h("ul", {}, ...rests.map((word) => h("li", {}, h("code", {}, word)))) : null,
    size ? h("p", {}, `every state was visited: ${size} (states/steps/depth)`) : null,
  );
}
