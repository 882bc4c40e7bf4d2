/** Kernels as sets of patches: of the list, by release, candidate, point release, or set. */

import { data } from "./data.js";

/** @typedef {{name: string, bits: bigint, note: string}} Kernel */

/** @param {string} hex */
const bitsOf = (hex) => BigInt(`0x${hex}`);
/** @param {number} place */
const bit = (place) => 1n << BigInt(place);

/**
 * Return whether a kernel has a patch, by its place.
 * @param {Kernel} kernel
 * @param {number} place
 */
export function has(kernel, place) {
  return (kernel.bits & bit(place)) !== 0n;
}

/**
 * Return the places of a kernel's patches.
 * @param {bigint} bits
 */
export function places(bits) {
  return data.patches.map((_, place) => place).filter((place) => bits & bit(place));
}

/**
 * Return a kernel by its name, or a text that says why there is none.  `bits:3f` is a set of
 * patches, in hex: bit n for the n-th.
 * @param {string} name
 * @returns {Kernel|string}
 */
export function kernelNamed(name) {
  const asked = name.trim().replace(/^linux[- ](?=v?\d)/i, "");
  const set = /^bits:([0-9a-f]+)$/.exec(asked);
  if (set) return { name: asked, bits: bitsOf(set[1]), note: "" };
  const listed = data.kernels.listed.find((one) => one.name === asked);
  if (listed) return { name: asked, bits: bitsOf(listed.bits), note: listed.thin };
  return (
    ofLine(asked) ??
    ofRelease(asked) ??
    ofSet(asked) ??
    ofUname(asked) ??
    `no kernel is called "${asked.slice(0, 60)}": v6.8, 6.4-rc5, v6.1.55, 6.8.0-58-generic or v6.1+KILL_SEQ are names`
  );
}

/** @param {string} name @returns {Kernel|string|null} */
function ofLine(name) {
  const found = /^v?(\d+\.\d+)\.[xy]$/i.exec(name);
  if (!found) return null;
  const made = ofRelease(found[1]);
  return made && typeof made !== "string" ? { ...made, name: `v${found[1]}.y` } : made;
}

/** @param {string} name @returns {Kernel|string|null} */
function ofRelease(name) {
  const found = /^v?(\d{1,2})\.(\d{1,3})(?:\.(\d{1,4}))?(?:-rc(\d{1,2}))?$/i.exec(name);
  if (!found) return null;
  const [, major, minor, point, rc] = found;
  if (Number(point) && rc) return null;
  return numbered(`v${Number(major)}.${Number(minor)}`, Number(point ?? 0), rc ? Number(rc) : null);
}

/**
 * @param {string} line
 * @param {number} point
 * @param {number|null} rc
 * @returns {Kernel|string}
 */
function numbered(line, point, rc) {
  const { releases, trees, backports, sysctl, listed } = data.kernels;
  const name = `${line}${point ? `.${point}` : ""}${rc === null ? "" : `-rc${rc}`}`;
  const same = listed.find((one) => one.name === name);
  if (same) return { name, bits: bitsOf(same.bits), note: same.thin };
  const release = releases.find((one) => one.name === line);
  if (!release) {
    return `${name} is not between ${releases[0].name} and ${releases[releases.length - 1].name}`;
  }
  const tree = Object.entries(trees).find(([, [of, first]]) => of === line && point >= first);
  if (tree && rc === null) {
    const bits = bitsOf(/** @type {any} */ (listed.find((one) => one.name === tree[0])).bits);
    return {
      name,
      bits: bits & ~bit(sysctl),
      note: `taken as ${tree[0]}, without Debian's sysctl`,
    };
  }
  let bits = bitsOf(release.bits);
  if (rc !== null) {
    for (const at of release.landed) if ((data.patches[at].rc ?? 0) > rc) bits &= ~bit(at);
    return { name, bits, note: release.told };
  }
  for (const [of, first, at] of backports) if (of === line && first <= point) bits |= bit(at);
  const note = point
    ? "a point release: other backports of stable are taken as absent"
    : release.told;
  return { name, bits, note };
}

/**
 * Return the place of a patch by its name or the first digits of its commit.
 * @param {string} text
 */
export function patchNamed(text) {
  const upper = text.toUpperCase().replace(/-/g, "_");
  const byName = data.patches.findIndex((one) => one.name === upper);
  if (byName >= 0 || !/^[0-9a-f]{4,40}$/i.test(text)) return byName;
  const digits = text.toLowerCase();
  const found = data.patches
    .map((one, at) => ({ commit: one.commit, at }))
    .filter(
      ({ commit }) => commit.length > 1 && (commit.startsWith(digits) || digits.startsWith(commit)),
    );
  return found.length === 1 ? found[0].at : -1;
}

