/**
 * The configuration of one server: the value of every directive, CONFIG GET and CONFIG SET.
 *
 * Values live twice: exactly, by directive, for printing and rewriting; and as plain fields
 * (inherited from `Settings`) for the code that acts on them. Both change together, here only.
 */
import { matchesGlob } from '../bytes/glob.ts';
import { fromLatin1 } from '../bytes/text.ts';
import {
  DENY_LOADING,
  HIDDEN,
  IMMUTABLE,
  MULTIPLE_WORDS,
  Problem,
  PROTECTED,
  VOLATILE,
} from './directive.ts';
import type { Directive } from './directive.ts';
import { DIRECTIVES, findDirective } from './directives.ts';
import { Settings } from './settings.ts';

/**
 * Makes a changed configuration take effect; called after the fields have their new values, with
 * the names of the changed directives. A text vetoes the change: the listener then has to leave
 * everything as it was. Listeners that have accepted are called again once the old values are back.
 */
export type ApplyListener = (changed: ReadonlySet<string>) => Veto | Promise<Veto>;
export type Veto = string | undefined | void;

/** An error text, nothing when all is well, or a promise of either. */
export type Outcome = string | undefined | Promise<string | undefined>;

interface Registration {
  readonly names: readonly string[];
  readonly listener: ApplyListener;
  readonly takesTime: boolean;
}

/** Who asks for CONFIG SET, as far as that matters. */
export interface SetOptions {
  /** A data set is being loaded. */
  readonly loading?: boolean;
  /** The client sits on the same machine (loopback or Unix socket). */
  readonly local?: boolean;
}

interface Change {
  /** As errors name it: the name or alias, in lower case. */
  readonly name: string;
  readonly directive: Directive;
  readonly words: readonly string[];
}

function failure(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}

export class Config extends Settings {
  readonly #values = new Map<Directive, unknown>();
  readonly #registrations: Registration[] = [];
  /** The CONFIG SET whose listeners are still at work, if any. */
  #pending: Promise<unknown> | undefined;

  constructor() {
    super();
    for (const directive of DIRECTIVES) this.#put(directive, directive.initial);
  }

  /** The exact value of a directive, as its kind keeps it. */
  value(directive: Directive): unknown {
    return this.#values.get(directive);
  }

