import { describe, expect, it } from 'vitest';
import { checksumOf, checksumToDigest } from '../model/checksum.ts';
import { createSourceTree } from '../testing/release-builder.ts';
import { buildOptions, publishChain } from '../testing/shop.ts';
import { buildArtifact } from './build.ts';

const USERS = 'CREATE TABLE users (id int);\n';
const describeText = (text: string): object => ({ sizeBytes: text.length, checksum: checksumOf(text) });
const ORDERS = 'CREATE TABLE orders (id int);\n';

describe('buildArtifact', () => {
  it('gives the same digest for the same sources, whenever and in whatever order they are listed', async () => {
    const one = await buildArtifact(
      createSourceTree({ 'migrations/1.sql': USERS, 'migrations/2.sql': ORDERS }),
      null,
      buildOptions('1.0.0'),
    );
    const two = await buildArtifact(
      createSourceTree({ 'migrations/1.sql': USERS, 'migrations/2.sql': ORDERS }),
      null,
      buildOptions('1.0.0'),
    );
    expect(two.root.descriptor.digest).toBe(one.root.descriptor.digest);
    expect(two.layer.descriptor.digest).toBe(one.layer.descriptor.digest);
  });

  it('puts only what is new into the next release, and carries the earlier layers unchanged', async () => {
    const first = await publishChain({ '1.0.0': { 'migrations/2.sql': USERS } });
    const late = createSourceTree({ 'migrations/1_late.sql': ORDERS, 'migrations/2.sql': USERS });
    const built = await buildArtifact(late, first, buildOptions('1.1.0'));
    expect(
      built.manifest.steps.map((step) => step.path),
      'a late file with an old name lands here',
    ).toEqual(['migrations/1_late.sql']);
    expect(built.manifest.previous).toEqual({ version: '1.0.0', digest: first.root.digest });
    expect(built.manifest.checksum).toBe(built.layer.descriptor.digest.slice('sha256:'.length));
  });

  it.each([
    {
      why: 'a released file was edited',
      sources: { 'migrations/1.sql': ORDERS },
      path: 'db/migrations/1.sql',
      gone: false,
    },
    {
      why: 'a released file was deleted',
      sources: { 'migrations/9.sql': ORDERS },
      path: 'migrations/1.sql',
      gone: true,
    },
  ])('refuses when $why', async ({ sources, path, gone }) => {
    const first = await publishChain({ '1.0.0': { 'migrations/1.sql': USERS } });
    const failure = await buildArtifact(createSourceTree(sources), first, buildOptions('1.1.0')).catch(
      (cause: unknown) => cause,
    );
    expect(failure).toMatchObject({ code: 'HISTORY_REWRITTEN', details: { path, version: '1.0.0' } });
    const { details, message } = failure as { details: { expected: string; actual: string | null }; message: string };
    expect(message).toContain(details.expected);
    expect(details.actual === null).toBe(gone);
    if (details.actual !== null) expect(message).toContain(details.actual);
  });

  it.each([
    { why: 'edited', down: 'DROP TABLE users; -- other' },
    { why: 'deleted', down: undefined },
  ])('refuses when the rollback of a released file was $why', async ({ down }) => {
    const first = await publishChain({
      '1.0.0': { 'migrations/1.sql': USERS, 'migrations/1.down.sql': 'DROP TABLE users;' },
    });
    const sources = {
      'migrations/1.sql': USERS,
      'migrations/2.sql': ORDERS,
      ...(down === undefined ? {} : { 'migrations/1.down.sql': down }),
    };
    await expect(buildArtifact(createSourceTree(sources), first, buildOptions('1.1.0'))).rejects.toMatchObject({
      code: 'HISTORY_REWRITTEN',
    });
  });

  it('names line endings when they are all that changed', async () => {
    const first = await publishChain({ '1.0.0': { 'migrations/1.sql': USERS } });
    const sources = createSourceTree({ 'migrations/1.sql': USERS.replaceAll('\n', '\r\n') });
    await expect(buildArtifact(sources, first, buildOptions('1.1.0'))).rejects.toThrow(/only its line endings changed/);
  });

  it('takes a repeatable again when it changed, and leaves it out when it did not', async () => {
    const first = await publishChain({
      '1.0.0': { 'migrations/1.sql': USERS, 'repeatable/v.sql': 'CREATE VIEW v AS SELECT 1;' },
    });
    const sources = {
      'migrations/1.sql': USERS,
      'migrations/2.sql': ORDERS,
      'repeatable/v.sql': 'CREATE VIEW v AS SELECT 1;',
    };
    const same = await buildArtifact(createSourceTree(sources), first, buildOptions('1.1.0'));
    expect(same.manifest.steps.map((step) => step.path)).toEqual(['migrations/2.sql']);
    const changed = { ...sources, 'repeatable/v.sql': 'CREATE VIEW v AS SELECT 2;' };
    const again = await buildArtifact(createSourceTree(changed), first, buildOptions('1.1.0'));
    expect(again.manifest.steps.map((step) => step.path)).toEqual(['migrations/2.sql', 'repeatable/v.sql']);
  });

  it.each([
    { version: '1.0.0', why: 'the version is released already' },
    { version: '0.9.0', why: 'it comes before the last release' },
    { version: '1.0.0-rc.1', why: 'a prerelease comes before its release' },
  ])('refuses $version after 1.0.0: $why', async ({ version }) => {
    const first = await publishChain({ '1.0.0': { 'migrations/1.sql': USERS } });
    const sources = createSourceTree({ 'migrations/1.sql': USERS, 'migrations/2.sql': ORDERS });
    await expect(buildArtifact(sources, first, buildOptions(version))).rejects.toMatchObject({
      code: 'VERSION_INVALID',
    });
  });

  it.each([
    { why: 'no file at all', sources: {}, code: 'NOTHING_TO_RELEASE' },
    { why: 'a file without bytes', sources: { 'migrations/1.sql': '' }, code: 'SOURCE_INVALID' },
    { why: 'a file of comments', sources: { 'migrations/1.sql': '-- later\n' }, code: 'SOURCE_INVALID' },
    {
      why: 'a rollback without bytes',
      sources: { 'migrations/1.sql': USERS, 'migrations/1.down.sql': '' },
      code: 'SOURCE_INVALID',
    },
  ])('refuses $why with $code', async ({ sources, code }) => {
    await expect(buildArtifact(createSourceTree(sources), null, buildOptions('1.0.0'))).rejects.toMatchObject({ code });
  });

  it('builds a release that changes nothing when that was asked for, and it is an artifact of its own', async () => {
    const first = await publishChain({ '1.0.0': { 'migrations/1.sql': USERS } });
    const sources = createSourceTree({ 'migrations/1.sql': USERS });
    await expect(buildArtifact(sources, first, buildOptions('1.1.0'))).rejects.toMatchObject({
      code: 'NOTHING_TO_RELEASE',
    });
    const built = await buildArtifact(sources, first, buildOptions('1.1.0', { allowEmpty: true }));
    expect(built.manifest.steps).toEqual([]);
    const next = await buildArtifact(sources, first, buildOptions('1.2.0', { allowEmpty: true }));
    expect(next.layer.descriptor.digest).not.toBe(built.layer.descriptor.digest);
  });

  it('refuses another project in the same store', async () => {
    const first = await publishChain({ '1.0.0': { 'migrations/1.sql': USERS } });
    const sources = createSourceTree({ 'migrations/1.sql': USERS, 'migrations/2.sql': ORDERS });
    await expect(buildArtifact(sources, first, buildOptions('1.1.0', { name: 'blog' }))).rejects.toMatchObject({
      code: 'VERSION_INVALID',
    });
  });

  it('adds file, line and column to what the analyzer refuses', async () => {
    const refusal = Object.assign(new Error('syntax error at or near "tabel"'), {
      name: 'SqlError',
      code: 'SQL_SYNTAX',
      details: { line: 3, column: 8 },
    });
    const analyzer = { analyze: () => Promise.reject(refusal), readQueries: async () => [] };
    const build = buildArtifact(
      createSourceTree({ 'migrations/1.sql': 'x' }),
      null,
      buildOptions('1.0.0', { analyzer }),
    );
    await expect(build).rejects.toMatchObject({
      code: 'SOURCE_INVALID',
      message: 'db/migrations/1.sql:3:8: syntax error at or near "tabel"',
      details: { path: 'db/migrations/1.sql', line: 3, column: 8 },
    });
  });

  it('records where statements that run alone begin and end, and merges what lies between', async () => {
    const sql =
      'CREATE TABLE a (i int);\nCREATE TABLE b (i int);\nCREATE INDEX CONCURRENTLY x ON a (i);\nCREATE TABLE é (i int);\n';
    const built = await buildArtifact(createSourceTree({ 'migrations/1.sql': sql }), null, buildOptions('1.0.0'));
    const [step] = built.manifest.steps;
    const bytes = Buffer.from(sql);
    expect(step?.transaction).toBe(false);
    expect(
      step?.statements.map(([start, end, effect]) => [bytes.subarray(start, end).toString(), effect?.kind ?? null]),
    ).toEqual([
      ['CREATE TABLE a (i int);\nCREATE TABLE b (i int)', null],
      ['CREATE INDEX CONCURRENTLY x ON a (i)', 'create-index'],
      ['CREATE TABLE é (i int)', null],
    ]);
  });

  it('keeps what must be true with the release, apart from what runs, and reads it back', async () => {
    const sources = {
      'migrations/1.sql': `-- squizzle: check "SELECT 0"\n-- +check\nSELECT 1;\n-- +up\n${USERS}-- +verify\nSELECT 2;\n`,
    };
    const { manifest, config } = await buildArtifact(createSourceTree(sources), null, buildOptions('1.0.0'));
    const { sizeBytes, checksum, checks, verifies } = manifest.steps[0] ?? {};
    expect({ sizeBytes, checksum }).toEqual(describeText(`-- squizzle: check "SELECT 0"\n\n\n\n${USERS}`));
    expect({ checks, verifies }).toEqual({
      checks: [
        { sql: 'SELECT 0', line: 1 },
        { sql: 'SELECT 1', line: 3 },
      ],
      verifies: [{ sql: 'SELECT 2', line: 7 }],
    });
    expect(Buffer.from(config.bytes).toString()).toContain('SELECT 2');
  });

  it('declares the schema that it leads to when it is told, and nothing when it is not', async () => {
    const sources = createSourceTree({ 'migrations/1.sql': USERS });
    const schemaDigest = checksumToDigest(checksumOf('a schema'));
    const { manifest } = await buildArtifact(sources, null, buildOptions('1.0.0', { schemaDigest }));
    expect(manifest.schemaDigest).toBe(schemaDigest);
    const undeclared = await buildArtifact(sources, null, buildOptions('1.0.0', { schemaDigest: undefined }));
    expect(undeclared.manifest).not.toHaveProperty('schemaDigest');
  });

  it('stops when the signal is aborted', async () => {
    const signal = AbortSignal.abort(new RangeError('enough'));
    const build = buildArtifact(
      createSourceTree({ 'migrations/1.sql': USERS }),
      null,
      buildOptions('1.0.0', { signal }),
    );
    await expect(build).rejects.toThrow('enough');
  });
});
