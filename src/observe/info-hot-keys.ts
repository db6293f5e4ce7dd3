/** INFO hotkeys, and the metrics of hot keys. */
import { latin1 } from '../bytes/text.ts';
import type { HeavyHitter } from '../keyspace/heavy-hitters.ts';
import type { HotKeyAccess, HotKeys } from '../keyspace/hot-keys.ts';
import type { InfoField, InfoSections } from './info.ts';
import type { Metrics } from './metrics.ts';

const SHOWN = 10;
const ACCESSES: readonly HotKeyAccess[] = ['read', 'write'];

/** A key as text that may stand anywhere: other bytes than letters, digits and `-_.:/` as `%XX`. */
function plain({ key }: HeavyHitter): string {
  return latin1(key, 0, key.length).replaceAll(/[^\w.:/-]/g, (character) => {
    const digits = character.charCodeAt(0).toString(16).toUpperCase();
    return `%${digits.padStart(2, '0')}`;
  });
}

function fields(hotKeys: HotKeys): readonly InfoField[] {
  const lines: InfoField[] = [['hotkeys_enabled', hotKeys.isOn ? 1 : 0]];
  if (!hotKeys.isOn) return lines;
  for (const access of ACCESSES) {
    lines.push([`hotkeys_${access}s_counted`, hotKeys.total(access)]);
    for (const [i, hitter] of hotKeys.top(access, SHOWN, 'count').entries()) {
      const { count, database, excess, perSecond } = hitter;
      const rate = Math.round(perSecond);
      const text = `db=${database},key=${plain(hitter)},per_second=${rate},total=${count},excess=${excess}`;
      lines.push([`hotkey_${access}_${i}`, text]);
    }
  }
  return lines;
}

/** `hotkeys` is a section that is told only when it is asked for. */
export function addHotKeys(info: InfoSections, metrics: Metrics, hotKeys: HotKeys): void {
  info.add('hotkeys', () => fields(hotKeys));
  metrics.addSource((families) => {
    for (const access of ACCESSES)
      for (const hitter of hotKeys.top(access, SHOWN, 'perSecond')) {
        const labels = { access, db: `db${hitter.database}`, key: plain(hitter) };
        const help = 'Accesses to the keys used most in the last second';
        const { count, perSecond } = hitter;
        families.add('hot_key_per_second', 'gauge', `${help}, in it.`, perSecond, labels);
        families.add('hot_key_accesses', 'gauge', `${help}, in all.`, count, labels);
      }
  });
}
