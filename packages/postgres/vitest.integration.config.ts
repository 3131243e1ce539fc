/**
 * Tests against real servers, and against PGlite: `src/…/*.integration.test.ts`.
 *
 * @module
 */
import { resolve } from 'node:path';
import { defineProject } from 'vitest/config';

export default defineProject({
  ssr: { resolve: { conditions: ['@squizzle/source', 'module', 'node', 'development|production'] } },
  test: {
    name: 'integration:postgres',
    environment: 'node',
    include: ['src/**/*.integration.test.ts'],
    globalSetup: [resolve(import.meta.dirname, '../../tools/postgres/global-setup.ts')],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
