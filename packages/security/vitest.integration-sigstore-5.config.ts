/**
 * What talks to the services of a Sigstore, on sigstore's line 5.
 *
 * @module
 */
import { defineProject } from 'vitest/config';
import { alias, isInstalled } from './test/sigstore-5.ts';

export default defineProject({
  resolve: { alias },
  ssr: { resolve: { conditions: ['@squizzle/source', 'module', 'node', 'development|production'] } },
  test: {
    name: 'sigstore-5:integration',
    environment: 'node',
    include: isInstalled
      ? ['src/{providers,signing,trusted-root}/*.integration.test.ts']
      : ['test/sigstore-5-is-missing.test.ts'],
    testTimeout: 30_000,
  },
});
