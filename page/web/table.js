/**
 * The table of terms, and what its nodes come to: truths are booleans, words are BigInts without
 * a sign, of as many bits as they have.  A node stands after all that it is made of, so that one
 * pass over those that are asked for, in order, is enough.
 */

/** @typedef {import("./data.js").TableText} TableText */
/** @typedef {boolean|bigint} Value */

const [
  INPUT,
  NUMBER,
  TRUE,
  FALSE,
  NOT,
  AND,
  OR,
  ITE,
  EQUAL,
  ULT,
  SLT,
  BVAND,
  BVOR,
  BVXOR,
  BVADD,
  BVSUB,
  BVMUL,
  CONCAT,
  EXTRACT,
  ZERO,
  SIGN,
] = Array(21).keys();

export const KINDS = [
  "input",
  "number",
  "true",
  "false",
  "not",
  "and",
  "or",
  "ite",
  "=",
  "bvult",
  "bvslt",
  "bvand",
  "bvor",
  "bvxor",
  "bvadd",
  "bvsub",
  "bvmul",
  "concat",
  "extract",
  "zero_extend",
  "sign_extend",
];

/** How many operands and numbers follow a kind in the code; those of and, or say it themselves. */
const LENGTHS = [1, 2, 0, 0, 1, 0, 0, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 2];

export class Table {
  constructor() {
    this.code = new Int32Array();
    this.at = new Int32Array();
    this.width = new Int16Array();
    /** @type {bigint[]} */
    this.numbers = [];
    /** @type {Map<string, number>} The node of each input. */
    this.inputs = new Map();
    /** @type {[string, number][]} */
    this.names = [];
  }

  /** Take the nodes of a document. @param {TableText} text */
  read(text) {
    if (text.kinds.join() !== KINDS.join()) throw new Error("the table has nodes of other kinds");
    this.code = Int32Array.from(text.code);
    this.at = new Int32Array(text.count);
    this.width = new Int16Array(text.count);
    this.numbers = text.numbers.map(BigInt);
    this.inputs = new Map();
    this.names = text.inputs;
    this._read(text.count);
  }

  /** @param {number} count */
  _read(count) {
    const { code, at, width } = this;
    let place = 0;
    for (let node = 0; node < count; node += 1) {
      const kind = code[place];
      at[node] = place;
      width[node] = this._width(kind, place);
      if (kind === INPUT) this.inputs.set(this.names[code[place + 1]][0], node);
      place += 1 + (kind === AND || kind === OR ? 1 + code[place + 1] : LENGTHS[kind]);
    }
    if (place !== code.length) throw new Error("the table does not end where its nodes do");
  }

  /**
   * @param {number} kind
   * @param {number} place
   */
  _width(kind, place) {
    const { code, width } = this;
    if (kind === INPUT) return this.names[code[place + 1]][1];
    if (kind === NUMBER) return code[place + 1];
    if (kind === ITE) return width[code[place + 2]];
    if (kind >= BVAND && kind <= BVMUL) return width[code[place + 1]];
    if (kind === CONCAT) return width[code[place + 1]] + width[code[place + 2]];
    if (kind === EXTRACT) return code[place + 1] - code[place + 2] + 1;
    if (kind === ZERO || kind === SIGN) return code[place + 1] + width[code[place + 2]];
    return 0;
  }

  /**
   * Return the operands of a node.
   * @param {number} node
   * @returns {number[]}
   */
  operands(node) {
    const place = this.at[node];
    const kind = this.code[place];
    if (kind <= FALSE) return [];
    if (kind === AND || kind === OR) {
      return [...this.code.subarray(place + 2, place + 2 + this.code[place + 1])];
    }
    if (kind === EXTRACT) return [this.code[place + 3]];
    if (kind === ZERO || kind === SIGN) return [this.code[place + 2]];
    return [...this.code.subarray(place + 1, place + 1 + LENGTHS[kind])];
  }

