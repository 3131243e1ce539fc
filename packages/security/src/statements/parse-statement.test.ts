import { describe, expect, it } from 'vitest';
import { repeated } from '../../test/json-leaves.ts';
import { thrownBy } from '../../test/told-by.ts';
import { parseStatement, requireSubject } from './parse-statement.ts';
import { STATEMENT_PAYLOAD_TYPE, STATEMENT_TYPE } from './statement.ts';

const SHA256 = 'ab'.repeat(32);
const SHA512 = 'cd'.repeat(64);
const statement = {
  _type: STATEMENT_TYPE,
  subject: [{ name: 'db', digest: { sha256: SHA256 } }],
  predicateType: 'https://example.com/p/v1',
  predicate: { a: [1, null] },
};
const parse = (changes: object = {}, type = STATEMENT_PAYLOAD_TYPE) =>
  parseStatement(type, Buffer.from(JSON.stringify({ ...statement, ...changes })));

describe('parseStatement', () => {
  it('reads a statement of either version', () => {
    expect(parse()).toEqual(statement);
    expect(parse({ _type: 'https://in-toto.io/Statement/v0.1' }).predicate).toEqual(statement.predicate);
  });

  it('takes a statement without predicate as one that says nothing', () => {
    expect(parse({ predicate: undefined }).predicate).toEqual({});
  });

  it.each([
    { changes: { _type: 'https://in-toto.io/Statement/v2' }, why: 'a version that is not known' },
    { changes: { _type: 'https://in-toto.io/Statement/v1/' }, why: 'nearly a version' },
    { changes: { _type: undefined }, why: 'no type' },
    { changes: { subject: [] }, why: 'no subject' },
    { changes: { subject: {} }, why: 'a subject that is no list' },
    { changes: { subject: [null] }, why: 'a subject that is none' },
    { changes: { subject: [{ name: 'db' }] }, why: 'a subject without digest' },
    { changes: { subject: [{ digest: { sha256: 7 } }] }, why: 'a digest that is no text' },
    { changes: { subject: [{ digest: [SHA256] }] }, why: 'digests that are a list' },
    { changes: { subject: [{ name: 7, digest: {} }] }, why: 'a name that is no text' },
    { changes: { subject: repeated(1025, statement.subject[0]) }, why: 'over 1024 subjects' },
    { changes: { predicateType: '' }, why: 'no type of predicate' },
    { changes: { predicate: 'x' }, why: 'a predicate that is text' },
    { changes: { predicate: [] }, why: 'a predicate that is a list' },
  ])('refuses $why', async ({ changes }) => {
    expect((await thrownBy(() => parse(changes))).code).toBe('STATEMENT_INVALID');
  });

  it.each([
    { type: 'application/vnd.in-toto+json; charset=utf-8', why: 'exactly one type' },
    { type: '', why: 'no type' },
  ])('refuses a payload of type "$type": $why', async ({ type }) => {
    expect((await thrownBy(() => parse({}, type))).code).toBe('STATEMENT_INVALID');
  });

  it.each([
    { text: '', why: 'nothing' },
    { text: '[]', why: 'a list' },
    { text: '{"_type":"a","_type":"b"}', why: 'a name twice: readers would disagree' },
    { text: `{"a":${'['.repeat(100)}`, why: 'deep nesting' },
  ])('refuses $why', async ({ text }) => {
    const act = () => parseStatement(STATEMENT_PAYLOAD_TYPE, Buffer.from(text));
    expect((await thrownBy(act)).code).toBe('STATEMENT_INVALID');
  });
});

describe('requireSubject', () => {
  it.each([
    { digest: { sha256: SHA256 }, subject: { sha256: SHA256 }, matches: true, why: 'the same' },
    {
      digest: { sha256: SHA256 },
      subject: { sha256: SHA256, sha512: SHA512 },
      matches: true,
      why: 'one side has no SHA-512',
    },
    { digest: { sha256: SHA256, sha512: SHA512 }, subject: { sha256: SHA256 }, matches: true, why: 'nor the other' },
    {
      digest: { sha256: SHA256, sha512: SHA512 },
      subject: { sha256: SHA256, sha512: SHA512 },
      matches: true,
      why: 'both are the same',
    },
    {
      digest: { sha256: SHA256, sha512: 'ef' },
      subject: { sha256: SHA256, sha512: SHA512 },
      matches: false,
      why: 'another SHA-512',
    },
    {
      digest: { sha512: SHA512 },
      subject: { sha256: SHA256, sha512: SHA512 },
      matches: false,
      why: 'SHA-256 must be there',
    },
    { digest: { sha256: SHA256.toUpperCase() }, subject: { sha256: SHA256 }, matches: false, why: 'hex is lowercase' },
    { digest: { sha1: SHA256 }, subject: { sha256: SHA256 }, matches: false, why: 'another algorithm' },
    { digest: {}, subject: { sha256: SHA256 }, matches: false, why: 'no digest' },
  ])('$digest is about $subject: $matches, $why', async ({ digest, subject, matches }) => {
    const act = () => requireSubject({ ...statement, subject: [{ digest: { sha256: '00' } }, { digest }] }, subject);
    if (matches) expect(act()).toBeUndefined();
    else expect((await thrownBy(act)).code).toBe('ARTIFACT_MISMATCH');
  });
});
