/** One call on one kernel: what it comes to, by the table of the model's own rules. */

import { data } from "./data.js";
import { errnoName, ordinary, spoken } from "./names.js";
import { Table } from "./table.js";

/** @typedef {import("./kernels.js").Kernel} Kernel */
/** @typedef {import("./data.js").Rule} Rule */
/** @typedef {boolean|bigint} Value */
/** @typedef {Map<string, Value>} Facts The facts that are not as in an ordinary call. */
/** @typedef {import("./data.js").Field & {value: Value}} Told A field with its value. */
/**
 * @typedef {{errno: string, rule: Rule|null, inside: string|null, broken: string[],
 *   others: Rule[], records: Record<string, Told[]>, values: Value[], subject: string}} Answer
 */

export const table = new Table();
/** @type {Map<string, import("./data.js").Leaf>} */
export const leaves = new Map();
/** @type {Map<string, Int32Array>} */
const cones = new Map();
/** @type {Map<string, Int32Array>} */
const quick = new Map();
/** @type {Map<string, Value>} */
const plainCall = new Map();

/** Take the document's table, once it is loaded. */
export function prepare() {
  table.read(data.table);
  leaves.clear();
  cones.clear();
  quick.clear();
  plainCall.clear();
  for (const leaf of data.facts) {
    leaves.set(leaf.path, leaf);
    plainCall.set(leaf.path, ordinary(leaf));
  }
}

/**
 * Return the entry point of a call.
 * @param {Facts} facts
 */
export function entryOf(facts) {
  return data.entries[Number(facts.get("request.entry") ?? 0n)];
}

/**
 * Return the inputs of the table for a call on a kernel.
 * @param {Kernel} kernel
 * @param {Facts} facts
 */
export function inputs(kernel, facts) {
  const given = new Map(plainCall);
  for (const [path, value] of facts) given.set(path, value);
  data.patches.forEach((patch, place) => {
    given.set(`patch:${patch.name}`, ((kernel.bits >> BigInt(place)) & 1n) === 1n);
  });
  return given;
}

/**
 * Return the nodes that tell what calls of a subject come to.
 * @param {string} subject
 */
function coneOf(subject) {
  const known = cones.get(subject);
  if (known) return known;
  const { errno, rules, records, inside, steps, ladders } = data.subjects[subject];
  const made = table.cone([
    errno,
    ...(inside === undefined ? [] : [inside]),
    ...rules.flatMap(([, first, refused, there]) => [first, refused, there]),
    ...Object.values(records).flatMap((fields) => fields.map((field) => field.node)),
    ...(steps ?? []).flatMap((one) => (one.when === undefined ? [] : [one.when])),
    ...(ladders ?? []).map((one) => one.when),
    ...data.assumptions.map((one) => one.node),
  ]);
  cones.set(subject, made);
  return made;
}

/**
 * Return what a call comes to.
 * @param {Kernel} kernel
 * @param {Facts} facts
 * @returns {Answer}
 */
export function answer(kernel, facts) {
  const subject = entryOf(facts).subject;
  const values = table.evaluate(coneOf(subject), inputs(kernel, facts));
  const { errno, rules, records, inside } = data.subjects[subject];
  const refusing = rules.filter(([, , refused]) => values[refused]);
  const first = rules.find(([, decides]) => values[decides]);
  const created = inside === undefined ? 0n : values[inside];
  const others = refusing.filter((one) => one !== first).map(([place]) => data.rules[place]);
  return {
    subject,
    errno: errnoName(values[errno]),
    rule: first ? data.rules[first[0]] : null,
    inside: created && created !== values[errno] ? errnoName(created) : null,
    broken: data.assumptions.filter((one) => !values[one.node]).map((one) => one.name),
    others: [...new Set(others)],
    records: values[errno]
      ? {}
      : Object.fromEntries(
          Object.entries(records).map(([name, fields]) => [
            name,
            fields.map((field) => ({ ...field, value: values[field.node] })),
          ]),
        ),
    values,
  };
}

/**
 * Return an answer as the tool's JSON writes it.
 * @param {Answer} found
 */
export function asJson(found) {
  /** @type {Record<string, any>} */
  const made = { errno: found.errno, rule: found.rule?.name ?? null, at: found.rule?.at ?? null };
  if (found.inside !== null) made.inside = found.inside;
  for (const [name, fields] of Object.entries(found.records)) {
    made[name] = Object.fromEntries(
      fields.map((field) => [field.path, spoken(field, field.value)]),
    );
  }
  return made;
}

/**
 * Return only the error and rule of a call, the node of that rule, and the node of the first
 * assumption that it does not keep (-1 for none): for searches.
 * @param {Kernel} kernel
 * @param {Facts} facts
 * @returns {{errno: bigint, rule: number, first: number, broken: number}}
 */
export function outcome(kernel, facts) {
  const subject = entryOf(facts).subject;
  const { errno, rules } = data.subjects[subject];
  let cone = quick.get(subject);
  if (!cone) {
    cone = table.cone([
      errno,
      ...rules.map(([, first]) => first),
      ...data.assumptions.map((one) => one.node),
    ]);
    quick.set(subject, cone);
  }
  const values = table.evaluate(cone, inputs(kernel, facts));
  const at = rules.findIndex(([, decides]) => values[decides]);
  return {
    errno: /** @type {bigint} */ (values[errno]),
    rule: at < 0 ? -1 : rules[at][0],
    first: at < 0 ? -1 : rules[at][2],
    broken: data.assumptions.find((one) => !values[one.node])?.node ?? -1,
  };
}

/**
 * Return the facts of a call that mean nothing on a kernel: no rule or effect there reads them.
 * @param {Kernel} kernel
 * @param {Facts} facts
 */
export function silent(kernel, facts) {
  const { facts: some, step, no_step: never, steps } = data.read_where;
  const nodes = [...some.map((one) => one.there), ...Object.values(steps)];
  const values = table.evaluate(table.cone(nodes), inputs(kernel, facts));
  return [...facts]
    .filter(([path, value]) => {
      if (path === step) {
        const there = steps[String(value)];
        return never.includes(String(value)) || (there !== undefined && !values[there]);
      }
      const known = some.find((one) => one.facts.some((fact) => speaksOf(fact, path)));
      return known !== undefined && !values[known.there];
    })
    .map(([path]) => path);
}

/** @param {string} fact A path, or with a point at its end what paths begin with. @param {string} path */
function speaksOf(fact, path) {
  return fact === path || (fact.endsWith(".") && path.startsWith(fact));
}
