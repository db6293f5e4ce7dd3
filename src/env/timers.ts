/** Delayed calls come in through this interface, so that tests and simulations decide when. */
export interface Timers {
  /**
   * Calls `work` once, `milliseconds` (>= 0, possibly years) from now, unless the returned function
   * is called before.
   */
  after(milliseconds: number, work: () => void): () => void;
  /**
   * Calls `work` once, as soon as what waits in the event loop has had its turn, unless the returned
   * function is called before.
   */
  soon(work: () => void): () => void;
}

interface Alarm {
  readonly due: number;
  readonly work: () => void;
}

/** Timers that go off only when they are told that time passes. */
export class ManualTimers implements Timers {
  readonly #alarms = new Set<Alarm>();
  #now = 0;

  /** Number of calls that are still to come. */
  get pending(): number {
    return this.#alarms.size;
  }

  after(milliseconds: number, work: () => void): () => void {
    const alarm = { due: this.#now + milliseconds, work };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  }

  soon(work: () => void): () => void {
    return this.after(0, work);
  }

  /** Lets so much time pass, with every call that falls due, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      let next: Alarm | undefined;
      for (const alarm of this.#alarms)
        if (alarm.due <= end && (next === undefined || alarm.due < next.due)) next = alarm;
      if (next === undefined) break;
      this.#alarms.delete(next);
      this.#now = next.due;
      next.work();
    }
    this.#now = end;
  }
}
