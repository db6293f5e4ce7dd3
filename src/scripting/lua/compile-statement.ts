/** Code for statements. Each Lua loop is one JavaScript loop, so `break` stays `break`. */
import type { Expression, Statement, Target } from './ast.ts';
import { compileCondition } from './compile-expression.ts';
import { BURST, mark, nameOf, note, type Compiler } from './compiler.ts';
import { hashString } from './hash.ts';
import { isNumber } from './inference.ts';

type Of<T extends Statement['type']> = Extract<Statement, { type: T }>;

export function compileBlock(compiler: Compiler, statements: readonly Statement[]): string {
  return statements.map((statement) => compileStatement(compiler, statement)).join('');
}

function compileStatement(compiler: Compiler, statement: Statement): string {
  switch (statement.type) {
    case 'local':
      return compileLocal(compiler, statement);
    case 'local-function': {
      const { symbol, body } = statement;
      return `let v${symbol.id};v${symbol.id}=${compiler.closure(body, symbol.name)};`;
    }
    case 'assign':
      return compileAssignment(compiler, statement);
    case 'call':
      return `${compiler.call(statement.call)};`;
    case 'do':
      return `{${compileBlock(compiler, statement.body)}}`;
    case 'while': {
      const condition = compileCondition(compiler, statement.condition);
      const body = compileLoopBody(compiler, statement.body, '');
      return `while(${condition}){${compiler.tick(statement.line)}${body}}`;
    }
    case 'repeat':
      return compileRepeat(compiler, statement);
    case 'if':
      return compileIf(compiler, statement);
    case 'numeric-for':
      return compileNumericFor(compiler, statement);
    case 'generic-for':
      return compileGenericFor(compiler, statement);
    case 'return':
      return compileReturn(compiler, statement.values);
    case 'break':
      return `break ${compiler.breakLabels.at(-1) ?? ''};`;
  }
}

/**
 * Reads n values from an expression list into fresh temporaries. Gives the code and the names;
 * the caller releases n temporaries, plus one when the list ends in an open call.
 */
function compileValues(
  compiler: Compiler,
  values: readonly Expression[],
  count: number,
): { code: string; names: string[]; used: number } {
  let code = '';
  const names: string[] = [];
  const last = values.at(-1);
  const isOpen = last !== undefined && compiler.isMulti(last) && values.length <= count;
  const fixed = isOpen ? values.length - 1 : values.length;
  for (let i = 0; i < fixed; i++) {
    const value = compiler.expression(values[i]!);
    if (i >= count) {
      code += `${value};`;
      continue;
    }
    const name = compiler.temporary();
    names.push(name);
    code += `${name}=${value};`;
  }
  let used = names.length;
  if (isOpen && count > fixed) {
    const results = compiler.temporary();
    used++;
    code += `${results}=${compiler.multi(last)};`;
    if (count === fixed + 1) {
      names.push(`$R.first(${results})`);
    } else {
      code += `if(!Array.isArray(${results}))${results}=[${results}];`;
      for (let i = fixed; i < count; i++) names.push(`${results}[${i - fixed}]`);
    }
  }
  while (names.length < count) names.push('undefined');
  return { code, names, used };
}

function compileLocal(compiler: Compiler, { symbols, values }: Of<'local'>): string {
  if (symbols.length === 1 && values.length <= 1) {
    const value = values[0] === undefined ? 'undefined' : compiler.expression(values[0]);
    return `let v${symbols[0]!.id}=${value};`;
  }
  const { code, names, used } = compileValues(compiler, values, symbols.length);
  compiler.release(used);
  const declarations = symbols.map((symbol, i) => `v${symbol.id}=${names[i]}`);
  return `${code}let ${declarations.join(',')};`;
}

function compileAssignment(compiler: Compiler, { targets, values, line }: Of<'assign'>): string {
  if (targets.length === 1 && values.length === 1) {
    return compileSingle(compiler, targets[0]!, values[0]!, line);
  }
  let code = '';
  let used = 0;
  const places = targets.map((target) => {
    if (target.type !== 'index') return null;
    const object = compiler.temporary();
    const key = compiler.temporary();
    used += 2;
    code += `${object}=${compiler.expression(target.object)};`;
    code += `${key}=${compiler.expression(target.key)};`;
    return { object, key };
  });
  const list = compileValues(compiler, values, targets.length);
  code += list.code;
  // Lua assigns the last target first.
  for (let i = targets.length - 1; i >= 0; i--) {
    code += store(compiler, targets[i]!, places[i] ?? null, list.names[i]!, line);
  }
  compiler.release(used + list.used);
  return code;
}

