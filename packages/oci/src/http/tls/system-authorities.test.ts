import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../test/certificates.ts';
import { useTemporaryFolder } from '../../../test/temporary-folder.ts';
import { systemAuthorities } from './system-authorities.ts';

const folder = useTemporaryFolder();

describe('systemAuthorities', () => {
  it('are those of Node', async () => {
    const authorities = await systemAuthorities();
    expect(authorities.length).toBeGreaterThan(50);
    for (const pem of authorities.slice(0, 3)) expect(pem).toContain('-----BEGIN CERTIFICATE-----');
  });

  it.skipIf('getCACertificates' in tls)(
    'are those of NODE_EXTRA_CA_CERTS too, where Node does not say so itself',
    async () => {
      const { ca } = createAuthority();
      const path = join(folder(), 'extra.pem');
      await writeFile(path, ca);
      expect(await systemAuthorities({ NODE_EXTRA_CA_CERTS: path })).toContain(ca.trim());
      expect(await systemAuthorities({ NODE_EXTRA_CA_CERTS: '/nowhere.pem' })).toEqual(tls.rootCertificates);
    },
  );
});
