/** Code for expressions: fast paths inline, everything else through the runtime's operations. */
import type {
  BinaryExpression,
  BinaryOperator,
  Expression,
  GlobalExpression,
  IndexExpression,
  LogicalExpression,
  TableItem,
  UnaryExpression,
} from './ast.ts';
import { mark, nameOf, type Compiler } from './compiler.ts';
import { hashString } from './hash.ts';
import { isNumber } from './inference.ts';

const ARITHMETIC: Partial<Record<BinaryOperator, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
  '^': 'power',
};

/** The code of an expression's single value. */
export function compileExpression(compiler: Compiler, expression: Expression): string {
  switch (expression.type) {
    case 'nil':
      return 'undefined';
    case 'true':
    case 'false':
      return expression.type;
    case 'number':
      return compileNumber(expression.value);
    case 'string':
      return JSON.stringify(expression.value);
    case 'vararg':
      return '$v[0]';
    case 'parenthesis':
      return compileExpression(compiler, expression.inner);
    case 'function':
      return compiler.closure(expression.body, '');
    case 'local':
      return `v${expression.symbol.id}`;
    case 'global':
      return compileGlobal(compiler, expression);
    case 'index':
      return compileIndex(compiler, expression);
    case 'call':
      return compileFirst(compiler, compiler.call(expression));
    case 'table':
      return compileTable(compiler, expression.items, expression.line);
    case 'and':
    case 'or':
      return compileLogical(compiler, expression);
    case 'unary':
      return compileUnary(compiler, expression);
    case 'binary':
      return compileBinary(compiler, expression);
  }
}

function compileNumber(value: number): string {
  if (Object.is(value, -0)) return '(-0)';
  return value < 0 ? `(${value})` : `${value}`;
}

function compileFirst(compiler: Compiler, code: string): string {
  const result = compiler.temporary();
  compiler.release(1);
  return `(Array.isArray(${result}=${code})?${result}[0]:${result})`;
}

function compileGlobal(compiler: Compiler, expression: GlobalExpression): string {
  const value = compiler.temporary();
  compiler.release(1);
  const key = JSON.stringify(expression.name);
  const site = compiler.site(expression.line);
  const slow = compiler.operation('index', `$G,${key}`, site);
  const hash = hashString(expression.name);
  return `((${value}=$G.getString(${key},${hash}))!==undefined?${value}:${slow})`;
}

function compileIndex(compiler: Compiler, expression: IndexExpression): string {
  const { key, line } = expression;
  const named = nameOf(expression.object);
  let object = compiler.expression(expression.object);
  let before = '';
  let used = 0;
  if (!compiler.isSimple(expression.object)) {
    const name = compiler.temporary();
    used++;
    before = `${name}=${object},`;
    object = name;
  }
  let code: string;
  if (key.type === 'string') {
    // A string constant as object would make `instanceof` a syntax oddity only, never an error.
    code = compiler.field(object, key.value, line, named);
  } else {
    let index = compiler.expression(key);
    if (!compiler.isSimple(key)) {
      const name = compiler.temporary();
      used++;
      before += `${name}=${index},`;
      index = name;
    }
    const value = compiler.temporary();
    used++;
    const get = isNumber(key) ? 'getNumber' : 'get';
    const slow = compiler.operation('index', `${object},${index}`, compiler.site(line, named));
    code =
      `(${object} instanceof $T&&(${value}=${object}.${get}(${index}))!==undefined` +
      `?${value}:${slow})`;
  }
  compiler.release(used);
  return before === '' ? code : `(${before}${code})`;
}

