import { describe, expect, it } from 'vitest';
import { checksumOf, checksumToDigest } from '../model/checksum.ts';
import { emptyRelease } from '../testing/release-builder.ts';
import { FORMAT_LIMITS } from './limits.ts';
import { parseReleaseManifest } from './release-manifest-schema.ts';

const SCRIPT = {
  path: 'migrations/1.sql',
  checksum: checksumOf('1'),
  sizeBytes: 100,
  transaction: true,
  statements: [],
  settings: {},
  hazards: [],
};
const STEP = { ...SCRIPT, kind: 'migration', environment: null, rollback: null, irreversible: false };

const stepWith = (overrides: object): object => ({ ...emptyRelease({}), steps: [{ ...STEP, ...overrides }] });
const assertions = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, at) => ({ sql: 'SELECT true', line: at + 1 }));
const alone = (...statements: unknown[]): object => stepWith({ transaction: false, statements });

describe('parseReleaseManifest takes', () => {
  it.each([
    { value: emptyRelease({}), why: 'a release without steps' },
    { value: stepWith({}), why: 'a step in a transaction' },
    { value: stepWith({ rollback: { ...SCRIPT, path: 'rollback/migrations/1.sql' } }), why: 'a rollback' },
    { value: stepWith({ kind: 'seed', environment: 'dev', path: 'seeds/dev/1.sql' }), why: 'a seed' },
    { value: stepWith({ settings: { lockTimeoutMs: 1, statementTimeoutMs: 2 } }), why: 'settings' },
    {
      value: alone([0, 10, null], [10, 20, { kind: 'rerunnable' }], [21, 100, { kind: 'unknown' }]),
      why: 'ranges that touch and end with the file',
    },
    {
      value: alone([0, 9, { kind: 'create-index', index: null, table: 't', ifNotExists: false, unique: true }]),
      why: 'an index without a name',
    },
    { value: alone([0, 9, { kind: 'drop-database', name: 'd' }]), why: 'an effect with a name' },
    {
      value: stepWith({ locks: 1, checks: [{ sql: 'q', line: 1 }], verifies: assertions(FORMAT_LIMITS.assertions) }),
      why: 'locks, and what must be true before and after',
    },
    {
      value: stepWith({ rollback: { ...SCRIPT, path: 'r.sql', locks: 2, verifies: assertions(1) } }),
      why: 'the same of a rollback',
    },
    {
      value: { ...emptyRelease({}), schemaDigest: checksumToDigest(checksumOf('schema')) },
      why: 'the schema that it leads to',
    },
    {
      value: { ...emptyRelease({}), revision: 'abcdef0', created: '2026-12-31T23:59:59Z' },
      why: 'the shortest commit',
    },
  ])('$why, unchanged', ({ value }) => {
    const written = JSON.parse(JSON.stringify(value)) as unknown;
    expect(parseReleaseManifest(written, 'it')).toEqual(value);
  });
});

