/**
 * Tests with servers that take their time: `src/…/*.integration.test.ts`.
 *
 * @module
 */
import { defineProject } from 'vitest/config';

export default defineProject({
  ssr: { resolve: { conditions: ['@squizzle/source', 'module', 'node', 'development|production'] } },
  test: {
    name: 'integration:security',
    environment: 'node',
    include: ['src/**/*.integration.test.ts'],
    testTimeout: 30_000,
  },
});
