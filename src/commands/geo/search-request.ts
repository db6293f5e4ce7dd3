/**
 * The options of GEOSEARCH and of the older GEORADIUS family, read in the order in which the real
 * server reads them: the first thing that is wrong decides the error.
 */
import type { Arguments } from '../../command/arguments.ts';
import type { CommandContext } from '../../command/context.ts';
import { SYNTAX_ERROR } from '../../resp/errors.ts';
import type { Entry } from '../../values/entry.ts';
import type { GeoShape } from '../../values/geo-search.ts';
import { readNumber, readPosition, readUnit } from './arguments.ts';
import { readMemberPosition } from './read.ts';

export const ORDER_NONE = 0;
export const ORDER_NEAREST = 1;
export const ORDER_FARTHEST = -1;

/** What tells the commands of the family apart. */
export interface SearchForm {
  /** The argument with the set that is searched. */
  readonly source: number;
  /** What stands at fixed places behind it: a position or a member, and a radius. */
  readonly fixed: 'position' | 'member' | 'nothing';
  /** How results may be stored: not at all, by STORE and STOREDIST, or always, in argument 1. */
  readonly store: 'never' | 'option' | 'always';
}

const MEMBER_UNKNOWN = 'ERR could not decode requested zset member';

export class SearchRequest {
  readonly shape: GeoShape = {
    longitude: 0,
    latitude: 0,
    isBox: false,
    radius: 0,
    width: 0,
    height: 0,
    unit: 1,
  };
  order = ORDER_NONE;
  /** 0: all. */
  count = 0;
  /** Stop at the first `count` found. */
  any = false;
  withDistance = false;
  withHash = false;
  withPosition = false;
  /** The argument with the key for the results; 0: they are replied. */
  destination = 0;
  /** The scores stored are distances. */
  storesDistance = false;

  readonly #context: CommandContext;
  readonly #args: Arguments;
  readonly #form: SearchForm;
  /** The set that is searched, or 0. */
  readonly #entry: Entry;
  #centre: 'none' | 'member' | 'position' = 'none';
  #hasRadius = false;
  #hasBox = false;

  /** Reads the request; what is wrong is noted in `context.args`. */
  constructor(context: CommandContext, form: SearchForm, entry: Entry) {
    this.#context = context;
    this.#args = context.args;
    this.#form = form;
    this.#entry = entry;
    if (form.store === 'always') this.destination = 1;
    const { args } = context;
    let index = this.#readFixed();
    while (index < args.count && args.failure === undefined) index = this.#readOption(index);
    if (args.failure === undefined) this.#checkTogether();
    if (this.count > 0 && this.order === ORDER_NONE && !this.any) this.order = ORDER_NEAREST;
  }

  /** Whether anything besides names is to be replied. */
  get extras(): number {
    return Number(this.withDistance) + Number(this.withHash) + Number(this.withPosition);
  }

  /** Returns the first argument behind what stands at fixed places. */
  #readFixed(): number {
    const { fixed, source } = this.#form;
    if (fixed === 'nothing') return source + 1;
    if (fixed === 'position') {
      readPosition(this.#args, 2, this.shape);
      if (this.#args.failure === undefined) this.#readCircle(4);
      return 6;
    }
    // Where there is no set, nothing is said about the radius.
    if (this.#entry !== 0) {
      this.#readMember(2);
      if (this.#args.failure === undefined) this.#readCircle(3);
    }
    return 5;
  }

  /** Returns the argument behind the option. */
  #readOption(index: number): number {
    const args = this.#args;
    if (args.is(index, 'withdist')) this.withDistance = true;
    else if (args.is(index, 'withhash')) this.withHash = true;
    else if (args.is(index, 'withcoord')) this.withPosition = true;
    else if (args.is(index, 'any')) this.any = true;
    else if (args.is(index, 'asc')) this.order = ORDER_NEAREST;
    else if (args.is(index, 'desc')) this.order = ORDER_FARTHEST;
    else if (args.is(index, 'count') && index + 1 < args.count) {
      this.count = args.integer(index + 1);
      if (this.count <= 0) args.fail('ERR COUNT must be > 0');
      return index + 2;
    } else if (this.#form.fixed === 'nothing') return this.#readSearchOption(index);
    else return this.#readStoreOption(index);
    return index + 1;
  }

  #readStoreOption(index: number): number {
    const args = this.#args;
    const isDistance = args.is(index, 'storedist');
    const isAllowed = this.#form.store === 'option' && index + 1 < args.count;
    if (!isAllowed || !(isDistance || args.is(index, 'store'))) {
      args.fail(SYNTAX_ERROR);
      return index;
    }
    this.destination = index + 1;
    this.storesDistance = isDistance;
    return index + 2;
  }

  #readSearchOption(index: number): number {
    const args = this.#args;
    const left = args.count - index - 1;
    if (args.is(index, 'frommember') && left >= 1 && this.#centre !== 'position') {
      if (this.#entry !== 0) this.#readMember(index + 1);
      this.#centre = 'member';
      return index + 2;
    }
    if (args.is(index, 'fromlonlat') && left >= 2 && this.#centre !== 'member') {
      readPosition(args, index + 1, this.shape);
      this.#centre = 'position';
      return index + 3;
    }
    if (args.is(index, 'byradius') && left >= 2 && !this.#hasBox) {
      this.#readCircle(index + 1);
      this.#hasRadius = true;
      return index + 3;
    }
    if (args.is(index, 'bybox') && left >= 3 && !this.#hasRadius) {
      this.#readBox(index + 1);
      this.#hasBox = true;
      return index + 4;
    }
    if (args.is(index, 'storedist') && this.#form.store === 'always') this.storesDistance = true;
    else args.fail(SYNTAX_ERROR);
    return index + 1;
  }

  #readMember(index: number): void {
    if (!readMemberPosition(this.#context, this.#entry, index, this.shape))
      this.#args.fail(MEMBER_UNKNOWN);
  }

  #readCircle(index: number): void {
    const args = this.#args;
    this.shape.isBox = false;
    this.shape.radius = readNumber(args, index, 'ERR need numeric radius');
    if (this.shape.radius < 0) args.fail('ERR radius cannot be negative');
    this.shape.unit = readUnit(args, index + 1);
  }

  #readBox(index: number): void {
    const args = this.#args;
    this.shape.isBox = true;
    this.shape.width = readNumber(args, index, 'ERR need numeric width');
    this.shape.height = readNumber(args, index + 1, 'ERR need numeric height');
    if (this.shape.width < 0 || this.shape.height < 0)
      args.fail('ERR height or width cannot be negative');
    this.shape.unit = readUnit(args, index + 2);
  }

  #checkTogether(): void {
    const args = this.#args;
    const { fixed, store } = this.#form;
    if (this.destination !== 0 && this.extras > 0) {
      const what = store === 'always' ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS';
      args.fail(`ERR ${what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`);
    }
    if (fixed === 'nothing') {
      const name = args.text(0);
      if (this.#centre === 'none')
        args.fail(`ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for ${name}`);
      if (!this.#hasRadius && !this.#hasBox)
        args.fail(`ERR exactly one of BYRADIUS and BYBOX can be specified for ${name}`);
    }
    if (this.any && this.count === 0) args.fail('ERR the ANY argument requires COUNT argument');
  }
}
