/**
 * The nearest calls that the kernel accepts: some flags or facts changed, the fewest first.  Of
 * facts that do not go together, the nearest that do, those that are given left as they are.
 *
 * Whatever is accepted is refused by no rule, so it differs in some fact that the deciding rule
 * reads.  Only those are changed, one after the other; each trial is a whole evaluation.
 */

import { entryOf, leaves, outcome, table } from "./calls.js";
import { data } from "./data.js";
import { ordinary, plain } from "./names.js";

/** @typedef {import("./kernels.js").Kernel} Kernel */
/** @typedef {import("./calls.js").Facts} Facts */
/** @typedef {boolean|bigint} Value */
/** @typedef {{path: string, flag: bigint, value: Value}} Move A flag turned, or a fact set. */
/** @typedef {{facts: Facts, moves: Move[]}} Trial */

const DEEPEST = 3;
const FOUND = 4;
const TRIALS = 20000;
const VALUES = 6;

/**
 * Return what one more change may be, by what decides: flags, what is given, all else.
 * @param {Facts} facts
 * @param {number} node That of the rule that refuses, or of the assumption that is not kept.
 * @returns {Move[]}
 */
function movesFor(facts, node) {
  const found = allMoves(facts, node);
  /** @param {Move} move */
  const rank = (move) => (move.flag ? 0 : facts.has(move.path) ? 1 : 2);
  return found.sort((one, other) => rank(one) - rank(other));
}

/** @param {Facts} facts @param {number} node @returns {Move[]} */
function allMoves(facts, node) {
  const cone = table.cone([node]);
  const given = [...facts.values()].filter((one) => typeof one === "bigint");
  const numbers = [...table.numbersIn(cone), ...given];
  const takes = new Set(entryOf(facts).takes);
  return table.inputsIn(cone).flatMap((path) => {
    const leaf = leaves.get(path);
    if (!leaf || path === "request.entry") return [];
    const [group, name] = path.split(".");
    if (group === "request" && !takes.has(name)) return [];
    if (path === "request.flags") return flagMoves(facts, numbers);
    return valuesFor(leaf, facts, numbers).map((value) => ({ path, flag: 0n, value }));
  });
}

/** @param {Facts} facts @param {bigint[]} numbers @returns {Move[]} */
function flagMoves(facts, numbers) {
  const flags = /** @type {bigint} */ (facts.get("request.flags") ?? 0n);
  const asked = numbers.reduce((all, one) => all | one, 0n) | flags;
  return data.names.bits.flags
    .map(([, bit]) => BigInt(bit))
    .filter((bit) => asked & bit)
    .map((flag) => ({ path: "request.flags", flag, value: flags ^ flag }));
}

/**
 * @param {import("./data.js").Leaf} leaf
 * @param {Facts} facts
 * @param {bigint[]} numbers
 * @returns {Value[]}
 */
function valuesFor(leaf, facts, numbers) {
  const now = facts.get(leaf.path) ?? ordinary(leaf);
  if (typeof now === "boolean") return [!now];
  const near =
    leaf.names && data.names.bits[leaf.names]
      ? data.names.bits[leaf.names]
          .map(([, bit]) => BigInt(bit))
          .filter((bit) => numbers.includes(bit))
          .map((bit) => now ^ bit)
      : numbers.flatMap((one) => [one, one + 1n, one - 1n]);
  const usual = /** @type {bigint} */ (ordinary(leaf));
  const small = near.length && leaf.names ? [] : [0n, 1n];
  const fit = [usual, ...small, ...near].map(
    (one) => /** @type {bigint} */ (plain(leaf, BigInt.asUintN(leaf.width, one))),
  );
  const most = leaf.most === undefined ? null : BigInt(leaf.most);
  return [...new Set(fit)]
    .filter((one) => one !== now && (one >= 0n || usual < 0n) && (most === null || one <= most))
    .slice(0, VALUES);
}

/** @param {Trial} trial @param {Move} move @returns {Trial|null} */
function moved(trial, move) {
  const again = trial.moves.some((one) => one.path === move.path && one.flag === move.flag);
  if (again) return null;
  const facts = new Map(trial.facts);
  const leaf = leaves.get(move.path);
  if (leaf && ordinary(leaf) === move.value) facts.delete(move.path);
  else facts.set(move.path, move.value);
  return { facts, moves: [...trial.moves, move] };
}

/** @param {Trial} trial */
function key(trial) {
  return [...trial.facts]
    .map(([path, value]) => `${path}=${value}`)
    .sort()
    .join("&");
}

/** @param {string} path */
const isCaps = (path) => leaves.get(path)?.names === "caps";

/** Which flags and facts are changed. @param {Trial} trial */
function kind(trial) {
  return trial.moves
    .map((move) => `${move.path} ${move.flag} ${isCaps(move.path) ? move.value : ""}`)
    .sort()
    .join();
}

/**
 * Yield such calls, the nearest first, and nothing now and then, where one may take a breath.
 * @param {Kernel} kernel
 * @param {Facts} facts
 * @returns {Generator<Trial|null, void, void>}
 */
export function* nearest(kernel, facts) {
  const begin = outcome(kernel, facts);
  /** @param {ReturnType<typeof outcome>} found */
  const is = (found) => found.broken < 0 && (begin.broken >= 0 || found.errno === 0n);
  /** @type {Trial[]} */
  let layer = [{ facts, moves: [] }];
  const seen = new Set([key(layer[0])]);
  /** @type {Set<string>} Which facts were changed in those that were found. */
  const found = new Set();
  const kept = begin.broken >= 0 ? facts : new Map();
  let trials = 0;
  for (let depth = 1; depth <= DEEPEST && !found.size; depth += 1) {
    /** @type {Trial[]} */
    const next = [];
    for (const trial of layer) {
      const { broken, first } = outcome(kernel, trial.facts);
      for (const move of movesFor(trial.facts, broken >= 0 ? broken : first)) {
        const made = kept.has(move.path) ? null : moved(trial, move);
        if (!made || seen.has(key(made)) || found.has(kind(made))) continue;
        seen.add(key(made));
        trials += 1;
        if (trials > TRIALS || found.size >= FOUND) return;
        if (is(outcome(kernel, made.facts))) {
          found.add(kind(made));
          yield made;
        } else next.push(made);
        yield null;
      }
    }
    layer = next;
  }
}
