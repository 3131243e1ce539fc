/**
 * Vitest projects run against sources: the `@squizzle/source` condition of every package's `exports`.
 *
 * `ssr.resolve.externalConditions` stays unset: with 'module' in it CommonJS dependencies such as `pg` break.
 *
 * @module
 */
import { defineProject } from 'vitest/config';

const conditions = ['@squizzle/source', 'module', 'node', 'development|production'];

export interface UnitOptions {
  /** `unit:<name>` unless told. */
  readonly name?: string;
  /** Packages that take the place of others. */
  readonly alias?: Readonly<Record<string, string>>;
  /** Which of the tests. All, unless told. */
  readonly include?: readonly string[];
}

/** Tests beside their files that need nothing but Node: `src/…/*.test.ts`, without `*.integration.test.ts`. */
export const unitProject = (
  of: string,
  { name = `unit:${of}`, alias = {}, include = ['src/**/*.test.ts'] }: UnitOptions = {},
): ReturnType<typeof defineProject> =>
  defineProject({
    resolve: { alias },
    ssr: { resolve: { conditions } },
    test: {
      name,
      environment: 'node',
      // No test mocks a module, so files may share what they loaded: half of the time was loading.
      isolate: false,
      include: [...include],
      exclude: ['src/**/*.integration.test.ts'],
    },
  });
