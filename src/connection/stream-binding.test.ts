import { describe, expect, it } from 'vitest';

import { readThroughHandle, streamBinding, type StreamHandle } from './stream-binding.ts';

const BUFFER_BYTES = 8;

/** A handle that notes what is asked of it, as Node's own would be used. */
class FakeHandle implements StreamHandle {
  reading = true;
  readonly calls: string[] = [];

  onread(_bytes: unknown): unknown {
    this.calls.push('ordinary');
    return undefined;
  }

  writeBuffer(): number {
    return 0;
  }

  readStart(): number {
    this.calls.push('start');
    return 0;
  }

  readStop(): number {
    this.calls.push('stop');
    return 0;
  }

  /** What Node does when so many bytes, or an error, came. */
  arrive(length: number): void {
    const { streamBaseState, kReadBytesOrError } = streamBinding!;
    streamBaseState[kReadBytesOrError] = length;
    this.onread(undefined);
  }
}

function reading(hasWorked: boolean): { handle: FakeHandle; received: number[] } {
  const handle = new FakeHandle();
  const received: number[] = [];
  readThroughHandle(handle, new Uint8Array(BUFFER_BYTES), (_chunk, length) => {
    received.push(length);
    return hasWorked;
  });
  return { handle, received };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

// Where Node has no such binding, nothing here is used.
describe.skipIf(streamBinding === undefined)('reading at the handle', () => {
  it('hands over what came, and leaves ends and errors to the socket', () => {
    const { handle, received } = reading(true);
    handle.arrive(3);
    handle.arrive(0);
    handle.arrive(-4095);
    expect(received).toEqual([3]);
    expect(handle.calls).toEqual(['ordinary', 'ordinary']);
  });

  it('lets others have their turn after a full buffer of requests', async () => {
    const { handle } = reading(true);
    handle.arrive(BUFFER_BYTES);
    expect(handle.calls).toEqual(['stop']);
    await turn();
    expect(handle.calls).toEqual(['stop', 'start']);
  });

  it('reads on while a long value comes in', async () => {
    const { handle, received } = reading(false);
    for (let i = 0; i < 3; i++) handle.arrive(BUFFER_BYTES);
    await turn();
    expect(received).toHaveLength(3);
    expect(handle.calls).toEqual([]);
  });

  it('does not read on when the socket was paused meanwhile', async () => {
    const { handle } = reading(true);
    handle.arrive(BUFFER_BYTES);
    handle.reading = false;
    await turn();
    expect(handle.calls).toEqual(['stop']);
  });
});
