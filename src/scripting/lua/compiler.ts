/**
 * Compiles Lua's syntax tree to JavaScript.
 *
 * Scheme. A chunk compiles in either of two forms from the same tree:
 *
 *   plain        every Lua function is a JavaScript function;
 *   suspendable  every Lua function is a generator, every call of one `yield*`s to it.
 *
 * A plain call costs about 4 ns and a loop turn about 1 ns, a suspendable call 50 ns and a loop
 * turn 5 to 7 ns (V8 keeps a generator's variables boxed across resume points), so scripts run
 * in plain form first. runtime.ts says how a running script changes form.
 *
 * In both forms a fuel counter runs down at function entries and loop turns.
 *
 * Names a compiled chunk sees: $R operations, $T LuaTable, $F LuaFunction, $E empty results,
 * $G the globals' table, $S the sites, $P the place of the present call; in functions $d the depth, $v the variable arguments,
 * $0.. temporaries; v<id> the Lua variables. No name or string of the script reaches the code except as a
 * JSON string literal, and no JavaScript object is ever indexed with a value of the script.
 */
import type {
  CallExpression,
  Expression,
  FunctionBody,
  IndexExpression,
  Statement,
} from './ast.ts';
import { hashString } from './hash.ts';
import type { Site, ValueName } from './site.ts';

export type Form = 'plain' | 'suspendable';

/** How deep Lua calls nest natively: beyond, plain form gives up and suspendable form splits. */
export const PLAIN_DEPTH = 450;
export const SEGMENT_DEPTH = 60;
/** From this depth on a segment's tail calls are left to the last caller that is none. */
const TAIL_DEPTH = 40;

/** Turns a numeric loop takes fuel for at once. */
export const BURST = 64;

export type Compiled = { readonly source: string; readonly sites: readonly Site[] };

/** The parts of the compiler that need this one: compile.ts puts them together. */
export type Emitters = {
  readonly expression: (compiler: Compiler, expression: Expression) => string;
  readonly block: (compiler: Compiler, statements: readonly Statement[]) => string;
};

export class Compiler {
  readonly sites: Site[] = [];
  readonly form: Form;
  /** Whether variables may last from call to call, so that plain form must not change them. */
  readonly isLibrary: boolean;
  /** Labels of the loops around the statement at hand; empty for a plain `break`. */
  readonly breakLabels: string[] = [];
  /** Puts the suspending operator before what may suspend. */
  readonly wait: string;
  readonly #chunk: string;
  readonly #emitters: Emitters;
  #temporaries = 0;
  #maxTemporaries = 0;

  constructor(chunk: string, form: Form, isLibrary: boolean, emitters: Emitters) {
    this.isLibrary = isLibrary;
    this.#emitters = emitters;
    this.#chunk = chunk;
    this.form = form;
    this.wait = form === 'plain' ? '' : 'yield* ';
  }

