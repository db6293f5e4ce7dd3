/**
 * A command is declared once, next to its handler; everything the server knows about it derives
 * from that declaration: COMMAND and COMMAND DOCS, arity errors, ACL categories, key positions,
 * cluster routing and the dispatcher's checks.
 *
 *     export const append = command({
 *       name: 'APPEND', group: 'string', since: '2.0.0',
 *       summary: 'Adds bytes at the end of a string.', complexity: 'O(1)',
 *       arity: 3, flags: 'write denyoom fast', categories: 'string',
 *       keys: 'RW insert 1', arguments: 'key@0 value:string',
 *       handler: (context) => …,
 *     });
 *
 * A container lists its subcommands, and each of them names its container:
 *
 *     export const configGet = command({ container: 'CONFIG', name: 'GET', …, handler });
 *     export const config = command({ name: 'CONFIG', …, subcommands: [configGet, …] });
 *
 * Notations: flags in flags.ts, categories in categories.ts, keys in key-spec.ts, arguments in
 * arguments-dsl.ts. Flags, categories and keys are read when the module loads, so a wrong
 * declaration stops the start; arguments are read when COMMAND DOCS first asks for them.
 */
import { parseCategories } from './categories.ts';
import type { CommandContext } from './context.ts';
import { CMD_MOVABLEKEYS, parseFlags } from './flags.ts';
import {
  BEGIN_INDEX,
  FIND_RANGE,
  KEY_INCOMPLETE,
  type KeySpec,
  KEY_NOT_KEY,
  KEY_VARIABLE_FLAGS,
  parseKeySpecs,
} from './key-spec.ts';

/** Executes one request: reads its arguments, changes the data, writes exactly one reply. */
export type Handler = (context: CommandContext) => void;

/** The groups COMMAND DOCS knows. */
export type CommandGroup =
  | 'bitmap'
  | 'cluster'
  | 'connection'
  | 'generic'
  | 'geo'
  | 'hash'
  | 'hyperloglog'
  | 'list'
  | 'pubsub'
  | 'scripting'
  | 'sentinel'
  | 'server'
  | 'set'
  | 'sorted-set'
  | 'stream'
  | 'string'
  | 'transactions';

/** A declaration, as written beside the handler. */
export interface CommandSpec {
  /** Upper case; for a subcommand the second word only. */
  readonly name: string;
  /** The container's name when this is a subcommand. */
  readonly container?: string;
  readonly group: CommandGroup;
  /** The version of the server's language that brought it. */
  readonly since: string;
  /** One sentence. */
  readonly summary: string;
  readonly complexity?: string;
  /** Number of arguments, name and subcommand included; negative: at least that many. */
  readonly arity: number;
  readonly flags?: string;
  /** ACL categories beyond those that the flags imply. */
  readonly categories?: string;
  readonly keys?: string;
  readonly arguments?: string;
  /** `version: what changed`, oldest first. */
  readonly history?: readonly string[];
  /** Hints for proxies and clients, separated by blanks. */
  readonly tips?: string;
  /** The version that deprecated it, with what to use instead in `replacedBy`. */
  readonly deprecated?: string;
  readonly replacedBy?: string;
  /** Set for internal commands that no client should need. */
  readonly systemCommand?: boolean;
  readonly subcommands?: readonly Command[];
  /** Left out only by containers that do nothing on their own. */
  readonly handler?: Handler;
}

/** Where the keys are in the old three-number notation; all 0 when it cannot tell. */
interface LegacyKeys {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  readonly movable: boolean;
}

let nextId = 0;

/**
 * A declared command: immutable, shared by all servers of the process. What a server counts about
 * it lives in that server's CommandTable, under `id`.
 */
export class Command {
  /** Dense, from 0, in order of declaration; subcommands have their own. */
  readonly id: number;
  /** Lower case; for a subcommand the second word only. */
  readonly name: string;
  /** `get`, `config|get`: what ACLs, statistics and error texts show. */
  readonly fullName: string;
  /** Lower-case name of the container, or ''. */
  readonly container: string;
  readonly arity: number;
  /** CMD_* bits. */
  readonly flags: number;
  /** CATEGORY_* bits, implied ones included. */
  readonly categories: number;
  readonly firstKey: number;
  /** Negative: counted from the end of the request, -1 being the last argument. */
  readonly lastKey: number;
  readonly keyStep: number;
  readonly keySpecs: readonly KeySpec[];
  /** All KEY_* flags of all specs. */
  readonly keyFlags: number;
  /** Some spec names real keys (sharded channels are not). */
  readonly hasKeys: boolean;
  /** The specs alone tell the keys with the right flags, unless one of them does not match. */
  readonly exactKeySpecs: boolean;
  /** The argument that is the one key of every request; 0: there are several, or it depends. */
  readonly onlyKey: number;
  /** Hints for proxies and clients. */
  readonly tips: readonly string[];
  readonly handler: Handler | undefined;
  readonly subcommands: readonly Command[];
  readonly spec: CommandSpec;

