/** Ranges of members, as requests name them: by rank, by score or by alphabet. */
import type { Arguments } from '../../command/arguments.ts';
import { LEX_RANGE_INVALID, SCORE_RANGE_NOT_A_FLOAT } from '../../resp/errors.ts';
import type { Entry } from '../../values/entry.ts';
import { type LexRange, parseLexBound } from '../../values/lex-range.ts';
import { parseScoreRange, type ScoreRange } from '../../values/score-range.ts';
import type { SortedSets } from '../../values/sorted-set.ts';

export const BY_RANK = 0;
export const BY_SCORE = 1;
export const BY_LEX = 2;
export type RangeKind = 0 | 1 | 2;

export class RangeArgument {
  /** The ranks [start, end) located last; end is not below start. */
  start = 0;
  end = 0;

  #kind: RangeKind = BY_RANK;
  #from = 0;
  #to = 0;
  #scores: ScoreRange | undefined;
  #members: LexRange | undefined;

  /** Reads the bounds from two arguments; notes an error when they are none. */
  read(args: Arguments, kind: RangeKind, min: number, max: number): void {
    const { bytes } = args;
    this.#kind = kind;
    if (kind === BY_RANK) {
      this.#from = args.integer(min);
      this.#to = args.integer(max);
    } else if (kind === BY_SCORE) {
      const [minEnd, maxEnd] = [args.end(min), args.end(max)];
      this.#scores = parseScoreRange(
        bytes,
        args.start(min),
        minEnd,
        bytes,
        args.start(max),
        maxEnd,
      );
      if (this.#scores === undefined) args.fail(SCORE_RANGE_NOT_A_FLOAT);
    } else {
      const least = parseLexBound(bytes, args.start(min), args.end(min));
      const most = parseLexBound(bytes, args.start(max), args.end(max));
      if (least !== undefined && most !== undefined) this.#members = { min: least, max: most };
      else args.fail(LEX_RANGE_INVALID);
    }
  }

  /** Finds the ranks of the range in a set. In `reverse`, ranks in the request count from the top. */
  locate(sets: SortedSets, entry: Entry, reverse: boolean): void {
    if (this.#kind === BY_RANK) {
      this.#locateRanks(sets.size(entry), reverse);
      return;
    }
    if (this.#kind === BY_SCORE) sets.locateScoreRange(entry, this.#scores!);
    else sets.locateLexRange(entry, this.#members!);
    this.start = sets.rangeStart;
    this.end = sets.rangeEnd;
  }

  /** Narrows what was located: `offset` members less at its beginning, then at most `count`. */
  limit(offset: number, count: number, reverse: boolean): void {
    const skipped = offset < 0 ? Infinity : offset;
    const most = count < 0 ? Infinity : count;
    if (reverse) {
      this.end = Math.max(this.start, this.end - skipped);
      this.start = Math.max(this.start, this.end - most);
    } else {
      this.start = Math.min(this.end, this.start + skipped);
      this.end = Math.min(this.end, this.start + most);
    }
  }

  #locateRanks(size: number, reverse: boolean): void {
    const from = Math.max(0, this.#from < 0 ? this.#from + size : this.#from);
    const to = Math.min(size - 1, this.#to < 0 ? this.#to + size : this.#to);
    if (from > to) {
      this.start = 0;
      this.end = 0;
    } else {
      this.start = reverse ? size - 1 - to : from;
      this.end = reverse ? size - from : to + 1;
    }
  }
}
