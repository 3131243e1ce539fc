import { defineProject } from 'vitest/config';

/** Tests of the repository itself: its boundaries and what its documents say. */
export default defineProject({
  ssr: { resolve: { conditions: ['@squizzle/source', 'module', 'node', 'development|production'] } },
  test: { name: 'unit:tools', environment: 'node', isolate: false, include: ['**/*.test.ts', '**/*.test.mjs'] },
});