function compileSingle(
  compiler: Compiler,
  target: Target,
  value: Expression,
  line: number,
): string {
  if (target.type !== 'index') {
    const code =
      value.type === 'function'
        ? compiler.closure(value.body, target.type === 'local' ? target.symbol.name : target.name)
        : compiler.expression(value);
    return store(compiler, target, null, code, line);
  }
  const { object, key } = target;
  let before = '';
  let used = 0;
  // Where the value cannot change them, variables and constants are used where they stand.
  const hold = (expression: Expression): string => {
    const code = compiler.expression(expression);
    if (compiler.isSimple(expression) && compiler.isSimple(value)) return code;
    if (compiler.isSimple(expression) && expression.type !== 'local') return code;
    const name = compiler.temporary();
    used++;
    before += `${name}=${code};`;
    return name;
  };
  const place = { object: hold(object), key: hold(key) };
  let held = compiler.expression(value);
  if (!compiler.isSimple(value)) {
    const name = compiler.temporary();
    used++;
    before += `${name}=${held};`;
    held = name;
  }
  compiler.release(used);
  return before + store(compiler, target, place, held, line);
}

function store(
  compiler: Compiler,
  target: Target,
  place: { object: string; key: string } | null,
  value: string,
  line: number,
): string {
  if (target.type === 'local') {
    const assignment = `v${target.symbol.id}=${value};`;
    const mayLast = target.isUpvalue && compiler.isLibrary && compiler.form === 'plain';
    return mayLast ? `$R.beforeChange();${assignment}` : assignment;
  }
  if (target.type === 'global') {
    const key = JSON.stringify(target.name);
    return `${compiler.operation('setIndex', `$G,${key},${value}`, compiler.site(line))};`;
  }
  const { object, key } = place!;
  const named = nameOf(target.object);
  const slow = compiler.operation(
    'setIndex',
    `${object},${key},${value}`,
    compiler.site(target.line, named),
  );
  const constant = target.key;
  let fast: string;
  let check = `${object} instanceof $T&&${object}.plain`;
  if (constant.type === 'string') {
    fast = `${object}.setString(${key},${hashString(constant.value)},${value})`;
  } else if (isNumber(constant) && constant.type === 'number' && !Number.isNaN(constant.value)) {
    fast = `${object}.setNumber(${key},${value})`;
  } else {
    check += `&&${key}===${key}&&${key}!==undefined`;
    fast = `${object}.${isNumber(constant) ? 'setNumber' : 'set'}(${key},${value})`;
  }
  return `if(${check})${fast};else ${slow};`;
}

function compileRepeat(compiler: Compiler, { body, condition, line }: Of<'repeat'>): string {
  const code = compileLoopBody(compiler, body, '');
  const last = body.at(-1)?.type;
  const isClosed = last === 'return' || last === 'break';
  const until = isClosed ? '' : `if(${compileCondition(compiler, condition)})break;`;
  return `for(;;){${compiler.tick(line)}${code}${until}}`;
}

function compileIf(compiler: Compiler, { clauses }: Of<'if'>): string {
  return clauses
    .map(({ condition, body }, i) => {
      const code = `{${compileBlock(compiler, body)}}`;
      if (condition === null) return `else${code}`;
      return `${i > 0 ? 'else ' : ''}if(${compileCondition(compiler, condition)})${code}`;
    })
    .join('');
}

/** The statements of a loop, which `break` leaves by a label or, with none, as it stands. */
function compileLoopBody(compiler: Compiler, body: readonly Statement[], label: string): string {
  compiler.breakLabels.push(label);
  const code = compileBlock(compiler, body);
  compiler.breakLabels.pop();
  return code;
}

/**
 * A numeric loop takes fuel for BURST turns at a time and gives back what it did not use: the
 * inner loop then has no place to suspend of its own, which V8 optimises best.
 */
