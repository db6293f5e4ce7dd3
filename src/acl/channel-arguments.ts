/** Which arguments of a request name channels. */
import type { Command } from '../command/spec.ts';

export interface ChannelArguments {
  /** All arguments from the first on, or the first alone. */
  readonly all: boolean;
  /** They are patterns, of which a user may use exactly those it was given. */
  readonly arePatterns: boolean;
}

/** Leaving a channel is always allowed. */
const CHANNEL_ARGUMENTS: ReadonlyMap<string, ChannelArguments> = new Map([
  ['subscribe', { all: true, arePatterns: false }],
  ['ssubscribe', { all: true, arePatterns: false }],
  ['psubscribe', { all: true, arePatterns: true }],
  ['publish', { all: false, arePatterns: false }],
  ['spublish', { all: false, arePatterns: false }],
]);

/** Undefined for commands that name none. */
export function channelArguments(command: Command): ChannelArguments | undefined {
  return CHANNEL_ARGUMENTS.get(command.fullName);
}
