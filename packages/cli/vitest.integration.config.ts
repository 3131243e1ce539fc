/**
 * With what the system has: an embedded database, archives, images; and commands by the dozen: `src/…/*.integration.test.ts`.
 *
 * @module
 */
import { defineProject } from 'vitest/config';

export default defineProject({
  ssr: { resolve: { conditions: ['@squizzle/source', 'module', 'node', 'development|production'] } },
  test: {
    name: 'integration:cli',
    environment: 'node',
    include: ['src/**/*.integration.test.ts'],
    testTimeout: 60_000,
  },
});
