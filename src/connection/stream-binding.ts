/**
 * What lies between a socket of Node and the system: the handle under it, and the numbers that
 * reads and writes leave behind. Reading there saves 3 % of the CPU time of a
 * request that is not pipelined, and 6 % with a thousand connections, whose objects are not in the
 * caches (measured with GET); writing there about a twelfth.
 *
 * None of this is documented. Where anything is not as expected, `streamBinding` or `streamHandleOf`
 * is undefined, and sockets are used in the ordinary way.
 */
import type { Socket } from 'node:net';

/** Keeps a write that the system did not take at once. */
export interface WriteRequest {
  oncomplete: ((status: number) => void) | undefined;
  handle: unknown;
  /** Keeps the bytes of a pending write alive. */
  buffer: Uint8Array | undefined;
}

export interface StreamHandle {
  /** Called by Node at every read; its `this` is the handle. */
  onread: (this: StreamHandle, bytes: unknown) => unknown;
  /** Whether the socket wants to read; kept by Node. */
  readonly reading?: boolean;
  readStart(): number;
  readStop(): number;
  /** Tries the system call at once and uses the request only for what is left over. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

export interface StreamBinding {
  readonly WriteWrap: new () => WriteRequest;
  /** What the last read or write of the process left, at the two indexes below. */
  readonly streamBaseState: Int32Array;
  /** Bytes read, or a negative error. */
  readonly kReadBytesOrError: number;
  /** Not 0: the system did not take everything. */
  readonly kLastWriteWasAsync: number;
}

export const streamBinding = findBinding();

function findBinding(): StreamBinding | undefined {
  try {
    const { binding } = process as unknown as { binding(name: string): Partial<StreamBinding> };
    const found = binding.call(process, 'stream_wrap');
    const fits =
      typeof found.WriteWrap === 'function' &&
      found.streamBaseState instanceof Int32Array &&
      typeof found.kReadBytesOrError === 'number' &&
      typeof found.kLastWriteWasAsync === 'number';
    return fits ? (found as StreamBinding) : undefined;
  } catch {
    return undefined;
  }
}

/** The handle of an open socket, if reads and writes can be done there. */
export function streamHandleOf(socket: Socket): StreamHandle | undefined {
  const { _handle: handle } = socket as unknown as { _handle?: Partial<StreamHandle> | null };
  const fits =
    streamBinding !== undefined &&
    handle !== undefined &&
    handle !== null &&
    typeof handle.writeBuffer === 'function' &&
    typeof handle.readStart === 'function' &&
    typeof handle.readStop === 'function' &&
    typeof handle.onread === 'function';
  return fits ? (handle as StreamHandle) : undefined;
}

/**
 * Gives what is read, into the buffer that the socket was made with, straight to `receive`, which
 * returns whether it did work for it. Ends and errors take the socket's own way.
 *
 * As long as reads fill the buffer, Node reads on, up to 32 times: a client that sends requests without
 * end would have two megabytes of them executed while all others wait. So after a full buffer of requests
 * it is the others' turn. What is only stored, a part of a long value, costs little and does not count.
 */
export function readThroughHandle(
  handle: StreamHandle,
  buffer: Uint8Array,
  receive: (chunk: Uint8Array, length: number) => boolean,
): void {
  const goOn = (): void => {
    if (handle.reading === true) handle.readStart();
  };
  const { streamBaseState, kReadBytesOrError } = streamBinding!;
  const ordinary = handle.onread;
  handle.onread = function onread(bytes): unknown {
    const length = streamBaseState[kReadBytesOrError];
    if (length <= 0) return ordinary.call(this, bytes);
    const hasWorked = receive(buffer, length);
    if (hasWorked && length === buffer.length) {
      this.readStop();
      setImmediate(goOn);
    }
    return undefined;
  };
}
