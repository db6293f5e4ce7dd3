/** Compiles a parsed chunk: type inference, then code. See compiler.ts for the scheme. */
import type { FunctionBody, LocalSymbol } from './ast.ts';
import { compileExpression } from './compile-expression.ts';
import { compileBlock } from './compile-statement.ts';
import { Compiler, type Compiled, type Form } from './compiler.ts';
import { inferNumbers } from './inference.ts';

/** JavaScript source of a factory for the chunk's main function, and the sites it refers to. */
export function compileFunction(
  body: FunctionBody,
  chunk: string,
  form: Form,
  isLibrary: boolean,
): Compiled {
  const emitters = { expression: compileExpression, block: compileBlock };
  const compiler = new Compiler(chunk, form, isLibrary, emitters);
  inferNumbers(collectSymbols(body));
  const source = `"use strict";return ${compiler.closure(body, 'main')};`;
  return { source, sites: compiler.sites };
}

/** Every local symbol declared in a function or the functions within it. */
function collectSymbols(root: unknown): LocalSymbol[] {
  const found = new Set<LocalSymbol>();
  const visited = new Set<object>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const node = pending.pop();
    if (typeof node !== 'object' || node === null || visited.has(node)) continue;
    visited.add(node);
    if ('sources' in node) found.add(node as LocalSymbol);
    for (const child of Object.values(node)) pending.push(child);
  }
  return [...found];
}
