/** The loaded function libraries: FUNCTION's subcommands, and what FCALL finds. */
import type { Config } from '../config/config.ts';
import type { FunctionsPort, RestorePolicy } from '../command/scripting.ts';
import { dumpLibraries, readDump } from './function-dump.ts';
import type { Library, LibraryFunction, LibraryLoader } from './function-library.ts';

export class Functions implements FunctionsPort {
  readonly #makeLoader: () => LibraryLoader;
  readonly #config: Config;
  #loader: LibraryLoader | undefined;
  #libraries = new Map<string, Library>();
  /** Of all libraries, by name in lower case: FCALL takes any. */
  #functions = new Map<string, LibraryFunction>();

  /** `makeLoader` gives the Lua world of the libraries: a new one after each flush. */
  constructor(makeLoader: () => LibraryLoader, config: Config) {
    this.#makeLoader = makeLoader;
    this.#config = config;
  }

  get loader(): LibraryLoader {
    return (this.#loader ??= this.#makeLoader());
  }

  get libraries(): ReadonlyMap<string, Library> {
    return this.#libraries;
  }

  get functionCount(): number {
    let count = 0;
    for (const { functions } of this.#libraries.values()) count += functions.size;
    return count;
  }

  get bytes(): number {
    let bytes = 0;
    for (const { code } of this.#libraries.values()) bytes += code.length;
    return bytes;
  }

  find(name: string): LibraryFunction | undefined {
    return this.#functions.get(name.toLowerCase());
  }

  load(code: string, replace: boolean): { readonly name: string } | { readonly error: string } {
    const library = this.loader.load(code);
    if (typeof library === 'string') return { error: library };
    const problem = add(this.#libraries, this.#functions, library, replace);
    return problem === undefined ? { name: library.name } : { error: problem };
  }

  remove(name: string): boolean {
    const library = this.#libraries.get(name);
    if (library === undefined) return false;
    this.#libraries.delete(name);
    for (const { name: functionName } of library.functions.values())
      this.#functions.delete(functionName.toLowerCase());
    return true;
  }

  flush(): void {
    this.#libraries = new Map();
    this.#functions = new Map();
    this.#loader = undefined;
  }

  dump(): Uint8Array {
    const sources = [...this.#libraries.values()].map(({ code }) => code);
    return dumpLibraries(sources, this.#config.rdbcompression);
  }

  /** All or nothing. */
  restore(payload: Uint8Array, policy: RestorePolicy): string | undefined {
    const sources = readDump(payload);
    if (typeof sources === 'string') return sources;
    const isFlush = policy === 'flush';
    const libraries = new Map(isFlush ? [] : this.#libraries);
    const functions = new Map(isFlush ? [] : this.#functions);
    const restored = new Set<string>();
    for (const source of sources) {
      const library = this.loader.load(source);
      if (typeof library === 'string') return library;
      const isTwice = restored.has(library.name);
      const problem = add(libraries, functions, library, policy === 'replace' && !isTwice);
      if (problem !== undefined) return problem.replace(/^Library '(.*)'/, 'Library $1');
      restored.add(library.name);
    }
    this.#libraries = libraries;
    this.#functions = functions;
    return undefined;
  }
}

/** Adds a library, or says why not and changes nothing. */
function add(
  libraries: Map<string, Library>,
  functions: Map<string, LibraryFunction>,
  library: Library,
  replace: boolean,
): string | undefined {
  const old = libraries.get(library.name);
  if (old !== undefined && !replace) return `Library '${library.name}' already exists`;
  const own = new Set(old === undefined ? [] : lowerNames(old));
  for (const [name, { name: asWritten }] of entries(library))
    if (functions.has(name) && !own.has(name)) return `Function ${asWritten} already exists`;
  for (const name of own) functions.delete(name);
  libraries.set(library.name, library);
  for (const [name, added] of entries(library)) functions.set(name, added);
  return undefined;
}

function lowerNames(library: Library): string[] {
  return entries(library).map(([name]) => name);
}

function entries({ functions }: Library): [name: string, added: LibraryFunction][] {
  return [...functions.values()].map((added) => [added.name.toLowerCase(), added]);
}
