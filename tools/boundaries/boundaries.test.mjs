import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkBoundaries } from './boundaries.mjs';

const RULES = {
  layers: { 'layer:spec': [], 'layer:core': ['layer:spec'], 'layer:app': ['layer:core', 'layer:spec'] },
  edges: { a: [], b: ['a'] },
  vendors: { pg: ['b'] },
};

let root;
afterEach(() => rmSync(root, { recursive: true, force: true }));

function plant({ a = {}, b = {}, files = {} }) {
  root = mkdtempSync(path.join(tmpdir(), 'boundaries-'));
  const write = (file, text) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  write('package.json', '{}');
  write('packages/a/package.json', JSON.stringify({ name: 'a', nx: { tags: ['layer:spec'] }, ...a }));
  write(
    'packages/b/package.json',
    JSON.stringify({ name: 'b', dependencies: { a: '1', pg: '1' }, nx: { tags: ['layer:core'] }, ...b }),
  );
  for (const [file, text] of Object.entries(files)) write(`packages/${file}`, text);
  return checkBoundaries(root, RULES).errors;
}

describe('boundaries', () => {
  it('hold in this repository', () => {
    root = undefined;
    const { projects, errors } = checkBoundaries();
    expect(errors).toEqual([]);
    expect([...projects.keys()]).toContain('@squizzle/core');
    root = mkdtempSync(path.join(tmpdir(), 'boundaries-'));
  });

  it.each([
    {
      why: 'what is declared and listed may be imported',
      files: { 'b/src/x.ts': "import 'a'; import 'node:fs'; import 'pg';" },
      error: null,
    },
    {
      why: 'an edge against the list',
      files: { 'a/src/x.ts': "import 'b';" },
      a: { dependencies: { b: '1' } },
      error: /a may not import b/,
    },
    {
      why: 'a dependency that is not declared',
      files: { 'b/src/x.ts': "export * from 'left-pad';" },
      error: /left-pad is not a dependency/,
    },
    {
      why: 'an undeclared dynamic import',
      files: { 'b/src/x.ts': "await import('left-pad');" },
      error: /left-pad is not a dependency/,
    },
    {
      why: 'a vendor of another package',
      files: { 'a/src/x.ts': "import 'pg';" },
      a: { dependencies: { pg: '1' } },
      error: /only b may import pg/,
    },
    {
      why: 'a relative import out of the project',
      files: { 'b/src/x.ts': "import '../../a/src/y.ts';" },
      error: /leaves the project/,
    },
    { why: 'a builtin without node:', files: { 'b/src/x.ts': "import 'fs';" }, error: /write node:fs/ },
    { why: 'a project without a layer', b: { nx: { tags: [] } }, error: /exactly one layer/ },
    { why: 'a project that is not in the list', b: { name: 'c' }, error: /not listed|does not exist/ },
    {
      why: 'a cycle',
      a: { dependencies: { b: '1' } },
      files: { 'a/src/x.ts': "import 'b';", 'b/src/x.ts': "import 'a';" },
      error: /cycle: /,
    },
  ])('$why', ({ error, ...planted }) => {
    const errors = plant(planted);
    if (error === null) expect(errors).toEqual([]);
    else expect(errors.join('\n')).toMatch(error);
  });
});
