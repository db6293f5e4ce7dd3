import { expect, it } from 'vitest';
import { latin1 } from '../bytes/text.ts';
import { EFFECT_FILE, EFFECT_REPLICAS, EffectLog } from './effect-log.ts';

it('hands each sink what is meant for it, wrapped by its own count', () => {
  const log = new EffectLog();
  const seen = new Map<number | undefined, string[]>();
  for (const target of [EFFECT_FILE, EFFECT_REPLICAS, undefined]) {
    const got: string[] = [];
    seen.set(target, got);
    const append = (_: number, bytes: Uint8Array, start: number, end: number): void => {
      got.push(latin1(bytes, start, end).split('\r\n').at(-2) ?? '');
    };
    log.addSink(target === undefined ? { append } : { target, append });
  }
  log.targets = EFFECT_FILE;
  log.record(0, ['SET', 'a', 'file']);
  log.targets = 0;
  log.record(0, ['SET', 'a', 'none']);
  log.targets = EFFECT_REPLICAS;
  log.record(0, ['SET', 'a', 'replicas']);
  log.targets = -1;
  log.record(0, ['SET', 'a', 'all']);
  log.commit();
  expect(seen.get(EFFECT_FILE)).toEqual(['MULTI', 'file', 'all', 'EXEC']);
  expect(seen.get(EFFECT_REPLICAS)).toEqual(['MULTI', 'replicas', 'all', 'EXEC']);
  expect(seen.get(undefined)).toEqual(['MULTI', 'file', 'replicas', 'all', 'EXEC']);
  log.targets = EFFECT_FILE;
  log.record(0, ['SET', 'a', 'one']);
  log.commit();
  expect(seen.get(EFFECT_FILE)!.slice(4)).toEqual(['one']);
  expect(seen.get(EFFECT_REPLICAS)!.slice(4)).toEqual([]);
});
