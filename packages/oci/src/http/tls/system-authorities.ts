/**
 * The authorities that Node trusts by itself. Its option `ca` replaces them, so who adds one has to name them all.
 *
 * @see https://nodejs.org/docs/latest-v22.x/api/tls.html#tlsgetcacertificatestype
 * @module
 */
import * as tls from 'node:tls';
import type { Variables } from '../../credentials/credential.ts';
import { readCertificates } from './read-pem.ts';

/** With those of `NODE_EXTRA_CA_CERTS`, which Node before 22.15 does not tell of. */
export async function systemAuthorities(env: Variables = {}): Promise<readonly string[]> {
  const { getCACertificates } = tls as { getCACertificates?: (kind: 'default') => string[] };
  if (getCACertificates !== undefined) return getCACertificates('default');
  const extra = env['NODE_EXTRA_CA_CERTS'] ?? '';
  return extra === '' ? tls.rootCertificates : [...tls.rootCertificates, ...(await readExtra(extra))];
}

/** Node itself warns of a file it cannot use, and goes on. */
async function readExtra(path: string): Promise<readonly string[]> {
  try {
    return await readCertificates(path, 'NODE_EXTRA_CA_CERTS');
  } catch {
    return [];
  }
}
