/** What the page knows: the document that the tool wrote into it. */

/**
 * @typedef {{path: string, width: number, doc: string, default?: string|true, signed?: true,
 *   names?: string, most?: string, words?: Record<string, string>}} Leaf
 * @typedef {Leaf & {node: number, why: string, at: string}} Field
 * @typedef {{name: string, commit: string, landed: string, title: string, requires?: number[],
 *   thin?: string, rc?: number}} Patch
 * @typedef {{name: string, doc: string, at: string, errno?: string, where?: string,
 *   patches?: number[], unwinds?: string[]}} Rule
 * @typedef {{after: number, at: string, takes?: string, hands?: string, does?: string,
 *   when?: number}} Taking
 * @typedef {{name: string, errno: number, rules: [number, number, number, number][],
 *   records: Record<string, Field[]>, inside?: number, steps?: Taking[],
 *   ladders?: {function: string, label: string, gives: string, when: number}[]}} Subject
 * @typedef {{name: string, at: string, takes: string[], subject: string, by_user: boolean,
 *   since: number[], there: number}} Entry
 * @typedef {{name: string, bits: string, basis: string, thin: string, before: string|null}} Listed
 * @typedef {{name: string, bits: string, landed: number[], told: string}} Release
 * @typedef {{listed: Listed[], releases: Release[], backports: [string, number, number][],
 *   trees: Record<string, [string, number, number|null]>, makers: [string, string, boolean, Record<string, number>][],
 *   builds: [string, string, number, string][], debian: string, sysctl: number}} Kernels
 * @typedef {{text: string, node?: number, joined?: string, parts?: Term[],
 *   reads?: [string, number][]}} Term
 * @typedef {{premise: Term, conclusion: Term}} Claim
 * @typedef {{id: string, sentence: string, doc: string, source: string, kind: string,
 *   patches: number[], truth?: string, subject?: string, of_patch?: number, claim?: Claim,
 *   how?: string, systems?: string[], claims?: Record<string, Claim[]>}} Statement
 * @typedef {{name: string, doc: string, at: string, who: string, own?: true, when: number,
 *   then: [number, number][], where?: string, patches?: number[], there?: number}} Step
 * @typedef {{name: string, about: string, tasks: string, facts: Leaf[], inputs: string,
 *   start: number[], steps: Step[]}} System
 * @typedef {{facts?: Record<string, string|boolean>, history?: string[], system?: string,
 *   patches?: string[]}} Broken
 * @typedef {{before: string, after: string, commits: [number, boolean][]}} Turn
 * @typedef {{by: string, every_set?: string, unexpected?: string[], turns?: Turn[],
 *   basis?: [string[], [string[], string, string]][], broken?: [string[], Broken][],
 *   reasons?: [string[], string][], witness?: [string[], Record<string, string|boolean>][]}} Decided
 * @typedef {{enums: Record<string, string[]>, bits: Record<string, [string, string][]>,
 *   all_caps: [string, string][], caps_full: string, signals: string[],
 *   errno: Record<string, string>, unlimited: string}} Names
 * @typedef {{kinds: string[], inputs: [string, number][], numbers: string[], count: number,
 *   code: number[]}} TableText
 * @typedef {{title: string, lines: string[]}} Run
 * @typedef {{format: number, version: string, names: Names, facts: Leaf[], patches: Patch[],
 *   kernels: Kernels, entries: Entry[], subjects: Record<string, Subject>,
 *   assumptions: {name: string, doc: string, node: number}[],
 *   read_where: {facts: {facts: string[], there: number, instead: string}[], step: string, no_step: string[],
 *     steps: Record<string, number>},
 *   systems: System[], statements: Statement[], rules: Rule[], table: TableText,
 *   decided_on: string[], verdicts: Record<string, Decided>, runs?: Run[]}} Data
 */

/** Filled by {@link load}, and the same object ever after. */
export const data = /** @type {Data} */ ({});

/**
 * Take the document; everything else reads it from here.
 * @param {Data} given
 */
export function load(given) {
  Object.assign(data, given);
}
