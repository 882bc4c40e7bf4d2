/** Numbers as names and back: as the tool's own answers write them. */

import { data } from "./data.js";

/** @typedef {import("./data.js").Leaf} Leaf */
/** @typedef {boolean|bigint} Value */

/**
 * Return the value that a fact has where nothing else is said.
 * @param {Leaf} leaf
 * @returns {Value}
 */
export function ordinary(leaf) {
  if (leaf.width === 0) return leaf.default === true;
  return BigInt(typeof leaf.default === "string" ? leaf.default : 0);
}

/**
 * Return the bits of a word as the number that the fact is.
 * @param {Leaf} leaf
 * @param {Value} value
 */
export function plain(leaf, value) {
  return leaf.signed && typeof value === "bigint" ? BigInt.asIntN(leaf.width, value) : value;
}

/**
 * Return a set of bits as names joined; bits without one in hex.
 * @param {[string, string][]} known
 * @param {bigint} bits
 */
function bitNames(known, bits) {
  const names = [];
  let rest = bits;
  for (const [name, text] of known) {
    const bit = BigInt(text);
    if (bits & bit) {
      names.push(name);
      rest &= ~bit;
    }
  }
  if (rest) names.push(`0x${rest.toString(16)}`);
  return names;
}

/** @param {bigint} bits */
function capNames(bits) {
  const full = BigInt(data.names.caps_full);
  if (!bits) return "none";
  return (bits & full) === full ? "all" : bitNames(data.names.bits.caps, bits).join("|");
}

/** @param {bigint} bits @returns {string} */
function signalNames(bits) {
  const every = (1n << 64n) - 1n;
  if (!bits) return "none";
  if (bits === every) return "all";
  const numbers = Array.from({ length: 64 }, (_, at) => at).filter(
    (at) => (bits >> BigInt(at)) & 1n,
  );
  if (numbers.length > 32) return `all but ${signalNames(every & ~bits)}`;
  const known = data.names.signals;
  return numbers.map((at) => (at < known.length ? `SIG${known[at]}` : String(at + 1))).join("|");
}

/**
 * Return an error's name; "0" for none.
 * @param {Value} code
 */
export function errnoName(code) {
  const text = String(code);
  return text === "0" ? "0" : (data.names.errno[text] ?? text);
}

/**
 * Return a fact's value as people, and the tool's JSON, write it.
 * @param {Leaf} leaf
 * @param {Value} value
 * @returns {string|boolean}
 */
export function spoken(leaf, value) {
  if (typeof value === "boolean") return value;
  const number = /** @type {bigint} */ (plain(leaf, value));
  const members = leaf.names ? data.names.enums[leaf.names] : undefined;
  if (members) return members[Number(number)] ?? String(number);
  switch (leaf.names) {
    case "flags":
      return bitNames(data.names.bits.flags, number).join("|") || "0";
    case "pf":
      return bitNames(data.names.bits.pf, number).join("|") || "0";
    case "caps":
      return capNames(number);
    case "signals":
      return signalNames(number);
    case "errno":
      return errnoName(number);
    default:
  }
  const unlimited = leaf.path.endsWith("rlim_nproc") && String(number) === data.names.unlimited;
  return unlimited ? "unlimited" : String(number);
}

/**
 * Return a value with yes and no for truths.
 * @param {Leaf} leaf
 * @param {Value} value
 */
export function said(leaf, value) {
  const text = spoken(leaf, value);
  return typeof text === "boolean" ? (text ? "yes" : "no") : text;
}

/**
 * Return the number that a text stands for, as a set of named bits or as a number.
 * @param {Leaf} leaf
 * @param {string} text
 * @returns {bigint|null}
 */
function bitsOf(leaf, text) {
  const kind = leaf.names ?? "";
  const known = kind === "caps" ? data.names.all_caps : (data.names.bits[kind] ?? []);
  let total = 0n;
  for (const part of text.split("|").map((one) => one.trim())) {
    const bit = known.find(([name]) => name === part || name.replace(/^[A-Z]+_/, "") === part);
    const signal = data.names.signals.indexOf(part.replace(/^SIG/, ""));
    if (bit) total |= BigInt(bit[1]);
    else if (part === "all")
      total |= kind === "caps" ? BigInt(data.names.caps_full) : (1n << 64n) - 1n;
    else if (signal >= 0 && kind === "signals") total |= 1n << BigInt(signal);
    else if (signal >= 0 && kind === "flags") total |= BigInt(signal + 1);
    else if (part !== "none" && part !== "") {
      const number = whole(part);
      if (number === null) return null;
      const one = kind === "signals" && number >= 1n && number <= 64n;
      total |= one ? 1n << (number - 1n) : number;
    }
  }
  return total;
}

/** @param {string} text @returns {bigint|null} */
export function whole(text) {
  const found = /^(-?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(text.trim());
  if (!found) return null;
  return found[1] ? -BigInt(found[2]) : BigInt(found[2]);
}

/**
 * Return the value of a fact that a text gives; a string that says what is wrong if it is none.
 * @param {Leaf} leaf
 * @param {string} text
 * @returns {Value|string}
 */
export function number(leaf, text) {
  if (leaf.width === 0) {
    if (/^(true|yes|1)$/.test(text)) return true;
    return /^(false|no|0)$/.test(text) ? false : `${leaf.path} is yes or no`;
  }
  const value = named(leaf, text.trim());
  if (value === null) return `${leaf.path} cannot be "${text.slice(0, 40)}"`;
  const bits = BigInt(leaf.width);
  const low = leaf.signed ? -(1n << (bits - 1n)) : 0n;
  const most = leaf.signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  const high = leaf.most !== undefined && BigInt(leaf.most) < most ? BigInt(leaf.most) : most;
  return low <= value && value <= high ? value : `${leaf.path} lies between ${low} and ${high}`;
}

/** @param {Leaf} leaf @param {string} text @returns {bigint|null} */
function named(leaf, text) {
  const members = leaf.names ? data.names.enums[leaf.names] : undefined;
  if (members && members.includes(text.toLowerCase())) {
    return BigInt(members.indexOf(text.toLowerCase()));
  }
  if (leaf.names === "signals" && text.startsWith("all but ")) {
    const rest = bitsOf(leaf, text.slice("all but ".length));
    return rest === null ? null : ((1n << 64n) - 1n) & ~rest;
  }
  if (leaf.names && data.names.bits[leaf.names]) return bitsOf(leaf, text);
  if (leaf.names === "signals") return bitsOf(leaf, text);
  if (leaf.names === "errno") {
    const found = Object.entries(data.names.errno).find(([, name]) => name === text);
    if (found) return BigInt(found[0]);
  }
  if (leaf.words && text in leaf.words) return BigInt(leaf.words[text]);
  return whole(text);
}
