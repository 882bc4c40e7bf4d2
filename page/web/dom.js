/** Elements, made in one go. */

/** @typedef {Node|string|number|null|undefined|false|(Node|string|number|null|undefined|false)[]} Child */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return an element: what begins with "on" listens, other things are its attributes.
 * @param {string} tag
 * @param {Record<string, any>} [said]
 * @param {Child[]} children
 * @returns {HTMLElement}
 */
export function h(tag, said = {}, ...children) {
  return /** @type {HTMLElement} */ (made(document.createElement(tag), said, children));
}

/**
 * Return an element of a picture.
 * @param {string} tag
 * @param {Record<string, any>} [said]
 * @param {Child[]} children
 * @returns {SVGElement}
 */
export function s(tag, said = {}, ...children) {
  return /** @type {SVGElement} */ (made(document.createElementNS(SVG, tag), said, children));
}

/**
 * @param {Element} element
 * @param {Record<string, any>} said
 * @param {Child[]} children
 */
function made(element, said, children) {
  for (const [name, value] of Object.entries(said)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(name, String(value));
    }
  }
  add(element, children);
  return element;
}

/** @param {Element} element @param {Child[]} children */
function add(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(element, child);
    else if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
}

/**
 * Put other children into an element.
 * @param {Element} element
 * @param {Child[]} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/**
 * Return a link within the page.
 * @param {string} address
 * @param {Child[]} children
 */
export function link(address, ...children) {
  return h("a", { href: address }, ...children);
}

/**
 * Return a row of words and what they mean.
 * @param {[Child, Child][]} rows
 * @param {string} [kind]
 */
export function list(rows, kind = "facts") {
  return h(
    "dl",
    { class: kind },
    ...rows.map(([term, said]) => [h("dt", {}, term), h("dd", {}, said)]),
  );
}
