/**
 * The notation for a command's arguments, and its parser. Only COMMAND DOCS needs the tree, so
 * declarations keep the text and the tree is built when it is first asked for.
 *
 *     sequence  item …
 *     item      NX                     a pure token; its name is the token in lower case
 *               change=CH              a pure token with a name of its own
 *               equal='='              … or with characters that are no word
 *               count:integer          a value: name and type
 *               key@0                  a key, told by key spec 0
 *               by:pattern@1           a value of another type that is covered by a key spec
 *               EX seconds:integer     a value behind a token
 *               STREAMS (…)            a group behind a token
 *               (name: a:string b:string)   a block: all of them, in this order
 *               (name: NX | XX)        one of them
 *               […]                    an optional item, block or choice: `[GET]`, `[sign: A | B]`
 *     behind an item  ...              may be repeated
 *               since 6.2.0            the version that brought it
 *               deprecated 2.8.12      the version that deprecated it
 *     behind a token  ...              may be repeated together with its value: `[GET... p:pattern]`
 *
 * A token takes the value or group in parentheses that follows it; `(NX) value:string` keeps the
 * two apart. Types: string integer double key pattern unix-time pure-token.
 */

export interface CommandArgument {
  readonly name: string;
  readonly type: string;
  /** -1: none. */
  readonly keySpecIndex: number;
  /** undefined: none ('' is a token, too). */
  readonly token: string | undefined;
  readonly since: string;
  readonly deprecatedSince: string;
  readonly optional: boolean;
  readonly multiple: boolean;
  readonly multipleToken: boolean;
  /** Members of a block or choice. */
  readonly arguments: readonly CommandArgument[];
}

type Draft = { -readonly [Field in keyof CommandArgument]: CommandArgument[Field] };

const SYMBOL = /\.\.\.|\d+\.\d+\.\d+|[A-Za-z0-9_:/@=-]*'[^']*'|[A-Za-z0-9_:/@=-]+|[()[\]|]|\S/g;
const TOKEN = /^[A-Z][A-Z0-9_-]*$/;
const NAMED_TOKEN = /^([a-z][a-z0-9_-]*)=(?:'(.*)'|([A-Z0-9_-]+))$/;
const VALUE =
  /^([a-z][a-z0-9_:/-]*):(string|integer|double|pattern|unix-time|pure-token)(?:@(\d+))?$/;
const KEY = /^([a-z][a-z0-9_-]*)@(\d+)$/;
const LABEL = /^([a-z][a-z0-9_-]*):$/;
const VERSION = /^\d+\.\d+\.\d+$/;

/**
 * Reads the `arguments` field of a declaration.
 * @throws Error that quotes the text and tells what is wrong with it
 */
export function parseArguments(text: string): readonly CommandArgument[] {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #symbols: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#symbols = text.match(SYMBOL) ?? [];
  }

  parse(): readonly CommandArgument[] {
    const all = this.#sequence();
    if (this.#at < this.#symbols.length) this.#fail(`unexpected '${this.#peek()}'`);
    return all;
  }

  #sequence(): CommandArgument[] {
    const items: CommandArgument[] = [];
    while (!['', ')', ']', '|'].includes(this.#peek())) items.push(this.#item());
    return items;
  }

  #item(): CommandArgument {
    const draft = this.#core();
    for (;;) {
      if (this.#accept('...')) draft.multiple = true;
      else if (this.#accept('since')) draft.since = this.#version();
      else if (this.#accept('deprecated')) draft.deprecatedSince = this.#version();
      else return draft;
    }
  }

  #core(): Draft {
    const symbol = this.#next();
    if (symbol === '(') return this.#group(')');
    if (symbol === '[') return { ...this.#group(']'), optional: true };
    if (TOKEN.test(symbol)) return this.#token(symbol);
    const named = NAMED_TOKEN.exec(symbol);
    if (named !== null) {
      const token = named[2] ?? named[3] ?? '';
      return { ...newDraft(named[1] ?? '', 'pure-token'), token };
    }
    return this.#value(symbol);
  }

  /** A token stands alone, or in front of its value. */
  #token(token: string): Draft {
    const repeated = this.#accept('...');
    const follower = this.#peek();
    const takesValue = follower === '(' || VALUE.test(follower) || KEY.test(follower);
    if (repeated && !takesValue) this.#fail(`'${token}...' has no value`);
    if (!takesValue) return { ...newDraft(token.toLowerCase(), 'pure-token'), token };
    const draft: Draft = { ...this.#core(), token };
    return repeated ? { ...draft, multiple: true, multipleToken: true } : draft;
  }

  #value(symbol: string): Draft {
    const key = KEY.exec(symbol);
    if (key !== null) return { ...newDraft(key[1] ?? '', 'key'), keySpecIndex: Number(key[2]) };
    const value = VALUE.exec(symbol);
    if (value === null) this.#fail(`'${symbol}' is neither a token nor name:type`);
    const draft = newDraft(value[1] ?? '', value[2] ?? '');
    return value[3] === undefined ? draft : { ...draft, keySpecIndex: Number(value[3]) };
  }

  /** The inside of brackets: a labelled block or choice, or else a single item. */
  #group(close: string): Draft {
    const label = LABEL.exec(this.#peek())?.[1];
    if (label === undefined) {
      const item = this.#item();
      if (!this.#accept(close)) this.#fail('a group of several items needs a label');
      return item;
    }
    this.#next();
    const members = this.#sequence();
    const choice = this.#peek() === '|';
    if (choice && members.length !== 1) this.#fail(`each choice of '${label}' must be one item`);
    while (this.#accept('|')) members.push(this.#item());
    if (!this.#accept(close)) this.#fail(`'${close}' is missing`);
    if (members.length === 0) this.#fail(`'${label}' is empty`);
    return { ...newDraft(label, choice ? 'oneof' : 'block'), arguments: members };
  }

  #version(): string {
    const version = this.#next();
    if (!VERSION.test(version)) this.#fail(`'${version}' is no version`);
    return version;
  }

  #peek(): string {
    return this.#symbols[this.#at] ?? '';
  }

  #next(): string {
    const symbol = this.#peek();
    this.#at += 1;
    return symbol;
  }

  #accept(symbol: string): boolean {
    if (this.#peek() !== symbol) return false;
    this.#at += 1;
    return true;
  }

  #fail(reason: string): never {
    throw new Error(`${reason} in the arguments '${this.#text}'`);
  }
}

function newDraft(name: string, type: string): Draft {
  return {
    name,
    type,
    keySpecIndex: -1,
    token: undefined,
    since: '',
    deprecatedSince: '',
    optional: false,
    multiple: false,
    multipleToken: false,
    arguments: [],
  };
}