/** The code of a condition: a JavaScript boolean. */
export function compileCondition(compiler: Compiler, expression: Expression): string {
  switch (expression.type) {
    case 'nil':
    case 'false':
      return 'false';
    case 'true':
    case 'number':
    case 'string':
      return 'true';
    case 'and':
    case 'or': {
      const operator = expression.type === 'and' ? '&&' : '||';
      const left = compileCondition(compiler, expression.left);
      return `(${left}${operator}${compileCondition(compiler, expression.right)})`;
    }
    case 'parenthesis':
      return compileCondition(compiler, expression.inner);
    case 'unary':
      if (expression.operator === 'not') {
        return `!${compileCondition(compiler, expression.operand)}`;
      }
      break;
    case 'binary':
      if (ARITHMETIC[expression.operator] === undefined && expression.operator !== '..') {
        return compileBinary(compiler, expression);
      }
      break;
    default:
  }
  if (expression.type === 'local') {
    const name = `v${expression.symbol.id}`;
    return `(${name}!==undefined&&${name}!==false)`;
  }
  const value = compiler.temporary();
  compiler.release(1);
  const code = compiler.expression(expression);
  return `((${value}=${code})!==undefined&&${value}!==false)`;
}

function compileLogical(compiler: Compiler, expression: LogicalExpression): string {
  const value = compiler.temporary();
  compiler.release(1);
  const left = compiler.expression(expression.left);
  const right = compiler.expression(expression.right);
  return expression.type === 'and'
    ? `((${value}=${left})===undefined||${value}===false?${value}:${right})`
    : `((${value}=${left})!==undefined&&${value}!==false?${value}:${right})`;
}

function compileUnary(compiler: Compiler, expression: UnaryExpression): string {
  const { operator, operand, line } = expression;
  if (operator === 'not') return `!${compileCondition(compiler, operand)}`;
  if (operator === '-' && isNumber(operand)) return `(-${compiler.expression(operand)})`;
  const site = compiler.site(line, nameOf(operand));
  const value = compiler.temporary();
  const code = compiler.expression(operand);
  compiler.release(1);
  if (operator === '-') {
    const slow = compiler.operation('negate', value, site);
    return `(typeof(${value}=${code})==='number'?-${value}:${slow})`;
  }
  return `((${value}=${code}) instanceof $T?${value}.length():$R.lengthOf(${value},$S[${site}]))`;
}

/** Both operands, held in variables or temporaries where they are used more than once. */
function compileOperands(
  compiler: Compiler,
  left: Expression,
  right: Expression,
): { before: string; a: string; b: string; used: number } {
  let before = '';
  let used = 0;
  const hold = (expression: Expression, isStable: boolean): string => {
    const code = compiler.expression(expression);
    if (isStable && compiler.isSimple(expression)) return code;
    const name = compiler.temporary();
    used++;
    before += `${name}=${code},`;
    return name;
  };
  // A local on the left is read when the operation happens, as Lua reads its register then;
  // an upvalue is read first.
  const isUpvalue = left.type === 'local' && left.isUpvalue;
  const a = hold(left, !isUpvalue || compiler.isSimple(right));
  const b = hold(right, true);
  return { before, a, b, used };
}

function compileBinary(compiler: Compiler, expression: BinaryExpression): string {
  const { operator, left, right, line } = expression;
  if (operator === '..') return compileConcatenation(compiler, expression);
  if (operator === '==' || operator === '~=') return compileEquality(compiler, expression);
  const site = compiler.site(line, nameOf(left), nameOf(right));
  const { before, a, b, used } = compileOperands(compiler, left, right);
  compiler.release(used);
  const name = ARITHMETIC[operator];
  const fast = name === undefined ? `${a}${operator}${b}` : arithmetic(operator, a, b);
  const checks: string[] = [];
  if (!isNumber(left)) checks.push(`typeof ${a}==='number'`);
  if (!isNumber(right)) checks.push(`typeof ${b}==='number'`);
  if (checks.length === 0) return before === '' ? `(${fast})` : `(${before}${fast})`;
  let slow: string;
  if (name !== undefined) slow = compiler.operation(name, `${a},${b}`, site);
  else if (operator === '<') slow = compiler.operation('lessThan', `${a},${b}`, site);
  else if (operator === '<=') slow = compiler.operation('lessEqual', `${a},${b}`, site);
  else if (operator === '>') slow = compiler.operation('lessThan', `${b},${a}`, site);
  else slow = compiler.operation('lessEqual', `${b},${a}`, site);
  return `(${before}${checks.join('&&')}?${fast}:${slow})`;
}

