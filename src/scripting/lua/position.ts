/**
 * Where in the script something happens, read from the JavaScript stack: running code keeps no
 * record of its position, so positions cost nothing until an error asks for one.
 *
 * Compiled chunks carry a source name ("lua-chunk-<n>") and put each call on JavaScript lines of
 * its own that begin with the call's site number, so a frame's line tells the site. Frames of
 * callNative (in either form) stand for a native function that called back into Lua.
 */
import type { Site } from './site.ts';

/** One level of the Lua stack: a call site, or null for a native function. */
export type Level = Site | null;

const PREFIX = 'lua-chunk-';
const MARK = /^\/\*@(\d+)\*\//;
/** The sites of chunks, which live as long as any function of theirs (LuaFunction.sites). */
const chunks = new Map<number, WeakRef<readonly Site[]>>();
/** By sites: the factory of the chunk, whose source text has the marks. */
const factories = new WeakMap<readonly Site[], object>();
let lastChunk = 0;

const forgotten = new FinalizationRegistry<number>((id) => chunks.delete(id));

/** The name under which the chunk that is compiled next appears in JavaScript stacks. */
export function nextSourceName(): { id: number; name: string } {
  const id = ++lastChunk;
  return { id, name: `${PREFIX}${id}` };
}

/** Makes a chunk's positions readable for as long as its sites are in use. */
export function registerChunk(id: number, factory: object, sites: readonly Site[]): void {
  chunks.set(id, new WeakRef(sites));
  factories.set(sites, factory);
  forgotten.register(sites, id);
}

/** The Lua levels on the JavaScript stack, innermost first, at most `limit` of them. */
export function captureLevels(limit: number): Level[] {
  const few = limit * 3 + 2;
  const frames = captureFrames(few);
  const levels = readLevels(frames, limit);
  if (levels.length >= limit || frames.length < few) return levels;
  // Native recursion (patterns, JSON) stands in the way: look at the whole stack.
  return readLevels(captureFrames(Infinity), limit);
}

function readLevels(frames: NodeJS.CallSite[], limit: number): Level[] {
  const levels: Level[] = [];
  for (const frame of frames) {
    if (levels.length >= limit) break;
    const file = frame.getScriptNameOrSourceURL() as string | null;
    if (file?.startsWith(PREFIX) === true) {
      const site = siteOf(Number(file.slice(PREFIX.length)), frame.getLineNumber() ?? 0);
      if (site !== null) levels.push(site);
    } else if (frame.getFunctionName()?.startsWith('callNative') === true) {
      if (levels.length === 0 || levels.at(-1) !== null) levels.push(null);
    }
  }
  return levels;
}

function captureFrames(limit: number): NodeJS.CallSite[] {
  const holder: { stack?: NodeJS.CallSite[] } = {};
  const { prepareStackTrace: before, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = (_, frames) => frames;
    Error.captureStackTrace(holder, captureLevels);
    return holder.stack ?? [];
  } finally {
    Error.prepareStackTrace = before;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

const lineTables = new WeakMap<object, string[]>();

function siteOf(id: number, line: number): Site | null {
  const sites = chunks.get(id)?.deref();
  const factory = sites === undefined ? undefined : factories.get(sites);
  if (sites === undefined || factory === undefined) return null;
  let lines = lineTables.get(factory);
  if (lines === undefined) {
    lines = Function.prototype.toString.call(factory).split('\n');
    lineTables.set(factory, lines);
  }
  // The mark may stand a few lines up when arguments of the call contain calls themselves.
  const mark = MARK.exec(lines[line - 1] ?? '');
  return mark === null ? null : (sites[Number(mark[1])] ?? null);
}
