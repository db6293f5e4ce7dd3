/** Operator precedence parsing of Lua expressions. */
import type { BinaryOperator, Expression } from './ast.ts';
import type { Parser } from './parser.ts';

/** Left and right binding strength; the right is smaller for right-associative operators. */
const STRENGTH = new Map<string, readonly [number, number]>([
  ['or', [1, 1]],
  ['and', [2, 2]],
  ['<', [3, 3]],
  ['>', [3, 3]],
  ['<=', [3, 3]],
  ['>=', [3, 3]],
  ['~=', [3, 3]],
  ['==', [3, 3]],
  ['..', [5, 4]],
  ['+', [6, 6]],
  ['-', [6, 6]],
  ['*', [7, 7]],
  ['/', [7, 7]],
  ['%', [7, 7]],
  ['^', [10, 9]],
]);
const UNARY_STRENGTH = 8;

/** Parses an expression whose operators bind more strongly than `limit`. */
export function parseBinary(parser: Parser, limit: number): Expression {
  const { lexer } = parser;
  parser.enter();
  let left: Expression;
  const { type } = lexer;
  if (type === 'not' || type === '-' || type === '#') {
    lexer.next();
    const operand = parseBinary(parser, UNARY_STRENGTH);
    left = foldUnary(type, operand, lexer.lastLine);
  } else left = parser.simple();
  for (;;) {
    const operator = lexer.type;
    const strength = STRENGTH.get(operator);
    if (strength === undefined || strength[0] <= limit) break;
    lexer.next();
    const right = parseBinary(parser, strength[1]);
    left =
      operator === 'and' || operator === 'or'
        ? { type: operator, left, right }
        : {
            type: 'binary',
            operator: operator as BinaryOperator,
            left,
            right,
            line: lexer.lastLine,
          };
  }
  parser.leave();
  return left;
}

function foldUnary(operator: 'not' | '-' | '#', operand: Expression, line: number): Expression {
  if (operator === '-' && operand.type === 'number') {
    return { type: 'number', value: -operand.value };
  }
  return { type: 'unary', operator, operand, line };
}