function arithmetic(operator: BinaryOperator, a: string, b: string): string {
  if (operator === '%') return `$R.mod(${a},${b})`;
  if (operator === '^') return `$R.pow(${a},${b})`;
  // The space keeps "a - -1" from becoming a decrement.
  return `${a} ${operator} ${b}`;
}

function compileEquality(compiler: Compiler, expression: BinaryExpression): string {
  const { operator, left, right, line } = expression;
  const { before, a, b, used } = compileOperands(compiler, left, right);
  compiler.release(used);
  const isPlain = (side: Expression): boolean =>
    isNumber(side) || (compiler.isSimple(side) && side.type !== 'local');
  let code = `${a}===${b}`;
  if (!isPlain(left) && !isPlain(right)) {
    const slow = compiler.operation('equal', `${a},${b}`, compiler.site(line));
    code = `(${code}||${a} instanceof $T&&${b} instanceof $T&&${slow})`;
  }
  if (operator === '~=') code = `!(${code})`;
  return `(${before}${code})`;
}

function compileConcatenation(compiler: Compiler, expression: BinaryExpression): string {
  const operands: Expression[] = [expression.left];
  let rest = expression.right;
  while (rest.type === 'binary' && rest.operator === '..') {
    operands.push(rest.left);
    rest = rest.right;
  }
  operands.push(rest);
  const numbers = operands.map((operand) => compiler.site(expression.line, nameOf(operand)));
  const sites = numbers.join(',');
  const place = mark(numbers[0]!);
  const list = operands.map((operand) => compiler.expression(operand)).join(',');
  if (operands.length === 2) {
    return `(${place}${compiler.wait}$R.concatTwo(${list},$d,$S,${sites}))`;
  }
  return `(${place}${compiler.wait}$R.concat([${list}],$d,$S,[${sites}]))`;
}

/** The size Lua's constructor reserves for n items: n rounded up to three significant bits. */
function reservedSize(n: number): number {
  let size = n;
  let exponent = 0;
  while (size >= 16) {
    size = (size + 1) >> 1;
    exponent++;
  }
  return size << exponent;
}

function compileTable(compiler: Compiler, items: readonly TableItem[], line: number): string {
  const positional = items.filter((item) => item.key === null);
  const last = items.at(-1);
  const isOpen = last !== undefined && last.key === null && compiler.isMulti(last.value);
  const fixed = isOpen ? positional.slice(0, -1) : positional;
  if (items.length === 0) return 'new $T()';
  if (positional.length === items.length) {
    const values = compiler.list(positional.map((item) => item.value));
    if (isOpen) return `$R.openArray([${values}],${reservedSize(fixed.length)})`;
    const padding = ',undefined'.repeat(reservedSize(fixed.length) - fixed.length);
    return `$T.fromArray([${values}${padding}])`;
  }
  const keyed = items.length - positional.length;
  const table = compiler.temporary();
  const values = compiler.temporary();
  let code = `${table}=new $T().reserve(${reservedSize(fixed.length)},${reservedSize(keyed)}),${values}=[]`;
  // Positional values are stored last, as Lua's constructor flushes them.
  for (const item of items) {
    if (item.key === null && item === last && isOpen) {
      code += `,${values}.push(...$R.all(${compiler.multi(item.value)}))`;
    } else if (item.key === null) {
      code += `,${values}.push(${compiler.expression(item.value)})`;
    } else if (item.key.type === 'string') {
      const key = JSON.stringify(item.key.value);
      const hash = hashString(item.key.value);
      code += `,${table}.setString(${key},${hash},${compiler.expression(item.value)})`;
    } else {
      const site = compiler.site(line);
      const key = compiler.expression(item.key);
      const value = compiler.expression(item.value);
      code += `,$R.rawSet(${table},${key},${value},$S[${site}])`;
    }
  }
  compiler.release(2);
  return `(${code},$R.appendAll(${table},${values}))`;
}
