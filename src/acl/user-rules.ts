/**
 * The rules that concern a user as a whole (`on`, `>password`, `reset` …), and rules in the form in
 * which clients and files give them: what stands in parentheses is one rule.
 */
import { fromLatin1 } from '../bytes/text.ts';
import { splitWords } from '../config/quoting.ts';
import type { Digests } from '../env/digests.ts';
import { BAD_HASH, NO_SUCH_PASSWORD, type RuleProblem } from './rule-problems.ts';
import { Selector } from './selector.ts';
import { applySelectorRule } from './selector-rules.ts';
import type { User } from './user.ts';

/** What rules mean depends on this besides. */
export interface RuleContext {
  readonly digests: Digests;
  /** `acl-pubsub-default allchannels`: what new selectors begin with. */
  readonly allChannels: boolean;
}

const RESET = 'resetpass resetkeys resetchannels off sanitize-payload clearselectors -@all';

const WORDS: ReadonlyMap<string, (user: User) => void> = new Map([
  ['on', (user) => void (user.isOn = true)],
  ['off', (user) => void (user.isOn = false)],
  ['nopass', (user) => setPasswords(user, true)],
  ['resetpass', (user) => setPasswords(user, false)],
  ['sanitize-payload', (user) => void (user.sanitizesPayloads = true)],
  ['skip-sanitize-payload', (user) => void (user.sanitizesPayloads = false)],
  ['clearselectors', (user) => void (user.selectors.length = 1)],
]);

/** Applies one rule; undefined, or why it cannot be applied. The user may be half changed then. */
export function applyRule(user: User, rule: string, context: RuleContext): RuleProblem | undefined {
  if (rule === '') return undefined;
  const lower = rule.toLowerCase();
  const word = WORDS.get(lower);
  if (word !== undefined) {
    word(user);
    return undefined;
  }
  if (lower === 'reset') {
    for (const one of RESET.split(' ')) applyRule(user, one, context);
    user.own.allChannels = context.allChannels;
    return undefined;
  }
  if (rule.startsWith('(') && rule.endsWith(')')) return addSelector(user, rule, context);
  if (/^[<>#!]/.test(rule)) return changePasswords(user, rule, context.digests);
  return applySelectorRule(user.own, rule);
}

function setPasswords(user: User, needsNone: boolean): void {
  user.needsNoPassword = needsNone;
  user.passwords = [];
}

/** `>password` and `#hash` add one, `<password` and `!hash` take one away. */
function changePasswords(user: User, rule: string, digests: Digests): RuleProblem | undefined {
  const text = rule.slice(1);
  const isPlain = rule[0] === '>' || rule[0] === '<';
  if (!isPlain && !/^[0-9a-f]{64}$/.test(text)) return BAD_HASH;
  const hash = isPlain ? digests.sha256Hex(fromLatin1(text), 0, text.length) : text;
  const known = user.passwords.indexOf(hash);
  if (rule[0] === '>' || rule[0] === '#') {
    if (known < 0) user.passwords.push(hash);
    user.needsNoPassword = false;
    return undefined;
  }
  if (known < 0) return NO_SUCH_PASSWORD;
  user.passwords.splice(known, 1);
  return undefined;
}

function addSelector(user: User, rule: string, context: RuleContext): RuleProblem | undefined {
  // Quotes that do not match leave nothing to allow.
  const words = splitWords(rule.slice(1, -1)) ?? [];
  const selector = new Selector(user.own.commands.catalog, context.allChannels);
  for (const word of words) {
    const problem = applySelectorRule(selector, word);
    if (problem !== undefined) return problem;
  }
  user.selectors.push(selector);
  return undefined;
}

/** A parenthesis that is not closed: the index of the word it begins. */
export class Unmatched {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** Joins the words of each parenthesis to one rule. Who opens another one begins anew. */
export function joinSelectors(words: readonly string[]): string[] | Unmatched {
  const rules: string[] = [];
  let open = -1;
  let joined = '';
  for (const [index, word] of words.entries()) {
    if (word.startsWith('(') && !word.endsWith(')')) {
      open = index;
      joined = word;
    } else if (open >= 0) {
      joined += ` ${word}`;
      if (!word.endsWith(')')) continue;
      rules.push(joined);
      open = -1;
    } else rules.push(word);
  }
  return open >= 0 ? new Unmatched(open) : rules;
}
