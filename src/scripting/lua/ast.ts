/** The syntax tree: names are resolved while parsing, so the compiler sees symbols, not names. */

/** A local variable or parameter. */
export type LocalSymbol = {
  readonly name: string;
  /** Unique within a chunk; the compiled name derives from it alone. */
  readonly id: number;
  /** Every expression assigned to it; null stands for a value unknown to the compiler. */
  readonly sources: (Expression | null)[];
  /** Holds numbers only, as far as the compiler can prove: see inference.ts. */
  isNumber: boolean;
};

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '..'
  | '=='
  | '~='
  | '<'
  | '<='
  | '>'
  | '>=';

export type LocalExpression = { type: 'local'; symbol: LocalSymbol; isUpvalue: boolean };
export type GlobalExpression = { type: 'global'; name: string; line: number };
export type IndexExpression = {
  type: 'index';
  object: Expression;
  key: Expression;
  line: number;
};
export type CallExpression = {
  type: 'call';
  callee: Expression;
  /** Set for `object:method(...)`, where callee is the object. */
  method: string | null;
  arguments: Expression[];
  line: number;
};
export type BinaryExpression = {
  type: 'binary';
  operator: BinaryOperator;
  left: Expression;
  right: Expression;
  line: number;
};
export type LogicalExpression = { type: 'and' | 'or'; left: Expression; right: Expression };
export type UnaryExpression = {
  type: 'unary';
  operator: '-' | 'not' | '#';
  operand: Expression;
  line: number;
};
/** A null key makes the item positional. */
export type TableItem = { key: Expression | null; value: Expression };
export type TableExpression = { type: 'table'; items: TableItem[]; line: number };

export type Expression =
  | { type: 'nil' | 'true' | 'false' | 'vararg' }
  | { type: 'number'; value: number }
  | { type: 'string'; value: string }
  | { type: 'function'; body: FunctionBody }
  | { type: 'parenthesis'; inner: Expression }
  | LocalExpression
  | GlobalExpression
  | IndexExpression
  | CallExpression
  | BinaryExpression
  | LogicalExpression
  | UnaryExpression
  | TableExpression;

export type Target = LocalExpression | GlobalExpression | IndexExpression;

export type FunctionBody = {
  parameters: LocalSymbol[];
  isVararg: boolean;
  /** The implicit `arg` table of a vararg function that does not use `...`. */
  argumentTable: LocalSymbol | null;
  body: Statement[];
  line: number;
};

export type Statement =
  | { type: 'local'; symbols: LocalSymbol[]; values: Expression[]; line: number }
  | { type: 'local-function'; symbol: LocalSymbol; body: FunctionBody }
  | { type: 'assign'; targets: Target[]; values: Expression[]; line: number }
  | { type: 'call'; call: CallExpression }
  | { type: 'do'; body: Statement[] }
  | { type: 'while'; condition: Expression; body: Statement[]; line: number }
  | { type: 'repeat'; body: Statement[]; condition: Expression; line: number }
  | { type: 'if'; clauses: { condition: Expression | null; body: Statement[] }[] }
  | {
      type: 'numeric-for';
      symbol: LocalSymbol;
      start: Expression;
      limit: Expression;
      step: Expression | null;
      body: Statement[];
      line: number;
    }
  | {
      type: 'generic-for';
      symbols: LocalSymbol[];
      values: Expression[];
      body: Statement[];
      line: number;
    }
  | { type: 'return'; values: Expression[]; line: number }
  | { type: 'break' };