  constructor(spec: CommandSpec) {
    checkSpec(spec);
    this.id = nextId;
    nextId += 1;
    this.name = spec.name.toLowerCase();
    this.container = (spec.container ?? '').toLowerCase();
    this.fullName = this.container === '' ? this.name : `${this.container}|${this.name}`;
    this.arity = spec.arity;
    this.keySpecs = Object.freeze(parseKeySpecs(spec.keys ?? ''));
    const legacy = legacyKeys(this.keySpecs);
    this.flags = parseFlags(spec.flags ?? '') | (legacy.movable ? CMD_MOVABLEKEYS : 0);
    this.categories = parseCategories(spec.categories ?? '', this.flags);
    this.firstKey = legacy.first;
    this.lastKey = legacy.last;
    this.keyStep = legacy.step;
    this.keyFlags = this.keySpecs.reduce((all, key) => all | key.flags, 0);
    this.hasKeys = this.keySpecs.some((key) => (key.flags & KEY_NOT_KEY) === 0);
    this.exactKeySpecs = this.hasKeys && (this.keyFlags & KEY_VARIABLE_FLAGS) === 0;
    const isOnly = this.keySpecs.length === 1 && legacy.first === legacy.last && !legacy.movable;
    this.onlyKey = isOnly && this.exactKeySpecs ? legacy.first : 0;
    this.tips = Object.freeze((spec.tips ?? '').split(/\s+/).filter((tip) => tip !== ''));
    this.handler = spec.handler;
    this.subcommands = Object.freeze([...(spec.subcommands ?? [])]);
    this.spec = spec;
    Object.freeze(this);
  }
}

/**
 * Turns a declaration into a command.
 * @throws Error when the declaration contradicts itself or uses an unknown word.
 */
export function command(spec: CommandSpec): Command {
  try {
    return new Command(spec);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const name = `${spec.container ?? ''} ${spec.name}`.trim();
    throw new Error(`command ${name}: ${reason}`, { cause: error });
  }
}

function checkSpec(spec: CommandSpec): void {
  if (spec.name !== spec.name.toUpperCase()) throw new Error('the name is not in upper case');
  if (spec.arity === 0) throw new Error('an arity of 0 is impossible');
  const container = spec.subcommands !== undefined;
  if (container && spec.container !== undefined) throw new Error('containers do not nest');
  if (!container && spec.handler === undefined) throw new Error('there is no handler');
  for (const subcommand of spec.subcommands ?? []) {
    if (subcommand.container === spec.name.toLowerCase()) continue;
    throw new Error(`'${subcommand.fullName}' names another container`);
  }
  for (const line of spec.history ?? []) {
    if (!/^\d+\.\d+\.\d+: /.test(line)) throw new Error(`wrong history line '${line}'`);
  }
}

/**
 * First key, last key and step as COMMAND has told them since before there were key specs: the
 * range specs that begin at a fixed argument, joined while they follow each other. What cannot be
 * joined makes the keys *movable*: clients must ask COMMAND GETKEYS.
 */
function legacyKeys(specs: readonly KeySpec[]): LegacyKeys {
  const [only] = specs;
  if (specs.length === 1 && only !== undefined && isFixedRange(only)) {
    return joined(only.position, absoluteLast(only), only.step, isIncomplete(only));
  }
  let first = 0;
  let last = 0;
  let movable = false;
  for (const spec of specs) {
    const follows = last === 0 || spec.position === last + 1;
    if (!isFixedRange(spec) || spec.step !== 1 || !follows || isIncomplete(spec)) {
      movable = true;
      continue;
    }
    first = first === 0 ? spec.position : Math.min(first, spec.position);
    last = absoluteLast(spec);
  }
  return joined(first, last, first === 0 ? 0 : 1, movable);
}

function joined(first: number, last: number, step: number, movable: boolean): LegacyKeys {
  return { first, last, step, movable };
}

function isFixedRange(spec: KeySpec): boolean {
  return spec.begin === BEGIN_INDEX && spec.find === FIND_RANGE;
}

function isIncomplete(spec: KeySpec): boolean {
  return (spec.flags & KEY_INCOMPLETE) !== 0;
}

/** Negative ends stay as they are: they count from the end of the request. */
function absoluteLast(spec: KeySpec): number {
  return spec.last < 0 ? spec.last : spec.position + spec.last;
}
