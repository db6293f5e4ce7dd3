/** The one table of directives, grouped as redis.conf.example presents them. */
import {
  CLIENT_DIRECTIVES,
  ENCODING_DIRECTIVES,
  MEMORY_DIRECTIVES,
  SCRIPT_DIRECTIVES,
  SECURITY_DIRECTIVES,
} from './directives-data.ts';
import {
  APPEND_ONLY_DIRECTIVES,
  CLUSTER_DIRECTIVES,
  REPLICATION_DIRECTIVES,
  SNAPSHOT_DIRECTIVES,
} from './directives-durability.ts';
import {
  LOGGING_DIRECTIVES,
  NETWORK_DIRECTIVES,
  PROCESS_DIRECTIVES,
  TLS_DIRECTIVES,
} from './directives-server.ts';
import { withKnownEffect } from './absent-parts.ts';
import { directive, EXTENSION, HIDDEN, IMMUTABLE, Problem } from './directive.ts';
import type { Directive } from './directive.ts';

const DECLARED: readonly Directive[] = [
  ...NETWORK_DIRECTIVES,
  ...TLS_DIRECTIVES,
  ...PROCESS_DIRECTIVES,
  ...LOGGING_DIRECTIVES,
  ...SNAPSHOT_DIRECTIVES,
  ...APPEND_ONLY_DIRECTIVES,
  ...REPLICATION_DIRECTIVES,
  ...CLUSTER_DIRECTIVES,
  ...SECURITY_DIRECTIVES,
  ...CLIENT_DIRECTIVES,
  ...MEMORY_DIRECTIVES,
  ...ENCODING_DIRECTIVES,
  ...SCRIPT_DIRECTIVES,
];

const SETTINGS = DECLARED.map(withKnownEffect);

const WITHOUT_EFFECT = SETTINGS.filter(({ effect }) => effect !== 'applied').map(
  ({ name }) => name,
);

/** CONFIG GET of this name lists what is accepted without effect. Nothing can set it. */
const STATEMENT = directive<string>(
  'directives-without-effect',
  {
    label: 'a statement of the server',
    parse: () => new Problem("can't be set: it states what this server does not act on"),
    print: (value) => value,
    lines: () => [],
    setting: (value) => value,
  },
  WITHOUT_EFFECT.join(' '),
  { flags: IMMUTABLE | HIDDEN | EXTENSION },
);

export const DIRECTIVES: readonly Directive[] = [...SETTINGS, STATEMENT];

/** Lines of redis.conf that are no settings: they may repeat and have no value to ask for. */
export const FILE_ONLY_DIRECTIVES: readonly string[] = [
  'include',
  'loadmodule',
  'rename-command',
  'user',
  'sentinel',
];

/** Names and aliases, in lower case. */
const BY_NAME: ReadonlyMap<string, Directive> = new Map(
  DIRECTIVES.flatMap((entry) =>
    entry.alias === ''
      ? [[entry.name, entry] as const]
      : [[entry.name, entry] as const, [entry.alias, entry] as const],
  ),
);

/** The directive of a name or alias in any case. O(1). */
export function findDirective(name: string): Directive | undefined {
  return BY_NAME.get(name.toLowerCase());
}
