/** Puts the standard library and Redis's additions into a runtime's globals. */
import { installBase } from './library-base.ts';
import { installBit } from './library-bit.ts';
import { installCjson } from './library-cjson.ts';
import { installCmsgpack } from './library-cmsgpack.ts';
import { installCoroutine } from './library-coroutine.ts';
import { installMath } from './library-math.ts';
import { installString } from './library-string.ts';
import { installStruct } from './library-struct.ts';
import { installTable } from './library-table.ts';
import type { LuaRuntime } from './runtime.ts';

export function installLibraries(runtime: LuaRuntime): void {
  installBase(runtime);
  installTable(runtime);
  installString(runtime);
  installMath(runtime);
  installCjson(runtime);
  installStruct(runtime);
  installCmsgpack(runtime);
  installBit(runtime);
  installCoroutine(runtime);
}
