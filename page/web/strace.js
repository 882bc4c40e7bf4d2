/** A line of strace as a call: its entry point, flags and arguments. */

import { data } from "./data.js";
import { leaves } from "./calls.js";
import { number, whole } from "./names.js";

/** @typedef {{facts: Map<string, boolean|bigint>, result: string, left: string[]}} Line */

const CALLS = /\b(clone3|clone|__clone2|fork|vfork|unshare|setns)\((.*)\)\s*=\s*(.*)$/s;
/** An address of which only is known that there is something. */
const SOMEWHERE = 0x10000n;
const OPEN = /\b(clone3|clone|fork|vfork|unshare|setns)\((.*)$/s;

/**
 * Return the call that a line tells, or a text that says why it tells none.
 * @param {string} text
 * @returns {Line|string}
 */
export function parsed(text) {
  const line = text.trim().replace(/^(strace: Process \d+ attached\s*)/, "");
  const found = CALLS.exec(line) ?? OPEN.exec(line);
  if (!found) return "no clone3, clone, fork, vfork, unshare or setns call stands in that line";
  const [, name, inside] = found;
  const entry = data.entries.findIndex((one) => one.name === name.replace("__clone2", "clone"));
  /** @type {Line} */
  const made = {
    facts: new Map(entry > 0 ? [["request.entry", BigInt(entry)]] : []),
    result: found[3] ?? "",
    left: [],
  };
  const problem =
    name === "unshare"
      ? flagsInto(made, inside)
      : name === "setns"
        ? setns(made, inside)
        : named(made, name, inside);
  return problem || made;
}

/** @param {Line} made @param {string} text @returns {string} */
function flagsInto(made, text) {
  const flags = number(/** @type {any} */ (leaves.get("request.flags")), text.trim());
  if (typeof flags === "string") return `"${text.trim().slice(0, 60)}" is no set of flags`;
  if (flags) made.facts.set("request.flags", flags);
  return "";
}

/** @param {Line} made @param {string} text */
function setns(made, text) {
  const [, flags] = split(text);
  made.left.push("what the file descriptor is open on: set request.target");
  return flagsInto(made, flags ?? "0");
}

/** @param {Line} made @param {string} name @param {string} text @returns {string} */
function named(made, name, text) {
  const parts = split(name === "clone3" ? inBraces(text) : text);
  if (name === "clone3") {
    const size = whole(/\}\s*(?:=>[^}]*\}\s*)?,\s*(\d+)/.exec(text)?.[1] ?? "");
    if (size !== null && size !== 88n) made.facts.set("request.usize", size);
  }
  for (const part of parts) {
    const [key, ...rest] = part.split("=");
    const problem = argument(made, name, key.trim(), rest.join("=").trim());
    if (problem) return problem;
  }
  return "";
}

/** @type {Record<string, string>} */
const ARGUMENTS = {
  flags: "flags",
  exit_signal: "exit_signal",
  child_stack: "stack",
  stack: "stack",
  stack_size: "stack_size",
  pidfd: "pidfd",
  parent_tid: "parent_tid",
  parent_tidptr: "parent_tid",
  child_tid: "child_tid",
  child_tidptr: "child_tid",
  set_tid: "set_tid",
  set_tid_size: "set_tid_size",
  cgroup: "cgroup",
};

/**
 * @param {Line} made
 * @param {string} name
 * @param {string} key
 * @param {string} text
 * @returns {string}
 */
function argument(made, name, key, text) {
  const path = `request.${ARGUMENTS[key]}`;
  const leaf = leaves.get(path);
  if (!leaf) {
    if (key && key !== "tls" && key !== "...") made.left.push(key);
    return "";
  }
  if (key === "set_tid" && text.startsWith("[")) return tids(made, text);
  if (name !== "clone3" && key === "pidfd") return argument(made, name, "parent_tid", text);
  if (name === "clone" && key === "flags") {
    return flagsInto(made, text);
  }
  const known = text
    .replace(/^\[.*\]$/, String(SOMEWHERE))
    .replace(/^(0x)?NULL$/, "0")
    .replace(/<.*>$/, "");
  const signal = data.names.signals.indexOf(known.replace(/^SIG/, ""));
  const value = key === "exit_signal" && signal >= 0 ? BigInt(signal + 1) : number(leaf, known);
  if (typeof value === "string") return value;
  if (value) made.facts.set(path, value);
  return "";
}

/** @param {Line} made @param {string} text @returns {string} */
function tids(made, text) {
  const given = split(text.slice(1, -1)).map((one) => whole(one));
  made.facts.set("request.set_tid", SOMEWHERE);
  given.slice(0, 3).forEach((tid, at) => {
    if (tid) made.facts.set(`request.tid${at}`, tid);
  });
  return "";
}

/** @param {string} text */
function inBraces(text) {
  const from = text.indexOf("{");
  let depth = 0;
  for (let at = from; from >= 0 && at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (!depth) return text.slice(from + 1, at);
  }
  return text.slice(from + 1);
}

/** Split at commas that stand in no brackets. @param {string} text @returns {string[]} */
function split(text) {
  const parts = [];
  let depth = 0;
  let part = "";
  for (const one of text) {
    if ("[{(<".includes(one)) depth += 1;
    if ("]})>".includes(one)) depth -= 1;
    if (one === "," && depth === 0) {
      parts.push(part.trim());
      part = "";
    } else part += one;
  }
  return part.trim() ? [...parts, part.trim()] : parts;
}