describe('parseReleaseManifest refuses', () => {
  const release = (overrides: object): object => ({ ...emptyRelease({}), ...overrides });
  it.each([
    { value: null, at: 'the manifest', why: 'null' },
    { value: [], at: 'formatVersion', why: 'a list' },
    { value: release({ formatVersion: 2 }), at: 'format version 2', why: 'a newer format' },
    { value: release({ formatVersion: 0 }), at: 'formatVersion', why: 'no format that there was' },
    { value: release({ extra: 1 }), at: 'extra', why: 'an unknown key' },
    { value: release({ name: '' }), at: 'name', why: 'no name' },
    { value: release({ version: 'v1.0.0' }), at: 'version', why: "a version with 'v'" },
    { value: release({ version: '1.0.0 ' }), at: 'version', why: 'a version with a blank' },
    { value: release({ version: '01.0.0' }), at: 'version', why: 'a version with a leading zero' },
    { value: release({ checksum: checksumOf('').toUpperCase() }), at: 'checksum', why: 'a checksum in capitals' },
    { value: release({ created: '2026-01-01T00:00:00.000Z' }), at: 'created', why: 'a time with milliseconds' },
    { value: release({ created: '2026-01-01T00:00:00+01:00' }), at: 'created', why: 'a time of a zone' },
    { value: release({ revision: 'abcdef' }), at: 'revision', why: 'a commit of six digits' },
    { value: release({ revision: 'ABCDEF0' }), at: 'revision', why: 'a commit in capitals' },
    { value: release({ notes: 'x'.repeat(FORMAT_LIMITS.notesLength + 1) }), at: 'notes', why: 'notes without end' },
    { value: release({ previous: { version: '0.9.0' } }), at: 'previous.digest', why: 'a predecessor without digest' },
    {
      value: release({ previous: { version: '0.9.0', digest: 'sha256:0' } }),
      at: 'previous.digest',
      why: 'a digest that is none',
    },
    { value: stepWith({ kind: 'other' }), at: 'steps.0.kind', why: 'an unknown kind' },
    { value: stepWith({ path: '../x' }), at: 'steps.0.path', why: 'a path that leaves' },
    { value: stepWith({ path: '/x' }), at: 'steps.0.path', why: 'an absolute path' },
    { value: stepWith({ sizeBytes: -1 }), at: 'steps.0.sizeBytes', why: 'a negative size' },
    { value: stepWith({ sizeBytes: 1.5 }), at: 'steps.0.sizeBytes', why: 'half a byte' },
    {
      value: stepWith({ sizeBytes: FORMAT_LIMITS.fileBytes + 1 }),
      at: 'steps.0.sizeBytes',
      why: 'a file above the limit',
    },
    {
      value: stepWith({ settings: { lockTimeoutMs: undefined } }),
      at: 'steps.0.settings',
      why: 'a setting of nothing',
    },
    { value: stepWith({ settings: { role: 'x' } }), at: 'steps.0.settings', why: 'an unknown setting' },
    { value: stepWith({ locks: 0 }), at: 'steps.0.locks', why: 'no locks, which is left out' },
    { value: stepWith({ locks: -1 }), at: 'steps.0.locks', why: 'fewer locks than none' },
    { value: stepWith({ checks: [] }), at: 'steps.0.checks', why: 'no queries, which are left out' },
    { value: stepWith({ verifies: [{ sql: '', line: 1 }] }), at: 'steps.0.verifies.0.sql', why: 'an empty query' },
    { value: stepWith({ checks: [{ sql: 'q', line: 0 }] }), at: 'steps.0.checks.0.line', why: 'a query on line 0' },
    { value: stepWith({ checks: [{ sql: 'q' }] }), at: 'steps.0.checks.0.line', why: 'a query on no line' },
    {
      value: stepWith({ checks: assertions(FORMAT_LIMITS.assertions + 1) }),
      at: 'steps.0.checks',
      why: 'more queries than a file may have',
    },
    {
      value: stepWith({ checks: [{ sql: 'q'.repeat(FORMAT_LIMITS.assertionLength + 1), line: 1 }] }),
      at: 'steps.0.checks.0.sql',
      why: 'a query without end',
    },
    { value: release({ schemaDigest: 'sha256:0' }), at: 'schemaDigest', why: 'a schema of no digest' },
    { value: release({ schemaDigest: null }), at: 'schemaDigest', why: 'no schema, which is left out' },
    { value: stepWith({ statements: [[0, 10, null]] }), at: 'statements in order', why: 'ranges in a transaction' },
    { value: stepWith({ transaction: false }), at: 'statements in order', why: 'no ranges outside of one' },
    { value: alone([0, 0, null]), at: 'statements in order', why: 'an empty range' },
    { value: alone([10, 5, null]), at: 'statements in order', why: 'a range that goes back' },
    { value: alone([0, 10, null], [9, 20, null]), at: 'statements in order', why: 'ranges that overlap' },
    { value: alone([10, 20, null], [0, 10, null]), at: 'statements in order', why: 'ranges out of order' },
    { value: alone([0, 101, null]), at: 'statements in order', why: 'a range behind the end of the file' },
    { value: alone([0, 10]), at: 'steps.0.statements.0', why: 'a range without effect' },
    { value: alone([0, 10, { kind: 'magic' }]), at: 'steps.0.statements.0.2', why: 'an unknown effect' },
    {
      value: alone([0, 10, { kind: 'drop-index' }]),
      at: 'steps.0.statements.0.2.index',
      why: 'an effect without its name',
    },
    {
      value: stepWith({
        rollback: { ...SCRIPT, path: 'r.sql', sizeBytes: 5, transaction: false, statements: [[0, 6, null]] },
      }),
      at: 'statements in order',
      why: 'a range behind the end of a rollback',
    },
    { value: release({ steps: [STEP, STEP] }), at: 'each path once', why: 'a path twice' },
    { value: stepWith({ rollback: SCRIPT }), at: 'each path once', why: 'a rollback of the path of its step' },
    {
      value: release({
        steps: Array.from({ length: 5 }, (_, at) => ({
          ...STEP,
          path: `${at}.sql`,
          sizeBytes: FORMAT_LIMITS.fileBytes,
        })),
      }),
      at: 'at most',
      why: 'more bytes than a release may have',
    },
    {
      value: release({ requires: { postgres: null } }),
      at: 'requires.extensions',
      why: 'requirements without extensions',
    },
  ])('$why', ({ value, at }) => {
    expect(() => parseReleaseManifest(value, 'sha256:x, release 3')).toThrow(
      expect.objectContaining({
        code: 'ARTIFACT_INVALID',
        message: expect.stringMatching(/^sha256:x, release 3/) as string,
      }),
    );
    expect(() => parseReleaseManifest(value, 'it')).toThrow(at);
  });
});
