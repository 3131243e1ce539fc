import { createStatementAnalyzer } from '@squizzle/core/testing';
import { expect, it } from 'vitest';
import { createLocator } from './locate-statement.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('finds a statement by its place', async () => {
  const locate = createLocator(async () => createStatementAnalyzer());
  expect(await locate(bytes('SELECT 1;\nSELECT 2;\n'), 1)).toMatchObject({ start: 10 });
  expect(await locate(bytes('SELECT 1;\n'), 7)).toBeUndefined();
});

it('does not hide a failure behind one of its own', async () => {
  const locate = createLocator(() => Promise.reject(new Error('no parser here')));
  expect(await locate(bytes('SELECT 1'), 0)).toBeUndefined();
});