/** @param {string} name @returns {Kernel|string|null} */
function ofSet(name) {
  const parts = [];
  let base = name;
  for (let found = /^(.+)([+-])(\w+)$/.exec(base); found; found = /^(.+)([+-])(\w+)$/.exec(base)) {
    if (patchNamed(found[3]) < 0) break;
    parts.unshift({ sign: found[2], at: patchNamed(found[3]) });
    base = found[1];
  }
  if (!parts.length) return null;
  const known = kernelNamed(base);
  if (typeof known === "string") return known;
  let { bits } = known;
  for (const { sign, at } of parts) bits = sign === "+" ? bits | bit(at) : bits & ~bit(at);
  const lacking = unfit(bits);
  return lacking ? `${name} cannot be: ${lacking}` : { name, bits, note: known.note };
}

/**
 * Return what a set of patches lacks so that each has what it requires; nothing if none does.
 * @param {bigint} bits
 */
export function unfit(bits) {
  for (const at of places(bits)) {
    const missing = (data.patches[at].requires ?? []).filter((one) => !(bits & bit(one)));
    if (missing.length) {
      const names = missing.map((one) => data.patches[one].name).join(" and ");
      return `${data.patches[at].name} needs ${names}`;
    }
  }
  return "";
}

/** @param {string} name @returns {Kernel|string|null} */
function ofUname(name) {
  const numbers = /^v?(\d{1,2})\.(\d{1,3})(?:\.(\d{1,4}))?/i.exec(name);
  const described = /^v?\d+\.\d+(?:-rc\d+)?(?:-(\d+)-g[0-9a-f]+)?(?:-dirty)?\+?$/i.test(name);
  if (!numbers || !(/^v?\d+\.\d+\.\d+\S*$/.test(name) || described)) return null;
  if (/-\d+-microsoft$/i.test(name)) return `${name} is WSL1, which is no Linux`;
  const { makers, debian, sysctl, trees, listed } = data.kernels;
  const maker = described ? undefined : makers.find(([, looks]) => new RegExp(looks).test(name));
  const candidate = /[-.]rc(\d{1,2})(?!\d)/.exec(name);
  const rc = candidate && !Number(numbers[3] ?? 0) ? Number(candidate[1]) : null;
  const line = `v${Number(numbers[1])}.${Number(numbers[2])}`;
  const follows = rc === null ? (maker?.[3][line] ?? 0) : 0;
  const point = !maker || maker[2] ? Number(numbers[3] ?? 0) : follows;
  const newest = data.kernels.releases[data.kernels.releases.length - 1].name;
  const version = newer(line, newest) ? numbered(newest, 0, null) : numbered(line, point, rc);
  if (typeof version === "string") return version;
  const isDebian = maker !== undefined && maker[0] === debian;
  const abi = isDebian && !maker[2] ? Number(/\.0-(\d+)-/.exec(name)?.[1] ?? NaN) : NaN;
  let { bits } = version;
  let note = `${maker ? maker[0] : "somebody's own"} ${version.name}: backports are not known`;
  for (const [tree, [of, first, number]] of Object.entries(trees)) {
    const reached = number !== null && !Number.isNaN(abi) ? abi >= number : point >= first;
    if (isDebian && of === line && reached) {
      bits = bitsOf(/** @type {any} */ (listed.find((one) => one.name === tree)).bits);
      note = `taken as ${tree}, whose source was read`;
    }
  }
  const read = lastRead(name, line);
  if (read) {
    bits |= bitsOf(read[3]);
    note = `taken as ${line.slice(1)}.0-${read[2]}.${read[0]}, the last of its maker's that was read`;
  }
  return { name, bits: isDebian ? bits | bit(sysctl) : bits, note };
}

/**
 * Return the last build of a maker that was read, and that is not newer than a name says.
 * @param {string} name @param {string} line
 */
function lastRead(name, line) {
  const [, build, suffix] = /-(\d+)(?:\.[\d.]+)?\.(el\d+)/.exec(name) ?? [];
  return data.kernels.builds
    .filter(([whose, of, first]) => whose === suffix && of === line && first <= Number(build))
    .sort((one, other) => other[2] - one[2])[0];
}

/** @param {string} one @param {string} other */
function newer(one, other) {
  const [[a, b], [c, d]] = [one, other].map((name) => name.slice(1).split(".").map(Number));
  return a > c || (a === c && b > d);
}
