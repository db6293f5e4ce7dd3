/**
 * Writes to a socket with as little between the bytes and the system call as Node allows.
 *
 * A stream's `write` makes a request object, a view and a tick for every call, though nearly every
 * write is taken by the system at once. The socket's handle does just that, and uses its request
 * only for what is left over: one request serves all writes of the process until one of them is
 * left pending, which then keeps it.
 */
import type { Socket } from 'node:net';

import {
  type StreamBinding,
  type StreamHandle,
  type WriteRequest,
  streamBinding,
  streamHandleOf,
} from './stream-binding.ts';

/** The request that no write is using. */
let spare: WriteRequest | undefined;

export class SocketWriter {
  readonly #socket: Socket;
  readonly #drained: () => void;
  /** Undefined: writes go through the stream. */
  #handle: StreamHandle | undefined;
  /** Bytes handed to the handle and not yet taken by the system. */
  #pending = 0;

  /** `drained` is called when everything that was pending has been taken. */
  constructor(socket: Socket, drained: () => void) {
    this.#socket = socket;
    this.#drained = drained;
    this.#handle = streamHandleOf(socket);
    socket.on('drain', drained);
    socket.once('close', () => {
      this.#handle = undefined;
      this.#pending = 0;
    });
  }

  /** Bytes that the system has not taken yet. */
  get unsent(): number {
    return this.#handle === undefined ? this.#socket.writableLength : this.#pending;
  }

  /** Writes `bytes[start, end)`; true when they are no longer needed. */
  write(bytes: Uint8Array, start: number, end: number): boolean {
    const handle = this.#handle;
    if (handle !== undefined) return this.#writeToHandle(handle, streamBinding!, bytes, start, end);
    this.#socket.write(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start));
    return this.#socket.writableLength === 0;
  }

  #writeToHandle(
    handle: StreamHandle,
    binding: StreamBinding,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const request = (spare ??= new binding.WriteWrap());
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
    const status = handle.writeBuffer(request, view);
    if (status !== 0) {
      this.#socket.destroy();
      return true;
    }
    if (binding.streamBaseState[binding.kLastWriteWasAsync] === 0) return true;
    spare = undefined;
    const size = end - start;
    this.#pending += size;
    request.handle = handle;
    request.buffer = view;
    request.oncomplete = (result) => this.#completed(result, size);
    return false;
  }

  #completed(status: number, size: number): void {
    this.#pending = Math.max(0, this.#pending - size);
    if (status < 0) this.#socket.destroy();
    else if (this.#pending === 0 && !this.#socket.destroyed) this.#drained();
  }
}
