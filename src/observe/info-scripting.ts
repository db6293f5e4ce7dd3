/** What INFO memory tells of scripts and functions. */
import type { ScriptingPort } from '../command/scripting.ts';
import type { InfoSections } from './info.ts';

export function addScriptingFields(info: InfoSections, scripting: ScriptingPort): void {
  info.add('memory', () => {
    const { functions, scripts } = scripting;
    return [
      ['number_of_cached_scripts', scripts.count],
      ['number_of_functions', functions.functionCount],
      ['number_of_libraries', functions.libraries.size],
    ];
  });
}