  /**
   * Return the nodes that some are made of, and they themselves, in order.
   * @param {Iterable<number>} roots
   */
  cone(roots) {
    const marked = new Uint8Array(this.at.length);
    const left = [...roots];
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      if (!marked[node]) {
        marked[node] = 1;
        left.push(...this.operands(node));
      }
    }
    return Int32Array.from([...marked.keys()].filter((node) => marked[node]));
  }

  /**
   * Return the names of the inputs among some nodes.
   * @param {Int32Array} nodes
   */
  inputsIn(nodes) {
    return [...nodes]
      .filter((node) => this.code[this.at[node]] === INPUT)
      .map((node) => this.names[this.code[this.at[node] + 1]][0]);
  }

  /**
   * Return the plain numbers among some nodes.
   * @param {Int32Array} nodes
   */
  numbersIn(nodes) {
    return [...nodes]
      .filter((node) => this.code[this.at[node]] === NUMBER)
      .map((node) => this.numbers[this.code[this.at[node] + 2]]);
  }

  /**
   * Work out some nodes, of which all operands are among them; inputs that are not given are 0.
   * @param {Int32Array} nodes
   * @param {Map<string, Value>} given
   * @param {Value[]} values What is worked out, by node.
   */
  evaluate(nodes, given, values = []) {
    const { code, at } = this;
    for (let index = 0; index < nodes.length; index += 1) {
      const node = nodes[index];
      values[node] = this._value(node, code[at[node]], at[node] + 1, given, values);
    }
    return values;
  }

  /**
   * @param {number} node
   * @param {number} kind
   * @param {number} place Where its operands begin.
   * @param {Map<string, Value>} given
   * @param {any[]} values
   * @returns {Value}
   */
  _value(node, kind, place, given, values) {
    const { code } = this;
    const one = /** @type {bigint} */ (values[code[place]]);
    const two = /** @type {bigint} */ (values[code[place + 1]]);
    switch (kind) {
      case INPUT:
        return this._input(code[place], given);
      case NUMBER:
        return this.numbers[code[place + 1]];
      case TRUE:
        return true;
      case FALSE:
        return false;
      case NOT:
        return !one;
      case AND:
        return this._joined(place, values, false);
      case OR:
        return this._joined(place, values, true);
      case ITE:
        return one ? two : values[code[place + 2]];
      case EQUAL:
        return one === two;
      case ULT:
        return one < two;
      case SLT:
        return this._signed(one, code[place]) < this._signed(two, code[place + 1]);
      case BVAND:
        return one & two;
      case BVOR:
        return one | two;
      case BVXOR:
        return one ^ two;
      case BVADD:
        return BigInt.asUintN(this.width[node], one + two);
      case BVSUB:
        return BigInt.asUintN(this.width[node], one - two);
      case BVMUL:
        return BigInt.asUintN(this.width[node], one * two);
      case CONCAT:
        return (one << BigInt(this.width[code[place + 1]])) | two;
      case EXTRACT:
        return BigInt.asUintN(this.width[node], values[code[place + 2]] >> BigInt(code[place + 1]));
      case ZERO:
        return two;
      case SIGN:
        return BigInt.asUintN(this.width[node], this._signed(two, code[place + 1]));
      default:
        throw new Error(`no node of kind ${kind}`);
    }
  }

  /**
   * @param {number} input
   * @param {Map<string, Value>} given
   * @returns {Value}
   */
  _input(input, given) {
    const [name, width] = this.names[input];
    const value = given.get(name);
    if (width === 0) return value === true;
    return typeof value === "bigint" ? BigInt.asUintN(width, value) : 0n;
  }

  /**
   * @param {number} place
   * @param {any[]} values
   * @param {boolean} decides
   */
  _joined(place, values, decides) {
    const { code } = this;
    const end = place + 1 + code[place];
    for (let at = place + 1; at < end; at += 1) if (values[code[at]] === decides) return decides;
    return !decides;
  }

  /**
   * @param {bigint} value
   * @param {number} node
   */
  _signed(value, node) {
    return BigInt.asIntN(this.width[node], value);
  }
}