function compileNumericFor(compiler: Compiler, statement: Of<'numeric-for'>): string {
  const { symbol, start, limit, step, line } = statement;
  const site = compiler.site(line);
  const bound = (expression: Expression, what: string): string => {
    const code = compiler.expression(expression);
    return isNumber(expression) ? code : `$R.loopNumber(${code},"${what}",$S[${site}])`;
  };
  const index = `i${symbol.id}`;
  const end = `l${symbol.id}`;
  const by = `s${symbol.id}`;
  // All three are evaluated before any is checked; Lua checks in this order.
  const isConstant = step === null || step.type === 'number';
  let head = `let ${index}=${bound(start, 'initial')},${end}=${bound(limit, 'limit')}`;
  if (!isConstant && !(isNumber(start) && isNumber(limit))) {
    const list = [start, limit, step].map((part) => compiler.expression(part!)).join(',');
    head = `let [${index},${end},${by}]=$R.loopNumbers([${list}],$S[${site}])`;
  } else if (!isConstant) head += `,${by}=${bound(step, 'step')}`;
  const body = compileLoopBody(compiler, statement.body, `b${symbol.id}`);
  let condition: string;
  let advance: string;
  if (isConstant) {
    const value = step === null ? 1 : step.type === 'number' ? step.value : 1;
    condition = value > 0 ? `${index}<=${end}` : `${index}>=${end}`;
    advance = value === 1 ? `${index}++` : `${index}+=${value}`;
  } else {
    condition = `(${by}>0?${index}<=${end}:${index}>=${end})`;
    advance = `${index}+=${by}`;
  }
  const variable = `let v${symbol.id}=${index};`;
  const left = `n${symbol.id}`;
  const inner = `for(;${left}>0&&${condition};${left}--,${advance}){${variable}${body}}`;
  return (
    `{${head};b${symbol.id}:for(;;){${compiler.tickBurst(line)}let ${left}=${BURST};${inner}` +
    `if(${left}>0){$R.fuel+=${left};break;}}}`
  );
}

/**
 * `for ... in`: over `pairs` and `ipairs` a cursor walks the table without calling an iterator
 * or allocating; every other iterator is called as Lua does.
 */
function compileGenericFor(compiler: Compiler, statement: Of<'generic-for'>): string {
  const { symbols, values, line } = statement;
  const id = symbols[0]!.id;
  const [f, s, c, cursor, r] = [`f${id}`, `s${id}`, `c${id}`, `t${id}`, `r${id}`];
  const head = compileValues(compiler, values, 3);
  compiler.release(head.used);
  const site = compiler.site(line);
  const entry = compiler.form === 'plain' ? 'code' : 'entry';
  let call = `${mark(site)}${f}.${entry}((${note(site)},$d+1),${s},${c})`;
  if (compiler.form === 'suspendable') call = `(${compiler.await(f, r, call, site)})`;
  const names = symbols.map((symbol) => `v${symbol.id}`);
  const second = names[1] === undefined ? '' : `${names[1]}=${cursor}.value;`;
  const several = names.map((name, i) => `${name}=${r}[${i}];`).join('');
  const clear = names
    .slice(1)
    .map((name) => `${name}=undefined;`)
    .join('');
  const body = compileLoopBody(compiler, statement.body, '');
  return (
    `{${head.code}let ${f}=${head.names[0]},${s}=${head.names[1]},${c}=${head.names[2]},` +
    `${cursor}=$R.cursor(${f},${s},${c}),${r};` +
    `if(${cursor}===null&&!(${f} instanceof $F))${f}=$R.callable(${f},$S[${site}]);` +
    `for(;;){${compiler.tick(line)}let ${names.join(',')};` +
    `if(${cursor}!==null){if(!${cursor}.advance())break;${names[0]}=${cursor}.key;${second}}` +
    `else{${r}=${call};if(Array.isArray(${r})){${several}}else{${names[0]}=${r};${clear}}` +
    `if(${names[0]}===undefined)break;${c}=${names[0]};}{${body}}}}`
  );
}

function compileReturn(compiler: Compiler, values: readonly Expression[]): string {
  if (values.length === 0) return 'return $E;';
  if (values.length === 1) {
    const value = values[0]!;
    if (value.type === 'call') return `return ${compiler.call(value, true)};`;
    if (value.type === 'vararg') return 'return $v;';
    return `return ${compiler.expression(value)};`;
  }
  return `return [${compiler.list(values)}];`;
}
