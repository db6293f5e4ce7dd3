/** Scripts and function libraries as commands and guards see them. */
import type { CommandContext } from './context.ts';

/** Bits of what a script declares of itself (`#!lua flags=…`, register_function's flags). */
export const SCRIPT_NO_WRITES = 1 << 0;
export const SCRIPT_ALLOW_OOM = 1 << 1;
export const SCRIPT_ALLOW_STALE = 1 << 2;
export const SCRIPT_NO_CLUSTER = 1 << 3;
export const SCRIPT_ALLOW_CROSS_SLOT = 1 << 4;
/** Declares nothing: an EVAL script without `#!`, to which the older and laxer rules apply. */
export const SCRIPT_UNDECLARED = 1 << 5;

/** Names of the bits, by bit number. */
export const SCRIPT_FLAG_NAMES: readonly string[] = [
  'no-writes',
  'allow-oom',
  'allow-stale',
  'no-cluster',
  'allow-cross-slot-keys',
];

/** What a guard may ask about the script whose command it judges. */
export interface RunningScript {
  /** SCRIPT_* bits. */
  readonly flags: number;
  /** Has changed data: it can no longer be refused for the state the server is in. */
  readonly hasWritten: boolean;
}

/** SCRIPT FLUSH and the like, and what INFO counts. */
export interface ScriptCachePort {
  readonly count: number;
  /** Bytes of the sources. */
  readonly bytes: number;
  /** `sha` in lower case. */
  has(sha: string): boolean;
  /** Keeps a script; gives its SHA1, or an error text behind `error`. */
  load(source: string): { readonly sha: string } | { readonly error: string };
  flush(): void;
}

export interface FunctionDescription {
  readonly name: string;
  readonly description: string | undefined;
  /** SCRIPT_* bits. */
  readonly flags: number;
}

export interface LibraryDescription {
  readonly name: string;
  readonly code: string;
  readonly functions: ReadonlyMap<string, FunctionDescription>;
}

export type RestorePolicy = 'flush' | 'append' | 'replace';

/** Function libraries. Texts are byte strings; methods give undefined or an error text. */
export interface FunctionsPort {
  readonly libraries: ReadonlyMap<string, LibraryDescription>;
  readonly functionCount: number;
  /** Bytes of the sources. */
  readonly bytes: number;
  /** Loads a library; its name, or an error. */
  load(code: string, replace: boolean): { readonly name: string } | { readonly error: string };
  remove(name: string): boolean;
  flush(): void;
  dump(): Uint8Array;
  restore(payload: Uint8Array, policy: RestorePolicy): string | undefined;
}

/** The function that runs at present. */
export interface RunningFunction {
  readonly name: string;
  readonly command: readonly Uint8Array[];
  readonly milliseconds: number;
}

export interface ScriptingPort {
  readonly scripts: ScriptCachePort;
  readonly functions: FunctionsPort;
  /**
   * Handlers of EVAL, EVALSHA and FCALL: argument 1 is the script, its SHA1 or the function's name.
   * When the script takes long, they return without a reply and it goes on between turns of the
   * event loop, within the same unit; see `isSuspended`.
   */
  eval(context: CommandContext, readOnly: boolean): void;
  evalSha(context: CommandContext, readOnly: boolean): void;
  callFunction(context: CommandContext, readOnly: boolean): void;
  /** SCRIPT KILL (`eval`) and FUNCTION KILL: undefined, or the error text. */
  kill(kind: 'eval' | 'function'): string | undefined;
  /** Whether the command that runs was called by a script. */
  readonly isRunning: boolean;
  /** What runs on beyond its turn: nothing, an EVAL script, or a function. */
  running(): RunningFunction | 'eval' | undefined;
  /** Whether the script the last command began is still running. */
  readonly isSuspended: boolean;
  /**
   * For who runs commands one after the other (EXEC) when `isSuspended`: `rest` runs when the script
   * has ended and replied, with the place where the reply of the whole begins then. What was replied
   * since `mark` is put aside until then.
   */
  whenResumed(mark: number, rest: (mark: number) => void): void;
}
