/** The commands of group pubsub. */
import type { Command } from '../../command/spec.ts';
import { pubsub } from './inspect.ts';
import { publish, spublish } from './publish.ts';
import {
  psubscribe,
  punsubscribe,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,
} from './subscribe.ts';

export const pubsubCommands: readonly Command[] = [
  psubscribe,
  publish,
  pubsub,
  punsubscribe,
  spublish,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,
];
