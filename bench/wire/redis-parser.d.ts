/** The part of redis-parser that is used here; the package has no types of its own. */
declare module 'redis-parser' {
  export default class RedisParser {
    constructor(options: {
      returnReply(reply: unknown): void;
      returnError(error: Error): void;
      returnFatalError?(error: Error): void;
    });
    execute(chunk: Uint8Array): void;
  }
}
