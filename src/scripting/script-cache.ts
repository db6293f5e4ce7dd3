/**
 * The scripts that EVAL and SCRIPT LOAD brought, by SHA1. All of them are known until SCRIPT FLUSH,
 * as clients rely on; what takes memory, the compiled code, is kept for those that were compiled last
 * and made again when another is called.
 *
 * The way from a request to its script is short for scripts used again and again: the bytes of the
 * argument (a source or a SHA1) are looked up in a small direct-mapped table, so neither a digest
 * nor a string is made. O(bytes of the argument).
 */
import { hashBytes } from '../bytes/hash.ts';
import { sha1Hex } from '../bytes/sha1.ts';
import { equalsBytes, fromLatin1, latin1 } from '../bytes/text.ts';
import { LuaError } from './lua/errors.ts';
import type { LuaRuntime, LuaScript } from './lua/runtime.ts';
import { parseScriptHead } from './shebang.ts';

/** Compiled scripts kept, and bytes of their sources. */
const MAX_COMPILED = 500;
const MAX_COMPILED_BYTES = 8 * 1024 * 1024;
/** Slots of each direct-mapped table; a power of two. */
const RECENT = 1024;
/** Longer sources are not kept there. */
const MAX_RECENT_BYTES = 16 * 1024;
const SHA_LENGTH = 40;

export class CachedScript {
  readonly sha: string;
  readonly source: string;
  /** SCRIPT_* bits. */
  readonly flags: number;
  /** What is compiled. */
  readonly body: string;
  compiled: LuaScript | undefined;

  constructor(sha: string, source: string, flags: number, body: string) {
    this.sha = sha;
    this.source = source;
    this.flags = flags;
    this.body = body;
  }
}

/** An argument seen lately, and the script it stands for. */
interface Recent {
  readonly bytes: Uint8Array;
  readonly script: CachedScript;
}

export class ScriptCache {
  readonly #makeRuntime: () => LuaRuntime;
  readonly #scripts = new Map<string, CachedScript>();
  /** Those that are compiled, oldest first. */
  readonly #compiled = new Set<CachedScript>();
  #compiledBytes = 0;
  #recentSources = emptyRecent();
  #recentShas = emptyRecent();
  #runtime: LuaRuntime | undefined;
  #bytes = 0;

  /** `makeRuntime` gives the Lua world scripts run in: a new one after each flush. */
  constructor(makeRuntime: () => LuaRuntime) {
    this.#makeRuntime = makeRuntime;
  }

  get runtime(): LuaRuntime {
    return (this.#runtime ??= this.#makeRuntime());
  }

  get count(): number {
    return this.#scripts.size;
  }

  /** How many have compiled code at present. */
  get compiledCount(): number {
    return this.#compiled.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(sha: string): boolean {
    return this.#scripts.has(sha);
  }

  flush(): void {
    this.#scripts.clear();
    this.#compiled.clear();
    this.#compiledBytes = 0;
    this.#bytes = 0;
    this.#recentSources = emptyRecent();
    this.#recentShas = emptyRecent();
    this.#runtime = undefined;
  }

  load(source: string): { readonly sha: string } | { readonly error: string } {
    const bytes = fromLatin1(source);
    const found = this.bySource(bytes, 0, bytes.length);
    return typeof found === 'string' ? { error: found } : { sha: found.sha };
  }

  /** The script with this source, compiled and kept; or an error text. */
  bySource(bytes: Uint8Array, start: number, end: number): CachedScript | string {
    const slot = hashBytes(bytes, start, end) & (RECENT - 1);
    const recent = recentScript(this.#recentSources[slot], bytes, start, end);
    if (recent !== undefined) return recent;
    const sha = sha1Hex(bytes, start, end);
    let script = this.#scripts.get(sha);
    if (script === undefined) {
      const source = latin1(bytes, start, end);
      const head = parseScriptHead(source);
      if (typeof head === 'string') return `ERR ${head}`;
      script = new CachedScript(sha, source, head.flags, head.body);
      try {
        this.#compile(script);
      } catch (error) {
        if (!(error instanceof LuaError)) throw error;
        return `ERR Error compiling script (new function): ${error.message}`;
      }
      this.#scripts.set(sha, script);
      this.#bytes += source.length;
    }
    if (end - start <= MAX_RECENT_BYTES)
      this.#recentSources[slot] = { bytes: bytes.slice(start, end), script };
    return script;
  }

  /** The script with this SHA1, in either case; undefined when it is not known. */
  bySha(bytes: Uint8Array, start: number, end: number): CachedScript | undefined {
    if (end - start !== SHA_LENGTH) return undefined;
    const slot = hashBytes(bytes, start, end) & (RECENT - 1);
    const recent = recentScript(this.#recentShas[slot], bytes, start, end);
    if (recent !== undefined) return recent;
    const script = this.#scripts.get(latin1(bytes, start, end).toLowerCase());
    if (script !== undefined) this.#recentShas[slot] = { bytes: bytes.slice(start, end), script };
    return script;
  }

  /** The code of a script, compiled anew if it had to make room. */
  compiled(script: CachedScript): LuaScript {
    return script.compiled ?? this.#compile(script);
  }

  #compile(script: CachedScript): LuaScript {
    const compiled = this.runtime.compileScript(script.body);
    script.compiled = compiled;
    this.#compiled.add(script);
    this.#compiledBytes += script.source.length;
    for (const oldest of this.#compiled) {
      const fits = this.#compiled.size <= MAX_COMPILED && this.#compiledBytes <= MAX_COMPILED_BYTES;
      if (fits || oldest === script) break;
      this.#compiled.delete(oldest);
      this.#compiledBytes -= oldest.source.length;
      oldest.compiled = undefined;
    }
    return compiled;
  }
}

/** The script of a slot if it is the one these bytes stand for. */
function recentScript(
  recent: Recent | undefined,
  bytes: Uint8Array,
  start: number,
  end: number,
): CachedScript | undefined {
  if (recent === undefined) return undefined;
  const isSame = equalsBytes(recent.bytes, 0, recent.bytes.length, bytes, start, end);
  return isSame ? recent.script : undefined;
}

function emptyRecent(): (Recent | undefined)[] {
  return Array.from({ length: RECENT }, () => undefined);
}
