/**
 * The users of a server, by name. There is always one named `default`, which connections begin with.
 * Rules that come together take effect together: they are tried on a copy first.
 */
import type { CommandTable } from '../command/registry.ts';
import type { Config } from '../config/config.ts';
import type { Digests } from '../env/digests.ts';
import { CommandCatalog } from './command-catalog.ts';
import { applyRule, joinSelectors, type RuleContext, Unmatched } from './user-rules.ts';
import { type RuleProblem, UNKNOWN_COMMAND, UNMATCHED } from './rule-problems.ts';
import { User } from './user.ts';

export const DEFAULT_USER = 'default';

/** A rule that could not be applied. */
export interface WrongRule {
  readonly rule: string;
  /** Undefined: the rule opens a parenthesis that is not closed. */
  readonly problem: RuleProblem | undefined;
}

export class Users {
  readonly digests: Digests;
  readonly #catalog: CommandCatalog;
  readonly #config: Config;
  #byName = new Map<string, User>();
  /** The default user stays the same object for ever. */
  readonly default: User;

  constructor(table: CommandTable, config: Config, digests: Digests) {
    this.#catalog = new CommandCatalog(table);
    this.#config = config;
    this.digests = digests;
    this.default = this.create(DEFAULT_USER);
    this.default.copyFrom(this.unlimited());
    this.#byName.set(DEFAULT_USER, this.default);
  }

  get(name: string): User | undefined {
    return this.#byName.get(name);
  }

  /** In the order of their names' bytes. */
  all(): readonly User[] {
    return [...this.#byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  add(user: User): void {
    this.#byName.set(user.name, user);
  }

  remove(name: string): void {
    this.#byName.delete(name);
  }

  /** A user that is not in the list and may do nothing. */
  create(name: string): User {
    return new User(name, this.#catalog, this.ruleContext.allChannels);
  }

  /** What the default user is unless somebody says otherwise. */
  unlimited(): User {
    const user = this.create(DEFAULT_USER);
    for (const rule of ['on', 'nopass', '~*', '&*', '+@all'])
      applyRule(user, rule, this.ruleContext);
    return user;
  }

  get ruleContext(): RuleContext {
    return { digests: this.digests, allChannels: this.#config.aclPubsubDefault === 'allchannels' };
  }

  /**
   * What is wrong with the rules of a configuration line: a place among them, and why. Commands that
   * do not exist are left to the start, when everything is there.
   */
  problemIn(words: readonly string[]): { rule: number; text: string } | undefined {
    const rules = joinSelectors(words);
    if (rules instanceof Unmatched) return { rule: rules.index, text: UNMATCHED };
    const user = this.create('');
    for (const [rule, text] of rules.entries()) {
      const problem = applyRule(user, text, this.ruleContext);
      if (problem !== undefined && problem !== UNKNOWN_COMMAND) return { rule, text: problem };
    }
    return undefined;
  }

  /** Applies rules as given by a client; the first one that is wrong ends it half-way. */
  apply(user: User, words: readonly string[]): WrongRule | undefined {
    const rules = joinSelectors(words);
    if (rules instanceof Unmatched) return { rule: words[rules.index], problem: undefined };
    for (const rule of rules) {
      const problem = applyRule(user, rule, this.ruleContext);
      if (problem !== undefined) return { rule, problem };
    }
    return undefined;
  }
}
