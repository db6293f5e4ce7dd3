/** Operations of code in suspendable form: metamethods may suspend, so all these are generators. */
import { compute, Operations, toNumber, toText, type Arithmetic } from './operations.ts';
import { place, type Site } from './site.ts';
import { LuaTable } from './table.ts';
import {
  first,
  isTruthy,
  LuaFunction,
  type LuaGenerator,
  type LuaResult,
  type LuaValue,
} from './value.ts';
import { callFunction, finishTailCalls, TailCall } from './calls.ts';
import { captureLevels } from './position.ts';
import { STACK_OVERFLOW, type CallRequest } from './scheduler.ts';

type Wait<T> = Generator<unknown, T, unknown>;

export class SuspendableOperations extends Operations {
  /** Where fuel last ran out in Lua code. */
  stoppedAt: Site | null = null;

  /**
   * Runs a function on a native stack of its own, so that deep Lua recursion never overflows
   * the native one, and so that resuming costs no more than the calls of one segment.
   */
  *newSegment(callee: LuaFunction, list: LuaValue[]): LuaGenerator {
    const request: CallRequest = { type: 'call', callee, list };
    const answer = yield request;
    if (answer === STACK_OVERFLOW) this.fail('stack overflow', captureLevels(1)[0] ?? null);
    return answer as LuaResult;
  }

  /** A tail call for the caller to make, so that loops of tail calls run in constant space. */
  tailCall(callee: LuaFunction, list: LuaValue[], site: Site): TailCall {
    return new TailCall(callee, list, site);
  }

  isTail(result: unknown): boolean {
    return result instanceof TailCall;
  }

  /** Makes tail calls until there is a result. */
  finish(call: unknown, depth: number): LuaGenerator {
    return finishTailCalls(call, depth);
  }

  unreachable(): never {
    throw new Error('a suspendable function was entered in plain form');
  }

  *#call(
    handler: LuaValue,
    [a, b, c]: readonly LuaValue[],
    depth: number,
    site: Site | null,
  ): Wait<LuaValue> {
    const f = handler instanceof LuaFunction ? handler : this.callable(handler, null);
    this.state.enterNative();
    place.site = site;
    try {
      return first(yield* callFunction(f, depth, [a, b, c]));
    } finally {
      this.state.leaveNative();
    }
  }

  *index(object: LuaValue, key: LuaValue, depth: number, site: Site | null): Wait<LuaValue> {
    const value = this.lookUp(object, key, site);
    const { handler } = this;
    return handler === null ? value : yield* this.#call(handler, [this.self, key], depth, site);
  }

  *setIndex(
    object: LuaValue,
    key: LuaValue,
    value: LuaValue,
    depth: number,
    site: Site | null,
  ): Wait<void> {
    this.assign(object, key, value, site);
    const { handler } = this;
    if (handler !== null) yield* this.#call(handler, [this.self, key, value], depth, site);
  }

  *#arithmetic(
    event: Arithmetic,
    a: LuaValue,
    b: LuaValue,
    depth: number,
    site: Site,
  ): Wait<LuaValue> {
    const left = toNumber(a);
    const right = toNumber(b);
    if (left !== undefined && right !== undefined) return compute(event, left, right);
    const handler = this.arithmeticHandler(event, a, b, site);
    return yield* this.#call(handler, [a, b], depth, site);
  }

  *add(a: LuaValue, b: LuaValue, depth: number, site: Site): Wait<LuaValue> {
    return yield* this.#arithmetic('add', a, b, depth, site);
  }

  *subtract(a: LuaValue, b: LuaValue, depth: number, site: Site): Wait<LuaValue> {
    return yield* this.#arithmetic('sub', a, b, depth, site);
  }

  *multiply(a: LuaValue, b: LuaValue, depth: number, site: Site): Wait<LuaValue> {
    return yield* this.#arithmetic('mul', a, b, depth, site);
  }

  *divide(a: LuaValue, b: LuaValue, depth: number, site: Site): Wait<LuaValue> {
    return yield* this.#arithmetic('div', a, b, depth, site);
  }

  *modulo(a: LuaValue, b: LuaValue, depth: number, site: Site): Wait<LuaValue> {
    return yield* this.#arithmetic('mod', a, b, depth, site);
  }

  *power(a: LuaValue, b: LuaValue, depth: number, site: Site): Wait<LuaValue> {
    return yield* this.#arithmetic('pow', a, b, depth, site);
  }

  *negate(a: LuaValue, depth: number, site: Site): Wait<LuaValue> {
    return yield* this.#arithmetic('unm', a, a, depth, site);
  }

  *concatTwo(
    a: LuaValue,
    b: LuaValue,
    depth: number,
    sites: Site[],
    siteA: number,
    siteB: number,
  ): Wait<LuaValue> {
    const left = toText(a);
    const right = toText(b);
    if (left !== undefined && right !== undefined) return this.join(left, right);
    const handler = this.concatHandler(a, b, [sites[siteA]!, sites[siteB]!]);
    return yield* this.#call(handler, [a, b], depth, sites[siteA]!);
  }

  *concat(values: LuaValue[], depth: number, sites: Site[], places: number[]): Wait<LuaValue> {
    let i = values.length - 1;
    let result = values[i];
    while (--i >= 0) {
      result = yield* this.concatTwo(values[i], result, depth, sites, places[i]!, places[i + 1]!);
    }
    return result;
  }

  *equal(a: LuaTable, b: LuaTable, depth: number, site: Site): Wait<boolean> {
    if (a.metatable === null || b.metatable === null) return false;
    const handler = this.orderHandler('__eq', a, b);
    return handler !== undefined && isTruthy(yield* this.#call(handler, [a, b], depth, site));
  }

  *lessThan(a: LuaValue, b: LuaValue, depth: number, site: Site | null): Wait<boolean> {
    const result = this.compare(a, b, false);
    if (result !== undefined) return result;
    const handler = this.orderHandler('__lt', a, b);
    if (handler === undefined) return this.failOrder(a, b, site);
    return isTruthy(yield* this.#call(handler, [a, b], depth, site));
  }

  *lessEqual(a: LuaValue, b: LuaValue, depth: number, site: Site | null): Wait<boolean> {
    const result = this.compare(a, b, true);
    if (result !== undefined) return result;
    const handler = this.orderHandler('__le', a, b);
    if (handler !== undefined) return isTruthy(yield* this.#call(handler, [a, b], depth, site));
    const reverse = this.orderHandler('__lt', b, a);
    if (reverse === undefined) return this.failOrder(a, b, site);
    return !isTruthy(yield* this.#call(reverse, [b, a], depth, site));
  }
}
