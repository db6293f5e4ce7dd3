/**
 * Scripts whose replies and errors must equal the real server's, byte for byte. What it answered
 * is recorded beside the engine (src/scripting/lua/recorded-results.json), so that the unit
 * tests need no server.
 */
import { LUA_ERRORS } from './lua-corpus-errors.ts';
import { LUA_LANGUAGE } from './lua-corpus-language.ts';
import { LUA_LIBRARIES } from './lua-corpus-libraries.ts';

export const LUA_CORPUS: readonly string[] = [...LUA_LANGUAGE, ...LUA_ERRORS, ...LUA_LIBRARIES];
