/**
 * Lua 5.1's grammar, by recursive descent, resolving names on the way.
 *
 * Own rather than a package's: scripts must get the real server's error texts byte for byte
 * ("'=' expected near 'x'", limits, token spelling), and only a parser that makes the same
 * decisions at the same tokens produces them. Names are resolved here because the limits on
 * locals and upvalues are syntax errors too.
 */
import type {
  CallExpression,
  Expression,
  FunctionBody,
  LocalSymbol,
  Statement,
  TableItem,
  Target,
} from './ast.ts';
import { END_OF_SOURCE, Lexer, NAME, NUMBER, STRING } from './lexer.ts';
import { parseBinary } from './parser-expression.ts';

const MAX_LOCALS = 200;
const MAX_UPVALUES = 60;
const MAX_LEVELS = 200;

/** Names of one function that is being parsed. */
type Scope = {
  readonly parent: Scope | null;
  readonly line: number;
  active: LocalSymbol[];
  readonly upvalues: Set<LocalSymbol>;
  readonly isVararg: boolean;
  usesVararg: boolean;
  loops: number;
};

/** Parses a chunk. Throws LuaError with Lua's message for what is not Lua. */
export function parseChunk(source: string, chunkName: string): FunctionBody {
  return new Parser(new Lexer(source, chunkName)).chunk();
}

export class Parser {
  readonly lexer: Lexer;
  #scope: Scope;
  #nextId = 0;
  #levels = 1;

  constructor(lexer: Lexer) {
    this.lexer = lexer;
    this.#scope = newScope(null, 0, true);
  }

  chunk(): FunctionBody {
    this.lexer.next();
    const body = this.block();
    if (this.lexer.type !== END_OF_SOURCE) this.expected(END_OF_SOURCE);
    return { parameters: [], isVararg: true, argumentTable: null, body, line: 0 };
  }

  expected(type: string): never {
    return this.lexer.fail(`'${type}' expected`);
  }

  check(type: string): void {
    if (this.lexer.type !== type) this.expected(type);
  }

  at(type: string): boolean {
    return this.lexer.type === type;
  }

  accept(type: string): boolean {
    if (this.lexer.type !== type) return false;
    this.lexer.next();
    return true;
  }

  expect(type: string): void {
    this.check(type);
    this.lexer.next();
  }

  /** Expects the token that closes `opener`, which stood in `line`. */
  close(type: string, opener: string, line: number): void {
    if (this.accept(type)) return;
    if (line === this.lexer.line) this.expected(type);
    this.lexer.fail(`'${type}' expected (to close '${opener}' at line ${line})`);
  }

  name(): string {
    this.check(NAME);
    const name = this.lexer.value as string;
    this.lexer.next();
    return name;
  }

  enter(): void {
    if (++this.#levels > MAX_LEVELS) {
      this.lexer.fail('chunk has too many syntax levels', null);
    }
  }

  leave(): void {
    this.#levels--;
  }

