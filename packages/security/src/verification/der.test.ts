import { describe, expect, it } from 'vitest';
import { thrownBy } from '../../test/told-by.ts';
import { refuseWith } from '../bundle/bundle-fault.ts';
import { DER_TAG, readDer, readDerItems, readOid, readUtf8 } from './der.ts';

const refuse = refuseWith('BUNDLE_INVALID', 'test');
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('readDer', () => {
  it.each([
    { bytes: '30 00', items: 0, why: 'empty' },
    { bytes: '30 03 02 01 05', items: 1, why: 'one item' },
    { bytes: '30 06 02 01 05 02 01 06', items: 2, why: 'two items' },
    {
      bytes: `30 81 82 04 81 7f${'00'.repeat(127)}`,
      items: 0,
      why: 'an inner length that is not the shortest',
      bad: true,
    },
    { bytes: `30 81 83 04 81 80${'00'.repeat(128)}`, items: 1, why: 'a long length' },
  ])('$bytes: $why', async ({ bytes, items, bad = false }) => {
    const act = () => readDerItems(readDer(hex(bytes), DER_TAG.sequence, refuse).content, refuse);
    if (bad) expect((await thrownBy(act)).code).toBe('BUNDLE_INVALID');
    else expect(act()).toHaveLength(items);
  });

  it.each([
    { bytes: '', why: 'nothing' },
    { bytes: '30', why: 'no length' },
    { bytes: '30 01', why: 'no content' },
    { bytes: '30 00 00', why: 'something after it' },
    { bytes: '30 00 30 00', why: 'a second element' },
    { bytes: '31 00', why: 'another tag' },
    { bytes: '30 80 00 00', why: 'a length that is told at the end (BER)' },
    { bytes: '30 81 05 02 03 01 02 03', why: 'a length that is not the shortest' },
    { bytes: `30 82 00 80 ${'00'.repeat(128)}`, why: 'a length with a zero before it' },
    { bytes: '30 85 01 00 00 00 00', why: 'a length of five bytes' },
    { bytes: '30 84 ff ff ff ff', why: 'a length of four gigabytes' },
    { bytes: '30 82 01', why: 'a length that ends early' },
    { bytes: '3f 81 00 00', why: 'a tag of more than one byte' },
  ])('refuses $bytes: $why', async ({ bytes }) => {
    expect((await thrownBy(() => readDer(hex(bytes), DER_TAG.sequence, refuse))).code).toBe('BUNDLE_INVALID');
  });
});

describe('readOid', () => {
  it.each([
    { bytes: '06 0a 2b 06 01 04 01 83 bf 30 01 08', oid: '1.3.6.1.4.1.57264.1.8' },
    { bytes: '06 03 55 1d 11', oid: '2.5.29.17' },
    { bytes: '06 03 88 37 03', oid: '2.999.3' },
  ])('reads $oid', ({ bytes, oid }) => {
    expect(readOid(readDer(hex(bytes), DER_TAG.oid, refuse), refuse)).toBe(oid);
  });

  it.each([
    { bytes: '06 00', why: 'empty' },
    { bytes: '06 02 55 9d', why: 'ends early' },
    { bytes: '06 03 55 80 1d', why: 'not the shortest' },
    { bytes: '06 0b 55 ff ff ff ff ff ff ff ff ff 7f', why: 'a number that would be cut to another' },
    { bytes: '04 01 55', why: 'no object identifier' },
  ])('refuses $bytes: $why', async ({ bytes }) => {
    const [element] = readDerItems(hex(bytes), refuse);
    expect((await thrownBy(() => readOid(element, refuse))).code).toBe('BUNDLE_INVALID');
  });
});

describe('readUtf8', () => {
  it('reads text', () => {
    expect(readUtf8(Buffer.from('fünf €'), refuse)).toBe('fünf €');
  });

  it.each([
    { bytes: 'ff', why: 'no UTF-8' },
    { bytes: 'c0 80', why: 'a zero in two bytes' },
    { bytes: '61 00 62', why: 'a zero, where C would end' },
    { bytes: '61 0a 62', why: 'a line end, which forges a line of a log' },
  ])('refuses $bytes: $why', async ({ bytes }) => {
    expect((await thrownBy(() => readUtf8(hex(bytes), refuse))).code).toBe('BUNDLE_INVALID');
  });
});
