/**
 * A selector: a set of commands, and the keys and channels they may be used with. A request is
 * allowed when one selector of the user allows all of it. Rules that change it: selector-rules.ts.
 */
import {
  ALLOWED,
  DENIED_CHANNEL,
  DENIED_COMMAND,
  DENIED_KEY,
  type Verdict,
} from '../command/access.ts';
import { CATEGORY_PUBSUB } from '../command/categories.ts';
import { extractKeys, KeyPositions, type RequestView } from '../command/key-extraction.ts';
import { KEY_ACCESS, KEY_DELETE, KEY_INSERT, KEY_UPDATE } from '../command/key-spec.ts';
import type { Command } from '../command/spec.ts';
import { channelArguments } from './channel-arguments.ts';
import type { CommandCatalog } from './command-catalog.ts';
import { CommandSet } from './command-set.ts';
import { type KeyPattern, MAY_READ, MAY_WRITE, type Pattern } from './patterns.ts';

const KEY_CHANGE = KEY_INSERT | KEY_UPDATE | KEY_DELETE;

/** The keys of the request that is checked. Module-level: a check runs to its end in one call. */
const positions = new KeyPositions();

export class Selector {
  readonly commands: CommandSet;
  allKeys = false;
  keys: KeyPattern[] = [];
  allChannels = false;
  channels: Pattern[] = [];
  /** The key or channel that the last `check` refused. */
  deniedArgument = 0;

  constructor(catalog: CommandCatalog, allChannels: boolean) {
    this.commands = new CommandSet(catalog);
    this.allChannels = allChannels;
  }

  copy(): Selector {
    const copy = new Selector(this.commands.catalog, this.allChannels);
    copy.commands.copyFrom(this.commands);
    copy.allKeys = this.allKeys;
    copy.keys = [...this.keys];
    copy.channels = [...this.channels];
    return copy;
  }

  get isUnlimited(): boolean {
    return this.allKeys && this.allChannels && this.commands.isEverything;
  }

  check(command: Command, request: RequestView): Verdict {
    if (!this.commands.allows(command, request)) return DENIED_COMMAND;
    if (!this.allKeys && command.hasKeys && !this.#allowsKeys(command, request)) return DENIED_KEY;
    if (this.allChannels || (command.categories & CATEGORY_PUBSUB) === 0) return ALLOWED;
    return this.#allowsChannels(command, request) ? ALLOWED : DENIED_CHANNEL;
  }

  /** Whether the request is allowed, and reading any key besides those it names. */
  mayReadAnyKey(command: Command, request: RequestView): boolean {
    const hasAll = this.allKeys || this.keys.some(coversEverything);
    return hasAll && this.check(command, request) === ALLOWED;
  }

  #allowsKeys(command: Command, request: RequestView): boolean {
    const { bytes, offsets, first } = request;
    const only = command.onlyKey;
    // Scripts may ask about requests that are too short.
    if (only !== 0 && only < request.count) {
      const at = first + 2 * only;
      this.deniedArgument = only;
      return this.#allowsKey(bytes, offsets[at], offsets[at + 1], command.keyFlags);
    }
    const count = extractKeys(command, request, positions);
    for (let i = 0; i < count; i++) {
      const position = positions.positions[i];
      const at = first + 2 * position;
      if (this.#allowsKey(bytes, offsets[at], offsets[at + 1], positions.flags[i])) continue;
      this.deniedArgument = position;
      return false;
    }
    return true;
  }

  #allowsKey(bytes: Uint8Array, start: number, end: number, flags: number): boolean {
    const reads = (flags & KEY_ACCESS) === 0 ? 0 : MAY_READ;
    const access = (flags & KEY_CHANGE) === 0 ? reads : reads | MAY_WRITE;
    const { keys } = this;
    for (let i = 0; i < keys.length; i++) {
      const pattern = keys[i];
      if ((pattern.access & access) === access && pattern.matches(bytes, start, end)) return true;
    }
    return false;
  }

  #allowsChannels(command: Command, { bytes, offsets, first, count }: RequestView): boolean {
    const found = channelArguments(command);
    if (found === undefined) return true;
    const behind = found.all ? count : Math.min(count, 2);
    for (let position = 1; position < behind; position++) {
      const at = first + 2 * position;
      if (this.allowsChannel(bytes, offsets[at], offsets[at + 1], found.arePatterns)) continue;
      this.deniedArgument = position;
      return false;
    }
    return true;
  }

  /** Whether a channel may be used, or a pattern of channels. */
  allowsChannel(bytes: Uint8Array, start: number, end: number, isPattern: boolean): boolean {
    if (this.allChannels) return true;
    return this.channels.some((pattern) =>
      isPattern ? pattern.is(bytes, start, end) : pattern.matches(bytes, start, end),
    );
  }
}

function coversEverything(pattern: KeyPattern): boolean {
  return pattern.text === '*' && (pattern.access & MAY_READ) !== 0;
}
