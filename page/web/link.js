/**
 * The state of the page as the part of its address behind the #, and back.
 *
 * What a link names and this page does not know is told, and left out; all else is taken.
 */

import { leaves } from "./calls.js";
import { data } from "./data.js";
import { number, ordinary, spoken } from "./names.js";

/** @typedef {{view: string, name: string, asked: URLSearchParams}} Place */

/**
 * Return the view that an address asks for, the name behind it, and what else it says.
 * @param {string} hash
 * @returns {Place}
 */
export function placeOf(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [view, ...name] = path.split("/");
  return { view: view || "call", name: decode(name.join("/")), asked: new URLSearchParams(query) };
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Return an address.
 * @param {string} view
 * @param {string} name
 * @param {Record<string, string|undefined>} asked
 */
export function addressOf(view, name = "", asked = {}) {
  const said = Object.entries(asked).filter(([, value]) => value !== undefined && value !== "");
  const query = said.map(([key, value]) => `${key}=${encoded(String(value))}`).join("&");
  return `#/${view}${name ? `/${encodeURIComponent(name)}` : ""}${query ? `?${query}` : ""}`;
}

/** Leave what people read as it is. @param {string} text */
function encoded(text) {
  return encodeURIComponent(text).replace(/%7C/g, "|").replace(/%20/g, "+").replace(/%2C/g, ",");
}

/**
 * Return the facts of a call as an address says them.
 * @param {Map<string, boolean|bigint>} facts
 */
export function factsAsked(facts) {
  /** @type {Record<string, string>} */
  const made = {};
  for (const leaf of data.facts) {
    const value = facts.get(leaf.path);
    if (value !== undefined && value !== ordinary(leaf))
      made[short(leaf.path)] = String(spoken(leaf, value));
  }
  return made;
}

/** @param {string} path */
function short(path) {
  if (path === "request.entry") return "entry";
  return path === "request.flags" ? "flags" : path;
}

/**
 * Return the facts that an address says, and what of it is not known here.
 * @param {URLSearchParams} asked
 * @param {string[]} others What else may stand there.
 */
export function factsIn(asked, others) {
  /** @type {Map<string, boolean|bigint>} */
  const facts = new Map();
  /** @type {string[]} */
  const missing = [];
  for (const [key, text] of asked) {
    if (others.includes(key)) continue;
    const path = key === "entry" || key === "flags" ? `request.${key}` : key;
    const leaf = leaves.get(path);
    const value = leaf ? number(leaf, text) : `the fact ${key}`;
    if (typeof value === "string") missing.push(value);
    else if (leaf && value !== ordinary(leaf)) facts.set(path, value);
  }
  return { facts, missing };
}
