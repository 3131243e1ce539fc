import { readdirSync, readFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOG } from '../../packages/core/src/errors/error-catalog.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file) => readFileSync(path.join(root, file), 'utf8');
const headings = (text) => [...text.matchAll(/^## ([A-Z][A-Z_]+)$/gm)].map(([, code]) => code);

describe('documents', () => {
  it('docs/errors.md has a heading for each code of the catalogue, in its order', () => {
    expect(headings(read('docs/errors.md')).sort()).toEqual(Object.keys(ERROR_CATALOG).sort());
  });

  it('docs/hazards.md has a row for each hazard that the analyzer knows', () => {
    const rows = [...read('docs/hazards.md').matchAll(/^\| `([a-z-]+)`/gm)].map(([, code]) => code);
    const [declared = ''] = /export type HazardCode =[^;]+;/.exec(read('packages/sql/src/model.ts')) ?? [];
    expect(rows.sort()).toEqual([...declared.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code).sort());
  });

  it('docs/threats.md names tests that are there', () => {
    const rows = [...read('docs/threats.md').matchAll(/\| `([^`]+\.ts)` "([^"]+)" +\|$/gm)];
    expect(rows.length).toBeGreaterThan(15);
    const missing = rows.filter(([, file, title]) => !existsSync(path.join(root, file)) || !read(file).includes(title));
    expect(missing.map(([, file, title]) => `${file}: ${title}`)).toEqual([]);
  });

  it('links in the documents lead to files that are there', () => {
    const documents = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      ...listMarkdown('docs'),
      ...listMarkdown('packages'),
    ];
    const broken = documents.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target]) => path.join(path.dirname(file), target))
        .filter((target) => !existsSync(path.join(root, target)))
        .map((target) => `${file}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('package-lock.json names no registry', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/);
  });
});

function listMarkdown(folder) {
  return readdirSync(path.join(root, folder), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.md') && !/(^|\/)(node_modules|dist)\//.test(file))
    .map((file) => path.join(folder, file));
}
