/**
 * Finds the local variables that can hold numbers only, so that the compiler may leave out the
 * type checks around them. A variable qualifies when every expression ever assigned to it is a
 * number whatever the program does: a literal, a length, or arithmetic on numbers (arithmetic on
 * anything else might call a metamethod). Starts by assuming it of all, and takes the
 * assumption back where it does not hold until nothing changes: O(variables * rounds).
 */
import type { Expression, LocalSymbol } from './ast.ts';

/** Sets `isNumber` of every symbol given. */
export function inferNumbers(symbols: readonly LocalSymbol[]): void {
  for (const symbol of symbols) {
    symbol.isNumber = symbol.sources.length > 0 && !symbol.sources.includes(null);
  }
  let changed = true;
  while (changed) {
    changed = false;
    for (const symbol of symbols) {
      if (!symbol.isNumber || symbol.sources.every((source) => isNumber(source!))) continue;
      symbol.isNumber = false;
      changed = true;
    }
  }
}

/** Whether an expression is a number in every run. */
export function isNumber(expression: Expression): boolean {
  switch (expression.type) {
    case 'number':
      return true;
    case 'local':
      return expression.symbol.isNumber;
    case 'parenthesis':
      return isNumber(expression.inner);
    case 'unary':
      if (expression.operator === '#') return true;
      return expression.operator === '-' && isNumber(expression.operand);
    case 'binary':
      return (
        '+-*/%^'.includes(expression.operator) &&
        isNumber(expression.left) &&
        isNumber(expression.right)
      );
    default:
      return false;
  }
}
