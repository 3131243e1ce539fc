import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Vitest leaves one core idle; on a machine of two that is half of it. One more than there are: many tests wait, for
    // locks, servers and processes that end (measured on two: 19 minutes of tests took 17).
    maxWorkers: availableParallelism() + 1,
    experimental: { fsModuleCache: true },
    projects: [
      'packages/*',
      'apps/registry',
      'apps/registry/vitest.integration.config.ts',
      'packages/cli/vitest.integration.config.ts',
      'packages/oci/vitest.integration.config.ts',
      'packages/postgres/vitest.integration.config.ts',
      'packages/security/vitest.integration.config.ts',
      'packages/security/vitest.integration-sigstore-5.config.ts',
      'packages/security/vitest.sigstore-5.config.ts',
      'e2e',
      'tools',
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/index.ts'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
});
