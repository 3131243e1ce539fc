import { describe, expect, it } from 'vitest';
import { withEntry, withoutEntry } from './edit-auth-document.ts';

const GHCR = { source: 'the file', host: 'ghcr.io' };
const NEW = { key: 'ghcr.io', value: {} };

describe('withEntry', () => {
  it.each([
    { before: '', after: '{\n\t"auths": {\n\t\t"ghcr.io": {}\n\t}\n}', why: 'a new file as Docker writes it' },
    { before: '{}', after: '{"auths":{"ghcr.io":{}}}', why: 'one line stays one line' },
    { before: '{}\n', after: '{"auths":{"ghcr.io":{}}}\n', why: 'with its newline' },
    {
      before: '{\n  "x": 1\n}\n',
      after: '{\n  "x": 1,\n  "auths": {\n    "ghcr.io": {}\n  }\n}\n',
      why: 'two spaces and the newline at the end',
    },
    {
      before: '{\n\t"auths": {\n\t\t"ghcr.io": {"auth": "YTpi"},\n\t\t"quay.io": {}\n\t},\n\t"x": [1]\n}',
      after: '{\n\t"auths": {\n\t\t"quay.io": {},\n\t\t"ghcr.io": {}\n\t},\n\t"x": [\n\t\t1\n\t]\n}',
      why: 'tabs, and every other member where it was',
    },
    {
      before: '{"auths":{"https://ghcr.io/":{},"http://ghcr.io":{},"ghcr.io/v2/":{},"ghcr.io/org":{}}}',
      after: '{"auths":{"ghcr.io/org":{},"ghcr.io":{}}}',
      why: 'one spelling in place of many; namespaces stay',
    },
    {
      before: '{"__proto__":{"a":1},"auths":{"__proto__":{"b":2}}}',
      after: '{"__proto__":{"a":1},"auths":{"__proto__":{"b":2},"ghcr.io":{}}}',
      why: 'members with names that JavaScript knows',
    },
    { before: '{"auths":null}', after: '{"auths":{"ghcr.io":{}}}', why: 'null is as good as absent' },
  ])('keeps all else: $why', ({ before, after }) => {
    expect(withEntry(before, NEW, GHCR)).toBe(after);
  });

  it.each([
    { text: '{"auths":', why: 'what does not parse' },
    { text: '{"auths":[]}', why: 'what has another shape' },
    { text: `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, why: 'what cannot be written back' },
  ])('refuses to replace $why', ({ text }) => {
    expect(() => withEntry(text, NEW, GHCR)).toThrow(expect.objectContaining({ code: 'CREDENTIALS_UNUSABLE' }));
  });
});

describe('withoutEntry', () => {
  it.each([
    { before: '{"auths":{"ghcr.io":{},"quay.io":{}}}', after: '{"auths":{"quay.io":{}}}', why: 'the host' },
    {
      before: '{"auths":{"https://ghcr.io/v2/":{},"GHCR.IO":{}},"x":1}',
      after: '{"auths":{},"x":1}',
      why: 'every spelling',
    },
    { before: '{ "auths":{"ghcr.io/org":{}} }', after: '{ "auths":{"ghcr.io/org":{}} }', why: 'no namespace' },
    {
      before: '{ "auths":{"ghcr.io.evil.com":{}} }',
      after: '{ "auths":{"ghcr.io.evil.com":{}} }',
      why: 'no other host',
    },
    { before: '', after: '', why: 'nothing to remove' },
  ])('removes $why', ({ before, after }) => {
    expect(withoutEntry(before, GHCR)).toBe(after);
  });
});
