/**
 * The page's own modules, held against answers that the tool gave.
 *
 * Reads one JSON object from standard input: the document, and what is to be compared; writes how
 * much was compared, and the first that differ.
 */

import { answer, asJson, prepare, silent } from "../../page/web/calls.js";
import { load, data } from "../../page/web/data.js";
import { start, systemNamed, ways } from "../../page/web/histories.js";
import { kernelNamed } from "../../page/web/kernels.js";
import { addressOf, factsAsked, factsIn, placeOf } from "../../page/web/link.js";
import { nearest } from "../../page/web/nearest.js";
import { outcome } from "../../page/web/calls.js";
import { parsed } from "../../page/web/strace.js";
import { plain } from "../../page/web/names.js";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const asked = JSON.parse(Buffer.concat(chunks).toString());
load(asked.document);
prepare();

const wrong = [];
let compared = 0;
const same = (what, got, due) => {
  compared += 1;
  if (JSON.stringify(got) !== JSON.stringify(due)) wrong.push({ what, got, due });
};
const kernelOf = (bits) => ({ name: "drawn", bits: BigInt(`0x${bits}`), note: "" });
const factsOf = (given) =>
  new Map(
    Object.entries(given).map(([path, value]) => [
      path,
      typeof value === "boolean" ? value : BigInt(value),
    ]),
  );
const texts = (facts) =>
  Object.fromEntries(
    [...facts]
      .map(([path, value]) => [path, typeof value === "boolean" ? value : String(value)])
      .sort(),
  );

for (const { bits, facts, answer: due } of asked.calls ?? []) {
  const given = factsOf(facts);
  same(facts, asJson(answer(kernelOf(bits), given)), due);
  const { asked: query } = placeOf(addressOf("call", "", factsAsked(given)));
  const { facts: back, missing } = factsIn(query, []);
  same(["link", facts], [texts(back), missing], [texts(given), []]);
}
for (const { bits, facts, silent: due } of asked.silent ?? []) {
  same(facts, silent(kernelOf(bits), factsOf(facts)).sort(), due);
}
for (const { name, bits } of asked.kernels ?? []) {
  const found = kernelNamed(name);
  same(name, typeof found === "string" ? null : found.bits.toString(16), bits);
}
for (const { line, facts } of asked.lines ?? []) {
  const found = parsed(line);
  same(line, typeof found === "string" ? null : texts(found.facts), facts);
}
const told = (leaf, value) => (typeof value === "boolean" ? value : String(plain(leaf, value)));
for (const { system, bits, state, moves } of asked.steps ?? []) {
  const one = systemNamed(system);
  const now =
    state === null
      ? start(one, kernelOf(bits))
      : state.map((value, at) =>
          typeof value === "boolean" ? value : BigInt.asUintN(one.facts[at].width, BigInt(value)),
        );
  if (state === null)
    same(
      [system, "start"],
      now.map((value, at) => told(one.facts[at], value)),
      moves,
    );
  else {
    const found = ways(one, kernelOf(bits), now)
      .filter((way) => way.enabled)
      .map((way) => [way.step.name, way.then.map((value, at) => told(one.facts[at], value))]);
    same([system, state], found, moves);
  }
}
for (const { bits, facts, moves } of asked.nearest ?? []) {
  const found = [];
  for (const one of nearest(kernelOf(bits), factsOf(facts))) if (one) found.push(one);
  same(
    ["accepted", facts],
    found.every((one) => outcome(kernelOf(bits), one.facts).errno === 0n),
    true,
  );
  same(["nearest", facts], found[0]?.moves.length ?? null, moves);
}
console.log(
  JSON.stringify({
    compared,
    wrong: wrong.slice(0, 5),
    count: wrong.length,
    rules: data.rules.length,
  }),
);