  #limit(what: string, limit: number): never {
    const { line } = this.#scope;
    const where = line === 0 ? 'main function' : `function at line ${line}`;
    return this.lexer.fail(`${where} has more than ${limit} ${what}`, null);
  }

  #newLocal(name: string, pending = 0): LocalSymbol {
    if (this.#scope.active.length + pending + 1 > MAX_LOCALS) {
      this.#limit('local variables', MAX_LOCALS);
    }
    return { name, id: this.#nextId++, sources: [], isNumber: false };
  }

  resolve(name: string, line: number): Target {
    const found = this.#lookUp(name, this.#scope);
    if (found === null) return { type: 'global', name, line };
    return { type: 'local', symbol: found.symbol, isUpvalue: found.isUpvalue };
  }

  #lookUp(name: string, scope: Scope): { symbol: LocalSymbol; isUpvalue: boolean } | null {
    for (let i = scope.active.length - 1; i >= 0; i--) {
      const symbol = scope.active[i]!;
      if (symbol.name === name) return { symbol, isUpvalue: false };
    }
    if (scope.parent === null) return null;
    const outer = this.#lookUp(name, scope.parent);
    if (outer === null) return null;
    scope.upvalues.add(outer.symbol);
    if (scope.upvalues.size > MAX_UPVALUES) this.#upvalueLimit(scope);
    return { symbol: outer.symbol, isUpvalue: true };
  }

  #upvalueLimit(scope: Scope): never {
    const message = `function at line ${scope.line} has more than ${MAX_UPVALUES} upvalues`;
    return this.lexer.fail(message, null);
  }

  useVararg(): void {
    if (!this.#scope.isVararg) {
      this.lexer.fail("cannot use '...' outside a vararg function");
    }
    this.#scope.usesVararg = true;
  }

  block(): Statement[] {
    const before = this.#scope.active.length;
    const statements = this.#openBlock();
    this.#scope.active.length = before;
    return statements;
  }

  /** Statements whose locals stay in scope, for `repeat`. */
  #openBlock(): Statement[] {
    const statements: Statement[] = [];
    let isLast = false;
    this.enter();
    while (!isLast && !this.#atBlockEnd()) {
      const statement = this.#statement();
      statements.push(statement);
      isLast = statement.type === 'return' || statement.type === 'break';
      this.accept(';');
    }
    this.leave();
    return statements;
  }

  #atBlockEnd(): boolean {
    const { type } = this.lexer;
    return (
      type === 'else' ||
      type === 'elseif' ||
      type === 'end' ||
      type === 'until' ||
      type === END_OF_SOURCE
    );
  }

  #statement(): Statement {
    const { line } = this.lexer;
    switch (this.lexer.type) {
      case 'if':
        return this.#if(line);
      case 'while':
        return this.#while(line);
      case 'do': {
        this.lexer.next();
        const body = this.block();
        this.close('end', 'do', line);
        return { type: 'do', body };
      }
      case 'for':
        return this.#for(line);
      case 'repeat':
        return this.#repeat(line);
      case 'function':
        return this.#functionStatement(line);
      case 'local':
        this.lexer.next();
        return this.accept('function') ? this.#localFunction() : this.#local(line);
      case 'return':
        return this.#return(line);
      case 'break':
        this.lexer.next();
        if (this.#scope.loops === 0) this.lexer.fail('no loop to break');
        return { type: 'break' };
      default:
        return this.#expressionStatement(line);
    }
  }

  #if(line: number): Statement {
    const clauses: { condition: Expression | null; body: Statement[] }[] = [];
    do {
      this.lexer.next();
      const condition = this.expression();
      this.expect('then');
      clauses.push({ condition, body: this.block() });
    } while (this.lexer.type === 'elseif');
    if (this.accept('else')) clauses.push({ condition: null, body: this.block() });
    this.close('end', 'if', line);
    return { type: 'if', clauses };
  }

  #while(line: number): Statement {
    this.lexer.next();
    const condition = this.expression();
    this.expect('do');
    const body = this.#loopBlock();
    this.close('end', 'while', line);
    return { type: 'while', condition, body, line };
  }

  #loopBlock(): Statement[] {
    this.#scope.loops++;
    const body = this.block();
    this.#scope.loops--;
    return body;
  }

  #repeat(line: number): Statement {
    this.lexer.next();
    const before = this.#scope.active.length;
    this.#scope.loops++;
    const body = this.#openBlock();
    this.#scope.loops--;
    this.close('until', 'repeat', line);
    const condition = this.expression();
    this.#scope.active.length = before;
    return { type: 'repeat', body, condition, line };
  }

  #for(line: number): Statement {
    this.lexer.next();
    const name = this.name();
    if (this.lexer.type === '=') return this.#numericFor(name, line);
    if (this.lexer.type !== ',' && this.lexer.type !== 'in') {
      this.lexer.fail("'=' or 'in' expected");
    }
    const symbols = [this.#newLocal(name, 3)];
    while (this.accept(',')) symbols.push(this.#newLocal(this.name(), symbols.length + 3));
    this.expect('in');
    const inLine = this.lexer.line;
    const values = this.expressionList();
    this.expect('do');
    for (const symbol of symbols) symbol.sources.push(null);
    const body = this.#scopedLoop(symbols);
    this.close('end', 'for', line);
    return { type: 'generic-for', symbols, values, body, line: inLine };
  }

  #numericFor(name: string, line: number): Statement {
    const symbol = this.#newLocal(name, 3);
    this.lexer.next();
    const start = this.expression();
    this.expect(',');
    const limit = this.expression();
    const step = this.accept(',') ? this.expression() : null;
    this.expect('do');
    symbol.sources.push({ type: 'number', value: 0 });
    const body = this.#scopedLoop([symbol]);
    this.close('end', 'for', line);
    return { type: 'numeric-for', symbol, start, limit, step, body, line };
  }

  #scopedLoop(symbols: LocalSymbol[]): Statement[] {
    const before = this.#scope.active.length;
    this.#scope.active.push(...symbols);
    const body = this.#loopBlock();
    this.#scope.active.length = before;
    return body;
  }

  #functionStatement(line: number): Statement {
    this.lexer.next();
    let target: Target = this.resolve(this.name(), this.lexer.lastLine);
    while (this.lexer.type === '.' || this.lexer.type === ':') {
      const isMethod = this.lexer.type === ':';
      this.lexer.next();
      const key: Expression = { type: 'string', value: this.name() };
      target = { type: 'index', object: target, key, line: this.lexer.lastLine };
      if (isMethod) return this.#assignFunction(target, true, line);
    }
    return this.#assignFunction(target, false, line);
  }

  #assignFunction(target: Target, isMethod: boolean, line: number): Statement {
    const value: Expression = { type: 'function', body: this.functionBody(isMethod, line) };
    if (target.type === 'local') target.symbol.sources.push(null);
    return { type: 'assign', targets: [target], values: [value], line };
  }

  #localFunction(): Statement {
    const symbol = this.#newLocal(this.name());
    symbol.sources.push(null);
    this.#scope.active.push(symbol);
    const body = this.functionBody(false, this.lexer.line);
    return { type: 'local-function', symbol, body };
  }

  #local(line: number): Statement {
    const symbols: LocalSymbol[] = [];
    do {
      symbols.push(this.#newLocal(this.name(), symbols.length));
    } while (this.accept(','));
    const values = this.accept('=') ? this.expressionList() : [];
    recordSources(symbols, values);
    this.#scope.active.push(...symbols);
    return { type: 'local', symbols, values, line };
  }

  #return(line: number): Statement {
    this.lexer.next();
    const isEmpty = this.#atBlockEnd() || this.lexer.type === ';';
    const values = isEmpty ? [] : this.expressionList();
    return { type: 'return', values, line };
  }

  #expressionStatement(line: number): Statement {
    const expression = this.suffixed();
    if (expression.type === 'call') return { type: 'call', call: expression as CallExpression };
    const targets = [this.#asTarget(expression)];
    while (this.accept(',')) {
      targets.push(this.#asTarget(this.suffixed()));
      if (targets.length > MAX_LEVELS - this.#levels) {
        this.#limit('variables in assignment', MAX_LEVELS - this.#levels);
      }
    }
    this.expect('=');
    const values = this.expressionList();
    recordSources(
      targets.map((target) => (target.type === 'local' ? target.symbol : null)),
      values,
    );
    return { type: 'assign', targets, values, line };
  }

  #asTarget(expression: Expression): Target {
    const { type } = expression;
    if (type === 'local' || type === 'global' || type === 'index') return expression as Target;
    return this.lexer.fail('syntax error');
  }

  functionBody(isMethod: boolean, line: number): FunctionBody {
    const parent = this.#scope;
    this.expect('(');
    const names = isMethod ? ['self'] : [];
    let isVararg = false;
    if (this.lexer.type !== ')') {
      do {
        if (this.lexer.type === NAME) names.push(this.name());
        else if (this.accept('...')) isVararg = true;
        else this.lexer.fail("<name> or '...' expected");
      } while (!isVararg && this.accept(','));
    }
    const scope = newScope(parent, line, isVararg);
    this.#scope = scope;
    for (const name of names) scope.active.push(this.#parameter(name));
    const argumentTable = isVararg ? this.#parameter('arg') : null;
    const parameters = [...scope.active];
    if (argumentTable !== null) scope.active.push(argumentTable);
    this.expect(')');
    const body = this.block();
    this.close('end', 'function', line);
    this.#scope = parent;
    const table = scope.usesVararg ? null : argumentTable;
    // A body that names `...` leaves `arg` nil, as an ordinary unset local.
    if (scope.usesVararg && argumentTable !== null) {
      body.unshift({ type: 'local', symbols: [argumentTable], values: [], line });
    }
    return { parameters, isVararg, argumentTable: table, body, line };
  }

  #parameter(name: string): LocalSymbol {
    const symbol = this.#newLocal(name);
    symbol.sources.push(null);
    return symbol;
  }

  expressionList(): Expression[] {
    const list = [this.expression()];
    while (this.accept(',')) list.push(this.expression());
    return list;
  }

  expression(): Expression {
    return parseBinary(this, 0);
  }

  /** A name or parenthesis with everything that can follow: fields, indices, calls. */
  suffixed(): Expression {
    const { lexer } = this;
    const { line } = lexer;
    let result = this.#primary();
    for (;;) {
      switch (lexer.type) {
        case '.': {
          lexer.next();
          const key: Expression = { type: 'string', value: this.name() };
          result = { type: 'index', object: result, key, line: lexer.lastLine };
          break;
        }
        case '[': {
          lexer.next();
          const key = this.expression();
          this.expect(']');
          result = { type: 'index', object: result, key, line: lexer.lastLine };
          break;
        }
        case ':': {
          lexer.next();
          const method = this.name();
          result = this.#call(result, method, line);
          break;
        }
        case '(':
        case '{':
        case STRING:
          result = this.#call(result, null, line);
          break;
        default:
          return result;
      }
    }
  }

  #primary(): Expression {
    const { lexer } = this;
    if (lexer.type === NAME) {
      const name = this.name();
      return this.resolve(name, lexer.lastLine);
    }
    if (lexer.type !== '(') lexer.fail('unexpected symbol');
    const { line } = lexer;
    lexer.next();
    const inner = this.expression();
    this.close(')', '(', line);
    return { type: 'parenthesis', inner };
  }

  #call(callee: Expression, method: string | null, line: number): Expression {
    const { lexer } = this;
    const { type, line: open } = lexer;
    let list: Expression[] = [];
    if (type === STRING) {
      list = [{ type: 'string', value: lexer.value as string }];
      lexer.next();
    } else if (type === '{') list = [this.table()];
    else if (type === '(') {
      if (open !== lexer.lastLine) {
        lexer.fail('ambiguous syntax (function call x new statement)');
      }
      lexer.next();
      if (!this.at(')')) list = this.expressionList();
      this.close(')', '(', open);
    } else lexer.fail('function arguments expected');
    return { type: 'call', callee, method, arguments: list, line };
  }

  table(): Expression {
    const { lexer } = this;
    const { line } = lexer;
    this.expect('{');
    const items: TableItem[] = [];
    while (lexer.type !== '}') {
      items.push(this.#tableItem());
      if (!this.accept(',') && !this.accept(';')) break;
    }
    this.close('}', '{', line);
    return { type: 'table', items, line };
  }

  #tableItem(): TableItem {
    const { lexer } = this;
    if (lexer.type === NAME && lexer.peek() === '=') {
      const key: Expression = { type: 'string', value: this.name() };
      lexer.next();
      return { key, value: this.expression() };
    }
    if (lexer.type === '[') {
      lexer.next();
      const key = this.expression();
      this.expect(']');
      this.expect('=');
      return { key, value: this.expression() };
    }
    return { key: null, value: this.expression() };
  }

  /** A number, string, constant, table, function or suffixed expression. */
  simple(): Expression {
    const { lexer } = this;
    const { type, value, line } = lexer;
    switch (type) {
      case NUMBER:
        lexer.next();
        return { type: 'number', value: value as number };
      case STRING:
        lexer.next();
        return { type: 'string', value: value as string };
      case 'nil':
      case 'true':
      case 'false':
        lexer.next();
        return { type };
      case '...':
        this.useVararg();
        lexer.next();
        return { type: 'vararg' };
      case '{':
        return this.table();
      case 'function':
        lexer.next();
        return { type: 'function', body: this.functionBody(false, line) };
      default:
        return this.suffixed();
    }
  }
}

function newScope(parent: Scope | null, line: number, isVararg: boolean): Scope {
  return { parent, line, active: [], upvalues: new Set(), isVararg, usesVararg: false, loops: 0 };
}

/** Notes which expression each variable gets; null for nil and for results of a last call. */
function recordSources(symbols: (LocalSymbol | null)[], values: Expression[]): void {
  for (let i = 0; i < symbols.length; i++) {
    const value = values[i];
    const isMulti = i >= values.length - 1 && (value?.type === 'call' || value?.type === 'vararg');
    symbols[i]?.sources.push(value === undefined || isMulti ? null : value);
  }
}
