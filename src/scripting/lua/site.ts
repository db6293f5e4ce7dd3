/**
 * Places in a script that an error message may have to name. Every operation that can fail gets
 * one when it is compiled. Calls note theirs in `place` before they are made, for native functions that
 * fail, and mark the JavaScript line they stand on with it, so that a JavaScript stack can be read as a
 * Lua stack (position.ts) where the callers further out matter.
 */

/** How a value was named in the source: "local", "global", "field", "method" or "upvalue". */
export type ValueName = { readonly kind: string; readonly name: string };

export type Site = {
  readonly chunk: string;
  readonly line: number;
  /** The operand, or the left one; the callee of a call. */
  readonly left: ValueName | null;
  readonly right: ValueName | null;
};

/**
 * Where the running native function was called: the site in Lua code, or null when a native
 * function called it. Lua code runs in one thread, so there is one for all runtimes.
 */
export const place: { site: Site | null } = { site: null };
