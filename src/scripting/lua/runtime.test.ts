import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LuaError, ScriptKilled } from './errors.ts';
import { protectGlobals } from './library.ts';
import { LuaRuntime } from './runtime.ts';
import { LuaTable } from './table.ts';
import type { LuaFunction } from './value.ts';
import { FORMS, newRuntime, run } from './testing.ts';

describe('preemption', () => {
  const endless = {
    loop: 'while true do end',
    repeat: 'repeat until false',
    'numeric for': 'for i = 1, math.huge do end',
    recursion: 'local function f() return f() end f()',
    'inside pcall': 'while true do pcall(function() while true do end end) end',
    'inside xpcall': 'xpcall(function() while true do end end, function() end)',
    'inside a coroutine': 'coroutine.wrap(function() while true do end end)()',
    'in a comparator': 'table.sort({3, 2, 1}, function() while true do end end)',
    'in a gsub callback': "('x'):gsub('x', function() while true do end end)",
    'in __index':
      'local t = setmetatable({}, {__index = function() while true do end end}) return t.x',
    'in __add':
      'local t = setmetatable({}, {__add = function() while true do end end}) return t + 1',
    'in __eq':
      'local m = {__eq = function() while true do end end} return setmetatable({}, m) == setmetatable({}, m)',
    'in __concat':
      "local t = setmetatable({}, {__concat = function() while true do end end}) return t .. 'x'",
    'in __tostring':
      'return tostring(setmetatable({}, {__tostring = function() while true do end end}))',
    'in an iterator': 'for i in function() while true do end end do end',
    'in loaded code': "loadstring('while true do end')()",
    'swallowing errors': 'local function f() while true do pcall(error, {}) end end f()',
  };
  for (const [name, source] of Object.entries(endless)) {
    it(`yields and can be killed: ${name}`, () => {
      const runtime = newRuntime();
      const execution = runtime.call(runtime.compileScript(source));
      for (let i = 0; i < 20; i++) expect(execution.step(1000)).toBe('yielded');
      execution.kill('by the test');
      expect(execution.step(1000)).toBe('error');
      expect(execution.error).toBeInstanceOf(ScriptKilled);
      expect(run(runtime, 'return 1')).toBe('1');
    });
  }
});

describe('starting anew', () => {
  it('makes no host call twice and gives pristine copies of what it got', () => {
    const runtime = new LuaRuntime();
    const calls: unknown[] = [];
    const host = new LuaTable();
    host.set(
      'call',
      runtime.hostFunction('call', (_, n) => {
        calls.push(n);
        if (n === 2) throw new LuaError('two');
        return LuaTable.fromArray([n, 'x']);
      }),
    );
    runtime.globals.set('host', host);
    const script = runtime.compileScript(`
      local r = {}
      for i = 1, 3 do
        local ok, t = pcall(host.call, i)
        r[i] = ok and t[1] .. t[2] or t
        if ok then t[1] = 'changed' end
      end
      for i = 1, 1000 do r.n = i end
      r[4] = host.call(9)[1]
      return table.concat(r, ',')`);
    const execution = runtime.call(script);
    expect(execution.step(100)).toBe('yielded');
    expect(calls).toEqual([1, 2, 3]);
    while (execution.step(100) === 'yielded');
    expect(execution.result).toBe('1x,two,3x,9');
    expect(calls).toEqual([1, 2, 3, 9]);
  });

  it('restores the random seed and the settings of cjson', () => {
    const source = `
      local a = tostring(math.random())
      cjson.encode_number_precision(3)
      for i = 1, 100 do local _ = i .. '' end
      return a .. ' ' .. cjson.encode_number_precision() .. tostring(math.random())`;
    expect(run(newRuntime(), source, 'restarted')).toBe(run(newRuntime(), source, 'plain'));
  });

  it('keeps functions of a library between runs', () => {
    const runtime = new LuaRuntime();
    const library = runtime.compileLibrary(
      'local n = 0 return function() n = n + 1 return n end',
      '@user_function',
      runtime.globals,
    );
    library.needsSuspendable = true;
    const load = runtime.call(library);
    expect(load.step(1000)).toBe('done');
    for (const expected of [1, 2, 3]) {
      const main = (): LuaFunction => load.result as LuaFunction;
      const call = runtime.call({ needsSuspendable: true, givenUp: () => {}, main });
      expect(call.step(1000)).toBe('done');
      expect(call.result).toBe(expected);
    }
  });
});

