import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRepositoryName } from '@squizzle/oci-spec';
import { expect, it } from 'vitest';
import { createRegistryConnection } from '../connection/create-connection.ts';

const nameOf = (text: string) => parseRepositoryName(text) ?? expect.unreachable(text);

it('what is found out about a repository is known to all who use it over the connection, and to nobody else', () => {
  const open = () =>
    createRegistryConnection({ registry: 'registry.example', homeFolder: join(tmpdir(), 'squizzle-no-home') });
  const connection = open();
  connection.repository(nameOf('team/app')).memory.conditions = 'heeded';
  expect(connection.repository(nameOf('team/app')).memory.conditions).toBe('heeded');
  expect(connection.repository(nameOf('team/other')).memory.conditions).toBe('unknown');
  expect(open().repository(nameOf('team/app')).memory.conditions).toBe('unknown');
});
