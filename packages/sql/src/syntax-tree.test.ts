import type { DefElem } from 'libpg-query';
import { describe, expect, it } from 'vitest';
import { applyRule, findOption, isOptionOn, quoteRelation, stringsOf } from './syntax-tree.ts';

const typeName = (name: string): DefElem => ({ arg: { TypeName: { names: [{ String: { sval: name } }] } } });

describe('isOptionOn', () => {
  it.each<{ option: DefElem; on: boolean; why: string }>([
    { option: {}, on: true, why: 'a bare name' },
    { option: { arg: { String: { sval: 'true' } } }, on: true, why: 'true' },
    { option: { arg: { String: { sval: 'OFF' } } }, on: false, why: "'OFF': case does not matter" },
    { option: { arg: { String: {} } }, on: true, why: 'an empty string: PostgreSQL refuses it' },
    { option: { arg: { Integer: { ival: 1 } } }, on: true, why: '1' },
    { option: { arg: { Integer: {} } }, on: false, why: '0 is absent in protobuf' },
    { option: { arg: { Boolean: { boolval: true } } }, on: true, why: 'a boolean' },
    { option: { arg: { Boolean: {} } }, on: false, why: 'false is absent in protobuf' },
    { option: typeName('off'), on: false, why: 'a word that is not reserved parses as a type name' },
    { option: typeName('on'), on: true, why: 'the same, on' },
    { option: { arg: { Float: { fval: '1' } } }, on: true, why: 'what is no boolean is left to PostgreSQL' },
  ])('$on: $why', ({ option, on }) => {
    expect(isOptionOn(option)).toBe(on);
  });
});

describe('readers', () => {
  it('finds an option by name, among nodes of any kind', () => {
    const options = [{ Integer: {} }, { DefElem: { defname: 'a' } }, { DefElem: { defname: 'b' } }];
    expect(findOption(options, 'b')).toEqual({ defname: 'b' });
    expect(findOption(options, 'c')).toBeUndefined();
    expect(findOption(undefined, 'c')).toBeUndefined();
  });

  it('reads names', () => {
    expect(stringsOf([{ String: { sval: 'a' } }, { Integer: {} }, { String: {} }])).toEqual(['a', '']);
    expect(stringsOf(undefined)).toEqual([]);
    expect(quoteRelation({ catalogname: 'd', schemaname: 's', relname: 't' })).toBe('"d"."s"."t"');
    expect(quoteRelation({ relname: 't' })).toBe('"t"');
  });

  it('applies the rule of a node, if there is one', () => {
    expect(applyRule({ DropdbStmt: (node) => node.dbname }, { DropdbStmt: { dbname: 'd' } })).toBe('d');
    expect(applyRule({ DropdbStmt: () => 1 }, { SelectStmt: {} })).toBeUndefined();
  });
});