describe('bounds', () => {
  const runtime = newRuntime({ maxString: 1 << 20, maxMemory: 64 << 20, memoryInterval: 1 << 20 });
  for (const form of FORMS) {
    it(`stops growing strings and tables (${form})`, () => {
      const memory = 'ERR not enough memory';
      expect(run(runtime, "return #('x'):rep(2^30)", form)).toBe(memory);
      expect(run(runtime, "local s = 'x' while true do s = s .. s end", form)).toBe(memory);
      expect(
        run(
          runtime,
          "local t = {} for i = 1, 100 do t[i] = ('x'):rep(50000) end return #table.concat(t)",
          form,
        ),
      ).toBe(memory);
    });
    it(`words deep recursion as Lua does (${form})`, () => {
      const source = 'local function f(n) return 1 + f(n + 1) end return f(1)';
      expect(run(runtime, source, form)).toBe('ERR user_script:1: stack overflow');
      expect(
        run(runtime, `${source.replace('return f(1)', '')} return select(2, pcall(f, 1))`, form),
      ).toBe('"user_script:1: stack overflow"');
    });
  }
  it('refuses chunks that nest too deeply', () => {
    const refused = /chunk has too many syntax levels$/;
    const chain = 'local x = 1 return x';
    for (const source of [
      `return ${'('.repeat(1e5)}`,
      `return ${'{'.repeat(1e5)}`,
      'do '.repeat(1e5),
      `${chain}${' + x'.repeat(1e5)}`,
      `${chain}${'.x'.repeat(1e5)}`,
      `${chain}${'()'.repeat(1e5)}`,
      `${chain}${' and x'.repeat(1e5)}`,
    ])
      expect(run(runtime, source), source.slice(0, 30)).toMatch(refused);
    expect(run(runtime, 'return 1')).toBe('1');
  });
  it('gives up on patterns that would take forever', () => {
    const source = "return (('a'):rep(60)):find(('a-'):rep(40) .. 'b')";
    expect(run(runtime, source)).toBe('ERR user_script:1: pattern too complex');
  });
});

describe('the sandbox', () => {
  const runtime = newRuntime();
  it('lets no key reach JavaScript', () => {
    const keys = ['__proto__', 'constructor', 'prototype', 'toString', 'array', 'code', 'entry'];
    for (const key of keys) {
      for (const object of ['{}', "'x'", '(function() end).x and 1 or {}']) {
        const source = `local ok, v = pcall(function() return (${object})['${key}'] end) return v == nil or not ok`;
        expect(run(runtime, source), key).toBe('1');
      }
      expect(run(runtime, `local t = {} t['${key}'] = 5 return t['${key}']`)).toBe('5');
      expect(run(runtime, `return rawget(_G, '${key}') == nil`)).toBe('1');
    }
    expect(({} as Record<string, unknown>)['5']).toBeUndefined();
  });
  it('keeps literals and names from becoming code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = String.fromCharCode(...bytes);
        const escaped = [...bytes].map((b) => `\\${b.toString().padStart(3, '0')}`).join('');
        const source = `local t = {['${escaped}'] = '${escaped}'} return t['${escaped}']`;
        expect(run(runtime, source)).toBe(JSON.stringify(text));
      }),
    );
  });
});

describe('both forms', () => {
  const atom = fc.constantFrom('1', '2.5', '-3', '"7"', '"x"', 'nil', 'true', 't', 'u', 'v', '#t');
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { depthSize: 'small' },
      atom,
      fc
        .tuple(
          tie('expression'),
          fc.constantFrom(
            '+',
            '-',
            '*',
            '/',
            '%',
            '^',
            '..',
            '==',
            '~=',
            '<',
            '<=',
            '>',
            'and',
            'or',
          ),
          tie('expression'),
        )
        .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      fc.tuple(fc.constantFrom('not', '-', '#'), tie('expression')).map((p) => `(${p.join(' ')})`),
      tie('expression').map((a) => `({${a}, k = ${a}})[1]`),
      tie('expression').map((a) => `(function(...) return ... end)(${a})`),
    ),
  }));
  it('agree on random expressions', () => {
    const runtime = new LuaRuntime();
    protectGlobals(runtime);
    fc.assert(
      fc.property(expression, (code) => {
        const source = `local t, u, v = {1, 2}, setmetatable({}, {__add = function() return 5 end}), 3
          local ok, r = pcall(function() return ${code} end)
          return tostring(ok) .. (type(r) == 'table' and 'table' or tostring(r))`;
        const [plain, ...others] = FORMS.map((form) => run(runtime, source, form));
        for (const other of others) expect(other).toBe(plain);
      }),
      { numRuns: 300 },
    );
  });
});
