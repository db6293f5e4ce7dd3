/**
 * Directives of parts that this version does not have. They are known, checked and printed like the
 * others, and everything that lists directives says that they do nothing.
 */
import type { Directive, Effect } from './directive.ts';

const ABSENT: readonly (readonly [pattern: RegExp, effect: Effect])[] = [
  [
    /^tls-(client-|replication|cluster)/,
    'no effect here: this version opens no connections itself',
  ],
  [
    /^(repl-|replica|master(auth|user)$|min-replicas|rdb-del-sync|propagation-|bind-source)/,
    'no effect here: this version does not replicate',
  ],
  [/^shutdown-timeout$/, 'no effect here: this version does not replicate'],
  [/^cluster-/, 'no effect here: this version has no cluster mode'],
  [/^oom-score-adj/, 'no effect here: the score stays as the system set it'],
  [/^always-show-logo$/, 'no effect here: there is no logo'],
  [/^dynamic-hz$/, 'no effect here: housekeeping adapts to the work, not to the clients'],
  [/^(key-load-delay|loading-process-)/, 'no effect here: loading gives way by time, not by bytes'],
  [/^lazyfree-lazy-user-flush$/, 'no effect here: what is flushed is always freed in slices'],
];

/** The directive, with what this version says of its effect. */
export function withKnownEffect(directive: Directive): Directive {
  const absent = ABSENT.find(([pattern]) => pattern.test(directive.name));
  const isSaid = absent === undefined || directive.effect !== 'applied';
  return isSaid ? directive : { ...directive, effect: absent[1] };
}
