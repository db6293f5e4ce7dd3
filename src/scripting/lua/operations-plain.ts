/** Operations of code in plain form: metamethods are called and run to their end. */
import { PLAIN_DEPTH } from './compiler.ts';
import { SwitchToSuspendable } from './errors.ts';
import { compute, Operations, toNumber, toText, type Arithmetic } from './operations.ts';
import { place, type Site } from './site.ts';
import { LuaTable } from './table.ts';
import { first, isTruthy, LuaFunction, type LuaValue } from './value.ts';

export class PlainOperations extends Operations {
  /** Gives more fuel to a script that has run out of it, or 0 to end plain form. */
  refill: (() => number) | null = null;

  /** Called when the fuel has run out. */
  interrupt(): void {
    this.state.budget.check();
    const more = this.refill === null ? 0 : this.refill();
    if (more > 0) {
      this.fuel = more;
      return;
    }
    throw new SwitchToSuspendable('fuel');
  }

  /** Called at function entry when fuel or depth may have run out. */
  enter(depth: number): void {
    if (depth > PLAIN_DEPTH) throw new SwitchToSuspendable('depth');
    if (this.fuel < 0) this.interrupt();
  }

  #call(
    handler: LuaValue,
    [a, b, c]: readonly LuaValue[],
    depth: number,
    site: Site | null,
  ): LuaValue {
    const f = handler instanceof LuaFunction ? handler : this.callable(handler, null);
    this.state.enterNative();
    place.site = site;
    try {
      return first(f.code(depth + 1, a, b, c));
    } finally {
      this.state.leaveNative();
    }
  }

  index(object: LuaValue, key: LuaValue, depth: number, site: Site | null): LuaValue {
    const value = this.lookUp(object, key, site);
    const { handler } = this;
    return handler === null ? value : this.#call(handler, [this.self, key], depth, site);
  }

  setIndex(
    object: LuaValue,
    key: LuaValue,
    value: LuaValue,
    depth: number,
    site: Site | null,
  ): void {
    this.assign(object, key, value, site);
    const { handler } = this;
    if (handler !== null) this.#call(handler, [this.self, key, value], depth, site);
  }

  #arithmetic(event: Arithmetic, a: LuaValue, b: LuaValue, depth: number, site: Site): LuaValue {
    const left = toNumber(a);
    const right = toNumber(b);
    if (left !== undefined && right !== undefined) return compute(event, left, right);
    const handler = this.arithmeticHandler(event, a, b, site);
    return this.#call(handler, [a, b], depth, site);
  }

  add(a: LuaValue, b: LuaValue, depth: number, site: Site): LuaValue {
    return this.#arithmetic('add', a, b, depth, site);
  }

  subtract(a: LuaValue, b: LuaValue, depth: number, site: Site): LuaValue {
    return this.#arithmetic('sub', a, b, depth, site);
  }

  multiply(a: LuaValue, b: LuaValue, depth: number, site: Site): LuaValue {
    return this.#arithmetic('mul', a, b, depth, site);
  }

  divide(a: LuaValue, b: LuaValue, depth: number, site: Site): LuaValue {
    return this.#arithmetic('div', a, b, depth, site);
  }

  modulo(a: LuaValue, b: LuaValue, depth: number, site: Site): LuaValue {
    return this.#arithmetic('mod', a, b, depth, site);
  }

  power(a: LuaValue, b: LuaValue, depth: number, site: Site): LuaValue {
    return this.#arithmetic('pow', a, b, depth, site);
  }

  negate(a: LuaValue, depth: number, site: Site): LuaValue {
    return this.#arithmetic('unm', a, a, depth, site);
  }

  concatTwo(
    a: LuaValue,
    b: LuaValue,
    depth: number,
    sites: Site[],
    siteA: number,
    siteB: number,
  ): LuaValue {
    const left = toText(a);
    const right = toText(b);
    if (left !== undefined && right !== undefined) return this.join(left, right);
    const handler = this.concatHandler(a, b, [sites[siteA]!, sites[siteB]!]);
    return this.#call(handler, [a, b], depth, sites[siteA]!);
  }

  concat(values: LuaValue[], depth: number, sites: Site[], places: number[]): LuaValue {
    let i = values.length - 1;
    let result = values[i];
    while (--i >= 0) {
      result = this.concatTwo(values[i], result, depth, sites, places[i]!, places[i + 1]!);
    }
    return result;
  }

  equal(a: LuaTable, b: LuaTable, depth: number, site: Site): boolean {
    if (a.metatable === null || b.metatable === null) return false;
    const handler = this.orderHandler('__eq', a, b);
    return handler !== undefined && isTruthy(this.#call(handler, [a, b], depth, site));
  }

  lessThan(a: LuaValue, b: LuaValue, depth: number, site: Site | null): boolean {
    const result = this.compare(a, b, false);
    if (result !== undefined) return result;
    const handler = this.orderHandler('__lt', a, b);
    if (handler === undefined) return this.failOrder(a, b, site);
    return isTruthy(this.#call(handler, [a, b], depth, site));
  }

  lessEqual(a: LuaValue, b: LuaValue, depth: number, site: Site | null): boolean {
    const result = this.compare(a, b, true);
    if (result !== undefined) return result;
    const handler = this.orderHandler('__le', a, b);
    if (handler !== undefined) return isTruthy(this.#call(handler, [a, b], depth, site));
    const reverse = this.orderHandler('__lt', b, a);
    if (reverse === undefined) return this.failOrder(a, b, site);
    return !isTruthy(this.#call(reverse, [b, a], depth, site));
  }
}
