/**
 * Vitest projects run against sources: the `@squizzle/source` condition of every package's `exports`.
 *
 * `ssr.resolve.externalConditions` stays unset: with 'module' in it CommonJS dependencies such as `pg` break.
 *
 * @module
 */
import { defineProject } from 'vitest/config';

const conditions = ['@squizzle/source', 'module', 'node', 'development|production'];

/**
 * Tests beside their files that need nothing but Node: `src/…/*.test.ts`, without `*.integration.test.ts`.
 *
 * @param alias packages that take the place of others.
 * @param include which of the tests.
 */
export const unitProject = (
  name: string,
  alias: Readonly<Record<string, string>> = {},
  include: readonly string[] = ['src/**/*.test.ts'],
): ReturnType<typeof defineProject> =>
  defineProject({
    resolve: { alias },
    ssr: { resolve: { conditions } },
    test: {
      name: `unit:${name}`,
      environment: 'node',
      // No test mocks a module, so files may share what they loaded: half of the time was loading.
      isolate: false,
      include: [...include],
      exclude: ['src/**/*.integration.test.ts'],
    },
  });
