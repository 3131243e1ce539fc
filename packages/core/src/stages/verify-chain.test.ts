import { expect, it } from 'vitest';
import { publishChain } from '../testing/shop.ts';
import { verifyChain } from './verify-chain.ts';

const CHAIN = {
  '1.0.0': { 'migrations/1.sql': 'CREATE TABLE a (i int);' },
  '1.1.0': { 'migrations/2.sql': 'CREATE TABLE b (i int);' },
  '1.2.0': {},
};

it('a chain that was built is what its digests say', async () => {
  const artifact = await publishChain(CHAIN);
  expect(() => verifyChain(artifact)).not.toThrow();
});

it('a chain with other content under a genuine digest is found out', async () => {
  const artifact = await publishChain(CHAIN);
  const other = await publishChain({ '1.0.0': { 'migrations/1.sql': 'CREATE TABLE z (i int);' } });
  const [first, ...rest] = artifact.releases;
  if (first === undefined) throw new RangeError('the chain has three releases');
  const forged = { ...artifact, releases: [{ ...first, checksum: other.manifest.checksum }, ...rest] };
  expect(() => verifyChain(forged)).toThrow(expect.objectContaining({ code: 'ARTIFACT_INVALID' }));
});
