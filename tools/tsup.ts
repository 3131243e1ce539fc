/**
 * The one tsup preset: ESM, Node 20, source maps. Declarations come from `tsc -p tsconfig.build.json`
 * (tsup's own need the compiler API that TypeScript 7 no longer has).
 *
 * @module
 */
import { defineConfig, type Options } from 'tsup';

export const preset = (options: Options = {}): ReturnType<typeof defineConfig> =>
  defineConfig({
    entry: { index: 'src/index.ts' },
    format: ['esm'],
    platform: 'node',
    target: 'node20',
    dts: false,
    sourcemap: true,
    clean: true,
    treeshake: false,
    splitting: true,
    ...options,
  });
