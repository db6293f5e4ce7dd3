import { describe, expect, it } from 'vitest';
import { CommandTable } from '../command/registry.ts';
import { allCommands } from '../commands/all.ts';
import { Config } from '../config/config.ts';
import { NodeDigests } from '../env/node.ts';
import { SeededRandom } from '../env/random.ts';
import { SimulatedDisk } from '../env/sim-disk.ts';
import { parseAclFile, readAclFile, writeAclFile } from './acl-file.ts';
import { userLine } from './describe.ts';
import { Users } from './users.ts';

const PATH = '/data/users.acl';

function usersWith(...lines: string[]): Users {
  const users = new Users(new CommandTable(allCommands), new Config(), new NodeDigests());
  for (const line of lines) {
    const [name = '', ...rules] = line.split(' ');
    const user = users.create(name);
    expect(users.apply(user, rules)).toBeUndefined();
    users.add(user);
  }
  return users;
}

describe('ACL files', () => {
  it('hold what users are: reading gives the same users again', () => {
    const disk = new SimulatedDisk();
    disk.makeDirectory('/data');
    const users = usersWith(
      'alice on >secret ~a* %R~b +@read -mget (+select|0 &x)',
      'bob off +@all -@admin',
      'zoë nopass &news.* +config|get',
    );
    writeAclFile(disk, PATH, users.all());
    const again = parseAclFile(readAclFile(disk, PATH), PATH, usersWith());
    if (typeof again === 'string') throw new Error(again);
    expect([...again.values()].map(userLine)).toEqual(users.all().map(userLine));
  });

  it('stay as they were when writing fails, at whatever step', async () => {
    const before = usersWith('alice on');
    const after = usersWith('bob on');
    for (const step of ['open', 'write', 'sync', 'rename']) {
      const disk = new SimulatedDisk();
      disk.makeDirectory('/data');
      writeAclFile(disk, PATH, before.all());
      const old = readAclFile(disk, PATH);
      disk.faults = (operation) => (operation === step ? 'EIO' : undefined);
      expect(() => writeAclFile(disk, PATH, after.all()), step).toThrow('Input/output error');
      disk.faults = () => undefined;
      await Promise.resolve();
      expect(readAclFile(disk, PATH)).toBe(old);
      expect(disk.list('/data')).toEqual(['users.acl']);
    }
  });

  it('are the old or the new ones after a loss of power', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const disk = new SimulatedDisk();
      disk.makeDirectory('/data');
      writeAclFile(disk, PATH, usersWith('alice on').all());
      const texts = [readAclFile(disk, PATH)];
      disk.faults = (operation) => (operation.startsWith('syncDirectory') ? 'EIO' : undefined);
      expect(() => writeAclFile(disk, PATH, usersWith('bob on').all())).toThrow();
      texts.push(readAclFile(disk, PATH));
      disk.faults = () => undefined;
      disk.losePower(new SeededRandom(seed));
      expect(texts, `seed ${seed}`).toContain(readAclFile(disk, PATH));
    }
  });
});
