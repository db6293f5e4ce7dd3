/** Executes the commands of an append-only file, in slices while the server answers its clients. */
import type { CommandContext } from '../command/context.ts';
import { Session, SESSION_MULTI, SESSION_PRIMARY } from '../command/session.ts';
import type { DiskFile } from '../env/disk.ts';
import type { Executor } from '../execution/executor.ts';
import { RequestBatch } from '../resp/request-batch.ts';
import { AofCommands, FormatError } from './aof-commands.ts';
import { LONG_SLICES, type PersistenceEnvironment, Slices } from './environment.ts';
import { LoadError } from './load-rdb.ts';

/** Bytes read at a time. */
const CHUNK = 1024 * 1024;

/** How a file ended: whole, or in the middle of something, which begins at `validUpTo`. */
export interface AofEnd {
  readonly isTruncated: boolean;
  readonly validUpTo: number;
}

export class AofLoad {
  readonly #environment: PersistenceEnvironment;
  readonly #executor: Executor;
  readonly #context: CommandContext;
  readonly #session: Session;
  readonly #commands = new AofCommands();
  readonly #batch = new RequestBatch();
  readonly #name: string;
  readonly #file: DiskFile;
  #bytes = new Uint8Array(CHUNK * 2);
  /** Position in the file of #bytes[0], and the stretch of #bytes that is not executed yet. */
  #base: number;
  #start = 0;
  #end = 0;
  /** Where the transaction that is being queued began. */
  #multiAt = 0;

  /** `from`: where in the file commands begin. */
  constructor(
    environment: PersistenceEnvironment,
    executor: Executor,
    file: DiskFile,
    name: string,
    from: number,
  ) {
    this.#environment = environment;
    this.#executor = executor;
    this.#context = executor.context;
    this.#file = file;
    this.#name = name;
    this.#base = from;
    const { keyspace, clock } = environment;
    this.#session = new Session(0, keyspace.databases[0], clock.wallMilliseconds());
    this.#session.authenticated = true;
    this.#session.set(SESSION_PRIMARY);
  }

  /** Runs to the end of the file. Rejects with LoadError. */
  async run(progress: (bytes: number) => void): Promise<AofEnd> {
    const slices = new Slices(this.#environment, LONG_SLICES);
    for (;;) {
      slices.begin();
      while (this.#executeSome() && !slices.isOver);
      progress(this.#base + this.#start);
      if (!this.#isHungry) {
        await this.#environment.nextTurn();
        continue;
      }
      this.#makeRoom();
      const count = await this.#file.read(
        this.#bytes,
        this.#end,
        this.#bytes.length,
        this.#base + this.#end,
      );
      if (count === 0) return this.#atEnd();
      this.#end += count;
      this.#isHungry = false;
    }
  }

  /** Nothing complete is left: more must be read. */
  #isHungry = false;

  /** Executes the next commands; false when none is complete. */
  #executeSome(): boolean {
    const commands = this.#commands;
    const batch = this.#batch;
    try {
      commands.read(this.#bytes, this.#start, this.#end, batch);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      throw this.#failed(error.message, commands.position);
    }
    if (commands.lastMulti >= 0) this.#multiAt = this.#base + commands.lastMulti;
    if (batch.count === 0) {
      this.#start = commands.position;
      this.#isHungry = true;
      return false;
    }
    const taken = this.#execute();
    this.#start = taken < batch.count ? batch.begin[taken] : commands.position;
    return true;
  }

  #execute(): number {
    const { reply } = this.#context;
    const mark = reply.length;
    const batch = this.#batch;
    const { errorCount } = reply;
    const taken = this.#executor.runBatch(this.#session, batch);
    const failed = reply.errorCount > errorCount && reply.lastError.startsWith('ERR unknown');
    reply.discardFrom(mark);
    if (taken === 0) throw this.#failed('a command that cannot be executed', batch.begin[0]);
    if (failed) throw this.#failed(reply.lastError, batch.begin[0]);
    return taken;
  }

  #atEnd(): AofEnd {
    const inTransaction = this.#session.has(SESSION_MULTI);
    const isTruncated = inTransaction || this.#start < this.#end;
    const position = this.#base + this.#start;
    if (inTransaction)
      this.#environment.log.warning(
        `Revert incomplete MULTI/EXEC transaction from AOF file ${this.#name}`,
      );
    return { isTruncated, validUpTo: inTransaction ? this.#multiAt : position };
  }

  /** Moves what is not executed yet to the front, to a larger array when a command needs it. */
  #makeRoom(): void {
    const kept = this.#end - this.#start;
    const wanted = Math.max(this.#commands.needed, kept) + CHUNK;
    if (wanted > this.#bytes.length) {
      const wide = new Uint8Array(Math.max(wanted, kept * 2));
      wide.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = wide;
    } else this.#bytes.copyWithin(0, this.#start, this.#end);
    this.#base += this.#start;
    this.#start = 0;
    this.#end = kept;
  }

  #failed(reason: string, at: number): LoadError {
    const offset = this.#base + at;
    return new LoadError(
      `Bad file format reading the append only file ${this.#name} at offset ${offset}: ${reason}. ` +
        `Make a backup of your AOF file, then use respd-check-aof --fix <filename.manifest>`,
    );
  }
}
