import { defineProject } from 'vitest/config';

/** Against the built CLI and real servers; needs `npm run build` first. */
export default defineProject({
  ssr: { resolve: { conditions: ['@squizzle/source', 'module', 'node', 'development|production'] } },
  test: {
    name: 'e2e',
    environment: 'node',
    include: ['**/*.test.ts'],
    globalSetup: ['../tools/postgres/global-setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
