import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import * as api from './index.ts';

const source = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const sources = readdirSync(new URL('.', import.meta.url)).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
);
const readme = source('../README.md');

describe('the package', () => {
  it('imports nothing but its own files and node:crypto', () => {
    const imported = sources.flatMap((name) =>
      [...source(name).matchAll(/\bfrom '([^']+)'|\bimport\(/g)].map((match) => match[1] ?? 'dynamic'),
    );
    const foreign = imported.filter((specifier) => !/^\.\/[a-z-]+\.ts$/.test(specifier));
    expect(foreign).toEqual(['node:crypto']);
  });

  it('has no dependencies', () => {
    const manifest = JSON.parse(source('../package.json')) as Record<string, unknown>;
    expect(Object.keys(manifest).filter((key) => /dependencies$/i.test(key))).toEqual([]);
  });

  it('documents its errors: the table of the README and the codes agree', () => {
    const documented = [...readme.matchAll(/^\| `([A-Z_]+)`/gm)].map((match) => match[1]);
    expect(documented).toEqual([...api.CONTENT_ERROR_CODES]);
  });

  it('documents its limits: the table of the README and the numbers agree', () => {
    const documented = [...readme.matchAll(/^\| `([a-z]\w+)` +\| ([\d,]+)/gm)].map((match) => [
      match[1],
      Number(match[2]?.replaceAll(',', '')),
    ]);
    expect(Object.fromEntries(documented)).toEqual(api.LIMITS);
  });

  it('runs the example of the README, and it prints what the README says', async () => {
    const example = /```js\n([\s\S]+?)```/.exec(readme)?.[1] ?? '';
    const body = example.replace(/^import \{([^}]+)\} from '@squizzle\/oci-spec';/gm, 'const {$1} = api;');
    const printed: string[] = [];
    // oxlint-disable-next-line typescript/no-implied-eval -- our own README
    const run = new Function('api', 'console', `return (async () => {${body}})()`) as (
      library: typeof api,
      output: { log: (text: unknown) => void },
    ) => Promise<void>;
    const said = [...example.matchAll(/console\.log\(.+\); \/\/ (.+)$/gm)].map((match) => match[1]);
    await run(api, { log: (text) => printed.push(String(text)) });
    expect(printed.length).toBeGreaterThan(3);
    expect(printed).toEqual(said);
  });
});
