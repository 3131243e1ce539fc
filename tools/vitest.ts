/**
 * Vitest projects run against sources: the `@squizzle/source` condition of every package's `exports`.
 *
 * `ssr.resolve.externalConditions` stays unset: with 'module' in it CommonJS dependencies such as `pg` break.
 *
 * @module
 */
import { defineProject } from 'vitest/config';

const conditions = ['@squizzle/source', 'module', 'node', 'development|production'];

/** Tests beside their files that need nothing but Node: `src/…/*.test.ts`, without `*.integration.test.ts`. */
export const unitProject = (name: string): ReturnType<typeof defineProject> =>
  defineProject({
    ssr: { resolve: { conditions } },
    test: {
      name: `unit:${name}`,
      environment: 'node',
      // No test mocks a module, so files may share what they loaded: half of the time was loading.
      isolate: false,
      include: ['src/**/*.test.ts'],
      exclude: ['src/**/*.integration.test.ts'],
    },
  });
