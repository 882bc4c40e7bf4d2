/** Pictures, and how they are saved as files. */

import { h, s } from "./dom.js";

/**
 * Return a picture on paper, as it stands in the page and in a file of its own.
 * @param {number} width
 * @param {number} height
 * @param {{class: string, "aria-label": string, "font-size": number}} how
 * @param {SVGElement[]} drawn
 */
export function drawing(width, height, how, ...drawn) {
  return s(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "img",
      "font-family": "sans-serif",
      ...how,
    },
    s("rect", { width, height, fill: PAPER }),
    ...drawn,
  );
}

/**
 * Return a picture with a button that saves it as a file.
 * @param {SVGElement} picture
 * @param {string} name
 */
export function saved(picture, name) {
  return h(
    "figure",
    {},
    h(
      "div",
      {
        class: "scroll",
        tabindex: "0",
        role: "region",
        "aria-label": picture.getAttribute("aria-label") ?? "picture",
      },
      picture,
    ),
    h(
      "button",
      {
        type: "button",
        class: "save",
        onclick: () => save(picture, `${name.replace(/[^\w.-]+/g, "_")}.svg`),
      },
      "Save as SVG",
    ),
  );
}

/**
 * Return a button that saves what is shown otherwise as a picture.
 * @param {() => SVGElement} made
 * @param {string} name
 */
export function savedLater(made, name) {
  return h(
    "button",
    {
      type: "button",
      class: "save",
      onclick: () => save(made(), `${name.replace(/[^\w.-]+/g, "_")}.svg`),
    },
    "Save as SVG",
  );
}

/**
 * @param {SVGElement} picture
 * @param {string} name
 */
function save(picture, name) {
  const text = new XMLSerializer().serializeToString(picture);
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const to = /** @type {HTMLAnchorElement} */ (h("a", { href: address, download: name }));
  to.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** Colours: those of the page, and for a file of its own light ones. */
export const INK = "var(--ink, #1b1f24)";
export const SOFT = "var(--soft, #57606a)";
export const LINE = "var(--line, #c9d1d9)";
export const PAPER = "var(--paper, #ffffff)";
export const BAND = "var(--band, #f3f5f7)";
export const GOOD = "var(--good, #116329)";
export const BAD = "var(--bad, #a40e26)";
export const NEW = "var(--new, #0550ae)";
export const ODD = "var(--odd, #7a4b00)";