  /** The value of a directive as CONFIG GET prints it; `undefined` for an unknown name. */
  print(name: string): string | undefined {
    const directive = findDirective(name);
    return directive?.kind.print(this.#values.get(directive));
  }

  /**
   * CONFIG GET: names and values for every pattern, each directive once. A pattern without `[`,
   * `*` or `?` names a directive, and comes back as it was written; older names are answered
   * under themselves. O(patterns * directives).
   */
  get(patterns: readonly string[]): [name: string, value: string][] {
    const found = new Map<string, [string, string]>();
    const add = (name: string, directive: Directive) => {
      const key = name.toLowerCase();
      if (found.has(key)) return;
      found.set(key, [name, directive.kind.print(this.#values.get(directive))]);
    };
    for (const pattern of patterns) {
      if (!/[[*?]/.test(pattern)) {
        const exact = findDirective(pattern);
        if (exact) add(pattern, exact);
        continue;
      }
      const glob = fromLatin1(pattern);
      for (const directive of DIRECTIVES) {
        if (directive.flags & HIDDEN) continue;
        if (matches(glob, directive.name)) add(directive.name, directive);
        if (directive.alias && matches(glob, directive.alias)) add(directive.alias, directive);
      }
    }
    return [...found.values()];
  }

  /**
   * CONFIG SET of several directives at once: all of them or none. Returns the error text, or
   * `undefined` when everything has been applied; a promise if a listener works asynchronously,
   * in which case later calls wait for it.
   */
  set(
    pairs: readonly (readonly [name: string, value: string])[],
    options: SetOptions = {},
  ): Outcome {
    if (this.#pending) return this.#pending.then(() => this.set(pairs, options));
    const changes = this.#resolve(pairs, options);
    if (typeof changes === 'string') return changes;
    const before = new Map(changes.map(({ directive }) => [directive, this.value(directive)]));
    const changed: Change[] = [];
    for (const change of changes) {
      const { name, directive, words } = change;
      const old = this.value(directive);
      const problem = this.#parse(directive, words, true);
      if (problem) {
        this.#restore(before);
        return failure(name, problem.text);
      }
      const same = directive.kind.print(old) === directive.kind.print(this.value(directive));
      if (!same || directive.flags & VOLATILE) changed.push(change);
    }
    return this.#apply(changed, before);
  }

  /**
   * Registers what makes some directives take effect. Listeners run once per CONFIG SET, in the
   * order in which it names their directives; they do not run for values set at start. `takesTime`
   * says that the listener may return a promise.
   */
  onApply(names: readonly string[], listener: ApplyListener, takesTime = false): void {
    for (const name of names) {
      if (!findDirective(name)) throw new Error(`unknown directive ${name}`);
    }
    this.#registrations.push({ names, listener, takesTime });
  }

  /** Whether setting this directive may take time, so that `set` returns a promise. */
  takesTime(name: string): boolean {
    const directive = findDirective(name);
    return this.#registrations.some(
      (one) => one.takesTime && one.names.some((known) => findDirective(known) === directive),
    );
  }

  /**
   * Gives a directive a value without asking anybody: for configuration files, embedding, and
   * commands that change a setting (REPLICAOF). `first` is as for `Kind.parse`. Returns why the
   * words are refused, in Redis's words.
   */
  assign(name: string, words: readonly string[], first = true): string | undefined {
    const directive = findDirective(name);
    if (!directive) return 'Bad directive or wrong number of arguments';
    if (directive.flags & MULTIPLE_WORDS) {
      const several = words.length === 1 ? splitAtSpaces(words[0]!) : words;
      return this.#parse(directive, several, first)?.text;
    }
    if (words.length !== 1) return 'wrong number of arguments';
    return this.#parse(directive, words, first)?.text;
  }

  /** The first half of `set`: whom the pairs name, and whether they may be changed at all. */
  #resolve(
    pairs: readonly (readonly [string, string])[],
    { loading = false, local = false }: SetOptions,
  ): Change[] | string {
    const changes: Change[] = [];
    const seen = new Set<string>();
    const open =
      this.enableProtectedConfigs === 'yes' || (this.enableProtectedConfigs === 'local' && local);
    for (const [typed, value] of pairs) {
      const directive = findDirective(typed);
      if (!directive) {
        return `ERR Unknown option or number of arguments for CONFIG SET - '${typed}'`;
      }
      const name = typed.toLowerCase();
      if (directive.flags & IMMUTABLE) return failure(typed, "can't set immutable config");
      if (directive.flags & PROTECTED && !open) return failure(typed, "can't set protected config");
      if (directive.flags & DENY_LOADING && loading) {
        return 'LOADING Redis is loading the dataset in memory';
      }
      if (seen.has(name)) return failure(typed, 'duplicate parameter');
      seen.add(name);
      const several = directive.flags & MULTIPLE_WORDS;
      changes.push({ name, directive, words: several ? splitAtSpaces(value) : [value] });
    }
    return changes;
  }

  #parse(directive: Directive, words: readonly string[], first: boolean): Problem | undefined {
    const value = directive.kind.parse(words, this.value(directive), first);
    if (value instanceof Problem) return value;
    this.#put(directive, value);
    return undefined;
  }

  #put(directive: Directive, value: unknown): void {
    this.#values.set(directive, value);
    // The table decides the type; the test of `Settings` holds it to the declared fields.
    (this as unknown as Record<string, unknown>)[directive.field] = directive.kind.setting(value);
  }

  #restore(values: ReadonlyMap<Directive, unknown>): void {
    for (const [directive, value] of values) this.#put(directive, value);
  }

  /** Runs the listeners of what has changed; on a veto takes everything back. */
  #apply(changed: readonly Change[], before: ReadonlyMap<Directive, unknown>): Outcome {
    const names = new Set(changed.map(({ directive }) => directive.name));
    const queue: { readonly cause: string; readonly listener: ApplyListener }[] = [];
    for (const { name, directive } of changed) {
      for (const { names: wanted, listener } of this.#registrations) {
        const mine = wanted.some((one) => findDirective(one) === directive);
        if (mine && !queue.some((entry) => entry.listener === listener)) {
          queue.push({ cause: name, listener });
        }
      }
    }
    const undo = (from: number, end: number, error: string): Outcome => {
      for (let i = from; i < end; i++) {
        const done = queue[i]!.listener(names);
        if (done instanceof Promise) return done.then(() => undo(i + 1, end, error));
      }
      return error;
    };
    const settle = (veto: Veto, index: number): Outcome => {
      if (typeof veto !== 'string') return undefined;
      this.#restore(before);
      return undo(0, index, failure(queue[index]!.cause, veto));
    };
    const step = (from: number): Outcome => {
      for (let i = from; i < queue.length; i++) {
        const veto = queue[i]!.listener(names);
        if (veto instanceof Promise) return veto.then((late) => settle(late, i) ?? step(i + 1));
        const outcome = settle(veto, i);
        if (outcome !== undefined) return outcome;
      }
      return undefined;
    };
    return this.#hold(step(0));
  }

  /** Keeps later CONFIG SETs waiting until an asynchronous one is through. */
  #hold(result: Outcome): Outcome {
    if (!(result instanceof Promise)) return result;
    const pending = result.finally(() => {
      if (this.#pending === pending) this.#pending = undefined;
    });
    this.#pending = pending;
    return pending;
  }
}

function matches(pattern: Uint8Array, name: string): boolean {
  const text = fromLatin1(name);
  return matchesGlob(pattern, 0, pattern.length, text, 0, text.length, true);
}

/** Redis splits at every single space, so that two of them leave an empty word between. */
function splitAtSpaces(value: string): string[] {
  return value === '' ? [] : value.split(' ');
}