  site(line: number, left: ValueName | null = null, right: ValueName | null = null): number {
    return this.sites.push({ chunk: this.#chunk, line, left, right }) - 1;
  }

  /** Names a temporary that nothing else uses until it is released, in reverse order. */
  temporary(): string {
    const name = `$${this.#temporaries++}`;
    this.#maxTemporaries = Math.max(this.#maxTemporaries, this.#temporaries);
    return name;
  }

  release(count: number): void {
    this.#temporaries -= count;
  }

  /** An operation of the runtime that may call a metamethod. */
  operation(name: string, operands: string, site: number): string {
    return `(${mark(site)}${this.wait}$R.${name}(${operands},$d,$S[${site}]))`;
  }

  /** A turn of the loop on this line. */
  tick(line: number): string {
    return this.#takeFuel('--$R.fuel', line);
  }

  tickBurst(line: number): string {
    return this.#takeFuel(`($R.fuel-=${BURST})`, line);
  }

  /** Where the fuel runs out, the line is noted: a script that is killed there can tell. */
  #takeFuel(taken: string, line: number): string {
    if (this.form === 'plain') return `if(${taken}<0)$R.interrupt();`;
    return `if(${taken}<0){$R.stoppedAt=$S[${this.site(line)}];yield;}`;
  }

  /** The expression that creates a function value. */
  closure(body: FunctionBody, name: string): string {
    const outer = [this.#temporaries, this.#maxTemporaries];
    this.#temporaries = 0;
    this.#maxTemporaries = 0;
    const parameters = body.parameters.map((symbol) => `,v${symbol.id}`).join('');
    const rest = body.isVararg ? ',...$v' : '';
    const block = this.#emitters.block(this, body.body);
    const table =
      body.argumentTable === null ? '' : `let v${body.argumentTable.id}=$R.argumentTable($v);`;
    const names = Array.from({ length: this.#maxTemporaries }, (_, i) => `$${i}`);
    const declare = names.length > 0 ? `let ${names.join(',')};` : '';
    [this.#temporaries, this.#maxTemporaries] = outer as [number, number];
    const code = `{${this.#prologue(body)}${declare}${table}${block}return $E}`;
    const label = JSON.stringify(name);
    if (this.form === 'plain')
      return `new $F(function($d${parameters}${rest})${code},null,${label},$S)`;
    return `new $F($R.unreachable,function*($d${parameters}${rest})${code},${label},$S)`;
  }

  #prologue(body: FunctionBody): string {
    // Many arguments take a while to pass.
    const fuel = body.isVararg ? '($R.fuel-=1+($v.length>>2))' : '--$R.fuel';
    if (this.form === 'plain') return `if(${fuel}<0||$d>${PLAIN_DEPTH})$R.enter($d);`;
    const parameters = body.parameters.map((symbol) => `v${symbol.id}`);
    if (body.isVararg) parameters.push('...$v');
    const segment = `return yield* $R.newSegment(this,[${parameters.join(',')}])`;
    const outOfFuel = this.#takeFuel(fuel, body.line);
    return `${outOfFuel}if($d>${SEGMENT_DEPTH})${segment};`;
  }

  expression(expression: Expression): string {
    return this.#emitters.expression(this, expression);
  }

  /** An expression whose value may be used in several places without evaluating it again. */
  isSimple(expression: Expression): boolean {
    const { type } = expression;
    return (
      type === 'local' ||
      type === 'number' ||
      type === 'string' ||
      type === 'nil' ||
      type === 'true' ||
      type === 'false'
    );
  }

  isMulti(expression: Expression): boolean {
    return expression.type === 'call' || expression.type === 'vararg';
  }

  /** All results of a call or of `...`, in the form calls return them. */
  multi(expression: Expression): string {
    if (expression.type === 'vararg') return '$v';
    return this.call(expression as CallExpression);
  }

  /**
   * A comma-separated list; a last call or `...` contributes all its values. Given the site of a call
   * whose arguments these are, it is noted when all are evaluated.
   */
  list(expressions: readonly Expression[], site = -1): string {
    return expressions
      .map((expression, i) => {
        const isLast = i === expressions.length - 1;
        if (isLast && this.isMulti(expression)) {
          if (expression.type === 'vararg') return site < 0 ? '...$v' : `...(${note(site)},$v)`;
          const all = `$R.all(${this.multi(expression)})`;
          return site < 0 ? `...${all}` : `...$R.afterNote(${all},${note(site)})`;
        }
        const code = this.expression(expression);
        if (!isLast || site < 0) return code;
        if (this.isSimple(expression)) return `(${note(site)},${code})`;
        const value = this.temporary();
        this.release(1);
        return `(${value}=${code},${note(site)},${value})`;
      })
      .join(',');
  }

  /** A call with all its results; one in tail position may leave itself to the caller. */
  call(call: CallExpression, isTail = false): string {
    const callee = this.temporary();
    const isMethod = call.method !== null;
    const named: ValueName | null = isMethod
      ? { kind: 'method', name: call.method! }
      : nameOf(call.callee);
    const site = this.site(call.line, named);
    let look: string;
    let self = '';
    let used = 1;
    if (isMethod) {
      const object = this.temporary();
      used++;
      look = `${object}=${this.expression(call.callee)},${callee}=${this.field(
        object,
        call.method!,
        call.line,
        nameOf(call.callee),
      )}`;
      self = `,${object}`;
    } else look = `${callee}=${this.expression(call.callee)}`;
    const parts = call.arguments.length > 0 ? `,${this.list(call.arguments, site)}` : '';
    const check = `${callee} instanceof $F||(${callee}=$R.callable(${callee},$S[${site}]))`;
    const entry = this.form === 'plain' ? 'code' : 'entry';
    const depth = call.arguments.length > 0 ? '$d+1' : `(${note(site)},$d+1)`;
    let code = `${mark(site)}${callee}.${entry}(${depth}${self}${parts})`;
    if (this.form === 'suspendable') {
      const result = this.temporary();
      used++;
      code = this.await(callee, result, code, site);
      if (isTail) {
        const later = `$R.tailCall(${callee},[${`${self}${parts}`.slice(1)}],$S[${site}])`;
        code = `$d>${TAIL_DEPTH}?${later}:(${code})`;
      }
    }
    this.release(used);
    return `(${look},${check},${code})`;
  }

  /** In suspendable form: a call's results, once it has ended. */
  await(callee: string, result: string, code: string, site: number): string {
    const end = `$R.isTail(${result}=yield* ${result})?yield* $R.finish(${result},$d):${result}`;
    return `${result}=${code},${callee}.suspends?${mark(site)}${end}:${result}`;
  }

  /** Reads a field with a constant name of an object that is a variable or temporary. */
  field(object: string, key: string, line: number, named: ValueName | null): string {
    const value = this.temporary();
    const text = JSON.stringify(key);
    const site = this.site(line, named);
    const slow = this.operation('index', `${object},${text}`, site);
    this.release(1);
    return (
      `(${object} instanceof $T&&(${value}=${object}.getString(${text},${hashString(key)}))` +
      `!==undefined?${value}:${slow})`
    );
  }
}

/** Notes the site of the call that is made next: see site.ts. */
export function note(site: number): string {
  return `$P.site=$S[${site}]`;
}

/** Begins a JavaScript line that stands for a site: see position.ts. */
export function mark(site: number): string {
  return `\n/*@${site}*/`;
}

/** What Lua calls a value in messages, from the expression that gave it. */
export function nameOf(expression: Expression): ValueName | null {
  switch (expression.type) {
    case 'local':
      return { kind: expression.isUpvalue ? 'upvalue' : 'local', name: expression.symbol.name };
    case 'global':
      return { kind: 'global', name: expression.name };
    case 'index':
      return { kind: 'field', name: keyName(expression) };
    case 'call':
      return null;
    default:
      return null;
  }
}

function keyName(expression: IndexExpression): string {
  return expression.key.type === 'string' ? expression.key.value : '?';
}
